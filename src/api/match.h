/* Which route a request means. Pure.
 *
 * Thread-safety: no state. */
#pragma once

#include "api/route.h"

typedef enum { MATCH_FOUND, MATCH_NO_PATH, MATCH_NO_METHOD } MatchResult;

/* Finds the row; HEAD is GET. `path` is as it was sent, without the query. On MATCH_NO_METHOD *ret_allow is "GET, HEAD, POST",
 * for the Allow header; the caller frees it. */
MatchResult match_route(const char *method, const char *path, const Route **ret_route, int64_t *ret_id, char **ret_allow);
