/* What is held against answers in the test build. */
#include "api/answer_check.h"
#include "base/error.h"

typedef struct {
  int64_t number, absent;
  bool flag;
  char *text, *json;
  char **strings;
  GPtrArray *inner;
} Sample;
typedef struct {
  double real;
} Inner;

static const Field inner_fields[] = {FIELD_REAL(Inner, real)};
static const FieldTable inner_table = FIELD_TABLE(Inner, "Inner", NULL, inner_fields);
static const Field sample_fields[] = {
    FIELD_INT(Sample, number),
    FIELD_INT(Sample, absent, .flags = FIELD_NULLABLE),
    FIELD_BOOL(Sample, flag),
    FIELD_TEXT(Sample, text, .flags = FIELD_DETAIL),
    FIELD_STRINGS(Sample, strings),
    FIELD_JSON(Sample, json, .flags = FIELD_NULLABLE, .record = &inner_table),
    FIELD_RECORDS(Sample, inner, inner_table),
};
static const FieldTable sample_table = FIELD_TABLE(Sample, "Sample", NULL, sample_fields);

static const Route one = {"GET", "/one", .output = &sample_table, .status = 200, .also_output = &inner_table, .also_status = 202};
static const Route list = {"GET", "/list", .flags = ROUTE_LISTS, .output = &sample_table, .status = 200};
static const Route none = {"DELETE", "/none", .status = 204};
static const Route picture = {"GET", "/picture", .produces = "image/jpeg", .status = 200};

#define BASE "\"number\":1,\"absent\":null,\"flag\":true,\"strings\":[\"a\"],"
#define GOOD BASE "\"json\":{\"real\":1.5},\"inner\":[{\"real\":2}]"

static void test_rows(void)
{
  static const struct {
    const Route *route;
    int status;
    const char *text;  /* NULL: no body */
    const char *where; /* NULL: good */
  } rows[] = {
      {&one, 200, "{" GOOD ",\"text\":\"t\"}", NULL},
      {&one, 202, "{\"real\":3}", NULL},
      {&one, 200, "{" GOOD "}", ".text is not there"},
      {&one, 200, "{" GOOD ",\"text\":\"t\",\"more\":1}", ".more is not declared"},
      {&one, 200, "{" GOOD ",\"text\":null}", ".text is null"},
      {&one, 200, "{" GOOD ",\"text\":7}", ".text is not a text"},
      {&one, 200, "{" BASE "\"text\":\"\",\"json\":{\"real\":\"x\"},\"inner\":[]}", ".json.real is not a number"},
      {&one, 200, "{" BASE "\"text\":\"\",\"json\":null,\"inner\":[{\"real\":1},{}]}", ".inner.1.real is not there"},
      {&one, 200, "[]", "it is not an object"},
      {&one, 200, "{", "it is not good JSON"},
      {&one, 200, NULL, "it is not good JSON"},
      {&list, 200, "{\"items\":[{" GOOD "}],\"next\":null}", NULL},
      {&list, 200, "{\"items\":[],\"next\":\"x\"}", NULL},
      {&list, 200, "{\"items\":[{" GOOD ",\"text\":\"t\"}],\"next\":null}", "items.0.text is not declared"},
      {&list, 200, "{\"items\":[]}", "it is not {"},
      {&none, 204, NULL, NULL},
      {&none, 204, "{}", "it has a body"},
      {&picture, 200, NULL, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].text ? rows[i].text : "no body");
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = rows[i].text ? g_string_new(rows[i].text) : NULL;
    bool good = answer_check(rows[i].route, rows[i].status, text, &error);
#ifdef REEVE_FAILPOINTS
    g_assert_true(good == !rows[i].where);
    if (rows[i].where)
      g_assert_nonnull(strstr(error->message, rows[i].where));
#else
    g_assert_true(good); /* nothing is looked at in a release */
#endif
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/answer-check/rows", test_rows);
  return g_test_run();
}
