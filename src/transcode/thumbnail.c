/* Decides which frame stands for a film, and which pictures are kept. Test: tests/unit/transcode/test_thumbnail.c */
#include "transcode/thumbnail.h"

#include "base/error.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

enum {
  MAKE_LIMIT_MS = 20 * 1000,
  MAX_BYTES = 1024 * 1024, /* of one */
  LOG_BYTES = 8 * 1024,
};

static const int64_t memory_bytes = 2LL * 1024 * 1024 * 1024;

struct ThumbnailCache {
  char *directory, *work, *ffmpeg;
  int64_t max_bytes;
  GMutex lock; /* one is made at a time: whoever asks for the same one finds it then */
};

ThumbnailCache *thumbnail_cache_new(const ThumbnailParams *params)
{
  ThumbnailCache *cache = g_new0(ThumbnailCache, 1);
  cache->directory = g_strdup(params->directory);
  cache->work = g_build_filename(params->directory, "work", NULL);
  cache->ffmpeg = g_strdup(params->ffmpeg);
  cache->max_bytes = params->max_bytes > 0 ? params->max_bytes : THUMBNAILS_MAX_BYTES;
  g_mutex_init(&cache->lock);
  return cache;
}

void thumbnail_cache_free(ThumbnailCache *cache)
{
  if (!cache)
    return;
  g_mutex_clear(&cache->lock);
  g_free(cache->directory);
  g_free(cache->work);
  g_free(cache->ffmpeg);
  g_free(cache);
}

char *thumbnail_tag(const LibraryFile *file)
{
  return g_strdup_printf("%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, file->id, file->size_bytes,
                         file->mtime_ns);
}

static GBytes *read_picture(const char *path)
{
  char *bytes;
  gsize length;
  if (!g_file_get_contents(path, &bytes, &length, NULL))
    return NULL;
  g_utime(path, NULL); /* it was used just now */
  return g_bytes_new_take(bytes, length);
}

/* --- what is kept --- */

typedef struct {
  char *path;
  int64_t bytes, used_ns;
} Kept;

static void kept_free(void *data)
{
  Kept *kept = data;
  g_free(kept->path);
  g_free(kept);
}

static gint by_use(gconstpointer a, gconstpointer b)
{
  const Kept *x = *(Kept *const *)a, *y = *(Kept *const *)b;
  return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

static GPtrArray *list_kept(const ThumbnailCache *cache, int64_t *ret_bytes)
{
  GPtrArray *list = g_ptr_array_new_with_free_func(kept_free);
  g_autoptr(GDir) entries = g_dir_open(cache->directory, 0, NULL);
  *ret_bytes = 0;
  for (const char *name; entries && (name = g_dir_read_name(entries));) {
    g_autofree char *path = g_build_filename(cache->directory, name, NULL);
    struct stat st;
    if (!g_str_has_suffix(name, ".jpg") || stat(path, &st) != 0)
      continue;
    Kept *kept = g_new(Kept, 1);
    *kept = (Kept){.path = g_steal_pointer(&path),
                   .bytes = st.st_size,
                   .used_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
    g_ptr_array_add(list, kept);
    *ret_bytes += kept->bytes;
  }
  return list;
}

/* The one that was made just now stays, whatever its size. */
static void prune(const ThumbnailCache *cache, const char *newest)
{
  int64_t bytes;
  g_autoptr(GPtrArray) list = list_kept(cache, &bytes);
  g_ptr_array_sort(list, by_use);
  for (guint i = 0; i < list->len && bytes > cache->max_bytes; i++) {
    const Kept *kept = list->pdata[i];
    g_autoptr(GError) why = NULL;
    if (g_str_equal(kept->path, newest))
      continue;
    if (fs_unlink(kept->path, &why))
      bytes -= kept->bytes;
    else
      g_debug("A thumbnail could not be removed: %s", why->message);
  }
}

/* --- making one --- */

static bool run_ffmpeg(const ThumbnailCache *cache, const LibraryFile *file, const char *picture, Cancel *cancel, GError **error)
{
  g_autofree char *source = g_strconcat("file:", file->path, NULL), *target = g_strconcat("file:", picture, NULL);
  g_autofree char *filter = g_strdup_printf("scale=%d:-2", THUMBNAIL_WIDTH);
  int64_t duration_ms = file->duration_ms == FIELD_NULL_INT ? 0 : file->duration_ms;
  g_autofree char *start = g_strdup_printf("%" G_GINT64_FORMAT "ms", duration_ms / 10);
  const char *argv[] = {cache->ffmpeg, "-nostdin",  "-hide_banner",
                        "-v",          "error",     "-protocol_whitelist",
                        "file",        "-ss",       start,
                        "-i",          source,      "-map",
                        "0:V:0",       "-frames:v", "1",
                        "-vf",         filter,      "-pix_fmt",
                        "yuvj420p",    "-c:v",      "mjpeg",
                        "-q:v",        "4",         "-f",
                        "image2",      "-update",   "1",
                        "-y",          target,      NULL};
  const char *write_paths[] = {cache->work, NULL};
  const char *environment[] = {"AV_LOG_FORCE_NOCOLOR=1", NULL};
  Sandbox sandbox = {.no_network = true, .write_paths = write_paths, .memory_bytes = memory_bytes, .file_bytes = MAX_BYTES};
  ChildParams params = {.argv = argv,
                        .environment = environment,
                        .directory = cache->work,
                        .output = CHILD_NULL,
                        .errors = CHILD_PIPE,
                        .nice_increment = 10,
                        .sandbox = &sandbox};
  ChildExit exit;
  g_autofree char *words = NULL;
  if (!child_run(&params, MAKE_LIMIT_MS, cancel, LOG_BYTES, NULL, &words, &exit, error))
    return false;
  if (exit.exit_code == 0 && fs_exists(picture))
    return true;
  g_strstrip(words);
  return fail(error, REEVE_ERROR_UPSTREAM, "No picture could be taken from \"%s\": %s", file->path,
              *words ? words : "ffmpeg found no frame.");
}

static GBytes *make(const ThumbnailCache *cache, const LibraryFile *file, const char *path, Cancel *cancel, GError **error)
{
  g_autofree char *picture = g_build_filename(cache->work, "picture.jpg", NULL);
  if (!fs_mkdirs(cache->work, 0700, error))
    return NULL;
  g_unlink(picture); /* what a run that was killed left behind */
  if (!run_ffmpeg(cache, file, picture, cancel, error) || !fs_rename(picture, path, error))
    return NULL;
  prune(cache, path);
  GBytes *bytes = read_picture(path);
  if (!bytes)
    fail(error, REEVE_ERROR_IO, "The picture of \"%s\" could not be read back.", file->path);
  return bytes;
}

GBytes *thumbnail_get(ThumbnailCache *cache, const LibraryFile *file, Cancel *cancel, GError **error)
{
  g_autofree char *tag = thumbnail_tag(file), *name = g_strconcat(tag, ".jpg", NULL);
  g_autofree char *path = g_build_filename(cache->directory, name, NULL);
  if (file->state != FILE_READY || !file->video_codec) {
    fail(error, REEVE_ERROR_CONFLICT, "There is no picture of \"%s\": %s.", file->path,
         file->state == FILE_READY ? "it has no video" : enum_name(&file_state_table, file->state));
    return NULL;
  }
  g_mutex_lock(&cache->lock);
  GBytes *bytes = read_picture(path);
  if (!bytes)
    bytes = make(cache, file, path, cancel, error);
  g_mutex_unlock(&cache->lock);
  return bytes;
}
