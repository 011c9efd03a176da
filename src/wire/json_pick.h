/* Reading single values out of JSON that others wrote, where anything may be missing or of another kind than their documents say.
 * Such a value counts as absent: what cannot be done without, the caller checks.
 *
 * Paths are keys joined by dots: "originalLanguage.name". `object` may be NULL or no object; then everything is absent.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "wire/json.h"

/* The value at a path, borrowed; NULL if there is none. A JSON null is no value. */
const json_t *json_pick(const json_t *object, const char *path);

/* The text at a path; NULL if there is none, if it is empty, or if it has more than `max_bytes`. The caller frees it. */
char *json_pick_text(const json_t *object, const char *path, size_t max_bytes);

/* The integer at a path; FIELD_NULL_INT if there is none. */
int64_t json_pick_int(const json_t *object, const char *path);

/* The same for numbers that count from 1, as ids, years and sizes do: 0 and below, which some use for "unknown", are absent too.
 */
int64_t json_pick_positive(const json_t *object, const char *path);

/* True only if true stands there. */
bool json_pick_bool(const json_t *object, const char *path);

/* The array at a path, borrowed; NULL if there is none. jansson's functions take NULL for an empty array. */
const json_t *json_pick_array(const json_t *object, const char *path);
