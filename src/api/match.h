/* Which route a request means. Pure.
 *
 * Thread-safety: no state. */
#pragma once

#include "api/route.h"

typedef enum { MATCH_FOUND, MATCH_NO_PATH, MATCH_NO_METHOD } MatchResult;

/* What stands in a path for a row's placeholders. */
typedef struct {
  int64_t id;                      /* {id}: a positive integer; FIELD_NULL_INT without one */
  char name[ROUTE_NAME_BYTES + 1]; /* {name}: letters, digits, '.', '_' and '-', not beginning with '.'; "" without one */
} PathParts;

/* Finds the row; HEAD is GET. The pattern "/{page}" stands for every path whose first part no other row begins with: what is
 * missing below /api is missing, and not a page. `path` is as it was sent, without the query. On MATCH_NO_METHOD *ret_allow is
 * "GET, HEAD, POST", for the Allow header; the caller frees it. */
MatchResult match_route(const char *method, const char *path, const Route **ret_route, PathParts *ret_parts, char **ret_allow);
