/* What is made of uploads: a row for each conversion that was asked for.
 *
 * How far it is stands with its job, so that there is one truth about it: the state here is read from the two together. The path
 * is written in the transaction that ends the job, once the file there was shown to be whole.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/job.h"

typedef enum { CONVERT_PRORES, CONVERT_DNXHR, CONVERT_H264, CONVERT_HEVC, CONVERT_AV1 } ConvertCodec;
extern const EnumTable convert_codec_table;

/* The longest sides that the picture may have, held upright or not: those of 16:9 of so many lines. */
typedef enum {
  CONVERT_SOURCE,
  CONVERT_2160P,
  CONVERT_1440P,
  CONVERT_1080P,
  CONVERT_720P,
  CONVERT_540P,
  CONVERT_360P
} ConvertResolution;
extern const EnumTable convert_resolution_table;

typedef enum { CONVERT_LOW, CONVERT_MEDIUM, CONVERT_HIGH } ConvertQuality;
extern const EnumTable convert_quality_table;

typedef enum {
  CONVERSION_QUEUED,
  CONVERSION_PROCESSING,
  CONVERSION_COMPLETED,
  CONVERSION_FAILED,
  CONVERSION_CANCELLED
} ConversionState;
extern const EnumTable conversion_state_table;

typedef struct {
  int64_t id;
  int64_t upload_id; /* which may be gone */
  int64_t job_id;    /* which may be gone */
  char *name;        /* under which it is offered for saving; safe */
  int codec, resolution, quality;
  char *directory;     /* all of its files are below it */
  char *place;         /* the installation where that is; NULL: any
                        */
  char *path;          /* NULL: there is nothing to be had (yet) */
  int64_t size_bytes;  /* with a path */
  int64_t duration_ms; /* with a path, if it is known */
  bool discarded;      /* somebody deleted it while a worker had it: goes when that has let go */
  char *created_by;
  int64_t created_at_ms;
  int64_t finished_at_ms; /* FIELD_NULL_INT: not */
  int64_t expires_at_ms;
  /* from the job */
  int state;       /* ConversionState */
  double progress; /* 0..1 */
  int64_t eta_ms;  /* FIELD_NULL_INT while unknown */
  double fps;      /* NAN while unknown */
  char *waiting;   /* why it does not go on, or NULL */
  char *error;     /* why it failed, or NULL */
} Conversion;
extern const FieldTable conversion_table;
static inline void conversion_free(Conversion *conversion)
{
  record_free(&conversion_table, conversion);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Conversion, conversion_free)

/* One conversion with what its job says; NOT_FOUND if there is none or it was discarded. `ret_conversion` is initialised. */
bool conversion_row_get(DbConn *conn, int64_t id, Conversion *ret_conversion, GError **error);

/* The newest first, those before `before_id` (0: all), at most `limit`. *ret_next is the key to go on before, or 0. */
GPtrArray *conversion_row_page(DbConn *conn, int64_t before_id, int64_t limit, int64_t *ret_next, GError **error);

/* The conversion that a job is for. NOT_FOUND if it is gone. */
bool conversion_row_of_job(DbConn *conn, int64_t job_id, Conversion *ret_conversion, GError **error);

/* Whether a conversion of this upload has not ended. */
bool conversion_row_open(DbConn *conn, int64_t upload_id, bool *ret_open, GError **error);

/* Those that go now: discarded or past their time, with no job that is not over, or that failed less than `keep_ms` ago. At most
 * `limit`; NULL on error. */
GPtrArray *conversion_rows_expired(DbConn *conn, int64_t now_ms, int64_t keep_ms, int64_t limit, GError **error);

/* Its file is whole and can be had. NOT_FOUND if the row is gone. In the transaction that ends the job. */
bool conversion_row_finish(DbConn *conn, const Conversion *conversion, GError **error);

/* It goes as soon as its job is over. */
bool conversion_row_discard(DbConn *conn, int64_t id, GError **error);
