/* Decides what past encodes say about future ones. Test: tests/unit/encode/test_forecast.c */
#include "encode/forecast.h"

#include "base/number.h"
#include "encode/promise.h"

#include <math.h>
#include <string.h>

static const Field past_encode_fields[] = {
    FIELD_TEXT(PastEncode, profile, .flags = FIELD_NULLABLE, .help = "Name of the profile."),
    FIELD_TEXT(PastEncode, encoder, .flags = FIELD_NULLABLE, .help = "Encoder."),
    FIELD_TEXT(PastEncode, resolution, .flags = FIELD_NULLABLE, .help = "Class of size."),
    FIELD_INT(PastEncode, size_before_bytes, .help = "Size before, in bytes."),
    FIELD_INT(PastEncode, size_after_bytes, .help = "Size after, in bytes."),
    FIELD_INT(PastEncode, film_ms, .flags = FIELD_NULLABLE, .help = "Length of the film, in ms."),
    FIELD_REAL(PastEncode, seconds, .help = "Time of work, in s."),
    FIELD_INT(PastEncode, predicted_bytes, .flags = FIELD_NULLABLE, .help = "Size that was predicted, in bytes."),
    FIELD_REAL(PastEncode, predicted_seconds, .flags = FIELD_NULLABLE, .help = "Time that was predicted, in s."),
};
const FieldTable past_encode_table = FIELD_TABLE(PastEncode, "PastEncode", NULL, past_encode_fields);

/* What the plan's own model is worth, in past encodes: its errors are common to all files. */
static const double model_worth = 1;

typedef struct {
  ForecastRange ratio, pace; /* size after to size before; seconds of work for a second of film */
  int64_t n_ratio, n_pace;   /* past encodes behind each; 0: none, NAN in the range */
} PastClass;

struct ForecastBook {
  const GPtrArray *past;
  GHashTable *classes; /* "profile\nencoder\nresolution" -> PastClass */
};

ForecastBook *forecast_book_new(const GPtrArray *past)
{
  ForecastBook *book = g_new0(ForecastBook, 1);
  book->past = past;
  book->classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return book;
}

void forecast_book_free(ForecastBook *book)
{
  if (!book)
    return;
  g_hash_table_unref(book->classes);
  g_free(book);
}

static int compare_reals(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Of sorted values, at a part of them, between two where it falls between them. */
static double quantile(const GArray *sorted, double part)
{
  double at = part * (sorted->len - 1);
  guint below = (guint)at, above = MIN(below + 1, sorted->len - 1);
  double low = g_array_index(sorted, double, below), high = g_array_index(sorted, double, above);
  return low + (high - low) * (at - below);
}

static const ForecastRange unknown_range = {NAN, NAN, NAN};

static ForecastRange range_of(GArray *values)
{
  g_array_sort(values, compare_reals);
  return (ForecastRange){quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)};
}

/* NULL asks for nothing. */
static bool is_like(const PastEncode *past, const char *profile, const char *encoder, const char *resolution)
{
  return (!profile || g_strcmp0(past->profile, profile) == 0) && g_strcmp0(past->encoder, encoder) == 0 &&
         (!resolution || g_strcmp0(past->resolution, resolution) == 0);
}

static double ratio_of(const PastEncode *past)
{
  return past->size_before_bytes > 0 ? (double)past->size_after_bytes / (double)past->size_before_bytes : NAN;
}

static double pace_of(const PastEncode *past)
{
  return past->film_ms != FIELD_NULL_INT && past->film_ms > 0 && past->seconds > 0 ? past->seconds * 1000 / (double)past->film_ms
                                                                                   : NAN;
}

/* The first of the wishes, each with less, that enough past encodes fit. */
typedef struct {
  const char *profile, *resolution;
} Wish;

static int64_t look_back(const ForecastBook *book, const char *encoder, const Wish *wishes, size_t n,
                         double (*value_of)(const PastEncode *), ForecastRange *ret_range)
{
  for (size_t w = 0; w < n; w++) {
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < book->past->len; i++) {
      const PastEncode *past = book->past->pdata[i];
      double value = value_of(past);
      if (is_like(past, wishes[w].profile, encoder, wishes[w].resolution) && isfinite(value))
        g_array_append_val(values, value);
    }
    if (values->len < FORECAST_FEW)
      continue;
    *ret_range = range_of(values);
    return values->len;
  }
  *ret_range = unknown_range;
  return 0;
}

static const PastClass *class_of(ForecastBook *book, const char *profile, const char *encoder, const char *resolution)
{
  g_autofree char *key = g_strdup_printf("%s\n%s\n%s", profile, encoder, resolution);
  PastClass *class = g_hash_table_lookup(book->classes, key);
  if (class)
    return class;
  class = g_new0(PastClass, 1);
  const Wish wishes[] = {{profile, resolution}, {profile, NULL}, {NULL, resolution}};
  const Wish of_this_size[] = {{profile, resolution}, {NULL, resolution}}; /* four times the picture takes four times as long */
  class->n_ratio = look_back(book, encoder, wishes, G_N_ELEMENTS(wishes), ratio_of, &class->ratio);
  class->n_pace = look_back(book, encoder, of_this_size, G_N_ELEMENTS(of_this_size), pace_of, &class->pace);
  g_hash_table_insert(book->classes, g_steal_pointer(&key), class);
  return class;
}

static ForecastRange times(ForecastRange range, double factor)
{
  return (ForecastRange){range.low * factor, range.likely * factor, range.high * factor};
}

Forecast forecast_file(ForecastBook *book, const char *profile, const EncodePlan *plan, const MediaInfo *media)
{
  const char *resolution = enum_name(&resolution_class_table, (int)resolution_class(plan->width, plan->height));
  const PastClass *class = class_of(book, profile, plan->encoder ? plan->encoder : "", resolution);
  Forecast forecast = {.seconds = unknown_range};
  bool has_bit_rate = isnan(plan->quality), was_searched = plan->sample && plan->sample[0] && !plan->searches;
  if (class->n_ratio > 0 && !has_bit_rate && !was_searched) {
    forecast.bytes = times(class->ratio, (double)media->size_bytes);
    forecast.based_on = class->n_ratio;
  } else
    forecast.bytes =
        (ForecastRange){(double)plan->predicted_min_bytes, (double)plan->predicted_bytes, (double)plan->predicted_max_bytes};
  if (class->n_pace > 0 && media->duration_ms > 0)
    forecast.seconds = times(class->pace, (double)media->duration_ms / 1000);
  return forecast;
}

void forecast_add_left(ForecastSum *sum)
{
  sum->looked_at++;
  sum->left++;
}

void forecast_add(ForecastSum *sum, const Forecast *forecast, int64_t source_bytes, double min_saving_percent)
{
  double source = (double)source_bytes, worth = MAX((double)forecast->based_on, model_worth);
  bool doubtful = forecast->bytes.likely > (double)promise_bound(source_bytes, min_saving_percent);
  sum->looked_at++;
  if (isfinite(forecast->seconds.likely)) {
    double half = (forecast->seconds.high - forecast->seconds.low) / 2;
    sum->timed++;
    sum->seconds[0] += forecast->seconds.low;
    sum->seconds[1] += forecast->seconds.likely;
    sum->seconds[2] += forecast->seconds.high;
    sum->seconds_squares += forecast->seconds.likely * forecast->seconds.likely;
    sum->seconds_spread += half * half;
    sum->seconds_common += half / sqrt(FORECAST_FEW);
  }
  if (doubtful) {
    sum->doubtful++;
    return;
  }
  /* What does not come out smaller is not kept, so nothing is ever lost. */
  double low = MAX(source - forecast->bytes.high, 0), likely = source - forecast->bytes.likely,
         high = MAX(source - forecast->bytes.low, likely), half = (high - low) / 2;
  sum->encode++;
  sum->based_on = MAX(sum->based_on, forecast->based_on);
  sum->bytes_before += source;
  sum->saved[0] += low;
  sum->saved[1] += likely;
  sum->saved[2] += high;
  sum->saved_squares += likely * likely;
  sum->saved_spread += half * half;
  sum->saved_common += half / sqrt(worth);
}

/* The range of a total: the likely sum, and around it the root of the squares of what is off independently (each file, and the
 * choice of the files that were looked at) and of what is off in common. Never beyond the sums of all lows and all highs. */
static ForecastRange total_range(const double sums[3], double squares, double spread, double common, double n, double looked_at,
                                 double weight)
{
  double mean = looked_at > 0 ? sums[1] / looked_at : 0;
  double variance = looked_at > 1 ? MAX(squares / looked_at - mean * mean, 0) : 0;
  double by_choice = weight > 1 ? weight * weight * looked_at * variance * (1 - 1 / weight) : 0;
  double half = sqrt(weight * spread + common * common * weight * weight + 1.64 * 1.64 * by_choice);
  double likely = sums[1] * weight, rim = 1.64 * sqrt(by_choice);
  return n > 0 ? (ForecastRange){MAX(likely - half, MAX(sums[0] * weight - rim, 0)), likely,
                                 MIN(likely + half, sums[2] * weight + rim)}
               : (ForecastRange){0, 0, 0};
}

ForecastTotal forecast_total(const ForecastSum *sum, int64_t files, int slots)
{
  double looked_at = (double)MAX(sum->looked_at, 1), weight = MAX((double)files / looked_at, 1);
  ForecastTotal total = {.encode = llround((double)sum->encode * weight),
                         .left = llround((double)sum->left * weight),
                         .doubtful = llround((double)sum->doubtful * weight),
                         .bytes_before = sum->bytes_before * weight,
                         .seconds = unknown_range};
  total.saved_bytes =
      total_range(sum->saved, sum->saved_squares, sum->saved_spread, sum->saved_common, (double)sum->encode, looked_at, weight);
  int64_t work = sum->encode + sum->doubtful;
  if (work == 0)
    total.seconds = (ForecastRange){0, 0, 0};
  else if (sum->timed > 0) /* those without a time take as long as those with one */
    total.seconds = times(total_range(sum->seconds, sum->seconds_squares, sum->seconds_spread, sum->seconds_common,
                                      (double)sum->timed, looked_at, weight),
                          (double)work / (double)sum->timed / MAX(slots, 1));
  return total;
}

/* "3 to 4 days", "50 minutes"; units in which the larger one is at least two. */
static char *time_words(const ForecastRange *seconds)
{
  static const struct {
    double seconds;
    const char *one, *many;
  } units[] = {{86400, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}, {1, "second", "seconds"}};
  size_t u = 0;
  while (u + 1 < G_N_ELEMENTS(units) && seconds->high < 2 * units[u].seconds)
    u++;
  double low = floor(seconds->low / units[u].seconds), high = ceil(seconds->high / units[u].seconds);
  if (low >= high)
    return g_strdup_printf("%.0f %s", high, high == 1 ? units[u].one : units[u].many);
  return g_strdup_printf("%.0f to %.0f %s", low, high, units[u].many);
}

char *forecast_words(const ForecastTotal *total)
{
  int64_t not_worth = total->left + total->doubtful;
  g_autofree char *rest = not_worth == 0
                              ? g_strdup("")
                              : g_strdup_printf("%" G_GINT64_FORMAT " %s not worth it", not_worth, not_worth == 1 ? "is" : "are");
  if (total->encode == 0)
    return not_worth == 0 ? g_strdup("There are no files.") : g_strdup_printf("Nothing to encode: %s.", rest);
  g_autofree char *low = format_size((int64_t)total->saved_bytes.low), *high = format_size((int64_t)total->saved_bytes.high);
  g_autofree char *time = isfinite(total->seconds.likely) ? time_words(&total->seconds) : NULL;
  return g_strdup_printf("%" G_GINT64_FORMAT " file%s, %s to %s saved, %s%s%s%s.", total->encode, total->encode == 1 ? "" : "s",
                         low, high, time ? time : "a time that is not known before some were encoded", time ? " here" : "",
                         not_worth ? "; " : "", rest);
}

static double median_off(const GPtrArray *past, bool of_time, int64_t *ret_n)
{
  g_autoptr(GArray) off = g_array_new(FALSE, FALSE, sizeof(double));
  for (guint i = 0; i < past->len; i++) {
    const PastEncode *it = past->pdata[i];
    bool has_size = it->predicted_bytes != FIELD_NULL_INT && it->predicted_bytes > 0;
    double predicted = of_time ? it->predicted_seconds : has_size ? (double)it->predicted_bytes : NAN;
    double percent = 100 * fabs((of_time ? it->seconds : (double)it->size_after_bytes) / predicted - 1);
    if (isfinite(percent))
      g_array_append_val(off, percent);
  }
  *ret_n = off->len;
  if (off->len < FORECAST_FEW)
    return NAN;
  g_array_sort(off, compare_reals);
  return quantile(off, 0.5);
}

ForecastError forecast_error(const GPtrArray *past)
{
  ForecastError error;
  int64_t timed;
  error.size_percent = median_off(past, false, &error.compared);
  error.time_percent = median_off(past, true, &timed);
  return error;
}
