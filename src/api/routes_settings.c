/* Settings that take effect at once, and carrying them elsewhere (O2, O6). Test: tests/unit/api/test_operations.c */
#include "api/convert.h"
#include "base/error.h"
#include "operate/portable.h"

#include <string.h>

/* All settings, with the tag that an edit shows in If-Match. */
static void show(Request *request, Response *response)
{
  LiveSettings *settings = request_services(request)->settings;
  g_autofree char *tag = live_settings_tag(settings);
  g_autoptr(GPtrArray) views = live_settings_view(settings);
  response_list(response, &setting_view_table, views, NULL);
  g_free(response->etag);
  response->etag = g_strdup_printf("\"%s\"", tag);
}

static bool get_settings(Request *request, void *input, Response *response, GError **error)
{
  show(request, response);
  return true;
}

/* The tag without its quotes; NULL if the caller does not care. The caller frees it. */
static char *expected_tag(const Request *request)
{
  const char *header = request_header(request, "If-Match");
  if (!header || g_str_equal(header, "*"))
    return NULL;
  g_autofree char *text = g_strstrip(g_strdup(header));
  size_t length = strlen(text);
  return length >= 2 && text[0] == '"' && text[length - 1] == '"' ? g_strndup(text + 1, length - 2) : g_steal_pointer(&text);
}

/* 412, with what there is now, {"encode_slots": 2, …}, and its tag. A change between the two is found when the tag is shown. */
static void answer_stale(Request *request, Response *response)
{
  Settings now;
  LiveSettings *settings = request_services(request)->settings;
  g_autofree char *tag = live_settings_tag(settings);
  live_settings_get(settings, &now);
  g_free(response->etag);
  response->etag = g_strdup_printf("\"%s\"", tag);
  g_autoptr(json_t) object = json_from_record(&settings_table, &now, JSON_PUBLIC);
  record_clear(&settings_table, &now);
  g_autofree char *text = json_text(object);
  response_status(response, MHD_HTTP_PRECONDITION_FAILED);
  response->current = g_string_new(text);
}

bool settings_allowed(Request *request, const json_t *changes, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  if (!response->field_errors)
    response->field_errors = field_errors_new();
  GPtrArray *errors = response->field_errors;
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  if (!conn || !live_settings_check_places(conn, services->media_directories, changes, errors, error))
    return false;
  return errors->len == 0 || fail(error, REEVE_ERROR_INVALID, "%s", ((const FieldError *)errors->pdata[0])->message);
}

static bool change(Request *request, const json_t *changes, Response *response, GError **error)
{
  g_autofree char *tag = expected_tag(request);
  g_autoptr(GError) why = NULL;
  if (!settings_allowed(request, changes, response, error))
    return false;
  if (live_settings_put(request_services(request)->settings, changes, tag, response->field_errors, &why)) {
    show(request, response);
    return true;
  }
  if (tag && reeve_error_code(why) == REEVE_ERROR_CONFLICT)
    answer_stale(request, response);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool put_settings(Request *request, void *input, Response *response, GError **error)
{
  return change(request, request_body(request), response, error);
}

static bool delete_setting(Request *request, void *input, Response *response, GError **error)
{
  const char *name = request_name(request);
  if (!field_find(&settings_table, name))
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no setting %s.", name);
  g_autoptr(json_t) changes = json_pack("{s:n}", name);
  return change(request, changes, response, error);
}

static bool get_export(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  json_t *document = portable_export(services->db, services->settings, error);
  if (!document)
    return false;
  response_attachment(response, "reeve-settings.json");
  response_json(response, document);
  return true;
}

static bool post_import(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  ImportResult result;
  if (!response->field_errors)
    response->field_errors = field_errors_new();
  const PortableTarget target = {.db = services->db,
                                 .live = services->settings,
                                 .data_directory = services->data_directory,
                                 .clock = services->clock,
                                 .is_held = true,
                                 .media_directories = services->media_directories};
  if (!portable_import(&target, request_body(request), response->field_errors, &result, error))
    return false;
  response_record(response, &import_result_table, &result);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/settings", ACCESS_READ, ROUTE_WHOLE_LIST | ROUTE_TAGGED, .output = &setting_view_table, .status = 200,
     .handle = get_settings, .summary = "All settings that can be changed while the server runs."},
    {"PUT", "/api/v1/settings", ACCESS_ADMIN, ROUTE_WHOLE_LIST | ROUTE_TAGGED | ROUTE_ANY_BODY, .input = &settings_table,
     .input_mode = JSON_UPDATE, .output = &setting_view_table, .status = 200, .handle = put_settings,
     .summary = "Changes the settings that are given, all or none; they take effect at once, on all servers. With null, "
                "what the configuration says is in force again."},
    {"DELETE", "/api/v1/settings/{name}", ACCESS_ADMIN, ROUTE_WHOLE_LIST | ROUTE_TAGGED, .output = &setting_view_table,
     .status = 200, .handle = delete_setting, .summary = "What the configuration says is in force again."},
    {"GET", "/api/v1/settings/export", ACCESS_ADMIN, .output = &portable_table, .status = 200, .handle = get_export,
     .summary = "Settings, profiles and roots as one document."},
    {"POST", "/api/v1/settings/import", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_ANY_BODY, .input = &portable_table,
     .output = &import_result_table, .status = 200, .handle = post_import,
     .summary = "Takes such a document over: all of it, or nothing if anything in it is wrong."},
};
const RouteSet setting_routes = {rows, G_N_ELEMENTS(rows)};
