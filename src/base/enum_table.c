/* Looks names of enum values up, both ways. Test: tests/unit/base/test_record.c */
#include "base/enum_table.h"

#include <string.h>

const char *enum_name(const EnumTable *table, int value)
{
  for (size_t i = 0; i < table->n_rows; i++)
    if (table->rows[i].value == value)
      return table->rows[i].name;
  return NULL;
}

bool enum_value(const EnumTable *table, const char *name, int *ret_value)
{
  for (size_t i = 0; name && i < table->n_rows; i++)
    if (strcmp(table->rows[i].name, name) == 0) {
      *ret_value = table->rows[i].value;
      return true;
    }
  return false;
}

char *enum_choices(const EnumTable *table)
{
  GString *text = g_string_new(NULL);
  for (size_t i = 0; i < table->n_rows; i++) {
    if (i > 0)
      g_string_append(text, i + 1 == table->n_rows ? " or " : ", ");
    g_string_append(text, table->rows[i].name);
  }
  return g_string_free(text, FALSE);
}
