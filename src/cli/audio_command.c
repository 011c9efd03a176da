/* `reeve audio`: the right default audio track, shown, planned and set in the file itself, without a server. Test:
 * tests/system/audio.test.ts */
#include "audio/look.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/table.h"
#include "container/edit_commit.h"
#include "container/edit_journal_file.h"
#include "container/track_edit.h"
#include "library/walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One run of the command. */
typedef struct {
  CommandContext *context;
  AudioPolicy *policy;
  const char *original;
  bool writes;
  EditJournal *journal;
  GHashTable *recovered; /* directories that were looked through for interrupted edits */
} AudioRun;

static void audio_run_clear(AudioRun *run)
{
  g_clear_pointer(&run->policy, audio_policy_free);
  g_clear_pointer(&run->journal, edit_journal_file_free);
  g_clear_pointer(&run->recovered, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AudioRun, audio_run_clear)

static char **words_of(const char *text)
{
  g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (char **word = words; *word; word++)
    if (*g_strstrip(*word))
      g_strv_builder_add(builder, *word);
  return g_strv_builder_end(builder);
}

static bool check_policy(const AudioRun *run, GError **error)
{
  g_autoptr(GPtrArray) problems = field_errors_new();
  if (!audio_policy_check(run->policy, problems)) {
    const FieldError *first = problems->pdata[0];
    return fail(error, REEVE_ERROR_INVALID, "--%s", first->message);
  }
  if (run->policy->languages[0] || run->original)
    return true;
  return fail(
      error, REEVE_ERROR_INVALID,
      "Say which languages you want, in order: --languages fra,eng. What the film was made in goes first with --original.");
}

static bool run_init(AudioRun *run, CommandContext *context, bool writes, GError **error)
{
  *run = (AudioRun){.context = context, .writes = writes && !command_option(context, "dry-run")};
  run->policy = record_new(&audio_policy_table);
  run->original = command_option(context, "original");
  g_strfreev(run->policy->languages);
  g_strfreev(run->policy->subtitle_languages);
  run->policy->languages = words_of(command_option(context, "languages"));
  run->policy->subtitle_languages = words_of(command_option(context, "subtitle-languages"));
  run->policy->prefer_original = true;
  run->journal = edit_journal_file_new(NULL);
  run->recovered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return command_option_enum(context, "subtitles", &subtitle_flags_rule_table, run->policy->subtitles, &run->policy->subtitles,
                             error) &&
         command_option_enum(context, "commentary", &commentary_rule_table, run->policy->commentary, &run->policy->commentary,
                             error) &&
         check_policy(run, error);
}

static void tell_recovery(const char *path, EditRecovery recovery, const GError *error, void *user_data)
{
  const AudioRun *run = user_data;
  if (error)
    output_remark(run->context, "reeve: An interrupted edit of \"%s\" could not be sorted out: %s", path, error->message);
  else if (recovery != EDIT_WAS_UNTOUCHED)
    output_remark(run->context, "reeve: An interrupted edit of \"%s\" was %s.", path,
                  recovery == EDIT_WAS_FINISHED ? "complete" : "put back");
}

/* Edits that were interrupted here are made whole before anything new is written. */
static bool recover_beside(AudioRun *run, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(path);
  if (g_hash_table_contains(run->recovered, directory))
    return true;
  if (!edit_journal_file_recover(directory, tell_recovery, run, error))
    return false;
  g_hash_table_add(run->recovered, g_steal_pointer(&directory));
  return true;
}

static bool carry_out(AudioRun *run, const char *path, const EditPlan *plan, AudioResult *result, GError **error)
{
  EditOutcome outcome;
  if (!edit_commit(path, plan, run->journal, &outcome, error))
    return false;
  if (outcome == EDIT_REFUSED_LINKED)
    audio_result_set(result, AUDIO_LINKED,
                     "The file has other names (hard links), whose content would change along: it is left alone. Break the link "
                     "by copying the file first.");
  else
    audio_result_set(result, AUDIO_EDITED, NULL);
  return true;
}

static bool handle_file(AudioRun *run, const char *path, AudioResult *result, GError **error)
{
  if (run->writes && !recover_beside(run, path, error))
    return false;
  const AudioWish wish = {.policy = run->policy, .original = run->original, .original_source = ORIGINAL_FROM_PERSON};
  g_auto(AudioLook) look = {0};
  if (!audio_look(path, &wish, &look, error))
    return false;
  record_clear(&audio_result_table, result);
  record_copy(&audio_result_table, &look.result, result);
  return !run->writes || result->outcome != AUDIO_EDIT || carry_out(run, path, look.plan, result, error);
}

static void print_result(const char *path, const AudioResult *result)
{
  static const Colour colours[] = {
      [AUDIO_EDIT] = COLOUR_YELLOW, [AUDIO_EDITED] = COLOUR_GREEN, [AUDIO_REMUX] = COLOUR_RED, [AUDIO_LINKED] = COLOUR_RED};
  output_coloured(COLOUR_BOLD, "%s", path);
  output_coloured(result->outcome < (int)G_N_ELEMENTS(colours) ? colours[result->outcome] : COLOUR_NONE, "  %s",
                  enum_name(&audio_outcome_table, result->outcome));
  output_line("  %s", result->reason);
}

/* Files one by one; a failure does not stop the others, and the first decides the exit code. */
static bool run_files(CommandContext *context, char *const *files, bool writes, GError **error)
{
  g_auto(AudioRun) run = {0};
  if (!run_init(&run, context, writes, error))
    return false;
  g_autoptr(GError) first = NULL;
  size_t n_failed = 0, n = g_strv_length((char **)files);
  for (size_t i = 0; i < n; i++) {
    g_autoptr(GError) why = NULL;
    g_autofree char *path = realpath(files[i], NULL); /* g_free and free are the same since GLib 2.46 */
    AudioResult result = {0};
    record_init(&audio_result_table, &result);
    if (!path)
      fail_errno(&why, errno, "\"%s\" cannot be found", files[i]);
    else if (handle_file(&run, path, &result, &why) && run.writes && result.outcome != AUDIO_KEEP &&
             result.outcome != AUDIO_EDITED)
      fail(&why, REEVE_ERROR_CONFLICT, "\"%s\" was not changed: %s", path, result.reason);
    bool is_told = !why || reeve_error_code(why) == REEVE_ERROR_CONFLICT;
    if (context->json)
      output_json(output_file_json(files[i], &audio_result_table, &result, why));
    else if (is_told && result.reason && *result.reason)
      print_result(files[i], &result);
    if (why) {
      n_failed++;
      if (n > 1)
        output_remark(context, "reeve: %s", why->message);
      if (!first)
        first = g_steal_pointer(&why);
    }
    record_clear(&audio_result_table, &result);
  }
  if (!first)
    return true;
  if (n > 1)
    return fail(error, reeve_error_code(first), "%zu of %zu files are not as wanted.", n_failed, n);
  g_propagate_error(error, g_steal_pointer(&first));
  return false;
}

static bool run_plan(CommandContext *context, GError **error)
{
  return run_files(context, context->arguments, false, error);
}

static bool run_apply(CommandContext *context, GError **error)
{
  return run_files(context, context->arguments, true, error);
}

/* --- directories --- */

typedef struct {
  GMutex lock; /* the walk has several threads */
  GPtrArray *paths;
} Found;

static void take_directory(const WalkDirectory *directory, void *user_data)
{
  Found *found = user_data;
  g_mutex_lock(&found->lock);
  for (size_t i = 0; i < directory->n_files; i++)
    g_ptr_array_add(found->paths, walk_join(directory->path, directory->files[i].name));
  g_mutex_unlock(&found->lock);
}

static void tell_trouble(WalkTrouble trouble, const char *path, int saved_errno, void *user_data)
{
  if (trouble == WALK_UNREADABLE)
    g_warning("\"%s\" cannot be read: %s", path, g_strerror(saved_errno));
}

/* Which formats can be edited, by their names; others would only be told to be none. */
static bool can_be_edited(const char *path)
{
  static const char *const endings[] = {".mkv", ".webm", ".mp4", ".m4v", ".mov"};
  g_autofree char *folded = g_ascii_strdown(path, -1);
  for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
    if (g_str_has_suffix(folded, endings[i]))
      return true;
  return false;
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The films of a directory, with what is below it if that is asked for, in the order of their paths. NULL on error. */
static char **films_of(const CommandContext *context, const char *argument, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table); /* with the default rules */
  g_autofree char *path = realpath(argument, NULL);
  if (!path) {
    fail_errno(error, errno, "\"%s\" cannot be found", argument);
    return NULL;
  }
  g_free(root->path);
  root->path = g_strdup(path);
  root->recursive = command_option(context, "recursive") != NULL;
  Found found = {.paths = g_ptr_array_new_with_free_func(g_free)};
  g_mutex_init(&found.lock);
  WalkParams params = {
      .root = root, .threads = 2, .on_directory = take_directory, .on_trouble = tell_trouble, .user_data = &found};
  bool ok = walk_tree(&params, error);
  g_mutex_clear(&found.lock);
  g_ptr_array_sort(found.paths, compare_paths);
  g_autoptr(GStrvBuilder) films = g_strv_builder_new();
  for (guint i = 0; i < found.paths->len; i++)
    if (can_be_edited(found.paths->pdata[i]))
      g_strv_builder_add(films, found.paths->pdata[i]);
  g_ptr_array_unref(found.paths);
  return ok ? g_strv_builder_end(films) : NULL;
}

static bool run_scan(CommandContext *context, GError **error)
{
  g_auto(GStrv) films = films_of(context, context->arguments[0], error);
  if (!films)
    return false;
  if (!films[0])
    output_remark(context, "There is no Matroska or MP4 file%s.",
                  command_option(context, "recursive") ? "" : " in this very directory; --recursive looks below it");
  return run_files(context, films, true, error);
}

static void print_tracks(const char *path, const TrackList *list)
{
  output_coloured(COLOUR_BOLD, "%s", path);
  g_autoptr(Table) table = table_new();
  table_column(table, "TRACK", TABLE_RIGHT);
  table_column(table, "TYPE", TABLE_LEFT);
  table_column(table, "CODEC", TABLE_LEFT);
  table_column(table, "LANGUAGE", TABLE_LEFT);
  table_column(table, "CHANNELS", TABLE_RIGHT);
  table_column(table, "FLAGS", TABLE_LEFT);
  table_column(table, "NAME", TABLE_LEFT);
  for (guint i = 0; i < list->tracks->len; i++) {
    const Track *track = list->tracks->pdata[i];
    g_autoptr(GString) flags = g_string_new(NULL);
    for (int flag = 0; flag < TRACK_N_FLAGS; flag++)
      if (track_flag(track, (TrackFlag)flag))
        g_string_append_printf(flags, "%s%s", flags->len ? ", " : "", track_flag_label((TrackFlag)flag));
    table_add(table, "%u", i + 1);
    table_add(table, "%s", enum_name(&track_type_table, track->type));
    table_add(table, "%s", track->codec ? track->codec : "");
    table_add(table, "%s", track->language_tag ? track->language_tag : track->language ? track->language : "");
    if (track->channels == FIELD_NULL_INT)
      table_add(table, "%s", "");
    else
      table_add(table, "%" PRId64, track->channels);
    table_add(table, "%s", flags->str);
    table_add(table, "%s", track->name ? track->name : "");
  }
  table_print(table);
}

static bool run_show(CommandContext *context, GError **error)
{
  g_autoptr(GError) first = NULL;
  for (char **path = context->arguments; *path; path++) {
    g_autoptr(GError) why = NULL;
    g_autofree char *resolved = realpath(*path, NULL);
    g_autoptr(TrackList) list = resolved ? tracks_read(resolved, &why) : NULL;
    if (!resolved)
      fail_errno(&why, errno, "\"%s\" cannot be found", *path);
    if (context->json)
      output_json(output_file_json(*path, &track_list_table, list, why));
    else if (list)
      print_tracks(*path, list);
    if (why && context->arguments[1])
      output_remark(context, "reeve: %s", why->message);
    if (why && !first)
      first = g_steal_pointer(&why);
  }
  if (!first)
    return true;
  g_propagate_error(error, g_steal_pointer(&first));
  return false;
}

#define POLICY_OPTIONS                                                                                                           \
  {"languages", "fra,eng", "languages you want, the best first"},                                                                \
      {"original", "LANGUAGE", "what the film was made in: goes before the others"},                                             \
      {"commentary", "avoid|last", "whether a commentary may be chosen where nothing else is in the language"},                  \
      {"subtitles", "off|forced-only|by-language", "what becomes of the subtitles' flags"},                                      \
  {                                                                                                                              \
    "subtitle-languages", "eng,deu", "what you read, for --subtitles by-language"                                                \
  }

static const CommandOption plan_options[] = {POLICY_OPTIONS, {0}};
static const CommandOption apply_options[] = {POLICY_OPTIONS, {"dry-run", NULL, "as plan: nothing is written"}, {0}};

static const CommandOption scan_options[] = {POLICY_OPTIONS,
                                             {"recursive", NULL, "with all that is below the directory"},
                                             {"dry-run", NULL, "only say what would be done"},
                                             {0}};

static const Command rows[] = {
    {.words = "audio show",
     .arguments = "FILE…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_show,
     .summary = "The tracks of Matroska and MP4 files with their flags"},
    {.words = "audio plan",
     .arguments = "FILE…",
     .min_arguments = 1,
     .max_arguments = -1,
     .options = plan_options,
     .run = run_plan,
     .summary = "Which audio track should be the default, and why; changes nothing",
     .details = "With --json one object a line, in the order of the arguments."},
    {.words = "audio apply",
     .arguments = "FILE…",
     .min_arguments = 1,
     .max_arguments = -1,
     .options = apply_options,
     .run = run_apply,
     .summary = "Makes it the default, in the file itself: a few bytes, whatever its size",
     .details =
         "The bytes that change are kept in a small file beside it until the edit is verified; an interrupted edit is made\n"
         "whole by the next one in the same directory. A file with other names (hard links) is left alone, and so is one\n"
         "without room for the change; both end with exit code 4. With --json one object a line."},
    {.words = "audio scan",
     .arguments = "DIRECTORY",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = scan_options,
     .run = run_scan,
     .summary = "As apply, for all Matroska and MP4 files of a directory",
     .details = "Works without a server. A library that a server looks after is better served by a batch there, which keeps a\n"
                "history that can be undone."},
};
const CommandSet audio_commands = COMMAND_SET("Audio tracks", rows);
