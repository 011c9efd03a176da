/* `reeve judge`: which of some releases would be fetched, by rules in a file, and why the others would not. Test:
 * tests/system/judge.test.ts */
#include "base/clock.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/output.h"
#include "release/decision.h"
#include "wire/yaml.h"

#include <string.h>

enum { RULES_MAX_BYTES = 1024 * 1024, FORMATS_MAX_BYTES = 8 * 1024 * 1024 };

typedef struct {
  char *name;
  int64_t score;
} NamedScore;

static const Field named_score_fields[] = {
    FIELD_TEXT(NamedScore, name, .flags = FIELD_REQUIRED, .min = 1, .max = CUSTOM_FORMAT_NAME_MAX_BYTES,
               .help = "Name of a custom format."),
    FIELD_INT(NamedScore, score, .min = -1e9, .max = 1e9, .help = "What a match is worth."),
};
static const FieldTable named_score_table = FIELD_TABLE(NamedScore, "NamedScore", NULL, named_score_fields);

/* The file that is there, by names. */
typedef struct {
  char *name;
  char *source; /* the release's name; "": not known */
  bool encoded;
} JudgedFile;

static const Field judged_file_fields[] = {
    FIELD_TEXT(JudgedFile, name, .max = RELEASE_NAME_MAX_BYTES, .help = "The file's name; empty: nothing is there."),
    FIELD_TEXT(JudgedFile, source, .max = RELEASE_NAME_MAX_BYTES, .help = "Name of the release that it was made from."),
    FIELD_BOOL(JudgedFile, encoded, .help = "It was encoded again after it came."),
};
static const FieldTable judged_file_table = FIELD_TABLE(JudgedFile, "JudgedFile", NULL, judged_file_fields);

/* The rules' file. */
typedef struct {
  char *profile, *cutoff, *formats;
  bool upgrade_allowed;
  int language;
  int64_t min_format_score, cutoff_format_score, min_upgrade_format_score;
  GPtrArray *scores; /* NamedScore */
  Movie movie;
  JudgedFile file;
  TranscodeTarget transcode;
  DecisionSettings settings;
  DelayProfile delay;
  GPtrArray *restrictions; /* ReleaseRestriction */
  GPtrArray *releases;     /* ReleaseOffer */
} JudgeRules;

static const Field judge_rules_fields[] = {
    FIELD_TEXT(JudgeRules, profile, .preset = "HD-1080p", .max = 64, .help = "A quality profile of a new installation."),
    FIELD_TEXT(JudgeRules, cutoff, .max = 64, .help = "Quality or group at which upgrading stops; empty: the profile's."),
    FIELD_BOOL(JudgeRules, upgrade_allowed, .preset = "true", .help = "Replace a file by a better one."),
    FIELD_ENUM(JudgeRules, language, release_language_table, .preset = "Original", .help = "Language that a release must have."),
    FIELD_INT(JudgeRules, min_format_score, .min = -1e9, .max = 1e9, .help = "Refuse releases whose custom formats score less."),
    FIELD_INT(JudgeRules, cutoff_format_score, .min = -1e9, .max = 1e9, .help = "Score at which upgrading stops."),
    FIELD_INT(JudgeRules, min_upgrade_format_score, .preset = "1", .min = 1, .max = 1e9, .help = "Least gain worth a new file."),
    FIELD_TEXT(JudgeRules, formats, .max = 4096, .help = "File of custom formats, JSON, beside the rules or with its path."),
    FIELD_RECORDS(JudgeRules, scores, named_score_table, .max = 10000, .help = "What each custom format is worth."),
    FIELD_RECORD(JudgeRules, movie, movie_table, .flags = FIELD_REQUIRED, .help = "The film."),
    FIELD_RECORD(JudgeRules, file, judged_file_table, .help = "The file that is there."),
    FIELD_RECORD(JudgeRules, transcode, transcode_target_table,
                 .help = "How files are encoded again; without a name they are not."),
    FIELD_RECORD(JudgeRules, settings, decision_settings_table, .help = "Settings for all films."),
    FIELD_RECORD(JudgeRules, delay, delay_profile_table, .help = "The delay profile."),
    FIELD_RECORDS(JudgeRules, restrictions, release_restriction_table, .max = 256, .help = "Words demanded and refused."),
    FIELD_RECORDS(JudgeRules, releases, release_offer_table, .max = 10000, .help = "Releases, beside those of the command line."),
};
static const FieldTable judge_rules_table = FIELD_TABLE(JudgeRules, "JudgeRules", NULL, judge_rules_fields);

/* One run of the command: what the rules' file says, made ready. */
typedef struct {
  JudgeRules rules;
  QualityProfile *profile;
  GPtrArray *definitions, *formats, *restrictions, *files;
  PatternScratch *scratch;
} Judge;

static void judge_clear(Judge *judge)
{
  record_clear(&judge_rules_table, &judge->rules);
  g_clear_pointer(&judge->profile, quality_profile_free);
  GPtrArray **lists[] = {&judge->definitions, &judge->formats, &judge->restrictions, &judge->files};
  for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
    g_clear_pointer(lists[i], g_ptr_array_unref);
  g_clear_pointer(&judge->scratch, pattern_scratch_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Judge, judge_clear)

static bool read_rules(Judge *judge, const char *path, GError **error)
{
  g_autofree char *text = input_file(path, RULES_MAX_BYTES, error);
  return text && yaml_to_record(&judge_rules_table, path, text, strlen(text), &judge->rules, NULL, error);
}

static bool find_cutoff(Judge *judge, GError **error)
{
  const char *wanted = judge->rules.cutoff;
  const Quality *quality = quality_named(wanted);
  int64_t id = quality ? quality->id : -1;
  for (guint i = 0; i < judge->profile->items->len; i++) {
    const QualityProfileItem *item = judge->profile->items->pdata[i];
    if (item->name && g_ascii_strcasecmp(item->name, wanted) == 0)
      id = item->id;
  }
  if (id < 0)
    return fail(error, REEVE_ERROR_INVALID, "There is no quality or group \"%s\", which the rules have as cutoff.", wanted);
  judge->profile->cutoff = id;
  return true;
}

static bool make_profile(Judge *judge, GError **error)
{
  const JudgeRules *rules = &judge->rules;
  g_autoptr(GPtrArray) seeds = quality_profile_seeds();
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < seeds->len; i++) {
    const char *name = ((const QualityProfile *)seeds->pdata[i])->name;
    g_string_append_printf(names, "%s%s", i ? ", " : "", name);
    if (!judge->profile && g_ascii_strcasecmp(name, rules->profile) == 0)
      judge->profile = g_ptr_array_steal_index(seeds, i);
  }
  if (!judge->profile)
    return fail(error, REEVE_ERROR_INVALID, "There is no quality profile \"%s\"; there are %s.", rules->profile, names->str);
  judge->profile->upgrade_allowed = rules->upgrade_allowed;
  judge->profile->language = rules->language;
  judge->profile->min_format_score = rules->min_format_score;
  judge->profile->cutoff_format_score = rules->cutoff_format_score;
  judge->profile->min_upgrade_format_score = rules->min_upgrade_format_score;
  return (!*rules->cutoff || find_cutoff(judge, error)) && quality_profile_check(judge->profile, error);
}

static bool read_formats(Judge *judge, const char *rules_path, GError **error)
{
  if (!*judge->rules.formats)
    return true;
  g_autofree char *directory = g_path_get_dirname(rules_path);
  bool absolute = g_path_is_absolute(judge->rules.formats);
  g_autofree char *path = g_build_filename(absolute ? "/" : directory, judge->rules.formats, NULL);
  g_autofree char *text = input_file(path, FORMATS_MAX_BYTES, error);
  return text && (judge->formats = custom_formats_parse(text, strlen(text), 1, error));
}

static bool add_scores(Judge *judge, GError **error)
{
  for (guint i = 0; judge->rules.scores && i < judge->rules.scores->len; i++) {
    const NamedScore *score = judge->rules.scores->pdata[i];
    QualityProfileScore *row = NULL;
    for (guint k = 0; judge->formats && k < judge->formats->len; k++) {
      const CustomFormat *format = judge->formats->pdata[k];
      if (strcmp(format->name, score->name) != 0)
        continue;
      row = record_new(&quality_profile_score_table);
      row->format = format->id;
      row->score = score->score;
      judge->profile->scores = judge->profile->scores ? judge->profile->scores : records_new(&quality_profile_score_table);
      g_ptr_array_add(judge->profile->scores, row);
    }
    if (!row)
      return fail(error, REEVE_ERROR_NOT_FOUND, "There is no custom format \"%s\", to which the rules give a score.",
                  score->name);
  }
  return true;
}

/* What a name says, as the file that is there or the release that it was made from. */
static void read_name(const Judge *judge, const char *name, QualityModel *ret_model, GArray **ret_formats, char **ret_group)
{
  g_autoptr(Release) release = release_parse(name, strlen(name), NULL);
  FormatFacts facts = {.title = release->simple_name,
                       .file_name = name,
                       .edition = release->edition,
                       .group = release->group,
                       .quality = release->quality,
                       .languages = release->languages,
                       .original_language = judge->rules.movie.original_language,
                       .year = release->year};
  *ret_model = (QualityModel){release->quality, release->revision};
  *ret_formats = custom_formats_match(judge->formats, &facts, judge->scratch, NULL);
  *ret_group = g_strdup(release->group);
}

static void add_file(Judge *judge)
{
  const JudgedFile *judged = &judge->rules.file;
  judge->files = records_new(&held_file_table);
  if (!*judged->name)
    return;
  HeldFile *file = record_new(&held_file_table);
  g_autofree char *group = NULL;
  record_clear(&held_file_table, file);
  file->name = g_strdup(judged->name);
  file->encoded = judged->encoded;
  file->added_ms = clock_now_ms(clock_system()); /* nobody says when it came: then it is new */
  read_name(judge, judged->name, &file->quality, &file->formats, &file->group);
  file->has_source = *judged->source;
  if (file->has_source) {
    read_name(judge, judged->source, &file->source, &file->source_formats, &group);
    file->source_title = g_strdup(judged->source);
  }
  g_ptr_array_add(judge->files, file);
}

static bool add_restrictions(Judge *judge, GError **error)
{
  judge->restrictions = g_ptr_array_new_with_free_func((GDestroyNotify)restriction_terms_free);
  for (guint i = 0; judge->rules.restrictions && i < judge->rules.restrictions->len; i++) {
    RestrictionTerms *terms = restriction_terms_new(judge->rules.restrictions->pdata[i], error);
    if (!terms)
      return false;
    g_ptr_array_add(judge->restrictions, terms);
  }
  return true;
}

/* Those of the rules' file, then those of the command line, of which nothing but the name is known. */
static GPtrArray *offers_of(Judge *judge, char **names)
{
  GPtrArray *offers = judge->rules.releases ? g_ptr_array_ref(judge->rules.releases) : records_new(&release_offer_table);
  for (char **name = names; *name; name++) {
    ReleaseOffer *offer = record_new(&release_offer_table);
    g_free(offer->title);
    offer->title = g_utf8_make_valid(*name, -1);
    g_ptr_array_add(offers, offer);
  }
  return offers;
}

static void print_decision(const Decision *decision, const GPtrArray *formats)
{
  bool accepted = decision_accepted(decision), later = decision_temporary(decision);
  g_autoptr(GString) matched = g_string_new(NULL);
  for (guint i = 0; i < decision->formats->len; i++)
    g_string_append_printf(matched, ", %s", custom_format_find(formats, g_array_index(decision->formats, int64_t, i))->name);
  output_coloured(accepted ? COLOUR_GREEN
                  : later  ? COLOUR_YELLOW
                           : COLOUR_RED,
                  "%-8s %s",
                  accepted ? "fetch"
                  : later  ? "later"
                           : "no",
                  decision->offer->title);
  output_line("         %s, score %" G_GINT64_FORMAT "%s", quality_find(decision->model.quality)->name, decision->score,
              matched->str);
  for (guint i = 0; i < decision->rejections->len; i++) {
    const Rejection *rejection = decision->rejections->pdata[i];
    output_line("         %s: %s", rejection->rule, rejection->reason);
  }
}

static void print_rules(void)
{
  DecisionRuleRow row;
  for (size_t i = 0; decision_rule_row(i, &row); i++)
    output_line("%-15s %s%s%s%s%s", row.name, row.help, row.when ? " (" : "", row.when ? row.when : "", row.when ? ")" : "",
                row.temporary ? " For now." : "");
}

static bool run_judge(CommandContext *context, GError **error)
{
  const char *path = command_option(context, "rules");
  g_auto(Judge) judge = {.definitions = quality_definition_seeds(), .scratch = pattern_scratch_new()};
  int mode;
  record_init(&judge_rules_table, &judge.rules);
  if (command_option(context, "list-rules")) {
    print_rules();
    return true;
  }
  if (!path)
    return fail(error, REEVE_ERROR_INVALID,
                "Say by which rules: reeve judge --rules FILE [NAME…]. \"reeve help judge\" tells more.");
  if (!command_option_enum(context, "mode", &decision_mode_table, DECIDE_RSS, &mode, error) || !read_rules(&judge, path, error) ||
      !make_profile(&judge, error) || !read_formats(&judge, path, error) || !add_scores(&judge, error) ||
      !add_restrictions(&judge, error))
    return false;
  add_file(&judge);
  g_autoptr(GPtrArray) offers = offers_of(&judge, context->arguments);
  DecisionCase input = {.mode = (DecisionMode)mode,
                        .now_ms = clock_now_ms(clock_system()),
                        .movie = &judge.rules.movie,
                        .profile = judge.profile,
                        .settings = &judge.rules.settings,
                        .delay = &judge.rules.delay,
                        .transcode = *judge.rules.transcode.name ? &judge.rules.transcode : NULL,
                        .definitions = judge.definitions,
                        .formats = judge.formats,
                        .restrictions = judge.restrictions,
                        .files = judge.files,
                        .oldest_pending_ms = FIELD_NULL_INT,
                        .free_bytes = FIELD_NULL_INT};
  g_autoptr(GPtrArray) decisions = decisions_make(&input, offers);
  for (guint i = 0; i < decisions->len; i++) {
    const Decision *decision = decisions->pdata[i];
    if (context->json)
      output_json(decision_json(decision, judge.formats));
    else
      print_decision(decision, judge.formats);
    for (guint k = 0; k < decision->problems->len; k++)
      output_remark(context, "reeve: %s", (const char *)decision->problems->pdata[k]);
  }
  return true;
}

static const CommandOption judge_options[] = {
    {"rules", "FILE", "what is wanted, as YAML: see docs/release.md"},
    {"mode", "rss|search|user-search", "why the releases are looked at"},
    {"list-rules", NULL, "list the rules in the order in which they are asked"},
    {0},
};

static const Command rows[] = {
    {.words = "judge",
     .arguments = "[NAME…]",
     .min_arguments = 0,
     .max_arguments = -1,
     .options = judge_options,
     .flags = COMMAND_WITHOUT_CONFIG,
     .run = run_judge,
     .summary = "Which releases of a film would be fetched, the best first, and why others would not; fetches nothing",
     .details = "The file of --rules holds the film, the quality profile, custom formats with scores, the file that is there and "
                "how files\n"
                "are encoded again. With --json one object a line."},
};
const CommandSet judge_commands = COMMAND_SET(NULL, rows);
