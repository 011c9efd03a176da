/* Names of an enum's values, declared once: JSON, SQL, YAML, validation messages and OpenAPI read the same rows. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  int value;
  const char *name; /* lower case, as it stands in JSON and in the database */
  const char *help; /* one line for people, or NULL */
} EnumRow;

typedef struct {
  const char *name; /* of the type, for OpenAPI: "JobState" */
  const EnumRow *rows;
  size_t n_rows;
} EnumTable;

#define ENUM_TABLE(type_name, row_array)                                                                                         \
  {                                                                                                                              \
    .name = (type_name), .rows = (row_array), .n_rows = G_N_ELEMENTS(row_array)                                                  \
  }

/* The name of a value, or NULL if the table has none. */
const char *enum_name(const EnumTable *table, int value);

/* Finds a value by its exact name. Returns false, and leaves *ret_value, if there is none. */
bool enum_value(const EnumTable *table, const char *name, int *ret_value);

/* "a, b or c", for messages. The caller frees it. */
char *enum_choices(const EnumTable *table);
