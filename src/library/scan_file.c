/* Decides how a single file is probed again, and how files are probed where there is no database.
 * Test: tests/unit/library/test_scan_file.c */
#include "library/scan_run.h"

#include "base/error.h"
#include "base/log.h"
#include "store/record_sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether a file may be opened: it is where its root is, whatever links came into the way since it was found. */
static bool check_place(DbConn *conn, const LibraryFile *file, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  if (!record_get(conn, &root_table, file->root_id, root, error))
    return false;
  if (!fs_is_inside(file->path, root->path))
    return fail(error, REEVE_ERROR_DENIED, "\"%s\" leads out of its root \"%s\" by now, and is not opened.", file->path,
                root->path);
  return true;
}

static bool probe_again(ScanContext *context, ScanItem *item, GError **error)
{
  if (!fs_stat(item->path, &item->stat, error))
    return false;
  item->is_probed = true;
  item->fingerprint = fs_fingerprint(item->path, &item->error);
  if (item->fingerprint)
    item->media = probe_file(context->probes, item->path, NULL, &item->error);
  if (!g_error_matches(item->error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND))
    return true;
  g_propagate_error(error, g_steal_pointer(&item->error));
  return false;
}

bool scan_file(ScanContext *context, int64_t file_id, GError **error)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(ScanItem) item = g_new0(ScanItem, 1);
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, error); /* not kept while the file is read */
    if (!conn || !record_get(conn, &file_table, file_id, file, error) || !check_place(conn, file, error))
      return false;
  }
  item->path = g_strdup(file->path);
  item->sidecars = g_strdupv(file->sidecars);
  if (!probe_again(context, item, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  g_autoptr(ScanRow) row = NULL;
  int64_t id;
  if (!transaction || !scan_row_by_id(conn, file_id, &row, error))
    return false;
  if (!row || strcmp(row->path, item->path) != 0)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" was moved or removed while it was probed.", item->path);
  return scan_rows_put(conn, file->root_id, item, row, clock_now_ms(context->clock), &id, error) && db_commit(transaction, error);
}

/* --- one that may be new --- */

static bool check_root(const Root *root, const char *path, GError **error)
{
  if (root->state == ROOT_FROZEN)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s is frozen: %s", root->path,
                root->frozen_reason ? root->frozen_reason : "");
  size_t length = strlen(root->path);
  bool below = strncmp(path, root->path, length) == 0 && (path[length] == '/' || root->path[length - 1] == '/');
  if (!below || !fs_is_inside(path, root->path))
    return fail(error, REEVE_ERROR_DENIED, "\"%s\" is not inside the root \"%s\".", path, root->path);
  const char *relative = path + length + (path[length] == '/');
  return (scan_is_video(path, root->extensions) && scan_is_included(root, relative)) ||
         fail(error, REEVE_ERROR_INVALID, "\"%s\" is not one of the video files of the root \"%s\".", path, root->path);
}

/* The row of the path, or of the same file under a name that it has lost. */
static bool find_row(DbConn *conn, int64_t root_id, const ScanItem *item, ScanRow **ret_row, GError **error)
{
  if (!scan_row_by_path(conn, root_id, item->path, ret_row, error))
    return false;
  if (*ret_row)
    return true;
  g_autoptr(GPtrArray) same = scan_rows_by_identity(conn, &item->stat, error);
  if (!same)
    return false;
  for (guint i = 0; i < same->len && !*ret_row; i++) {
    const ScanRow *row = same->pdata[i];
    if (row->root_id == root_id && !fs_exists(row->path))
      *ret_row = g_ptr_array_steal_index(same, i);
  }
  return true;
}

bool scan_path(ScanContext *context, int64_t root_id, const char *path, int64_t *ret_file_id, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(ScanItem) item = g_new0(ScanItem, 1);
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, error);
    if (!conn || !record_get(conn, &root_table, root_id, root, error) || !check_root(root, path, error))
      return false;
  }
  item->path = g_strdup(path);
  if (!probe_again(context, item, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  g_autoptr(ScanRow) row = NULL;
  if (!transaction || !find_row(conn, root_id, item, &row, error))
    return false;
  g_autoptr(LibraryFile) known = record_new(&file_table);
  if (row && !record_get(conn, &file_table, row->id, known, error))
    return false;
  item->sidecars = g_strdupv(known->sidecars);
  return scan_rows_put(conn, root_id, item, row, clock_now_ms(context->clock), ret_file_id, error) &&
         db_commit(transaction, error);
}

/* --- without a database --- */

typedef struct {
  char *path;
  bool is_directory;
  FileStat stat;
} Start;

static void start_clear(void *data)
{
  g_free(((Start *)data)->path);
}

typedef struct {
  GArray *starts; /* Start */
  const ScanWatch *watch;
  Cancel *cancel;
  int threads;
  ScanWork *work;
  _Atomic int64_t directories, found, unreadable;
  GError *walk_error;
  ScanProgress progress;
  ScanRate rate;
  int64_t told_at_ms;
} PathScan;

static void offer_path(PathScan *scan, char *path, const FileStat *stat)
{
  ScanItem *item = g_new(ScanItem, 1);
  *item = (ScanItem){.path = path, .stat = *stat};
  scan_work_offer(scan->work, item);
}

static void on_path_directory(const WalkDirectory *directory, void *user_data)
{
  PathScan *scan = user_data;
  atomic_fetch_add(&scan->directories, 1);
  atomic_fetch_add(&scan->found, (int64_t)directory->n_files);
  for (size_t i = 0; i < directory->n_files && !cancel_is_set(scan->cancel); i++)
    offer_path(scan, walk_join(directory->path, directory->files[i].name), &directory->files[i].stat);
}

static void on_path_trouble(WalkTrouble trouble, const char *path, int saved_errno, void *user_data)
{
  PathScan *scan = user_data;
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  if (trouble == WALK_UNREADABLE) {
    atomic_fetch_add(&scan->unreadable, 1);
    scan_work_say(scan->work, "warning", "\"%s\" cannot be read: %s.", shown, g_strerror(saved_errno));
  } else if (trouble == WALK_OTHER_FILESYSTEM) {
    scan_work_say(scan->work, "info", "\"%s\" is another file system and is left out.", shown);
  }
}

static gpointer path_walk_thread(gpointer data)
{
  PathScan *scan = data;
  for (guint i = 0; i < scan->starts->len && !scan->walk_error; i++) {
    Start *start = &g_array_index(scan->starts, Start, i);
    if (!start->is_directory) {
      atomic_fetch_add(&scan->found, 1);
      offer_path(scan, g_strdup(start->path), &start->stat);
      continue;
    }
    g_autoptr(Root) root = record_new(&root_table); /* with the default rules */
    g_free(root->path);
    root->path = g_strdup(start->path);
    WalkParams params = {.root = root,
                         .threads = scan->threads,
                         .cancel = scan->cancel,
                         .on_directory = on_path_directory,
                         .on_trouble = on_path_trouble,
                         .user_data = scan};
    walk_tree(&params, &scan->walk_error);
  }
  scan_work_walk_ended(scan->work);
  return NULL;
}

static bool resolve_starts(const char *const *paths, GArray *starts, GError **error)
{
  for (; *paths; paths++) {
    g_autofree char *shown = g_utf8_make_valid(*paths, -1);
    Start start = {.path = realpath(*paths, NULL)}; /* g_free and free are the same since GLib 2.46 */
    if (!start.path)
      return fail_errno(error, errno, "\"%s\" cannot be found", shown);
    g_array_append_val(starts, start);
    Start *added = &g_array_index(starts, Start, starts->len - 1);
    if (!fs_stat(added->path, &added->stat, error))
      return false;
    added->is_directory = added->stat.is_directory;
  }
  return true;
}

static void tell_path_progress(PathScan *scan, bool is_last)
{
  int64_t now_ms = clock_monotonic_ms(clock_system());
  scan->progress.directories = atomic_load(&scan->directories);
  scan->progress.found = atomic_load(&scan->found);
  scan->progress.unreadable = atomic_load(&scan->unreadable);
  int64_t total = scan_work_walk_has_ended(scan->work) ? scan->progress.found : FIELD_NULL_INT;
  scan_rate_sample(&scan->rate, now_ms, scan->progress.probed, total, &scan->progress);
  if (!scan->watch->on_progress || (!is_last && now_ms - scan->told_at_ms < SCAN_TELL_MS))
    return;
  scan->told_at_ms = now_ms;
  scan->watch->on_progress(&scan->progress, scan->watch->user_data);
}

/* False if the visitor has seen enough. */
static bool visit_probed(PathScan *scan, ScanVisit on_file, void *visit_data)
{
  bool goes_on = true;
  for (ScanItem *item; goes_on && (item = scan_work_take_probed(scan->work)); scan_item_free(item)) {
    if (g_error_matches(item->error, REEVE_ERROR, REEVE_ERROR_CANCELLED))
      continue;
    scan->progress.probed++;
    scan->progress.failed += item->error != NULL;
    goes_on = on_file(item->path, item->media, item->error, visit_data);
  }
  return goes_on;
}

static bool visit_all(PathScan *scan, ScanVisit on_file, void *visit_data, GError **error)
{
  while (visit_probed(scan, on_file, visit_data)) {
    for (ScanItem *item; (item = scan_work_take_found(scan->work));)
      scan_work_probe(scan->work, item);
    const char *level;
    for (char *message; (message = scan_work_take_message(scan->work, &level)); g_free(message))
      if (scan->watch->on_message)
        scan->watch->on_message(level, message, scan->watch->user_data);
    tell_path_progress(scan, false);
    if (!cancel_check(scan->cancel, error))
      return false;
    if (scan_work_is_over(scan->work))
      return true;
    scan_work_wait(scan->work, SCAN_TELL_MS);
  }
  return true;
}

bool scan_paths(ProbePool *probes, const char *const *paths, int threads, const ScanWatch *watch, ScanVisit on_file,
                void *visit_data, ScanProgress *ret_progress, GError **error)
{
  static const ScanWatch nobody;
  g_autoptr(GArray) starts = g_array_new(FALSE, TRUE, sizeof(Start));
  g_array_set_clear_func(starts, start_clear);
  if (!resolve_starts(paths, starts, error))
    return false;
  PathScan scan = {.starts = starts,
                   .watch = watch ? watch : &nobody,
                   .cancel = cancel_new(watch ? watch->cancel : NULL),
                   .threads = threads > 0 ? threads : (int)g_get_num_processors()};
  record_init(&scan_progress_table, &scan.progress);
  scan.rate.sampled_at_ms = clock_monotonic_ms(clock_system());
  scan.work = scan_work_new(&(ScanWorkParams){.probes = probes, .threads = scan.threads, .cancel = scan.cancel});
  GThread *thread = log_thread_new("scan-walk", path_walk_thread, &scan);
  bool is_done = visit_all(&scan, on_file, visit_data, error);
  bool was_complete = is_done && scan_work_is_over(scan.work);
  if (!was_complete)
    cancel_set(scan.cancel);
  scan_work_stop(scan.work);
  g_thread_join(thread);
  tell_path_progress(&scan, true);
  if (was_complete && scan.walk_error) {
    g_propagate_error(error, g_steal_pointer(&scan.walk_error));
    is_done = false;
  }
  if (is_done && ret_progress)
    *ret_progress = scan.progress;
  g_clear_error(&scan.walk_error);
  scan_work_free(scan.work);
  cancel_unref(scan.cancel);
  return is_done;
}
