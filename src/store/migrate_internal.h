/* What tests of migrations need: to run a list of their own. */
#pragma once

#include "store/migrate.h"

typedef struct {
  int version;      /* from 1, without gaps */
  const char *name; /* "0001_initial" */
  const char *sql;  /* with {{tokens}} */
} Migration;

/* migrate_run and migrate_status, for any list. */
bool migrate_run_list(Db *db, const Migration *list, int n, int *ret_applied, GError **error);
bool migrate_status_list(Db *db, const Migration *list, int n, int *ret_current, int *ret_newest, GError **error);
