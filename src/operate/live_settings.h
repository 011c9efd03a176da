/* The settings in force: those of the configuration with the changes that the database holds on top, kept up to date when another
 * server or a command changes them.
 *
 * Changes are checked as a whole before anything is stored; applying what is stored cannot fail.
 *
 * What the table marks FIELD_SECRET is sealed in the database. A secret that cannot be opened any more counts as not set, which
 * is logged once and said in its view; the others are as they were.
 *
 * Thread-safety: all functions may be called from any thread, live_settings_free when nobody else uses it. Watchers are called by
 * one thread at a time, which is not always the same. */
#pragma once

#include "operate/settings.h"
#include "store/db.h"

typedef struct LiveSettings LiveSettings;

/* Reads the database. `base` is what the configuration says, `directory` where the key lies that seals secrets
 * (sys/secret_box.h); both are copied. Secrets that are stored unsealed, from before, are sealed now. NULL on error. */
LiveSettings *live_settings_new(Db *db, const Settings *base, const char *directory, const Clock *clock, GError **error);
void live_settings_free(LiveSettings *live);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LiveSettings, live_settings_free)

/* A copy of what is in force, into a record that holds nothing; record_clear it by settings_table. */
void live_settings_get(LiveSettings *live, Settings *ret_settings);

/* The same for single facts, without a copy. */
int64_t live_settings_int(LiveSettings *live, int64_t (*read)(const Settings *settings));

/* Called at once, and after each change with what is in force then. At most 16 watchers, for the life of `live`. */
typedef void (*SettingsWatcher)(const Settings *settings, void *user_data);
void live_settings_watch(LiveSettings *live, SettingsWatcher watcher, void *user_data);

/* Stores what the object names, null meaning the configuration's value again, and applies it here; other servers follow. False
 * with INVALID if one of them is wrong (all are in `errors`, which may be NULL; nothing is stored), CONFLICT if `expected_tag` is
 * given and is not live_settings_tag any more. */
bool live_settings_put(LiveSettings *live, const json_t *changes, const char *expected_tag, GPtrArray *errors, GError **error);

/* The same inside the caller's transaction, who calls live_settings_reload after the commit. */
bool live_settings_put_in(LiveSettings *live, DbConn *conn, const json_t *changes, GPtrArray *errors, GError **error);

/* Looks at the database again: for those who changed it by other ways, and for the case that news got lost. */
bool live_settings_reload(LiveSettings *live, GError **error);

/* Only what the database holds, with its secrets: {"encode_slots": 2}. Owned by the caller. */
json_t *live_settings_changed(LiveSettings *live);

/* A word for what is in force; another one as soon as anything is different. The caller frees it. */
char *live_settings_tag(LiveSettings *live);

/* One setting with all there is to know about it. */
typedef struct {
  char *name;
  char *value, *preset; /* JSON */
  char *section;
  int level; /* SettingLevel */
  char *help;
  int kind; /* SettingKind */
  char **values;
  double min, max; /* NAN: none */
  bool secret;     /* value and default are not shown: null */
  bool is_set;     /* of a secret: there is one */
  char *problem;   /* of a secret that is stored and cannot be read; NULL: none */
} SettingView;
extern const FieldTable setting_view_table;

/* Array of SettingView, in the table's order. */
GPtrArray *live_settings_view(LiveSettings *live);

/* Whether changes that came by a request name directories only where requests may reach (library/allowed.h); what does not is an
 * entry in `errors`. False only for the database's errors. */
bool live_settings_check_places(DbConn *conn, const char *const *configured, const json_t *changes, GPtrArray *errors,
                                GError **error);
