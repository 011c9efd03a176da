/* Library roots (L1, L5): what is scanned. */
#pragma once

#include "store/db.h"

typedef enum { ROOT_MOVIES, ROOT_TV, ROOT_ANIME, ROOT_HOME_VIDEO, ROOT_MUSIC_VIDEO, ROOT_OTHER } RootType;
extern const EnumTable root_type_table;

typedef enum {
  ROOT_ACTIVE,
  ROOT_FROZEN /* something is wrong with the world: nothing is changed until someone confirms */
} RootState;
extern const EnumTable root_state_table;

typedef enum {
  LINKS_SKIP,
  LINKS_REPLACE /* accept the space cost */,
  LINKS_RELINK /* all names known to the library */
} LinkPolicy;
extern const EnumTable link_policy_table;

/* How a root's changes are noticed (L4). */
typedef enum {
  WATCH_AUTO,    /* from the kernel where it hears of all, else by polling */
  WATCH_INOTIFY, /* from the kernel, wherever the root is */
  WATCH_POLL,    /* by looking through it again and again */
  WATCH_OFF
} WatchPolicy;
extern const EnumTable watch_policy_table;

typedef struct {
  int64_t id;
  char *path; /* absolute, no trailing slash, links resolved when it was added */
  char *name;
  int type;
  int64_t profile_id;  /* FIELD_NULL_INT: none */
  int64_t schedule_id; /* FIELD_NULL_INT: the one that holds everywhere, if there is one */
  bool enabled, recursive;
  char **include, **exclude; /* globs on the path below the root; empty include: all */
  char **extensions;         /* added to the built-in ones, without dots */
  bool follow_links, cross_filesystems;
  int link_policy;
  bool keep_mtime;
  char *trash_path;   /* NULL: .reeve-trash in the root; else an absolute directory, may be on another file system */
  int64_t trash_days; /* FIELD_NULL_INT: the profile's */
  int watch;          /* WatchPolicy */
  int64_t poll_s;     /* between two looks, where it is polled */
  bool encode_new;    /* files that the watch takes are queued by profile_id */
  int64_t check_days; /* each file is checked every so many days; FIELD_NULL_INT: only when asked for */
  int state;
  char *frozen_reason;
  int64_t device; /* st_dev at the last good scan; FIELD_NULL_INT before */
  int64_t scanned_at_ms, file_count;
  int64_t created_at_ms, updated_at_ms;
} Root;
extern const FieldTable root_table;

/* A good scan of the root ended: what it is on, when, and how many files it holds now. */
bool root_note_scan(DbConn *conn, int64_t root_id, int64_t device, int64_t now_ms, GError **error);

/* How many files it holds now, after some were taken or given up. */
bool root_note_files(DbConn *conn, int64_t root_id, GError **error);

/* The same number, without missing ones. */
bool root_count_files(DbConn *conn, int64_t root_id, int64_t *ret_count, GError **error);

/* Freezes with a reason; NULL makes it active again and forgets its device, so that the next scan takes what it finds. */
bool root_set_frozen(DbConn *conn, int64_t root_id, const char *reason, int64_t now_ms, GError **error);

/* Everything of the root `from` becomes that of `to`, and `from` is gone. */
bool root_take_over(DbConn *conn, int64_t from, int64_t to, GError **error);

/* Only the files of `from` that lie below the path of `to` become those of `to`. */
bool root_take_over_below(DbConn *conn, int64_t from, const Root *to, GError **error);

/* The first root that names a schedule; its path in *ret_path, or NULL if there is none. The caller frees it. */
bool root_of_schedule(DbConn *conn, int64_t schedule_id, char **ret_path, GError **error);

/* The first root that uses a profile; its path in *ret_path, or NULL if there is none. The caller frees it. */
bool root_of_profile(DbConn *conn, int64_t profile_id, char **ret_path, GError **error);

void root_free(Root *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Root, root_free)
