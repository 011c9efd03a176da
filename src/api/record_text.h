/* Records straight to JSON text. A page of a list is thousands of values, which json_from_record would allocate one by one.
 *
 * Thread-safety: no state. */
#pragma once

#include "base/field.h"

/* Appends the record as json_text(json_from_record(…, JSON_PUBLIC)) would show it, without the field named `omits` (NULL: all). A
 * JSON field's text stands in it as it is: it is our own, from the store. */
void record_text_append(GString *text, const FieldTable *table, const void *record, const char *omits);

/* A JSON string, with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void record_text_append_string(GString *text, const char *string);
