/* Query strings: what a row declares and nothing else.
 *
 * Thread-safety: no state. */
#pragma once

#include "api/route.h"

enum { QUERY_PRESET_LIMIT = 50, QUERY_MAX_LIMIT = 500 };

/* Reads "a=1&b=x" (NULL: none) by the row's parameters, and `after` and `limit` where it lists. Unknown and repeated names, bad
 * encoding and values of the wrong kind are entries in `errors` and INVALID. char * -> char *, decoded; NULL on error. */
GHashTable *query_parse(const Route *route, const char *text, GPtrArray *errors, GError **error);

/* The parameters that lists take besides their own. */
const QueryParameter *query_list_parameters(size_t *ret_n);
