/* Decides which directories requests may name. Test: tests/unit/library/test_allowed.c */
#include "library/allowed.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "sys/fs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const Field allowed_entry_fields[] = {
    FIELD_TEXT(AllowedEntry, name, .help = "Its name."),
    FIELD_TEXT(AllowedEntry, path, .help = "Its path, links resolved."),
};
const FieldTable allowed_entry_table = FIELD_TABLE(AllowedEntry, "DirectoryEntry", NULL, allowed_entry_fields);

static const Field allowed_list_fields[] = {
    FIELD_TEXT(AllowedList, path, .flags = FIELD_NULLABLE,
               .help = "The directory, links resolved; null: the places to begin at."),
    FIELD_TEXT(AllowedList, parent, .flags = FIELD_NULLABLE,
               .help = "The directory above it; null if there is none that may be looked into."),
    FIELD_RECORDS(AllowedList, items, allowed_entry_table, .help = "The directories in it, by name."),
    FIELD_BOOL(AllowedList, is_cut, .help = "Whether there are more than are shown."),
};
const FieldTable allowed_list_table = FIELD_TABLE(AllowedList, "DirectoryList", NULL, allowed_list_fields);

/* What may be reached. */
typedef struct {
  GPtrArray *tops; /* char *: configured directories and roots */
  bool is_open;    /* nothing is configured: all but the system's */
} Allowed;

static void allowed_clear(Allowed *allowed)
{
  g_clear_pointer(&allowed->tops, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Allowed, allowed_clear)

static bool allowed_init(DbConn *conn, const char *const *configured, Allowed *ret_allowed, GError **error)
{
  g_autoptr(GPtrArray) roots = record_list(conn, &root_table, "", DB_NO_ARGS, error);
  if (!roots)
    return false;
  *ret_allowed = (Allowed){.tops = g_ptr_array_new_with_free_func(g_free), .is_open = !configured || !configured[0]};
  for (size_t i = 0; configured && configured[i]; i++)
    g_ptr_array_add(ret_allowed->tops, g_strdup(configured[i]));
  for (guint i = 0; i < roots->len; i++)
    g_ptr_array_add(ret_allowed->tops, g_strdup(((const Root *)roots->pdata[i])->path));
  return true;
}

/* Media that is plugged in appears below /run/media. */
static bool is_of_system(const char *path)
{
  static const char *const ours_not[] = {"/proc", "/sys",   "/dev",   "/boot",    "/etc",     "/usr",       "/bin",       "/sbin",
                                         "/lib",  "/lib32", "/lib64", "/var/lib", "/var/log", "/var/cache", "/var/spool", NULL};
  for (size_t i = 0; ours_not[i]; i++)
    if (fs_is_inside(path, ours_not[i]))
      return true;
  return fs_is_inside(path, "/run") && !fs_is_inside(path, "/run/media");
}

static bool is_allowed(const Allowed *allowed, const char *path)
{
  for (guint i = 0; i < allowed->tops->len; i++)
    if (fs_is_inside(path, allowed->tops->pdata[i]))
      return true;
  return allowed->is_open && !is_of_system(path);
}

static bool deny(const char *path, GError **error)
{
  return fail(error, REEVE_ERROR_DENIED,
              "\"%s\" is outside of the directories that Reeve may use; the setting media_directories names them.", path);
}

/* The resolved path of a directory that may be reached; NULL on error. */
static char *resolve(const Allowed *allowed, const char *path, GError **error)
{
  struct stat st;
  if (!path || !g_utf8_validate(path, -1, NULL) || !g_path_is_absolute(path)) {
    fail(error, REEVE_ERROR_INVALID, "The path of a directory must be absolute, such as \"/srv/films\", and in UTF-8.");
    return NULL;
  }
  g_autofree char *resolved = realpath(path, NULL);
  int saved_errno = errno;
  /* Judged by what it resolved to, so that nothing can be moved in between. */
  if (!is_allowed(allowed, resolved ? resolved : path)) {
    deny(path, error);
    return NULL;
  }
  if (!resolved || stat(resolved, &st) != 0) {
    fail_errno(error, resolved ? errno : saved_errno, "The directory \"%s\" cannot be found", path);
    return NULL;
  }
  if (!S_ISDIR(st.st_mode) || !g_utf8_validate(resolved, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID,
         S_ISDIR(st.st_mode) ? "\"%s\" leads to a directory whose name is not valid UTF-8." : "\"%s\" is not a directory.", path);
    return NULL;
  }
  return g_steal_pointer(&resolved);
}

char *allowed_directory(DbConn *conn, const char *const *configured, const char *path, GError **error)
{
  g_auto(Allowed) allowed = {0};
  return allowed_init(conn, configured, &allowed, error) ? resolve(&allowed, path, error) : NULL;
}

bool allowed_place(DbConn *conn, const char *const *configured, const char *path, GError **error)
{
  g_auto(Allowed) allowed = {0};
  if (!allowed_init(conn, configured, &allowed, error))
    return false;
  return is_allowed(&allowed, path) || deny(path, error);
}

/* --- lists --- */

static void add_entry(AllowedList *list, const char *name, const char *path)
{
  AllowedEntry *entry = record_new(&allowed_entry_table);
  g_free(entry->name);
  g_free(entry->path);
  entry->name = g_strdup(name);
  entry->path = g_strdup(path);
  g_ptr_array_add(list->items, entry);
}

static int compare_entries(gconstpointer a, gconstpointer b)
{
  const AllowedEntry *const *first = a, *const *second = b;
  g_autofree char *first_key = g_utf8_collate_key_for_filename((*first)->name, -1);
  g_autofree char *second_key = g_utf8_collate_key_for_filename((*second)->name, -1);
  return strcmp(first_key, second_key);
}

static void list_tops(const Allowed *allowed, AllowedList *list)
{
  for (guint i = 0; i < allowed->tops->len; i++) {
    const char *path = allowed->tops->pdata[i];
    g_autofree char *resolved = resolve(allowed, path, NULL);
    if (resolved)
      add_entry(list, resolved, resolved);
  }
}

static void add_if_allowed(const Allowed *allowed, const char *directory, const struct dirent *item, AllowedList *list)
{
  if (item->d_name[0] == '.' || (item->d_type != DT_DIR && item->d_type != DT_LNK && item->d_type != DT_UNKNOWN) ||
      !g_utf8_validate(item->d_name, -1, NULL))
    return;
  g_autofree char *path = g_build_filename(directory, item->d_name, NULL);
  g_autofree char *resolved = resolve(allowed, path, NULL);
  if (resolved && access(resolved, R_OK | X_OK) == 0)
    add_entry(list, item->d_name, resolved);
}

static bool list_directory(const Allowed *allowed, const char *path, AllowedList *list, GError **error)
{
  DIR *directory = opendir(path);
  if (!directory)
    return fail_errno(error, errno, "The directory \"%s\" cannot be looked into", path);
  const struct dirent *item;
  while (list->items->len <= ALLOWED_LIST_MAX && (item = readdir(directory)))
    add_if_allowed(allowed, path, item, list);
  closedir(directory);
  return true;
}

bool allowed_list(DbConn *conn, const char *const *configured, const char *path, AllowedList *ret_list, GError **error)
{
  g_auto(Allowed) allowed = {0};
  if (!allowed_init(conn, configured, &allowed, error))
    return false;
  const char *begin = path ? path : allowed.is_open ? "/" : NULL;
  g_autofree char *resolved = begin ? resolve(&allowed, begin, error) : NULL;
  if (begin && !resolved)
    return false;
  AllowedList list = {.path = g_steal_pointer(&resolved), .items = records_new(&allowed_entry_table)};
  if (!list.path) {
    list_tops(&allowed, &list);
  } else if (!list_directory(&allowed, list.path, &list, error)) {
    record_clear(&allowed_list_table, &list);
    return false;
  }
  if (list.path && strcmp(list.path, "/") != 0) {
    g_autofree char *parent = g_path_get_dirname(list.path);
    if (is_allowed(&allowed, parent))
      list.parent = g_steal_pointer(&parent);
  }
  g_ptr_array_sort(list.items, compare_entries);
  list.is_cut = list.items->len > ALLOWED_LIST_MAX;
  if (list.is_cut)
    g_ptr_array_set_size(list.items, ALLOWED_LIST_MAX);
  record_clear(&allowed_list_table, ret_list);
  *ret_list = list;
  return true;
}
