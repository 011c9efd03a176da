/* Which directories requests may name, on a real tree with links that try to get out; on both databases. */
#include "base/error.h"
#include "library/allowed.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "sys/fs.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* TOP/media/films, TOP/media/shows, TOP/media/.hidden, TOP/secret, TOP/library (a root), and links. */
typedef struct {
  char *top, *media, *films, *secret, *library;
} World;

static char *make(const char *parent, const char *name)
{
  char *path = g_build_filename(parent, name, NULL);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  return path;
}

static void link_in(const char *directory, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename(directory, name, NULL);
  g_assert_cmpint(symlink(target, path), ==, 0);
}

static void world_init(World *world, DbConn *conn)
{
  g_autofree char *made = g_dir_make_tmp("reeve-allowed-XXXXXX", NULL);
  world->top = realpath(made, NULL);
  world->media = make(world->top, "media");
  world->films = make(world->media, "films");
  g_free(make(world->media, "shows"));
  g_free(make(world->media, ".hidden"));
  g_free(make(world->films, "Ä 10"));
  g_free(make(world->films, "ä 9"));
  world->secret = make(world->top, "secret");
  g_free(make(world->secret, "inner"));
  world->library = make(world->top, "library");
  g_autofree char *file = g_build_filename(world->media, "film.mkv", NULL);
  g_assert_true(g_file_set_contents(file, "x", 1, NULL));
  link_in(world->media, "out", world->secret);
  link_in(world->media, "up", "../secret");
  link_in(world->media, "deep", "../secret/inner");
  link_in(world->media, "loop", "loop");
  link_in(world->media, "in", "films");
  link_in(world->media, "broken", "nowhere");
  link_in(world->media, "to-root", world->library);

  g_autoptr(GError) error = NULL;
  g_autoptr(Root) root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(world->library);
  g_assert_true(record_insert(conn, &root_table, root, &error));
  g_assert_no_error(error);
}

static void world_clear(World *world)
{
  g_assert_true(fs_remove_tree(world->top, NULL));
  g_free(world->top);
  g_free(world->media);
  g_free(world->films);
  g_free(world->secret);
  g_free(world->library);
}

enum { GOOD = -1 };

static void test_paths(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  World world;
  world_init(&world, conn);
  const char *const configured[] = {world.media, NULL};
  static const struct {
    const char *path; /* below TOP */
    int code;
    const char *resolved;
  } rows[] = {
      {"/media", GOOD, "/media"},
      {"/media/", GOOD, "/media"},
      {"/media/films", GOOD, "/media/films"},
      {"/media/in", GOOD, "/media/films"},
      {"/media/films/../shows", GOOD, "/media/shows"},
      {"/library", GOOD, "/library"}, /* a root, although it is not configured */
      {"/media/to-root", GOOD, "/library"},
      {"", REEVE_ERROR_DENIED, NULL},
      {"/secret", REEVE_ERROR_DENIED, NULL},
      {"/secret/inner", REEVE_ERROR_DENIED, NULL},
      {"/media/..", REEVE_ERROR_DENIED, NULL},
      {"/media/../secret", REEVE_ERROR_DENIED, NULL},
      {"/media/films/../../secret/inner", REEVE_ERROR_DENIED, NULL},
      {"/media/out", REEVE_ERROR_DENIED, NULL},
      {"/media/out/inner", REEVE_ERROR_DENIED, NULL},
      {"/media/up", REEVE_ERROR_DENIED, NULL},
      {"/media/deep/..", REEVE_ERROR_DENIED, NULL}, /* the parent of where the link leads */
      {"/media-of-others", REEVE_ERROR_DENIED, NULL},
      {"/secret/nothing", REEVE_ERROR_DENIED, NULL}, /* whether it exists is not told */
      {"/media/nothing", REEVE_ERROR_NOT_FOUND, NULL},
      {"/media/film.mkv", REEVE_ERROR_INVALID, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strconcat(world.top, rows[i].path, NULL);
    g_autofree char *wanted = rows[i].resolved ? g_strconcat(world.top, rows[i].resolved, NULL) : NULL;
    g_autofree char *resolved = allowed_directory(conn, configured, path, &error);
    g_test_message("%s", path);
    g_assert_cmpstr(resolved, ==, wanted);
    if (rows[i].code != GOOD)
      g_assert_error(error, REEVE_ERROR, rows[i].code);
  }
  static const char *const odd[] = {"", "media", "./media", "\xff", "../../etc", "file:///etc"};
  for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(allowed_directory(conn, configured, odd[i], &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
  world_clear(&world);
}

static void test_places(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  World world;
  world_init(&world, conn);
  const char *const configured[] = {world.media, NULL};
  static const struct {
    const char *path;
    bool may;
  } rows[] = {
      {"/media/trash/to/come", true}, {"/library/.trash", true},  {"/secret/trash", false},
      {"/media/out/trash", false},    {"/media/../trash", false}, {"/nothing", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strconcat(world.top, rows[i].path, NULL);
    g_test_message("%s", path);
    g_assert_cmpint(allowed_place(conn, configured, path, NULL), ==, rows[i].may);
  }
  world_clear(&world);
}

/* Nothing is configured: all but the system's own. */
static void test_open(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  World world;
  world_init(&world, conn);
  link_in(world.media, "system", "/etc");
  const char *const empty[] = {NULL};
  g_autofree char *secret = allowed_directory(conn, empty, world.secret, NULL);
  g_assert_cmpstr(secret, ==, world.secret);
  g_autofree char *system = g_build_filename(world.media, "system", NULL);
  const char *const refused[] = {"/etc",        "/proc/self",          "/sys", "/dev", "/usr/lib", "/var/lib",
                                 "/etc/../etc", "/proc/self/root/etc", system};
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(allowed_directory(conn, NULL, refused[i], &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
  }
  AllowedList list = {0};
  g_assert_true(allowed_list(conn, NULL, NULL, &list, NULL));
  g_assert_cmpstr(list.path, ==, "/");
  g_assert_null(list.parent);
  for (guint i = 0; i < list.items->len; i++)
    g_assert_cmpstr(((const AllowedEntry *)list.items->pdata[i])->path, !=, "/etc");
  record_clear(&allowed_list_table, &list);
  world_clear(&world);
}

/* "name=path below TOP" joined by spaces; the caller frees it. */
static char *shown(const World *world, const AllowedList *list)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < list->items->len; i++) {
    const AllowedEntry *entry = list->items->pdata[i];
    const char *name = g_str_has_prefix(entry->name, world->top) ? entry->name + strlen(world->top) : entry->name;
    g_string_append_printf(text, "%s%s=%s", i ? ", " : "", name, entry->path + strlen(world->top));
  }
  return g_string_free(text, FALSE);
}

static void test_lists(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  World world;
  world_init(&world, conn);
  const char *const configured[] = {world.media, "/nonexistent", NULL};
  AllowedList list = {0};
  g_assert_true(allowed_list(conn, configured, NULL, &list, &error));
  g_assert_null(list.path);
  g_autofree char *tops = shown(&world, &list);
  g_assert_cmpstr(tops, ==, "/library=/library, /media=/media");

  g_assert_true(allowed_list(conn, configured, world.media, &list, &error));
  g_assert_cmpstr(list.path, ==, world.media);
  g_assert_null(list.parent);
  g_assert_false(list.is_cut);
  g_autofree char *inner = shown(&world, &list);
  g_assert_cmpstr(inner, ==, "films=/media/films, in=/media/films, shows=/media/shows, to-root=/library");

  g_assert_true(allowed_list(conn, configured, world.films, &list, &error));
  g_assert_cmpstr(list.parent, ==, world.media);
  g_assert_cmpuint(list.items->len, ==, 2);

  g_assert_false(allowed_list(conn, configured, world.secret, &list, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_cmpstr(list.path, ==, world.films); /* a refusal leaves what was there */
  record_clear(&allowed_list_table, &list);
  world_clear(&world);
}

static void test_many(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *top = g_dir_make_tmp("reeve-allowed-XXXXXX", NULL);
  for (int i = 0; i < ALLOWED_LIST_MAX + 2; i++) {
    g_autofree char *name = g_strdup_printf("%d", i);
    g_free(make(top, name));
  }
  const char *const configured[] = {top, NULL};
  AllowedList list = {0};
  g_assert_true(allowed_list(conn, configured, top, &list, NULL));
  g_assert_cmpuint(list.items->len, ==, ALLOWED_LIST_MAX);
  g_assert_true(list.is_cut);
  record_clear(&allowed_list_table, &list);
  g_assert_true(fs_remove_tree(top, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/allowed/paths", test_paths);
  test_db_each("/allowed/places", test_places);
  test_db_each("/allowed/open", test_open);
  test_db_each("/allowed/lists", test_lists);
  test_db_each("/allowed/many", test_many);
  return g_test_run();
}
