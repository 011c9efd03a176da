/* Decides who carries out a request that came twice: whoever's row was first. Test: tests/unit/store/test_idempotent.c */
#include "store/idempotent.h"

#include "store/record_sql.h"

static const Field idempotent_request_fields[] = {
    FIELD_INT(IdempotentRequest, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the request."),
    FIELD_TEXT(IdempotentRequest, caller, .flags = FIELD_READ_ONLY, .help = "Who asked."),
    FIELD_TEXT(IdempotentRequest, key, .flags = FIELD_READ_ONLY, .help = "The caller's own name for it."),
    FIELD_TEXT(IdempotentRequest, digest, .flags = FIELD_READ_ONLY, .help = "Hash of what was asked."),
    FIELD_INT(IdempotentRequest, status, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "HTTP status of the answer; null while it is being carried out."),
    FIELD_TEXT(IdempotentRequest, answer, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .max = 8 * 1024 * 1024,
               .help = "Body of the answer."),
    FIELD_INT(IdempotentRequest, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was asked, in ms since 1970."),
};
const FieldTable idempotent_request_table =
    FIELD_TABLE(IdempotentRequest, "IdempotentRequest", "idempotent_requests", idempotent_request_fields);

void idempotent_request_free(IdempotentRequest *request)
{
  record_free(&idempotent_request_table, request);
}

static bool forget_old(DbConn *conn, const IdempotentRequest *request, GError **error)
{
  return db_exec(conn, "DELETE FROM idempotent_requests WHERE created_at_ms < $1",
                 DB_ARGS(DB_INT(request->created_at_ms - IDEMPOTENT_KEEP_MS)), NULL, error) &&
         db_exec(
             conn, "DELETE FROM idempotent_requests WHERE caller = $1 AND key = $2 AND status IS NULL AND created_at_ms < $3",
             DB_ARGS(DB_TEXT(request->caller), DB_TEXT(request->key), DB_INT(request->created_at_ms - IDEMPOTENT_ABANDONED_MS)),
             NULL, error);
}

bool idempotent_take(DbConn *conn, IdempotentRequest *request, bool *ret_taken, GError **error)
{
  if (!forget_old(conn, request, error))
    return false;
  bool found = false;
  if (!db_query_int(
          conn,
          "INSERT INTO idempotent_requests (caller, key, digest, created_at_ms) VALUES ($1, $2, $3, $4) "
          "ON CONFLICT (caller, key) DO NOTHING RETURNING id",
          DB_ARGS(DB_TEXT(request->caller), DB_TEXT(request->key), DB_TEXT(request->digest), DB_INT(request->created_at_ms)),
          &request->id, &found, error))
    return false;
  *ret_taken = found;
  return found || record_find(conn, &idempotent_request_table, "caller = $1 AND key = $2",
                              DB_ARGS(DB_TEXT(request->caller), DB_TEXT(request->key)), request, error);
}

bool idempotent_answer(DbConn *conn, int64_t id, int64_t status, const char *answer, GError **error)
{
  return db_exec(conn, "UPDATE idempotent_requests SET status = $1, answer = $2 WHERE id = $3",
                 DB_ARGS(DB_INT(status), DB_TEXT(answer), DB_INT(id)), NULL, error);
}

bool idempotent_release(DbConn *conn, int64_t id, GError **error)
{
  return db_exec(conn, "DELETE FROM idempotent_requests WHERE id = $1", DB_ARGS(DB_INT(id)), NULL, error);
}
