/* What is written down of an edit in place: the file's row, the history, and how it is taken back. For src/tune only.
 *
 * Thread-safety: as the connection. */
#pragma once

#include "audio/outcome.h"
#include "tune/tune.h"

/* What was changed, and why, as JSON for the history: {"audio": {"reason", "rule", "language", "track", "tracks": [TrackFlags of
 * those that changed]}}. The caller frees it. */
char *edited_detail(const AudioResult *result);

/* The tracks of such a detail: records_new() array of TrackFlags. NULL with CONFLICT if it is none. */
GPtrArray *edited_tracks(const char *detail, GError **error);

/* Puts the flags that the tracks should have into the media's streams. */
void edited_set_flags(const MediaInfo *media, const GPtrArray *tracks);

/* Brings the record of a file up to date with what is on the disk now: identity, fingerprint, and the flags in its media. */
bool edited_refresh(LibraryFile *file, const GPtrArray *tracks, const Clock *clock, GError **error);

/* Writes the file's row and the entry of the history, in the caller's transaction. */
typedef struct {
  const LibraryFile *file;
  const char *fingerprint_before; /* or NULL */
  const char *detail;
  int64_t job_id; /* FIELD_NULL_INT: none */
  bool can_undo;
  int64_t now_ms;
} EditedFile;
bool edited_note(DbConn *conn, const EditedFile *edited, int64_t *ret_history_id, GError **error);
