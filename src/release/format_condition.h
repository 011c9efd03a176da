/* One condition of a custom format: what it asks of a release, and whether a release has it.
 *
 * The kinds, their names in JSON and what they mean are those of Radarr's API version 3.
 *
 * Thread-safety: a condition is constant once read; a PatternScratch belongs to one thread at a time. */
#pragma once

#include "release/pattern.h"
#include "release/release.h"

/* In the order in which they are asked: what costs least first. */
typedef enum {
  CONDITION_SOURCE,       /* QualitySource of the quality */
  CONDITION_RESOLUTION,   /* lines of the quality */
  CONDITION_MODIFIER,     /* QualityModifier of the quality */
  CONDITION_INDEXER_FLAG, /* all bits of IndexerFlags */
  CONDITION_LANGUAGE,     /* one of the languages; or, with `except`, any other one */
  CONDITION_SIZE,         /* min < size <= max, GiB */
  CONDITION_YEAR,         /* min <= year <= max */
  CONDITION_GROUP,        /* expression found in the release group */
  CONDITION_EDITION,      /* expression found in the edition */
  CONDITION_TITLE,        /* expression found in the name, the film's own title replaced, or in the file's name */
} FormatConditionKind;
extern const EnumTable format_condition_kind_table; /* "SourceSpecification", … */

/* Bits as in the API; what an indexer says of a release. */
typedef enum {
  INDEXER_FLAG_FREELEECH = 1 << 0,
  INDEXER_FLAG_HALFLEECH = 1 << 1,
  INDEXER_FLAG_DOUBLE_UPLOAD = 1 << 2,
  INDEXER_FLAG_PTP_GOLDEN = 1 << 3,
  INDEXER_FLAG_PTP_APPROVED = 1 << 4,
  INDEXER_FLAG_INTERNAL = 1 << 5,
  INDEXER_FLAG_SCENE = 1 << 7,
  INDEXER_FLAG_FREELEECH_75 = 1 << 8,
  INDEXER_FLAG_FREELEECH_25 = 1 << 9,
  INDEXER_FLAG_NUKED = 1 << 11,
} IndexerFlags;
extern const EnumTable indexer_flag_table; /* "freeleech", … */

/* What conditions look at. Texts are valid UTF-8 and borrowed. */
typedef struct {
  const char *title;       /* Release.simple_name; NULL: none */
  const char *file_name;   /* of a file on disk; NULL: none */
  const char *edition;     /* NULL: none is known */
  const char *group;       /* NULL: none */
  int quality;             /* QualityId */
  const GArray *languages; /* int64_t Languages, Original and Unknown resolved; NULL: none */
  int original_language;   /* of the film; LANGUAGE_UNKNOWN if it is not known */
  int64_t indexer_flags;   /* IndexerFlags */
  int64_t size_bytes;      /* 0: not known */
  int64_t year;            /* 0: not known */
} FormatFacts;

typedef struct {
  char *name;
  int kind; /* FormatConditionKind */
  bool negate, required;
  Pattern *pattern; /* of the expressions */
  int64_t value;    /* of the enums and flags */
  bool except;      /* of LANGUAGE */
  double min, max;  /* of SIZE and YEAR */
} FormatCondition;

/* Reads one member of "specifications": {"name", "implementation", "negate", "required", "fields"}, where fields is {"value": …}
 * or
 * [{"name": "value", "value": …}]. NULL on error: INVALID or LIMIT, the sentence naming the condition. */
FormatCondition *format_condition_from_json(const json_t *json, GError **error);
void format_condition_free(FormatCondition *condition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FormatCondition, format_condition_free)

/* `negate` is taken into account. PATTERN_STOPPED: its expression cost too much on this release. */
PatternOutcome format_condition_test(const FormatCondition *condition, const FormatFacts *facts, PatternScratch *scratch);
