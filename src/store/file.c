/* The tables of files and verdicts, and what of a file's media is kept in columns of its own.
 * Test: tests/unit/store/test_file.c */
#include "store/file.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "wire/json.h"

#include <string.h>

static const EnumRow file_state_rows[] = {
    {FILE_NEW, "new", "Found, not yet probed"},
    {FILE_READY, "ready", "Probed"},
    {FILE_FAILED, "failed", "Could not be probed"},
    {FILE_MISSING, "missing", "Was there, is not now; its history is kept"},
};
const EnumTable file_state_table = ENUM_TABLE("FileState", file_state_rows);

static const EnumRow file_health_rows[] = {
    {FILE_SOUND, "ok", "All of it decodes"},
    {FILE_DAMAGED, "damaged", "Parts of it do not decode"},
    {FILE_UNREADABLE, "unreadable", "Nothing of it decodes"},
};
const EnumTable file_health_table = ENUM_TABLE("FileHealth", file_health_rows);

static const Field file_fault_fields[] = {
    FIELD_INT(FileFault, at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "About where in the film, in ms; null: not known."),
    FIELD_INT(FileFault, times, .flags = FIELD_READ_ONLY, .preset = "1", .help = "How often in a row."),
    FIELD_TEXT(FileFault, message, .flags = FIELD_READ_ONLY, .help = "What the decoder said."),
};
const FieldTable file_fault_table = FIELD_TABLE(FileFault, "FileFault", NULL, file_fault_fields);

static const Field verdict_fields[] = {
    FIELD_INT(Verdict, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the verdict."),
    FIELD_TEXT(Verdict, fingerprint, .flags = FIELD_READ_ONLY, .help = "Fingerprint of the content that was tried."),
    FIELD_INT(Verdict, profile_id, .flags = FIELD_READ_ONLY, .help = "Profile that it was tried with."),
    FIELD_INT(Verdict, profile_version, .flags = FIELD_READ_ONLY, .help = "Version of that profile."),
    FIELD_TEXT(Verdict, code, .flags = FIELD_READ_ONLY, .help = "Reason as a word."),
    FIELD_TEXT(Verdict, reason, .flags = FIELD_READ_ONLY, .help = "Reason as a sentence."),
    FIELD_INT(Verdict, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was learnt, in ms since 1970."),
};
const FieldTable verdict_table = FIELD_TABLE(Verdict, "Verdict", "verdicts", verdict_fields);

static const Field file_fields[] = {
    FIELD_INT(LibraryFile, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the file."),
    FIELD_INT(LibraryFile, root_id, .flags = FIELD_READ_ONLY, .help = "Root it belongs to."),
    FIELD_TEXT(LibraryFile, path, .flags = FIELD_READ_ONLY, .max = 4096, .format = "path", .help = "Absolute path."),
    FIELD_INT(LibraryFile, size_bytes, .flags = FIELD_READ_ONLY, .help = "Size in bytes."),
    FIELD_INT(LibraryFile, mtime_ns, .flags = FIELD_READ_ONLY, .help = "When its content last changed, in ns since 1970."),
    FIELD_INT(LibraryFile, inode, .flags = FIELD_READ_ONLY | FIELD_ADVANCED, .help = "Inode number."),
    FIELD_INT(LibraryFile, device, .flags = FIELD_READ_ONLY | FIELD_ADVANCED, .help = "Number of the file system."),
    FIELD_INT(LibraryFile, link_count, .flags = FIELD_READ_ONLY, .preset = "1", .help = "Names (hard links) that it has."),
    FIELD_TEXT(LibraryFile, fingerprint, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_ADVANCED,
               .help = "Hash of size, head, middle and tail; null until computed."),
    FIELD_ENUM(LibraryFile, state, file_state_table, .flags = FIELD_READ_ONLY, .help = "What is known about it."),
    FIELD_TEXT(LibraryFile, error, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Why it could not be probed."),
    FIELD_TEXT(LibraryFile, container, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Container, such as mkv or mp4."),
    FIELD_TEXT(LibraryFile, video_codec, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Codec of the main video stream, by ffprobe's name."),
    FIELD_TEXT(LibraryFile, pixel_format, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Pixel format of the main video stream, by ffprobe's name."),
    FIELD_TEXT(LibraryFile, audio_codecs, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Codecs of the audio streams, in order, separated by commas."),
    FIELD_TEXT(LibraryFile, audio_languages, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Languages of the audio streams, in order, separated by commas."),
    FIELD_TEXT(LibraryFile, subtitle_languages, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Languages of the subtitles, in order, separated by commas."),
    FIELD_ENUM(LibraryFile, hdr, hdr_class_table, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Dynamic range of the main video stream."),
    FIELD_INT(LibraryFile, width, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Width of the picture in pixels."),
    FIELD_INT(LibraryFile, height, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Height of the picture in pixels."),
    FIELD_INT(LibraryFile, duration_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Duration in ms."),
    FIELD_INT(LibraryFile, bit_rate_bps, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Bit rate of all streams, in bit/s."),
    FIELD_JSON(LibraryFile, media, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_DETAIL, .record = &media_info_table,
               .help = "Everything that probing found; null until probed."),
    FIELD_RECORDS(LibraryFile, verdicts, verdict_table, .flags = FIELD_READ_ONLY | FIELD_NO_COLUMN | FIELD_DETAIL,
                  .help = "What was learnt by trying to encode this content, the newest first."),
    FIELD_STRINGS(LibraryFile, sidecars, .flags = FIELD_READ_ONLY,
                  .help = "Names of the files beside it that belong to it, such as subtitles."),
    FIELD_ENUM(LibraryFile, health, file_health_table, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "What decoding all of it showed; null: it has not been checked since it last changed."),
    FIELD_INT(LibraryFile, checked_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "When it was last checked, in ms since 1970."),
    FIELD_INT(LibraryFile, fault_count, .flags = FIELD_READ_ONLY, .help = "Faults that the check found."),
    FIELD_RECORDS(LibraryFile, faults, file_fault_table, .flags = FIELD_READ_ONLY | FIELD_DETAIL, .max = 200,
                  .help = "The first of them, in order."),
    FIELD_INT(LibraryFile, found_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was found first, in ms since 1970."),
    FIELD_INT(LibraryFile, probed_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "When it was last probed, in ms since 1970."),
    FIELD_INT(LibraryFile, missing_since_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Since when it has been missing, in ms since 1970."),
    FIELD_INT(LibraryFile, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When this entry last changed, in ms since 1970."),
};
const FieldTable file_table = FIELD_TABLE(LibraryFile, "LibraryFile", "files", file_fields);

void library_file_free(LibraryFile *file)
{
  record_free(&file_table, file);
}

static const char *stream_codec(const StreamInfo *stream)
{
  return stream->codec;
}

/* A property of all streams of a type, each value once, in order, separated by commas; NULL if none has one. */
static char *join_streams(const MediaInfo *media, StreamType type, const char *(*property)(const StreamInfo *stream))
{
  g_autoptr(GPtrArray) values = g_ptr_array_new();
  const StreamInfo *stream;
  for (size_t n = 0; (stream = media_info_stream(media, type, n)); n++) {
    const char *value = property(stream);
    if (value && *value && !g_ptr_array_find_with_equal_func(values, value, g_str_equal, NULL))
      g_ptr_array_add(values, (char *)value);
  }
  if (!values->len)
    return NULL;
  g_ptr_array_add(values, NULL);
  return g_strjoinv(",", (char **)values->pdata);
}

static void set_text(char **member, char *value)
{
  g_free(*member);
  *member = value;
}

void library_file_set_media(LibraryFile *file, const MediaInfo *media)
{
  const StreamInfo *video = media_info_video(media);
  file->state = FILE_READY;
  set_text(&file->error, NULL);
  set_text(&file->container, g_strdup(media->container));
  set_text(&file->video_codec, g_strdup(video ? video->codec : NULL));
  set_text(&file->pixel_format, g_strdup(video ? video->pixel_format : NULL));
  set_text(&file->audio_codecs, join_streams(media, STREAM_AUDIO, stream_codec));
  set_text(&file->audio_languages, join_streams(media, STREAM_AUDIO, stream_language));
  set_text(&file->subtitle_languages, join_streams(media, STREAM_SUBTITLE, stream_language));
  file->hdr = video ? video->hdr : FIELD_NULL_ENUM;
  file->width = video ? video->width : FIELD_NULL_INT;
  file->height = video ? video->height : FIELD_NULL_INT;
  file->duration_ms = media->duration_ms;
  file->bit_rate_bps = media->bit_rate_bps;
  g_autoptr(json_t) json = json_from_record(&media_info_table, media, JSON_FULL);
  set_text(&file->media, json_text(json));
}

void library_file_forget_check(LibraryFile *file)
{
  file->health = FIELD_NULL_ENUM;
  file->checked_at_ms = FIELD_NULL_INT;
  file->fault_count = 0;
  g_clear_pointer(&file->faults, g_ptr_array_unref);
}

void library_file_forget_media(LibraryFile *file)
{
  char **texts[] = {&file->error,        &file->container,       &file->video_codec,        &file->pixel_format,
                    &file->audio_codecs, &file->audio_languages, &file->subtitle_languages, &file->media};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
    g_clear_pointer(texts[i], g_free);
  library_file_forget_check(file);
  file->state = FILE_NEW;
  file->hdr = FIELD_NULL_ENUM;
  file->width = file->height = file->duration_ms = file->bit_rate_bps = file->probed_at_ms = FIELD_NULL_INT;
}

MediaInfo *library_file_media(const LibraryFile *file, GError **error)
{
  if (!file->media) {
    fail(error, REEVE_ERROR_NOT_FOUND, "%s has not been probed.", file->path);
    return NULL;
  }
  g_autoptr(GError) why = NULL;
  g_autoptr(json_t) json = json_parse(file->media, strlen(file->media), &why);
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  if (!json || !json_to_record(&media_info_table, json, JSON_TRUSTED, media, NULL, &why)) {
    fail(error, REEVE_ERROR_CORRUPT, "What the database holds about %s cannot be read, probe it again: %s", file->path,
         why->message);
    return NULL;
  }
  return g_steal_pointer(&media);
}

bool verdict_find(DbConn *conn, const char *fingerprint, int64_t profile_id, int64_t profile_version, Verdict *ret_verdict,
                  bool *ret_found, GError **error)
{
  g_autoptr(GError) problem = NULL;
  if (record_find(conn, &verdict_table, "fingerprint = $1 AND profile_id = $2 AND profile_version = $3",
                  DB_ARGS(DB_TEXT(fingerprint), DB_INT(profile_id), DB_INT(profile_version)), ret_verdict, &problem)) {
    *ret_found = true;
    return true;
  }
  if (g_error_matches(problem, REEVE_ERROR, REEVE_ERROR_NOT_FOUND)) {
    *ret_found = false;
    return true;
  }
  g_propagate_error(error, g_steal_pointer(&problem));
  return false;
}

bool verdict_put(DbConn *conn, Verdict *verdict, GError **error)
{
  static const char sql[] =
      "INSERT INTO verdicts (fingerprint, profile_id, profile_version, code, reason, created_at_ms) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (fingerprint, profile_id, profile_version) DO UPDATE SET "
      "code = excluded.code, reason = excluded.reason, created_at_ms = excluded.created_at_ms RETURNING id";
  bool found;
  return db_query_int(conn, sql,
                      DB_ARGS(DB_TEXT(verdict->fingerprint), DB_INT(verdict->profile_id), DB_INT(verdict->profile_version),
                              DB_TEXT(verdict->code), DB_TEXT(verdict->reason), DB_INT(verdict->created_at_ms)),
                      &verdict->id, &found, error);
}

GPtrArray *verdicts_of(DbConn *conn, const char *fingerprint, GError **error)
{
  return record_list(conn, &verdict_table, "WHERE fingerprint = $1 ORDER BY id DESC", DB_ARGS(DB_TEXT(fingerprint)), error);
}

bool file_by_path(DbConn *conn, int64_t root_id, const char *path, LibraryFile *file, GError **error)
{
  return record_find(conn, &file_table, "root_id = $1 AND path = $2", DB_ARGS(DB_INT(root_id), DB_TEXT(path)), file, error);
}

GPtrArray *file_other_names(DbConn *conn, const LibraryFile *file, GError **error)
{
  return record_list(conn, &file_table, "WHERE device = $1 AND inode = $2 AND id <> $3 ORDER BY id",
                     DB_ARGS(DB_INT(file->device), DB_INT(file->inode), DB_INT(file->id)), error);
}
