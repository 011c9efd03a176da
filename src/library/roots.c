/* Decides which directories may be roots. Test: tests/unit/library/test_roots.c */
#include "library/roots.h"

#include "base/error.h"
#include "library/scan_names.h"
#include "library/walk.h"
#include "store/record_sql.h"
#include "store/replacement.h"
#include "sys/fs.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* The same directory, or below it; both resolved. */
static bool is_below(const char *path, const char *directory)
{
  const Root root = {.path = (char *)directory};
  return strcmp(path, directory) == 0 || walk_below(&root, path);
}

/* What the kernel shows of itself looks like files that are never the same twice. */
static bool holds_files(const char *path)
{
  static const long kernels_own[] = {PROC_SUPER_MAGIC,   SYSFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
                                     DEBUGFS_MAGIC,      TRACEFS_MAGIC,  SECURITYFS_MAGIC,   BPF_FS_MAGIC,
                                     DEVPTS_SUPER_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC};
  struct statfs fs;
  if (statfs(path, &fs) != 0)
    return true;
  for (size_t i = 0; i < G_N_ELEMENTS(kernels_own); i++)
    if ((long)fs.f_type == kernels_own[i])
      return false;
  return true;
}

/* The resolved path of a readable directory; the caller frees it. NULL on error. */
static char *resolve_directory(const char *path, GError **error)
{
  struct stat st;
  if (!path || !g_utf8_validate(path, -1, NULL) || !g_path_is_absolute(path)) {
    fail(error, REEVE_ERROR_INVALID, "The path of a root must be absolute, such as \"/srv/films\", and in UTF-8.");
    return NULL;
  }
  g_autofree char *resolved = realpath(path, NULL); /* g_free and free are the same since GLib 2.46 */
  if (!resolved || stat(resolved, &st) != 0) {
    fail_errno(error, errno, "The directory \"%s\" cannot be found", path);
    return NULL;
  }
  if (!S_ISDIR(st.st_mode)) {
    fail(error, REEVE_ERROR_INVALID, "\"%s\" is not a directory.", path);
    return NULL;
  }
  if (access(resolved, R_OK | X_OK) != 0) {
    fail_errno(error, errno, "The directory \"%s\" cannot be read by the user that Reeve runs as", path);
    return NULL;
  }
  if (!holds_files(resolved)) {
    fail(error, REEVE_ERROR_INVALID,
         "\"%s\" belongs to the system and holds no files of yours; choose the directory of your videos.", path);
    return NULL;
  }
  if (!g_utf8_validate(resolved, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID, "\"%s\" leads to a directory whose name is not valid UTF-8.", path);
    return NULL;
  }
  return g_steal_pointer(&resolved);
}

/* What Reeve keeps for itself must not come back as part of a library. A hidden directory in a root does not. */
static bool check_data_directory(const char *path, const char *data_directory, GError **error)
{
  g_autofree char *data = data_directory ? realpath(data_directory, NULL) : NULL;
  if (!data)
    return true;
  if (is_below(path, data))
    return fail(error, REEVE_ERROR_INVALID, "\"%s\" is in Reeve's own data directory \"%s\"; choose another directory.", path,
                data);
  const Root root = {.path = (char *)path};
  const char *relative = walk_below(&root, data);
  if (relative && scan_is_visible(relative))
    return fail(error, REEVE_ERROR_INVALID,
                "\"%s\" holds Reeve's own data directory \"%s\"; choose a directory that holds videos only.", path, data);
  return true;
}

bool root_is_one_off(const Root *root)
{
  return !root->enabled && !root->recursive && g_strcmp0(root->name, ROOT_ONE_OFF_NAME) == 0;
}

static bool check_nesting(const Root *root, const char *path, const GPtrArray *roots, GError **error)
{
  for (guint i = 0; i < roots->len; i++) {
    const Root *other = roots->pdata[i];
    bool same = strcmp(path, other->path) == 0;
    if (root_is_one_off(other) ? !(same && root_is_one_off(root)) : root_is_one_off(root) && !is_below(path, other->path))
      continue;
    if (strcmp(path, other->path) == 0)
      return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" is a root already.", path);
    if (is_below(path, other->path))
      return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" is inside the root \"%s\" and is scanned with it.", path, other->path);
    if (is_below(other->path, path))
      return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" holds the root \"%s\"; roots cannot lie inside each other.", path,
                  other->path);
  }
  return true;
}

static bool check_at_rest(DbConn *conn, int64_t root_id, GError **error)
{
  int64_t under_way = 0;
  if (!replacements_under_way(conn, root_id, &under_way, error))
    return false;
  if (under_way)
    return fail(error, REEVE_ERROR_CONFLICT,
                "%" G_GINT64_FORMAT " files of the root %" G_GINT64_FORMAT
                " are being replaced; wait for them, or cancel their jobs.",
                under_way, root_id);
  return true;
}

/* Inserts a root, in the row of the one-off root of the same directory if there is one, and takes over what one-off roots have.
 */
static bool insert_root(DbConn *conn, Root *root, const GPtrArray *roots, GError **error)
{
  const Root *same = NULL;
  for (guint i = 0; i < roots->len && !same; i++)
    if (strcmp(((const Root *)roots->pdata[i])->path, root->path) == 0)
      same = roots->pdata[i];
  if (same)
    root->id = same->id;
  if (same ? !check_at_rest(conn, same->id, error) || !record_update(conn, &root_table, root, error)
           : !record_insert(conn, &root_table, root, error))
    return false;
  for (guint i = 0; i < roots->len && !root_is_one_off(root); i++) {
    const Root *other = roots->pdata[i];
    if (other == same || !root_is_one_off(other))
      continue;
    if (is_below(other->path, root->path) &&
        (!check_at_rest(conn, other->id, error) || !root_take_over(conn, other->id, root->id, error)))
      return false;
    if (is_below(root->path, other->path) &&
        (!check_at_rest(conn, other->id, error) || !root_take_over_below(conn, other->id, root, error)))
      return false;
  }
  return true;
}

bool root_add_in(DbConn *conn, Root *root, const char *data_directory, const Clock *clock, GError **error)
{
  g_autofree char *path = resolve_directory(root->path, error);
  if (!path)
    return false;
  if (strcmp(path, "/") == 0)
    return fail(error, REEVE_ERROR_INVALID,
                "The top of the file system cannot be a root; choose the directory that holds the videos.");
  if (root->trash_path && !g_path_is_absolute(root->trash_path))
    return fail(error, REEVE_ERROR_INVALID, "The trash directory \"%s\" must be an absolute path.", root->trash_path);
  g_autoptr(GPtrArray) roots = record_all(conn, &root_table, NULL, error);
  if (!roots || !check_data_directory(path, data_directory, error) || !check_nesting(root, path, roots, error))
    return false;

  Root added;
  record_copy(&root_table, root, &added);
  g_free(added.path);
  added.path = g_strdup(path);
  added.state = ROOT_ACTIVE;
  g_clear_pointer(&added.frozen_reason, g_free);
  added.device = added.scanned_at_ms = FIELD_NULL_INT;
  added.file_count = 0;
  added.created_at_ms = added.updated_at_ms = clock_now_ms(clock);
  if (!insert_root(conn, &added, roots, error)) {
    record_clear(&root_table, &added);
    return false;
  }
  record_clear(&root_table, root);
  *root = added;
  return true;
}

bool root_add(DbConn *conn, Root *root, const char *data_directory, const Clock *clock, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  Root added;
  record_copy(&root_table, root, &added);
  bool ok = transaction && root_add_in(conn, &added, data_directory, clock, error) && db_commit(transaction, error);
  record_clear(&root_table, ok ? root : &added);
  if (ok)
    *root = added;
  return ok;
}

bool root_of_path(DbConn *conn, const char *path, Root *ret_root, bool *ret_found, GError **error)
{
  g_autoptr(GPtrArray) roots = record_all(conn, &root_table, NULL, error);
  if (!roots)
    return false;
  *ret_found = false;
  for (guint i = 0; i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    if (!fs_is_inside(path, root->path) || (*ret_found && strlen(root->path) < strlen(ret_root->path)))
      continue;
    record_clear(&root_table, ret_root);
    record_copy(&root_table, root, ret_root);
    *ret_found = true;
  }
  return true;
}

bool root_delete(DbConn *conn, int64_t root_id, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  return transaction && check_at_rest(conn, root_id, error) && record_delete(conn, &root_table, root_id, error) &&
         db_commit(transaction, error);
}
