/* What can be changed while servers run: one record, whose defaults stand in the configuration and whose changes stand in the
 * database, for all servers that share it.
 *
 * Thread-safety: the tables are constant. */
#pragma once

#include "base/field.h"
#include "base/log.h"
#include "governor/limit.h"
#include "store/conversion_row.h"
#include "tune/tune.h"
#include "wire/json.h"

typedef enum { STOP_RETURN, STOP_FINISH } StopSetting;
extern const EnumTable stop_table;

enum { WEBHOOK_SECRET_MIN = 16 /* bytes: one that a person chose must not be guessed from a signature */ };

typedef struct {
  int64_t encode_slots;
  int64_t scan_threads; /* 0: number of cores */
  int64_t nice;
  int stop;              /* StopSetting: what happens to running encodes on a graceful stop */
  int64_t reserve_mib;   /* free space to keep on every file system */
  int64_t trash_cap_gib; /* 0: none */
  int64_t job_days;
  int log_level;     /* LogLevel; FIELD_NULL_ENUM: info for the server, warning for other commands */
  int log_format;    /* LogFormat */
  char **log_levels; /* "module=level" */
  int64_t log_file_mib;
  bool backup_daily;
  int64_t backup_hour; /* local time */
  int64_t backup_keep;
  bool metrics_open;
  int audio_links;      /* TuneLinks */
  char **path_mappings; /* "THEIRS=OURS" */
  char *webhook_secret; /* secret; NULL: signed messages are not taken */
  char *tmdb_key;       /* secret; NULL: none */
  char *tmdb_language;  /* NULL: English */
  char *tmdb_address;   /* NULL: TMDB's own */
  int64_t upload_cap_gib;
  int64_t upload_hours;
  int convert_codec, convert_resolution, convert_quality; /* ConvertCodec, ConvertResolution, ConvertQuality */
  int64_t convert_slots;
  int64_t convert_hours;
  int64_t clean_minutes;
  char *upload_directory; /* NULL: "uploads" in the data directory */
  bool watching;
  int64_t settle_s;        /* in which a file must not change before it is taken */
  int64_t check_daily_gib; /* that checks by schedule may read; 0: no limit */
  int limits;              /* LimitPreset */
  char **limit_rules;      /* "measure=enter/leave", as limit_rule_parse reads them */
  int64_t limit_dwell_s;   /* FIELD_NULL_INT: the preset's */
} Settings;
extern const FieldTable settings_table;

/* The rows of the table, once: X(section, KIND, member, …), the rest as for FIELD_KIND. The configuration's table repeats them
 * with its own offsets. */
#define SETTINGS_ROWS(X)                                                                                                         \
  X("Work", INT, encode_slots, .preset = "1", .min = 0, .max = 64, .help = "Encodes that run at once; 0 runs none here.")        \
  X("Work", INT, scan_threads, .preset = "0", .min = 0, .max = 256, .flags = FIELD_ADVANCED,                                     \
    .help = "Files probed at once; 0 is one for each core.")                                                                     \
  X("Work", INT, nice, .preset = "10", .min = 0, .max = 19, .flags = FIELD_ADVANCED,                                             \
    .help = "How far encoders stand back for other programs; 0 not at all.")                                                     \
  X("Work", ENUM, stop, .values = &stop_table, .flags = FIELD_ADVANCED,                                                          \
    .help = "What a graceful stop does with running encodes: return or finish.")                                                 \
  X("Watching", BOOL, watching, .preset = "true", .help = "Whether roots are watched for files that come, change and go.")       \
  X("Watching", INT, settle_s, .preset = "10", .min = 1, .max = 86400,                                                           \
    .help = "Seconds in which a file must not change before it is taken; where it cannot be known whether somebody writes it, "  \
            "twice as many.")                                                                                                    \
  X("Watching", INT, check_daily_gib, .preset = "0", .min = 0, .max = 1e6,                                                       \
    .help = "Films that checks by schedule decode within 24 hours at most, in GiB; 0 is no limit.")                              \
  X("Limits", ENUM, limits, .values = &limit_preset_table,                                                                       \
    .help = "When encodes stand back for what else the machine does: off, conservative, balanced or aggressive.")                \
  X("Limits", STRINGS, limit_rules, .max = 20, .flags = FIELD_ADVANCED,                                                          \
    .help = "Limits of your own in the place of the preset's: a measure, where the limit begins and where it ends, such as "     \
            "cpu=80/60, temperature=85/75/lower or gpu=off.")                                                                    \
  X("Limits", INT, limit_dwell_s, .flags = FIELD_NULLABLE | FIELD_ADVANCED, .min = 0, .max = 3600,                               \
    .help = "Seconds that a reading must last before encodes stand back or come forward by a step; without it the preset's.")    \
  X("Space", INT, reserve_mib, .preset = "1024", .min = 0, .max = 1e9,                                                           \
    .help = "Free space to keep on every file system, in MiB.")                                                                  \
  X("Space", INT, trash_cap_gib, .preset = "0", .min = 0, .max = 1e9,                                                            \
    .help = "Originals kept in the trash at most, in GiB, the oldest going first; 0 is no limit.")                               \
  X("Space", INT, job_days, .preset = "30", .min = 0, .max = 36500,                                                              \
    .help = "Days after which finished jobs are forgotten; 0 is never.")                                                         \
  X("Uploads", INT, upload_cap_gib, .preset = "64", .min = 1, .max = 1e6, .help = "Size that one upload may have, in GiB.")      \
  X("Uploads", INT, upload_hours, .preset = "24", .min = 1, .max = 87600,                                                        \
    .help = "Hours after which uploads are deleted, counted from the last byte that came.")                                      \
  X("Uploads", ENUM, convert_codec, .values = &convert_codec_table,                                                              \
    .help = "What uploads become unless it is said: prores, dnxhr, h264, hevc or av1.")                                          \
  X("Uploads", ENUM, convert_resolution, .values = &convert_resolution_table, .preset = "1080p",                                 \
    .help =                                                                                                                      \
        "Size that the picture of a conversion may have unless it is said: source, 2160p, 1440p, 1080p, 720p, 540p or 360p.")    \
  X("Uploads", ENUM, convert_quality, .values = &convert_quality_table,                                                          \
    .help = "Quality of conversions unless it is said: low (as proxies are), medium or high.")                                   \
  X("Uploads", INT, convert_slots, .preset = "1", .min = 0, .max = 64,                                                           \
    .help = "Conversions that run at once; 0 runs none here.")                                                                   \
  X("Uploads", INT, convert_hours, .preset = "48", .min = 1, .max = 87600,                                                       \
    .help = "Hours after which what was made of uploads, or could not be, is deleted.")                                          \
  X("Uploads", INT, clean_minutes, .preset = "5", .min = 1, .max = 1440, .flags = FIELD_ADVANCED,                                \
    .help = "Minutes between two looks for uploads and conversions whose time is over.")                                         \
  X("Uploads", TEXT, upload_directory, .flags = FIELD_NULLABLE | FIELD_ADVANCED, .min = 1, .max = 4096, .format = "path",        \
    .help = "Where uploads and conversions are kept; without it a directory in the data directory.")                             \
  X("Log", ENUM, log_level, .values = &log_level_table, .flags = FIELD_NULLABLE,                                                 \
    .help = "error, warning, info or debug; without it info for the server and warning for other commands.")                     \
  X("Log", ENUM, log_format, .values = &log_format_table, .help = "text or json.")                                               \
  X("Log", STRINGS, log_levels, .min = 0, .max = 64, .flags = FIELD_ADVANCED,                                                    \
    .help = "Levels of single modules, such as library=debug, instead of log_level.")                                            \
  X("Log", INT, log_file_mib, .preset = "8", .min = 0, .max = 1024, .flags = FIELD_ADVANCED,                                     \
    .help = "Size to which the log in the data directory may grow, in MiB; 0 keeps none there.")                                 \
  X("Backups", BOOL, backup_daily, .preset = "true", .help = "Whether a backup of the database is made each day.")               \
  X("Backups", INT, backup_hour, .preset = "3", .min = 0, .max = 23, .help = "Hour of the daily backup, local time.")            \
  X("Backups", INT, backup_keep, .preset = "7", .min = 1, .max = 1000,                                                           \
    .help = "Backups kept that were made by themselves, the oldest going first; those made by hand stay.")                       \
  X("Access", BOOL, metrics_open, .preset = "false", .flags = FIELD_ADVANCED,                                                    \
    .help = "Whether /metrics can be read without a key.")                                                                       \
  X("Audio", ENUM, audio_links, .values = &tune_links_table,                                                                     \
    .help = "What becomes of files with several names (hard links) whose tracks are to be flagged anew: by-root, skip, "         \
            "wait or break.")                                                                                                    \
  X("Connections", STRINGS, path_mappings, .max = 100,                                                                           \
    .help = "Where Sonarr and Radarr see other paths than Reeve: theirs and ours, such as /tv=/srv/media/tv.")                   \
  X("Connections", TEXT, webhook_secret, .flags = FIELD_NULLABLE | FIELD_SECRET, .min = WEBHOOK_SECRET_MIN, .max = 1024,         \
    .help = "What those who sign their webhooks (X-Webhook-Signature) share with Reeve; without it no signature counts.")        \
  X("Connections", TEXT, tmdb_key, .flags = FIELD_NULLABLE | FIELD_SECRET, .max = 4096,                                          \
    .help = "API key or read access token of The Movie Database, which knows what a film was made in.")                          \
  X("Connections", TEXT, tmdb_language, .flags = FIELD_NULLABLE, .max = 16,                                                      \
    .help = "Language of titles from The Movie Database, such as de-DE; without it English.")                                    \
  X("Connections", TEXT, tmdb_address, .flags = FIELD_NULLABLE | FIELD_ADVANCED, .max = 1024, .format = "uri",                   \
    .help = "Address of a mirror of The Movie Database's API; without it the original.")

/* The section of a setting: "Work". */
const char *settings_section(const Field *field);

/* One setting as text, as it could stand in the configuration. The caller frees it. */
char *settings_text(const Field *field, const void *record);

/* The rules that hold between settings or that a field table does not know; each broken one is an entry in `errors`. */
void settings_check(const Settings *settings, GPtrArray *errors);

/* The path mappings as records of PathMapping; what is wrong in them is left out. The caller unrefs the array. */
GPtrArray *settings_path_mappings(const Settings *settings);
