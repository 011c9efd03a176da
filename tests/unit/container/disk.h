/* Files of the tests that touch the disk: in a directory that goes with the test. For test programs: all functions are static. */
#pragma once

#include "build_mkv.h"
#include "build_mp4.h"
#include "container/edit_journal_file.h"
#include "container/track_edit.h"
#include "sys/helper.h"

G_GNUC_UNUSED static void put_file(const char *path, const GByteArray *bytes)
{
  GError *error = NULL;
  g_file_set_contents(path, (const char *)bytes->data, bytes->len, &error);
  g_assert_no_error(error);
}

G_GNUC_UNUSED static GBytes *content_of(const char *path)
{
  char *bytes;
  gsize length;
  GError *error = NULL;
  g_file_get_contents(path, &bytes, &length, &error);
  g_assert_no_error(error);
  return g_bytes_new_take(bytes, length);
}

/* Makes the second audio track the default. */
static const TrackEdit to_second[] = {{.track = 1, .is_default = WISH_OFF}, {.track = 2, .is_default = WISH_ON}};

/* A film whose edit takes several ranges: SeekHead, Info, Tracks, and the Void it grows into. */
static const MkvRecipe several_ranges = {.n_seek_heads = 2, .void_before = 300, .seek_crc = true, .tracks_crc = true};

G_GNUC_UNUSED static EditPlan *plan_for(const char *path)
{
  GError *error = NULL;
  EditPlan *plan = edit_plan_read(path, to_second, G_N_ELEMENTS(to_second), &error);
  g_assert_no_error(error);
  return plan;
}
