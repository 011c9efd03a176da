/* What must be known before the database: YAML file < environment (REEVE_NAME) < flags (--name), all from one field table.
 *
 * Thread-safety: constant once loaded. */
#pragma once

#include "base/field.h"

typedef enum { LOG_AS_TEXT, LOG_AS_JSON } LogFormatSetting;
typedef enum { LOG_AT_ERROR, LOG_AT_WARNING, LOG_AT_INFO, LOG_AT_DEBUG } LogLevelSetting;
typedef enum { STOP_RETURN, STOP_FINISH } StopSetting;

typedef struct {
  char *data; /* directory; never NULL once loaded */
  char *listen;
  char *database; /* NULL: SQLite in the data directory */
  int log_level;  /* LogLevelSetting; FIELD_NULL_ENUM: info for the server, warning for other commands */
  int log_format; /* LogFormatSetting */
  char *ffmpeg, *handbrake;
  int64_t encode_slots;
  int64_t scan_threads; /* 0: number of cores */
  int64_t http_threads;
  int64_t nice;
  int64_t reserve_mib;   /* free space to keep on every file system */
  int64_t trash_cap_gib; /* 0: none */
  int64_t job_days;
  int stop; /* StopSetting: what happens to running encodes on a graceful stop */
} Config;
extern const FieldTable config_table;
extern const EnumTable log_level_table; /* names are those of log_level_parse */

/* Merges: defaults, then `file` (NULL: $REEVE_CONFIG, else /etc/reeve/reeve.yaml if it exists, else none), then the environment,
 * then `flags` (name, value pairs, NULL-terminated; may be NULL). NAME_FILE in the environment names a file that holds the value;
 * an empty variable counts as unset. Errors name the source: file with line and column, variable, or flag. `ret_config` is
 * written on success; record_clear it. `errors` (FieldError) collects all problems of all sources; may be NULL. */
bool config_load(const char *file, const char *const *flags, Config *ret_config, GPtrArray *errors, GError **error);

/* Variables that begin with REEVE_ and are no setting of ours: probably misspelt. The caller frees it with g_strfreev. */
char **config_unknown_variables(void);

/* The file that config_load reads: `file`, $REEVE_CONFIG or the one in /etc; NULL if there is none. The caller frees it. */
char *config_file(const char *file);

/* Where data lives unless told otherwise: $XDG_DATA_HOME/reeve for people, /var/lib/reeve for root. The caller frees it. */
char *config_default_data(void);

/* True if the database is SQLite; then *ret_path (may be NULL; the caller frees it) is its file. */
bool config_is_sqlite(const Config *config, char **ret_path);

/* The database's address with the password in it, if any, hidden. The caller frees it. */
char *config_database_shown(const Config *config);

/* "encode_slots" -> "encode-slots", as it stands on the command line. The caller frees it. */
char *config_flag_name(const char *field);
