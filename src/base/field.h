/* Field tables: each record (a plain struct) is described once, and JSON, YAML, SQL, validation messages, OpenAPI and the
 * reference docs are read from that description.
 *
 *   typedef struct { int64_t id; char *path; bool enabled; } Root;
 *   static const Field root_fields[] = {
 *     FIELD_INT(Root, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "…"),
 *     FIELD_TEXT(Root, path, .flags = FIELD_REQUIRED, .max = 4096, .help = "…"),
 *     FIELD_BOOL(Root, enabled, .preset = "true", .help = "…"),
 *   };
 *   const FieldTable root_table = FIELD_TABLE(Root, "Root", "roots", root_fields);
 *
 * The macros check at compile time that the member has the C type its kind needs.
 *
 * Absent values: FIELD_NULLABLE ints are FIELD_NULL_INT, reals NAN, enums FIELD_NULL_ENUM, text NULL; they are null in
 * JSON and NULL in SQL. A field that is not nullable never holds these, except text, where NULL counts as "".
 *
 * Thread-safety: tables are constant; the functions here touch only the record they are given. */
#pragma once

#include "base/enum_table.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  FIELD_KIND_BOOL,    /* bool */
  FIELD_KIND_INT,     /* int64_t */
  FIELD_KIND_REAL,    /* double */
  FIELD_KIND_ENUM,    /* int, one of `values` */
  FIELD_KIND_TEXT,    /* char *, owned by the record, valid UTF-8 */
  FIELD_KIND_JSON,    /* char *, owned: any JSON value as text; in JSON it stands as itself */
  FIELD_KIND_STRINGS, /* char **, owned, NULL-terminated; NULL counts as empty; SQL keeps it as JSON text */
  FIELD_KIND_INTS,    /* GArray * of int64_t, owned; NULL counts as empty; SQL keeps it as JSON text */
  FIELD_KIND_RECORD,  /* an embedded struct of `record`; SQL keeps it as JSON text */
  FIELD_KIND_RECORDS, /* GPtrArray * of `record` structs, owned; NULL counts as empty; SQL keeps it as JSON text */
} FieldKind;

typedef enum {
  FIELD_NO_FLAGS = 0,
  FIELD_KEY = 1 << 0,       /* the record's id: set by the store */
  FIELD_REQUIRED = 1 << 1,  /* must be in the input when a record is made */
  FIELD_READ_ONLY = 1 << 2, /* shown, refused in input */
  FIELD_NULLABLE = 1 << 3,
  FIELD_NO_COLUMN = 1 << 4, /* not stored: computed, or of another table */
  FIELD_NO_JSON = 1 << 5,   /* never leaves the process: hashes, internals */
  FIELD_SECRET = 1 << 6,    /* accepted in input, never shown */
  FIELD_ADVANCED = 1 << 7,  /* the interface hides it until asked */
} FieldFlags;

typedef struct FieldTable FieldTable;

typedef struct {
  const char *name; /* in JSON, YAML and SQL; also the struct's member */
  const char *help; /* one sentence for people; units if any */
  FieldKind kind;
  FieldFlags flags;
  size_t offset;
  double min, max;          /* numbers: inclusive range; text, strings, ints, records: length in bytes or items. Both 0: no rule;
                             * max below min: no upper bound. For text and records without a max see below */
  const char *preset;       /* default as text, as it would stand in YAML; NULL: 0, false, first enum row, "" or absent */
  const EnumTable *values;  /* ENUM */
  const FieldTable *record; /* RECORD, RECORDS */
  const char *format;       /* OpenAPI "format" or a rule name ("path", "uri"), or NULL */
} Field;

struct FieldTable {
  const char *name;      /* OpenAPI schema name: "Root" */
  const char *sql_table; /* "roots", or NULL if it is not stored as a table */
  size_t size;           /* sizeof the struct */
  const Field *fields;
  size_t n_fields;
};

enum {
  FIELD_TEXT_MAX_BYTES = 64 * 1024,  /* of a text whose field sets no max, and of each item of strings */
  FIELD_RECORDS_MAX_ITEMS = 1 << 16, /* of records whose field sets no max */
};

#define FIELD_NULL_INT INT64_MIN
#define FIELD_NULL_ENUM (-1)

/* offsetof, refused by the compiler unless the member has type `ctype`. */
#define FIELD_OFFSET(T, m, ctype) (offsetof(T, m) + 0 * sizeof(char[_Generic(((T *)0)->m, ctype : 1)]))

#define FIELD_BOOL(T, m, ...)                                                                                                    \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_BOOL, .offset = FIELD_OFFSET(T, m, bool), __VA_ARGS__                                         \
  }
#define FIELD_INT(T, m, ...)                                                                                                     \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_INT, .offset = FIELD_OFFSET(T, m, int64_t), __VA_ARGS__                                       \
  }
#define FIELD_REAL(T, m, ...)                                                                                                    \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_REAL, .offset = FIELD_OFFSET(T, m, double), __VA_ARGS__                                       \
  }
#define FIELD_ENUM(T, m, table, ...)                                                                                             \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_ENUM, .offset = offsetof(T, m), .values = &(table), __VA_ARGS__                               \
  }
#define FIELD_TEXT(T, m, ...)                                                                                                    \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_TEXT, .offset = FIELD_OFFSET(T, m, char *), __VA_ARGS__                                       \
  }
#define FIELD_JSON(T, m, ...)                                                                                                    \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_JSON, .offset = FIELD_OFFSET(T, m, char *), __VA_ARGS__                                       \
  }
#define FIELD_STRINGS(T, m, ...)                                                                                                 \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_STRINGS, .offset = FIELD_OFFSET(T, m, char **), __VA_ARGS__                                   \
  }
#define FIELD_INTS(T, m, ...)                                                                                                    \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_INTS, .offset = FIELD_OFFSET(T, m, GArray *), __VA_ARGS__                                     \
  }
#define FIELD_RECORD(T, m, table, ...)                                                                                           \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_RECORD, .offset = offsetof(T, m), .record = &(table), __VA_ARGS__                             \
  }
#define FIELD_RECORDS(T, m, table, ...)                                                                                          \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_RECORDS, .offset = FIELD_OFFSET(T, m, GPtrArray *), .record = &(table), __VA_ARGS__           \
  }

#define FIELD_TABLE(T, schema_name, sql, field_array)                                                                            \
  {                                                                                                                              \
    .name = (schema_name), .sql_table = (sql), .size = sizeof(T), .fields = (field_array), .n_fields = G_N_ELEMENTS(field_array) \
  }

/* The member of `record` that `field` describes. */
static inline void *field_at(const Field *field, void *record)
{
  return (char *)record + field->offset;
}

static inline const void *field_peek(const Field *field, const void *record)
{
  return (const char *)record + field->offset;
}

/* Finds a field by name; NULL if the table has none. */
const Field *field_find(const FieldTable *table, const char *name);

/* Puts every field's default into a struct that holds nothing yet. Cannot fail: a default that does not parse is a
 * defect and aborts (each table's unit test calls this). */
void record_init(const FieldTable *table, void *record);

/* Frees what the record owns and zeroes it. Accepts a zeroed struct. */
void record_clear(const FieldTable *table, void *record);

/* A struct on the heap with defaults. Free with record_free, never with g_free: it carries its table, hidden before it. */
void *record_new(const FieldTable *table);
void record_free(const FieldTable *table, void *record);

/* Deep copy into a struct that holds nothing yet. */
void record_copy(const FieldTable *table, const void *from, void *ret_to);

/* A struct on the heap that holds what `from` holds: cheaper than record_new where many start alike. */
void *record_new_like(const FieldTable *table, const void *from);

/* Deep equality over all fields. */
bool record_equal(const FieldTable *table, const void *a, const void *b);

/* An empty array that frees its records by `table`, for FIELD_KIND_RECORDS and for lists. It may hold only what record_new
 * made. */
GPtrArray *records_new(const FieldTable *table);

/* The same for one member: bytes it takes in the struct; frees and zeroes it; copies it deeply over a member that holds
 * nothing; compares. A nullable list tells NULL (absent) from empty. */
size_t field_size(const Field *field);
void field_clear(const Field *field, void *record);
void field_copy(const Field *field, const void *from, void *to);
bool field_equal(const Field *field, const void *a, const void *b);

/* True if a nullable field holds no value. */
bool field_is_null(const Field *field, const void *record);

/* Makes a field hold no value: absent if it is nullable, else 0, false, the first enum row, "" or an empty list. */
void field_set_null(const Field *field, void *record);

/* Sets one field from text (command line, environment, defaults): numbers, booleans true/false, enum names, text; strings
 * and ints are comma-separated, "" is an empty list; for nullable numbers and enums "" is no value; JSON is taken as it stands.
 * Errors: INVALID with the field's name and rule; records cannot be set. The record keeps its old value on failure. */
bool field_set_text(const Field *field, void *record, const char *text, GError **error);

/* Checks one field's value against its range and length rules, and text for UTF-8. The message names the field and the rule;
 * records inside it are not looked at. */
bool field_check(const Field *field, const void *record, GError **error);

/* The same rule broken, without the name, to go after a path ("must be from 0 to 51"). NULL if all is well; the caller
 * frees it. */
char *field_complaint(const Field *field, const void *record);

/* The same for a length in bytes or items, so that it can be judged before the value is built. NULL for fields without one. */
char *field_length_complaint(const Field *field, size_t length);
