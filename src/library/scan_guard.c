/* Decides when the world is broken (L5): then nothing is marked missing and the root is frozen until someone has looked.
 *
 * A root without a device has no past to be compared with: before its first scan, or after root_confirm, when whatever is found
 * is right. The first scan sets the device at its start, so that one that was interrupted is guarded when it goes on; after a
 * confirmation it is set only when a scan has come to its end. Test: tests/unit/library/test_scan_guard.c */
#include "library/scan_run.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
  LOST_FILES = 5, /* more than these, and */
  LOST_SHARE = 5, /* more than one in so many, are too many to be gone at once */
};

static bool G_GNUC_PRINTF(3, 4) freeze(Scan *scan, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *reason = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  if (!conn || !root_set_frozen(conn, scan->root.id, reason, clock_now_ms(scan->context->clock), error))
    return false;
  scan_tell(scan, "error", reason);
  scan->is_frozen = true;
  return fail(error, REEVE_ERROR_UNAVAILABLE,
              "The root \"%s\" is frozen and none of its files was given up: %s Look at it, then confirm the root.",
              scan->root.path, reason);
}

bool guard_enter(Scan *scan, int64_t *ret_device, GError **error)
{
  const Root *root = &scan->root;
  if (root->state == ROOT_FROZEN)
    return fail(error, REEVE_ERROR_CONFLICT, "The root \"%s\" is frozen until someone confirms it: %s", root->path,
                root->frozen_reason ? root->frozen_reason : "the reason was not recorded.");
  struct stat st;
  if (stat(root->path, &st) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return freeze(scan, error, "The directory \"%s\" does not exist. Is its disk or share mounted?", root->path);
    /* A stale mount, or a disk that does not answer: it may come back by itself. */
    return fail(error, REEVE_ERROR_UNAVAILABLE, "The directory \"%s\" cannot be looked at, and nothing was changed: %s.",
                root->path, g_strerror(errno));
  }
  if (!S_ISDIR(st.st_mode))
    return freeze(scan, error, "\"%s\" is not a directory.", root->path);
  int64_t device = (int64_t)st.st_dev;
  if (root->device != FIELD_NULL_INT && root->device != device)
    return freeze(scan, error,
                  "The directory \"%s\" is on another file system than at the last scan. Is its disk or share mounted?",
                  root->path);
  *ret_device = device;
  return true;
}

typedef enum {
  FATE_KEPT,     /* it is there, or it cannot be told */
  FATE_LOST,     /* it is not there */
  FATE_EXCLUDED, /* it is there, but the root's rules do not take it any more */
  FATE_UNMOUNTED /* the file system it was on, below the root, is not there */
} Fate;

/* True if the path, or a directory above it, could not be looked at in this scan. */
static bool is_unreadable(const Scan *scan, const char *path)
{
  if (!g_hash_table_size(scan->unreadable_paths))
    return false;
  g_autofree char *prefix = g_strdup(path);
  for (char *slash; *prefix; *slash = '\0') {
    if (g_hash_table_contains(scan->unreadable_paths, prefix))
      return true;
    slash = strrchr(prefix, '/');
    if (!slash)
      return false;
  }
  return false;
}

static Fate fate_of(const Scan *scan, const ScanRow *row, int64_t root_device)
{
  const Root *root = &scan->root;
  const char *relative = walk_below(root, row->path);
  int64_t device;
  if (is_unreadable(scan, row->path))
    return FATE_KEPT;
  switch (scan_presence(row->path, &row->stat, &device)) {
  case PRESENCE_UNKNOWN:
    return FATE_KEPT;
  case PRESENCE_GONE:
    if (scan->changes && scan->changes->is_moving && scan->changes->is_moving(&row->stat, scan->changes->user_data))
      return FATE_KEPT;
    return row->stat.device == root_device || g_hash_table_contains(scan->devices, &row->stat.device) ? FATE_LOST
                                                                                                      : FATE_UNMOUNTED;
  case PRESENCE_SAME:
  case PRESENCE_OTHER:
    break;
  }
  bool is_covered = relative && walk_covers(root, relative) && (device == root_device || root->cross_filesystems);
  return is_covered ? FATE_KEPT /* it came while the walk was past it */ : FATE_EXCLUDED;
}

/* Rows that were not seen, by what became of them. */
typedef struct {
  GArray *lost, *excluded; /* int64_t: ids */
  int64_t unmounted;
  char *example; /* a path on the file system that is not mounted */
} Unseen;

static void unseen_clear(Unseen *unseen)
{
  g_array_unref(unseen->lost);
  g_array_unref(unseen->excluded);
  g_free(unseen->example);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Unseen, unseen_clear)

static void judge_row(const Scan *scan, const ScanRow *row, int64_t root_device, Unseen *unseen)
{
  switch (fate_of(scan, row, root_device)) {
  case FATE_KEPT:
    break;
  case FATE_LOST:
    g_array_append_val(unseen->lost, row->id);
    break;
  case FATE_EXCLUDED:
    g_array_append_val(unseen->excluded, row->id);
    break;
  case FATE_UNMOUNTED:
    unseen->unmounted++;
    if (!unseen->example)
      unseen->example = g_strdup(row->path);
    break;
  }
}

static bool judge_all(const Scan *scan, int64_t root_device, Unseen *unseen, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  if (!conn)
    return false;
  int64_t ids[SCAN_ROWS_PAGE];
  size_t cursor = 0, n_ids;
  do {
    for (n_ids = 0; n_ids < SCAN_ROWS_PAGE && scan_index_next_unseen(scan->index, &cursor, &ids[n_ids]);)
      n_ids++;
    g_autoptr(GPtrArray) rows = n_ids ? scan_rows_by_ids(conn, scan->root.id, ids, n_ids, error) : g_ptr_array_new();
    if (!rows || !cancel_check(scan->cancel, error))
      return false;
    for (guint i = 0; i < rows->len; i++)
      judge_row(scan, rows->pdata[i], root_device, unseen);
  } while (n_ids == SCAN_ROWS_PAGE);
  return true;
}

static bool mark(Scan *scan, const GArray *ids, const char *reason, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  if (!conn)
    return false;
  for (guint start = 0; start < ids->len; start += SCAN_ROWS_PAGE) {
    g_autoptr(DbTransaction) transaction = db_begin(conn, error);
    if (!transaction)
      return false;
    guint end = MIN(ids->len, start + SCAN_ROWS_PAGE);
    for (guint i = start; i < end; i++)
      if (!scan_row_set_missing(conn, g_array_index(ids, int64_t, i), reason, clock_now_ms(scan->context->clock), error))
        return false;
    if (!db_commit(transaction, error))
      return false;
    scan->progress.missing += end - start;
  }
  return true;
}

static bool count_known(const Scan *scan, int64_t *ret_known, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  return conn && root_count_files(conn, scan->root.id, ret_known, error);
}

bool guard_missing(Scan *scan, int64_t root_device, GError **error)
{
  g_auto(Unseen)
      unseen = {.lost = g_array_new(FALSE, FALSE, sizeof(int64_t)), .excluded = g_array_new(FALSE, FALSE, sizeof(int64_t))};
  if (!judge_all(scan, root_device, &unseen, error))
    return false;
  int64_t known = scan_index_known(scan->index), lost = unseen.lost->len;
  if (scan->changes && !count_known(scan, &known, error))
    return false;
  const char *path = scan->root.path;
  bool is_confirmed = scan->root.device == FIELD_NULL_INT;
  if (!is_confirmed && unseen.unmounted)
    return freeze(scan, error, "The file system that held \"%s\" and %" G_GINT64_FORMAT " files in all is not mounted.",
                  unseen.example, unseen.unmounted);
  if (!is_confirmed && lost && !atomic_load(&scan->found) && (!scan->changes || lost == known))
    return freeze(scan, error, "\"%s\" is empty, and held %" G_GINT64_FORMAT " files before. Is its disk or share mounted?", path,
                  known);
  if (!is_confirmed && lost > LOST_FILES && lost * LOST_SHARE > known)
    return freeze(scan, error, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " files in \"%s\" are gone at once.", lost, known,
                  path);
  return mark(scan, unseen.lost, NULL, error) && mark(scan, unseen.excluded, "The rules of the root leave this file out.", error);
}
