/* What goes wrong, as callers read it (RFC 9457). */
#include "api/http.h"
#include "base/error.h"

#include <string.h>

static void test_problems(void)
{
  for (int code = REEVE_ERROR_INVALID; code <= REEVE_ERROR_INTERNAL; code++) {
    const ReeveErrorRow *row = reeve_error_row(code);
    g_autoptr(GError) error = g_error_new(REEVE_ERROR, code, "What \"happened\".");
    Response response = {0};
    if (row->http_status >= 500 && code != REEVE_ERROR_UNAVAILABLE)
      g_test_expect_message("api", G_LOG_LEVEL_WARNING, "*What \"happened\".*");
    response_problem(&response, error, "request-7");
    g_test_assert_expected_messages();
    g_assert_cmpint(response.status, ==, row->http_status);
    g_assert_cmpstr(response.content_type, ==, "application/problem+json");
    g_autoptr(json_t) body = json_loads(response.text->str, 0, NULL);
    g_autofree char *type = g_strconcat("urn:reeve:problem:", row->name, NULL);
    g_assert_cmpstr(json_string_value(json_object_get(body, "type")), ==, type);
    g_assert_cmpstr(json_string_value(json_object_get(body, "title")), ==, row->title);
    g_assert_cmpint((int)json_integer_value(json_object_get(body, "status")), ==, row->http_status);
    g_assert_cmpstr(json_string_value(json_object_get(body, "request")), ==, "request-7");
    g_assert_null(json_object_get(body, "errors"));
    /* What a defect has to say is for the log, not for callers. */
    const char *detail = json_string_value(json_object_get(body, "detail"));
    g_assert_true(code == REEVE_ERROR_INTERNAL ? strstr(detail, "happened") == NULL : strcmp(detail, "What \"happened\".") == 0);
    response_clear(&response);
  }
}

static void test_field_errors(void)
{
  g_autoptr(GError) error = NULL;
  Response response = {0};
  g_assert_false(response_refuse(&response, &error, "path", "path must be %s", "absolute"));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_false(response_refuse(&response, NULL, "a.0", "a.0 must not be null"));
  response_problem(&response, error, "x");
  g_assert_cmpint(response.status, ==, 422);
  g_assert_nonnull(strstr(response.text->str,
                          "\"detail\":\"path must be absolute\",\"errors\":[{\"field\":\"path\",\"message\":\"path must be "
                          "absolute\"},{\"field\":\"a.0\",\"message\":\"a.0 must not be null\"}]"));
  response_clear(&response);
}

static void test_list(void)
{
  g_autoptr(GPtrArray) tags = records_new(&tag_table);
  Response response = {0};
  response_list(&response, &tag_table, tags, NULL);
  g_assert_cmpstr(response.text->str, ==, "{\"items\":[],\"next\":null}");
  g_ptr_array_add(tags, record_new(&tag_table));
  response_list(&response, &tag_table, tags, "a\"b");
  g_assert_cmpstr(response.text->str, ==, "{\"items\":[{\"name\":\"\",\"value\":\"\"}],\"next\":\"a\\\"b\"}");
  response_clear(&response);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/response/problems", test_problems);
  g_test_add_func("/response/field-errors", test_field_errors);
  g_test_add_func("/response/list", test_list);
  return g_test_run();
}
