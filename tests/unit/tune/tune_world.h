/* A library in small, with real files and the services that jobs on default tracks work with.
 *
 * Thread-safety: none; for the thread that runs the tests. */
#pragma once

#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "tune/tune.h"

typedef struct {
  TestDb *test;
  char *directory;
  EventBus *events;
  Queue *queue;
  ProbePool *probes;
  ScanContext scan;
  ReplaceContext replace;
  TuneContext tune;
  int64_t root_id;
} TuneWorld;

/* What the main function of a test does first: children of the test are the test's own program. True if it was such a child,
 * whose exit code is then in *ret_code. */
bool tune_world_child(int argc, char **argv, int *ret_code);

void tune_world_start(TuneWorld *world, TestDb *test);
void tune_world_stop(TuneWorld *world);

/* A film with an English audio track, the default, and a French one. The format is that of the extension. The path is owned by
 * the caller. */
char *tune_world_film(TuneWorld *world, const char *name);

/* Scans the root, so that the library knows its files. */
void tune_world_scan(TuneWorld *world);
int64_t tune_world_file(TuneWorld *world, const char *path);

/* Adds a job with this payload and runs it as a worker would. */
typedef struct {
  int64_t job_id;
  TuneSummary summary;
  GError *error;
} TuneEnd;
TuneEnd tune_world_run(TuneWorld *world, const TunePayload *payload);

/* The job only, claimed: for tests that interrupt it. */
Job *tune_world_claim(TuneWorld *world, const TunePayload *payload);

/* A payload that wants French before English, whatever the film was made in. record_free by tune_payload_table. */
TunePayload *tune_world_french(void);

/* "eng", "fra" or "": the language of the only default audio track, read from the disk by the container's own parser. */
const char *tune_world_default(const char *path);

/* The only result of a job's file; record_free by audio_file_result_table. */
AudioFileResult *tune_world_result(TuneWorld *world, int64_t job_id);
