/* The names of a policy's choices and the table of its fields, with the defaults of a policy that nobody has touched.
 * Test: tests/unit/audio/test_policy.c */
#include "audio/policy.h"

static const EnumRow commentary_rule_rows[] = {
    {COMMENTARY_AVOID, "avoid", "Never, while the file has a track with the film's speech in whatever language"},
    {COMMENTARY_LAST, "last", "After every other track of the same language, but before another language"},
};
const EnumTable commentary_rule_table = ENUM_TABLE("CommentaryRule", commentary_rule_rows);

static const EnumRow subtitle_flags_rule_rows[] = {
    {SUBTITLE_FLAGS_OFF, "off", "Leave subtitles as they are"},
    {SUBTITLE_FLAGS_FORCED, "forced-only", "Show a forced subtitle in the language of the audio, and no other"},
    {SUBTITLE_FLAGS_LANGUAGE, "by-language",
     "Where the audio is in none of the subtitle languages, show the first of them that is there; else as forced-only"},
};
const EnumTable subtitle_flags_rule_table = ENUM_TABLE("SubtitleFlagsRule", subtitle_flags_rule_rows);

static const EnumRow override_original_rows[] = {
    {OVERRIDE_ORIGINAL_AS_USUAL, "as-usual", "The original language comes first if the policy prefers it"},
    {OVERRIDE_ORIGINAL_FIRST, "first", "The original language comes first here"},
    {OVERRIDE_ORIGINAL_IGNORED, "ignored", "The original language does not count here, as for children who read no subtitles"},
};
const EnumTable override_original_table = ENUM_TABLE("OverrideOriginal", override_original_rows);

static const Field audio_override_fields[] = {
    FIELD_TEXT(AudioOverride, glob, .flags = FIELD_REQUIRED, .min = 1, .max = 1024,
               .help = "Paths that this is for, such as /media/anime/** or Kids; the most specific glob counts."),
    FIELD_STRINGS(AudioOverride, languages, .max = 32,
                  .help = "Languages in order of preference, tried before the policy's own."),
    FIELD_ENUM(AudioOverride, original, override_original_table, .help = "Whether the original language comes first here."),
};
const FieldTable audio_override_table = FIELD_TABLE(AudioOverride, "AudioOverride", NULL, audio_override_fields);

static const Field audio_policy_fields[] = {
    FIELD_STRINGS(AudioPolicy, languages, .max = 32,
                  .help = "Languages in order of preference, as codes or names: fra, de, German, pt-BR."),
    FIELD_BOOL(AudioPolicy, prefer_original, .preset = "true",
               .help = "A track in the original language comes before the list, where that language is known."),
    FIELD_RECORDS(AudioPolicy, overrides, audio_override_table, .max = 200, .help = "Other languages for some paths."),
    FIELD_ENUM(AudioPolicy, commentary, commentary_rule_table, .help = "When a commentary may become the default."),
    FIELD_ENUM(AudioPolicy, subtitles, subtitle_flags_rule_table,
               .help = "Whether the default and forced flags of subtitles are set too."),
    FIELD_STRINGS(AudioPolicy, subtitle_languages, .max = 32,
                  .help = "For by-language: languages that you understand, in order of preference."),
};
const FieldTable audio_policy_table = FIELD_TABLE(AudioPolicy, "AudioPolicy", NULL, audio_policy_fields);

void audio_policy_free(AudioPolicy *policy)
{
  record_free(&audio_policy_table, policy);
}
