/* What a user wants of audio tracks (A1): which should be the default, by original language, path and priority. What may be done
 * to a file with several names is the root's rule (store/root.h), not this one's. */
#pragma once

#include "base/field.h"

/* A commentary is not the film in its language, nor is a track of music alone. */
typedef enum {
  COMMENTARY_AVOID, /* never chosen while the file has a track with the film's speech, in whatever language */
  COMMENTARY_LAST,  /* chosen after every other track of the same language, but before another language */
} CommentaryRule;
extern const EnumTable commentary_rule_table; /* "avoid", "last" */

typedef enum {
  SUBTITLE_FLAGS_OFF,      /* subtitles stay as they are */
  SUBTITLE_FLAGS_FORCED,   /* a forced subtitle in the language of the chosen audio track is the default, or none is */
  SUBTITLE_FLAGS_LANGUAGE, /* as forced where the audio is in a subtitle language, else the first subtitle language that is there
                            */
} SubtitleFlagsRule;
extern const EnumTable subtitle_flags_rule_table; /* "off", "forced-only", "by-language" */

typedef enum { OVERRIDE_ORIGINAL_AS_USUAL, OVERRIDE_ORIGINAL_FIRST, OVERRIDE_ORIGINAL_IGNORED } OverrideOriginal;
extern const EnumTable override_original_table; /* "as-usual", "first", "ignored" */

typedef struct {
  char *glob;       /* see audio/override.h */
  char **languages; /* tried before the policy's own */
  int original;     /* OverrideOriginal */
} AudioOverride;
extern const FieldTable audio_override_table;

typedef struct {
  char **languages; /* in order of preference, in any form that media/language.h reads; und means tracks without a language */
  bool prefer_original;
  GPtrArray *overrides;      /* AudioOverride */
  int commentary;            /* CommentaryRule */
  int subtitles;             /* SubtitleFlagsRule */
  char **subtitle_languages; /* what the viewer reads and understands, in order of preference */
} AudioPolicy;
extern const FieldTable audio_policy_table;

void audio_policy_free(AudioPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AudioPolicy, audio_policy_free)

/* What the field table cannot say: languages that do not exist or stand twice, globs that cannot be right or stand twice, a rule
 * without what it needs. Each is a FieldError (wire/json.h) added to `errors`, which may be NULL. Pure. True if there was none.
 */
bool audio_policy_check(const AudioPolicy *policy, GPtrArray *errors);
