/* Query strings: each row an odd one. */
#include "api/query.h"
#include "base/error.h"

static const EnumRow colour_rows[] = {{0, "red", NULL}, {1, "dark-blue", NULL}};
static const EnumTable colour_table = ENUM_TABLE("Colour", colour_rows);
static const QueryParameter parameters[] = {
    {"text", FIELD_KIND_TEXT, NULL, ""},
    {"number", FIELD_KIND_INT, NULL, ""},
    {"flag", FIELD_KIND_BOOL, NULL, ""},
    {"colour", FIELD_KIND_ENUM, &colour_table, ""},
};
static const Route listing = {"GET", "/things", .flags = ROUTE_LISTS, ROUTE_QUERY(parameters)};
static const Route plain = {"GET", "/things/{id}", ROUTE_QUERY(parameters)};

static void test_good(void)
{
  static const struct {
    const char *text, *name, *value;
  } rows[] = {
      {NULL, "text", NULL},
      {"", "text", NULL},
      {"&&", "text", NULL},
      {"text=a+b%20c", "text", "a b c"},
      {"text=%2B%26%3D%c3%a4", "text", "+&=ä"},
      {"text=a=b", "text", "a=b"},
      {"text", "text", ""},
      {"text=", "text", ""},
      {"te%78t=1", "text", "1"},
      {"number=-9223372036854775807", "number", "-9223372036854775807"},
      {"flag=true&number=7", "number", "7"},
      {"colour=dark-blue", "colour", "dark-blue"},
      {"limit=500&after=x", "after", "x"},
      {"limit=1", "limit", "1"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].text ? rows[i].text : "(none)");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_autoptr(GHashTable) query = query_parse(&listing, rows[i].text, errors, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(g_hash_table_lookup(query, rows[i].name), ==, rows[i].value);
  }
}

static void test_bad(void)
{
  static const struct {
    const Route *route;
    const char *text, *field, *message;
  } rows[] = {
      {&listing, "nothing=1", "nothing", "nothing is not a parameter of /things"},
      {&plain, "limit=5", "limit", "limit is not a parameter of /things/{id}"},
      {&listing, "text=1&text=2", "text", "text is given more than once"},
      {&listing, "number=x", "number", "number must be a whole number"},
      {&listing, "number=1.5", "number", "number must be a whole number"},
      {&listing, "number=", "number", "number must be a whole number"},
      {&listing, "number=-9223372036854775808", "number", "number must be a whole number"},
      {&listing, "flag=1", "flag", "flag must be true or false"},
      {&listing, "colour=green", "colour", "colour must be red or dark-blue"},
      {&listing, "limit=0", "limit", "limit must be a whole number from 1 to 500"},
      {&listing, "limit=501", "limit", "limit must be a whole number from 1 to 500"},
      {&listing, "text=%", "text", NULL},
      {&listing, "text=%ff", "text", NULL},
      {&listing, "text=%00", "text", NULL},
      {&listing, "%zz=1", "", NULL},
      {&listing, "=1", "", " is not a parameter of /things"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].text);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_assert_null(query_parse(rows[i].route, rows[i].text, errors, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_cmpuint(errors->len, ==, 1);
    const FieldError *entry = errors->pdata[0];
    g_assert_cmpstr(entry->field, ==, rows[i].field);
    if (rows[i].message)
      g_assert_cmpstr(entry->message, ==, rows[i].message);
  }
}

/* All that is wrong is told at once. */
static void test_several(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) errors = field_errors_new();
  g_assert_null(query_parse(&listing, "number=x&flag=y&what=z", errors, &error));
  g_assert_cmpuint(errors->len, ==, 3);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/query/good", test_good);
  g_test_add_func("/query/bad", test_bad);
  g_test_add_func("/query/several", test_several);
  return g_test_run();
}
