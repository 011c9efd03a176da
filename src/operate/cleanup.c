/* What counts as left over, and what happens to it once a person agreed. Test: tests/unit/operate/test_cleanup.c */
#include "operate/cleanup.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "library/roots.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#define STAGE_PREFIX ".reeve-tmp-"
#define OWN_PREFIX ".reeve-"

static const int64_t day_ms = 24 * 60 * 60 * 1000LL, hour_ms = 60 * 60 * 1000LL, ns_per_ms = 1000 * 1000;
enum { KEEP_DAYS = 30, PLACES_MAX = 100 };

static const EnumRow kind_rows[] = {
    {STRAY_FILE, "file", "Looks temporary; not Reeve's"},
    {STRAY_OURS, "ours", "Reeve's, known to the journal"},
    {STRAY_DIRECTORY, "directory", "Looks like Reeve's, but the journal does not know it"},
};
static const EnumTable kind_table = ENUM_TABLE("StrayKind", kind_rows);

static const Field stray_fields[] = {
    FIELD_TEXT(Stray, path, .help = "Where it is."),
    FIELD_ENUM(Stray, kind, kind_table, .help = "What it is."),
    FIELD_INT(Stray, root_id, .help = "Root that it is in."),
    FIELD_INT(Stray, size_bytes, .help = "Size in bytes."),
    FIELD_INT(Stray, changed_at_ms, .help = "When it last changed, in ms since 1970."),
    FIELD_TEXT(Stray, reason, .help = "Why it is shown, and what happens to it."),
    FIELD_INT(Stray, job, .flags = FIELD_NULLABLE, .help = "The held job that moves it to the trash once it is released."),
};
const FieldTable stray_table = FIELD_TABLE(Stray, "Stray", NULL, stray_fields);

static const Field report_fields[] = {
    FIELD_INT(CleanupReport, recovered, .help = "Unfinished replacements that were brought to rest."),
    FIELD_INT(CleanupReport, jobs_made, .help = "Held jobs that were made."),
    FIELD_RECORDS(CleanupReport, found, stray_table, .help = "What was found."),
    FIELD_BOOL(CleanupReport, complete, .help = "False if there is more than is shown."),
    FIELD_STRINGS(CleanupReport, unreachable, .help = "Roots that were not looked at, and why."),
};
const FieldTable cleanup_report_table = FIELD_TABLE(CleanupReport, "CleanupReport", NULL, report_fields);

/* The payload of a "cleanup" job: the file as it was found. */
typedef struct {
  int64_t root_id;
  char *path;
  int64_t size_bytes, mtime_ns, inode;
} CleanupPayload;

static const Field payload_fields[] = {
    FIELD_INT(CleanupPayload, root_id, .flags = FIELD_REQUIRED, .help = "Root that it is in."),
    FIELD_TEXT(CleanupPayload, path, .flags = FIELD_REQUIRED, .max = 4096, .help = "Where it is."),
    FIELD_INT(CleanupPayload, size_bytes, .help = "Size in bytes."),
    FIELD_INT(CleanupPayload, mtime_ns, .help = "When its content last changed, in ns since 1970."),
    FIELD_INT(CleanupPayload, inode, .help = "Its inode number."),
};
static const FieldTable payload_table = FIELD_TABLE(CleanupPayload, "CleanupPayload", NULL, payload_fields);

static const struct {
  const char *prefix, *suffix;
} patterns[] = {{"", ".lock"}, {".tmp_", ""}, {"", ".part"}};

bool cleanup_is_stray_name(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
    if (g_str_has_prefix(name, patterns[i].prefix) && g_str_has_suffix(name, patterns[i].suffix))
      return true;
  return false;
}

/* --- looking --- */

typedef struct {
  const CleanupContext *context;
  DbConn *conn;
  Cancel *cancel;
  int64_t changed_before_ms;
  const Root *root;
  CleanupReport *report;
} Look;

static int64_t mtime_ns(const struct stat *st)
{
  return (int64_t)st->st_mtim.tv_sec * G_USEC_PER_SEC * 1000 + st->st_mtim.tv_nsec;
}

static Stray *add_stray(Look *look, const FTSENT *entry, StrayKind kind, const char *reason)
{
  CleanupReport *report = look->report;
  if (report->found->len >= CLEANUP_FOUND_MAX) {
    report->complete = false;
    return NULL;
  }
  Stray *stray = record_new(&stray_table);
  record_clear(&stray_table, stray);
  *stray = (Stray){.path = g_utf8_make_valid(entry->fts_path, -1),
                   .kind = (int)kind,
                   .root_id = look->root->id,
                   .size_bytes = entry->fts_statp->st_size,
                   .changed_at_ms = mtime_ns(entry->fts_statp) / ns_per_ms,
                   .reason = g_strdup(reason),
                   .job = FIELD_NULL_INT};
  g_ptr_array_add(report->found, stray);
  return stray;
}

static bool look_at_stage_directory(Look *look, const FTSENT *entry, GError **error)
{
  bool known = false;
  if (!replacement_of_directory(look->conn, entry->fts_path, &known, error))
    return false;
  add_stray(look, entry, known ? STRAY_OURS : STRAY_DIRECTORY,
            known ? "The journal knows it: it belongs to a replacement that is under way, or is removed with it."
                  : "It is named like one of Reeve's, but no journal entry says so: look into it and remove it by hand.");
  return true;
}

static void look_at_file(Look *look, const FTSENT *entry)
{
  if (!cleanup_is_stray_name(entry->fts_name) || mtime_ns(entry->fts_statp) / ns_per_ms > look->changed_before_ms)
    return;
  if (g_utf8_validate(entry->fts_path, -1, NULL))
    add_stray(look, entry, STRAY_FILE, "It looks temporary. Once its job is released it is moved to the trash.");
  else
    add_stray(look, entry, STRAY_DIRECTORY, "It looks temporary, but its name is not UTF-8: remove it by hand.");
}

static bool look_at_entry(Look *look, FTS *tree, FTSENT *entry, GError **error)
{
  if (entry->fts_info == FTS_D && entry->fts_level > 0 && g_str_has_prefix(entry->fts_name, OWN_PREFIX)) {
    fts_set(tree, entry, FTS_SKIP);
    return !g_str_has_prefix(entry->fts_name, STAGE_PREFIX) || !g_utf8_validate(entry->fts_path, -1, NULL) ||
           look_at_stage_directory(look, entry, error);
  }
  if (entry->fts_info == FTS_D && entry->fts_level > 0 && !look->root->recursive)
    fts_set(tree, entry, FTS_SKIP);
  else if (entry->fts_info == FTS_F)
    look_at_file(look, entry);
  return true;
}

static bool look_at_root(Look *look, GError **error)
{
  char *const paths[] = {look->root->path, NULL};
  FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | (look->root->cross_filesystems ? 0 : FTS_XDEV), NULL);
  if (!tree)
    return fail_errno(error, errno, "%s could not be looked through", look->root->path);
  bool ok = true;
  for (FTSENT *entry; ok && look->report->complete && (entry = fts_read(tree));)
    ok = cancel_check(look->cancel, error) && look_at_entry(look, tree, entry, error);
  fts_close(tree);
  return ok;
}

static bool look_at_roots(Look *look, GError **error)
{
  g_autoptr(GPtrArray) roots = record_all(look->conn, &root_table, NULL, error);
  g_autoptr(GStrvBuilder) unreachable = g_strv_builder_new();
  for (guint i = 0; roots && i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    FileStat st;
    g_autoptr(GError) why = NULL;
    look->root = root;
    if (!root->enabled || root_is_one_off(root))
      continue;
    if (root->state == ROOT_FROZEN || !fs_stat(root->path, &st, &why)) {
      g_autofree char *line = g_strdup_printf("%s: %s", root->path, why ? why->message : "It is frozen.");
      g_strv_builder_add(unreachable, line);
    } else if (!look_at_root(look, error)) {
      return false;
    }
  }
  look->report->unreachable = g_strv_builder_end(unreachable);
  return roots != NULL;
}

/* --- jobs --- */

static bool make_job(const CleanupContext *context, Stray *stray, GError **error)
{
  FileStat st;
  if (!fs_stat(stray->path, &st, NULL))
    return true; /* gone meanwhile */
  CleanupPayload payload = {
      .root_id = stray->root_id, .path = stray->path, .size_bytes = st.size_bytes, .mtime_ns = st.mtime_ns, .inode = st.inode};
  g_autoptr(json_t) json = json_from_record(&payload_table, &payload, JSON_FULL);
  g_autoptr(Job) job = record_new(&job_table);
  g_free(job->kind);
  g_free(job->title);
  g_free(job->payload);
  job->kind = g_strdup("cleanup");
  job->title = g_strdup(stray->path);
  job->payload = json_text(json);
  job->waiting = g_strdup("Somebody must look at it first: released, it moves the file to the trash.");
  job->state = JOB_HELD;
  job->max_attempts = 1;
  job->root_id = stray->root_id;
  g_strfreev(job->needs);
  job->needs = g_strsplit("server", ",", -1);
  if (!queue_add(context->replace->queue, NULL, job, error))
    return false;
  stray->job = job->id;
  return true;
}

static bool make_jobs(const CleanupContext *context, CleanupReport *report, bool dry_run, GError **error)
{
  for (guint i = 0; i < report->found->len; i++) {
    Stray *stray = report->found->pdata[i];
    if (stray->kind != STRAY_FILE)
      continue;
    {
      g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
      if (!conn || !job_open(conn, "cleanup", stray->path, &stray->job, error))
        return false;
    }
    if (stray->job != FIELD_NULL_INT || dry_run)
      continue;
    if (!make_job(context, stray, error))
      return false;
    report->jobs_made += stray->job != FIELD_NULL_INT;
  }
  return true;
}

static bool look(const CleanupContext *context, int64_t min_age_h, Cancel *cancel, CleanupReport *report, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
  Look it = {.context = context,
             .conn = conn,
             .cancel = cancel,
             .changed_before_ms = clock_now_ms(context->replace->clock) - min_age_h * hour_ms,
             .report = report};
  return conn && look_at_roots(&it, error);
}

bool cleanup_scan(const CleanupContext *context, bool dry_run, int64_t min_age_h, Cancel *cancel, CleanupReport *ret_report,
                  GError **error)
{
  CleanupReport report = {.complete = true, .found = records_new(&stray_table)};
  int recovered = 0;
  bool ok = (dry_run || replace_recover(context->replace, context->probe, context->probe_data, &recovered, error)) &&
            look(context, min_age_h, cancel, &report, error) && make_jobs(context, &report, dry_run, error);
  report.recovered = recovered;
  record_clear(&cleanup_report_table, ok ? ret_report : &report);
  if (ok)
    *ret_report = report;
  return ok;
}

/* --- the released job --- */

static bool check_file(const CleanupPayload *payload, const Root *root, FileStat *ret_stat, GError **error)
{
  if (root->state == ROOT_FROZEN)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s is frozen: nothing in it is changed.", root->path);
  if (!fs_stat(payload->path, ret_stat, error))
    return false;
  if (!fs_is_inside(payload->path, root->path))
    return fail(error, REEVE_ERROR_DENIED, "%s leads out of the root %s.", payload->path, root->path);
  return (!ret_stat->is_directory && ret_stat->size_bytes == payload->size_bytes && ret_stat->mtime_ns == payload->mtime_ns &&
          ret_stat->inode == payload->inode) ||
         fail(error, REEVE_ERROR_CONFLICT, "%s is not what was found any more and is left alone.", payload->path);
}

/* A new directory of ours in the trash, on the file's own file system so that one rename moves it. The caller frees it. */
static char *make_place(const Root *root, int64_t job_id, const FileStat *file, GError **error)
{
  g_autofree char *trash = trash_directory(root);
  FsSpace space;
  if (!fs_space(trash, &space, error))
    return NULL;
  if (space.device != file->device) {
    g_free(trash);
    trash = g_build_filename(root->path, ".reeve-trash", NULL);
  }
  if (!fs_mkdirs(trash, 0700, error))
    return NULL;
  for (int n = 1; n <= PLACES_MAX; n++) {
    g_autofree char *name = g_strdup_printf("cleanup-%" G_GINT64_FORMAT "-%d", job_id, n);
    g_autofree char *place = g_build_filename(trash, name, NULL);
    g_autoptr(GError) why = NULL;
    if (fs_mkdir(place, 0700, &why))
      return fs_fsync_dir(trash, error) ? g_steal_pointer(&place) : NULL;
    if (reeve_error_code(why) != REEVE_ERROR_CONFLICT) {
      g_propagate_error(error, g_steal_pointer(&why));
      return NULL;
    }
  }
  fail(error, REEVE_ERROR_CONFLICT, "There is no free place in the trash %s.", trash);
  return NULL;
}

/* The row first: a crash behind it leaves an entry whose file is missing, never a file that no entry knows. */
static bool insert_entry(const CleanupContext *context, const LeaseRef *lease, TrashEntry *entry, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  return transaction && queue_check_lease_in(conn, lease, error) && record_insert(conn, &trash_table, entry, error) &&
         db_commit(transaction, error);
}

static void forget_entry(const CleanupContext *context, const TrashEntry *entry)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, &why);
  g_autofree char *directory = g_path_get_dirname(entry->trash_path);
  if (!conn || !record_delete(conn, &trash_table, entry->id, &why))
    g_warning("The trash entry %" G_GINT64_FORMAT " has no file and goes with the next purge: %s", entry->id, why->message);
  fs_rmdir(directory, NULL);
}

static bool move_to_trash(const CleanupContext *context, const LeaseRef *lease, const Root *root, const CleanupPayload *payload,
                          const FileStat *st, TrashEntry *entry, GError **error)
{
  g_autofree char *place = make_place(root, lease->job_id, st, error);
  if (!place)
    return false;
  g_autofree char *name = g_path_get_basename(payload->path);
  int64_t now_ms = clock_now_ms(context->replace->clock);
  int64_t days = root->trash_days == FIELD_NULL_INT || root->trash_days < 1 ? KEEP_DAYS : root->trash_days;
  entry->state = TRASH_KEPT;
  entry->root_id = root->id;
  entry->file_id = entry->replacement_id = FIELD_NULL_INT;
  g_free(entry->original_path);
  g_free(entry->trash_path);
  entry->original_path = g_strdup(payload->path);
  entry->trash_path = g_build_filename(place, name, NULL);
  entry->device = st->device;
  entry->inode = st->inode;
  entry->size_bytes = st->size_bytes;
  entry->mtime_ns = st->mtime_ns;
  entry->expires_at_ms = now_ms + days * day_ms;
  entry->created_at_ms = entry->updated_at_ms = now_ms;
  if (!insert_entry(context, lease, entry, error)) {
    fs_rmdir(place, NULL);
    return false;
  }
  failpoint("cleanup.noted");
  if (!fs_rename_new(payload->path, entry->trash_path, error)) {
    forget_entry(context, entry);
    return false;
  }
  return fs_fsync_dir(place, error) && fs_fsync_parent(payload->path, error);
}

static bool clean_up(const CleanupContext *context, const LeaseRef *lease, const CleanupPayload *payload, char **ret_report,
                     GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  {
    g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
    if (!conn || !record_get(conn, &root_table, payload->root_id, root, error))
      return false;
  }
  FileStat st;
  TrashEntry entry;
  record_init(&trash_table, &entry);
  bool ok = check_file(payload, root, &st, error) && move_to_trash(context, lease, root, payload, &st, &entry, error);
  if (ok) {
    g_autoptr(json_t) report = json_pack("{s:I, s:s}", "trash", (json_int_t)entry.id, "path", entry.trash_path);
    *ret_report = json_text(report);
  }
  record_clear(&trash_table, &entry);
  return ok;
}

bool execute_cleanup(JobRun *run, const char *order, void *context, char **ret_report, GError **error)
{
  CleanupPayload payload;
  record_init(&payload_table, &payload);
  g_autoptr(json_t) json = json_parse(order, strlen(order), error);
  bool ok = json && json_to_record(&payload_table, json, JSON_TRUSTED, &payload, NULL, error) &&
            clean_up(context, job_run_lease(run), &payload, ret_report, error);
  record_clear(&payload_table, &payload);
  return ok;
}
