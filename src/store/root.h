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

typedef struct {
  int64_t id;
  char *path; /* absolute, no trailing slash, links resolved when it was added */
  char *name;
  int type;
  int64_t profile_id; /* FIELD_NULL_INT: none */
  bool enabled, recursive;
  char **include, **exclude; /* globs on the path below the root; empty include: all */
  char **extensions;         /* added to the built-in ones, without dots */
  bool follow_links, cross_filesystems;
  int link_policy;
  bool keep_mtime;
  char *trash_path;   /* NULL: .reeve-trash in the root; else an absolute directory, may be on another file system */
  int64_t trash_days; /* FIELD_NULL_INT: the profile's */
  int state;
  char *frozen_reason;
  int64_t device; /* st_dev at the last good scan; FIELD_NULL_INT before */
  int64_t scanned_at_ms, file_count;
  int64_t created_at_ms, updated_at_ms;
} Root;
extern const FieldTable root_table;

void root_free(Root *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Root, root_free)
