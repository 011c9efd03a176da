/* The words for what becomes of a file. Test: tests/unit/audio/test_look.c */
#include "audio/outcome.h"

static const EnumRow outcome_rows[] = {
    {AUDIO_KEEP, "nothing", "The file is as wanted, or nothing can be chosen"},
    {AUDIO_EDIT, "edit", "A few bytes of the file would be changed"},
    {AUDIO_EDITED, "edited", "The file was changed in place"},
    {AUDIO_REMUX, "remux", "The wish needs a new file: there is no room in this one"},
    {AUDIO_REPLACED, "replaced", "A copy with the wanted flags took the file's place"},
    {AUDIO_LINKED, "linked", "The file has other names, which would change along: it is left alone"},
    {AUDIO_WAITING, "waiting", "The file cannot be changed now and is tried again later"},
    {AUDIO_UNSUPPORTED, "unsupported", "The file is neither Matroska nor MP4"},
    {AUDIO_FAILED, "failed", "The file could not be changed and is as it was"},
};
const EnumTable audio_outcome_table = ENUM_TABLE("AudioOutcome", outcome_rows);

static const Field result_fields[] = {
    FIELD_ENUM(AudioResult, outcome, audio_outcome_table, .help = "What is done, or would be."),
    FIELD_TEXT(AudioResult, reason, .help = "The same in words."),
    FIELD_INT(AudioResult, bytes, .help = "Bytes of the file that are written."),
    FIELD_ENUM(AudioResult, container, container_kind_table, .help = "Format of the file."),
    FIELD_RECORD(AudioResult, choice, audio_choice_table, .help = "Which track was chosen, and all flags."),
};
const FieldTable audio_result_table = FIELD_TABLE(AudioResult, "AudioResult", NULL, result_fields);
