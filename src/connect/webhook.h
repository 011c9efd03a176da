/* What Sonarr and Radarr (and Lidarr) say when something has happened to a file of theirs: their webhooks' bodies as records.
 * Pure.
 *
 * Field names and events are those of Sonarr 3 and 4, Radarr 3 to 6 and Lidarr 1 and 2 (their classes WebhookPayload and those
 * made of it). Older ones leave out what newer ones say; what is missing, or of another kind than expected, counts as absent.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/field.h"

typedef enum { WEBHOOK_SONARR, WEBHOOK_RADARR, WEBHOOK_LIDARR } WebhookApplication;
extern const EnumTable webhook_application_table;

typedef enum {
  WEBHOOK_UNKNOWN,     /* an event that this version does not know; its name is in `event` */
  WEBHOOK_TEST,        /* someone pressed "Test": the movie in it does not exist */
  WEBHOOK_GRAB,        /* a release was sent to a download client */
  WEBHOOK_IMPORT,      /* files are in the library, `is_upgrade` in place of others */
  WEBHOOK_RENAME,      /* files have other paths than before */
  WEBHOOK_ADD,         /* a series or movie was added; it has no file yet */
  WEBHOOK_DELETE,      /* a series or movie was removed, with its files if `deletes_files` */
  WEBHOOK_FILE_DELETE, /* `files` are gone; after an upgrade, and before the import's own message */
  WEBHOOK_FAILURE,     /* a download or an import failed */
  WEBHOOK_RETAG,       /* Lidarr: tags in files were written */
  WEBHOOK_HEALTH,      /* it has something to complain about, or no more */
  WEBHOOK_UPDATE,      /* it has another version now */
  WEBHOOK_INTERACTION, /* a download waits for a person */
} WebhookKind;
extern const EnumTable webhook_kind_table;

/* In their namespace (see path_map.h). */
typedef struct {
  int64_t id;          /* theirs; FIELD_NULL_INT if they do not say */
  char *path;          /* absolute; NULL if they do not say */
  char *previous_path; /* of a renamed file */
  char *recycle_path;  /* where a deleted file lies now */
  char *quality;       /* "WEBDL-1080p" */
  char *release;       /* the release it came from */
  int64_t size_bytes;
  char **languages; /* English names: "Japanese" */
} WebhookFile;
extern const FieldTable webhook_file_table;

typedef struct {
  int application; /* WebhookApplication */
  int kind;        /* WebhookKind */
  char *event;     /* as they wrote it: "Download" */
  char *instance;  /* the name someone gave that Sonarr: "Sonarr 4K" */
  char *title;     /* of the movie, series or artist */
  int64_t year;
  char *folder; /* its directory, in their namespace */
  int64_t tmdb_id, tvdb_id;
  char *imdb_id;           /* "tt0137523" */
  char *original_language; /* its English name: "Japanese" */
  char *quality;           /* of the first file, or of the release that was grabbed */
  char *download_id;       /* of the download client; torrents: the hash in upper case */
  bool is_upgrade;
  bool deletes_files;
  char *delete_reason;      /* "upgrade", "manual", "missingFromDisk" … */
  char *message;            /* of health, updates, failures */
  GPtrArray *files;         /* of WebhookFile: those that the event is about */
  GPtrArray *deleted_files; /* of WebhookFile: those that an upgrade removed */
} WebhookEvent;
extern const FieldTable webhook_event_table;

enum { WEBHOOK_MAX_FILES = 10000 };

/* Reads a body. `sent_to` is the application whose address it came to; what it speaks of (a series, a movie, an artist) decides,
 * as an address is easily pasted into the wrong program. INVALID if it is not JSON, not an object, or has no eventType; LIMIT
 * over the caps of wire/json.h or WEBHOOK_MAX_FILES. `ret_event` holds nothing yet; record_clear with webhook_event_table frees
 * it. */
bool webhook_read(WebhookApplication sent_to, const char *body, size_t length, WebhookEvent *ret_event, GError **error);

/* True for events whose files are to be looked at: imports, upgrades included. */
bool webhook_acts(const WebhookEvent *event);

/* Equal for two messages that say the same of the same file, so that one job comes of them: Sonarr 4 tells of an import once for
 * each file and, when all are done, once more for all of them. Made of kind, application, instance, path and their id of the
 * file, which is new with each import; where they give none, of the download. A name of at most 80 bytes; the caller frees it. */
char *webhook_key(const WebhookEvent *event, const WebhookFile *file);
