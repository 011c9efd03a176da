/* Rules about the release itself: its name, size, quality and words. Test: tests/unit/release/test_decision.c */
#include "release/decision_rules.h"

#include "base/number.h"

#include <string.h>

static const int64_t mb = 1024 * 1024;
enum { SAMPLE_MAX_MB = 70 };

char *rule_name(const RuleQuestion *question)
{
  const char *reason = release_reason(question->decision->release);
  return reason ? g_strdup(reason) : NULL;
}

char *rule_movie(const RuleQuestion *question)
{
  const Release *release = question->decision->release;
  const Movie *movie = question->input->movie;
  if (!movie)
    return g_strdup_printf("No film is known that would be \"%s\".", release->title);
  if (question->decision->match != MOVIE_DIFFERS)
    return NULL;
  return g_strdup_printf("The release is \"%s\" (%" G_GINT64_FORMAT "), not \"%s\" (%" G_GINT64_FORMAT ").", release->title,
                         release->year, movie->title ? movie->title : "", movie->year);
}

static const QualityDefinition *definition_of(const DecisionCase *input, int quality)
{
  for (guint i = 0; input->definitions && i < input->definitions->len; i++) {
    const QualityDefinition *definition = input->definitions->pdata[i];
    if (definition->quality == quality)
      return definition;
  }
  return NULL;
}

char *rule_size(const RuleQuestion *question)
{
  int64_t size = question->decision->offer->size_bytes, least, most, minutes = question->input->movie->running_minutes;
  int quality = question->decision->model.quality;
  const QualityDefinition *definition = definition_of(question->input, quality);
  QualitySizeVerdict verdict = definition ? quality_size_check(definition, size, minutes, &least, &most) : QUALITY_SIZE_FITS;
  if (verdict == QUALITY_SIZE_FITS)
    return NULL;
  bool small = verdict == QUALITY_SIZE_TOO_SMALL;
  g_autofree char *is = format_size(size), *limit = format_size(small ? least : most);
  return g_strdup_printf("It has %s; for %s of %" G_GINT64_FORMAT " minutes it may have %s %s.", is, quality_find(quality)->name,
                         minutes > 0 ? minutes : QUALITY_RUNNING_TIME_DEFAULT, limit, small ? "at least" : "at most");
}

char *rule_maximum_size(const RuleQuestion *question)
{
  int64_t maximum = question->input->settings->maximum_size_mb, size = question->decision->offer->size_bytes;
  if (maximum <= 0 || size / mb < maximum || size <= maximum * mb)
    return NULL;
  g_autofree char *is = format_size(size), *limit = format_size(maximum * mb);
  return g_strdup_printf("It has %s; no release may have more than %s.", is, limit);
}

char *rule_quality(const RuleQuestion *question)
{
  int quality = question->decision->model.quality;
  if (quality_profile_allows(question->input->profile, quality))
    return NULL;
  return g_strdup_printf("The profile \"%s\" does not take %s.", question->input->profile->name, quality_find(quality)->name);
}

char *rule_format_score(const RuleQuestion *question)
{
  int64_t score = question->decision->score, least = question->input->profile->min_format_score;
  if (score >= least)
    return NULL;
  return g_strdup_printf("Its custom formats score %" G_GINT64_FORMAT "; the profile \"%s\" takes %" G_GINT64_FORMAT " and more.",
                         score, question->input->profile->name, least);
}

char *rule_language(const RuleQuestion *question)
{
  int wanted = question->input->profile->language;
  if (wanted == LANGUAGE_ORIGINAL)
    wanted = question->input->movie->original_language;
  if (wanted == LANGUAGE_ANY || wanted == LANGUAGE_UNKNOWN || ids_have(question->decision->languages, wanted))
    return NULL;
  g_autoptr(GString) has = g_string_new(NULL);
  for (guint i = 0; i < question->decision->languages->len; i++) {
    const LanguageRow *row = release_language_find((int)g_array_index(question->decision->languages, int64_t, i));
    g_string_append_printf(has, "%s%s", i ? ", " : "", row ? row->name : "?");
  }
  const LanguageRow *row = release_language_find(wanted);
  return g_strdup_printf("It is in %s; the profile \"%s\" wants %s.", has->str, question->input->profile->name,
                         row ? row->name : "?");
}

char *rule_disc(const RuleQuestion *question)
{
  static const char *const containers[] = {".iso", ".img", ".vob", ".m2ts"};
  const char *title = question->decision->offer->title;
  bool disc = question->decision->release->disc;
  for (size_t i = 0; i < G_N_ELEMENTS(containers); i++) {
    size_t length = strlen(title), tail = strlen(containers[i]);
    disc = disc || (length > tail && g_ascii_strcasecmp(title + length - tail, containers[i]) == 0);
  }
  return disc ? g_strdup("It is a disc as it is: folders or an image, not a film's file.") : NULL;
}

char *rule_terms(const RuleQuestion *question)
{
  const GPtrArray *restrictions = question->input->restrictions;
  const ReleaseOffer *offer = question->decision->offer;
  for (guint i = 0; restrictions && i < restrictions->len; i++) {
    char *refusal = restriction_refusal(restrictions->pdata[i], offer->title, offer->indexer, question->input->movie->tags,
                                        question->scratch);
    if (refusal)
      return refusal;
  }
  return NULL;
}

char *rule_hardcoded_subs(const RuleQuestion *question)
{
  const char *subs = question->decision->release->hardcoded_subs;
  if (!subs || question->input->settings->allow_hardcoded_subs)
    return NULL;
  for (char **allowed = question->input->settings->allowed_hardcoded_subs; allowed && *allowed; allowed++)
    if (g_ascii_strcasecmp(*allowed, subs) == 0)
      return NULL;
  return g_strdup_printf("Subtitles are burnt into the picture: %s.", subs);
}

char *rule_sample(const RuleQuestion *question)
{
  int64_t size = question->decision->offer->size_bytes;
  g_autofree char *low = g_ascii_strdown(question->decision->offer->title, -1);
  if (!strstr(low, "sample") || size >= SAMPLE_MAX_MB * mb)
    return NULL;
  g_autofree char *is = format_size(size);
  return g_strdup_printf("It is called a sample and has %s, less than %d MiB.", is, SAMPLE_MAX_MB);
}
