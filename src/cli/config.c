/* Which settings there are before the database, and whose word counts. Test: tests/unit/cli/test_config.c */
#include "cli/config.h"

#include "auth/network.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/input.h"
#include "wire/yaml.h"

#include <string.h>
#include <unistd.h>

#define SYSTEM_FILE "/etc/reeve/reeve.yaml"
#define VARIABLE_PREFIX "REEVE_"

enum { FILE_MAX_BYTES = 1024 * 1024, VALUE_MAX_BYTES = 64 * 1024 };

#define SETTING(section, kind_word, member, ...)                                                                                 \
  {.name = #member, .kind = FIELD_KIND_##kind_word, .offset = offsetof(Config, settings.member), __VA_ARGS__},

static const Field config_fields[] = {
    FIELD_TEXT(Config, data, .flags = FIELD_NULLABLE, .min = 1, .max = 4096, .format = "path",
               .help = "Directory for the database and everything else that Reeve keeps."),
    FIELD_TEXT(Config, listen, .preset = "127.0.0.1:8460", .max = 255, .format = "address",
               .help = "Address and port to serve on; port 0 takes any free one."),
    FIELD_TEXT(Config, database, .flags = FIELD_NULLABLE | FIELD_SECRET, .min = 1, .max = 4096, .format = "uri",
               .help = "postgresql://… shared by several servers; without it SQLite in the data directory."),
    FIELD_TEXT(Config, ffmpeg, .preset = "ffmpeg", .min = 1, .max = 4096, .help = "The ffmpeg program."),
    FIELD_TEXT(Config, handbrake, .preset = "HandBrakeCLI", .min = 1, .max = 4096,
               .help = "The HandBrake program, for profiles that ask for it."),
    FIELD_INT(Config, http_threads, .preset = "4", .min = 1, .max = 256, .help = "Requests answered at once."),
    FIELD_TEXT(Config, tls_certificate, .flags = FIELD_NULLABLE, .min = 1, .max = 4096, .format = "path",
               .help = "PEM file with the certificate and its chain: serves https. A renewed file is taken up by itself."),
    FIELD_TEXT(Config, tls_key, .flags = FIELD_NULLABLE, .min = 1, .max = 4096, .format = "path",
               .help = "PEM file with the certificate's private key."),
    FIELD_STRINGS(
        Config, trusted_proxies, .max = 64,
        .help = "Networks of reverse proxies, such as 10.0.0.0/8, whose X-Forwarded-For and X-Forwarded-Proto are believed."),
    FIELD_STRINGS(Config, cors_origins, .max = 64,
                  .help = "Origins such as https://films.example whose pages may use the API with a key."),
    FIELD_STRINGS(Config, media_directories, .max = 256,
                  .help = "Directories that requests may reach besides roots; without any, all but the system's own."),
    FIELD_BOOL(Config, remote_setup, .help = "Answer other machines also before there is a user, as in a container."),
    FIELD_INT(Config, session_idle_hours, .preset = "72", .min = 1, .max = 8760,
              .help = "Hours without use after which somebody is signed out."),
    FIELD_INT(Config, session_days, .preset = "30", .min = 1, .max = 3650,
              .help = "Days after which somebody must sign in again in any case."),
    FIELD_INT(Config, audit_days, .preset = "365", .min = 0, .max = 36500,
              .help = "Days that the audit log is kept; 0 is for ever."),
    SETTINGS_ROWS(SETTING)};
const FieldTable config_table = FIELD_TABLE(Config, "Config", NULL, config_fields);

/* One merge under way. */
typedef struct {
  Config config;
  GPtrArray *errors; /* may be NULL */
  GError **error;    /* gets the first problem */
  bool good;
} Merge;

static void complain(Merge *merge, ReeveErrorCode code, const char *field, const char *message)
{
  if (merge->errors)
    field_errors_add(merge->errors, field, "%s", message);
  if (merge->good)
    fail(merge->error, code, "%s", message);
  merge->good = false;
}

/* --- rules that a field table does not know --- */

static bool are_networks(const Config *config)
{
  g_autoptr(NetworkList) list = network_list_new((const char *const *)config->trusted_proxies, NULL);
  return list != NULL;
}

/* scheme "://" host [ ":" port ] (RFC 6454, section 6.1), as browsers send it: in lower case, with nothing behind. */
static bool are_origins(const Config *config)
{
  for (char **origin = config->cors_origins; origin && *origin; origin++)
    if (!g_regex_match_simple("^https?://([a-z0-9.-]+|\\[[0-9a-f:]+\\])(:[0-9]{1,5})?$", *origin, G_REGEX_DOLLAR_ENDONLY, 0))
      return false;
  return true;
}

static bool are_absolute(const Config *config)
{
  for (char **path = config->media_directories; path && *path; path++)
    if (!g_path_is_absolute(*path))
      return false;
  return true;
}

static const struct {
  const char *field;
  bool (*holds)(const Config *config);
  const char *complaint; /* to go after the field's name */
} rules[] = {
    {"trusted_proxies", are_networks, "must be networks such as 10.0.0.0/8, fd00::/8 or 192.0.2.7"},
    {"cors_origins", are_origins, "must be origins such as https://films.example, in lower case and without a path"},
    {"media_directories", are_absolute, "must be absolute paths"},
};

/* Whether `broken`, "name" or "name.3", is the field; NULL stands for all fields. */
static bool is_part_of(const char *broken, const char *field)
{
  size_t length = field ? strlen(field) : 0;
  return !field || (strncmp(broken, field, length) == 0 && (!broken[length] || broken[length] == '.'));
}

/* Of the field that was set, or, NULL, of all; `source` is for messages. */
static void check_rules(Merge *merge, const char *field, const char *source)
{
  g_autoptr(GPtrArray) found = field_errors_new();
  for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
    if (!rules[i].holds(&merge->config))
      field_errors_add(found, rules[i].field, "%s %s", rules[i].field, rules[i].complaint);
  settings_check(&merge->config.settings, found);
  for (guint i = 0; i < found->len; i++) {
    const FieldError *it = found->pdata[i];
    g_autofree char *message = g_strdup_printf("%s: %s", source, it->message);
    if (is_part_of(it->field, field))
      complain(merge, REEVE_ERROR_INVALID, it->field, message);
  }
}

char *config_flag_name(const char *field)
{
  return g_strdelimit(g_strdup(field), "_", '-');
}

static char *variable_name(const char *field)
{
  g_autofree char *upper = g_ascii_strup(field, -1);
  return g_strconcat(VARIABLE_PREFIX, upper, NULL);
}

/* Sets one field; `source` stands in for the field's name in messages. */
static void set(Merge *merge, const Field *field, const char *source, const char *value)
{
  g_autoptr(GError) problem = NULL;
  Config draft;
  record_copy(&config_table, &merge->config, &draft);
  g_autofree char *message = NULL;
  if (!field_set_text(field, &draft, value, &problem)) {
    bool names_field = g_str_has_prefix(problem->message, field->name);
    message = g_strdup_printf("%s%s", source, names_field ? problem->message + strlen(field->name) : problem->message);
  }
  if (message) {
    complain(merge, REEVE_ERROR_INVALID, field->name, message);
    record_clear(&config_table, &draft);
    return;
  }
  record_clear(&config_table, &merge->config);
  merge->config = draft;
  check_rules(merge, field->name, source);
}

char *config_file(const char *file)
{
  const char *variable = g_getenv("REEVE_CONFIG");
  if (file)
    return g_strdup(file);
  if (variable && *variable)
    return g_strdup(variable);
  return access(SYSTEM_FILE, F_OK) == 0 ? g_strdup(SYSTEM_FILE) : NULL;
}

static void merge_file(Merge *merge, const char *file)
{
  g_autofree char *path = config_file(file);
  if (!path)
    return;
  g_autoptr(GError) problem = NULL;
  g_autofree char *text = input_file(path, FILE_MAX_BYTES, &problem);
  if (!text) {
    g_autofree char *message = g_strdup_printf("The configuration cannot be used. %s", problem->message);
    complain(merge, reeve_error_code(problem), "", message);
    return;
  }
  Config draft;
  record_copy(&config_table, &merge->config, &draft);
  g_autoptr(GPtrArray) found = field_errors_new();
  bool read = yaml_to_record(&config_table, path, text, strlen(text), &draft, found, &problem);
  for (guint i = 0; i < found->len; i++) {
    const FieldError *it = found->pdata[i];
    g_autofree char *message = g_strdup_printf("%s: %s", path, it->message);
    complain(merge, reeve_error_code(problem), it->field, message);
  }
  if (!read) {
    record_clear(&config_table, &draft);
    return;
  }
  record_clear(&config_table, &merge->config);
  merge->config = draft;
  check_rules(merge, NULL, path);
}

static void merge_environment(Merge *merge)
{
  for (size_t i = 0; i < config_table.n_fields; i++) {
    const Field *field = &config_table.fields[i];
    g_autofree char *name = variable_name(field->name);
    g_autofree char *name_of_file = g_strconcat(name, "_FILE", NULL);
    const char *value = g_getenv(name), *path = g_getenv(name_of_file);
    bool has_value = value && *value, has_path = path && *path;
    if (has_value && has_path) {
      g_autofree char *message = g_strdup_printf("%s and %s are both set; keep one of them.", name, name_of_file);
      complain(merge, REEVE_ERROR_INVALID, field->name, message);
    } else if (has_value) {
      set(merge, field, name, value);
    } else if (has_path) {
      g_autoptr(GError) problem = NULL;
      g_autofree char *text = input_file(path, VALUE_MAX_BYTES, &problem);
      if (text) {
        set(merge, field, name_of_file, text);
      } else {
        g_autofree char *message = g_strdup_printf("%s: %s", name_of_file, problem->message);
        complain(merge, reeve_error_code(problem), field->name, message);
      }
    }
  }
}

static void merge_flags(Merge *merge, const char *const *flags)
{
  for (; flags && flags[0]; flags += 2) {
    const Field *field = field_find(&config_table, flags[0]);
    g_autofree char *dashed = config_flag_name(flags[0]);
    g_autofree char *source = g_strconcat("--", dashed, NULL);
    if (field) {
      set(merge, field, source, flags[1]);
    } else {
      g_autofree char *message = g_strdup_printf("%s is not a setting.", source);
      complain(merge, REEVE_ERROR_INVALID, flags[0], message);
    }
  }
}

char *config_default_data(void)
{
  return geteuid() == 0 ? g_strdup("/var/lib/reeve") : g_build_filename(g_get_user_data_dir(), "reeve", NULL);
}

bool config_load(const char *file, const char *const *flags, Config *ret_config, GPtrArray *errors, GError **error)
{
  Merge merge = {.errors = errors, .error = error, .good = true};
  record_init(&config_table, &merge.config);
  merge_file(&merge, file);
  merge_environment(&merge);
  merge_flags(&merge, flags);
  if (merge.good && !merge.config.tls_certificate != !merge.config.tls_key)
    complain(&merge, REEVE_ERROR_INVALID, merge.config.tls_key ? "tls_certificate" : "tls_key",
             "tls_certificate and tls_key must both be set, or neither.");
  if (!merge.good) {
    record_clear(&config_table, &merge.config);
    return false;
  }
  if (!merge.config.data)
    merge.config.data = config_default_data();
  *ret_config = merge.config;
  return true;
}

/* Variables that are ours although no setting bears their name. */
static bool is_other_variable(const char *name)
{
  static const char *const others[] = {"REEVE_CONFIG", "REEVE_BINARY", "REEVE_FAIL", "REEVE_FAIL_TRACE", NULL};
  return g_strv_contains(others, name);
}

char **config_unknown_variables(void)
{
  g_auto(GStrv) names = g_listenv();
  g_autoptr(GStrvBuilder) unknown = g_strv_builder_new();
  for (char **name = names; *name; name++) {
    if (!g_str_has_prefix(*name, VARIABLE_PREFIX) || is_other_variable(*name))
      continue;
    g_autofree char *field = g_ascii_strdown(*name + strlen(VARIABLE_PREFIX), -1);
    if (g_str_has_suffix(field, "_file"))
      field[strlen(field) - strlen("_file")] = '\0';
    if (!field_find(&config_table, field))
      g_strv_builder_add(unknown, *name);
  }
  return g_strv_builder_end(unknown);
}

bool config_is_sqlite(const Config *config, char **ret_path)
{
  const char *prefix = "sqlite:";
  if (config->database && !g_str_has_prefix(config->database, prefix))
    return false;
  if (ret_path)
    *ret_path = config->database ? g_strdup(config->database + strlen(prefix)) : g_build_filename(config->data, "reeve.db", NULL);
  return true;
}

char *config_database_address(const Config *config)
{
  g_autofree char *path = NULL;
  return config_is_sqlite(config, &path) ? g_strconcat("sqlite:", path, NULL) : g_strdup(config->database);
}

char *config_database_shown(const Config *config)
{
  g_autofree char *path = NULL;
  if (config_is_sqlite(config, &path))
    return g_strconcat("sqlite:", path, NULL);
  /* The secret is in user:PASSWORD@host, or in a key or parameter password=…; what ends it depends on where it stands. */
  g_autoptr(GRegex) in_url = g_regex_new("(://[^:/@?]*):[^/]*@", 0, 0, NULL);
  g_autoptr(GRegex) as_key = g_regex_new("(password\\s*=\\s*)('(?:[^'\\\\]|\\\\.)*'|[^\\s&]*)", G_REGEX_CASELESS, 0, NULL);
  g_autofree char *once = g_regex_replace(in_url, config->database, -1, 0, "\\1:***@", 0, NULL);
  return g_regex_replace(as_key, once ? once : "", -1, 0, "\\1***", 0, NULL);
}
