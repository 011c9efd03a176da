/* Decides which container a file is, and asks its planner. Test: tests/unit/container/test_track_edit.c */
#include "container/track_edit.h"

#include "base/error.h"
#include "container/media_file.h"
#include "container/mkv_plan.h"
#include "container/mp4.h"

typedef struct {
  bool (*recognise)(const uint8_t *head, size_t length);
  TrackList *(*list)(const ByteSource *source, GError **error);
  EditPlan *(*plan)(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error);
} Format;

static const Format formats[] = {
    {mkv_recognise, mkv_list, mkv_plan},
    {mp4_recognise, mp4_list, mp4_plan},
};

static const Format *recognise(const ByteSource *source, GError **error)
{
  uint8_t head[16];
  size_t length = (size_t)MIN((int64_t)sizeof head, source->size_bytes);
  if (!byte_source_read(source, 0, head, length, error))
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
    if (formats[i].recognise(head, length))
      return &formats[i];
  if (source->size_bytes == 0)
    fail(error, REEVE_ERROR_INVALID, "The file is empty.");
  else
    fail(error, REEVE_ERROR_INVALID,
         "The file is neither Matroska nor MP4, so its tracks have no flags that could be changed; convert it to one of them "
         "first.");
  return NULL;
}

TrackList *tracks_parse(const ByteSource *source, GError **error)
{
  const Format *format = recognise(source, error);
  return format ? format->list(source, error) : NULL;
}

EditPlan *edit_plan_make(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error)
{
  const Format *format = recognise(source, error);
  return format ? format->plan(source, edits, n_edits, error) : NULL;
}

TrackList *tracks_read(const char *path, GError **error)
{
  FileStat stat;
  auto_descriptor int fd = media_file_open(path, MEDIA_FILE_READ, &stat, error);
  if (fd < 0)
    return NULL;
  ByteSource source = byte_source_file(fd, stat.size_bytes);
  TrackList *list = tracks_parse(&source, error);
  if (!list)
    media_file_name_error(path, error);
  return list;
}

EditPlan *edit_plan_read(const char *path, const TrackEdit *edits, size_t n_edits, GError **error)
{
  FileStat stat;
  auto_descriptor int fd = media_file_open(path, MEDIA_FILE_READ, &stat, error);
  if (fd < 0)
    return NULL;
  ByteSource source = byte_source_file(fd, stat.size_bytes);
  EditPlan *plan = edit_plan_make(&source, edits, n_edits, error);
  if (plan)
    plan->seen = stat;
  else
    media_file_name_error(path, error);
  return plan;
}
