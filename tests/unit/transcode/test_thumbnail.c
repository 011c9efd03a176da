/* Real pictures of a real film, made by ffmpeg in its sandbox. */
#include "transcode/thumbnail.h"

#include "base/error.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *directory, *kept, *film;
  LibraryFile *file;
  ThumbnailCache *cache;
} Fixture;

static void make_film(const char *path)
{
  g_autoptr(GError) error = NULL;
  const char *argv[] = {"ffmpeg", "-nostdin", "-v",      "error",     "-f", "lavfi", "-i", "testsrc2=s=640x360:r=10:d=2",
                        "-c:v",   "libx264",  "-preset", "ultrafast", path, NULL};
  ChildExit exit;
  child_run(&(ChildParams){.argv = argv, .output = CHILD_NULL}, 60000, NULL, 1, NULL, NULL, &exit, &error);
  g_assert_no_error(error);
  g_assert_cmpint(exit.exit_code, ==, 0);
}

static void fixture_init(Fixture *f, int64_t max_bytes)
{
  g_autoptr(GError) error = NULL;
  f->directory = g_dir_make_tmp("reeve-thumbnail-XXXXXX", &error);
  f->kept = g_build_filename(f->directory, "kept", NULL);
  f->film = g_build_filename(f->directory, "-a film: \"x\" %d.mkv", NULL); /* nothing of a name is an option or a pattern */
  make_film(f->film);
  f->file = record_new(&file_table);
  f->file->id = 7;
  f->file->path = (g_free(f->file->path), g_strdup(f->film));
  f->file->state = FILE_READY;
  f->file->video_codec = g_strdup("h264");
  f->file->duration_ms = 2000;
  f->cache = thumbnail_cache_new(&(ThumbnailParams){.directory = f->kept, .ffmpeg = "ffmpeg", .max_bytes = max_bytes});
}

static void fixture_clear(Fixture *f)
{
  thumbnail_cache_free(f->cache);
  library_file_free(f->file);
  g_assert_true(fs_remove_tree(f->directory, NULL));
  g_free(f->directory);
  g_free(f->kept);
  g_free(f->film);
}

static bool is_jpeg(GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data(bytes, &length);
  return length > 500 && data[0] == 0xff && data[1] == 0xd8 && data[length - 2] == 0xff && data[length - 1] == 0xd9;
}

static guint count_kept(const Fixture *f)
{
  guint n = 0;
  g_autoptr(GDir) entries = g_dir_open(f->kept, 0, NULL);
  for (const char *name; (name = g_dir_read_name(entries));)
    n += g_str_has_suffix(name, ".jpg");
  return n;
}

static void test_make(void)
{
  Fixture f;
  fixture_init(&f, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) made = thumbnail_get(f.cache, f.file, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(is_jpeg(made));
  /* It comes from the cache: the film is not needed any more. */
  g_assert_cmpint(g_unlink(f.film), ==, 0);
  g_autoptr(GBytes) kept = thumbnail_get(f.cache, f.file, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(g_bytes_equal(made, kept));
  /* A file that has changed gets a new one. */
  f.file->mtime_ns++;
  g_assert_null(thumbnail_get(f.cache, f.file, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UPSTREAM);
  fixture_clear(&f);
}

static void test_bounded(void)
{
  Fixture f;
  g_autoptr(GError) error = NULL;
  fixture_init(&f, 0);
  g_autoptr(GBytes) one = thumbnail_get(f.cache, f.file, NULL, &error);
  gsize bytes = g_bytes_get_size(one);
  thumbnail_cache_free(f.cache);
  f.cache = thumbnail_cache_new(&(ThumbnailParams){.directory = f.kept, .ffmpeg = "ffmpeg", .max_bytes = (int64_t)bytes * 5 / 2});
  for (f.file->id = 8; f.file->id < 12; f.file->id++) {
    G_GNUC_UNUSED g_autoptr(GBytes) next = thumbnail_get(f.cache, f.file, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(count_kept(&f), <=, 2);
  }
  fixture_clear(&f);
}

static void test_none(void)
{
  Fixture f;
  fixture_init(&f, 0);
  static const struct {
    FileState state;
    const char *codec;
  } rows[] = {{FILE_MISSING, "h264"}, {FILE_FAILED, NULL}, {FILE_READY, NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    f.file->state = rows[i].state;
    f.file->video_codec = (g_free(f.file->video_codec), g_strdup(rows[i].codec));
    g_assert_null(thumbnail_get(f.cache, f.file, NULL, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  }
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_build_filename(f.directory, "text.mkv", NULL);
  g_assert_true(g_file_set_contents(text, "no film", -1, NULL));
  f.file->state = FILE_READY;
  f.file->video_codec = g_strdup("h264");
  f.file->path = (g_free(f.file->path), g_strdup(text));
  g_assert_null(thumbnail_get(f.cache, f.file, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UPSTREAM);
  g_assert_nonnull(strstr(error->message, "No picture could be taken"));
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/thumbnail/make", test_make);
  g_test_add_func("/thumbnail/bounded", test_bounded);
  g_test_add_func("/thumbnail/none", test_none);
  return g_test_run();
}
