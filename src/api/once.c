/* Decides when a request is one that came before. Test: tests/unit/api/test_server_edit.c */
#include "api/once.h"

#include "base/error.h"
#include "store/idempotent.h"

#include <string.h>

enum { KEY_MAX_BYTES = 255 };

static bool check_key(const char *key, Response *response, GError **error)
{
  size_t length = strlen(key);
  bool good = length >= 1 && length <= KEY_MAX_BYTES;
  for (size_t i = 0; good && i < length; i++)
    good = g_ascii_isgraph(key[i]);
  return good || response_refuse(response, error, "Idempotency-Key",
                                 "Idempotency-Key must be 1 to %d letters, digits or signs without spaces, such as a UUID",
                                 KEY_MAX_BYTES);
}

static char *digest_of(const Request *request)
{
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(checksum, (const guchar *)request->method, -1);
  g_checksum_update(checksum, (const guchar *)" ", 1);
  g_checksum_update(checksum, (const guchar *)request->uri, -1);
  g_checksum_update(checksum, (const guchar *)"\n", 1);
  g_checksum_update(checksum, (const guchar *)request->body->str, (gssize)request->body->len);
  return g_strdup(g_checksum_get_string(checksum));
}

static bool take(Request *request, const char *key, IdempotentRequest *row, bool *ret_taken, GError **error)
{
  const Caller *caller = request_caller(request);
  bool is_user = caller && caller->kind == ACTOR_USER;
  int64_t caller_id = is_user ? caller->user_id : caller ? caller->id : 0;
  row->caller = (g_free(row->caller), g_strdup_printf("%s %" G_GINT64_FORMAT, is_user ? "user" : "key", caller_id));
  row->key = (g_free(row->key), g_strdup(key));
  row->digest = (g_free(row->digest), digest_of(request));
  row->created_at_ms = clock_now_ms(request->server->clock);
  g_autoptr(DbConn) conn = db_acquire(request->services->db, error);
  return conn && idempotent_take(conn, row, ret_taken, error);
}

/* The row is another request's: the same as this one, or not. */
static bool answer_again(Request *request, const IdempotentRequest *row, GError **error)
{
  Response *response = &request->response;
  g_autofree char *digest = digest_of(request);
  if (strcmp(row->digest, digest) != 0)
    return response_refuse(response, error, "Idempotency-Key",
                           "Idempotency-Key was used for another request before; take a new one for each");
  if (row->status == FIELD_NULL_INT)
    return fail(error, REEVE_ERROR_CONFLICT,
                "The first request with this Idempotency-Key is still being carried out; ask again "
                "in a moment.");
  response_status(response, (int)row->status);
  response->replayed = true;
  if (row->answer)
    response->text = g_string_new(row->answer);
  return true;
}

bool once_begin(Request *request, bool *ret_answered, GError **error)
{
  const char *key = request->route->flags & ROUTE_ONCE ? request_header(request, "Idempotency-Key") : NULL;
  *ret_answered = false;
  if (!key)
    return true;
  if (!check_key(key, &request->response, error))
    return false;
  g_autoptr(IdempotentRequest) row = record_new(&idempotent_request_table);
  bool taken = false;
  if (!take(request, key, row, &taken, error))
    return false;
  if (taken) {
    request->once_id = row->id;
    return true;
  }
  *ret_answered = answer_again(request, row, error);
  return *ret_answered;
}

void once_end(Request *request, bool ok)
{
  if (!request->once_id)
    return;
  const Response *response = &request->response;
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(request->services->db, &why);
  bool noted =
      conn && (ok ? idempotent_answer(conn, request->once_id, response->status, response->text ? response->text->str : NULL, &why)
                  : idempotent_release(conn, request->once_id, &why));
  if (!noted)
    g_warning("The answer to a request with an Idempotency-Key could not be kept; whoever asks again is told to wait: %s",
              why->message);
}
