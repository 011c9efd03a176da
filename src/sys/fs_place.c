/* Decides where a path lies: on which file system, with how much room, below which directory. Test: tests/unit/sys/test_fs.c */
#include "sys/fs_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

static bool fill_space(const char *path, FsSpace *space)
{
  struct statvfs vfs;
  struct stat st;
  if (statvfs(path, &vfs) != 0 || stat(path, &st) != 0)
    return false;
  *space = (FsSpace){
      .device = (int64_t)st.st_dev,
      .free_bytes = (int64_t)vfs.f_bavail * (int64_t)vfs.f_frsize,
      .total_bytes = (int64_t)vfs.f_blocks * (int64_t)vfs.f_frsize,
      .read_only = (vfs.f_flag & ST_RDONLY) != 0,
  };
  return true;
}

bool fs_space(const char *path, FsSpace *ret_space, GError **error)
{
  g_autofree char *ancestor = g_strdup(path);
  for (;;) {
    FsSpace space;
    if (fill_space(ancestor, &space)) {
      *ret_space = space;
      return true;
    }
    int saved_errno = errno;
    g_autofree char *parent = g_path_get_dirname(ancestor);
    bool is_missing = saved_errno == ENOENT || saved_errno == ENOTDIR;
    if (!is_missing || strcmp(parent, ancestor) == 0)
      return fs_fail(error, saved_errno, ancestor, "has a file system that cannot be asked for its space");
    g_free(ancestor);
    ancestor = g_steal_pointer(&parent);
  }
}

/* The nearest existing ancestor, resolved; NULL if the part that does not exist could lead elsewhere once it does: by "..", or
 * because its first component is a link that points to nothing yet. g_free and free are the same since GLib 2.46. */
static char *resolve_existing(const char *path)
{
  g_autofree char *prefix = g_strdup(path);
  for (;;) {
    char *resolved = realpath(prefix, NULL);
    if (resolved)
      return resolved;
    int saved_errno = errno;
    g_autofree char *name = g_path_get_basename(prefix);
    g_autofree char *parent = g_path_get_dirname(prefix);
    if (saved_errno != ENOENT || fs_exists(prefix) || strcmp(name, "..") == 0 || strcmp(parent, prefix) == 0)
      return NULL;
    g_free(prefix);
    prefix = g_steal_pointer(&parent);
  }
}

bool fs_is_inside(const char *path, const char *directory)
{
  g_autofree char *outer = realpath(directory, NULL);
  g_autofree char *inner = outer ? resolve_existing(path) : NULL;
  if (!inner)
    return false;
  size_t length = strlen(outer);
  if (strcmp(outer, "/") == 0)
    return true;
  return strncmp(inner, outer, length) == 0 && (inner[length] == '/' || inner[length] == '\0');
}
