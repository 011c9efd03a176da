/* Settings, profiles, schedules and roots as one JSON document, to be carried to another installation or kept under version
 * control: what people decided, without what Reeve found.
 *
 * Thread-safety: any thread. */
#pragma once

#include "operate/live_settings.h"

enum { PORTABLE_FORMAT = 1 };

/* The document: {"reeve_settings":1, "version":…, "settings":{what was changed}, "profiles":[…], "schedules":[…],
 * "roots":[…]}: profiles and schedules by name, a root's own by their names. */
typedef struct {
  int64_t reeve_settings; /* PORTABLE_FORMAT */
  char *version;
  char *settings, *profiles, *schedules, *roots; /* JSON */
} Portable;
extern const FieldTable portable_table;

/* NULL on error. The caller's. */
json_t *portable_export(Db *db, LiveSettings *live, GError **error);

typedef struct {
  int64_t settings, profiles_added, profiles_changed, schedules_added, schedules_changed, roots_added, roots_changed;
} ImportResult;
extern const FieldTable import_result_table;

/* Where it goes. */
typedef struct {
  Db *db;
  LiveSettings *live;
  const char *data_directory; /* no root may be in it; NULL: any may */
  const Clock *clock;
  bool is_held;                         /* roots and their trash must be where requests may reach (library/allowed.h) */
  const char *const *media_directories; /* which is here and in the roots there are; may be NULL */
} PortableTarget;

/* Takes such a document over, in one transaction: settings are set, profiles and schedules of a known name are changed,
 * others made, roots likewise by path. What the document does not name stays. INVALID, with every complaint in `errors` (may be
 * NULL) and nothing changed, if anything in it is wrong; a root's directory must be there. */
bool portable_import(const PortableTarget *target, const json_t *document, GPtrArray *errors, ImportResult *ret_result,
                     GError **error);
