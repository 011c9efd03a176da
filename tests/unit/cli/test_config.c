#include "base/error.h"
#include "cli/config.h"
#include "cli/input.h"
#include "wire/json.h"

#include <string.h>
#include <unistd.h>

static const char *const variables[] = {"REEVE_CONFIG",        "REEVE_DATA",      "REEVE_LISTEN",       "REEVE_DATABASE",
                                        "REEVE_DATABASE_FILE", "REEVE_NICE",      "REEVE_NICE_FILE",    "REEVE_ENCODE_SLOTS",
                                        "REEVE_LISTN",         "REEVE_LOG_LEVEL", "REEVE_JOB_DAYS_FILE"};

typedef struct {
  char *directory;
  char *file; /* the configuration */
} World;

static void set_up(World *world, gconstpointer unused)
{
  for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
    g_unsetenv(variables[i]);
  world->directory = g_dir_make_tmp("reeve-config-XXXXXX", NULL);
  world->file = g_build_filename(world->directory, "reeve.yaml", NULL);
  g_assert_true(g_file_set_contents(world->file, "", 0, NULL));
}

static void tear_down(World *world, gconstpointer unused)
{
  g_autoptr(GDir) directory = g_dir_open(world->directory, 0, NULL);
  for (const char *name; (name = g_dir_read_name(directory));) {
    g_autofree char *path = g_build_filename(world->directory, name, NULL);
    g_assert_cmpint(unlink(path), ==, 0);
  }
  g_assert_cmpint(rmdir(world->directory), ==, 0);
  g_free(world->directory);
  g_free(world->file);
}

static char *write_file(World *world, const char *name, const char *text)
{
  char *path = g_build_filename(world->directory, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return path;
}

static Config load(World *world, const char *const *flags)
{
  Config config;
  g_autoptr(GError) error = NULL;
  bool good = config_load(world->file, flags, &config, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(good);
  return config;
}

static void test_defaults(World *world, gconstpointer unused)
{
  Config config = load(world, NULL);
  g_autofree char *data = config_default_data();
  g_assert_cmpstr(config.data, ==, data);
  g_assert_cmpstr(config.listen, ==, "127.0.0.1:8460");
  g_assert_null(config.database);
  g_assert_cmpint(config.log_level, ==, FIELD_NULL_ENUM);
  g_assert_cmpint(config.encode_slots, ==, 1);
  g_assert_cmpint(config.stop, ==, STOP_RETURN);
  record_clear(&config_table, &config);
}

static void test_precedence(World *world, gconstpointer unused)
{
  g_free(write_file(world, "reeve.yaml", "listen: 0.0.0.0:1\nnice: 1\nencode_slots: 2\nlog_level: debug\n"));
  g_setenv("REEVE_NICE", "2", TRUE);
  g_setenv("REEVE_ENCODE_SLOTS", "3", TRUE);
  g_setenv("REEVE_LISTEN", "", TRUE); /* compose files pass empty ones: not set */
  Config config = load(world, (const char *const[]){"encode_slots", "4", "encode_slots", "5", NULL});
  g_assert_cmpstr(config.listen, ==, "0.0.0.0:1");
  g_assert_cmpint(config.nice, ==, 2);
  g_assert_cmpint(config.encode_slots, ==, 5);
  g_assert_cmpint(config.log_level, ==, LOG_AT_DEBUG);
  record_clear(&config_table, &config);
}

static void test_variable_files(World *world, gconstpointer unused)
{
  g_autofree char *secret = write_file(world, "secret", "postgresql://reeve:secret@db/reeve\n");
  g_setenv("REEVE_DATABASE_FILE", secret, TRUE);
  Config config = load(world, NULL);
  g_assert_cmpstr(config.database, ==, "postgresql://reeve:secret@db/reeve");
  record_clear(&config_table, &config);
}

static void test_config_variable(World *world, gconstpointer unused)
{
  g_autofree char *path = write_file(world, "other.yaml", "job_days: 7\n");
  g_setenv("REEVE_CONFIG", path, TRUE);
  Config config;
  g_assert_true(config_load(NULL, NULL, &config, NULL, NULL));
  g_assert_cmpint(config.job_days, ==, 7);
  record_clear(&config_table, &config);
}

/* Every row is one thing wrong and what must be said about it. */
static void test_errors(World *world, gconstpointer unused)
{
  static const struct {
    const char *yaml, *variable, *value, *flag, *flag_value;
    int code;
    const char *says[3];
  } rows[] = {
      {.yaml = "nice: 1\nencode_slots: 99\n", .says = {"reeve.yaml", "encode_slots must be from 0 to 64", "(line 2, column 15)"}},
      {.yaml = "listn: x\n", .says = {"listn", "line 1"}},
      {.yaml = "nice: [\n", .says = {"reeve.yaml", "line 2"}},
      {.yaml = "listen: here\n", .says = {"reeve.yaml: listen must be ADDRESS:PORT"}},
      {.variable = "REEVE_NICE", .value = "20", .says = {"REEVE_NICE must be from 0 to 19"}},
      {.variable = "REEVE_NICE", .value = "very", .says = {"REEVE_NICE must be a whole number"}},
      {.variable = "REEVE_LOG_LEVEL", .value = "loud", .says = {"REEVE_LOG_LEVEL must be error, warning, info or debug"}},
      {.variable = "REEVE_LISTEN", .value = "::1:8460", .says = {"REEVE_LISTEN must be ADDRESS:PORT", "[::1]:8460"}},
      {.variable = "REEVE_NICE_FILE",
       .value = "/nowhere/at/all",
       .code = REEVE_ERROR_NOT_FOUND,
       .says = {"REEVE_NICE_FILE: ", "/nowhere/at/all"}},
      {.flag = "encode_slots", .flag_value = "many", .says = {"--encode-slots must be a whole number"}},
      {.flag = "listen", .flag_value = "127.0.0.1:99999", .says = {"--listen must be ADDRESS:PORT"}},
      {.flag = "listen", .flag_value = "127.0.0.1:", .says = {"--listen must be ADDRESS:PORT"}},
      {.flag = "speed", .flag_value = "1", .says = {"--speed is not a setting."}},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *flags[] = {rows[i].flag, rows[i].flag_value, NULL};
    g_free(write_file(world, "reeve.yaml", rows[i].yaml ? rows[i].yaml : ""));
    if (rows[i].variable)
      g_setenv(rows[i].variable, rows[i].value, TRUE);
    Config config;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = field_errors_new();
    g_assert_false(config_load(world->file, rows[i].flag ? flags : NULL, &config, problems, &error));
    g_test_message("row %zu: %s", i, error->message);
    g_assert_cmpint(reeve_error_code(error), ==, rows[i].code ? rows[i].code : REEVE_ERROR_INVALID);
    for (size_t k = 0; k < G_N_ELEMENTS(rows[i].says) && rows[i].says[k]; k++)
      g_assert_nonnull(strstr(error->message, rows[i].says[k]));
    g_assert_cmpint(problems->len, ==, 1);
    g_assert_cmpstr(((const FieldError *)problems->pdata[0])->message, ==, error->message);
    if (rows[i].variable)
      g_unsetenv(rows[i].variable);
  }
}

static void test_all_problems(World *world, gconstpointer unused)
{
  g_free(write_file(world, "reeve.yaml", "encode_slots: 99\nnice: no\n"));
  g_setenv("REEVE_LISTEN", "x", TRUE);
  Config config;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) problems = field_errors_new();
  g_assert_false(config_load(world->file, (const char *const[]){"nice", "99", NULL}, &config, problems, &error));
  g_assert_cmpint(problems->len, ==, 4);
  g_assert_nonnull(strstr(error->message, "line 1"));
}

static void test_both_given(World *world, gconstpointer unused)
{
  g_autofree char *path = write_file(world, "value", "3");
  g_setenv("REEVE_NICE", "3", TRUE);
  g_setenv("REEVE_NICE_FILE", path, TRUE);
  Config config;
  g_autoptr(GError) error = NULL;
  g_assert_false(config_load(world->file, NULL, &config, NULL, &error));
  g_assert_cmpstr(error->message, ==, "REEVE_NICE and REEVE_NICE_FILE are both set; keep one of them.");
}

static void test_missing_file(World *world, gconstpointer unused)
{
  Config config;
  g_autoptr(GError) error = NULL;
  g_assert_false(config_load("/nowhere/reeve.yaml", NULL, &config, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

static void test_unknown_variables(World *world, gconstpointer unused)
{
  g_setenv("REEVE_LISTN", "x", TRUE);
  g_setenv("REEVE_NICE", "1", TRUE);
  g_setenv("REEVE_JOB_DAYS_FILE", "x", TRUE);
  g_auto(GStrv) unknown = config_unknown_variables();
  g_assert_true(g_strv_contains((const char *const *)unknown, "REEVE_LISTN"));
  g_assert_false(g_strv_contains((const char *const *)unknown, "REEVE_NICE"));
  g_assert_false(g_strv_contains((const char *const *)unknown, "REEVE_JOB_DAYS_FILE"));
}

static void test_database_shown(void)
{
  static const struct {
    const char *database, *shown;
  } rows[] = {
      {NULL, "sqlite:/d/reeve.db"},
      {"sqlite:/x/y.db", "sqlite:/x/y.db"},
      {"postgresql://db/reeve", "postgresql://db/reeve"},
      {"postgresql://anna@db/reeve", "postgresql://anna@db/reeve"},
      {"postgresql://anna:geheim@db:5432/reeve", "postgresql://anna:***@db:5432/reeve"},
      {"postgresql://anna:ge@heim@db/reeve", "postgresql://anna:***@db/reeve"},
      {"postgresql://db/reeve?user=anna&password=geheim&sslmode=require",
       "postgresql://db/reeve?user=anna&password=***&sslmode=require"},
      {"host=db password='ge heim' dbname=reeve", "host=db password=*** dbname=reeve"},
      {"host=db PASSWORD = geheim dbname=reeve", "host=db PASSWORD = *** dbname=reeve"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Config config = {.data = (char *)"/d", .database = (char *)rows[i].database};
    g_autofree char *shown = config_database_shown(&config);
    g_assert_cmpstr(shown, ==, rows[i].shown);
  }
}

static void test_input_file(World *world, gconstpointer unused)
{
  static const struct {
    const char *text;
    int length;
    const char *value; /* NULL: refused */
  } rows[] = {
      {"", 0, ""},
      {"a", 1, "a"},
      {"a\n", 2, "a"},
      {"a\r\n", 3, "a"},
      {"a\n\n", 3, "a\n"},
      {"a\0b", 3, NULL},
      {"\xff", 1, NULL},
      {"12345678", 8, "12345678"},
      {"123456789", 9, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_true(g_file_set_contents(world->file, rows[i].text, rows[i].length, NULL));
    g_autoptr(GError) error = NULL;
    g_autofree char *value = input_file(world->file, 8, &error);
    g_assert_cmpstr(value, ==, rows[i].value);
    g_assert_cmpint(value == NULL, ==, error != NULL);
  }
}

static void test_table(void)
{
  for (size_t i = 0; i < config_table.n_fields; i++)
    g_assert_nonnull(config_table.fields[i].help);
  Config config;
  record_init(&config_table, &config);
  record_clear(&config_table, &config);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/cli/config/" name, World, NULL, set_up, function, tear_down)
  ADD("defaults", test_defaults);
  ADD("precedence", test_precedence);
  ADD("variable-files", test_variable_files);
  ADD("config-variable", test_config_variable);
  ADD("errors", test_errors);
  ADD("all-problems", test_all_problems);
  ADD("both-given", test_both_given);
  ADD("missing-file", test_missing_file);
  ADD("unknown-variables", test_unknown_variables);
  ADD("input-file", test_input_file);
  g_test_add_func("/cli/config/database-shown", test_database_shown);
  g_test_add_func("/cli/config/table", test_table);
  return g_test_run();
}
