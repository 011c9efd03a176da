/* Expressions that people and guides write, matched against names without trust in either.
 *
 * The community's custom formats are written for .NET. PCRE2 reads nearly all of that as it stands; what it does not, lookbehinds
 * of any length, is taken apart here (docs/decisions/0030). \uXXXX and \xXX mean what they mean there. Classes such as \w and \b
 * go by Unicode.
 *
 * An expression costs what its author makes it cost: every match has a budget, and one that runs out of it is stopped and says
 * so.
 *
 * Thread-safety: a Pattern is constant once made and may be shared; a PatternScratch belongs to one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum {
  PATTERN_MAX_BYTES = 8192,         /* longer expressions are refused */
  PATTERN_MAX_LOOKBEHINDS = 64,     /* of any length, in one expression */
  PATTERN_MATCH_LIMIT = 200000,     /* backtracking steps from one place of the subject */
  PATTERN_BEHIND_LIMIT = 4000,      /* the same inside a lookbehind of any length */
  PATTERN_BEHIND_STARTS = 65536,    /* places that all lookbehinds of any length may start from in one match */
  PATTERN_DEPTH_LIMIT = 2000,       /* how deep steps may nest where the machine's own code is not used */
  PATTERN_HEAP_LIMIT_KIB = 4096,    /* likewise, what they may keep */
  PATTERN_SUBJECT_MAX_BYTES = 1024, /* of a longer subject only so much is looked at */
};

typedef enum { PATTERN_NO_FLAGS, PATTERN_IGNORE_CASE = 1 << 0 } PatternFlags;

typedef struct Pattern Pattern;

/* NULL on error: INVALID with what is wrong and at which character, LIMIT if it is too long or too large. */
Pattern *pattern_new(const char *text, PatternFlags flags, GError **error);
void pattern_free(Pattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pattern, pattern_free)

/* What matching needs to work in. */
typedef struct PatternScratch PatternScratch;
PatternScratch *pattern_scratch_new(void);
void pattern_scratch_free(PatternScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PatternScratch, pattern_scratch_free)

typedef enum {
  PATTERN_MISSES,
  PATTERN_MATCHES,
  PATTERN_STOPPED, /* the budget ran out: nobody knows */
} PatternOutcome;

/* Whether the pattern is found anywhere in the subject, which must be valid UTF-8. */
PatternOutcome pattern_match(const Pattern *pattern, PatternScratch *scratch, const char *subject);
