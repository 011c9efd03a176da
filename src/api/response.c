/* What a request is answered with: records, lists, static bytes, or what went wrong (RFC 9457).
 * Test: tests/unit/api/test_response.c */
#include "api/http.h"
#include "api/record_text.h"
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

void response_clear(Response *response)
{
  if (response->text)
    g_string_free(response->text, TRUE);
  g_free(response->etag);
  g_free(response->allow);
  event_stream_free(response->events);
  g_clear_pointer(&response->field_errors, g_ptr_array_unref);
  *response = (Response){0};
}

static GString *new_text(Response *response)
{
  if (response->text)
    g_string_free(response->text, TRUE);
  return response->text = g_string_sized_new(TEXT_BYTES);
}

void response_json(Response *response, json_t *body)
{
  g_autofree char *text = json_text(body);
  g_string_append(new_text(response), text);
  json_decref(body);
}

void response_record(Response *response, const FieldTable *table, const void *record)
{
  record_text_append(new_text(response), table, record, response->route ? response->route->omits : NULL);
}

void response_list(Response *response, const FieldTable *table, const GPtrArray *records, const char *next)
{
  const char *omits = response->route ? response->route->omits : NULL;
  GString *text = new_text(response);
  g_string_append(text, "{\"items\":[");
  for (guint i = 0; i < records->len; i++) {
    if (i > 0)
      g_string_append_c(text, ',');
    record_text_append(text, table, records->pdata[i], omits);
  }
  g_string_append(text, "],\"next\":");
  if (next)
    record_text_append_string(text, next);
  else
    g_string_append(text, "null");
  g_string_append_c(text, '}');
}

void response_status(Response *response, int status)
{
  response->status = status;
}

/* If-None-Match may list several, and mark them as weak. */
static bool has_etag(const char *header, const char *etag)
{
  return header && (g_str_equal(header, "*") || strstr(header, etag));
}

void response_static(const Request *request, Response *response, const char *content_type, const void *bytes, size_t length)
{
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA1, bytes, length);
  response->etag = g_strdup_printf("\"%.16s\"", digest);
  response->content_type = content_type;
  response->bytes = bytes;
  response->length = length;
  if (has_etag(request_header(request, "If-None-Match"), response->etag)) {
    response->length = 0;
    response->status = MHD_HTTP_NOT_MODIFIED;
  }
}

bool response_refuse(Response *response, GError **error, const char *field, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  if (!response->field_errors)
    response->field_errors = field_errors_new();
  field_errors_add(response->field_errors, field, "%s", message);
  return fail(error, REEVE_ERROR_INVALID, "%s", message);
}

bool response_events(Request *request, Response *response, int64_t after_id, GError **error)
{
  response->events = event_stream_new(request->server->hub, request->services->events, request->connection, after_id, error);
  return response->events != NULL;
}

static const char *status_title(int status, const ReeveErrorRow *row)
{
  switch (status) {
  case MHD_HTTP_METHOD_NOT_ALLOWED:
    return "Method not allowed";
  case MHD_HTTP_TOO_MANY_REQUESTS:
    return "Too many requests";
  default:
    return row->title;
  }
}

static void append_field_errors(GString *text, const GPtrArray *errors)
{
  g_string_append(text, ",\"errors\":[");
  for (guint i = 0; i < errors->len; i++) {
    const FieldError *entry = errors->pdata[i];
    g_string_append(text, i > 0 ? ",{\"field\":" : "{\"field\":");
    record_text_append_string(text, entry->field);
    g_string_append(text, ",\"message\":");
    record_text_append_string(text, entry->message);
    g_string_append_c(text, '}');
  }
  g_string_append_c(text, ']');
}

void response_problem(Response *response, const GError *error, const char *name)
{
  ReeveErrorCode code = reeve_error_code(error);
  const ReeveErrorRow *row = reeve_error_row((int)code);
  int status = response->status >= 400 ? response->status : row->http_status;
  if (status >= 500 && code != REEVE_ERROR_UNAVAILABLE)
    g_warning("Answered with %d: %s", status, error->message);
  g_autofree char *detail =
      code == REEVE_ERROR_INTERNAL
          ? g_strdup_printf("Something went wrong inside Reeve. Its log says more under the request %s.", name)
          : g_strdup(error->message);
  GString *text = new_text(response);
  g_string_append_printf(text, "{\"type\":\"urn:reeve:problem:%s\",\"title\":\"%s\",\"status\":%d,\"detail\":", row->name,
                         status_title(status, row), status);
  record_text_append_string(text, detail);
  if (code == REEVE_ERROR_INVALID && response->field_errors && response->field_errors->len > 0)
    append_field_errors(text, response->field_errors);
  g_string_append(text, ",\"request\":");
  record_text_append_string(text, name);
  g_string_append_c(text, '}');
  response->status = status;
  response->bytes = NULL;
  response->content_type = "application/problem+json";
  response->retry_later = row->retryable && status != MHD_HTTP_INTERNAL_SERVER_ERROR;
}
