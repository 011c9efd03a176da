/* Where a page ended, as an opaque word for clients: the order, the last row's sort value and its id, in base64url.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* `order` names what the page is sorted by; a cursor of one order is refused in another. The caller frees it. */
char *cursor_new(const char *order, const char *value, int64_t id);

/* INVALID unless cursor_new made it for the same order. The caller frees *ret_value, which is valid UTF-8. */
bool cursor_parse(const char *cursor, const char *order, char **ret_value, int64_t *ret_id, GError **error);

/* The same for a value that must be a whole number. */
bool cursor_parse_int(const char *cursor, const char *order, int64_t *ret_value, int64_t *ret_id, GError **error);

/* Sets the error for a cursor that is not ours; returns false. */
bool cursor_fail(GError **error);
