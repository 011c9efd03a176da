/* What is known of how roots are watched, for people: on every server and for commands, through the database.
 *
 * Thread-safety: any thread. */
#pragma once

#include "operate/live_settings.h"
#include "store/root.h"
#include "wire/json.h"

typedef enum {
  WATCHED_NOT,    /* and nobody wants it */
  WATCHED_WAITS,  /* something stands in the way: `sentence` */
  WATCHED_KERNEL, /* as the kernel tells */
  WATCHED_POLLED  /* looked through again and again */
} WatchMode;
extern const EnumTable watch_mode_table;

/* A file that is not taken yet. */
typedef struct {
  char *path;
  int64_t size_bytes, since_ms;
  char *reason;
} WaitingFile;
extern const FieldTable waiting_file_table;

enum { WAITING_FILES_SHOWN = 50 };

typedef struct {
  int64_t root_id;
  char *server; /* NULL: none watches it */
  int mode;     /* WatchMode */
  char *sentence;
  bool falls_short; /* it is polled only because the kernel cannot tell now, mostly for want of watches: `sentence` */
  int64_t directories, unreadable;
  char *unreadable_example; /* NULL: none */
  int64_t waiting;          /* files that are not taken yet; the first of them in `files`, longest waiting first */
  GPtrArray *files;
  int64_t taken;        /* files, since the watch began */
  int64_t looked_at_ms; /* when it was last looked through; FIELD_NULL_INT: not yet */
} WatchState;
extern const FieldTable watch_state_table;

/* Whether the servers watch at all, by the settings. */
bool watch_is_on(LiveSettings *settings);

/* The state of every root but one-off ones, by id. `watching`: whether the servers watch at all. Array of WatchState, NULL on
 * error. */
GPtrArray *watch_states(DbConn *conn, bool watching, int64_t now_ms, GError **error);

/* Why a root is not to be watched now; NULL: it is. The caller frees it. */
char *watch_objection(const Root *root, bool watching);
