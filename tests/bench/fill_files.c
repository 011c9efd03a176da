/* Fills a database with a large library that was scanned and half worked on, for the page, statistics and memory benchmarks.
 * usage: fill_files DATABASE-URL COUNT */
#include "base/number.h"
#include "store/file.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "store/replacement.h"
#include "store/root.h"
#include "wire/json.h"

#include <stdio.h>

enum { BATCH = 5000, HISTORY_EVERY = 10 };

static const char *const codecs[] = {"h264", "hevc", "mpeg4", "av1", "vc1"};

static bool add_root(DbConn *conn, Root *root, GError **error)
{
  root->path = (g_free(root->path), g_strdup("/library/films"));
  return record_insert(conn, &root_table, root, error);
}

static void add_stream(MediaInfo *media, StreamType type, const char *codec, const char *language)
{
  StreamInfo *stream = record_new(&stream_info_table);
  stream->index = media->streams->len;
  stream->type = type;
  stream->codec = g_strdup(codec);
  stream->language = g_strdup(language);
  stream->title = g_strdup(type == STREAM_VIDEO ? NULL : "Surround 5.1");
  stream->width = type == STREAM_VIDEO ? 1920 : FIELD_NULL_INT;
  stream->frame_rate = g_strdup(type == STREAM_VIDEO ? "24000/1001" : NULL);
  stream->pixel_format = g_strdup(type == STREAM_VIDEO ? "yuv420p" : NULL);
  stream->bit_depth = type == STREAM_VIDEO ? 8 : FIELD_NULL_INT;
  stream->channels = type == STREAM_AUDIO ? 6 : FIELD_NULL_INT;
  stream->bit_rate_bps = type == STREAM_AUDIO ? 640000 : FIELD_NULL_INT;
  g_ptr_array_add(media->streams, stream);
}

/* What probing finds in a film, but for what is of each film. */
static json_t *film_with(const char *codec)
{
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  media->container = g_strdup("mkv");
  media->format_name = g_strdup("matroska,webm");
  media->streams = media->streams ? media->streams : records_new(&stream_info_table);
  add_stream(media, STREAM_VIDEO, codec, "und");
  add_stream(media, STREAM_AUDIO, "ac3", "eng");
  add_stream(media, STREAM_SUBTITLE, "subrip", "deu");
  return json_from_record(&media_info_table, media, JSON_FULL);
}

static char *media_text(const LibraryFile *file, json_t *film)
{
  json_object_set_new(film, "size_bytes", json_integer(file->size_bytes));
  json_object_set_new(film, "duration_ms", json_integer(file->duration_ms));
  json_object_set_new(film, "bit_rate_bps", json_integer(file->bit_rate_bps));
  json_object_set_new(json_array_get(json_object_get(film, "streams"), 0), "height", json_integer(file->height));
  return json_text(film);
}

static void describe(LibraryFile *file, int64_t root_id, int64_t i, json_t *const *films)
{
  file->root_id = root_id;
  file->path =
      (g_free(file->path), g_strdup_printf("/library/films/%c/Film %" G_GINT64_FORMAT " (19%02d)/Film %" G_GINT64_FORMAT ".mkv",
                                           (char)('A' + i % 26), i, (int)(i % 100), i));
  file->size_bytes = 1000000000 + i * 7919 % 40000000000;
  file->inode = i + 1;
  file->state = i % 500 ? FILE_READY : FILE_FAILED;
  file->video_codec = g_strdup(codecs[i % 11 % 5]);
  file->container = g_strdup(i % 5 ? "mkv" : "mp4");
  file->audio_languages = g_strdup(i % 3 ? "eng" : "deu,eng");
  file->hdr = i % 50 ? HDR_SDR : HDR_HDR10;
  file->width = 1920;
  file->height = 800 + i % 281;
  file->duration_ms = 3600000 + i % 3600000;
  file->bit_rate_bps = 5000000 + i % 9000000;
  file->found_at_ms = 1700000000000 + i;
  file->fingerprint = g_strdup_printf("%032" G_GINT64_MODIFIER "x", i * 2654435761);
  file->media = media_text(file, films[i % 11 % 5]);
}

static bool add_history(DbConn *conn, const LibraryFile *file, int64_t i, GError **error)
{
  HistoryEntry entry;
  record_init(&history_table, &entry);
  entry.state = i % 200 ? HISTORY_REPLACED : HISTORY_UNDONE;
  entry.file_id = file->id;
  entry.root_id = file->root_id;
  entry.path = (g_free(entry.path), g_strdup(file->path));
  entry.size_before_bytes = 2 * file->size_bytes;
  entry.size_after_bytes = entry.bytes_saved = file->size_bytes;
  entry.seconds = 1000;
  entry.created_at_ms = clock_now_ms(clock_system()) - i * 30000;
  bool ok = record_insert(conn, &history_table, &entry, error);
  record_clear(&history_table, &entry);
  return ok;
}

static bool add_batch(DbConn *conn, int64_t root_id, int64_t first, int64_t count, json_t *const *films, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  for (int64_t i = first; transaction && i < first + count; i++) {
    g_autoptr(LibraryFile) file = record_new(&file_table);
    describe(file, root_id, i, films);
    if (!record_insert(conn, &file_table, file, error) || (i % HISTORY_EVERY == 0 && !add_history(conn, file, i, error)))
      return false;
  }
  return transaction && db_commit(transaction, error);
}

static bool fill(Db *db, int64_t count, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(db, error);
  if (!conn || !add_root(conn, root, error))
    return false;
  json_t *films[G_N_ELEMENTS(codecs)];
  for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
    films[i] = film_with(codecs[i]);
  bool ok = true;
  for (int64_t done = 0; ok && done < count; done += BATCH)
    ok = add_batch(conn, root->id, done, MIN(BATCH, count - done), films, error);
  for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
    json_decref(films[i]);
  if (!ok)
    return false;
  /* As PostgreSQL does by itself in time. */
  return db_kind(db) != DB_POSTGRESQL || db_exec(conn, "ANALYZE", DB_NO_ARGS, NULL, error);
}

int main(int argc, char **argv)
{
  int64_t count = 0;
  if (argc != 3 || !parse_int(argv[2], 1, 100000000, &count)) {
    fprintf(stderr, "usage: fill_files DATABASE-URL COUNT\n");
    return 2;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) db = db_open(&(DbParams){.url = argv[1], .share = true}, &error);
  if (db && migrate_run(db, NULL, &error))
    fill(db, count, &error);
  if (error)
    fprintf(stderr, "fill_files: %s\n", error->message);
  return error ? 1 : 0;
}
