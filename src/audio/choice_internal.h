/* The working state of a choice. For this module only. */
#pragma once

#include "audio/choice.h"
#include "media/audio_grade.h"
#include "media/language.h"

/* One audio or subtitle track with what its flags and title say together. */
typedef struct {
  const AudioTrack *track;
  TrackFlags *flags; /* borrowed from the choice */
  size_t number;     /* from 1, among the tracks of its type */
  bool has_language; /* false: the tag is one that nobody knows */
  LanguageTag language;
  unsigned meaning; /* TitleMeaning bits */
  AudioGrade grade;
} Candidate;

/* What decided: a language, where it was looked for, and which tracks were in it. */
typedef struct {
  AudioChoiceRule rule;
  LanguageTag wanted;
  bool by_local_code;         /* no track is in the original language, but one is marked qaa */
  bool by_being_only;         /* nor that, but the only track has no language */
  const Candidate *chosen;    /* NULL: no language was found */
  LanguageMatch chosen_match; /* of the chosen track */
} Found;

typedef struct {
  const AudioChoiceInput *input;
  AudioChoice *choice;
  GArray *audio, *subtitles;     /* Candidate */
  const AudioOverride *override; /* or NULL */
  bool wants_original;           /* the policy or the override does */
  bool original_known;           /* `original` holds a language */
  LanguageTag original;
  bool nothing_else; /* every audio track looks like a commentary or music */
  Found found;
} ChoiceWork;

/* A commentary or music alone. */
bool candidate_is_beside_film(const Candidate *candidate);

/* Descriptive, or for those who hear badly. */
bool candidate_is_for_impaired(const Candidate *candidate);

/* How well the track is in the language that decided. */
LanguageMatch found_match(const Found *found, const Candidate *candidate);

/* Compares two audio tracks of one language; below 0: the first is the better one. Never 0 for two tracks. `ret_why`, if not
 * NULL, gets what decided. */
typedef enum {
  BETTER_BY_KIND,
  BETTER_BY_IMPAIRED,
  BETTER_BY_CHANNELS,
  BETTER_BY_GRADE,
  BETTER_BY_BIT_RATE,
  BETTER_BY_PLACE
} BetterBy;
int candidate_compare(const Candidate *a, const Candidate *b, BetterBy *ret_why);

/* Sets the subtitles' flags in the choice and returns a sentence about it, or NULL if they are as they should be or no business
 * of the policy's. The caller frees it. */
char *choice_subtitles(ChoiceWork *work);

/* The reason of the whole, once all flags are set. `subtitles` is the sentence about those, or NULL. The caller frees it. */
char *choice_reason(const ChoiceWork *work, const char *subtitles);
