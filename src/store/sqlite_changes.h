/* Whether anything was committed to an SQLite database in write-ahead mode, by whichever program, told by reading memory: a query
 * for it (PRAGMA data_version) takes and drops two locks, which is most of what an answer from a cache costs.
 *
 * Every program that has the database open shares the index of its write-ahead log, whose header changes with every commit:
 * https://www.sqlite.org/walformat.html, 2.1 (The WAL-Index Header). SQLite hands out its own mapping of that file
 * (https://www.sqlite.org/c3ref/io_methods.html, xShmMap), which stays as it is while the connection here is open.
 *
 * Thread-safety: any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct SqliteChanges SqliteChanges;

/* For the database in that file; nothing is opened yet. */
SqliteChanges *sqlite_changes_new(const char *path);
void sqlite_changes_free(SqliteChanges *changes);

/* A number that is another one after every commit, never 0. False if the database cannot be opened so. */
bool sqlite_changes_version(SqliteChanges *changes, uint64_t *ret_version);
