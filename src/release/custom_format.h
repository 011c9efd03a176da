/* Custom formats: names that people and guides give to properties of releases, each with the conditions that make it, so that
 * profiles can score them. Read from and written as the JSON that the community shares (Radarr's export, its API, TRaSH guides),
 * with every member that is not known here kept.
 *
 * Conditions of one kind are alternatives, unless they are `required`; kinds are demanded together: a format matches when, of
 * each kind that it has conditions of, no required one fails and at least one holds.
 *
 * Thread-safety: a CustomFormat is constant once read and may be shared. */
#pragma once

#include "release/format_condition.h"

enum {
  CUSTOM_FORMAT_NAME_MAX_BYTES = 256,
  CUSTOM_FORMAT_MAX_CONDITIONS = 1024,
  CUSTOM_FORMATS_MAX = 2000, /* in one file */
};

typedef struct {
  int64_t id; /* by which profiles score it */
  char *name;
  bool include_when_renaming; /* {Custom Formats} of file names shows it */
  GPtrArray *conditions;      /* FormatCondition, by kind, of each kind the required ones first */
  json_t *document;           /* as it came */
} CustomFormat;

/* Reads one format. NULL on error: INVALID or LIMIT, the sentence naming the format and the condition. `json` is referenced and
 * must not be changed later. */
CustomFormat *custom_format_from_json(json_t *json, int64_t id, GError **error);
void custom_format_free(CustomFormat *format);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CustomFormat, custom_format_free)

/* Reads a file's text: one format, or a list of them; ids are given from `first_id` on. NULL on error; else an array of
 * CustomFormat that frees them. */
GPtrArray *custom_formats_parse(const char *text, size_t length, int64_t first_id, GError **error);

/* The format as it came. A new reference. */
json_t *custom_format_json(const CustomFormat *format);

/* True if a release has it. False too if an expression had to be stopped; then, if `problems` (of char *) is not NULL, a sentence
 * naming format and condition is added. */
bool custom_format_matches(const CustomFormat *format, const FormatFacts *facts, PatternScratch *scratch, GPtrArray *problems);

/* The ids (int64_t) of those of `formats` that match, in their order; for quality_profile_score. The caller unrefs it. */
GArray *custom_formats_match(const GPtrArray *formats, const FormatFacts *facts, PatternScratch *scratch, GPtrArray *problems);

/* The format of an id; NULL if there is none. */
const CustomFormat *custom_format_find(const GPtrArray *formats, int64_t id);
