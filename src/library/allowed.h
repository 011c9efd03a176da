/* Where requests may reach on the disk (U6): below roots and below the configured media directories, links resolved. Where none
 * are configured, everything but the system's own directories, so that a first root can be chosen.
 *
 * The command line is not held to this: who has a shell on the machine can read its files anyway.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/db.h"

/* The directory that a request names, with every link resolved; the caller frees it. NULL on error: INVALID for what is no
 * absolute path in UTF-8, DENIED outside of what is allowed (whether or not it exists: that is nobody's business), NOT_FOUND, or
 * INVALID for what is no directory. `configured` is NULL-terminated and may be empty or NULL. */
char *allowed_directory(DbConn *conn, const char *const *configured, const char *path, GError **error);

/* The same for a place that need not exist yet; a path that does not exist is judged by its nearest existing ancestor. DENIED, or
 * the database's errors. */
bool allowed_place(DbConn *conn, const char *const *configured, const char *path, GError **error);

typedef struct {
  char *name, *path; /* the path is resolved */
} AllowedEntry;
extern const FieldTable allowed_entry_table;

enum { ALLOWED_LIST_MAX = 2000 };

typedef struct {
  char *path;       /* NULL: the places to begin at */
  char *parent;     /* NULL: none above it that may be looked into */
  GPtrArray *items; /* AllowedEntry */
  bool is_cut;      /* there are more than ALLOWED_LIST_MAX */
} AllowedList;
extern const FieldTable allowed_list_table;

/* The directories in a directory, by name: for choosing one. Hidden ones, those whose names are not UTF-8, those that cannot be
 * looked at and those that a link leads out to are left out. `path` NULL: the places to begin at. `ret_list` is initialised by
 * the caller and filled. Errors as allowed_directory. */
bool allowed_list(DbConn *conn, const char *const *configured, const char *path, AllowedList *ret_list, GError **error);
