/* The choice of the default audio track (A1): a pure function from what a file's tracks are, what is known of the film and what
 * the user wants, to the flags that each track should have, and why. Previews, dry runs and history show this record; an editor
 * (container/) carries it out.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "audio/policy.h"
#include "audio/track.h"

typedef enum {
  AUDIO_LEAVE_ALONE, /* no flag of the file is touched, also where it has no default track or several */
  AUDIO_SELECT,      /* one audio track is the default afterwards, and no other */
} AudioDecision;
extern const EnumTable audio_decision_table; /* "leave-alone", "select" */

/* Which rule decided; stored so that it is counted and filtered. */
typedef enum { CHOICE_NO_RULE, CHOICE_ORIGINAL, CHOICE_OVERRIDE, CHOICE_LANGUAGES } AudioChoiceRule;
extern const EnumTable audio_choice_rule_table; /* "none", "original", "override", "languages" */

/* Who says what the original language is, in the order in which they are asked. */
typedef enum { ORIGINAL_FROM_PERSON, ORIGINAL_FROM_WEBHOOK, ORIGINAL_FROM_TMDB_ID, ORIGINAL_FROM_TMDB_TITLE } OriginalSource;
extern const EnumTable original_source_table; /* "person", "webhook", "tmdb-id", "tmdb-title" */

typedef struct {
  int64_t index; /* AudioTrack's */
  int type;      /* StreamType */
  bool was_default, is_default;
  bool was_forced, is_forced; /* changes for subtitles only */
} TrackFlags;
extern const FieldTable track_flags_table;

typedef struct {
  int decision;      /* AudioDecision */
  int rule;          /* AudioChoiceRule */
  int64_t track;     /* index of the chosen one, FIELD_NULL_INT if the file is left alone */
  char *language;    /* the one that was looked for ("deu"), or NULL */
  bool changes;      /* some flag differs from what it was */
  char *reason;      /* sentences; tracks are numbered from 1 among the audio (or subtitle) tracks, as players show them */
  GPtrArray *tracks; /* TrackFlags: every audio and subtitle track, in the order given */
} AudioChoice;
extern const FieldTable audio_choice_table;

typedef struct {
  const AudioTrack *tracks; /* in the file's order */
  size_t n_tracks;
  const char *original_language; /* in any form that media/language.h reads; NULL: not known */
  OriginalSource original_source;
  const AudioPolicy *policy; /* one that audio_policy_check has passed; languages it would refuse are passed over */
  const char *path;          /* absolute, for the overrides; NULL: none counts */
} AudioChoiceInput;

/* Cannot fail: where nothing can be chosen, that is the choice. The caller frees it.
 *
 * Languages are tried in turn: the original one (unless the policy or the override says otherwise), those of the most specific
 * override, those of the policy. The first that a track is in decides. Of the tracks in it, those in the very language come
 * before those in a related one (media/language.h); then what is no commentary and no music alone; not descriptive and not for
 * the hearing impaired; more channels; better format (media/audio_grade.h); higher bit rate; first in the file.
 *
 * A commentary or music alone is not the film: by the policy's rule "avoid" such a track is passed over, unless the file has
 * nothing else. Where no track is in the original language, one marked qaa (broadcasters' "original audio") stands for it, or
 * else the only audio track that is the film, if it has no language. */
AudioChoice *audio_choose(const AudioChoiceInput *input);
void audio_choice_free(AudioChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AudioChoice, audio_choice_free)
