/* What encoding many files will come to: each file's size and time with a range, by what past encodes like it came to, and their
 * sum with a range of its own. Pure.
 *
 * A file is like those of the past that had the same profile, encoder and class of size; where there are fewer than FORECAST_FEW
 * of these, the profile or the class is let go. Ranges are from the first to the ninth tenth. */
#pragma once

#include "encode/plan.h"

/* One replacement of the past. */
typedef struct {
  char *profile, *encoder;
  char *resolution; /* ResolutionClass's name; NULL: not known */
  int64_t size_before_bytes, size_after_bytes;
  int64_t film_ms;          /* FIELD_NULL_INT: not known */
  double seconds;           /* of work */
  int64_t predicted_bytes;  /* FIELD_NULL_INT: nothing was predicted */
  double predicted_seconds; /* NAN likewise */
} PastEncode;
extern const FieldTable past_encode_table;

enum { FORECAST_FEW = 5 };

/* What the past says, with what was asked of it kept. Thread-safety: one thread. */
typedef struct ForecastBook ForecastBook;
ForecastBook *forecast_book_new(const GPtrArray *past); /* PastEncode; borrowed, and not to be changed */
void forecast_book_free(ForecastBook *book);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForecastBook, forecast_book_free)

typedef struct {
  double low, likely, high;
} ForecastRange;

typedef struct {
  ForecastRange bytes;   /* of the output */
  ForecastRange seconds; /* of work; NAN: there is nothing to go by */
  int64_t based_on;      /* past encodes that the size is taken from; 0: the plan's own model */
} Forecast;

/* Of one file with a plan to encode it. A plan that knows its size (a bit rate, samples) is believed more than the past. */
Forecast forecast_file(ForecastBook *book, const char *profile, const EncodePlan *plan, const MediaInfo *media);

/* Sums over files that were looked at, which may stand for more that were not. */
typedef struct {
  int64_t looked_at;    /* every file, whatever its plan */
  int64_t encode;       /* that are worth it */
  int64_t left;         /* that plans leave alone */
  int64_t doubtful;     /* that would be encoded, and probably not come out smaller by the profile's margin */
  int64_t timed;        /* of encode and doubtful, with a time */
  int64_t based_on;     /* past encodes, of the kind that most is based on */
  double bytes_before;  /* of encode */
  double saved[3];      /* sums of low, likely and high savings */
  double saved_squares; /* of the likely ones, for how far files differ */
  double saved_spread;  /* sum of squares of half ranges, where errors of files cancel out */
  double saved_common;  /* sum of half ranges over the root of the past encodes they rest on, where they do not */
  double seconds[3];
  double seconds_squares, seconds_spread, seconds_common;
} ForecastSum;

void forecast_add_left(ForecastSum *sum);
void forecast_add(ForecastSum *sum, const Forecast *forecast, int64_t source_bytes, double min_saving_percent);

/* What the sums come to when those that were looked at stand for `files` (at least as many). */
typedef struct {
  int64_t encode, left, doubtful; /* files */
  double bytes_before;
  ForecastRange saved_bytes;
  ForecastRange seconds; /* with `slots` at a time; NAN: nothing to go by */
} ForecastTotal;
ForecastTotal forecast_total(const ForecastSum *sum, int64_t files, int slots);

/* "312 files, 410 to 460 GiB saved, 3 to 4 days here; 41 are not worth it." The caller frees it. */
char *forecast_words(const ForecastTotal *total);

/* How far predictions were off at the median, in percent; NAN where fewer than FORECAST_FEW can be compared. */
typedef struct {
  double size_percent, time_percent;
  int64_t compared;
} ForecastError;
ForecastError forecast_error(const GPtrArray *past);
