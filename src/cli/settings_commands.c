/* `reeve settings`: what can be changed while servers run. Test: the system tests. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "operate/portable.h"

#include <inttypes.h>
#include <string.h>

enum { IMPORT_MAX_BYTES = JSON_MAX_BYTES };

static void print_settings(const CommandContext *context, LiveSettings *settings)
{
  g_autoptr(GPtrArray) views = live_settings_view(settings);
  if (context->json) {
    output_records(&setting_view_table, views);
    return;
  }
  g_autoptr(Table) table = table_new();
  table_column(table, "SETTING", TABLE_LEFT);
  table_column(table, "VALUE", TABLE_LEFT);
  table_column(table, "DEFAULT", TABLE_LEFT);
  table_column(table, "WHAT IT DOES", TABLE_LEFT);
  for (guint i = 0; i < views->len; i++) {
    const SettingView *view = views->pdata[i];
    bool changed = strcmp(view->value, view->preset) != 0;
    table_add_coloured(table, changed ? COLOUR_BOLD : COLOUR_NONE, "%s", view->name);
    table_add(table, "%s", view->value);
    table_add(table, "%s", changed ? view->preset : "");
    table_add(table, "%s", view->help);
  }
  table_print(table);
}

/* "a, b": the members of an object. The caller frees it. */
static char *names_of(const json_t *changes)
{
  GString *names = g_string_new(NULL);
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)changes, name, value) g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
  return g_string_free(names, FALSE);
}

/* "NAME=VALUE" -> one more member of `changes`. */
static bool add_change(json_t *changes, const char *text, GError **error)
{
  const char *equals = strchr(text, '=');
  g_autofree char *name = g_strdelimit(g_strndup(text, equals ? (gsize)(equals - text) : strlen(text)), "-", '_');
  const Field *field = field_find(&settings_table, name);
  g_autofree char *shown = text_escape(text);
  if (!equals)
    return fail(error, REEVE_ERROR_INVALID, "\"%s\" must be NAME=VALUE, such as encode_slots=2.", shown);
  if (!field)
    return fail(error, REEVE_ERROR_INVALID, "There is no setting in \"%s\"; \"reeve settings\" lists them.", shown);
  Settings scratch;
  record_init(&settings_table, &scratch);
  bool ok = field_set_text(field, &scratch, equals + 1, error);
  if (ok)
    json_object_set_new(changes, name, json_from_field(field, &scratch, JSON_FULL));
  record_clear(&settings_table, &scratch);
  return ok;
}

static bool change(CommandContext *context, Service *service, GError **error)
{
  g_autoptr(json_t) changes = json_object();
  const char *reset = command_option(context, "reset");
  g_autofree char *name = reset ? g_strdelimit(g_strdup(reset), "-", '_') : NULL;
  if (name)
    json_object_set_new(changes, name, json_null());
  for (char **argument = context->arguments; *argument; argument++)
    if (!add_change(changes, *argument, error))
      return false;
  if (json_object_size(changes) == 0)
    return true;
  if (!live_settings_put(service_settings(service), changes, NULL, NULL, error))
    return false;
  g_autofree char *names = names_of(changes);
  session_note_on(service_db(service), "settings", names);
  return true;
}

static bool import_document(CommandContext *context, Service *service, const char *file, GError **error)
{
  g_autofree char *text = input_file(file, IMPORT_MAX_BYTES, error);
  g_autoptr(json_t) document = text ? json_parse(text, strlen(text), error) : NULL;
  g_autoptr(GPtrArray) problems = field_errors_new();
  ImportResult result;
  if (!document)
    return false;
  const PortableTarget target = {.db = service_db(service),
                                 .live = service_settings(service),
                                 .data_directory = service_data_directory(service),
                                 .clock = clock_system()};
  if (!portable_import(&target, document, problems, &result, error)) {
    for (guint i = 1; i < problems->len; i++) /* the first is the command's error */
      output_remark(context, "reeve: %s", ((const FieldError *)problems->pdata[i])->message);
    return false;
  }
  session_note_on(service_db(service), "settings", "import");
  if (context->json)
    output_record(&import_result_table, &result);
  else
    output_line("%" PRId64 " settings, %" PRId64 " profiles added and %" PRId64 " changed, %" PRId64
                " schedules added and %" PRId64 " changed, %" PRId64 " roots added and %" PRId64 " changed.",
                result.settings, result.profiles_added, result.profiles_changed, result.schedules_added, result.schedules_changed,
                result.roots_added, result.roots_changed);
  return true;
}

static bool run_settings(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  if (!service)
    return false;
  const char *file = command_option(context, "import");
  if (file)
    return import_document(context, service, file, error);
  if (command_option(context, "export")) {
    json_t *document = portable_export(service_db(service), service_settings(service), error);
    if (document)
      output_json(document);
    return document != NULL;
  }
  if (!change(context, service, error))
    return false;
  print_settings(context, service_settings(service));
  return true;
}

static const CommandOption settings_options[] = {
    {"reset", "NAME", "What the configuration says is in force again"},
    {"export", NULL, "Print settings, profiles and roots as one JSON document"},
    {"import", "FILE", "Take such a document over: all of it, or nothing"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "settings",
     .arguments = "[NAME=VALUE…]",
     .max_arguments = -1,
     .options = settings_options,
     .run = run_settings,
     .summary = "Show what can be changed while the server runs, and change it",
     .details =
         "Changes stand in the database, above file, environment and command line, for all servers that share it. A running\n"
         "server takes them over within seconds."},
};
const CommandSet settings_commands = COMMAND_SET(NULL, rows);
