/* The right default tracks of library files: the jobs that look at files and change them, for one file that Sonarr or Radarr has
 * just imported as for a batch of a hundred thousand.
 *
 * A file is changed in place, by a few bytes (container/edit_commit.h, journalled in the database). Where that cannot be, a copy
 * with the wanted flags takes its place through the replacement journal (library/replace.h): where there is no room for the
 * change, and where the file has other names and the policy says that it may be parted from them. Nothing else writes.
 *
 * Thread-safety: any thread. */
#pragma once

#include "audio/outcome.h"
#include "audio/policy.h"
#include "connect/tmdb_shared.h"
#include "library/replace.h"
#include "library/scan.h"
#include "store/audio_result.h"

/* What becomes of a file with several names, whose content is likely being seeded. */
typedef enum {
  TUNE_LINKS_BY_ROOT, /* as the root's link policy: skipped, or broken where that lets files be replaced */
  TUNE_LINKS_SKIP,
  TUNE_LINKS_WAIT,  /* until it has one name again */
  TUNE_LINKS_BREAK, /* a copy with the wanted flags gets the library's name */
} TuneLinks;
extern const EnumTable tune_links_table;

typedef struct {
  ReplaceContext *replace; /* holds db, queue and clock */
  ScanContext *scan;
  const char *ffmpeg;
  TmdbShared *films; /* NULL: nobody is asked */
  _Atomic int links; /* TuneLinks; may be set at any time */
  int threads;       /* files looked at, and edited, at once; 0: 12 */
} TuneContext;

/* The kinds of job: a batch never keeps a single file waiting. */
#define TUNE_JOB "audio"
#define TUNE_BATCH_JOB "audio-batch"

/* The payload of both. */
typedef struct {
  int64_t root_id;  /* all of a root; FIELD_NULL_INT: not */
  GArray *file_ids; /* these; empty: not */
  char *path;       /* a file, or a directory with all below it; NULL: not */
  bool adds;        /* `path` is a file that may be new to the root, which is then added to the library */
  bool dry_run;
  bool has_policy; /* `policy` counts, else the one in force when the job runs */
  AudioPolicy policy;
  /* What is known of the film; NULL and FIELD_NULL_INT: not. */
  char *original_language;
  int original_source; /* OriginalSource */
  int64_t tmdb_id, tvdb_id;
  char *imdb_id;
  char *title;
  int64_t year;
  bool is_show;
  int64_t waiting_since_ms; /* of a job that looks again at files which wait: since when; FIELD_NULL_INT: it is the first look */
} TunePayload;
extern const FieldTable tune_payload_table;

/* What a job has done so far: its progress, and at the end its result. */
typedef struct {
  int64_t files, looked_at; /* `files` is FIELD_NULL_INT while it is not known */
  int64_t nothing, edit, remux, edited, replaced, linked, waiting, unsupported, failed;
  double per_second;
  int64_t next_job; /* that looks again at those that wait; FIELD_NULL_INT: none */
} TuneSummary;
extern const FieldTable tune_summary_table;

typedef struct {
  const LeaseRef *lease;
  Cancel *cancel;
  Cancel *halt; /* no further file is begun; those in hand are finished, and written down. May be NULL */
  void (*on_progress)(const TuneSummary *summary, void *user_data);
  void (*on_log)(const char *level, const char *message, void *user_data);
  void *user_data;
} TuneWatch;

/* Carries out a job. Files that have a result of this job already are left out, but for those that failed; so a job that was
 * interrupted goes on where it stopped. True although single files failed; but a job for one file fails with it.
 * Files that wait get another job, later and later (tune/wait.h), the last of which gives them up: they failed then. Errors:
 * CANCELLED (it was told to, or to halt), CONFLICT (the lease is lost), the database's; for one file, why it failed. */
bool tune_run(TuneContext *context, const Job *job, const TunePayload *payload, const TuneWatch *watch, TuneSummary *ret_summary,
              GError **error);

/* Makes whole what was interrupted: every edit in the journal that no living lease owns. One that turns out to have been finished
 * gets its entry in the history. *ret_count is the number dealt with. False only if the journal cannot be read; single failures
 * are recorded on their row and tried again at the next call. */
bool tune_recover(TuneContext *context, int *ret_count, GError **error);

/* Undoing any entry of the history: an edit in place by the edit that sets the flags back, anything else as library/trash.h does.
 * CONFLICT, with the reason, if it cannot be undone. The job that a lease is of ends in the transaction that writes it down. */
bool tune_can_undo(TuneContext *context, int64_t history_id, GError **error);
bool tune_undo(TuneContext *context, int64_t history_id, const LeaseRef *lease, Cancel *cancel, int64_t *ret_history_id,
               GError **error);
