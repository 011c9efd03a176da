/* Settings, profiles and roots carried from one installation to another. */
#include "operate/portable.h"

#include "base/error.h"
#include "encode/profile.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "sys/fs.h"

#include <string.h>
#include <unistd.h>

typedef struct {
  TestDb *test;
  LiveSettings *live;
  char *directory; /* holds directories for roots */
  char *media;     /* where requests may reach; NULL: it is no request */
} World;

static void world_init(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  Settings base;
  record_init(&settings_table, &base);
  *world = (World){.test = test, .directory = g_dir_make_tmp("reeve-portable-XXXXXX", NULL)};
  world->live = live_settings_new(test->db, &base, world->directory, clock_system(), &error);
  g_assert_no_error(error);
}

static void world_clear(World *world)
{
  live_settings_free(world->live);
  fs_remove_tree(world->directory, NULL);
  g_free(world->directory);
  g_free(world->media);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static bool import_text(World *world, const char *text, GPtrArray *errors, ImportResult *ret_result, GError **error)
{
  g_autoptr(GString) filled = g_string_new(text);
  g_string_replace(filled, "DIR", world->directory, 0);
  g_autoptr(json_t) document = json_loads(filled->str, 0, NULL);
  g_assert_nonnull(document);
  const char *const media_directories[] = {world->media, NULL};
  return portable_import(&(PortableTarget){.db = world->test->db,
                                           .live = world->live,
                                           .clock = clock_system(),
                                           .is_held = world->media != NULL,
                                           .media_directories = media_directories},
                         document, errors, ret_result, error);
}

static char *export_text(const World *world)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) document = portable_export(world->test->db, world->live, &error);
  g_assert_no_error(error);
  return json_text(document);
}

static const char good[] = "{\"reeve_settings\":1,\"settings\":{\"nice\":4},"
                           "\"profiles\":[{\"name\":\"mine\",\"codec\":\"av1\"},{\"name\":\"other\"}],"
                           "\"schedules\":[{\"name\":\"Nights\",\"zone\":\"Europe/Berlin\",\"everywhere\":true,"
                           "\"windows\":[{\"days\":[\"fri\"],\"start\":\"22:00\",\"end\":\"06:00\"}]}],"
                           "\"roots\":[{\"path\":\"DIR\",\"profile\":\"mine\",\"schedule\":\"Nights\",\"name\":\"Films\","
                           "\"exclude\":[\"*.sample.*\"]}]}";

static void test_import(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  ImportResult result = {0};
  g_assert_true(import_text(&world, good, NULL, &result, &error));
  g_assert_no_error(error);
  g_assert_cmpint(result.settings, ==, 1);
  g_assert_cmpint(result.profiles_added, ==, 2);
  g_assert_cmpint(result.roots_added, ==, 1);
  Settings settings;
  live_settings_get(world.live, &settings);
  g_assert_cmpint(settings.nice, ==, 4);
  record_clear(&settings_table, &settings);

  /* Secrets stay at home, sealed or not. */
  g_autoptr(json_t) secrets =
      json_pack("{s:s, s:s}", "tmdb_key", "0123456789abcdef0123456789abcdef", "webhook_secret", "sixteen bytes at least");
  g_assert_true(live_settings_put(world.live, secrets, NULL, NULL, &error));
  g_autofree char *without = export_text(&world);
  g_assert_null(strstr(without, "tmdb_key"));
  g_assert_null(strstr(without, "webhook_secret"));
  g_assert_null(strstr(without, "sealed"));

  /* Again: the same things are changed, none is made twice, and what is exported is taken back. */
  g_autofree char *first = export_text(&world);
  g_assert_nonnull(strstr(first, "\"profile\":\"mine\""));
  g_assert_null(strstr(first, "created_at_ms"));
  g_assert_nonnull(strstr(first, "\"schedule\":\"Nights\""));
  g_assert_null(strstr(first, "profile_id"));
  g_assert_null(strstr(first, "schedule_id"));
  g_assert_true(import_text(&world, first, NULL, &result, &error));
  g_assert_cmpint(result.profiles_added + result.roots_added, ==, 0);
  g_assert_cmpint(result.profiles_changed, ==, 2);
  g_assert_cmpint(result.schedules_changed, ==, 1);
  g_assert_cmpint(result.schedules_added, ==, 0);
  g_assert_cmpint(result.roots_changed, ==, 1);
  g_autofree char *second = export_text(&world);
  g_assert_cmpstr(first, ==, second);

  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GPtrArray) profiles = record_list(conn, &profile_table, "WHERE name = 'mine'", DB_NO_ARGS, &error);
  g_assert_cmpint(((const Profile *)profiles->pdata[0])->version, ==, 2); /* verdicts of the old one no longer count */
  g_autoptr(GPtrArray) roots = record_list(conn, &root_table, "", DB_NO_ARGS, &error);
  g_assert_cmpint(roots->len, ==, 1);
  g_assert_cmpint(((const Root *)roots->pdata[0])->profile_id, ==, ((const Profile *)profiles->pdata[0])->id);
}

/* One wrong thing anywhere, and nothing at all is changed. */
static void test_refused(TestDb *test)
{
  static const struct {
    const char *from, *to, *field;
  } rows[] = {
      {"\"nice\":4", "\"nice\":40", "nice"},
      {"\"nice\":4", "\"speed\":4", "speed"},
      {"\"codec\":\"av1\"", "\"codec\":\"xvid\"", "profiles.0.codec"},
      {"\"codec\":\"av1\"", "\"colour\":\"red\"", "profiles.0.colour"},
      {"{\"name\":\"other\"}", "{}", "profiles.1.name"},
      {"{\"name\":\"other\"}", "7", "profiles.1"},
      {"\"profile\":\"mine\"", "\"profile\":\"nobody's\"", "roots.0.profile"},
      {"\"schedule\":\"Nights\"", "\"schedule\":\"Days\"", "roots.0.schedule"},
      {"Europe/Berlin", "Europe/Atlantis", "schedules.0.zone"},
      {"\"22:00\"", "\"06:00\"", "schedules.0.windows.0.end"},
      {"\"schedules\":[",
       "\"schedules\":[{\"name\":\"Days\",\"zone\":\"UTC\",\"everywhere\":true,\"windows\":[{\"days\":[\"fri\"],"
       "\"start\":\"06:00\",\"end\":\"22:00\"}]},",
       "schedules.1.everywhere"},
      {"\"path\":\"DIR\"", "\"path\":\"/nonexistent/films\"", "roots.0.path"},
      {"\"path\":\"DIR\"", "\"file_count\":3", "roots.0.path"},
      {"\"roots\":[", "\"movies\":[],\"roots\":[", "movies"},
      {"\"roots\":[", "\"roots\":{},\"rest\":[", "rest"},
      {"[{\"path\":\"DIR\",\"profile\":\"mine\",\"schedule\":\"Nights\",\"name\":\"Films\",\"exclude\":[\"*.sample.*\"]}]", "{}",
       "roots"},
      {"\"reeve_settings\":1", "\"reeve_settings\":2", "reeve_settings"},
      {"\"reeve_settings\":1", "\"other\":1", "reeve_settings"},
  };
  g_auto(World) world;
  world_init(&world, test);
  g_autofree char *before = export_text(&world);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) text = g_string_new(good);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) errors = field_errors_new();
    ImportResult result;
    g_test_message("%s -> %s", rows[i].from, rows[i].to);
    g_assert_cmpint(g_string_replace(text, rows[i].from, rows[i].to, 1), ==, 1);
    g_assert_false(import_text(&world, text->str, errors, &result, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    bool named = !rows[i].field;
    for (guint k = 0; k < errors->len; k++)
      named |= g_strcmp0(((const FieldError *)errors->pdata[k])->field, rows[i].field) == 0;
    if (!named)
      g_error("No complaint about %s; the first is %s", rows[i].field, error->message);
    g_autofree char *after = export_text(&world);
    g_assert_cmpstr(after, ==, before);
  }
}

/* What comes by a request reaches no further than a request may. */
static void test_held(TestDb *test)
{
  static const struct {
    const char *path, *trash_path, *field; /* NULL: it is taken */
  } rows[] = {
      {"DIR/secret", NULL, "roots.0.path"},
      {"DIR/media/link", NULL, "roots.0.path"},
      {"DIR/media/../secret", NULL, "roots.0.path"},
      {"/etc", NULL, "roots.0.path"},
      {"DIR/media/films", "DIR/secret/trash", "roots.0.trash_path"},
      {"DIR/media/films", "DIR/media/link/trash", "roots.0.trash_path"},
      {"DIR/media/films", "trash", "roots.0.trash_path"},
      {"DIR/media/films", "DIR/media/trash", NULL},
      {"DIR/media/films", "DIR/secret/trash", "roots.0.trash_path"}, /* of the root that is there now */
      {"DIR/media/films", NULL, NULL},
  };
  g_auto(World) world;
  world_init(&world, test);
  world.media = g_build_filename(world.directory, "media", NULL);
  static const char *const directories[] = {"media/films", "secret"};
  for (size_t i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autofree char *path = g_build_filename(world.directory, directories[i], NULL);
    g_assert_true(fs_mkdirs(path, 0700, NULL));
  }
  g_autofree char *link = g_build_filename(world.media, "link", NULL);
  g_assert_cmpint(symlink("../secret", link), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) errors = field_errors_new();
    ImportResult result;
    g_autofree char *trash = rows[i].trash_path ? g_strdup_printf("\"%s\"", rows[i].trash_path) : g_strdup("null");
    g_autofree char *text =
        g_strdup_printf("{\"reeve_settings\":1,\"roots\":[{\"path\":\"%s\",\"trash_path\":%s}]}", rows[i].path, trash);
    g_test_message("%s", text);
    bool ok = import_text(&world, text, errors, &result, &error);
    g_assert_cmpint(ok, ==, rows[i].field == NULL);
    if (rows[i].field)
      g_assert_cmpstr(((const FieldError *)errors->pdata[0])->field, ==, rows[i].field);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/portable/import", test_import);
  test_db_each("/portable/refused", test_refused);
  test_db_each("/portable/held", test_held);
  return g_test_run();
}
