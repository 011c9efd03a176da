/* Tests that run on both databases, each with a fresh one of its own.
 *
 * Thread-safety: none; for the thread that runs the tests. */
#pragma once

#include "store/db.h"

typedef struct {
  Db *db;
  DbKind kind;
  char *url;       /* to open it a second time */
  char *directory; /* SQLite: a temporary directory that holds nothing but the database */
} TestDb;

/* Adds PATH/sqlite and PATH/postgresql: `function` gets a database with the newest schema. */
void test_db_each(const char *path, void (*function)(TestDb *test));

/* The same for what several servers do, which only PostgreSQL has: PATH/postgresql alone. */
void test_db_shared(const char *path, void (*function)(TestDb *test));

/* As test_db_each with an empty database. */
void test_db_each_empty(const char *path, void (*function)(TestDb *test));

/* One that a test opens itself; not for PostgreSQL where pg_fixture_available() is false. */
TestDb *test_db_new(DbKind kind, bool migrated);
void test_db_free(TestDb *test);

/* Closes it and opens it again, with so many connections. */
void test_db_reopen(TestDb *test, int connections);

/* A connection; aborts on failure. */
DbConn *test_db_acquire(TestDb *test);

/* The integer that a query gives, -1 if it gives no row; aborts on failure. */
int64_t test_db_int(TestDb *test, const char *sql);
