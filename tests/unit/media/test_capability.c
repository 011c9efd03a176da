/* What encoders there are and what they say for themselves: the pure parts on recorded texts, detection with a false ffmpeg and
 * with the real one. */
#include "media/capability_try.h"

#include "base/error.h"
#include "sys/child.h"
#include "wire/json.h"

#include <glib/gstdio.h>
#include <string.h>

static void test_rows(void)
{
  size_t n;
  const EncoderRow *rows = encoder_rows(&n);
  g_assert_cmpuint(n, >=, 20);
  for (size_t i = 0; i < n; i++) {
    const EncoderRow *row = &rows[i];
    g_assert_true(encoder_find(row->name) == row);
    g_assert_nonnull(enum_name(&video_codec_table, row->codec));
    g_assert_nonnull(enum_name(&encoder_family_table, row->family));
    g_assert_nonnull(row->pixel_format_8);
    g_assert_true(!row->ten_bit || row->pixel_format_10);
    const int starts[] = {row->quality_sd, row->quality_720p, row->quality_1080p, row->quality_2160p};
    for (size_t k = 0; k < G_N_ELEMENTS(starts); k++)
      g_assert_true(starts[k] >= row->quality_min && starts[k] <= row->quality_max);
  }
  g_assert_null(encoder_find("libnothing"));
}

static void test_tables(void)
{
  g_autoptr(CapabilitySet) set = record_new(&capability_set_table);
  g_autoptr(json_t) json = json_from_record(&capability_set_table, set, JSON_FULL);
  g_assert_true(json_is_null(json_object_get(json, "ffmpeg_version")));
  Capability *capability = record_new(&capability_table);
  g_assert_null(capability->reason);
  record_free(&capability_table, capability);
}

static void test_arguments(void)
{
  static const struct {
    const char *encoder;
    int bit_depth;
    const char *device, *expected; /* between the fixed beginning and end */
  } rows[] = {
      {"libx264", 8, "", "-pix_fmt yuv420p -c:v libx264 -preset medium -crf 20"},
      {"libx265", 10, "", "-pix_fmt yuv420p10le -c:v libx265 -preset slow -crf 22 -x265-params log-level=error"},
      {"hevc_nvenc", 10, "0",
       "-pix_fmt p010le -c:v hevc_nvenc -gpu 0 -preset p5 -tune hq -rc vbr -b:v 0 -cq 26 -profile:v main10"},
      {"hevc_vaapi", 8, "/dev/dri/renderD128", "-vf format=nv12,hwupload -c:v hevc_vaapi -rc_mode CQP -qp 24"},
      {"hevc_qsv", 10, "/dev/dri/renderD129",
       "-vf format=p010le,hwupload=extra_hw_frames=64 -c:v hevc_qsv -preset slower -global_quality 24 -profile:v main10"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) argv = capability_try_arguments("ffmpeg", encoder_find(rows[i].encoder), rows[i].bit_depth, rows[i].device);
    g_autofree char *line = g_strjoinv(" ", argv);
    g_autofree char *end = g_strconcat(" -frames:v 10 ", rows[i].expected, " -f null -", NULL);
    g_assert_true(g_str_has_prefix(line, "ffmpeg -nostdin "));
    if (!g_str_has_suffix(line, end))
      g_error("%s\ndoes not end in\n%s", line, end);
  }
}

static void test_telling_lines(void)
{
  static const struct {
    const char *messages, *line;
  } rows[] = {
      {"[hevc_nvenc @ 0x563b71762b00] Cannot load libcuda.so.1\n[vost#0:0/hevc_nvenc @ 0x563b7177de80] Error while opening "
       "encoder\n",
       "Cannot load libcuda.so.1"},
      {"Device creation failed: -542398533.\nFailed to set value 'qsv=hw'\n", "Device creation failed: -542398533."},
      {"[AVHWDeviceContext @ 0x55ded5664100] No VA display found for device /dev/dri/renderD128.\nDevice creation failed: -22.\n",
       "No VA display found for device /dev/dri/renderD128."},
      {"x265 [info]: HEVC encoder version 3.5\nx265 [error]: bad option\n", "x265 [error]: bad option"},
      {"Svt[info]: banner\n\n", NULL},
      {"\r\n  \n", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *line = capability_telling_line(rows[i].messages);
    g_assert_cmpstr(line, ==, rows[i].line);
  }
}

static void test_progress(void)
{
  static const struct {
    const char *text;
    int64_t frames;
  } rows[] = {{"frame=5\nfps=0.0\nprogress=continue\nframe=10\nprogress=end\n", 10},
              {"frame= 7\nprogress=end\n", 7},
              {"frame=0\nprogress=end\n", 0},
              {"frame=N/A\n", 0},
              {"", 0}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(capability_frames(rows[i].text), ==, rows[i].frames);
}

static void test_listing(void)
{
  g_autoptr(GHashTable) names =
      capability_listed_names("Encoders:\n V..... = Video\n ..... = Audio\n ------\n V....D libx264   libx264 "
                              "H.264\n V..... libsvtav1            SVT-AV1(…) encoder (codec av1)\n");
  g_assert_true(g_hash_table_contains(names, "libx264"));
  g_assert_true(g_hash_table_contains(names, "libsvtav1"));
  g_assert_false(g_hash_table_contains(names, "="));
  g_autofree char *version = capability_version("ffmpeg version 5.1.9-0+deb12u1 Copyright (c)", "ffmpeg version ");
  g_assert_cmpstr(version, ==, "5.1.9-0+deb12u1");
  g_autofree char *handbrake = capability_version("[03:00:00] hb_init\nHandBrake 1.6.1\n", "HandBrake ");
  g_assert_cmpstr(handbrake, ==, "1.6.1");
  g_assert_null(capability_version("zsh: command not found", "ffmpeg version "));
}

/* Lists two encoders; one works in 8 bits only, the other never. */
static const char false_ffmpeg[] =
    "#!/bin/sh\n"
    "case \"$*\" in\n"
    "  -version) echo 'ffmpeg version 7.9-test Copyright' ;;\n"
    "  *-encoders) echo ' V....D libx264  one'; echo ' V....D libx265  two'; echo ' V....D hevc_vaapi  three' ;;\n"
    "  *-filters) echo ' ... zscale  V->V  x'; echo ' ... scale  V->V  x' ;;\n"
    "  *yuv420p10le*libx264*) echo '[libx264 @ 0x1234] no ten bits here' >&2; exit 187 ;;\n"
    "  *libx264*) echo frame=10; echo progress=end ;;\n"
    "  *libx265*) echo frame=0; exit 0 ;;\n"
    "  *) exit 1 ;;\n"
    "esac\n";

static const Capability *entry(const CapabilitySet *set, const char *encoder)
{
  for (guint i = 0; i < set->encoders->len; i++) {
    const Capability *capability = set->encoders->pdata[i];
    if (strcmp(capability->encoder, encoder) == 0)
      return capability;
  }
  return NULL;
}

static void test_false_ffmpeg(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp("reeve-capability-XXXXXX", &error);
  g_autofree char *program = g_build_filename(directory, "ffmpeg", NULL);
  g_assert_true(g_file_set_contents_full(program, false_ffmpeg, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_autoptr(CapabilitySet) set = capability_detect(program, "/nowhere/HandBrakeCLI", NULL, &error);
  g_assert_no_error(error);
  size_t n;
  encoder_rows(&n);
  g_assert_cmpuint(set->encoders->len, ==, n);
  g_assert_cmpstr(set->ffmpeg_version, ==, "7.9-test");
  g_assert_null(set->handbrake_version);
  g_assert_cmpstr(set->filters[0], ==, "zscale");
  g_assert_null(set->filters[1]);
  const Capability *x264 = entry(set, "libx264"), *x265 = entry(set, "libx265"), *av1 = entry(set, "libsvtav1");
  g_assert_true(x264->listed && x264->works_8bit && !x264->works_10bit);
  g_assert_cmpstr(x264->reason, ==, "no ten bits here");
  g_assert_true(x265->listed && !x265->works_8bit && !x265->works_10bit);
  g_assert_nonnull(strstr(x265->reason, "exit code 0"));
  g_assert_false(av1->listed);
  g_assert_cmpstr(av1->reason, ==, "This ffmpeg was built without libsvtav1.");
  g_assert_true(capability_find(set, "libx264", 8) == x264);
  g_assert_null(capability_find(set, "libx264", 10));
  g_assert_null(capability_find(set, "libnothing", 8));
  g_auto(GStrv) words = capability_words(set);
  g_autofree char *joined = g_strjoinv(" ", words);
  g_assert_cmpstr(joined, ==, "ffmpeg encoder:libx264");
  g_unlink(program);
  g_rmdir(directory);
}

static void test_real_ffmpeg(void)
{
  g_autofree char *program = g_find_program_in_path("ffmpeg");
  if (!program) {
    g_test_skip("ffmpeg is not installed");
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(CapabilitySet) set = capability_detect("ffmpeg", NULL, NULL, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < set->encoders->len; i++) {
    const Capability *capability = set->encoders->pdata[i];
    const EncoderRow *row = encoder_find(capability->encoder);
    bool all = capability->works_8bit && (capability->works_10bit || !row->ten_bit);
    g_test_message("%-20s %d %d %s %s", capability->encoder, capability->works_8bit, capability->works_10bit,
                   capability->device ? capability->device : "-", capability->reason ? capability->reason : "");
    g_assert_true(all == !capability->reason);
    if (row->family == ENCODER_CPU && capability->listed)
      g_assert_true(capability->works_8bit);
    g_assert_true(!capability->works_8bit || capability->listed);
  }
}

static void test_no_ffmpeg(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(capability_detect("/nowhere/ffmpeg", NULL, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  cancel_set(cancel);
  g_assert_null(capability_detect("ffmpeg", NULL, cancel, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY"); /* children are this program */
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/capability/rows", test_rows);
  g_test_add_func("/capability/tables", test_tables);
  g_test_add_func("/capability/arguments", test_arguments);
  g_test_add_func("/capability/telling-lines", test_telling_lines);
  g_test_add_func("/capability/progress", test_progress);
  g_test_add_func("/capability/listing", test_listing);
  g_test_add_func("/capability/false-ffmpeg", test_false_ffmpeg);
  g_test_add_func("/capability/real-ffmpeg", test_real_ffmpeg);
  g_test_add_func("/capability/no-ffmpeg", test_no_ffmpeg);
  return g_test_run();
}
