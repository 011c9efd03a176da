/* Decides which subtitle, if any, is shown with the chosen audio track. Test: tests/unit/audio/test_choice_subtitle.c */
#include "audio/choice_internal.h"

#include "audio/title.h"

static bool is_forced(const Candidate *subtitle)
{
  return subtitle->meaning & TITLE_FORCED;
}

/* Lower is better: the very language, then no commentary, then plain before written for those who hear badly. */
static int64_t badness(const Candidate *subtitle, LanguageMatch match)
{
  bool is_captions = subtitle->meaning & (TITLE_HEARING_IMPAIRED | TITLE_CAPTIONS | TITLE_DESCRIPTIVE);
  return (match == LANGUAGE_EQUAL ? 0 : 4) + (candidate_is_beside_film(subtitle) ? 2 : 0) + (is_captions ? 1 : 0);
}

/* The best subtitle in a language, forced or full; the first of those alike; NULL if there is none. A commentary in subtitles is
 * none. */
static const Candidate *best_subtitle(const ChoiceWork *work, LanguageTag language, bool forced)
{
  const Candidate *best = NULL;
  int64_t best_badness = 0;
  for (guint i = 0; i < work->subtitles->len; i++) {
    const Candidate *subtitle = &g_array_index(work->subtitles, Candidate, i);
    LanguageMatch match = subtitle->has_language ? language_match(language, subtitle->language) : LANGUAGE_DIFFERENT;
    if (match == LANGUAGE_DIFFERENT || is_forced(subtitle) != forced || candidate_is_beside_film(subtitle))
      continue;
    if (!best || badness(subtitle, match) < best_badness) {
      best = subtitle;
      best_badness = badness(subtitle, match);
    }
  }
  return best;
}

/* The language that is heard: the track's own, or where it says none, the one it was chosen for. */
static LanguageTag heard_language(const ChoiceWork *work)
{
  const Candidate *chosen = work->found.chosen;
  bool says = language_kind(chosen->language.language) == LANGUAGE_NORMAL;
  return says ? chosen->language : work->found.wanted;
}

static bool is_understood(char *const *languages, LanguageTag heard)
{
  LanguageTag tag;
  for (; languages && *languages; languages++)
    if (language_parse(*languages, &tag) && language_match(tag, heard) != LANGUAGE_DIFFERENT)
      return true;
  return false;
}

static const Candidate *wanted_subtitle(const ChoiceWork *work, LanguageTag heard)
{
  const AudioPolicy *policy = work->input->policy;
  LanguageTag tag;
  if (policy->subtitles == SUBTITLE_FLAGS_LANGUAGE && !is_understood(policy->subtitle_languages, heard))
    for (char *const *language = policy->subtitle_languages; language && *language; language++) {
      const Candidate *full = language_parse(*language, &tag) ? best_subtitle(work, tag, false) : NULL;
      if (full)
        return full;
    }
  return best_subtitle(work, heard, true);
}

char *choice_subtitles(ChoiceWork *work)
{
  if (work->input->policy->subtitles == SUBTITLE_FLAGS_OFF || work->subtitles->len == 0)
    return NULL;
  const Candidate *wanted = wanted_subtitle(work, heard_language(work));
  bool changes = false;
  for (guint i = 0; i < work->subtitles->len; i++) {
    const Candidate *subtitle = &g_array_index(work->subtitles, Candidate, i);
    subtitle->flags->is_default = subtitle == wanted;
    subtitle->flags->is_forced = is_forced(subtitle);
    changes |=
        subtitle->flags->is_default != subtitle->flags->was_default || subtitle->flags->is_forced != subtitle->flags->was_forced;
  }
  if (!changes)
    return NULL;
  if (!wanted)
    return g_strdup("No subtitle is shown by default: none fits, or none is needed.");
  return g_strdup_printf("Subtitle %zu (%s%s) is shown by default.", wanted->number, is_forced(wanted) ? "forced, " : "",
                         language_name(wanted->language.language));
}
