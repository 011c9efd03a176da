/* Requests that make work and must not make it twice (Idempotency-Key, as in the IETF's draft
 * draft-ietf-httpapi-idempotency-key-header): who asks again is given the first answer.
 *
 * Thread-safety: as Request. */
#pragma once

#include "api/http.h"

/* Before the handler. With a key on a row with ROUTE_ONCE: *ret_answered true if the response was filled with the answer that the
 * first request got. INVALID for a key that is none or was used for another request, CONFLICT while the first one is still being
 * carried out. */
bool once_begin(Request *request, bool *ret_answered, GError **error);

/* After it: keeps a good answer, and frees the key if there is none. */
void once_end(Request *request, bool ok);
