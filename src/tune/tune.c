/* The tables of jobs on default tracks. Test: tests/unit/tune/test_tune.c */
#include "tune/tune.h"

static const EnumRow links_rows[] = {
    {TUNE_LINKS_BY_ROOT, "by-root", "As the root's link policy says"},
    {TUNE_LINKS_SKIP, "skip", "Leave files with several names alone"},
    {TUNE_LINKS_WAIT, "wait", "Wait until the file has one name, as when a torrent is removed"},
    {TUNE_LINKS_BREAK, "break", "Give the library a copy of its own"},
};
const EnumTable tune_links_table = ENUM_TABLE("TuneLinks", links_rows);

static const Field payload_fields[] = {
    FIELD_INT(TunePayload, root_id, .flags = FIELD_NULLABLE, .help = "All files of this root."),
    FIELD_INTS(TunePayload, file_ids, .help = "These files."),
    FIELD_TEXT(TunePayload, path, .flags = FIELD_NULLABLE, .help = "This file, or what is below this directory."),
    FIELD_BOOL(TunePayload, adds, .help = "The file is added to the library if it is new."),
    FIELD_BOOL(TunePayload, dry_run, .help = "Nothing is changed."),
    FIELD_BOOL(TunePayload, has_policy, .help = "The policy here counts."),
    FIELD_RECORD(TunePayload, policy, audio_policy_table, .help = "Instead of the one in force."),
    FIELD_TEXT(TunePayload, original_language, .flags = FIELD_NULLABLE, .help = "What the film was made in."),
    FIELD_ENUM(TunePayload, original_source, original_source_table, .help = "Who says so."),
    FIELD_INT(TunePayload, tmdb_id, .flags = FIELD_NULLABLE, .help = "At TMDB."),
    FIELD_INT(TunePayload, tvdb_id, .flags = FIELD_NULLABLE, .help = "At TheTVDB."),
    FIELD_TEXT(TunePayload, imdb_id, .flags = FIELD_NULLABLE, .help = "At IMDb."),
    FIELD_TEXT(TunePayload, title, .flags = FIELD_NULLABLE, .help = "Of the film or series."),
    FIELD_INT(TunePayload, year, .flags = FIELD_NULLABLE, .help = "Its first year."),
    FIELD_BOOL(TunePayload, is_show, .help = "It is a series."),
    FIELD_INT(TunePayload, waiting_since_ms, .flags = FIELD_NULLABLE,
              .help = "When files were first found waiting that are looked at again, in ms since 1970."),
};
const FieldTable tune_payload_table = FIELD_TABLE(TunePayload, "TunePayload", NULL, payload_fields);

static const Field summary_fields[] = {
    FIELD_INT(TuneSummary, files, .flags = FIELD_NULLABLE, .help = "Files to look at."),
    FIELD_INT(TuneSummary, looked_at, .help = "Files looked at."),
    FIELD_INT(TuneSummary, nothing, .help = "Files that were as wanted, or for which nothing could be chosen."),
    FIELD_INT(TuneSummary, edit, .help = "Files that would be edited in place (dry run)."),
    FIELD_INT(TuneSummary, remux, .help = "Files that would get a new file (dry run)."),
    FIELD_INT(TuneSummary, edited, .help = "Files edited in place."),
    FIELD_INT(TuneSummary, replaced, .help = "Files that a changed copy took the place of."),
    FIELD_INT(TuneSummary, linked, .help = "Files left alone because they have other names."),
    FIELD_INT(TuneSummary, waiting, .help = "Files that are tried again later."),
    FIELD_INT(TuneSummary, unsupported, .help = "Files that are neither Matroska nor MP4."),
    FIELD_INT(TuneSummary, failed, .help = "Files that could not be changed."),
    FIELD_REAL(TuneSummary, per_second, .help = "Files looked at each second."),
    FIELD_INT(TuneSummary, next_job, .flags = FIELD_NULLABLE, .help = "Job that looks again at those that wait."),
};
const FieldTable tune_summary_table = FIELD_TABLE(TuneSummary, "TuneSummary", NULL, summary_fields);
