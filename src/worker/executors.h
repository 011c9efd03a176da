/* What a worker does for each kind of job. */
#pragma once

#include "library/scan.h"
#include "tune/tune.h"
#include "worker/abilities.h"
#include "worker/agent.h"

/* kinds "transcode" and "chunk": need no database. */
typedef struct {
  const char *ffmpeg, *handbrake;
  Abilities *abilities;
  _Atomic int nice_increment; /* > 0: idle I/O, too; may be set at any time, for encodes that begin from then on */
} TranscodeExecutor;
bool execute_transcode(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);

/* kinds "scan" {root_id} and "undo" {history_id}: beside the database only. */
typedef struct {
  ScanContext *scan;
  TuneContext *tune;
} LibraryExecutor;
bool execute_scan(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);
bool execute_undo(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);

/* kinds TUNE_JOB and TUNE_BATCH_JOB, with a TunePayload: beside the database only. */
bool execute_audio(JobRun *run, const char *order, void *tune_context, char **ret_report, GError **error);

/* Their payloads. */
typedef struct {
  int64_t root_id;
} ScanPayload;
extern const FieldTable scan_payload_table;
typedef struct {
  int64_t history_id;
} UndoPayload;
extern const FieldTable undo_payload_table;
