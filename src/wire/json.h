/* JSON <-> records, by field table, and parsing with caps. jansson's json_t is the tree.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/field.h"

#include <glib.h>
#include <jansson.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

enum {
  JSON_MAX_DEPTH = 64,
  JSON_MAX_BYTES = 8 * 1024 * 1024,
  JSON_MAX_VALUES = 1 << 20, /* an array or object counts as four, as it takes the memory of more */
  JSON_MAX_INNER_DEPTH = 32, /* of a FIELD_KIND_JSON value, so that the record around it can still be read back */
};

/* Parses one JSON value. INVALID with line and column on bad syntax, duplicate keys, invalid UTF-8 and NUL in strings; LIMIT over
 * JSON_MAX_DEPTH, JSON_MAX_BYTES or JSON_MAX_VALUES. Numbers that neither an int64_t nor a double can hold are INVALID. */
json_t *json_parse(const char *text, size_t length, GError **error);

/* Compact text, keys in insertion order, reals with as few digits as read back the same; the caller frees it with g_free. */
char *json_text(const json_t *value);

/* One thing wrong with an input. */
typedef struct {
  char *field;   /* dotted path: "rules.0.codec"; "" for the whole */
  char *message; /* a finished sentence naming the field and the rule: "rules.0.codec must be h264 or hevc" */
} FieldError;

/* What was wrong with an input, all of it and not only the first, up to FIELD_ERRORS_MAX; more are dropped. The elements are
 * FieldError, owned by the array. */
enum { FIELD_ERRORS_MAX = 100 };
GPtrArray *field_errors_new(void);
void field_errors_add(GPtrArray *errors, const char *field, const char *format, ...) G_GNUC_PRINTF(3, 4);

typedef enum {
  JSON_CREATE,  /* REQUIRED fields must be there, absent others keep the default that record_init gave */
  JSON_UPDATE,  /* absent fields keep the record's value */
  JSON_TRUSTED, /* our own JSON read back: READ_ONLY, SECRET and KEY fields are taken too, unknown ones ignored */
} JsonMode;

/* Fills `record` (initialised by record_init, or holding a value for JSON_UPDATE) from an object. Unknown fields, read-only
 * fields, wrong types, out-of-range numbers (also numbers that do not fit), unknown enum names and broken length rules are each
 * an entry in `errors`. False with INVALID (message: the first entry) if there was any; the record is then unchanged. `errors`
 * may be NULL. With JSON_UPDATE, a record inside the record is updated by its fields, a list of records is replaced, each of its
 * items being read as with JSON_CREATE. Rules hold in every mode. */
bool json_to_record(const FieldTable *table, const json_t *object, JsonMode mode, void *record, GPtrArray *errors,
                    GError **error);

typedef enum {
  JSON_PUBLIC, /* without NO_JSON and SECRET fields */
  JSON_FULL,   /* all fields, for our own storage and for children */
} JsonView;

/* A new object with every field of the view. Cannot fail. Text that is not valid UTF-8 is repaired with U+FFFD. */
json_t *json_from_record(const FieldTable *table, const void *record, JsonView view);

/* The same for one field's value; store uses these for columns kept as JSON text. */
json_t *json_from_field(const Field *field, const void *record, JsonView view);
bool json_to_field(const Field *field, const json_t *value, JsonMode mode, void *record, GError **error);

/* An array of records. */
json_t *json_from_records(const FieldTable *table, const GPtrArray *records, JsonView view);

/* The JSON Schema (OpenAPI 3.1) of a table; nested tables are referenced as #/components/schemas/NAME. `mode` JSON_CREATE or
 * JSON_UPDATE gives the input shape, JSON_TRUSTED the output shape. */
json_t *json_schema(const FieldTable *table, JsonMode mode);
/* The NAME by which it references one: the table's in answers, with "Input" behind it in inputs, which ask for less and allow
 * less. The caller frees it. */
char *json_schema_name(const FieldTable *table, JsonMode mode);
