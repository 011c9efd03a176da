/* Templates checked and turned into names that fit. Test: tests/unit/release/test_naming.c */
#include "release/naming.h"

#include "base/error.h"
#include "release/naming_text.h"
#include "release/naming_token.h"

#include <string.h>

static const EnumRow naming_target_rows[] = {
    {NAMING_PORTABLE, "portable", "What Linux, Windows and macOS take"},
    {NAMING_WINDOWS, "windows", "The same, and no name that ends in a dot or is a device's"},
    {NAMING_POSIX, "posix", "Everything but slashes and control characters"},
};
const EnumTable naming_target_table = ENUM_TABLE("NamingTarget", naming_target_rows);

static const EnumRow naming_colon_rows[] = {
    {NAMING_COLON_SMART, "smart", "\": \" becomes \" - \", others \"-\""},
    {NAMING_COLON_DELETE, "delete", "Left out"},
    {NAMING_COLON_DASH, "dash", "\"-\""},
    {NAMING_COLON_SPACE_DASH, "spaceDash", "\" -\""},
    {NAMING_COLON_SPACE_DASH_SPACE, "spaceDashSpace", "\" - \""},
};
const EnumTable naming_colon_table = ENUM_TABLE("NamingColon", naming_colon_rows);

enum {
  TITLE_LEAST_BYTES = 16, /* titles are not shortened below this: the name's end is cut instead */
  VALUE_MAX_BYTES = 1024, /* of each text that names are made of; more is not read */
};

/* {Release Group} alone in its braces is never empty in Radarr, whose users expect their names to stay as they are. */
static const char no_group[] = "Radarr";

static const NamingOptions default_options;

/* Small or capital letters where the whole token has them. */
static char *in_case_of(const NamingToken *token, const char *value)
{
  bool small = true, capital = true;
  for (size_t i = 0; i < token->name_length; i++) {
    small = small && !g_ascii_isupper(token->name[i]);
    capital = capital && !g_ascii_islower(token->name[i]);
  }
  if (small)
    return g_utf8_strdown(value, -1);
  return capital ? g_utf8_strup(value, -1) : g_strdup(value);
}

/* Blanks as the token's separator: "{Movie.Title}". */
static char *with_separator(const NamingToken *token, const char *value)
{
  g_autoptr(GString) text = g_string_new(value);
  if (token->separator && token->separator != ' ') {
    char separator[] = {token->separator, '\0'};
    g_string_replace(text, " ", separator, 0);
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static void append_token(GString *name, const NamingToken *token, const NamingFacts *facts, const NamingOptions *options,
                         size_t title_max_bytes)
{
  static const char group_token[] = "Release Group";
  g_autofree char *value = naming_token_value(token, facts, title_max_bytes);
  g_strstrip(value);
  const NamingTokenKind *kind = naming_token_kind(token);
  bool bare = token->lead_length + token->prefix_length + token->suffix_length == 0;
  g_autofree char *cased =
      in_case_of(token, !*value && bare && kind && strcmp(kind->row.name, group_token) == 0 ? no_group : value);
  g_autofree char *separated = with_separator(token, cased);
  g_autofree char *clean = naming_clean_value(separated, options);
  if (!*clean)
    return;
  g_string_append_len(name, token->lead, (gssize)token->lead_length);
  g_string_append_len(name, token->prefix, (gssize)token->prefix_length);
  g_string_append(name, clean);
  g_string_append_len(name, token->suffix, (gssize)token->suffix_length);
}

/* One component of the template, finished. */
static char *render_once(const char *part, const NamingFacts *facts, const NamingOptions *options, size_t title_max_bytes)
{
  g_autoptr(GString) name = g_string_new(NULL);
  NamingToken token;
  for (const char *at = part; *at;) {
    if (*at == '{' && naming_token_at(at, &token)) {
      append_token(name, &token, facts, options, title_max_bytes);
      at = token.end;
    } else {
      g_string_append_c(name, *at++);
    }
  }
  return naming_finish(name->str, options);
}

/* The same within `max_bytes`: titles give way first. */
static char *render_component(const char *part, const NamingFacts *facts, const NamingOptions *options, size_t max_bytes)
{
  g_autofree char *name = render_once(part, facts, options, 0);
  size_t title_max_bytes = max_bytes + 1;
  while (strlen(name) > max_bytes && title_max_bytes > TITLE_LEAST_BYTES) {
    size_t over = title_max_bytes > max_bytes ? 1 : strlen(name) - max_bytes; /* the first step cuts titles to the limit alone */
    title_max_bytes -= CLAMP(over / 4, 1, title_max_bytes - TITLE_LEAST_BYTES);
    g_free(name);
    name = render_once(part, facts, options, title_max_bytes);
  }
  if (strlen(name) <= max_bytes)
    return g_steal_pointer(&name);
  g_autofree char *cut = naming_cut(name, max_bytes);
  return naming_finish(cut, options);
}

/* Folders of a template. Tokens hold no slash. */
static char **components(const char *template)
{
  g_autofree char *valid = g_utf8_make_valid(template, -1);
  g_autofree char *capped = naming_cut(valid, NAMING_TEMPLATE_MAX_BYTES);
  for (char *at = capped; *at; at++)
    if (g_ascii_iscntrl(*at))
      *at = ' ';
  return g_strsplit_set(capped, "/\\", -1);
}

/* Facts whose texts are valid UTF-8 and no longer than any name needs, so that no input makes a name slow. */
typedef struct {
  NamingFacts facts;
  Movie movie;
  GPtrArray *texts;
} CappedFacts;

static const char *cap_text(CappedFacts *capped, const char *text)
{
  if (!text)
    return NULL;
  g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, VALUE_MAX_BYTES));
  g_ptr_array_add(capped->texts, naming_cut(valid, VALUE_MAX_BYTES));
  return capped->texts->pdata[capped->texts->len - 1];
}

static void capped_facts_init(CappedFacts *capped, const NamingFacts *facts)
{
  *capped = (CappedFacts){.facts = *facts, .movie = *facts->movie, .texts = g_ptr_array_new_with_free_func(g_free)};
  char **movie_texts[] = {&capped->movie.title, &capped->movie.original_title, &capped->movie.imdb_id,
                          &capped->movie.certification, &capped->movie.collection};
  for (size_t i = 0; i < G_N_ELEMENTS(movie_texts); i++)
    *movie_texts[i] = (char *)cap_text(capped, *movie_texts[i]);
  capped->facts.movie = &capped->movie;
  capped->facts.scene_name = cap_text(capped, facts->scene_name);
  capped->facts.file_name = cap_text(capped, facts->file_name);
  capped->facts.edition = cap_text(capped, facts->edition);
  capped->facts.group = cap_text(capped, facts->group);
}

static void capped_facts_clear(CappedFacts *capped)
{
  g_clear_pointer(&capped->texts, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CappedFacts, capped_facts_clear)

char *naming_render(const char *template, const NamingFacts *facts, const char *extension, const NamingOptions *options)
{
  if (!options)
    options = &default_options;
  g_auto(CappedFacts) capped = {0};
  capped_facts_init(&capped, facts);
  size_t limit = options->max_component_bytes ? options->max_component_bytes : NAMING_COMPONENT_MAX_BYTES;
  size_t extension_length = extension ? strlen(extension) : 0;
  g_auto(GStrv) parts = components(template);
  g_autoptr(GString) path = g_string_new(extension);
  for (size_t i = g_strv_length(parts); i-- > 0;) { /* from the end: the last one that is not empty has the extension */
    bool is_last = path->len == extension_length;
    size_t tail = is_last ? extension_length : 0;
    g_autofree char *name = render_component(parts[i], &capped.facts, options, limit > tail ? limit - tail : 1);
    if (*name && !is_last)
      g_string_prepend_c(path, '/');
    g_string_prepend(path, name);
  }
  return path->len == extension_length ? g_strdup("") : g_string_free(g_steal_pointer(&path), FALSE);
}

char *naming_path(const char *template, const NamingFacts *facts, const char *folder, const char *extension,
                  const NamingOptions *options, GError **error)
{
  if (!options)
    options = &default_options;
  size_t limit = options->max_path_bytes ? options->max_path_bytes : NAMING_PATH_MAX_BYTES;
  g_autofree char *name = naming_render(template, facts, extension, options);
  const char *title = facts->movie->title ? facts->movie->title : "";
  if (!*name) {
    fail(error, REEVE_ERROR_INVALID,
         "The template \"%s\" leaves no name for \"%s\", because none of its tokens has a value for it. Add {Movie Title}.",
         template, title);
    return NULL;
  }
  g_autofree char *path = folder && *folder ? g_build_filename(folder, name, NULL) : g_strdup(name);
  if (strlen(path) > limit) {
    fail(
        error, REEVE_ERROR_LIMIT,
        "The path for \"%s\" would have %zu bytes, and at most %zu are possible. Shorten the template: {Movie Title:60} takes at "
        "most 60 bytes.",
        title, strlen(path), limit);
    return NULL;
  }
  return g_steal_pointer(&path);
}

static bool fail_at(GError **error, const char *template, const char *at, const char *why, const char *detail)
{
  return fail(error, REEVE_ERROR_INVALID, "The template cannot be used: at character %ld, %s%s.",
              g_utf8_strlen(template, at - template) + 1, why, detail);
}

static bool check_argument(const char *template, const NamingToken *token, const NamingTokenKind *kind, GError **error)
{
  int64_t length = 0;
  bool takes_lists = kind->flags & (NAMING_TOKEN_FILTERS | NAMING_TOKEN_NAMES);
  if (!token->argument_length)
    return !(kind->flags & NAMING_TOKEN_NAMES) ||
           fail_at(error, template, token->name, "the custom format's name is missing: {Custom Format:NAME}", "");
  if (takes_lists)
    return true;
  if (naming_token_length(token, &length)) {
    if (!(kind->flags & NAMING_TOKEN_CUTS))
      return fail_at(error, template, token->argument, "this token takes no length: ", kind->row.name);
    return length < -3 || length > 3 || fail_at(error, template, token->argument, "a length must be more than 3 bytes", "");
  }
  if (!(kind->flags & NAMING_TOKEN_LANGUAGES))
    return fail_at(error, template, token->argument, "this token takes no such argument: ", kind->row.name);
  g_autofree char *argument = g_strndup(token->argument, token->argument_length);
  g_auto(GStrv) codes = g_strsplit(argument, "|", -1);
  for (char **code = codes; *code; code++)
    if (!**code || !release_language_named(*code))
      return fail_at(error, template, token->argument, "this is no language that titles have: ", **code ? *code : "\"\"");
  return true;
}

static bool check_token(const char *template, const NamingToken *token, bool *tells_apart, GError **error)
{
  const NamingTokenKind *kind = naming_token_kind(token);
  g_autofree char *name = g_strndup(token->name, token->name_length);
  if (!kind)
    return fail_at(error, template, token->name, "there is no token of this name: ", name);
  *tells_apart = *tells_apart || (kind->flags & (NAMING_TOKEN_TITLE | NAMING_TOKEN_KEY));
  return check_argument(template, token, kind, error);
}

static bool check_literal(const char *template, const char *at, const NamingOptions *options, GError **error)
{
  char shown[] = {*at, '\0'};
  if (*at == '{')
    return fail_at(error, template, at, "the brace opens no token such as {Movie Title}", "");
  if (*at == '}')
    return fail_at(error, template, at, "the brace closes no token", "");
  if (g_ascii_iscntrl(*at))
    return fail_at(error, template, at, "there is a control character", "");
  if (options->target != NAMING_POSIX && strchr(":<>\"|?*", *at))
    return fail_at(error, template, at, "this character may not stand in a file's name: ", shown);
  return true;
}

bool naming_check(const char *template, NamingKind kind, const NamingOptions *options, GError **error)
{
  if (!options)
    options = &default_options;
  size_t length = strlen(template);
  const char *valid_to;
  if (length == 0)
    return fail(error, REEVE_ERROR_INVALID, "The template is empty. An example: {Movie Title} ({Release Year}) {[Quality Full]}");
  if (length > NAMING_TEMPLATE_MAX_BYTES)
    return fail(error, REEVE_ERROR_INVALID, "The template has %zu bytes; at most %d are read.", length,
                NAMING_TEMPLATE_MAX_BYTES);
  if (!g_utf8_validate(template, -1, &valid_to))
    return fail_at(error, template, valid_to, "there is a byte that is not UTF-8", "");
  bool tells_apart = false;
  NamingToken token;
  for (const char *at = template; *at;) {
    if (*at == '{' && naming_token_at(at, &token)) {
      if (!check_token(template, &token, &tells_apart, error))
        return false;
      at = token.end;
    } else if (!check_literal(template, at, options, error)) {
      return false;
    } else {
      at++;
    }
  }
  return tells_apart || fail(error, REEVE_ERROR_INVALID,
                             "The template would give every film the same %s. Add {Movie Title}, {Original Title}, {ImdbId} or "
                             "{TmdbId}.",
                             kind == NAMING_FILE ? "file name" : "folder");
}
