/* Conversions: asked for, watched, called off, deleted, expired; each is a job of its own with its own choice.
 *
 * Invariants:
 * 1. A row knows its directory before that is made, and the directory goes before the row: no kill leaves files that no row
 * knows.
 * 2. What can be downloaded was probed after it was written, and is on the disk: the row gets its path in the transaction that
 *    ends the job, under the lease's fence. Each attempt writes into a directory of its own.
 * 3. An upload of which something is still to be made is neither expired nor deleted: a row is inserted under the lock of its
 *    upload's.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include "convert/recipe.h"
#include "convert/uploads.h"
#include "media/probe.h"
#include "queue/queue.h"
#include "transcode/transcode.h"

#define CONVERT_JOB "convert"

typedef struct Conversions Conversions;

/* What can change while the server runs. */
typedef struct {
  ConvertChoice preset; /* of what is not said */
  int64_t keep_ms;      /* after it was done or failed, until it is deleted */
} ConversionRules;

typedef struct {
  Db *db;
  Queue *queue;
  Uploads *uploads;
  const Clock *clock;
  const char *place; /* the name of this installation: its files are converted here; copied; NULL: anywhere */
} ConversionsParams;

/* All is borrowed. The rules are ProRes Proxy in 1080p and two days until they are set. */
Conversions *conversions_new(const ConversionsParams *params);
void conversions_free(Conversions *conversions);
void conversions_set_rules(Conversions *conversions, const ConversionRules *rules);
ConvertChoice conversions_preset(Conversions *conversions);

/* Asks for one. NOT_FOUND if there is no such upload; CONFLICT while not all of it has come; of `choice` what is
 * FIELD_NULL_ENUM is the preset's. `ret_conversion` is initialised. */
typedef struct {
  int64_t upload_id;
  ConvertChoice choice;
  const char *created_by;
} NewConversion;
bool conversions_create(Conversions *conversions, const NewConversion *wanted, Conversion *ret_conversion, GError **error);

/* As conversion_row_get and conversion_row_page. */
bool conversions_get(Conversions *conversions, int64_t id, Conversion *ret_conversion, GError **error);
GPtrArray *conversions_page(Conversions *conversions, int64_t before_id, int64_t limit, int64_t *ret_next, GError **error);

/* CONFLICT if it has ended. */
bool conversions_cancel(Conversions *conversions, int64_t id, GError **error);

/* It and its files; one that is worked on is called off, cannot be seen any more, and goes when its worker has let go. */
bool conversions_delete(Conversions *conversions, int64_t id, GError **error);

/* Deletes what has expired or was discarded. *ret_deleted may be NULL. */
bool conversions_expire(Conversions *conversions, Cancel *cancel, int *ret_deleted, GError **error);

/* --- the job --- */

/* What a job's report says. */
typedef struct {
  char *path;
  int64_t size_bytes, duration_ms;
  double seconds, fps; /* that it took; mean */
} ConversionReport;
extern const FieldTable conversion_report_table;

/* Makes what the job is for: probes the upload, runs `runner` in a directory of this attempt, probes what came of it, brings it
 * to the disk. On error nothing of the attempt stays. CORRUPT if the upload is no video or damaged; NO_SPACE if there is no room
 * beside the reserve; UNAVAILABLE, UPSTREAM, TIMEOUT, CANCELLED. */
bool conversion_run(Conversions *conversions, const LeaseRef *lease, const TranscodeRunner *runner, ProbePool *probes,
                    ConversionReport *ret_report, GError **error);

/* Ends the job: offers the file of `report`, or notes `execution`. */
bool conversion_conclude(Conversions *conversions, const LeaseRef *lease, const char *report, const GError *execution,
                         GError **error);
