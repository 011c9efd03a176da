/* What of an action is remembered, and reading it again, on both databases. */
#include "auth/audit.h"
#include "base/error.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "wire/json.h"

#include <string.h>

typedef struct {
  char *name, *secret;
} Inner;

typedef struct {
  char *name, *password, *hash;
  Inner inner;
  GPtrArray *list;
} Outer;

static const Field inner_fields[] = {
    FIELD_TEXT(Inner, name, .help = "."),
    FIELD_TEXT(Inner, secret, .flags = FIELD_SECRET, .help = "."),
};
static const FieldTable inner_table = FIELD_TABLE(Inner, "Inner", NULL, inner_fields);
static const Field outer_fields[] = {
    FIELD_TEXT(Outer, name, .help = "."),
    FIELD_TEXT(Outer, password, .flags = FIELD_SECRET, .help = "."),
    FIELD_TEXT(Outer, hash, .flags = FIELD_NO_JSON, .help = "."),
    FIELD_RECORD(Outer, inner, inner_table, .help = "."),
    FIELD_RECORDS(Outer, list, inner_table, .help = "."),
};
static const FieldTable outer_table = FIELD_TABLE(Outer, "Outer", NULL, outer_fields);

static void test_detail(void)
{
  static const struct {
    const char *body, *detail;
  } rows[] = {
      {"{\"name\":\"a\",\"password\":\"p\"}", "{\"name\":\"a\"}"},
      {"{\"password\":\"p\"}", NULL},
      {"{\"hash\":\"p\",\"unknown\":\"p\"}", NULL},
      {"{\"name\":\"a\",\"inner\":{\"name\":\"b\",\"secret\":\"p\"}}", "{\"name\":\"a\",\"inner\":{\"name\":\"b\"}}"},
      {"{\"list\":[{\"secret\":\"p\"},{\"name\":\"b\"}]}", "{\"list\":[{},{\"name\":\"b\"}]}"},
      {"{\"inner\":\"p\"}", "{\"inner\":{}}"}, /* of a wrong type: nothing of it */
      {"{\"list\":[\"p\"]}", "{\"list\":[{}]}"},
      {"[\"p\"]", NULL},
      {"{}", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(json_t) body = json_parse(rows[i].body, strlen(rows[i].body), NULL);
    g_autofree char *detail = audit_detail(&outer_table, body);
    g_assert_cmpstr(detail, ==, rows[i].detail);
  }
  g_assert_null(audit_detail(NULL, NULL));
  g_assert_null(audit_detail(&outer_table, NULL));
  g_autofree char *large = g_strnfill(AUDIT_DETAIL_MAX_BYTES, 'x');
  g_autoptr(json_t) body = json_pack("{s:s}", "name", large);
  g_autofree char *detail = audit_detail(&outer_table, body);
  g_assert_true(g_str_has_prefix(detail, "{\"omitted_bytes\":"));
}

static GPtrArray *page(DbConn *conn, const AuditQuery *query, char **ret_next)
{
  g_autoptr(GError) error = NULL;
  GPtrArray *entries = audit_page(conn, query, ret_next, &error);
  g_assert_no_error(error);
  return entries;
}

static void test_pages(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < 5; i++) {
    g_autofree char *target = g_strdup_printf("target %d", i);
    g_assert_true(audit_console(conn, i % 2 ? "user add" : "key add", target, &clock.clock, &error));
    g_assert_no_error(error);
    manual_clock_advance(&clock, i < 3 ? 1000 : 0);
  }
  g_autofree char *next = NULL;
  g_autoptr(GPtrArray) first = page(conn, &(AuditQuery){.limit = 3}, &next);
  g_assert_cmpuint(first->len, ==, 3);
  const AuditEntry *newest = first->pdata[0];
  g_assert_cmpstr(newest->target, ==, "target 4");
  g_assert_cmpint(newest->actor_kind, ==, ACTOR_CONSOLE);
  g_assert_nonnull(next);
  g_autofree char *end = NULL;
  g_autoptr(GPtrArray) rest = page(conn, &(AuditQuery){.limit = 3, .after = next}, &end);
  g_assert_cmpuint(rest->len, ==, 2);
  g_assert_null(end);
  g_assert_cmpstr(((const AuditEntry *)rest->pdata[1])->target, ==, "target 0");

  g_autofree char *none = NULL;
  g_autoptr(GPtrArray) users = page(conn, &(AuditQuery){.limit = 9, .action = "USER"}, &none);
  g_assert_cmpuint(users->len, ==, 2);
  g_autoptr(GPtrArray) nobody = page(conn, &(AuditQuery){.limit = 9, .actor = "nobody"}, &none);
  g_assert_cmpuint(nobody->len, ==, 0);
  g_assert_null(audit_page(conn, &(AuditQuery){.limit = 9, .after = "garbage"}, &none, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audit/detail", test_detail);
  test_db_each("/audit/pages", test_pages);
  return g_test_run();
}
