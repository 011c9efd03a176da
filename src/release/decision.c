/* Reads an offered release, asks the rules, and puts what came out in order. Test: tests/unit/release/test_decision.c */
#include "release/decision.h"

#include "release/decision_rules.h"
#include "release/prefer.h"

#include <string.h>

static const EnumRow decision_mode_rows[] = {
    {DECIDE_RSS, "rss", "New releases of the indexers' feeds"},
    {DECIDE_SEARCH, "search", "A search by itself"},
    {DECIDE_USER_SEARCH, "user-search", "A search that a person asked for"},
};
const EnumTable decision_mode_table = ENUM_TABLE("DecisionMode", decision_mode_rows);

static const Field decision_settings_fields[] = {
    FIELD_ENUM(DecisionSettings, propers, proper_preference_table, .help = "What to do with propers and repacks."),
    FIELD_INT(DecisionSettings, maximum_size_mb, .max = 1e9, .help = "Size in MiB that no release may exceed; 0: none."),
    FIELD_INT(DecisionSettings, minimum_free_mb, .preset = "100", .max = 1e9, .help = "MiB that have to stay free."),
    FIELD_INT(DecisionSettings, minimum_age_minutes, .max = 1e6, .help = "Minutes before a post on usenet is taken."),
    FIELD_INT(DecisionSettings, retention_days, .max = 1e6, .help = "Days for which usenet servers keep posts; 0: for ever."),
    FIELD_INT(DecisionSettings, availability_delay_days, .min = -3650, .max = 3650,
              .help = "Days after its date before a film counts as out; may be negative."),
    FIELD_BOOL(DecisionSettings, allow_hardcoded_subs, .help = "Take releases with subtitles in the picture."),
    FIELD_STRINGS(DecisionSettings, allowed_hardcoded_subs, .max = 64, .help = "Or only these: KORSUB."),
    FIELD_BOOL(DecisionSettings, prefer_indexer_flags, .help = "Of equal releases take those with better flags."),
    FIELD_BOOL(DecisionSettings, handle_completed, .preset = "true", .help = "Downloads are imported when they are complete."),
};
const FieldTable decision_settings_table = FIELD_TABLE(DecisionSettings, "DecisionSettings", NULL, decision_settings_fields);

static const Field queued_release_fields[] = {
    FIELD_TEXT(QueuedRelease, title, .max = RELEASE_NAME_MAX_BYTES, .help = "Its name."),
    FIELD_RECORD(QueuedRelease, quality, quality_model_table, .help = "Its quality."),
    FIELD_INTS(QueuedRelease, formats, .max = 10000, .help = "Numbers of the custom formats that it matches."),
    FIELD_BOOL(QueuedRelease, failed, .help = "It failed and will be dealt with."),
};
const FieldTable queued_release_table = FIELD_TABLE(QueuedRelease, "QueuedRelease", NULL, queued_release_fields);

static const Field blocked_release_fields[] = {
    FIELD_TEXT(BlockedRelease, title, .max = RELEASE_NAME_MAX_BYTES, .help = "Its name."),
    FIELD_INT(BlockedRelease, indexer, .help = "Number of its indexer."),
    FIELD_ENUM(BlockedRelease, protocol, release_protocol_table, .preset = "torrent", .help = "How it was downloaded."),
    FIELD_TEXT(BlockedRelease, info_hash, .max = 64, .help = "The torrent's hash."),
    FIELD_INT(BlockedRelease, size_bytes, .max = 9.0e15, .help = "Size in bytes."),
    FIELD_INT(BlockedRelease, published_ms, .help = "When it was published, epoch milliseconds."),
};
const FieldTable blocked_release_table = FIELD_TABLE(BlockedRelease, "BlockedRelease", NULL, blocked_release_fields);

static const Field grabbed_release_fields[] = {
    FIELD_TEXT(GrabbedRelease, title, .max = RELEASE_NAME_MAX_BYTES, .help = "Its name; empty: nothing was fetched."),
    FIELD_TEXT(GrabbedRelease, info_hash, .max = 64, .help = "The torrent's hash."),
    FIELD_RECORD(GrabbedRelease, quality, quality_model_table, .help = "Its quality by its name."),
    FIELD_INTS(GrabbedRelease, formats, .max = 10000, .help = "Numbers of the custom formats that it matches."),
    FIELD_INT(GrabbedRelease, at_ms, .help = "When it was fetched, epoch milliseconds."),
    FIELD_BOOL(GrabbedRelease, is_latest, .help = "Nothing has happened to the film since."),
    FIELD_BOOL(GrabbedRelease, imported, .help = "It became a file."),
    FIELD_RECORD(GrabbedRelease, imported_as, quality_model_table, .help = "The quality of that file."),
};
const FieldTable grabbed_release_table = FIELD_TABLE(GrabbedRelease, "GrabbedRelease", NULL, grabbed_release_fields);

static const Field rejection_fields[] = {
    FIELD_TEXT(Rejection, rule, .max = 64, .help = "The rule that rejects."),
    FIELD_BOOL(Rejection, temporary, .help = "It may be accepted later."),
    FIELD_TEXT(Rejection, reason, .help = "Why, as a sentence."),
};
const FieldTable rejection_table = FIELD_TABLE(Rejection, "Rejection", NULL, rejection_fields);

void decision_free(Decision *decision)
{
  if (!decision)
    return;
  release_free(decision->release);
  g_clear_pointer(&decision->languages, g_array_unref);
  g_clear_pointer(&decision->formats, g_array_unref);
  g_clear_pointer(&decision->rejections, g_ptr_array_unref);
  g_clear_pointer(&decision->problems, g_ptr_array_unref);
  g_free(decision);
}

static void add_language(GArray *languages, int64_t language)
{
  if (!ids_have(languages, language))
    g_array_append_val(languages, language);
}

/* The indexer's languages, else the name's; what MULTi means there; Original, and nothing at all, are the film's own. */
static GArray *languages_of(const DecisionCase *input, const ReleaseOffer *offer, const Release *release)
{
  bool stated = offer->languages && offer->languages->len > 0;
  const GArray *from = stated ? offer->languages : release->languages;
  int64_t original = input->movie ? input->movie->original_language : LANGUAGE_UNKNOWN;
  GArray *languages = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (guint i = 0; from && i < from->len; i++) {
    int64_t language = g_array_index(from, int64_t, i);
    add_language(languages, language == LANGUAGE_ORIGINAL || language == LANGUAGE_UNKNOWN ? original : language);
  }
  const GArray *multi = release->multi ? indexer_rules_find(input->indexers, offer->indexer)->multi_languages : NULL;
  for (guint i = 0; multi && i < multi->len; i++) {
    int64_t language = g_array_index(multi, int64_t, i);
    add_language(languages, language == LANGUAGE_ORIGINAL ? original : language);
  }
  if (languages->len == 0)
    add_language(languages, original);
  return languages;
}

static void judge(const DecisionCase *input, Decision *decision, PatternScratch *scratch)
{
  const Release *release = decision->release;
  const ReleaseOffer *offer = decision->offer;
  decision->model = (QualityModel){release->quality, release->revision};
  decision->match = input->movie ? movie_match(input->movie, release, offer->imdb_id, offer->tmdb_id) : MOVIE_DIFFERS;
  decision->languages = languages_of(input, offer, release);
  decision->formats =
      custom_formats_match(input->formats,
                           &(FormatFacts){.title = release->simple_name,
                                          .edition = release->edition,
                                          .group = release->group,
                                          .quality = release->quality,
                                          .languages = decision->languages,
                                          .original_language = input->movie ? input->movie->original_language : LANGUAGE_UNKNOWN,
                                          .indexer_flags = offer->flags,
                                          .size_bytes = offer->size_bytes,
                                          .year = release->year},
                           scratch, decision->problems);
  decision->score = quality_profile_score(input->profile, decision->formats);
}

static bool applies(const DecisionRule *rule, const DecisionCase *input, const Decision *decision)
{
  RuleFlags flags = rule->flags;
  int protocol = decision->offer->protocol;
  return !((flags & RULE_RSS_ONLY) && input->mode != DECIDE_RSS) &&
         !((flags & RULE_NOT_FOR_USERS) && input->mode == DECIDE_USER_SEARCH) &&
         !((flags & RULE_TORRENT) && protocol != PROTOCOL_TORRENT) && !((flags & RULE_USENET) && protocol != PROTOCOL_USENET) &&
         !((flags & RULE_LAST) && decision->rejections->len > 0);
}

Decision *decision_make(const DecisionCase *input, const ReleaseOffer *offer, PatternScratch *scratch)
{
  Decision *decision = g_new0(Decision, 1);
  const char *title = offer->title ? offer->title : "";
  decision->offer = offer;
  decision->release = release_parse(title, strlen(title), &(ReleaseOptions){.kind = RELEASE_NAME_TITLE});
  decision->rejections = records_new(&rejection_table);
  decision->problems = g_ptr_array_new_with_free_func(g_free);
  judge(input, decision, scratch);
  RuleQuestion question = {input, decision, scratch};
  for (size_t i = 0; i < n_decision_rules; i++) {
    const DecisionRule *rule = &decision_rules[i];
    char *reason = applies(rule, input, decision) ? rule->ask(&question) : NULL;
    if (!reason)
      continue;
    Rejection *rejection = record_new(&rejection_table);
    g_free(rejection->rule);
    g_free(rejection->reason);
    rejection->rule = g_strdup(rule->name);
    rejection->temporary = rule->temporary;
    rejection->reason = reason;
    g_ptr_array_add(decision->rejections, rejection);
    if (rule->flags & RULE_FIRST)
      break;
  }
  return decision;
}

bool decision_accepted(const Decision *decision)
{
  return decision->rejections->len == 0;
}

bool decision_temporary(const Decision *decision)
{
  for (guint i = 0; i < decision->rejections->len; i++)
    if (!((const Rejection *)decision->rejections->pdata[i])->temporary)
      return false;
  return decision->rejections->len > 0;
}

static gint by_preference(gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Decision *x = *(Decision *const *)a, *y = *(Decision *const *)b;
  int x_class = decision_accepted(x)    ? 0
                : decision_temporary(x) ? 1
                                        : 2,
      y_class = decision_accepted(y)    ? 0
                : decision_temporary(y) ? 1
                                        : 2;
  return x_class != y_class ? x_class - y_class : prefer_compare(user_data, y, x);
}

GPtrArray *decisions_make(const DecisionCase *input, const GPtrArray *offers)
{
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  GPtrArray *decisions = g_ptr_array_new_with_free_func((GDestroyNotify)decision_free);
  for (guint i = 0; i < offers->len; i++)
    g_ptr_array_add(decisions, decision_make(input, offers->pdata[i], scratch));
  g_ptr_array_sort_with_data(decisions, by_preference, (gpointer)input);
  return decisions;
}

json_t *decision_json(const Decision *decision, const GPtrArray *formats)
{
  json_t *names = json_array(), *languages = json_array(), *problems = json_array();
  for (guint i = 0; i < decision->formats->len; i++) {
    const CustomFormat *format = custom_format_find(formats, g_array_index(decision->formats, int64_t, i));
    if (format)
      json_array_append_new(names, json_string(format->name));
  }
  for (guint i = 0; i < decision->languages->len; i++) {
    const LanguageRow *row = release_language_find((int)g_array_index(decision->languages, int64_t, i));
    json_array_append_new(languages, json_string(row ? row->key : "Unknown"));
  }
  for (guint i = 0; i < decision->problems->len; i++)
    json_array_append_new(problems, json_string(decision->problems->pdata[i]));
  g_autofree char *title = g_utf8_make_valid(decision->offer->title ? decision->offer->title : "", -1);
  return json_pack("{s:s, s:b, s:b, s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "title", title, "accepted", decision_accepted(decision),
                   "temporary", decision_temporary(decision), "quality", quality_find(decision->model.quality)->name, "revision",
                   json_from_record(&quality_revision_table, &decision->model.revision, JSON_PUBLIC), "languages", languages,
                   "formats", names, "score", (json_int_t)decision->score, "rejections",
                   json_from_records(&rejection_table, decision->rejections, JSON_PUBLIC), "problems", problems);
}
