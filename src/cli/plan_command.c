/* `reeve plan`: what would be done to files and why. With a database its profiles, roots, verdicts and what searches found count;
 * without one the profiles that a new database would get. Test: the system tests. */
#include "cli/plan_command.h"

#include "base/error.h"
#include "base/number.h"
#include "cli/capability_cache.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/session.h"
#include "encode/plan.h"
#include "library/roots.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "transcode/remember.h"

#include <string.h>

static const char preset_profile[] = "hevc";

/* What plans depend on besides the file. */
typedef struct {
  const CommandContext *context;
  Db *db;       /* NULL: none */
  DbConn *conn; /* of db */
  GPtrArray *profiles;
  const Profile *asked; /* by --profile; NULL: the root's, else the preset one */
  CapabilitySet *capabilities;
  ProgressBar *bar;
  GPtrArray *blocks; /* Block */
  int64_t n_encode, n_skip, n_refuse, n_failed, before_bytes, after_bytes;
  GError *first; /* of the files that could not be read */
} PlanRun;

/* One file's plan as text, kept until all are there and can be sorted. */
typedef struct {
  char *path, *text;
} Block;

static void block_free(void *data)
{
  Block *block = data;
  g_free(block->path);
  g_free(block->text);
  g_free(block);
}

static void plan_run_clear(PlanRun *run)
{
  g_clear_pointer(&run->conn, db_release);
  g_clear_pointer(&run->db, db_close);
  g_clear_pointer(&run->profiles, g_ptr_array_unref);
  g_clear_pointer(&run->capabilities, capability_set_free);
  g_clear_pointer(&run->bar, progress_bar_free);
  g_clear_pointer(&run->blocks, g_ptr_array_unref);
  g_clear_error(&run->first);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PlanRun, plan_run_clear)

/* Uses the database if there is one that this version can read; looking makes and upgrades none. */
static bool open_database(PlanRun *run, GError **error)
{
  const Config *config = &run->context->config;
  g_autofree char *path = NULL;
  bool sqlite = config_is_sqlite(config, &path);
  if (sqlite && !fs_exists(path))
    return true;
  g_autofree char *url = sqlite ? g_strconcat("sqlite:", path, NULL) : g_strdup(config->database);
  int current, newest;
  run->db = db_open(&(DbParams){.url = url, .connections = 1, .share = true}, error);
  if (!run->db || !migrate_status(run->db, &current, &newest, error))
    return false;
  if (current != newest) {
    output_remark(run->context, "The database is of an older version and is not used; \"reeve db migrate\" would upgrade it.");
    g_clear_pointer(&run->db, db_close);
    return true;
  }
  run->conn = db_acquire(run->db, error);
  return run->conn != NULL;
}

static bool load_profiles(PlanRun *run, GError **error)
{
  run->profiles = run->conn ? record_all(run->conn, &profile_table, NULL, error) : profile_seeds();
  if (!run->profiles)
    return false;
  const char *name = command_option(run->context, "profile");
  if (!name)
    return true;
  run->asked = profile_by_name(run->profiles, name, error);
  return run->asked != NULL;
}

/* The profile for a file: the one asked for, its root's, or the preset one. */
static const Profile *profile_for(const PlanRun *run, const Root *root, GError **error)
{
  if (run->asked)
    return run->asked;
  for (guint i = 0; root && i < run->profiles->len; i++)
    if (((const Profile *)run->profiles->pdata[i])->id == root->profile_id)
      return run->profiles->pdata[i];
  return profile_by_name(run->profiles, preset_profile, error);
}

/* What the database knows about a file. */
typedef struct {
  Root root;
  bool has_root;
  char *fingerprint; /* NULL without a database */
  Verdict verdict;
  bool has_verdict;
} Known;

static void known_clear(Known *known)
{
  record_clear(&root_table, &known->root);
  record_clear(&verdict_table, &known->verdict);
  g_free(known->fingerprint);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Known, known_clear)

static bool look_up(PlanRun *run, const char *path, Known *known, const Profile **ret_profile, GError **error)
{
  record_init(&root_table, &known->root);
  record_init(&verdict_table, &known->verdict);
  if (run->conn && !root_of_path(run->conn, path, &known->root, &known->has_root, error))
    return false;
  const Profile *profile = profile_for(run, known->has_root ? &known->root : NULL, error);
  if (!profile)
    return false;
  *ret_profile = profile;
  if (!run->conn)
    return true;
  known->fingerprint = fs_fingerprint(path, error);
  return known->fingerprint &&
         (command_option(run->context, "force") || verdict_find(run->conn, known->fingerprint, profile->id, profile->version,
                                                                &known->verdict, &known->has_verdict, error));
}

/* The plan by what an earlier search found, or the one there is, which is taken over. NULL on error. */
static EncodePlan *plan_by_memory(const PlanRun *run, const char *fingerprint, const PlanInput *input, EncodePlan *plan,
                                  GError **error)
{
  const SoughtQuality sought = {
      .fingerprint = fingerprint, .profile = input->profile, .plan = plan, .capabilities = input->capabilities};
  QualityFound found;
  bool known = false, ok = quality_recall(run->conn, &sought, clock_now_ms(clock_system()), &found, &known, error);
  if (ok && !known)
    return plan;
  encode_plan_free(plan);
  PlanInput again = *input;
  again.found = &found;
  return ok ? encode_plan(&again) : NULL;
}

static EncodePlan *make_plan(PlanRun *run, const char *path, const MediaInfo *media, const Profile **ret_profile, GError **error)
{
  FileStat stat;
  g_auto(Known) known = {0};
  EncodePlan *plan = NULL;
  if (fs_stat(path, &stat, error) && look_up(run, path, &known, ret_profile, error)) {
    g_autofree char *name = g_path_get_basename(path);
    PlanInput input = {
        .media = media,
        .profile = *ret_profile,
        .capabilities = run->capabilities,
        .file_name = name,
        .age_s = MAX(0, clock_now_ms(clock_system()) - stat.mtime_ns / 1000000) / 1000,
        .link_count = stat.link_count,
        .links_allowed = known.has_root && known.root.link_policy != LINKS_SKIP,
        .tried_before = known.has_verdict,
        .tried_reason = known.has_verdict ? known.verdict.reason : NULL,
        .force = command_option(run->context, "force") != NULL,
    };
    plan = encode_plan(&input);
    if (plan->searches && run->conn)
      plan = plan_by_memory(run, known.fingerprint, &input, plan, error);
  }
  return plan;
}

G_GNUC_PRINTF(3, 4) static void append_line(GString *text, Colour colour, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *raw = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *line = text_escape(raw);
  if (!text_coloured(stdout))
    colour = COLOUR_NONE;
  g_string_append_printf(text, "%s%s%s\n", colour_start(colour), line, colour_end(colour));
}

static void append_action(GString *text, const StreamAction *action)
{
  g_autofree char *codecs = NULL;
  if (action->action == ACTION_KEEP || !action->to_codec)
    codecs = g_strdup(action->from_codec ? action->from_codec : "");
  else
    codecs = g_strdup_printf("%s → %s", action->from_codec ? action->from_codec : "?", action->to_codec);
  g_autofree char *language = action->language ? g_strconcat(" ", action->language, NULL) : g_strdup("");
  append_line(text, action->action == ACTION_DROP ? COLOUR_YELLOW : COLOUR_NONE, "  #%-3" G_GINT64_FORMAT "%-11s%-8s %s%s%s%s",
              action->source_index, enum_name(&stream_type_table, action->type), enum_name(&stream_action_table, action->action),
              codecs, language, action->reason && *action->reason ? ": " : "", action->reason ? action->reason : "");
}

static void append_size(GString *text, const MediaInfo *media, const EncodePlan *plan)
{
  if (plan->predicted_bytes == FIELD_NULL_INT)
    return;
  g_autofree char *before = format_size(media->size_bytes);
  g_autofree char *after = format_size(plan->predicted_bytes);
  g_autofree char *min = format_size(plan->predicted_min_bytes);
  g_autofree char *max = format_size(plan->predicted_max_bytes);
  g_autofree char *change = text_change(media->size_bytes, plan->predicted_bytes);
  append_line(text, COLOUR_NONE, "  %s → about %s (%s), between %s and %s", before, after, change, min, max);
}

static char *quote(const char *argument)
{
  bool plain =
      *argument && argument[strspn(argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./%@")] == '\0';
  return plain ? g_strdup(argument) : g_shell_quote(argument);
}

/* As they could be typed, with names for the output and for temporary files that are made up. */
static void append_commands(GString *text, const Config *config, const char *path, const EncodePlan *plan)
{
  const char *program = plan->engine == ENGINE_FFMPEG ? config->ffmpeg : config->handbrake;
  g_autofree char *output = g_strconcat("OUTPUT", plan->extension ? plan->extension : "", NULL);
  for (guint i = 0; plan->commands && i < plan->commands->len; i++) {
    g_auto(GStrv) argv = encode_command(plan, i, program, path, output, "PASSLOG");
    g_autoptr(GString) line = g_string_new("  $");
    for (char **argument = argv; *argument; argument++) {
      g_autofree char *quoted = quote(*argument);
      g_string_append_printf(line, " %s", quoted);
    }
    append_line(text, COLOUR_DIM, "%s", line->str);
  }
}

static char *plan_text(const PlanRun *run, const char *path, const MediaInfo *media, const Profile *profile,
                       const EncodePlan *plan)
{
  static const Colour colours[] = {[PLAN_ENCODE] = COLOUR_GREEN, [PLAN_SKIP] = COLOUR_NONE, [PLAN_REFUSE] = COLOUR_YELLOW};
  GString *text = g_string_new(NULL);
  append_line(text, COLOUR_BOLD, "%s", path);
  append_line(text, colours[plan->decision], "  %s by profile %s: %s", enum_name(&plan_decision_table, plan->decision),
              profile->name, plan->reason ? plan->reason : "");
  for (guint i = 0; plan->decision == PLAN_ENCODE && plan->actions && i < plan->actions->len; i++)
    append_action(text, plan->actions->pdata[i]);
  if (plan->decision == PLAN_ENCODE)
    append_size(text, media, plan);
  for (char **warning = plan->warnings; warning && *warning; warning++)
    append_line(text, COLOUR_YELLOW, "  note: %s", *warning);
  if (command_option(run->context, "verbose"))
    append_commands(text, &run->context->config, path, plan);
  return g_string_free(text, FALSE);
}

static void count(PlanRun *run, const MediaInfo *media, const EncodePlan *plan)
{
  run->n_encode += plan->decision == PLAN_ENCODE;
  run->n_skip += plan->decision == PLAN_SKIP;
  run->n_refuse += plan->decision == PLAN_REFUSE;
  if (plan->decision == PLAN_ENCODE && plan->predicted_bytes != FIELD_NULL_INT) {
    run->before_bytes += media->size_bytes;
    run->after_bytes += plan->predicted_bytes;
  }
}

static bool on_file(const char *path, const MediaInfo *media, const GError *unreadable, void *user_data)
{
  PlanRun *run = user_data;
  g_autoptr(GError) why = unreadable ? g_error_copy(unreadable) : NULL;
  const Profile *profile = NULL;
  g_autoptr(EncodePlan) plan = media ? make_plan(run, path, media, &profile, &why) : NULL;
  if (run->context->json) {
    output_json(output_file_json(path, &encode_plan_table, plan, why));
  } else {
    Block *block = g_new0(Block, 1);
    block->path = g_strdup(path);
    if (plan) {
      block->text = plan_text(run, path, media, profile, plan);
    } else {
      GString *text = g_string_new(NULL);
      append_line(text, COLOUR_BOLD, "%s", path);
      append_line(text, COLOUR_RED, "  cannot be planned: %s", why->message);
      block->text = g_string_free(text, FALSE);
    }
    g_ptr_array_add(run->blocks, block);
  }
  if (plan)
    count(run, media, plan);
  run->n_failed += why != NULL;
  if (why && !run->first)
    run->first = g_steal_pointer(&why);
  return true;
}

static int compare_blocks(const void *a, const void *b)
{
  return strcmp((*(Block *const *)a)->path, (*(Block *const *)b)->path);
}

static void print_blocks(PlanRun *run)
{
  g_ptr_array_sort(run->blocks, compare_blocks);
  for (guint i = 0; i < run->blocks->len; i++)
    printf("%s%s", i ? "\n" : "", ((const Block *)run->blocks->pdata[i])->text);
  if (run->context->json || run->blocks->len < 2) {
    if (!run->context->json && run->blocks->len == 0)
      output_line("No videos were found.");
    return;
  }
  g_autofree char *before = format_size(run->before_bytes);
  g_autofree char *after = format_size(run->after_bytes);
  output_line("%s", "");
  output_line("%" G_GINT64_FORMAT " to encode, %" G_GINT64_FORMAT " left alone, %" G_GINT64_FORMAT " refused, %" G_GINT64_FORMAT
              " unreadable%s%s%s%s",
              run->n_encode, run->n_skip, run->n_refuse, run->n_failed, run->n_encode ? "; " : "", run->n_encode ? before : "",
              run->n_encode ? " → about " : "", run->n_encode ? after : "");
}

static void on_progress(const ScanProgress *progress, void *user_data)
{
  PlanRun *run = user_data;
  progress_bar_show(run->bar, -1, "%" G_GINT64_FORMAT " files found, %" G_GINT64_FORMAT " probed", progress->found,
                    progress->probed);
}

static void on_message(const char *level, const char *message, void *user_data)
{
  PlanRun *run = user_data;
  progress_bar_wipe(run->bar);
  output_remark(run->context, "%s", message);
}

static void on_trial(void *user_data)
{
  progress_bar_show(((PlanRun *)user_data)->bar, -1, "Trying encoders…");
}

bool plan_arguments(CommandContext *context, GError **error)
{
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_auto(PlanRun) run = {.context = context};
  run.bar = progress_bar_new(stderr, context->terminal);
  run.blocks = g_ptr_array_new_with_free_func(block_free);
  if (!open_database(&run, error) || !load_profiles(&run, error))
    return false;
  run.capabilities =
      capability_recall(context->config.ffmpeg, context->config.handbrake, interrupt_cancel(interrupt), on_trial, &run, error);
  progress_bar_wipe(run.bar);
  if (!run.capabilities)
    return false;
  int threads =
      context->config.settings.scan_threads > 0 ? (int)context->config.settings.scan_threads : (int)g_get_num_processors();
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = threads});
  ScanWatch watch = {
      .cancel = interrupt_cancel(interrupt), .on_progress = on_progress, .on_message = on_message, .user_data = &run};
  if (!scan_paths(pool, (const char *const *)context->arguments, threads, &watch, on_file, &run, NULL, error))
    return false;
  progress_bar_wipe(run.bar);
  print_blocks(&run);
  if (!run.first)
    return true;
  if (run.n_failed == 1 && run.n_encode + run.n_skip + run.n_refuse == 0)
    return fail(error, reeve_error_code(run.first), "%s", run.first->message);
  /* In a directory a broken file is a finding. */
  return true;
}

static const CommandOption options[] = {
    {"profile", "NAME", "Profile to plan with; without it the root's own, else hevc"},
    {"force", NULL, "Plan as if size, age, codec and earlier verdicts did not matter"},
    {"verbose", NULL, "Also the command lines"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "plan",
     .arguments = "FILE|DIR…",
     .min_arguments = 1,
     .max_arguments = -1,
     .options = options,
     .run = plan_arguments,
     .summary = "What would be done to each stream and why, and the size to expect; changes nothing",
     .details = "Needs no server and no database; if the data directory has one, its profiles, roots, earlier verdicts and the\n"
                "qualities that were found count. With --json one object a line: the path and the plan, or an error."},
};
const CommandSet plan_commands = COMMAND_SET(NULL, rows);
