/* What a worker does for each kind of job. */
#pragma once

#include "convert/conversions.h"
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

/* kind CONVERT_JOB: beside the database and the uploads only. */
typedef struct {
  TranscodeExecutor *encoders;
  Conversions *conversions;
  ProbePool *probes;
} ConvertExecutor;
bool execute_convert(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);

/* kinds "scan" {root_id} and "undo" {history_id}: beside the database only. */
typedef struct {
  ScanContext *scan;
  TuneContext *tune;
  void (*on_scanned)(void *user_data); /* after a good scan; may be NULL */
  void *user_data;
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
