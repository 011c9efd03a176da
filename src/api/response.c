/* What a request is answered with: records, lists, static bytes, or what went wrong (RFC 9457).
 * Test: tests/unit/api/test_response.c */
#include "api/http.h"
#include "api/record_text.h"
#include "base/error.h"
#include "convert/tus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_BYTES = 4096 };

void response_forget_file(Response *response)
{
  if (response->has_file)
    close(response->file);
  response->has_file = false;
}

void response_clear(Response *response)
{
  if (response->text)
    g_string_free(response->text, TRUE);
  g_free(response->etag);
  g_free(response->allow);
  g_free(response->cookie);
  g_free(response->file_name);
  g_clear_pointer(&response->headers, g_ptr_array_unref);
  g_clear_pointer(&response->owned, g_bytes_unref);
  response_forget_file(response);
  if (response->current)
    g_string_free(response->current, TRUE);
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

/* Changes when something does that a person can edit: a scan that ends while somebody types makes nobody's edit stale. */
static char *tag_of(const FieldTable *table, const void *record)
{
  g_autoptr(GString) text = g_string_sized_new(TEXT_BYTES);
  record_text_append(text, table, record, FIELD_READ_ONLY);
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA1, (const guchar *)text->str, text->len);
  return g_strdup_printf("\"%.16s\"", digest);
}

void response_record(Response *response, const FieldTable *table, const void *record)
{
  record_text_append(new_text(response), table, record, FIELD_NO_FLAGS);
  if (response->route && (response->route->flags & ROUTE_TAGGED)) {
    g_free(response->etag);
    response->etag = tag_of(table, record);
  }
}

void response_bytes(Response *response, const char *content_type, GBytes *bytes)
{
  g_clear_pointer(&response->owned, g_bytes_unref);
  response->owned = bytes;
  response->content_type = content_type;
}

void response_attachment(Response *response, const char *file_name)
{
  g_free(response->file_name);
  response->file_name = g_strdup(file_name);
}

void response_text(Response *response, const char *content_type, char *take_text)
{
  GString *text = new_text(response);
  g_string_append(text, take_text);
  g_free(take_text);
  response->content_type = content_type;
}

bool response_file(Response *response, const char *content_type, const char *path, GError **error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0) {
    fail_errno(error, errno, "%s could not be opened", path);
    if (fd >= 0)
      close(fd);
    return false;
  }
  response->content_type = content_type;
  response->file = fd;
  response->file_bytes = (uint64_t)st.st_size;
  response->has_file = true;
  return true;
}

void response_list(Response *response, const FieldTable *table, const GPtrArray *records, const char *next)
{
  GString *text = new_text(response);
  g_string_append(text, "{\"items\":[");
  for (guint i = 0; i < records->len; i++) {
    if (i > 0)
      g_string_append_c(text, ',');
    record_text_append(text, table, records->pdata[i], FIELD_DETAIL);
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

void response_header(Response *response, const char *name, const char *value)
{
  if (!response->headers)
    response->headers = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(response->headers, g_strdup(name));
  g_ptr_array_add(response->headers, g_strdup(value));
}

void response_retry_after(Response *response, int64_t seconds)
{
  response->retry_after_s = MAX(seconds, 1);
}

void response_cookie(const Request *request, Response *response, const char *token, int64_t max_age_s)
{
  g_free(response->cookie);
  response->cookie = g_strdup_printf(SESSION_COOKIE "=%s; Path=/; Max-Age=%" G_GINT64_FORMAT "; HttpOnly; SameSite=Strict%s",
                                     token ? token : "", token ? max_age_s : (int64_t)0, request->is_secure ? "; Secure" : "");
}

/* If-None-Match may list several, and mark them as weak. */
static bool has_etag(const char *header, const char *etag)
{
  return header && (g_str_equal(header, "*") || strstr(header, etag));
}

bool response_known(const Request *request, Response *response, const char *tag)
{
  g_free(response->etag);
  response->etag = g_strdup_printf("\"%s\"", tag);
  if (!has_etag(request_header(request, "If-None-Match"), response->etag))
    return false;
  response->status = MHD_HTTP_NOT_MODIFIED;
  return true;
}

void response_static(const Request *request, Response *response, const char *content_type, const void *bytes, size_t length)
{
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA1, bytes, length);
  digest[16] = '\0';
  response->content_type = content_type;
  response->bytes = bytes;
  response->length = response_known(request, response, digest) ? 0 : length;
}

bool response_unchanged(const Request *request, Response *response, const FieldTable *table, const void *record, GError **error)
{
  const char *seen = request_header(request, "If-Match");
  g_autofree char *tag = tag_of(table, record);
  if (!seen || has_etag(seen, tag))
    return true;
  response->status = MHD_HTTP_PRECONDITION_FAILED;
  response->current = g_string_sized_new(TEXT_BYTES);
  record_text_append(response->current, table, record, FIELD_NO_FLAGS);
  g_free(response->etag);
  response->etag = g_steal_pointer(&tag);
  return fail(error, REEVE_ERROR_CONFLICT,
              "Somebody else has changed this meanwhile, and nothing of yours was saved; compare "
              "it with what it is now and save again.");
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
  /* What the server says about itself may name anybody's files: the log is for admins. */
  LogRing *log = access_check(&request->caller, ACCESS_ADMIN, NULL) ? request->services->log : NULL;
  response->events = event_stream_new(request->server->hub, request->services->events, log, request->connection, after_id, error);
  return response->events != NULL;
}

static const char *status_title(int status, const ReeveErrorRow *row)
{
  switch (status) {
  case MHD_HTTP_METHOD_NOT_ALLOWED:
    return "Method not allowed";
  case MHD_HTTP_PRECONDITION_FAILED:
    return "Changed meanwhile";
  case MHD_HTTP_TOO_MANY_REQUESTS:
    return "Too many requests";
  case MHD_HTTP_BAD_REQUEST:
    return "Bad request";
  case TUS_STATUS_CHECKSUM_MISMATCH:
    return "Checksum mismatch";
  case MHD_HTTP_UNSUPPORTED_MEDIA_TYPE:
    return "Unsupported media type";
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
  if (response->current) {
    g_string_append(text, ",\"current\":");
    g_string_append_len(text, response->current->str, (gssize)response->current->len);
  }
  g_string_append(text, ",\"request\":");
  record_text_append_string(text, name);
  g_string_append_c(text, '}');
  response->status = status;
  response->bytes = NULL;
  response->encoding = NULL;
  response->immutable = false;
  g_clear_pointer(&response->owned, g_bytes_unref);
  g_clear_pointer(&response->file_name, g_free);
  response_forget_file(response);
  response->content_type = "application/problem+json";
  response->retry_later = row->retryable && status != MHD_HTTP_INTERNAL_SERVER_ERROR;
}
