/* Decides what the library and the history say of a file whose flags were changed. Test: tests/unit/tune/test_tune.c */
#include "tune/edited.h"

#include "base/error.h"
#include "store/audio_work.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

char *edited_detail(const AudioResult *result)
{
  const AudioChoice *choice = &result->choice;
  g_autoptr(json_t) audio = json_object();
  json_t *tracks = json_array();
  for (guint i = 0; choice->tracks && i < choice->tracks->len; i++) {
    const TrackFlags *flags = choice->tracks->pdata[i];
    if (flags->was_default != flags->is_default || flags->was_forced != flags->is_forced)
      json_array_append_new(tracks, json_from_record(&track_flags_table, flags, JSON_FULL));
  }
  json_object_set_new(audio, "reason", json_string(result->reason ? result->reason : ""));
  json_object_set_new(audio, "rule", json_string(enum_name(&audio_choice_rule_table, choice->rule)));
  json_object_set_new(audio, "language", choice->language ? json_string(choice->language) : json_null());
  json_object_set_new(audio, "track", choice->track == FIELD_NULL_INT ? json_null() : json_integer(choice->track));
  json_object_set_new(audio, "tracks", tracks);
  g_autoptr(json_t) detail = json_object();
  json_object_set(detail, "audio", audio);
  return json_text(detail);
}

GPtrArray *edited_tracks(const char *detail, GError **error)
{
  g_autoptr(json_t) json = detail ? json_parse(detail, strlen(detail), NULL) : NULL;
  const json_t *list = json_object_get(json_object_get(json, "audio"), "tracks");
  g_autoptr(GPtrArray) tracks = records_new(&track_flags_table);
  size_t i;
  json_t *one;
  json_array_foreach((json_t *)list, i, one)
  {
    TrackFlags *flags = record_new(&track_flags_table);
    g_ptr_array_add(tracks, flags);
    if (!json_to_record(&track_flags_table, one, JSON_TRUSTED, flags, NULL, error))
      return NULL;
  }
  if (tracks->len > 0)
    return g_steal_pointer(&tracks);
  fail(error, REEVE_ERROR_CONFLICT, "The history does not say which flags were changed.");
  return NULL;
}

/* ffprobe lists them in this order (fftools/ffprobe.c, show_stream). */
static int disposition_rank(const char *name)
{
  static const char *const order[] = {"default", "dub", "original", "comment", "lyrics", "karaoke", "forced", NULL};
  int rank = 0;
  while (order[rank] && strcmp(order[rank], name) != 0)
    rank++;
  return rank;
}

static void set_disposition(StreamInfo *stream, const char *name, bool on)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  bool placed = !on;
  for (char **old = stream->dispositions; old && *old; old++) {
    if (strcmp(*old, name) == 0)
      continue;
    if (!placed && disposition_rank(*old) > disposition_rank(name)) {
      g_ptr_array_add(names, (char *)name);
      placed = true;
    }
    g_ptr_array_add(names, *old);
  }
  if (!placed)
    g_ptr_array_add(names, (char *)name);
  g_ptr_array_add(names, NULL);
  char **set = g_strdupv((char **)names->pdata);
  g_strfreev(stream->dispositions);
  stream->dispositions = set;
}

void edited_set_flags(const MediaInfo *media, const GPtrArray *tracks)
{
  for (guint i = 0; i < tracks->len; i++) {
    const TrackFlags *flags = tracks->pdata[i];
    if (!media->streams || flags->index < 0 || flags->index >= media->streams->len)
      continue;
    StreamInfo *stream = media->streams->pdata[flags->index];
    set_disposition(stream, "default", flags->is_default);
    if (flags->type == STREAM_SUBTITLE)
      set_disposition(stream, "forced", flags->is_forced);
  }
}

bool edited_refresh(LibraryFile *file, const GPtrArray *tracks, const Clock *clock, GError **error)
{
  FileStat now;
  char *fingerprint = fs_fingerprint(file->path, error);
  if (!fingerprint)
    return false;
  g_free(file->fingerprint);
  file->fingerprint = fingerprint;
  if (!fs_stat(file->path, &now, error))
    return false;
  file->size_bytes = now.size_bytes;
  file->mtime_ns = now.mtime_ns;
  file->inode = now.inode;
  file->device = now.device;
  file->link_count = now.link_count;
  file->updated_at_ms = clock_now_ms(clock);
  if (file->state != FILE_READY)
    return true; /* nothing is known of its streams yet */
  g_autoptr(MediaInfo) media = library_file_media(file, error);
  if (!media)
    return false;
  edited_set_flags(media, tracks);
  library_file_set_media(file, media);
  return true;
}

bool edited_note(DbConn *conn, const EditedFile *edited, int64_t *ret_history_id, GError **error)
{
  const LibraryFile *file = edited->file;
  HistoryEntry entry = {
      .state = HISTORY_EDITED,
      .file_id = file->id,
      .root_id = file->root_id,
      .job_id = edited->job_id,
      .trash_id = FIELD_NULL_INT,
      .path = file->path,
      .path_before = file->path,
      .size_before_bytes = file->size_bytes,
      .size_after_bytes = file->size_bytes,
      .film_ms = FIELD_NULL_INT,
      .predicted_bytes = FIELD_NULL_INT,
      .predicted_seconds = NAN,
      .detail = (char *)edited->detail,
      .can_undo = edited->can_undo,
      .created_at_ms = edited->now_ms,
  };
  if (!audio_work_edited(conn, file, edited->fingerprint_before, error) || !record_insert(conn, &history_table, &entry, error))
    return false;
  *ret_history_id = entry.id;
  return true;
}
