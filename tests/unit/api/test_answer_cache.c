/* What is kept, and for how long: src/api/answer_cache.c. */
#include "api/answer_cache.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *directory;
  Db *db;
  AnswerCache *cache;
} Fixture;

static void change(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  DbConn *conn = db_acquire(f->db, &error);
  g_assert_no_error(error);
  g_assert_true(db_exec_script(conn, "CREATE TABLE IF NOT EXISTS t (n BIGINT); INSERT INTO t VALUES (1);", &error));
  db_release(conn);
}

static void set_up(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  f->directory = g_dir_make_tmp("reeve-answers-XXXXXX", NULL);
  g_autofree char *url = g_strdup_printf("sqlite:%s/t.db", f->directory);
  f->db = db_open(&(DbParams){.url = url}, &error);
  g_assert_no_error(error);
  f->cache = answer_cache_new(f->db);
  change(f);
}

static void tear_down(Fixture *f)
{
  answer_cache_free(f->cache);
  db_close(f->db);
  g_autoptr(GDir) dir = g_dir_open(f->directory, 0, NULL);
  for (const char *name; (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(f->directory, name, NULL);
    g_unlink(path);
  }
  g_rmdir(f->directory);
  g_free(f->directory);
}

/* What is kept under the name; NULL if nothing. The caller frees it. */
static char *kept(Fixture *f, const char *name, uint64_t *ret_version)
{
  GBytes *bytes = answer_cache_find(f->cache, name, ret_version);
  if (!bytes)
    return NULL;
  gsize length;
  const char *data = g_bytes_get_data(bytes, &length);
  char *text = g_strndup(data, length);
  g_bytes_unref(bytes);
  return text;
}

static void keep(Fixture *f, const char *name, const char *text)
{
  uint64_t version;
  g_free(kept(f, name, &version));
  answer_cache_keep(f->cache, name, version, text, strlen(text));
}

static void assert_kept(Fixture *f, const char *name, const char *text)
{
  uint64_t version;
  g_autofree char *found = kept(f, name, &version);
  g_assert_cmpstr(found, ==, text);
}

static void test_until_changed(void)
{
  Fixture f;
  set_up(&f);
  assert_kept(&f, "/a", NULL);
  keep(&f, "/a", "one");
  keep(&f, "/b", "two");
  assert_kept(&f, "/a", "one");
  assert_kept(&f, "/b", "two");
  assert_kept(&f, "/c", NULL);
  change(&f);
  assert_kept(&f, "/a", NULL);
  keep(&f, "/a", "three");
  assert_kept(&f, "/a", "three");
  assert_kept(&f, "/b", NULL);
  tear_down(&f);
}

/* Something changed while the answer was made: it may be the old one, and is not given to anybody else. */
static void test_changed_while_made(void)
{
  Fixture f;
  set_up(&f);
  uint64_t version;
  g_assert_null(kept(&f, "/a", &version));
  change(&f);
  answer_cache_keep(f.cache, "/a", version, "old", 3);
  assert_kept(&f, "/a", NULL);
  tear_down(&f);
}

static void test_bounds(void)
{
  Fixture f;
  set_up(&f);
  g_autofree char *long_text = g_strnfill(200 * 1024, 'x'), *long_name = g_strnfill(2000, 'n');
  keep(&f, "/long", long_text);
  assert_kept(&f, "/long", NULL);
  keep(&f, long_name, "x");
  assert_kept(&f, long_name, NULL);
  answer_cache_keep(f.cache, "/none", 0, "x", 1);
  assert_kept(&f, "/none", NULL);
  for (int i = 0; i < 1000; i++) {
    g_autofree char *name = g_strdup_printf("/%d", i);
    keep(&f, name, "x");
    assert_kept(&f, name, "x");
  }
  assert_kept(&f, "/0", NULL); /* others took its place */
  tear_down(&f);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/answers/until-changed", test_until_changed);
  g_test_add_func("/answers/changed-while-made", test_changed_while_made);
  g_test_add_func("/answers/bounds", test_bounds);
  return g_test_run();
}
