/* The runner with an order for a clip, in a directory of its own, and programs that behave badly in ffmpeg's place. */
#pragma once

#include "encode/fixture.h"
#include "library/library_fixture.h"
#include "transcode/transcode.h"

#include <glib/gstdio.h>

/* An order for the clip in a directory of its own, and what the runner told. */
typedef struct {
  char *directory;
  MediaInfo *media;
  CapabilitySet *capabilities;
  TranscodeOrder order;
  TranscodeRunner runner;
  GString *log;
  double fraction; /* the last that was reported */
  bool cancels;    /* as soon as a child has started */
} Bench;

static inline void on_child(Child *child, void *user_data)
{
  Bench *bench = user_data;
  if (child && bench->cancels)
    cancel_set(bench->runner.cancel);
}

static inline void on_progress(double fraction, const char *detail, void *user_data)
{
  Bench *bench = user_data;
  g_assert_cmpfloat(fraction, >=, bench->fraction);
  g_assert_nonnull(detail);
  bench->fraction = fraction;
}

static inline void on_log(const char *level, const char *message, void *user_data)
{
  Bench *bench = user_data;
  g_string_append_printf(bench->log, "%s: %s\n", level, message);
}

static inline void bench_init_for(Bench *bench, const char *path, const char *settings, const char *encoders)
{
  g_autoptr(GError) error = NULL;
  *bench = (Bench){.directory = g_dir_make_tmp("reeve-execute-XXXXXX", NULL), .log = g_string_new(NULL)};
  ProbePool *probes = probe_pool_new(&(ProbeParams){.children = 1});
  bench->media = probe_file(probes, path, NULL, &error);
  g_assert_no_error(error);
  probe_pool_free(probes);
  bench->capabilities = fixture_capabilities(encoders);
  g_autoptr(Profile) profile = fixture_profile(settings);
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = bench->media,
                                                        .profile = profile,
                                                        .capabilities = bench->capabilities,
                                                        .file_name = "clip.mkv",
                                                        .age_s = 1000000,
                                                        .link_count = 1,
                                                        .force = true});
  g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
  bench->order = (TranscodeOrder){.source_path = g_strdup(path),
                                  .output_path = g_build_filename(bench->directory, "out.mkv", NULL),
                                  .write_directory = g_strdup(bench->directory)};
  record_copy(&media_info_table, bench->media, &bench->order.media);
  record_copy(&profile_table, profile, &bench->order.profile);
  record_copy(&encode_plan_table, plan, &bench->order.plan);
  bench->runner = (TranscodeRunner){.ffmpeg = "ffmpeg",
                                    .handbrake = "HandBrakeCLI",
                                    .capabilities = bench->capabilities,
                                    .cancel = cancel_new(NULL),
                                    .on_child = on_child,
                                    .on_progress = on_progress,
                                    .on_log = on_log,
                                    .user_data = bench};
}

static inline void bench_init(Bench *bench, const char *settings, const char *encoders)
{
  bench_init_for(bench, clip(0), settings, encoders);
}

static inline void bench_clear(Bench *bench)
{
  record_clear(&transcode_order_table, &bench->order);
  media_info_free(bench->media);
  capability_set_free(bench->capabilities);
  cancel_unref(bench->runner.cancel);
  g_string_free(bench->log, TRUE);
  fs_remove_tree(bench->directory, NULL);
  g_free(bench->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

/* A shell script in ffmpeg's place; the caller frees its path. */
static inline char *script(const Bench *bench, const char *body)
{
  char *path = g_build_filename(bench->directory, "encoder", NULL);
  g_autofree char *text = g_strdup_printf("#!/bin/sh\nfor output; do :; done; output=${output#file:}\n%s\n", body);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_assert_cmpint(g_chmod(path, 0755), ==, 0);
  return path;
}
