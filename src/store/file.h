/* Files of the library (L2, L6, L7) and the verdicts on them (T3). */
#pragma once

#include "media/media_info.h"
#include "store/db.h"

typedef enum {
  FILE_NEW,     /* found, not yet probed */
  FILE_READY,   /* probed */
  FILE_FAILED,  /* cannot be probed: error says why */
  FILE_MISSING, /* was there, is not: history is kept */
} FileState;
extern const EnumTable file_state_table;

/* What decoding all of a file showed (L8). */
typedef enum { FILE_SOUND, FILE_DAMAGED, FILE_UNREADABLE } FileHealth;
extern const EnumTable file_health_table;

/* One thing that is wrong with a file. */
typedef struct {
  int64_t at_ms; /* about where in the film; FIELD_NULL_INT: not known */
  int64_t times; /* as often it was said in a row */
  char *message;
} FileFault;
extern const FieldTable file_fault_table;

typedef struct {
  int64_t id;
  int64_t root_id;
  char *path; /* absolute */
  int64_t size_bytes, mtime_ns, inode, device, link_count;
  char *fingerprint; /* fs_fingerprint, NULL until computed */
  int state;
  char *error;
  /* filtered on; from media */
  char *container, *video_codec, *pixel_format, *audio_codecs /* comma-separated */, *audio_languages, *subtitle_languages;
  int hdr; /* HdrClass, FIELD_NULL_ENUM if unknown */
  int64_t width, height, duration_ms, bit_rate_bps;
  char *media;           /* MediaInfo as JSON, NULL until probed */
  GPtrArray *verdicts;   /* of Verdict: filled by verdicts_of for one file, not a column */
  char **sidecars;       /* names of files beside it that belong to it */
  int health;            /* FileHealth of this content; FIELD_NULL_ENUM: not checked */
  int64_t checked_at_ms; /* FIELD_NULL_INT: never, or not since its content changed */
  int64_t fault_count;
  GPtrArray *faults; /* of FileFault: the first of them */
  int64_t found_at_ms, probed_at_ms, missing_since_ms, updated_at_ms;
} LibraryFile;
extern const FieldTable file_table;

void library_file_free(LibraryFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LibraryFile, library_file_free)

/* Puts what is filtered on, and the JSON, into the file; state READY. */
void library_file_set_media(LibraryFile *file, const MediaInfo *media);

/* Takes it out again, for a file whose content is another now and has not been probed; state NEW. */
void library_file_forget_media(LibraryFile *file);

/* Forgets what a check of another content found. Of library_file_forget_media a part. */
void library_file_forget_check(LibraryFile *file);

/* The media JSON as a record; NULL with NOT_FOUND if it has not been probed. */
MediaInfo *library_file_media(const LibraryFile *file, GError **error);

/* The file of a path in a root. NOT_FOUND if there is none. */
bool file_by_path(DbConn *conn, int64_t root_id, const char *path, LibraryFile *file, GError **error);

/* Rows of the same inode: other names (hard links) of what was there when both were scanned. NULL on error. */
GPtrArray *file_other_names(DbConn *conn, const LibraryFile *file, GError **error);

/* What was learnt by trying: kept by fingerprint, so that it follows renames. */
typedef struct {
  int64_t id;
  char *fingerprint;
  int64_t profile_id, profile_version;
  char *code;   /* SkipCode's name or "not-smaller", "failed-verification", … */
  char *reason; /* a finished sentence */
  int64_t created_at_ms;
} Verdict;
extern const FieldTable verdict_table;

/* The verdict for this content and profile version. *ret_found false if there is none; `ret_verdict` is initialised by the
 * caller. */
bool verdict_find(DbConn *conn, const char *fingerprint, int64_t profile_id, int64_t profile_version, Verdict *ret_verdict,
                  bool *ret_found, GError **error);
/* All verdicts on a content, the newest first. NULL on error. */
GPtrArray *verdicts_of(DbConn *conn, const char *fingerprint, GError **error);

/* Remembers a verdict in place of the one there was, and sets its id. */
bool verdict_put(DbConn *conn, Verdict *verdict, GError **error);

/* One page of files for GET /files. Filters that are NULL or FIELD_NULL_* are not applied. */
typedef enum { FILE_SORT_PATH, FILE_SORT_SIZE, FILE_SORT_FOUND, FILE_SORT_DURATION, FILE_SORT_BIT_RATE } FileSort;
extern const EnumTable file_sort_table; /* "path", "size", "found", "duration", "bit_rate" */
typedef struct {
  int64_t root_id;
  const char *video_codec;
  int state; /* FIELD_NULL_ENUM: all */
  const char *container;
  int hdr;    /* HdrClass, or FIELD_NULL_ENUM */
  int health; /* FileHealth, or FIELD_NULL_ENUM */
  int64_t min_size_bytes, max_size_bytes;
  const char *audio_language; /* one of the file's, as it stands there */
  const char *text;           /* part of the path, case-insensitive */
  int sort;
  bool descending;
  const char *after; /* opaque cursor from the page before, or NULL */
  int64_t limit;     /* 1..500 */
} FileQuery;
/* Array of LibraryFile without their media JSON; *ret_next is the cursor of the next page or NULL (the caller frees it). INVALID
 * for a cursor that is not one of ours. */
GPtrArray *file_page(DbConn *conn, const FileQuery *query, char **ret_next, GError **error);
