/* Decides the course of a scan: the guards, the rows as an index, a walk on threads of its own, and the calling thread, which
 * decides, writes and tells until there is nothing left. Test: tests/unit/library/test_scan.c */
#include "library/scan_run.h"

#include "base/error.h"
#include "base/log.h"
#include "store/record_sql.h"

#include <string.h>

enum {
  BATCH_FILES = 200, /* in one transaction */
  BATCH_MS = 1000,   /* a batch that is older is written as it is */
};

void scan_context_init(ScanContext *context)
{
  *context = (ScanContext){.running = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL)};
  g_mutex_init(&context->lock);
}

void scan_context_clear(ScanContext *context)
{
  g_clear_pointer(&context->running, g_hash_table_unref);
  g_mutex_clear(&context->lock);
}

/* --- on the walk's threads --- */

void scan_note_device(Scan *scan, int64_t device)
{
  g_mutex_lock(&scan->lock);
  if (!g_hash_table_contains(scan->devices, &device))
    g_hash_table_add(scan->devices, g_memdup2(&device, sizeof device));
  g_mutex_unlock(&scan->lock);
}

/* Names of sidecars as the database can hold them: those that are not UTF-8 are nothing that anybody could ask for. */
static char **copy_sidecars(const char *const *names)
{
  if (!names)
    return NULL;
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (; *names; names++)
    if (g_utf8_validate(*names, -1, NULL))
      g_strv_builder_add(builder, *names);
  return g_strv_builder_end(builder);
}

/* The database and everything behind it speak UTF-8, and an escaped name would be that of another file. */
static void refuse_name(Scan *scan, const char *path)
{
  atomic_fetch_add(&scan->unreadable, 1);
  g_autofree char *shown = g_strescape(path, NULL);
  scan_work_say(scan->work, "warning", "\"%s\" is left out: its name is not valid UTF-8. Rename it to have it looked after.",
                shown);
}

static void offer(Scan *scan, const char *path, const WalkFile *file)
{
  if (!g_utf8_validate(path, -1, NULL)) {
    refuse_name(scan, path);
    return;
  }
  ScanItem *item = g_new(ScanItem, 1);
  *item = (ScanItem){.path = g_strdup(path), .stat = file->stat, .sidecars = copy_sidecars(file->sidecars)};
  scan_work_offer(scan->work, item);
}

/* Whether the rows of a directory are in the index. */
static bool is_compared(const Scan *scan, const char *directory)
{
  if (!scan->changes || !scan->changes->directories)
    return true;
  const char *relative = strcmp(directory, scan->root.path) == 0 ? "" : walk_below(&scan->root, directory);
  return !relative || !g_strv_contains(scan->changes->directories, relative);
}

/* Whoever looks for changes may want some of them to wait. */
static bool is_to_be_taken(const Scan *scan, const char *path, const WalkFile *file, bool compared)
{
  const ScanChanges *changes = scan->changes;
  return !changes || !changes->take || changes->take(path, &file->stat, compared, changes->user_data);
}

static void on_directory(const WalkDirectory *directory, void *user_data)
{
  Scan *scan = user_data;
  atomic_fetch_add(&scan->directories, 1);
  atomic_fetch_add(&scan->found, (int64_t)directory->n_files);
  scan_note_device(scan, directory->device);
  g_autoptr(GString) path = g_string_new(directory->path);
  g_string_append_c(path, '/');
  gsize prefix_length = path->len;
  int64_t unchanged = 0;
  bool compared = is_compared(scan, directory->path);
  for (size_t i = 0; i < directory->n_files && !cancel_is_set(scan->cancel); i++) {
    const WalkFile *file = &directory->files[i];
    g_string_truncate(path, prefix_length);
    g_string_append(path, file->name);
    uint64_t hash = scan_index_hash(scan->index, path->str, path->len);
    if (scan_index_match(scan->index, hash, &file->stat, scan_index_extra(scan->index, &file->stat, file->sidecars)))
      unchanged++;
    else if (is_to_be_taken(scan, path->str, file, compared))
      offer(scan, path->str, file);
  }
  atomic_fetch_add(&scan->unchanged, unchanged);
}

static void on_trouble(WalkTrouble trouble, const char *path, int saved_errno, void *user_data)
{
  Scan *scan = user_data;
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  switch (trouble) {
  case WALK_UNREADABLE:
    atomic_fetch_add(&scan->unreadable, 1);
    g_mutex_lock(&scan->lock);
    g_hash_table_add(scan->unreadable_paths, g_strdup(path));
    g_mutex_unlock(&scan->lock);
    scan_work_say(scan->work, "warning", "\"%s\" cannot be read, and what is known of it stays as it was: %s.", shown,
                  g_strerror(saved_errno));
    break;
  case WALK_OTHER_FILESYSTEM:
    scan_work_say(scan->work, "info", "\"%s\" is another file system and is left out; the root can be set to cross file systems.",
                  shown);
    break;
  case WALK_LINK_OUTSIDE:
    scan_work_say(scan->work, "warning", "\"%s\" is a link out of the root and is left out; add its target as a root of its own.",
                  shown);
    break;
  case WALK_LINK_BROKEN:
    scan_work_say(scan->work, "info", "\"%s\" is a link that leads nowhere.", shown);
    break;
  }
}

static int thread_count(const ScanContext *context)
{
  return context->threads > 0 ? context->threads : (int)g_get_num_processors();
}

static gpointer walk_thread(gpointer data)
{
  Scan *scan = data;
  WalkParams params = {
      .root = &scan->root,
      .trees = scan->changes ? scan->changes->trees : NULL,
      .directories = scan->changes ? scan->changes->directories : NULL,
      .threads = thread_count(scan->context),
      .cancel = scan->cancel,
      .on_directory = on_directory,
      .on_trouble = on_trouble,
      .user_data = scan,
  };
  walk_tree(&params, &scan->walk_error);
  scan_work_walk_ended(scan->work);
  return NULL;
}

/* --- on the calling thread --- */

static void pass_messages(Scan *scan)
{
  const char *level;
  for (char *message; (message = scan_work_take_message(scan->work, &level)); g_free(message))
    scan_tell(scan, level, message);
}

static bool resolve_found(Scan *scan, GError **error)
{
  g_autoptr(DbConn) conn = NULL;
  for (ScanItem *item; scan->batch->len < BATCH_FILES && (item = scan_work_take_found(scan->work));) {
    if (!conn && !(conn = db_acquire(scan->context->db, error))) {
      scan_item_free(item);
      return false;
    }
    if (!scan_resolve(scan, conn, item, error))
      return false;
  }
  return true;
}

static bool flush_if_due(Scan *scan, bool is_last, GError **error)
{
  bool is_due = scan->batch->len >= BATCH_FILES ||
                (scan->batch->len && clock_monotonic_ms(scan->context->clock) - scan->batch_since_ms >= BATCH_MS);
  return !(is_due || is_last) || scan_flush(scan, error);
}

/* Until the walk has ended and everything it found has been dealt with. */
static bool work_off(Scan *scan, GError **error)
{
  for (;;) {
    for (ScanItem *item; (item = scan_work_take_probed(scan->work));)
      scan_accept_probed(scan, item);
    if (cancel_is_set(scan->cancel)) {
      g_autoptr(GError) ignored = NULL; /* what was probed is worth keeping, but the news is that it was cancelled */
      if (!scan_flush(scan, &ignored))
        g_warning("The last files of a cancelled scan could not be recorded: %s", ignored->message);
      return cancel_check(scan->cancel, error);
    }
    if (!resolve_found(scan, error) || !flush_if_due(scan, false, error))
      return false;
    pass_messages(scan);
    scan_tell_progress(scan, false, "running");
    if (scan_work_is_over(scan->work))
      return flush_if_due(scan, true, error);
    scan_work_wait(scan->work, scan_ms_to_next_tell(scan));
  }
}

bool scan_walk_and_work(Scan *scan, GError **error)
{
  ScanWorkParams params = {.probes = scan->context->probes,
                           .threads = thread_count(scan->context),
                           .wants_fingerprints = true,
                           .cancel = scan->cancel};
  scan->work = scan_work_new(&params);
  scan->rate.sampled_at_ms = clock_monotonic_ms(scan->context->clock);
  GThread *thread = log_thread_new("scan-walk", walk_thread, scan);
  bool is_done = work_off(scan, error);
  if (!is_done)
    cancel_set(scan->cancel);
  scan_work_stop(scan->work);
  g_thread_join(thread);
  pass_messages(scan);
  if (is_done && scan->walk_error) {
    g_propagate_error(error, g_steal_pointer(&scan->walk_error));
    return false;
  }
  return is_done;
}

bool scan_set_first_device(Scan *scan, int64_t device, GError **error)
{
  if (scan->root.device != FIELD_NULL_INT || scan_index_rows(scan->index))
    return true;
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  return conn && record_set(conn, &root_table, scan->root.id, "device", DB_INT(device), error);
}

static bool record_end(Scan *scan, int64_t device, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  return conn && root_note_scan(conn, scan->root.id, device, clock_now_ms(scan->context->clock), error);
}

static bool run(Scan *scan, GError **error)
{
  int64_t device;
  if (!guard_enter(scan, &device, error))
    return false;
  scan->index = scan_rows_load(scan->context->db, scan->root.id, scan->cancel, error);
  return scan->index && scan_set_first_device(scan, device, error) && scan_walk_and_work(scan, error) &&
         guard_missing(scan, device, error) && record_end(scan, device, error);
}

void scan_init(Scan *scan, ScanContext *context, const ScanWatch *watch)
{
  static const ScanWatch nobody;
  *scan = (Scan){
      .context = context,
      .watch = watch ? watch : &nobody,
      .cancel = cancel_new(watch ? watch->cancel : NULL),
      .unreadable_paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
      .devices = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
      .batch = g_ptr_array_new_with_free_func((GDestroyNotify)scan_item_free),
      .claimed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
  };
  g_mutex_init(&scan->lock);
  record_init(&root_table, &scan->root);
  record_init(&scan_progress_table, &scan->progress);
}

void scan_clear(Scan *scan)
{
  g_clear_pointer(&scan->work, scan_work_free);
  g_clear_pointer(&scan->index, scan_index_free);
  g_hash_table_unref(scan->unreadable_paths);
  g_hash_table_unref(scan->devices);
  g_hash_table_unref(scan->claimed);
  g_ptr_array_unref(scan->batch);
  g_clear_error(&scan->walk_error);
  g_mutex_clear(&scan->lock);
  record_clear(&root_table, &scan->root);
  cancel_unref(scan->cancel);
}

static bool mark_running(ScanContext *context, int64_t root_id)
{
  g_mutex_lock(&context->lock);
  bool is_first = g_hash_table_add(context->running, g_memdup2(&root_id, sizeof root_id));
  g_mutex_unlock(&context->lock);
  return is_first;
}

static void mark_ended(ScanContext *context, int64_t root_id)
{
  g_mutex_lock(&context->lock);
  g_hash_table_remove(context->running, &root_id);
  g_mutex_unlock(&context->lock);
}

bool scan_load_root(ScanContext *context, int64_t root_id, Root *root, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  return conn && record_get(conn, &root_table, root_id, root, error);
}

bool scan_root(ScanContext *context, int64_t root_id, const ScanWatch *watch, ScanProgress *ret_progress, GError **error)
{
  if (!mark_running(context, root_id))
    return fail(error, REEVE_ERROR_CONFLICT, "The root %" G_GINT64_FORMAT " is being scanned already.", root_id);
  Scan scan;
  scan_init(&scan, context, watch);
  bool is_done = scan_load_root(context, root_id, &scan.root, error) && run(&scan, error);
  scan_tell_progress(&scan, true, is_done ? "done" : scan.is_frozen ? "frozen" : "stopped");
  if (is_done && ret_progress)
    *ret_progress = scan_progress_now(&scan);
  scan_clear(&scan);
  mark_ended(context, root_id);
  return is_done;
}

bool root_confirm(ScanContext *context, int64_t root_id, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  if (!conn || !record_get(conn, &root_table, root_id, root, error))
    return false;
  return root->state != ROOT_FROZEN || root_set_frozen(conn, root_id, NULL, clock_now_ms(context->clock), error);
}
