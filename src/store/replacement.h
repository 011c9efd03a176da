/* The replacement journal, the trash and the history as rows. What they mean and how they move is library/replace.h's. */
#pragma once

#include "store/db.h"

typedef enum {
  REPLACEMENT_STAGED,    /* a temporary directory of ours exists, or may; nothing of the user's was touched */
  REPLACEMENT_VERIFIED,  /* the new file is complete, checked and fsynced */
  REPLACEMENT_INTENT,    /* the swap may have begun: every path and identity it needs is in this row */
  REPLACEMENT_SWAPPED,   /* the new file has the library's name, the old one is in the trash (or gone, by retention 0) */
  REPLACEMENT_COMMITTED, /* files, history, trash and job say so too */
  REPLACEMENT_ABORTED,   /* undone: the original stands as it did */
} ReplacementState;
extern const EnumTable replacement_state_table;

typedef enum {
  REPLACE_TRANSCODE,
  REPLACE_UNDO,
  REPLACE_TRACKS /* the same streams with other flags; one of many files of its job, which goes on */
} ReplacementKind;
extern const EnumTable replacement_kind_table;

typedef struct {
  int64_t id;
  int state, kind;
  int64_t job_id, file_id, root_id;
  int64_t lease_epoch;   /* of the job when it was staged: fencing */
  char *source_path;     /* the library's file */
  char *target_path;     /* the name the new file gets; differs when the extension changes */
  char *stage_directory; /* ours, beside the source: .reeve-tmp-<id> */
  char *stage_path;      /* the new file while it is made */
  char *trash_path;      /* where the original goes; NULL: not kept */
  int64_t source_device, source_inode, source_size_bytes, source_mtime_ns, source_link_count;
  int64_t staged_device, staged_inode, staged_size_bytes;
  char *source_fingerprint, *staged_fingerprint;
  int64_t undo_of; /* history id, for REPLACE_UNDO */
  char *facts;     /* JSON: what history wants to know (profile, encoder, seconds, codecs) */
  char *error;
  int64_t created_at_ms, updated_at_ms;
} Replacement;
extern const FieldTable replacement_table;

/* Those that no process has brought to rest yet, by number; and with those that have, but whose stage directory is still to be
 * removed. NULL on error. */
GPtrArray *replacements_unfinished(DbConn *conn, GError **error);
GPtrArray *replacements_open(DbConn *conn, GError **error);

/* How many of a root's are unfinished. */
bool replacements_under_way(DbConn *conn, int64_t root_id, int64_t *ret_count, GError **error);

/* The one that a lease staged and that still waits for its output. NOT_FOUND if there is none. */
bool replacement_of_lease(DbConn *conn, int64_t job_id, int64_t lease_epoch, Replacement *ret_replacement, GError **error);

/* The last one of a job, whichever lease staged it, that still waits for its output. NOT_FOUND if there is none. */
bool replacement_of_job(DbConn *conn, int64_t job_id, Replacement *ret_replacement, GError **error);

/* Whether the journal knows a stage directory, under way or not. */
bool replacement_of_directory(DbConn *conn, const char *stage_directory, bool *ret_known, GError **error);

typedef enum { TRASH_KEPT, TRASH_RESTORED, TRASH_PURGED } TrashState;
extern const EnumTable trash_state_table;

typedef struct {
  int64_t id;
  int state;
  int64_t root_id, file_id, replacement_id;
  char *original_path, *trash_path;
  int64_t device, inode, size_bytes, mtime_ns;
  int64_t expires_at_ms; /* FIELD_NULL_INT: never */
  int64_t created_at_ms, updated_at_ms;
} TrashEntry;
extern const FieldTable trash_table;

/* Moves the day on which what is in the trash may go. */
bool trash_postpone(DbConn *conn, int64_t by_ms, GError **error);

/* What is in the trash, the oldest first. NULL on error. */
GPtrArray *trash_kept(DbConn *conn, GError **error);

typedef enum {
  HISTORY_REPLACED,
  HISTORY_UNDONE /* a replacement that was undone later */,
  HISTORY_RESTORED /* the undo itself */,
  HISTORY_EDITED /* flags of tracks were changed in the file itself */,
  HISTORY_EDIT_UNDONE /* such a change that was undone later */
} HistoryState;
extern const EnumTable history_state_table;

typedef struct {
  int64_t id;
  int state;
  int64_t file_id, root_id, job_id, trash_id; /* trash_id FIELD_NULL_INT: the original was not kept */
  char *path;                                 /* now */
  char *path_before;                          /* differs when the extension changed */
  int64_t size_before_bytes, size_after_bytes;
  int64_t bytes_saved; /* less what other links still pin */
  char *codec_before, *codec_after, *profile, *encoder;
  double seconds;          /* of work */
  char *resolution;        /* ResolutionClass's name of the new picture; NULL: not known */
  int64_t film_ms;         /* its length */
  int64_t predicted_bytes; /* what was foretold of size_after_bytes and seconds; FIELD_NULL_INT and NAN: nothing was */
  double predicted_seconds;
  char *detail; /* JSON: the plan's actions, quality, SSIM if measured */
  bool can_undo;
  int64_t created_at_ms;
} HistoryEntry;
extern const FieldTable history_table;

typedef struct {
  const char *text;
  int64_t file_id, root_id;
  const char *after;
  int64_t limit;
} HistoryQuery;
GPtrArray *history_page(DbConn *conn, const HistoryQuery *query, char **ret_next, GError **error);

/* The newest replacements that stand or stood, as PastEncode (encode/forecast.h); NULL on error. */
GPtrArray *history_past(DbConn *conn, int64_t most, GError **error);

/* What GET /stats shows. */
typedef struct {
  int64_t files, files_failed, files_missing, files_damaged, files_undecodable, library_bytes;
  int64_t replaced, undone, bytes_saved, bytes_before;
  int64_t trash_bytes, trash_entries;
  int64_t jobs_pending, jobs_running, jobs_held, jobs_paused, jobs_failed, jobs_done, jobs_cancelled, jobs_skipped;
  int64_t eta_s;                                 /* FIELD_NULL_INT: nothing to go by */
  double size_error_percent, time_error_percent; /* how far predictions were off at the median; NAN: too few were made */
} LibraryStats;
extern const FieldTable library_stats_table;
/* `slots`: how many transcodes run at once, for eta_s. */
bool library_stats(DbConn *conn, int slots, LibraryStats *ret_stats, GError **error);

/* What was saved on one day, by the replacements of that day that stand. */
typedef struct {
  char *day; /* "2024-12-31" in the zone */
  int64_t bytes_saved, files;
} Saving;
extern const FieldTable saving_table;
/* The last `days` days up to now, today's the last; days without replacements are there too. NULL on error. */
GPtrArray *history_savings(DbConn *conn, int64_t now_ms, int days, GTimeZone *zone, GError **error);
