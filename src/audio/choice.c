/* Decides which audio track becomes the default: the order of languages and the order among equals, as choice.h states them.
 * Test: tests/unit/audio/test_choice.c */
#include "audio/choice.h"

#include "audio/choice_internal.h"
#include "audio/override.h"
#include "audio/title.h"

static const EnumRow audio_decision_rows[] = {
    {AUDIO_LEAVE_ALONE, "leave-alone", "No flag of the file is touched"},
    {AUDIO_SELECT, "select", "One audio track is the default afterwards"},
};
const EnumTable audio_decision_table = ENUM_TABLE("AudioDecision", audio_decision_rows);

static const EnumRow audio_choice_rule_rows[] = {
    {CHOICE_NO_RULE, "none", "No rule found a track"},
    {CHOICE_ORIGINAL, "original", "The original language"},
    {CHOICE_OVERRIDE, "override", "A language of the path override"},
    {CHOICE_LANGUAGES, "languages", "A language of the policy's list"},
};
const EnumTable audio_choice_rule_table = ENUM_TABLE("AudioChoiceRule", audio_choice_rule_rows);

static const EnumRow original_source_rows[] = {
    {ORIGINAL_FROM_PERSON, "person", "as you said"},
    {ORIGINAL_FROM_WEBHOOK, "webhook", "Sonarr or Radarr"},
    {ORIGINAL_FROM_TMDB_ID, "tmdb-id", "TMDB"},
    {ORIGINAL_FROM_TMDB_TITLE, "tmdb-title", "TMDB, found by title"},
};
const EnumTable original_source_table = ENUM_TABLE("OriginalSource", original_source_rows);

static const Field track_flags_fields[] = {
    FIELD_INT(TrackFlags, index, .help = "Number of the track in the file, from 0."),
    FIELD_ENUM(TrackFlags, type, stream_type_table, .help = "audio or subtitle."),
    FIELD_BOOL(TrackFlags, was_default, .help = "It has the default flag now."),
    FIELD_BOOL(TrackFlags, is_default, .help = "It should have the default flag."),
    FIELD_BOOL(TrackFlags, was_forced, .help = "It has the forced flag now."),
    FIELD_BOOL(TrackFlags, is_forced, .help = "It should have the forced flag."),
};
const FieldTable track_flags_table = FIELD_TABLE(TrackFlags, "TrackFlags", NULL, track_flags_fields);

static const Field audio_choice_fields[] = {
    FIELD_ENUM(AudioChoice, decision, audio_decision_table, .help = "Whether a track is chosen."),
    FIELD_ENUM(AudioChoice, rule, audio_choice_rule_table, .help = "Which rule decided."),
    FIELD_INT(AudioChoice, track, .flags = FIELD_NULLABLE, .help = "Number of the chosen track in the file, from 0."),
    FIELD_TEXT(AudioChoice, language, .flags = FIELD_NULLABLE, .help = "The language that was looked for, by ISO 639-3."),
    FIELD_BOOL(AudioChoice, changes, .help = "Some flag of the file must be changed."),
    FIELD_TEXT(AudioChoice, reason, .help = "Why, in words."),
    FIELD_RECORDS(AudioChoice, tracks, track_flags_table, .help = "Every audio and subtitle track with its flags."),
};
const FieldTable audio_choice_table = FIELD_TABLE(AudioChoice, "AudioChoice", NULL, audio_choice_fields);

void audio_choice_free(AudioChoice *choice)
{
  record_free(&audio_choice_table, choice);
}

/* What flags and title say, as one. */
static unsigned meaning_of(const AudioTrack *track)
{
  static const struct {
    AudioTrackFlag flag;
    TitleMeaning meaning;
  } rows[] = {{AUDIO_TRACK_COMMENTARY, TITLE_COMMENTARY},
              {AUDIO_TRACK_DESCRIPTIVE, TITLE_DESCRIPTIVE},
              {AUDIO_TRACK_HEARING_IMPAIRED, TITLE_HEARING_IMPAIRED},
              {AUDIO_TRACK_NO_SPEECH, TITLE_NO_SPEECH},
              {AUDIO_TRACK_FORCED, TITLE_FORCED}};
  unsigned meaning = title_meaning(track->title);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (track->flags & rows[i].flag)
      meaning |= rows[i].meaning;
  return meaning;
}

static void add_candidate(ChoiceWork *work, const AudioTrack *track)
{
  GArray *list = track->type == STREAM_AUDIO ? work->audio : work->subtitles;
  TrackFlags *flags = record_new(&track_flags_table);
  flags->index = track->index;
  flags->type = track->type;
  flags->was_default = flags->is_default = track->flags & AUDIO_TRACK_DEFAULT;
  flags->was_forced = flags->is_forced = track->flags & AUDIO_TRACK_FORCED;
  g_ptr_array_add(work->choice->tracks, flags);
  Candidate candidate = {.track = track, .flags = flags, .number = list->len + 1, .meaning = meaning_of(track)};
  candidate.has_language = language_parse(track->language, &candidate.language);
  if (track->type == STREAM_AUDIO)
    candidate.grade = audio_grade(track->codec, track->profile, track->title);
  g_array_append_val(list, candidate);
}

bool candidate_is_beside_film(const Candidate *candidate)
{
  return candidate->meaning & (TITLE_COMMENTARY | TITLE_NO_SPEECH);
}

bool candidate_is_for_impaired(const Candidate *candidate)
{
  return candidate->meaning & (TITLE_DESCRIPTIVE | TITLE_HEARING_IMPAIRED);
}

static int64_t known_or_zero(int64_t value)
{
  return value == FIELD_NULL_INT ? 0 : value;
}

int candidate_compare(const Candidate *a, const Candidate *b, BetterBy *ret_why)
{
  const int64_t rows[][2] = {
      [BETTER_BY_KIND] = {candidate_is_beside_film(a), candidate_is_beside_film(b)},
      [BETTER_BY_IMPAIRED] = {candidate_is_for_impaired(a), candidate_is_for_impaired(b)},
      [BETTER_BY_CHANNELS] = {known_or_zero(b->track->channels), known_or_zero(a->track->channels)},
      [BETTER_BY_GRADE] = {b->grade, a->grade},
      [BETTER_BY_BIT_RATE] = {known_or_zero(b->track->bit_rate_bps), known_or_zero(a->track->bit_rate_bps)},
      [BETTER_BY_PLACE] = {(int64_t)a->number, (int64_t)b->number},
  };
  for (int i = 0; i < (int)G_N_ELEMENTS(rows); i++)
    if (rows[i][0] != rows[i][1]) {
      if (ret_why)
        *ret_why = (BetterBy)i;
      return rows[i][0] < rows[i][1] ? -1 : 1;
    }
  return 0;
}

LanguageMatch found_match(const Found *found, const Candidate *candidate)
{
  if (!candidate->has_language)
    return LANGUAGE_DIFFERENT;
  if (found->by_local_code)
    return g_str_equal(language_code(candidate->language.language), "qaa") ? LANGUAGE_EQUAL : LANGUAGE_DIFFERENT;
  if (found->by_being_only)
    return language_kind(candidate->language.language) == LANGUAGE_UNDETERMINED ? LANGUAGE_EQUAL : LANGUAGE_DIFFERENT;
  return language_match(found->wanted, candidate->language);
}

static bool is_eligible(const ChoiceWork *work, const Candidate *candidate)
{
  return work->nothing_else || work->input->policy->commentary == COMMENTARY_LAST || !candidate_is_beside_film(candidate);
}

/* The best track in a language; true if there is one, which then is what was found. */
static bool find(ChoiceWork *work, Found found)
{
  for (guint i = 0; i < work->audio->len; i++) {
    const Candidate *candidate = &g_array_index(work->audio, Candidate, i);
    LanguageMatch match = found_match(&found, candidate);
    if (match == LANGUAGE_DIFFERENT || match < found.chosen_match || !is_eligible(work, candidate))
      continue;
    if (match > found.chosen_match || candidate_compare(candidate, found.chosen, NULL) < 0)
      found.chosen = candidate;
    found.chosen_match = match;
  }
  if (found.chosen)
    work->found = found;
  return found.chosen != NULL;
}

/* Whether one track alone is the film, and nobody said in which language. */
static bool only_one_is_film(const ChoiceWork *work)
{
  guint n = 0;
  for (guint i = 0; i < work->audio->len; i++)
    n += !candidate_is_beside_film(&g_array_index(work->audio, Candidate, i));
  return n == 1 || work->audio->len == 1;
}

static bool find_original(ChoiceWork *work)
{
  if (!work->wants_original || !work->original_known)
    return false;
  Found found = {.rule = CHOICE_ORIGINAL, .wanted = work->original};
  Found by_code = found, by_being_only = found;
  by_code.by_local_code = true;
  by_being_only.by_being_only = true;
  return find(work, found) || find(work, by_code) || (only_one_is_film(work) && find(work, by_being_only));
}

static bool find_in_list(ChoiceWork *work, AudioChoiceRule rule, char *const *languages)
{
  for (; languages && *languages; languages++) {
    Found found = {.rule = rule};
    if (**languages && language_parse(*languages, &found.wanted) && find(work, found))
      return true;
  }
  return false;
}

static void learn_wishes(ChoiceWork *work)
{
  const AudioChoiceInput *input = work->input;
  LanguageTag original;
  work->override = audio_override_for(input->policy, input->path);
  int rule = work->override ? work->override->original : OVERRIDE_ORIGINAL_AS_USUAL;
  work->wants_original =
      rule == OVERRIDE_ORIGINAL_FIRST || (rule == OVERRIDE_ORIGINAL_AS_USUAL && input->policy->prefer_original);
  if (input->original_language && language_parse(input->original_language, &original) &&
      language_kind(original.language) != LANGUAGE_UNDETERMINED) {
    work->original = original;
    work->original_known = true;
  }
  work->nothing_else = true;
  for (guint i = 0; i < work->audio->len; i++)
    work->nothing_else &= candidate_is_beside_film(&g_array_index(work->audio, Candidate, i));
}

static void select_track(ChoiceWork *work)
{
  AudioChoice *choice = work->choice;
  choice->decision = AUDIO_SELECT;
  choice->rule = (int)work->found.rule;
  choice->track = work->found.chosen->track->index;
  choice->language = g_strdup(language_code(work->found.wanted.language));
  for (guint i = 0; i < work->audio->len; i++) {
    const Candidate *candidate = &g_array_index(work->audio, Candidate, i);
    candidate->flags->is_default = candidate == work->found.chosen;
  }
}

AudioChoice *audio_choose(const AudioChoiceInput *input)
{
  AudioChoice *choice = record_new(&audio_choice_table);
  choice->track = FIELD_NULL_INT;
  choice->tracks = records_new(&track_flags_table);
  ChoiceWork work = {.input = input,
                     .choice = choice,
                     .audio = g_array_new(FALSE, FALSE, sizeof(Candidate)),
                     .subtitles = g_array_new(FALSE, FALSE, sizeof(Candidate))};
  for (size_t i = 0; i < input->n_tracks; i++)
    if (input->tracks[i].type == STREAM_AUDIO || input->tracks[i].type == STREAM_SUBTITLE)
      add_candidate(&work, &input->tracks[i]);
  learn_wishes(&work);
  bool found = find_original(&work) || (work.override && find_in_list(&work, CHOICE_OVERRIDE, work.override->languages)) ||
               find_in_list(&work, CHOICE_LANGUAGES, input->policy->languages);
  g_autofree char *subtitles = NULL;
  if (found) {
    select_track(&work);
    subtitles = choice_subtitles(&work);
  }
  for (guint i = 0; i < choice->tracks->len; i++) {
    const TrackFlags *flags = g_ptr_array_index(choice->tracks, i);
    choice->changes |= flags->was_default != flags->is_default || flags->was_forced != flags->is_forced;
  }
  g_free(choice->reason);
  choice->reason = choice_reason(&work, subtitles);
  g_array_unref(work.audio);
  g_array_unref(work.subtitles);
  return choice;
}
