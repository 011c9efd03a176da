/* The WHERE of a statement whose conditions depend on what is asked for.
 *
 * Thread-safety: none. */
#pragma once

#include "store/db.h"

typedef struct {
  GString *sql; /* "" or "WHERE a = $1 AND …" */
  GArray *args; /* DbArg, ended */
  GPtrArray *texts;
} Condition;

void condition_init(Condition *condition);
void condition_clear(Condition *condition);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Condition, condition_clear)

/* Adds "AND sql", each '?' in it becoming the number of the next of `args`. Texts are borrowed until the statement has run. */
void condition_add(Condition *condition, const char *sql, const DbArg *args);

/* Adds: `column` contains `text`, whatever the case of either. */
void condition_add_contains(Condition *condition, DbKind kind, const char *column, const char *text);

/* The arguments for db_query. */
static inline const DbArg *condition_args(const Condition *condition)
{
  return (const DbArg *)condition->args->data;
}
