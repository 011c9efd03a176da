/* Forecasts of files and of libraries: src/encode/forecast.c. */
#include "encode/forecast.h"
#include "fixture.h"

#include <math.h>

static void add_past(GPtrArray *past, const char *profile, const char *resolution, double ratio, double pace)
{
  PastEncode *it = record_new(&past_encode_table);
  it->profile = g_strdup(profile);
  it->encoder = g_strdup("libx265");
  it->resolution = g_strdup(resolution);
  it->size_before_bytes = 1000000;
  it->size_after_bytes = (int64_t)(1000000 * ratio);
  it->film_ms = pace > 0 ? 100000 : FIELD_NULL_INT;
  it->seconds = pace * 100;
  g_ptr_array_add(past, it);
}

static void add_pasts(GPtrArray *past, const char *profile, const char *resolution, double ratio, double pace, int n)
{
  for (int i = 0; i < n; i++)
    add_past(past, profile, resolution, ratio * (0.9 + 0.2 * i / MAX(n - 1, 1)), pace);
}

/* The nearest class with enough of a past speaks; else the plan. */
static void test_classes(void)
{
  static const struct {
    const char *name;
    int same, other_size, other_profile; /* past encodes with ratio 0.3, 0.5 and 0.7 */
    double ratio;                        /* 0: the plan's */
    int64_t based_on;
    bool has_time;
  } rows[] = {{"no past", 0, 0, 0, 0, 0, false},
              {"too little of a past", 4, 0, 0, 0, 0, false},
              {"its own", 5, 50, 50, 0.3, 5, true},
              {"its profile's, of other sizes: no time", 0, 6, 0, 0.5, 6, false},
              {"other profiles', of its size", 0, 0, 7, 0.7, 7, true},
              {"profile before size", 4, 6, 9, 0.42, 10, true}};
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GPtrArray) past = records_new(&past_encode_table);
    add_pasts(past, "test", "1080p", 0.3, 2, rows[i].same);
    add_pasts(past, "test", "720p", 0.5, 1, rows[i].other_size);
    add_pasts(past, "other", "1080p", 0.7, 3, rows[i].other_profile);
    g_autoptr(ForecastBook) book = forecast_book_new(past);
    Forecast forecast = forecast_file(book, "test", plan, media);
    double ratio = forecast.bytes.likely / (double)media->size_bytes;
    double wanted = rows[i].ratio > 0 ? rows[i].ratio : (double)plan->predicted_bytes / (double)media->size_bytes;
    if (fabs(ratio - wanted) > 0.06 || forecast.based_on != rows[i].based_on ||
        isfinite(forecast.seconds.likely) != rows[i].has_time)
      g_error("%s: ratio %g, based on %d", rows[i].name, ratio, (int)forecast.based_on);
    g_assert_cmpfloat(forecast.bytes.low, <=, forecast.bytes.likely);
    g_assert_cmpfloat(forecast.bytes.likely, <=, forecast.bytes.high);
  }
}

/* A bit rate says more than what others came to. */
static void test_measured(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "video_bit_rate_kbps=2000", NULL);
  g_autoptr(GPtrArray) past = records_new(&past_encode_table);
  add_pasts(past, "test", "1080p", 0.9, 2, 20);
  g_autoptr(ForecastBook) book = forecast_book_new(past);
  Forecast forecast = forecast_file(book, "test", plan, media);
  g_assert_cmpfloat(forecast.bytes.likely, ==, (double)plan->predicted_bytes);
  g_assert_true(isfinite(forecast.seconds.likely));
}

static void test_total(void)
{
  ForecastSum sum = {0};
  const Forecast good = {.bytes = {300, 400, 500}, .seconds = {50, 60, 80}, .based_on = 25};
  const Forecast doubtful = {.bytes = {800, 980, 1100}, .seconds = {50, 60, 80}, .based_on = 25};
  for (int i = 0; i < 100; i++)
    forecast_add(&sum, &good, 1000, 5);
  for (int i = 0; i < 10; i++)
    forecast_add(&sum, &doubtful, 1000, 5);
  for (int i = 0; i < 20; i++)
    forecast_add_left(&sum);
  ForecastTotal total = forecast_total(&sum, 130, 2);
  g_assert_cmpint(total.encode, ==, 100);
  g_assert_cmpint(total.doubtful, ==, 10);
  g_assert_cmpint(total.left, ==, 20);
  g_assert_cmpfloat(total.bytes_before, ==, 100000);
  g_assert_cmpfloat(total.saved_bytes.likely, ==, 60000);
  g_assert_cmpfloat(total.saved_bytes.low, >, 50000); /* not all files are off to the same side */
  g_assert_cmpfloat(total.saved_bytes.high, <, 70000);
  g_assert_cmpfloat(total.seconds.likely, ==, 110 * 60 / 2);

  /* Ten times as many files as were looked at: ten times as much, and not more certain. */
  ForecastTotal more = forecast_total(&sum, 1300, 2);
  g_assert_cmpint(more.encode, ==, 1000);
  g_assert_cmpfloat(more.saved_bytes.likely, ==, 600000);
  g_assert_cmpfloat(more.saved_bytes.high - more.saved_bytes.likely, >=,
                    10 * (total.saved_bytes.high - total.saved_bytes.likely) * 0.9);

  ForecastSum none = {0};
  ForecastTotal nothing = forecast_total(&none, 0, 1);
  g_assert_cmpint(nothing.encode, ==, 0);
  g_assert_cmpfloat(nothing.saved_bytes.high, ==, 0);
  g_assert_cmpfloat(nothing.seconds.likely, ==, 0);
}

/* Files without a time count as those with one; without any, the time is not known. */
static void test_total_time(void)
{
  ForecastSum sum = {0};
  const Forecast timed = {.bytes = {300, 400, 500}, .seconds = {50, 60, 80}, .based_on = 25};
  const Forecast untimed = {.bytes = {300, 400, 500}, .seconds = {NAN, NAN, NAN}};
  forecast_add(&sum, &untimed, 1000, 5);
  g_assert_true(isnan(forecast_total(&sum, 1, 1).seconds.likely));
  forecast_add(&sum, &timed, 1000, 5);
  g_assert_cmpfloat(forecast_total(&sum, 2, 1).seconds.likely, ==, 120);
}

static void test_words(void)
{
  const int64_t gib = 1 << 30;
  static const double day = 86400;
  const struct {
    ForecastTotal total;
    const char *words;
  } rows[] = {
      {{.encode = 312,
        .left = 30,
        .doubtful = 11,
        .saved_bytes = {410.0 * gib, 430.0 * gib, 460.0 * gib},
        .seconds = {3 * day, 3.4 * day, 4 * day}},
       "312 files, 410 GiB to 460 GiB saved, 3 to 4 days here; 41 are not worth it."},
      {{.encode = 1, .left = 1, .saved_bytes = {1.0 * gib, 1.0 * gib, 2.0 * gib}, .seconds = {NAN, NAN, NAN}},
       "1 file, 1 GiB to 2 GiB saved, a time that is not known before some were encoded; 1 is not worth it."},
      {{.encode = 2, .saved_bytes = {1.0 * gib, 1.0 * gib, 2.0 * gib}, .seconds = {40, 45, 50}},
       "2 files, 1 GiB to 2 GiB saved, 40 to 50 seconds here."},
      {{.encode = 2, .saved_bytes = {1.0 * gib, 1.0 * gib, 2.0 * gib}, .seconds = {7200, 7200, 7200}},
       "2 files, 1 GiB to 2 GiB saved, 2 hours here."},
      {{.left = 5}, "Nothing to encode: 5 are not worth it."},
      {{0}, "There are no files."},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *words = forecast_words(&rows[i].total);
    g_assert_cmpstr(words, ==, rows[i].words);
  }
}

static void test_error(void)
{
  g_autoptr(GPtrArray) past = records_new(&past_encode_table);
  static const int64_t predicted[] = {500000, 490000, 510000, 600000, 400000};
  g_assert_true(isnan(forecast_error(past).size_percent));
  for (size_t i = 0; i < G_N_ELEMENTS(predicted); i++) {
    add_past(past, "test", "1080p", 0.5, 1);
    ((PastEncode *)past->pdata[i])->predicted_bytes = predicted[i];
    ((PastEncode *)past->pdata[i])->predicted_seconds = NAN;
  }
  ForecastError error = forecast_error(past);
  g_assert_cmpint(error.compared, ==, 5);
  g_assert_cmpfloat(fabs(error.size_percent - 2.04), <, 0.01); /* of 0, 1.96, 2.04, 16.7 and 25 */
  g_assert_true(isnan(error.time_percent));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/forecast/classes", test_classes);
  g_test_add_func("/encode/forecast/measured", test_measured);
  g_test_add_func("/encode/forecast/total", test_total);
  g_test_add_func("/encode/forecast/total-time", test_total_time);
  g_test_add_func("/encode/forecast/words", test_words);
  g_test_add_func("/encode/forecast/error", test_error);
  return g_test_run();
}
