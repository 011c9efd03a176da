/* `reeve root …`, `reeve profile list`: what belongs to the library. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/one_job.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "library/roots.h"
#include "store/record_sql.h"
#include "wire/json.h"
#include "worker/executors.h"

#include <inttypes.h>
#include <string.h>

static bool fill_root(const CommandContext *context, DbConn *conn, Root *root, GError **error)
{
  const char *profile_name = command_option(context, "profile"), *name = command_option(context, "name");
  if (!command_option_enum(context, "type", &root_type_table, ROOT_OTHER, &root->type, error))
    return false;
  if (profile_name) {
    g_autoptr(Profile) profile = session_profile(conn, profile_name, error);
    if (!profile)
      return false;
    root->profile_id = profile->id;
  }
  g_free(root->path);
  g_free(root->name);
  root->path = g_canonicalize_filename(context->arguments[0], NULL);
  root->name = name ? g_strdup(name) : g_path_get_basename(root->path);
  for (size_t i = 0; i < root_table.n_fields; i++)
    if (!field_check(&root_table.fields[i], root, error))
      return false;
  return true;
}

static bool run_add(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(Root) root = record_new(&root_table);
  if (!conn || !fill_root(context, conn, root, error) ||
      !root_add(conn, root, service_data_directory(service), clock_system(), error))
    return false;
  if (context->json)
    output_record(&root_table, root);
  else
    output_line("Root %" PRId64 " is %s. \"reeve root scan %" PRId64 "\" looks at what is in it.", root->id, root->path,
                root->id);
  return true;
}

/* Profiles' names by id. The caller frees it. */
static GHashTable *profile_names(DbConn *conn, GError **error)
{
  g_autoptr(GPtrArray) profiles = record_all(conn, &profile_table, NULL, error);
  if (!profiles)
    return NULL;
  GHashTable *names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
  for (guint i = 0; i < profiles->len; i++) {
    const Profile *profile = profiles->pdata[i];
    g_hash_table_insert(names, g_memdup2(&profile->id, sizeof profile->id), g_strdup(profile->name));
  }
  return names;
}

static void print_roots(const GPtrArray *roots, GHashTable *names)
{
  g_autoptr(Table) table = table_new();
  table_column(table, "ID", TABLE_RIGHT);
  table_column(table, "NAME", TABLE_LEFT);
  table_column(table, "STATE", TABLE_LEFT);
  table_column(table, "FILES", TABLE_RIGHT);
  table_column(table, "PROFILE", TABLE_LEFT);
  table_column(table, "SCANNED", TABLE_LEFT);
  table_column(table, "PATH", TABLE_LEFT);
  table_column(table, "REMARK", TABLE_LEFT);
  for (guint i = 0; i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    const char *profile = g_hash_table_lookup(names, &root->profile_id);
    g_autofree char *scanned = text_time(root->scanned_at_ms);
    bool frozen = root->state == ROOT_FROZEN;
    table_add(table, "%" PRId64, root->id);
    table_add(table, "%s", root->name);
    table_add_coloured(table, frozen ? COLOUR_RED : COLOUR_NONE, "%s",
                       frozen          ? "frozen"
                       : root->enabled ? "active"
                                       : "not scanned");
    table_add(table, "%" PRId64, root->file_count);
    table_add(table, "%s", profile ? profile : "–");
    table_add(table, "%s", scanned);
    table_add(table, "%s", root->path);
    table_add(table, "%s", root->frozen_reason ? root->frozen_reason : "");
  }
  table_print(table);
}

static bool run_list(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) roots = conn ? record_all(conn, &root_table, "path", error) : NULL;
  g_autoptr(GHashTable) names = roots ? profile_names(conn, error) : NULL;
  if (!names)
    return false;
  if (context->json)
    output_records(&root_table, roots);
  else
    print_roots(roots, names);
  if (roots->len == 0 && !context->json)
    output_remark(context, "There are no roots; \"reeve root add DIR\" makes one.");
  return true;
}

static bool fill_scan(Service *service, Job *job, void *user_data, GError **error)
{
  const CommandContext *context = user_data;
  g_autoptr(Root) root = record_new(&root_table);
  if (!session_root(service, context->arguments[0], root, error))
    return false;
  if (root->state == ROOT_FROZEN)
    return fail(error, REEVE_ERROR_CONFLICT,
                "The root %s is frozen: %s \"reeve root confirm %" PRId64 "\" accepts it as it is now.", root->path,
                root->frozen_reason ? root->frozen_reason : "", root->id);
  ScanPayload payload = {.root_id = root->id};
  g_autoptr(json_t) json = json_from_record(&scan_payload_table, &payload, JSON_FULL);
  g_free(job->kind);
  g_free(job->title);
  g_free(job->payload);
  job->kind = g_strdup("scan");
  job->title = g_strdup(root->path);
  job->payload = json_text(json);
  job->root_id = root->id;
  return true;
}

static void print_scanned(const Job *job, void *user_data)
{
  if (job->state != JOB_DONE)
    return;
  ScanProgress progress = {0};
  record_init(&scan_progress_table, &progress);
  const char *text = job->result ? job->result : "{}";
  g_autoptr(json_t) json = json_parse(text, strlen(text), NULL);
  if (json && json_to_record(&scan_progress_table, json, JSON_TRUSTED, &progress, NULL, NULL))
    output_line("%s: %" PRId64 " file%s, %" PRId64 " unchanged, %" PRId64 " probed, %" PRId64 " moved, %" PRId64
                " missing, %" PRId64 " could not be read",
                job->title, progress.found, text_plural(progress.found), progress.unchanged, progress.probed, progress.moved,
                progress.missing, progress.failed);
  record_clear(&scan_progress_table, &progress);
}

static bool run_scan(CommandContext *context, GError **error)
{
  return one_job_run(context, fill_scan, print_scanned, context, error);
}

static bool run_confirm(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(Root) root = record_new(&root_table);
  if (!service || !session_root(service, context->arguments[0], root, error) ||
      !root_confirm(service_scan(service), root->id, error))
    return false;
  output_remark(context, "The root %s is active; its next scan accepts what it finds.", root->path);
  return true;
}

static bool run_remove(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(Root) root = record_new(&root_table);
  if (!service || !session_root(service, context->arguments[0], root, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(service_db(service), error);
  if (!conn || !root_delete(conn, root->id, error))
    return false;
  output_remark(context, "The root %s is forgotten. Its files are where they were.", root->path);
  return true;
}

static bool run_profiles(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) profiles = conn ? record_all(conn, &profile_table, NULL, error) : NULL;
  if (!profiles)
    return false;
  if (context->json) {
    output_records(&profile_table, profiles);
    return true;
  }
  g_autoptr(Table) table = table_new();
  table_column(table, "NAME", TABLE_LEFT);
  table_column(table, "CODEC", TABLE_LEFT);
  table_column(table, "IN", TABLE_LEFT);
  table_column(table, "DESCRIPTION", TABLE_LEFT);
  for (guint i = 0; i < profiles->len; i++) {
    const Profile *profile = profiles->pdata[i];
    table_add(table, "%s", profile->name);
    table_add(table, "%s", enum_name(&video_codec_table, profile->codec));
    table_add(table, "%s", enum_name(&container_rule_table, profile->container));
    table_add(table, "%s", profile->description ? profile->description : "");
  }
  table_print(table);
  return true;
}

static const CommandOption add_options[] = {
    {"profile", "NAME", "What its files shall become unless told otherwise"},
    {"name", "TEXT", "What people call it [the directory's name]"},
    {"type", "movies|tv|anime|home-video|music-video|other", "What is in it [other]"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "root add",
     .arguments = "DIR",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = add_options,
     .run = run_add,
     .summary = "Make a directory part of the library"},
    {.words = "root list", .arguments = "", .run = run_list, .summary = "The directories of the library"},
    {.words = "root scan",
     .arguments = "ROOT",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_scan,
     .summary = "Look at what is new, changed, moved or gone; ROOT is a number, name or path"},
    {.words = "root confirm",
     .arguments = "ROOT",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_confirm,
     .summary = "Say that a frozen root is right as it is now"},
    {.words = "root remove",
     .arguments = "ROOT",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_remove,
     .summary = "Forget a root; its files stay where they are"},
    {.words = "profile list", .arguments = "", .run = run_profiles, .summary = "The profiles there are"},
};
const CommandSet root_commands = COMMAND_SET("Library", rows);
