/* Orders and reports travel as JSON: what arrives is what was sent. */
#include "encode/fixture.h"
#include "transcode/transcode.h"
#include "wire/json.h"

#include <math.h>

/* The record after a journey, freed by the caller. */
static void *travel(const FieldTable *table, const void *record)
{
  g_autoptr(json_t) sent = json_from_record(table, record, JSON_FULL);
  g_autofree char *text = json_text(sent);
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) received = json_parse(text, strlen(text), &error);
  g_assert_no_error(error);
  void *arrived = record_new(table);
  json_to_record(table, received, JSON_TRUSTED, arrived, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(json_t) again = json_from_record(table, arrived, JSON_FULL);
  g_assert_true(json_equal(sent, again));
  return arrived;
}

static void test_order(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080", "audio aac 2 eng default", "subtitle subrip ger forced",
                                           "attachment ttf a.ttf font/ttf");
  g_autoptr(Profile) profile = fixture_profile("codec=hevc;min_ssim=0.95");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "codec=hevc", NULL);
  TranscodeOrder order = {.job_id = 7,
                          .replacement_id = 9,
                          .source_path = g_strdup("/films/Ö \"x\"\n.mkv"),
                          .output_path = g_strdup("/films/.stage/x.mkv"),
                          .write_directory = g_strdup("/films/.stage"),
                          .force = true};
  record_copy(&media_info_table, media, &order.media);
  record_copy(&profile_table, profile, &order.profile);
  record_copy(&encode_plan_table, plan, &order.plan);
  TranscodeOrder *arrived = travel(&transcode_order_table, &order);
  g_assert_cmpstr(arrived->source_path, ==, order.source_path);
  g_assert_cmpuint(arrived->plan.commands->len, ==, plan->commands->len);
  g_assert_cmpuint(arrived->media.streams->len, ==, 4);
  record_free(&transcode_order_table, arrived);
  record_clear(&transcode_order_table, &order);
}

static void test_report(void)
{
  TranscodeReport report = {
      .output_bytes = 1LL << 40, .seconds = 1.5, .fps = 23.976, .ssim = NAN, .failed_family = FIELD_NULL_ENUM};
  TranscodeReport *arrived = travel(&transcode_report_table, &report);
  g_assert_true(isnan(arrived->ssim));
  g_assert_cmpint(arrived->failed_family, ==, FIELD_NULL_ENUM);
  g_assert_cmpint(arrived->output_bytes, ==, report.output_bytes);
  g_assert_null(arrived->log_tail);
  record_free(&transcode_report_table, arrived);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/order/order", test_order);
  g_test_add_func("/order/report", test_report);
  return g_test_run();
}
