/* Conditions put together from parts, never from values: those are arguments.
 * Test: tests/unit/store/test_file_page.c */
#include "store/condition.h"

#include <string.h>

void condition_init(Condition *condition)
{
  condition->sql = g_string_new(NULL);
  condition->args = g_array_new(TRUE, FALSE, sizeof(DbArg)); /* the zeroed element is DB_ARG_END */
  condition->texts = g_ptr_array_new_with_free_func(g_free);
}

void condition_clear(Condition *condition)
{
  g_string_free(condition->sql, TRUE);
  g_array_unref(condition->args);
  g_ptr_array_unref(condition->texts);
}

void condition_add(Condition *condition, const char *sql, const DbArg *args)
{
  g_string_append(condition->sql, condition->sql->len ? " AND " : "WHERE ");
  for (const char *p = sql; *p; p++) {
    if (*p != '?') {
      g_string_append_c(condition->sql, *p);
      continue;
    }
    g_assert(args->kind != DB_ARG_END);
    g_array_append_val(condition->args, *args++);
    g_string_append_printf(condition->sql, "$%u", condition->args->len);
  }
}

void condition_add_contains(Condition *condition, DbKind kind, const char *column, const char *text)
{
  GString *pattern = g_string_new("%");
  for (const char *p = text; *p; p++) {
    if (strchr("%_\\", *p))
      g_string_append_c(pattern, '\\');
    g_string_append_c(pattern, *p);
  }
  g_string_append_c(pattern, '%');
  char *escaped = g_string_free(pattern, FALSE);
  g_ptr_array_add(condition->texts, escaped);
  /* Columns compare byte by byte; lower case needs the database's own idea of letters. */
  const char *collation = kind == DB_POSTGRESQL ? " COLLATE \"default\"" : "";
  g_autofree char *sql = g_strdup_printf("LOWER(%s%s) LIKE LOWER(?) ESCAPE '\\'", column, collation);
  condition_add(condition, sql, DB_ARGS(DB_TEXT(escaped)));
}
