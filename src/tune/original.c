/* Decides whom to believe about the original language. Test: tests/unit/tune/test_original.c */
#include "tune/original.h"

#include "base/error.h"
#include "base/number.h"
#include "release/release.h"

#include <string.h>

void original_clear(Original *original)
{
  g_clear_pointer(&original->language, g_free);
  g_clear_pointer(&original->notice, g_free);
}

bool original_matters(const AudioPolicy *policy)
{
  bool matters = policy->prefer_original;
  for (guint i = 0; policy->overrides && i < policy->overrides->len && !matters; i++)
    matters = ((const AudioOverride *)policy->overrides->pdata[i])->original == OVERRIDE_ORIGINAL_FIRST;
  return matters;
}

/* One search under way. */
typedef struct {
  Tmdb *tmdb;
  Cancel *cancel;
  Original *found;
  GError *problem; /* the first that is not "there is none" */
} Search;

static void note_problem(Search *search, GError *take_problem)
{
  if (!search->problem && take_problem && reeve_error_code(take_problem) != REEVE_ERROR_NOT_FOUND)
    search->problem = take_problem;
  else
    g_clear_error(&take_problem);
}

static bool take(Search *search, const char *language, OriginalSource source)
{
  if (!language || !*language)
    return false;
  search->found->language = g_strdup(language);
  search->found->source = source;
  return true;
}

static bool by_movie(Search *search, int64_t id, OriginalSource source)
{
  TmdbMovie movie = {0};
  GError *problem = NULL;
  bool ok = tmdb_movie(search->tmdb, id, search->cancel, &movie, &problem) && take(search, movie.original_language, source);
  note_problem(search, problem);
  record_clear(&tmdb_movie_table, &movie);
  return ok;
}

static bool by_show(Search *search, int64_t id, OriginalSource source)
{
  TmdbShow show = {0};
  GError *problem = NULL;
  bool ok = tmdb_show(search->tmdb, id, search->cancel, &show, &problem) && take(search, show.original_language, source);
  note_problem(search, problem);
  record_clear(&tmdb_show_table, &show);
  return ok;
}

/* Of a show that was found by one of its episodes only the id is known. */
static bool by_hits(Search *search, GPtrArray *take_hits, GError *take_problem, OriginalSource source)
{
  note_problem(search, take_problem);
  bool ok = false;
  for (guint i = 0; take_hits && i < take_hits->len && !ok; i++) {
    const TmdbHit *hit = take_hits->pdata[i];
    ok = take(search, hit->original_language, source) || (hit->kind == TMDB_SHOW && by_show(search, hit->tmdb_id, source));
  }
  if (take_hits)
    g_ptr_array_unref(take_hits);
  return ok;
}

static bool by_ids(Search *search, int64_t tmdb_id, int64_t tvdb_id, const char *imdb_id, bool is_show)
{
  GError *problem = NULL;
  if (tmdb_id != FIELD_NULL_INT && tmdb_id > 0 &&
      (is_show ? by_show(search, tmdb_id, ORIGINAL_FROM_TMDB_ID) : by_movie(search, tmdb_id, ORIGINAL_FROM_TMDB_ID)))
    return true;
  if (tvdb_id != FIELD_NULL_INT && tvdb_id > 0) {
    GPtrArray *hits = tmdb_find_tvdb(search->tmdb, tvdb_id, search->cancel, &problem);
    if (by_hits(search, hits, problem, ORIGINAL_FROM_TMDB_ID))
      return true;
    problem = NULL;
  }
  if (!imdb_id || !*imdb_id)
    return false;
  GPtrArray *hits = tmdb_find_imdb(search->tmdb, imdb_id, search->cancel, &problem);
  return by_hits(search, hits, problem, ORIGINAL_FROM_TMDB_ID);
}

/* The first hit whose title, reduced to what tells films apart, is the one that was looked for. */
static bool by_title(Search *search, const char *title, int64_t year, bool is_show)
{
  GError *problem = NULL;
  if (!title || !*title)
    return false;
  g_autoptr(GPtrArray) hits = tmdb_search(search->tmdb, is_show ? TMDB_SHOW : TMDB_MOVIE, title, year, search->cancel, &problem);
  note_problem(search, problem);
  g_autofree char *wanted = release_clean_title(title);
  for (guint i = 0; hits && i < hits->len; i++) {
    const TmdbHit *hit = hits->pdata[i];
    g_autofree char *own = release_clean_title(hit->title ? hit->title : "");
    g_autofree char *original = release_clean_title(hit->original_title ? hit->original_title : "");
    if ((g_str_equal(own, wanted) || g_str_equal(original, wanted)) &&
        take(search, hit->original_language, ORIGINAL_FROM_TMDB_TITLE))
      return true;
  }
  return false;
}

static int64_t or_null(int64_t zero_is_none)
{
  return zero_is_none > 0 ? zero_is_none : FIELD_NULL_INT;
}

/* A series is called as its directory: "Dark (2017)/Season 01/Dark - S01E01.mkv". Ids may stand there as {tvdb-334824}. */
static bool by_directories(Search *search, const char *path)
{
  static const struct {
    const char *pattern;
    bool is_tvdb;
  } ids[] = {{"tvdb(?:id)?[-=](\\d+)", true}, {"tmdb(?:id)?[-=](\\d+)", false}};
  g_auto(GStrv) parts = g_strsplit(path, "/", -1);
  for (guint i = g_strv_length(parts); i-- > 0;) {
    for (size_t k = 0; k < G_N_ELEMENTS(ids); k++) {
      g_autoptr(GRegex) regex = g_regex_new(ids[k].pattern, G_REGEX_CASELESS, 0, NULL);
      g_autoptr(GMatchInfo) match = NULL;
      int64_t id;
      if (!g_regex_match(regex, parts[i], 0, &match))
        continue;
      g_autofree char *digits = g_match_info_fetch(match, 1);
      if (parse_int(digits, 1, INT32_MAX, &id) &&
          by_ids(search, ids[k].is_tvdb ? FIELD_NULL_INT : id, ids[k].is_tvdb ? id : FIELD_NULL_INT, NULL, true))
        return true;
    }
  }
  for (guint i = g_strv_length(parts) - 1; i-- > 0;) {
    g_autoptr(GRegex) season = g_regex_new("^(season|series|staffel|saison|specials?|s)[ ._-]*\\d*$", G_REGEX_CASELESS, 0, NULL);
    if (!*parts[i] || g_regex_match(season, parts[i], 0, NULL))
      continue;
    g_autoptr(Release) release = release_parse(parts[i], strlen(parts[i]), &(ReleaseOptions){.kind = RELEASE_NAME_TITLE});
    return by_title(search, *release->title ? release->title : parts[i], or_null(release->year), true);
  }
  return false;
}

static bool by_name(Search *search, const char *path, bool is_show)
{
  g_autoptr(Release) release = release_parse(path, strlen(path), &(ReleaseOptions){.kind = RELEASE_NAME_PATH});
  if ((is_show || release->episode) && by_directories(search, path))
    return true;
  if (release->episode)
    return false;
  return by_ids(search, or_null(release->tmdb_id), FIELD_NULL_INT, release->imdb_id, false) ||
         by_title(search, release->title, or_null(release->year), false);
}

static void ask_tmdb(Search *search, const TunePayload *known, const char *path, bool is_show)
{
  bool shows = is_show || (known && known->is_show);
  if (known && by_ids(search, known->tmdb_id, known->tvdb_id, known->imdb_id, known->is_show))
    return;
  if (known && known->title && by_title(search, known->title, known->year, shows))
    return;
  if (search->problem && reeve_error_code(search->problem) != REEVE_ERROR_INVALID)
    return; /* it does not answer, or may not be asked: neither will it for the name */
  by_name(search, path, shows);
}

void original_find(TuneContext *context, const TunePayload *known, const char *path, bool is_show, Cancel *cancel,
                   Original *ret_original)
{
  *ret_original = (Original){.source = ORIGINAL_FROM_PERSON};
  if (known && known->original_language && *known->original_language) {
    ret_original->language = g_strdup(known->original_language);
    ret_original->source = (OriginalSource)known->original_source;
    return;
  }
  if (!context->films)
    return;
  Search search = {.tmdb = tmdb_shared_borrow(context->films), .cancel = cancel, .found = ret_original};
  ask_tmdb(&search, known, path, is_show);
  if (!ret_original->language && search.problem)
    ret_original->notice = g_strdup(search.problem->message);
  g_clear_error(&search.problem);
  tmdb_shared_return(context->films, search.tmdb);
}
