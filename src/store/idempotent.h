/* Requests that must not be carried out twice (Idempotency-Key): what was asked, and what it was answered with.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

enum { IDEMPOTENT_KEEP_MS = 24 * 60 * 60 * 1000, IDEMPOTENT_ABANDONED_MS = 10 * 60 * 1000 };

typedef struct {
  int64_t id;
  char *caller; /* who asked: keys of different callers have nothing to do with each other */
  char *key;
  char *digest;   /* of what was asked */
  int64_t status; /* FIELD_NULL_INT while it is being carried out */
  char *answer;
  int64_t created_at_ms;
} IdempotentRequest;
extern const FieldTable idempotent_request_table;

void idempotent_request_free(IdempotentRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IdempotentRequest, idempotent_request_free)

/* Takes a key for a request that is about to be carried out, or finds the one that has it. *ret_taken says which; `request`
 * (initialised, with caller, key, digest and time) becomes the row. One that was taken longer than IDEMPOTENT_ABANDONED_MS ago
 * and never answered was lost with its server, and is taken over. Forgets those older than IDEMPOTENT_KEEP_MS. */
bool idempotent_take(DbConn *conn, IdempotentRequest *request, bool *ret_taken, GError **error);

/* The answer, for whoever asks again. */
bool idempotent_answer(DbConn *conn, int64_t id, int64_t status, const char *answer, GError **error);

/* It failed: the key is free again. */
bool idempotent_release(DbConn *conn, int64_t id, GError **error);
