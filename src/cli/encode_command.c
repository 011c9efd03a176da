/* `reeve encode`: single files through the same queue, the same checks and the same journal as a library. A file that no root
 * holds gets a root of its own that is never scanned. Test: the system tests. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/plan_command.h"
#include "cli/progress_bar.h"
#include "cli/session.h"
#include "library/roots.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>


/* One run of the command. */
typedef struct {
  CommandContext *context;
  Service *service;
  int64_t profile_id; /* FIELD_NULL_INT: each root's own */
  int priority;
  GArray *jobs; /* int64_t */
  size_t n_failed;
  GError *first;
} EncodeRun;

static void encode_run_clear(EncodeRun *run)
{
  g_clear_pointer(&run->service, service_close);
  g_clear_pointer(&run->jobs, g_array_unref);
  g_clear_error(&run->first);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EncodeRun, encode_run_clear)

static char *resolve_file(const char *argument, FileStat *ret_stat, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid(argument, -1);
  g_autofree char *path = realpath(argument, NULL); /* g_free and free are the same since GLib 2.46 */
  if (!path) {
    fail_errno(error, errno, "\"%s\" cannot be found", shown);
    return NULL;
  }
  if (!g_utf8_validate(path, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID, "\"%s\" has a name that is not valid UTF-8, which the library cannot keep; rename it first.",
         shown);
    return NULL;
  }
  if (!fs_stat(path, ret_stat, error))
    return NULL;
  if (ret_stat->is_directory) {
    fail(error, REEVE_ERROR_INVALID, "\"%s\" is a directory. Name files, or make it a root: reeve root add \"%s\".", shown,
         shown);
    return NULL;
  }
  return g_steal_pointer(&path);
}

static bool add_one_off_root(EncodeRun *run, DbConn *conn, const char *path, Root *root, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(path);
  if (fs_is_inside(directory, service_data_directory(run->service)))
    return fail(error, REEVE_ERROR_INVALID, "\"%s\" is in Reeve's own data directory.", path);
  g_free(root->path);
  g_free(root->name);
  root->path = g_steal_pointer(&directory);
  root->name = g_strdup(ROOT_ONE_OFF_NAME);
  root->enabled = root->recursive = false;
  /* It is never scanned, so it does no harm that the data directory lies below it. */
  return root_add(conn, root, NULL, clock_system(), error);
}

/* The row of a file in its root, made if there is none. */
static bool find_row(EncodeRun *run, const char *path, const FileStat *stat, int64_t *ret_file_id, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(service_db(run->service), error);
  g_autoptr(Root) root = record_new(&root_table);
  bool has_root = false;
  if (!conn || !root_of_path(conn, path, root, &has_root, error))
    return false;
  if (run->profile_id == FIELD_NULL_INT && root->profile_id == FIELD_NULL_INT)
    return fail(error, REEVE_ERROR_INVALID,
                "Say what \"%s\" shall become with --profile NAME; \"reeve profile list\" shows the names.", path);
  if (!has_root && !add_one_off_root(run, conn, path, root, error))
    return false;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(GError) why = NULL;
  if (record_find(conn, &file_table, "root_id = $1 AND path = $2", DB_ARGS(DB_INT(root->id), DB_TEXT(path)), file, &why)) {
    *ret_file_id = file->id;
    return true;
  }
  if (reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  g_free(file->path);
  file->path = g_strdup(path);
  file->root_id = root->id;
  file->state = FILE_NEW;
  file->size_bytes = stat->size_bytes;
  file->mtime_ns = stat->mtime_ns;
  file->inode = stat->inode;
  file->device = stat->device;
  file->link_count = stat->link_count;
  file->found_at_ms = file->updated_at_ms = clock_now_ms(clock_system());
  if (!record_insert(conn, &file_table, file, error))
    return false;
  *ret_file_id = file->id;
  return true;
}

/* Whether the scan could read it: its own words are better than the queue's refusal. */
static bool check_readable(EncodeRun *run, int64_t file_id, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(service_db(run->service), error);
  g_autoptr(LibraryFile) file = record_new(&file_table);
  if (!conn || !record_get(conn, &file_table, file_id, file, error))
    return false;
  return file->state != FILE_FAILED || fail(error, REEVE_ERROR_CORRUPT, "%s", file->error ? file->error : "The file is damaged.");
}

static bool enqueue(EncodeRun *run, const char *argument, GError **error)
{
  FileStat stat;
  int64_t file_id;
  g_autofree char *path = resolve_file(argument, &stat, error);
  if (!path || !find_row(run, path, &stat, &file_id, error) || !scan_file(service_scan(run->service), file_id, error) ||
      !check_readable(run, file_id, error))
    return false;
  TranscodeRequest request = {
      .file_ids = &file_id,
      .n_files = 1,
      .root_id = FIELD_NULL_INT,
      .profile_id = run->profile_id,
      .priority = run->priority,
      .force = command_option(run->context, "force") != NULL,
  };
  g_autoptr(GArray) ids = transcode_enqueue(service_desk(run->service), &request, error);
  if (!ids)
    return false;
  int64_t id = g_array_index(ids, int64_t, 0);
  for (guint i = 0; i < run->jobs->len; i++)
    if (g_array_index(run->jobs, int64_t, i) == id)
      return true; /* the same file was named twice */
  g_array_append_val(run->jobs, id);
  return true;
}

static void enqueue_all(EncodeRun *run, Cancel *interrupt)
{
  for (char **argument = run->context->arguments; *argument && !cancel_is_set(interrupt); argument++) {
    g_autoptr(GError) why = NULL;
    if (enqueue(run, *argument, &why))
      continue;
    run->n_failed++;
    if (run->context->json)
      output_json(output_file_json(*argument, NULL, NULL, why));
    if (run->context->arguments[1])
      output_remark(run->context, "reeve: %s", why->message);
    if (!run->first)
      run->first = g_steal_pointer(&why);
  }
}

static bool find_profile(EncodeRun *run, GError **error)
{
  const char *name = command_option(run->context, "profile");
  run->profile_id = FIELD_NULL_INT;
  if (!name)
    return true;
  g_autoptr(DbConn) conn = db_acquire(service_db(run->service), error);
  g_autoptr(Profile) profile = conn ? session_profile(conn, name, error) : NULL;
  if (profile)
    run->profile_id = profile->id;
  return profile != NULL;
}

/* Nothing is put into the queue if nothing here could ever do it. */
static bool await_encoders(EncodeRun *run, Cancel *interrupt, GError **error)
{
  g_autoptr(ProgressBar) bar = progress_bar_new(stderr, run->context->terminal);
  progress_bar_show(bar, -1, "Trying encoders…");
  return abilities_wait(service_abilities(run->service), interrupt, error) != NULL;
}

static bool print_detached(EncodeRun *run)
{
  for (guint i = 0; i < run->jobs->len; i++) {
    int64_t id = g_array_index(run->jobs, int64_t, i);
    if (run->context->json)
      output_json(json_pack("{s:I}", "job", (json_int_t)id));
    else
      output_line("Job %" PRId64 " is in the queue.", id);
  }
  return true;
}

static bool end(EncodeRun *run, GError **error)
{
  if (!run->first)
    return true;
  size_t n = g_strv_length(run->context->arguments);
  if (n == 1)
    return fail(error, reeve_error_code(run->first), "%s", run->first->message);
  return fail(error, reeve_error_code(run->first), "%zu of %zu files could not be put into the queue.", run->n_failed, n);
}

static bool run_encode(CommandContext *context, GError **error)
{
  if (command_option(context, "dry-run"))
    return plan_arguments(context, error);
  session_ignore_broken_pipes();
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_auto(EncodeRun) run = {.context = context, .jobs = g_array_new(FALSE, FALSE, sizeof(int64_t))};
  bool is_server = false, detach = command_option(context, "detach") != NULL;
  int n_files = (int)g_strv_length(context->arguments);
  int slots = MIN(MAX((int)context->config.encode_slots, 1), n_files);
  if (!command_option_enum(context, "priority", &job_priority_table, PRIORITY_HIGH, &run.priority, error))
    return false;
  run.service = session_open_for_work(&context->config, slots, &is_server, error);
  if (!run.service || !find_profile(&run, error))
    return false;
  if (is_server && !detach && !await_encoders(&run, interrupt_cancel(interrupt), error))
    return false;
  if (!is_server)
    output_remark(context, "A server runs on %s and does the work.", service_data_directory(run.service));
  enqueue_all(&run, interrupt_cancel(interrupt));
  if (detach)
    return print_detached(&run) && end(&run, error);
  if (run.jobs->len == 0)
    return run.first ? end(&run, error) : cancel_check(interrupt_cancel(interrupt), error);
  if (is_server && !service_start_work(run.service, error))
    return false;
  FollowParams follow = {.context = context, .service = run.service, .interrupt = interrupt_cancel(interrupt)};
  return follow_jobs(&follow, run.jobs, error) && end(&run, error);
}

static const CommandOption options[] = {
    {"profile", "NAME", "What the files shall become; without it the profile of the root that holds them"},
    {"force", NULL, "Encode whatever the file's size, age, codec and earlier verdicts; never against safety"},
    {"priority", "low|normal|high|webhook", "Place in the queue [high]"},
    {"detach", NULL, "Put the files into the queue and do not wait"},
    {"dry-run", NULL, "Only show what would be done, as \"reeve plan\" does"},
    {"verbose", NULL, "With --dry-run: also the command lines"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "encode",
     .arguments = "FILE…",
     .min_arguments = 1,
     .max_arguments = -1,
     .options = options,
     .run = run_encode,
     .summary = "Encode files, verify them and put them in the originals' place; the originals go to the trash",
     .details =
         "Through the queue of the server on the data directory if one runs there, else done here. Ctrl-C cancels the jobs and\n"
         "waits until nothing is left half done. A file that is not worth it is skipped with the reason, which is no failure.\n"
         "\"reeve undo\" brings an original back. With --json the jobs, one object a line as they end."},
};
const CommandSet encode_commands = COMMAND_SET("Work", rows);
