/* What a worker does for each kind of job. */
#pragma once

#include "library/scan.h"
#include "library/trash.h"
#include "worker/abilities.h"
#include "worker/agent.h"

/* kind "transcode": needs no database. */
typedef struct {
  const char *ffmpeg, *handbrake;
  Abilities *abilities;
  int nice_increment;
  bool idle_io;
} TranscodeExecutor;
bool execute_transcode(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);

/* kinds "scan" {root_id} and "undo" {history_id}: beside the database only. */
typedef struct {
  ScanContext *scan;
  ReplaceContext *replace;
} LibraryExecutor;
bool execute_scan(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);
bool execute_undo(JobRun *run, const char *order, void *executor, char **ret_report, GError **error);

/* Their payloads. */
typedef struct {
  int64_t root_id;
} ScanPayload;
extern const FieldTable scan_payload_table;
typedef struct {
  int64_t history_id;
} UndoPayload;
extern const FieldTable undo_payload_table;
