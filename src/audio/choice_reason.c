/* Says in words why a track was chosen or a file left alone. Test: tests/unit/audio/test_choice_reason.c */
#include "audio/choice_internal.h"

#include "audio/title.h"

#include <string.h>

enum { MAX_NAMED = 4 }; /* tracks or languages; the others are counted */

static void append_language(GString *text, LanguageTag tag)
{
  g_string_append(text, language_name(tag.language));
  if (tag.region[0])
    g_string_append_printf(text, " (%s)", tag.region);
}

static const char *source_words(const ChoiceWork *work)
{
  for (size_t i = 0; i < original_source_table.n_rows; i++)
    if (original_source_table.rows[i].value == (int)work->input->original_source)
      return original_source_table.rows[i].help;
  return "source unknown";
}

/* Whether a commentary or music alone is in the original language, which was passed over. */
static bool original_passed_over(const ChoiceWork *work)
{
  Found original = {.wanted = work->original};
  for (guint i = 0; i < work->audio->len; i++)
    if (found_match(&original, &g_array_index(work->audio, Candidate, i)) != LANGUAGE_DIFFERENT)
      return true;
  return false;
}

/* What was tried before the language that decided, or before nothing did. */
static void append_original_missed(GString *text, const ChoiceWork *work)
{
  const char *given = work->input->original_language;
  if (!work->wants_original || work->found.rule == CHOICE_ORIGINAL || work->audio->len == 0)
    return;
  if (work->original_known && language_kind(work->original.language) == LANGUAGE_NONE) {
    g_string_append_printf(text, "Nothing is spoken in the original (%s). ", source_words(work));
  } else if (work->original_known) {
    g_string_append(text, original_passed_over(work) ? "Only a commentary or music is in " : "No audio track is in ");
    append_language(text, work->original);
    g_string_append_printf(text, ", the original language (%s). ", source_words(work));
  } else if (given && *given && !language_unknown(given)) {
    g_autofree char *shown = g_utf8_make_valid(given, -1);
    g_string_append_printf(text, "The original language \"%s\" (%s) is none that is known. ", shown, source_words(work));
  } else {
    g_string_append(text, "The original language is not known. ");
  }
}

static void append_rule(GString *text, const ChoiceWork *work)
{
  const Found *found = &work->found;
  append_language(text, found->wanted);
  switch (found->rule) {
  case CHOICE_ORIGINAL:
    g_string_append_printf(text, " is the original language (%s)", source_words(work));
    break;
  case CHOICE_OVERRIDE: {
    g_autofree char *glob = g_utf8_make_valid(work->override->glob, -1);
    g_string_append_printf(text, " is wanted for paths like %s", glob);
    break;
  }
  default:
    g_string_append(text, " is in the list of languages");
  }
}

static const char *kind_words(const Candidate *candidate)
{
  static const struct {
    TitleMeaning meaning;
    const char *words;
  } rows[] = {{TITLE_COMMENTARY, "a commentary"},
              {TITLE_NO_SPEECH, "music or effects alone"},
              {TITLE_DESCRIPTIVE, "audio description"},
              {TITLE_HEARING_IMPAIRED, "for the hearing impaired"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (candidate->meaning & rows[i].meaning)
      return rows[i].words;
  return "of another kind";
}

static bool channels_known(const Candidate *candidate)
{
  return candidate->track->channels != FIELD_NULL_INT && candidate->track->channels > 0;
}

static void append_channels(GString *text, const Candidate *candidate)
{
  if (channels_known(candidate))
    g_string_append_printf(text, "%" G_GINT64_FORMAT " channel%s", candidate->track->channels,
                           candidate->track->channels == 1 ? "" : "s");
  else
    g_string_append(text, "how many channels is not known");
}

static void append_kbps(GString *text, const Candidate *candidate)
{
  int64_t bit_rate_bps = candidate->track->bit_rate_bps;
  if (bit_rate_bps == FIELD_NULL_INT || bit_rate_bps <= 0)
    g_string_append(text, "unknown");
  else
    g_string_append_printf(text, "%.*f kbit/s", bit_rate_bps % 1000 ? 1 : 0, (double)bit_rate_bps / 1000);
}

/* Why a track in the same language was not taken, behind its number. */
static void append_rival(GString *text, const ChoiceWork *work, const Candidate *rival)
{
  const Candidate *chosen = work->found.chosen;
  BetterBy why = BETTER_BY_PLACE;
  g_string_append_printf(text, "track %zu (", rival->number);
  if (found_match(&work->found, rival) < work->found.chosen_match) {
    append_language(text, rival->language);
    g_string_append(text, ")");
    return;
  }
  candidate_compare(chosen, rival, &why);
  switch (why) {
  case BETTER_BY_KIND:
  case BETTER_BY_IMPAIRED:
    g_string_append(text, kind_words(rival));
    break;
  case BETTER_BY_CHANNELS:
    append_channels(text, rival);
    break;
  case BETTER_BY_GRADE: {
    g_autofree char *codec = g_utf8_make_valid(rival->track->codec ? rival->track->codec : "unknown", -1);
    g_string_append_printf(text, "%s, a lesser format", codec);
    break;
  }
  case BETTER_BY_BIT_RATE:
    g_string_append(text, "bit rate ");
    append_kbps(text, rival);
    break;
  case BETTER_BY_PLACE:
    g_string_append(text, "alike, and later in the file");
    break;
  }
  g_string_append(text, ")");
}

/* Returns how many there are. */
static guint append_rivals(GString *text, const ChoiceWork *work)
{
  guint n = 0;
  for (guint i = 0; i < work->audio->len; i++) {
    const Candidate *rival = &g_array_index(work->audio, Candidate, i);
    if (rival == work->found.chosen || found_match(&work->found, rival) == LANGUAGE_DIFFERENT || ++n > MAX_NAMED)
      continue;
    g_string_append(text, n == 1 ? "" : ", ");
    append_rival(text, work, rival);
  }
  if (n > MAX_NAMED)
    g_string_append_printf(text, " and %u more", n - MAX_NAMED);
  return n;
}

static void append_track(GString *text, const ChoiceWork *work)
{
  const Found *found = &work->found;
  g_autoptr(GString) rivals = g_string_new(NULL);
  guint n_rivals = append_rivals(rivals, work);
  g_string_append_printf(text, "; audio track %zu ", found->chosen->number);
  if (found->by_being_only) {
    g_string_append(text, "does not say its language and is the only one, so it is taken for that");
  } else if (found->by_local_code) {
    g_string_append(text, "is marked as the original audio (qaa)");
  } else if (found->chosen_match == LANGUAGE_RELATED) {
    g_string_append(text, "is in a related one, ");
    append_language(text, found->chosen->language);
  } else {
    g_string_append(text, "is in it");
  }
  if (channels_known(found->chosen) && !found->by_being_only) {
    g_string_append(text, n_rivals > 0 ? ", has " : " and has ");
    append_channels(text, found->chosen);
  }
  if (n_rivals > 0)
    g_string_append_printf(text, " and is taken before %s", rivals->str);
  g_string_append(text, ". ");
  if (candidate_is_beside_film(found->chosen))
    g_string_append_printf(text, "By flag or title it is %s%s. ", kind_words(found->chosen),
                           work->nothing_else && work->audio->len > 1 ? ", as every audio track is" : "");
}

static void append_change(GString *text, const ChoiceWork *work)
{
  guint others = 0;
  bool was_default = work->found.chosen->flags->was_default;
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < work->audio->len; i++) {
    const Candidate *other = &g_array_index(work->audio, Candidate, i);
    if (other == work->found.chosen || !other->flags->was_default)
      continue;
    if (++others <= MAX_NAMED)
      g_string_append_printf(list, "%s%zu", others > 1 ? ", " : "", other->number);
  }
  if (others > MAX_NAMED)
    g_string_append_printf(list, " and %u more", others - MAX_NAMED);
  const char *tracks = others == 1 ? "track" : "tracks";
  if (was_default && others == 0)
    g_string_append(text, "It is the default already.");
  else if (was_default)
    g_string_append_printf(text, "It stays the default, %s %s no longer %s.", tracks, list->str, others == 1 ? "is" : "are");
  else if (others == 0)
    g_string_append(text, "It becomes the default; none was before.");
  else
    g_string_append_printf(text, "It becomes the default instead of %s %s.", tracks, list->str);
  g_string_free(list, TRUE);
}

/* What the file has, when it has nothing that was wanted: "Japanese, English and 1 more". */
static void append_languages_there(GString *text, const ChoiceWork *work)
{
  const char *names[MAX_NAMED];
  guint named = 0, more = 0;
  for (guint i = 0; i < work->audio->len; i++) {
    const Candidate *candidate = &g_array_index(work->audio, Candidate, i);
    const char *name = candidate->has_language ? language_name(candidate->language.language) : "a language that is not known";
    bool seen = false;
    for (guint k = 0; k < named; k++)
      seen |= strcmp(names[k], name) == 0;
    if (seen)
      continue;
    if (named == MAX_NAMED) {
      more++;
      continue;
    }
    g_string_append_printf(text, "%s%s", named > 0 ? ", " : "", name);
    names[named++] = name;
  }
  if (more > 0)
    g_string_append_printf(text, " and %u more", more);
}

static void append_left_alone(GString *text, const ChoiceWork *work)
{
  if (work->audio->len == 0) {
    g_string_assign(text, "The file has no audio track, so there is nothing to choose.");
    return;
  }
  guint beside = 0;
  for (guint i = 0; i < work->audio->len; i++)
    beside += candidate_is_beside_film(&g_array_index(work->audio, Candidate, i));
  bool has_list = (work->override && work->override->languages && work->override->languages[0]) ||
                  (work->input->policy->languages && work->input->policy->languages[0]);
  g_string_append(text, has_list ? "No audio track is in a language of the list" : "No list of languages is set");
  g_string_append(text, ", so the file is left alone. It has: ");
  append_languages_there(text, work);
  g_string_append(text, ".");
  if (beside > 0 && !work->nothing_else && work->input->policy->commentary == COMMENTARY_AVOID)
    g_string_append_printf(text, " %u of its audio tracks %s no choice: commentary or music alone.", beside,
                           beside == 1 ? "is" : "are");
}

char *choice_reason(const ChoiceWork *work, const char *subtitles)
{
  GString *text = g_string_new(NULL);
  append_original_missed(text, work);
  if (!work->found.chosen) {
    append_left_alone(text, work);
    return g_string_free(text, FALSE);
  }
  append_rule(text, work);
  append_track(text, work);
  append_change(text, work);
  if (subtitles)
    g_string_append_printf(text, " %s", subtitles);
  return g_string_free(text, FALSE);
}
