/* Decides how a part of a root is scanned: what may have changed there, by the same steps and guards as the whole.
 * Test: tests/unit/library/test_scan_changes.c */
#include "library/scan_run.h"

#include "base/error.h"

#include <string.h>
#include <sys/stat.h>

/* A path is gone from the file system of the nearest directory that is still there. */
static void note_ancestor(Scan *scan, const char *path)
{
  g_autofree char *place = g_path_get_dirname(path);
  while (strlen(place) >= strlen(scan->root.path)) {
    struct stat st;
    if (stat(place, &st) == 0) {
      scan_note_device(scan, (int64_t)st.st_dev);
      return;
    }
    char *above = g_path_get_dirname(place);
    g_free(place);
    place = above;
  }
}

static void note_ancestors(Scan *scan)
{
  for (const char *const *path = scan->changes->gone; path && *path; path++)
    note_ancestor(scan, *path);
  for (const char *const *tree = scan->changes->trees; tree && *tree; tree++) {
    g_autofree char *inside = g_strconcat(scan->root.path, "/", *tree, **tree ? "/" : "", "x", NULL);
    note_ancestor(scan, inside);
  }
}

static bool record_end(Scan *scan, GError **error)
{
  const ScanProgress *progress = &scan->progress;
  if (!progress->probed && !progress->moved && !progress->missing)
    return true;
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  return conn && root_note_files(conn, scan->root.id, error);
}

/* Every file that was not seen is looked for on the disk before it is called missing, so that those that `take` made wait are
 * safe. */
static bool run(Scan *scan, GError **error)
{
  int64_t device;
  if (!guard_enter(scan, &device, error))
    return false;
  note_ancestors(scan);
  scan->index = scan_rows_load_changes(scan->context->db, &scan->root, scan->changes, scan->cancel, error);
  return scan->index && scan_walk_and_work(scan, error) && guard_missing(scan, device, error) && record_end(scan, error);
}

bool scan_changes(ScanContext *context, int64_t root_id, const ScanChanges *changes, const ScanWatch *watch,
                  ScanProgress *ret_progress, GError **error)
{
  static const char *const none[] = {NULL};
  ScanChanges given = *changes;
  Scan scan;
  if (!given.trees)
    given.trees = none; /* not all of the root */
  scan_init(&scan, context, watch);
  scan.changes = &given;
  bool is_done = scan_load_root(context, root_id, &scan.root, error) && run(&scan, error);
  ScanProgress progress = scan_progress_now(&scan);
  if (scan.is_frozen || progress.probed || progress.moved || progress.missing)
    scan_tell_progress(&scan, true, is_done ? "done" : scan.is_frozen ? "frozen" : "stopped");
  if (is_done && ret_progress)
    *ret_progress = progress;
  scan_clear(&scan);
  return is_done;
}
