/* Which part of a file a request wants (RFC 9110, 14). Pure.
 *
 * Thread-safety: no state. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  RANGE_WHOLE,         /* no range, one that is not understood, or several: the whole is a good answer (RFC 9110, 14.2) */
  RANGE_PART,          /* *ret_first and *ret_length hold */
  RANGE_UNSATISFIABLE, /* nothing of it is there */
} RangeKind;

/* `header` is the value of Range, or NULL; `size_bytes` that of the file. */
RangeKind range_parse(const char *header, uint64_t size_bytes, uint64_t *ret_first, uint64_t *ret_length);

/* Whether If-Range (NULL: not sent) lets a range count: the tag, compared strongly, or the very date (RFC 9110, 13.1.5). */
bool range_is_current(const char *if_range, const char *etag, const char *last_modified);
