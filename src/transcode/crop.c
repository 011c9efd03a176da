/* Decides how much of the picture is black bars: the union of what cropdetect keeps at several places, so that a dark scene never
 * cuts into the picture. Test: tests/unit/transcode/test_crop.c */
#include "transcode/crop.h"

#include "base/error.h"
#include "base/number.h"
#include "sys/child.h"

#include <string.h>

enum { PLACES = 6, FRAMES = 24, LIMIT_MS = 120 * 1000, MAX_SIDE = 32768 };

bool crop_parse_line(const char *line, CropBox *box)
{
  const char *at = strstr(line, "crop=");
  if (!at)
    return false;
  g_auto(GStrv) parts = g_strsplit(at + strlen("crop="), ":", 5);
  int64_t n[4];
  if (g_strv_length(parts) != 4)
    return false;
  for (int i = 0; i < 4; i++) {
    g_strstrip(parts[i]);
    if (!parse_int(parts[i], 0, MAX_SIDE, &n[i]))
      return false;
  }
  if (n[0] < 16 || n[1] < 16)
    return false;
  bool first = box->right == 0;
  box->left = first ? n[2] : MIN(box->left, n[2]);
  box->top = first ? n[3] : MIN(box->top, n[3]);
  box->right = first ? n[2] + n[0] : MAX(box->right, n[2] + n[0]);
  box->bottom = first ? n[3] + n[1] : MAX(box->bottom, n[3] + n[1]);
  return true;
}

static bool on_line(const char *line, void *user_data)
{
  crop_parse_line(line, user_data);
  return true;
}

/* round=2 keeps sides even, as 4:2:0 needs; limit=24/255 is cropdetect's own threshold for black. */
static bool measure_at(const char *ffmpeg, const char *path, int64_t at_ms, Cancel *cancel, CropBox *box, GError **error)
{
  g_autofree char *seek = g_strdup_printf("%" G_GINT64_FORMAT ".%03d", at_ms / 1000, (int)(at_ms % 1000));
  g_autofree char *input = g_strconcat("file:", path, NULL);
  g_autofree char *frames = g_strdup_printf("%d", FRAMES);
  const char *argv[] = {
      ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-v",        "info", "-ss", seek,
      "-i",   input,      "-map",         "0:V:0",    "-frames:v", frames, "-vf", "cropdetect=limit=24/255:round=2:reset=0",
      "-an",  "-sn",      "-f",           "null",     "-",         NULL};
  Sandbox sandbox = {.no_network = true};
  g_autoptr(Child) child = child_spawn(&(ChildParams){.argv = argv, .errors = CHILD_PIPE, .sandbox = &sandbox}, error);
  ChildExit exit;
  if (!child || !child_watch(child, &(ChildWatch){.on_error = on_line, .user_data = box, .cancel = cancel, .limit_ms = LIMIT_MS},
                             &exit, error))
    return false;
  if (exit.exit_code != 0) {
    g_autofree char *how = child_exit_describe(&exit);
    return fail(error, REEVE_ERROR_UPSTREAM, "The black bars of %s could not be measured: ffmpeg ended with %s.", path, how);
  }
  return true;
}

bool crop_measure(const char *ffmpeg, const char *path, int64_t duration_ms, Cancel *cancel, char **ret_crop, GError **error)
{
  CropBox box = {0};
  int64_t length_ms = duration_ms > 0 ? duration_ms : 0;
  for (int i = 0; i < PLACES; i++) {
    if (!measure_at(ffmpeg, path, length_ms * (2 * i + 1) / (2 * PLACES), cancel, &box, error))
      return false;
    if (length_ms == 0)
      break;
  }
  if (box.right > 0)
    *ret_crop = g_strdup_printf("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                                box.right - box.left, box.bottom - box.top, box.left, box.top);
  return true;
}
