/* `reeve name`: what files would be called by a template. Nothing is renamed. Test: tests/system/name.test.ts */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/media_naming.h"
#include "cli/output.h"
#include "cli/table.h"
#include "media/probe.h"
#include "release/naming.h"

#include <string.h>

static const char default_template[] = "{Movie Title} ({Release Year}) {[Quality Full]}";
enum { FORMATS_MAX_BYTES = 8 * 1024 * 1024 };

typedef struct {
  char *name;
  char **problems;
} NameResult;

static const Field result_fields[] = {
    FIELD_TEXT(NameResult, name, .help = "What the file would be called, with folders."),
    FIELD_STRINGS(NameResult, problems, .help = "What was left out, in sentences."),
};
static const FieldTable result_table = FIELD_TABLE(NameResult, "NameResult", NULL, result_fields);

/* One run of the command. */
typedef struct {
  const CommandContext *context;
  const char *template, *title;
  int64_t year;
  NamingOptions options;
  GPtrArray *formats; /* CustomFormat */
  ProbePool *pool;    /* NULL: the arguments are names only */
  PatternScratch *scratch;
} NameRun;

static void name_run_clear(NameRun *run)
{
  g_clear_pointer(&run->formats, g_ptr_array_unref);
  g_clear_pointer(&run->pool, probe_pool_free);
  g_clear_pointer(&run->scratch, pattern_scratch_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NameRun, name_run_clear)

static bool read_formats(NameRun *run, const char *path, GError **error)
{
  g_autofree char *text = input_file(path, FORMATS_MAX_BYTES, error);
  g_autoptr(GError) why = NULL;
  if (!text)
    return false;
  run->formats = custom_formats_parse(text, strlen(text), 1, &why);
  return run->formats ||
         fail(error, reeve_error_code(why), "The custom formats of \"%s\" cannot be used. %s", path, why->message);
}

static bool run_init(NameRun *run, const CommandContext *context, GError **error)
{
  const char *template = command_option(context, "template"), *formats = command_option(context, "formats");
  *run = (NameRun){.context = context,
                   .template = template ? template : default_template,
                   .title = command_option(context, "title"),
                   .scratch = pattern_scratch_new()};
  if (!command_option_enum(context, "target", &naming_target_table, NAMING_PORTABLE, &run->options.target, error) ||
      !command_option_enum(context, "colon", &naming_colon_table, NAMING_COLON_SMART, &run->options.colon, error) ||
      !command_option_int(context, "year", RELEASE_FIRST_YEAR, 9999, 0, &run->year, error) ||
      !naming_check(run->template, NAMING_FILE, &run->options, error) || (formats && !read_formats(run, formats, error)))
    return false;
  if (!command_option(context, "names"))
    run->pool = probe_pool_new(&(ProbeParams){.children = 1});
  return true;
}

/* The film, as far as the file's name and the options tell. */
static Movie *movie_of(const NameRun *run, const Release *release)
{
  Movie *movie = record_new(&movie_table);
  g_free(movie->title);
  movie->title = g_strdup(run->title ? run->title : release->title);
  movie->year = run->year ? run->year : release->year;
  g_free(movie->imdb_id);
  movie->imdb_id = g_strdup(release->imdb_id ? release->imdb_id : "");
  movie->tmdb_id = release->tmdb_id;
  return movie;
}

/* What the name does not say about the picture, the picture does. */
static int quality_of(const Release *release, const MediaNaming *media)
{
  int lines = media ? quality_picture_lines(media->width, media->height) : 0;
  if (!lines || release->resolution_from == RELEASE_FROM_NAME)
    return release->quality;
  int source = release->source == QUALITY_SOURCE_UNKNOWN ? QUALITY_SOURCE_TV : release->source;
  int nearest = quality_nearest((QualitySource)source, lines, (QualityModifier)release->modifier);
  return nearest == QUALITY_UNKNOWN ? release->quality : nearest;
}

/* The formats that match, in the order of the file. */
static GPtrArray *match_formats(const NameRun *run, const Release *release, const NamingFacts *facts, int64_t size_bytes,
                                GPtrArray *problems)
{
  GPtrArray *matched = g_ptr_array_new();
  FormatFacts format_facts = {.title = release->simple_name,
                              .file_name = facts->file_name,
                              .edition = release->edition,
                              .group = release->group,
                              .quality = facts->quality.quality,
                              .languages = release->languages,
                              .size_bytes = size_bytes,
                              .year = facts->movie->year};
  for (guint i = 0; run->formats && i < run->formats->len; i++)
    if (custom_format_matches(run->formats->pdata[i], &format_facts, run->scratch, problems))
      g_ptr_array_add(matched, run->formats->pdata[i]);
  return matched;
}

static bool name_file(const NameRun *run, const char *path, NameResult *result, GError **error)
{
  g_autoptr(MediaInfo) media = run->pool ? probe_file(run->pool, path, NULL, error) : NULL;
  if (run->pool && !media)
    return false;
  g_autoptr(Release) release = release_parse(path, strlen(path), &(ReleaseOptions){.kind = RELEASE_NAME_PATH});
  if (!release->accepted && !run->title)
    return fail(error, REEVE_ERROR_INVALID,
                "The name of \"%s\" does not tell the film: %s Say which it is with --title and --year.", path,
                release_reason(release));
  g_autoptr(Movie) movie = movie_of(run, release);
  g_auto(MediaNaming) media_naming = {0};
  if (media)
    media_naming_init(&media_naming, media);
  g_autofree char *base = g_path_get_basename(path);
  NamingFacts facts = {.movie = movie,
                       .file_name = base,
                       .edition = release->edition,
                       .group = release->group,
                       .quality = {quality_of(release, media ? &media_naming : NULL), release->revision},
                       .media = media ? &media_naming.naming : NULL};
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) formats = match_formats(run, release, &facts, media ? media->size_bytes : 0, problems);
  facts.formats = formats;
  g_free(result->name);
  result->name = naming_path(run->template, &facts, NULL, naming_extension(base), &run->options, error);
  g_ptr_array_set_free_func(problems, NULL);
  g_ptr_array_add(problems, NULL);
  g_strfreev(result->problems);
  result->problems = (char **)g_ptr_array_free(g_steal_pointer(&problems), FALSE);
  return result->name != NULL;
}

static void print_tokens(void)
{
  g_autoptr(Table) table = table_new();
  table_column(table, "TOKEN", TABLE_LEFT);
  table_column(table, "WHAT IT GIVES", TABLE_LEFT);
  for (size_t i = 0; naming_token_row(i); i++) {
    table_add(table, "{%s}", naming_token_row(i)->name);
    table_add(table, "%s", naming_token_row(i)->help);
  }
  table_print(table);
}

/* Goes on after a failure; the first one decides the exit code. */
static bool run_name(CommandContext *context, GError **error)
{
  g_auto(NameRun) run = {0};
  size_t n = g_strv_length(context->arguments), n_failed = 0;
  if (command_option(context, "tokens")) {
    print_tokens();
    return true;
  }
  if (n == 0)
    return fail(error, REEVE_ERROR_INVALID, "Say which files: reeve name FILE… \"reeve help name\" tells more.");
  if (!run_init(&run, context, error))
    return false;
  g_autoptr(GError) first = NULL;
  for (size_t i = 0; i < n; i++) {
    const char *path = context->arguments[i];
    g_autoptr(GError) why = NULL;
    NameResult result = {0};
    record_init(&result_table, &result);
    bool named = name_file(&run, path, &result, &why);
    if (context->json)
      output_json(output_file_json(path, &result_table, &result, why));
    else if (named)
      output_line("%s", result.name);
    for (char **problem = result.problems; problem && *problem; problem++)
      output_remark(context, "reeve: \"%s\": %s", path, *problem);
    if (!named && n > 1)
      output_remark(context, "reeve: %s", why->message);
    if (!named && n_failed++ == 0)
      first = g_steal_pointer(&why);
    record_clear(&result_table, &result);
  }
  if (!first)
    return true;
  if (n > 1)
    return fail(error, reeve_error_code(first), "%zu of %zu files could not be named.", n_failed, n);
  g_propagate_error(error, g_steal_pointer(&first));
  return false;
}

static const CommandOption name_options[] = {
    {"template", "TEMPLATE", "such as \"{Movie Title} ({Release Year})/{Movie CleanTitle}{-Release Group}\""},
    {"title", "TITLE", "the film's title, instead of the file name's"},
    {"year", "YEAR", "its year, likewise"},
    {"formats", "FILE", "custom formats as JSON, for {Custom Formats}"},
    {"target", "portable|windows|posix", "where the name has to be possible"},
    {"colon", "smart|delete|dash|spaceDash|spaceDashSpace", "what becomes of a colon"},
    {"names", NULL, "the arguments are names: no file is opened"},
    {"tokens", NULL, "list the tokens that a template may hold"},
    {0},
};

static const Command rows[] = {
    {.words = "name",
     .arguments = "[FILE…]",
     .min_arguments = 0,
     .max_arguments = -1,
     .options = name_options,
     .flags = COMMAND_WITHOUT_CONFIG,
     .run = run_name,
     .summary = "What files would be called by a template; renames nothing",
     .details =
         "The film, its quality, edition and group are read from the file's name, codecs and languages from the file. A name a\n"
         "line; with --json one object a line, in the order of the arguments."},
};
const CommandSet name_commands = COMMAND_SET(NULL, rows);
