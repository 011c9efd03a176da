/* Which settings there are before the database, and whose word counts. Test: tests/unit/cli/test_config.c */
#include "cli/config.h"

#include "base/error.h"
#include "base/number.h"
#include "cli/input.h"
#include "wire/yaml.h"

#include <string.h>
#include <unistd.h>

#define SYSTEM_FILE "/etc/reeve/reeve.yaml"
#define VARIABLE_PREFIX "REEVE_"

enum { FILE_MAX_BYTES = 1024 * 1024, VALUE_MAX_BYTES = 64 * 1024 };

static const EnumRow log_format_rows[] = {
    {LOG_AS_TEXT, "text", "Lines for people"},
    {LOG_AS_JSON, "json", "One JSON object a line"},
};
static const EnumTable log_format_table = ENUM_TABLE("LogFormat", log_format_rows);

static const EnumRow log_level_rows[] = {
    {LOG_AT_ERROR, "error", "Defects only"},
    {LOG_AT_WARNING, "warning", "What someone should look at"},
    {LOG_AT_INFO, "info", "What happens"},
    {LOG_AT_DEBUG, "debug", "Everything"},
};
const EnumTable log_level_table = ENUM_TABLE("LogLevel", log_level_rows);

static const EnumRow stop_rows[] = {
    {STOP_RETURN, "return", "Running encodes go back to the queue"},
    {STOP_FINISH, "finish", "Running encodes are finished first"},
};
static const EnumTable stop_table = ENUM_TABLE("Stop", stop_rows);

static const Field config_fields[] = {
    FIELD_TEXT(Config, data, .flags = FIELD_NULLABLE, .min = 1, .max = 4096, .format = "path",
               .help = "Directory for the database and everything else that Reeve keeps."),
    FIELD_TEXT(Config, listen, .preset = "127.0.0.1:8460", .max = 255,
               .help = "Address and port to serve on; port 0 takes any free one."),
    FIELD_TEXT(Config, database, .flags = FIELD_NULLABLE | FIELD_SECRET, .min = 1, .max = 4096, .format = "uri",
               .help = "postgresql://… shared by several servers; without it SQLite in the data directory."),
    FIELD_ENUM(Config, log_level, log_level_table, .flags = FIELD_NULLABLE,
               .help = "error, warning, info or debug; without it info for the server and warning for other commands."),
    FIELD_ENUM(Config, log_format, log_format_table, .help = "text or json."),
    FIELD_TEXT(Config, ffmpeg, .preset = "ffmpeg", .min = 1, .max = 4096, .help = "The ffmpeg program."),
    FIELD_TEXT(Config, handbrake, .preset = "HandBrakeCLI", .min = 1, .max = 4096,
               .help = "The HandBrake program, for profiles that ask for it."),
    FIELD_INT(Config, encode_slots, .preset = "1", .min = 0, .max = 64, .help = "Encodes that run at once; 0 runs none here."),
    FIELD_INT(Config, scan_threads, .preset = "0", .min = 0, .max = 256, .help = "Files probed at once; 0 is one for each core."),
    FIELD_INT(Config, http_threads, .preset = "4", .min = 1, .max = 256, .help = "Requests answered at once."),
    FIELD_INT(Config, nice, .preset = "10", .min = 0, .max = 19,
              .help = "How far encoders stand back for other programs; 0 not at all."),
    FIELD_INT(Config, reserve_mib, .preset = "1024", .min = 0, .max = 1e9,
              .help = "Free space to keep on every file system, in MiB."),
    FIELD_INT(Config, trash_cap_gib, .preset = "0", .min = 0, .max = 1e9,
              .help = "Originals kept in the trash at most, in GiB, the oldest going first; 0 is no limit."),
    FIELD_INT(Config, job_days, .preset = "30", .min = 0, .max = 36500,
              .help = "Days after which finished jobs are forgotten; 0 is never."),
    FIELD_ENUM(Config, stop, stop_table, .help = "What a graceful stop does with running encodes: return or finish."),
};
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

/* Rules that a field table does not know. NULL if all is well; else what to say after the field's name. */
static const char *rule_complaint(const Config *config, const char *field)
{
  if (strcmp(field, "listen") != 0)
    return NULL;
  const char *colon = strrchr(config->listen, ':');
  int64_t port;
  bool good = colon && colon > config->listen && parse_int(colon + 1, 0, 65535, &port);
  bool bare_ipv6 = good && strchr(config->listen, ':') != colon && config->listen[0] != '[';
  return good && !bare_ipv6 ? NULL : "must be ADDRESS:PORT, such as 127.0.0.1:8460, 0.0.0.0:8460 or [::1]:8460";
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
  } else if (rule_complaint(&draft, field->name)) {
    message = g_strdup_printf("%s %s", source, rule_complaint(&draft, field->name));
  }
  if (message) {
    complain(merge, REEVE_ERROR_INVALID, field->name, message);
    record_clear(&config_table, &draft);
    return;
  }
  record_clear(&config_table, &merge->config);
  merge->config = draft;
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
  if (read && rule_complaint(&draft, "listen")) {
    g_autofree char *message = g_strdup_printf("%s: listen %s", path, rule_complaint(&draft, "listen"));
    complain(merge, REEVE_ERROR_INVALID, "listen", message);
    read = false;
  }
  if (!read) {
    record_clear(&config_table, &draft);
    return;
  }
  record_clear(&config_table, &merge->config);
  merge->config = draft;
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
