/* What must be known before the database: YAML file < environment (REEVE_NAME) < flags (--name), all from one field table.
 *
 * Thread-safety: constant once loaded. */
#pragma once

#include "operate/settings.h"

typedef struct {
  char *data; /* directory; never NULL once loaded */
  char *listen;
  char *database; /* NULL: SQLite in the data directory */
  char *ffmpeg, *handbrake;
  int64_t http_threads;
  char *tls_certificate, *tls_key; /* PEM files, both or none */
  char **trusted_proxies, **cors_origins, **media_directories;
  bool remote_setup;
  int64_t session_idle_hours, session_days, audit_days;
  Settings settings; /* what may be changed later, too: these are its defaults */
} Config;
extern const FieldTable config_table;

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

/* The database's address as db_open takes it. The caller frees it. */
char *config_database_address(const Config *config);

/* The database's address with the password in it, if any, hidden. The caller frees it. */
char *config_database_shown(const Config *config);

/* "encode_slots" -> "encode-slots", as it stands on the command line. The caller frees it. */
char *config_flag_name(const char *field);
