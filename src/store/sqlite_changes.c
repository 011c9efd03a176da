/* Reads the header of the write-ahead log's index. Test: tests/unit/store/test_db.c (/db/version) */
#include "store/sqlite_changes.h"

#include <glib.h>
#include <sqlite3.h>
#include <string.h>

/* walformat.html, 2.1: the first copy of the header is bytes 0 to 47 of the first block. It is written after the second. */
enum { BLOCK_BYTES = 32768, HEADER_WORDS = 48 / 4 };

struct SqliteChanges {
  char *path;
  GMutex lock; /* guards what follows */
  sqlite3 *connection;
  const volatile uint32_t *header; /* SQLite's; NULL until the first need */
  uint32_t seen[HEADER_WORDS];
  uint64_t version;
};

SqliteChanges *sqlite_changes_new(const char *path)
{
  SqliteChanges *changes = g_new0(SqliteChanges, 1);
  changes->path = g_strdup(path);
  g_mutex_init(&changes->lock);
  return changes;
}

static void close_connection(SqliteChanges *changes)
{
  sqlite3_close_v2(changes->connection);
  changes->connection = NULL;
  changes->header = NULL;
}

void sqlite_changes_free(SqliteChanges *changes)
{
  close_connection(changes);
  g_mutex_clear(&changes->lock);
  g_free(changes->path);
  g_free(changes);
}

/* A connection has the index mapped once it has read anything. */
static bool map_header(SqliteChanges *changes)
{
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  sqlite3_file *file = NULL;
  void volatile *block = NULL;
  if (changes->header)
    return true;
  if (sqlite3_open_v2(changes->path, &changes->connection, flags, NULL) == SQLITE_OK &&
      sqlite3_exec(changes->connection, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL) == SQLITE_OK &&
      sqlite3_file_control(changes->connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
      file->pMethods->iVersion >= 2 && file->pMethods->xShmMap(file, 0, BLOCK_BYTES, 0, &block) == SQLITE_OK)
    changes->header = block;
  if (!changes->header)
    close_connection(changes);
  return changes->header != NULL;
}

/* A header that is read while it is written is one that nobody sees again: two versions for one commit, never one for two. */
static void look(SqliteChanges *changes)
{
  uint32_t now[HEADER_WORDS];
  for (int i = 0; i < HEADER_WORDS; i++)
    now[i] = changes->header[i];
  if (changes->version > 0 && memcmp(now, changes->seen, sizeof now) == 0)
    return;
  memcpy(changes->seen, now, sizeof now);
  changes->version++;
}

bool sqlite_changes_version(SqliteChanges *changes, uint64_t *ret_version)
{
  g_mutex_lock(&changes->lock);
  bool ok = map_header(changes);
  if (ok) {
    look(changes);
    *ret_version = changes->version;
  }
  g_mutex_unlock(&changes->lock);
  return ok;
}
