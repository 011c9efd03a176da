/* The table of kept answers in an empty database, made by its migration whatever number that has by now. */
#pragma once

#include "store/db_fixture.h"
#include "store/migrate_internal.h"

#include <glib.h>

static inline void make_lookup_cache(Db *db)
{
  g_autofree char *sql = NULL;
  g_autoptr(GError) error = NULL;
  g_file_get_contents(LOOKUP_CACHE_SQL, &sql, NULL, &error);
  g_assert_no_error(error);
  Migration migration = {.version = 1, .name = "0001_lookup_cache", .sql = sql};
  migrate_run_list(db, &migration, 1, NULL, &error);
  g_assert_no_error(error);
}
