/* `reeve config check`, `reeve db …`: what the server stands on. Test: the system tests. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/migrate.h"
#include "sys/fs.h"

#include <string.h>

/* A setting's value as it could stand in the file. The caller frees it. */
static char *value_text(const Config *config, const Field *field)
{
  if (strcmp(field->name, "database") == 0)
    return config_database_shown(config);
  if (field_is_null(field, config))
    return g_strdup("");
  switch (field->kind) {
  case FIELD_KIND_INT:
    return g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)field_peek(field, config));
  case FIELD_KIND_ENUM:
    return g_strdup(enum_name(field->values, *(const int *)field_peek(field, config)));
  default: {
    const char *text = *(char *const *)field_peek(field, config);
    return g_strdup(text ? text : "");
  }
  }
}

/* A wrong configuration never comes here: its problems were printed when it was read. */
static bool run_config_check(CommandContext *context, GError **error)
{
  g_autofree char *file = config_file(context->config_file);
  g_auto(GStrv) unknown = config_unknown_variables();
  for (char **name = unknown; *name; name++)
    output_remark(context, "The variable %s is no setting and is ignored; \"reeve help settings\" lists them.", *name);
  if (context->json) {
    json_t *object = json_from_record(&config_table, &context->config, JSON_PUBLIC);
    g_autofree char *database = config_database_shown(&context->config);
    json_object_set_new(object, "database", json_string(database));
    json_object_set_new(object, "file", file ? json_string(file) : json_null());
    output_json(object);
    return true;
  }
  output_remark(context, "The configuration is good%s%s.", file ? "; it was read from " : "", file ? file : "; there is no file");
  for (size_t i = 0; i < config_table.n_fields; i++) {
    g_autofree char *value = value_text(&context->config, &config_table.fields[i]);
    if (*value)
      output_line("%s: %s", config_table.fields[i].name, value);
  }
  return true;
}

/* The server does this at its start; by hand it is for those who want to see it happen alone. */
static bool run_migrate(CommandContext *context, GError **error)
{
  g_autofree char *shown = config_database_shown(&context->config);
  g_autoptr(Service) service = session_open(&context->config, SESSION_OWN, error);
  int current, newest;
  if (!service || !migrate_status(service_db(service), &current, &newest, error))
    return false;
  if (context->json)
    output_json(json_pack("{s:s, s:i, s:i}", "database", shown, "current", current, "newest", newest));
  else
    output_line("The database %s has version %d, the newest.", shown, current);
  return true;
}

static bool run_status(CommandContext *context, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *shown = config_database_shown(&context->config);
  if (config_is_sqlite(&context->config, &path) && !fs_exists(path))
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no database %s yet; \"reeve serve\" or \"reeve db migrate\" makes it.",
                path);
  g_autofree char *url = path ? g_strconcat("sqlite:", path, NULL) : g_strdup(context->config.database);
  g_autoptr(Db) db = db_open(&(DbParams){.url = url, .connections = 1, .share = true}, error);
  int current, newest;
  if (!db || !migrate_status(db, &current, &newest, error))
    return false;
  if (context->json)
    output_json(json_pack("{s:s, s:i, s:i}", "database", shown, "current", current, "newest", newest));
  else if (current == newest)
    output_line("The database %s has version %d, the newest.", shown, current);
  else
    output_line("The database %s has version %d; this program brings it to %d at the next start.", shown, current, newest);
  return true;
}

static const Command rows[] = {
    {.words = "config check",
     .arguments = "",
     .run = run_config_check,
     .summary = "Whether the configuration is right, and what it comes to",
     .details = "Every problem is named with file, line and column, variable or flag; then the exit code is 2."},
    {.words = "db status", .arguments = "", .run = run_status, .summary = "Where the database is and which version it has"},
    {.words = "db migrate",
     .arguments = "",
     .run = run_migrate,
     .summary = "Bring the database up to date, as the server does at its start"},
};
const CommandSet database_commands = COMMAND_SET(NULL, rows);
