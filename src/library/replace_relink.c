/* Decides how the other names of a replaced original (hard links) get the new file too. The names are in the row's facts before
 * the swap begins, so that a crash in the middle is finished. Test: tests/unit/library/test_replace_crash.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "store/file.h"
#include "store/record_sql.h"

#include <string.h>

bool relink_find(DbConn *conn, const Replacement *replacement, char ***ret_paths, GError **error)
{
  LibraryFile file = {0};
  record_init(&file_table, &file);
  g_autoptr(GPtrArray) rows = NULL;
  if (record_get(conn, &file_table, replacement->file_id, &file, error))
    rows = record_list(conn, &file_table, "WHERE device = $1 AND inode = $2 AND id <> $3 ORDER BY id",
                       DB_ARGS(DB_INT(file.device), DB_INT(file.inode), DB_INT(file.id)), error);
  record_clear(&file_table, &file);
  if (!rows)
    return false;
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < rows->len; i++) {
    const LibraryFile *row = rows->pdata[i];
    FileStat st;
    bool is_name = strcmp(row->path, replacement->source_path) != 0 && fs_stat(row->path, &st, NULL) &&
                   replace_same_inode(replacement->source_device, replacement->source_inode, &st);
    if (is_name)
      g_ptr_array_add(paths, g_strdup(row->path));
  }
  g_ptr_array_add(paths, NULL);
  *ret_paths = (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
  return true;
}

char *relink_path(const Replacement *replacement, const char *path)
{
  if (strcmp(replacement->source_path, replacement->target_path) == 0)
    return g_strdup(path);
  const char *extension = strrchr(replacement->target_path, '.');
  char *moved = extension ? replace_target_path(path, extension, NULL) : NULL;
  return moved ? moved : g_strdup(path);
}

/* One name on its way. */
typedef struct {
  const Replacement *replacement;
  const char *path;  /* the name that has the original */
  char *new_path;    /* the name it gets */
  char *temporary;   /* ours, in the stage directory; its number tells which name it belongs to */
  FileStat new_file; /* at target_path */
} Relink;

typedef enum { NAME_FREE, NAME_ORIGINAL, NAME_NEW, NAME_STRANGE } NameState;

static bool look_at_name(const Relink *relink, const char *path, NameState *ret_state, GError **error)
{
  FileStat st;
  g_autoptr(GError) cause = NULL;
  if (!fs_stat(path, &st, &cause)) {
    if (reeve_error_code(cause) != REEVE_ERROR_NOT_FOUND) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return false;
    }
    *ret_state = NAME_FREE;
    return true;
  }
  *ret_state = NAME_STRANGE;
  bool is_original = false;
  if (replace_same_inode(relink->new_file.device, relink->new_file.inode, &st))
    *ret_state = NAME_NEW;
  else if (!swap_is_source(relink->replacement, path, &is_original, error))
    return false;
  else if (is_original)
    *ret_state = NAME_ORIGINAL;
  return true;
}

static bool sync_two(const char *a, const char *b, GError **error)
{
  return fs_fsync_parent(a, error) && fs_fsync_parent(b, error);
}

/* A name that keeps what it has must not get a second one beside it. */
static bool withdraw_new_path(const Relink *relink, GError **error)
{
  NameState state;
  if (strcmp(relink->path, relink->new_path) == 0)
    return true;
  if (!look_at_name(relink, relink->new_path, &state, error))
    return false;
  return state != NAME_NEW || (fs_unlink(relink->new_path, error) && fs_fsync_parent(relink->new_path, error));
}

/* What a crash, or another program, left under our temporary name. A stranger's file, which an exchange or a move caught, goes
 * back to where it was. */
static bool clear_temporary(const Relink *relink, GError **error)
{
  NameState temporary, name;
  if (!look_at_name(relink, relink->temporary, &temporary, error) || !look_at_name(relink, relink->path, &name, error))
    return false;
  if (temporary == NAME_FREE)
    return true;
  if (temporary != NAME_STRANGE)
    return fs_unlink(relink->temporary, error);
  bool exchanged = false;
  if (name == NAME_FREE)
    return fs_rename_new(relink->temporary, relink->path, error) && sync_two(relink->path, relink->temporary, error) &&
           withdraw_new_path(relink, error);
  if (name == NAME_NEW && !fs_exchange(relink->temporary, relink->path, &exchanged, error))
    return false;
  if (!exchanged)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" changed while it was linked to the new file; what it held is at \"%s\".",
                relink->path, relink->temporary);
  return sync_two(relink->path, relink->temporary, error) && fs_unlink(relink->temporary, error);
}

/* The same name: the new file's link changes places with the original, so that what was there is seen before it goes. */
static bool exchange_name(const Relink *relink, GError **error)
{
  bool can_link, exchanged;
  if (!fs_link(relink->replacement->target_path, relink->temporary, &can_link, error))
    return false;
  if (!can_link)
    return fail(error, REEVE_ERROR_IO, "The file system allows no more names for \"%s\".", relink->replacement->target_path);
  if (!fs_exchange(relink->temporary, relink->path, &exchanged, error))
    return false;
  if (!exchanged && !fs_rename(relink->temporary, relink->path, error))
    return false;
  return sync_two(relink->path, relink->temporary, error);
}

/* Another name: the new one first, then the old one is moved away and seen before it goes. */
static bool move_name(const Relink *relink, GError **error)
{
  bool can_link;
  NameState target;
  if (!look_at_name(relink, relink->new_path, &target, error))
    return false;
  if (target != NAME_NEW) {
    if (!fs_link(relink->replacement->target_path, relink->new_path, &can_link, error))
      return false;
    if (!can_link)
      return fail(error, REEVE_ERROR_IO, "The file system allows no more names for \"%s\".", relink->replacement->target_path);
    if (!fs_fsync_parent(relink->new_path, error))
      return false;
  }
  return fs_rename_new(relink->path, relink->temporary, error) && sync_two(relink->temporary, relink->path, error);
}

static bool serve(const Relink *relink, GError **error)
{
  NameState name;
  if (!look_at_name(relink, relink->path, &name, error))
    return false;
  if (name != NAME_ORIGINAL)
    return true; /* served already, or no longer the original's name */
  return strcmp(relink->path, relink->new_path) == 0 ? exchange_name(relink, error) : move_name(relink, error);
}

static bool run_one(const Relink *relink, RelinkWarn warn, void *user_data, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (!clear_temporary(relink, error))
    return false;
  if (!serve(relink, &cause)) {
    g_autofree char *message = g_strdup_printf("\"%s\" still holds the original and its space: %s", relink->path, cause->message);
    warn(message, user_data);
  }
  NameState name;
  return clear_temporary(relink, error) && look_at_name(relink, relink->path, &name, error) &&
         (name != NAME_ORIGINAL || withdraw_new_path(relink, error));
}

bool relink_run(const Replacement *replacement, RelinkWarn warn, void *user_data, GError **error)
{
  g_auto(GStrv) paths = facts_texts(replacement->facts, FACT_RELINK);
  Relink relink = {.replacement = replacement};
  if (paths[0] && !fs_stat(replacement->target_path, &relink.new_file, error))
    return false;
  for (size_t i = 0; paths[i]; i++) {
    g_autofree char *name = g_strdup_printf(REPLACE_RELINK_PREFIX "%zu", i);
    g_autofree char *temporary = g_build_filename(replacement->stage_directory, name, NULL);
    g_autofree char *new_path = relink_path(replacement, paths[i]);
    relink.path = paths[i];
    relink.new_path = new_path;
    relink.temporary = temporary;
    if (!run_one(&relink, warn, user_data, error))
      return false;
  }
  return true;
}
