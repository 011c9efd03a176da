/* `reeve schedules …`: when work may run. Test: tests/system/watch.test.ts */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "governor/timetable_words.h"
#include "operate/timetables.h"
#include "store/record_sql.h"

#include <inttypes.h>
#include <string.h>

static void print_schedules(const GPtrArray *timetables)
{
  g_autoptr(Table) table = table_new();
  table_column(table, "ID", TABLE_RIGHT);
  table_column(table, "NAME", TABLE_LEFT);
  table_column(table, "HOLDS", TABLE_LEFT);
  table_column(table, "AT THE END", TABLE_LEFT);
  table_column(table, "WINDOWS", TABLE_LEFT);
  for (guint i = 0; i < timetables->len; i++) {
    const Timetable *it = timetables->pdata[i];
    g_autofree char *windows = timetable_text(it);
    table_add(table, "%" PRId64, it->id);
    table_add(table, "%s", it->name);
    table_add(table, "%s", !it->enabled ? "not" : it->everywhere ? "everywhere" : "for roots that name it");
    table_add(table, "%s", enum_name(&window_end_table, it->at_end));
    table_add(table, "%s", windows);
  }
  table_print(table);
}

static bool run_list(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) timetables = conn ? record_all(conn, &timetable_table, "name", error) : NULL;
  if (!timetables)
    return false;
  if (context->json)
    output_records(&timetable_table, timetables);
  else
    print_schedules(timetables);
  if (timetables->len == 0 && !context->json)
    output_remark(context, "There are no schedules: work may run at any time. \"reeve schedules add\" makes one.");
  return true;
}

/* The schedule that an argument means, by number or name; locked until the caller's transaction ends. */
static bool find_schedule(DbConn *conn, const char *argument, Timetable *timetable, GError **error)
{
  g_autoptr(GPtrArray) all = record_all(conn, &timetable_table, NULL, error);
  int64_t id = 0;
  if (!all)
    return false;
  parse_int(argument, 1, INT64_MAX, &id);
  for (guint i = 0; i < all->len; i++) {
    const Timetable *it = all->pdata[i];
    if (strcmp(it->name, argument) == 0 || it->id == id)
      return record_lock(conn, &timetable_table, it->id, timetable, error);
  }
  return fail(error, REEVE_ERROR_NOT_FOUND, "There is no schedule \"%s\"; \"reeve schedules\" shows all.", argument);
}

static bool take_text(const CommandContext *context, const char *option, char **text)
{
  const char *given = command_option(context, option);
  if (given) {
    g_free(*text);
    *text = g_strdup(given);
  }
  return given != NULL;
}

static bool take_flag(const CommandContext *context, const char *option, bool *flag, GError **error)
{
  const char *given = command_option(context, option);
  if (!given)
    return true;
  if (strcmp(given, "yes") != 0 && strcmp(given, "no") != 0)
    return fail(error, REEVE_ERROR_INVALID, "--%s must be yes or no.", option);
  *flag = strcmp(given, "yes") == 0;
  return true;
}

/* The first broken rule is the error. */
static void complain(const char *field, const char *message, void *user_data)
{
  GError **error = user_data;
  if (!*error)
    fail(error, REEVE_ERROR_INVALID, "%s.", message);
}

/* Puts what the options say into the schedule, and holds the whole to the rules. */
static bool apply_options(const CommandContext *context, Timetable *timetable, GError **error)
{
  const char *windows = command_option(context, "windows");
  g_autoptr(GError) broken = NULL;
  if (windows) {
    GPtrArray *parsed = timetable_windows_parse(windows, error);
    if (!parsed)
      return false;
    g_clear_pointer(&timetable->windows, g_ptr_array_unref);
    timetable->windows = parsed;
  }
  take_text(context, "name", &timetable->name);
  take_text(context, "zone", &timetable->zone);
  if (!take_flag(context, "everywhere", &timetable->everywhere, error) ||
      !take_flag(context, "enabled", &timetable->enabled, error) ||
      !command_option_enum(context, "at-end", &window_end_table, timetable->at_end, &timetable->at_end, error))
    return false;
  for (size_t i = 0; i < timetable_table.n_fields; i++)
    if (!field_check(&timetable_table.fields[i], timetable, error))
      return false;
  if (timetable_check(timetable, complain, &broken))
    return true;
  g_propagate_error(error, g_steal_pointer(&broken));
  return false;
}

static void show(const CommandContext *context, const Timetable *timetable)
{
  g_autofree char *windows = timetable_text(timetable);
  if (context->json)
    output_record(&timetable_table, timetable);
  else
    output_line("Schedule %" PRId64 ", %s: %s", timetable->id, timetable->name, windows);
}

static bool run_add(CommandContext *context, GError **error)
{
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  g_free(timetable->name);
  timetable->name = g_strdup(context->arguments[0]);
  if (!command_option(context, "windows"))
    return fail(error, REEVE_ERROR_INVALID, "Say when work may run, such as --windows \"mon-fri 22:00-06:00\".");
  if (!command_option(context, "zone")) {
    g_autoptr(GTimeZone) local = g_time_zone_new_local();
    g_free(timetable->zone);
    timetable->zone = g_strdup(g_time_zone_get_identifier(local));
  }
  if (!apply_options(context, timetable, error))
    return false;
  timetable->created_at_ms = timetable->updated_at_ms = clock_now_ms(clock_system());
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !timetables_allow(conn, timetable, error) || !record_insert(conn, &timetable_table, timetable, error) ||
      !db_commit(transaction, error))
    return false;
  session_note(conn, "schedules add", timetable->name);
  show(context, timetable);
  return true;
}

static bool run_edit(CommandContext *context, GError **error)
{
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !find_schedule(conn, context->arguments[0], timetable, error) || !apply_options(context, timetable, error))
    return false;
  timetable->updated_at_ms = clock_now_ms(clock_system());
  if (!timetables_allow(conn, timetable, error) || !record_update(conn, &timetable_table, timetable, error) ||
      !db_commit(transaction, error))
    return false;
  session_note(conn, "schedules edit", timetable->name);
  show(context, timetable);
  return true;
}

static bool run_remove(CommandContext *context, GError **error)
{
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !find_schedule(conn, context->arguments[0], timetable, error) ||
      !timetables_remove(conn, timetable, error) || !db_commit(transaction, error))
    return false;
  session_note(conn, "schedules remove", timetable->name);
  output_remark(context, "The schedule %s is removed.", timetable->name);
  return true;
}

#define SCHEDULE_OPTIONS                                                                                                         \
  {"windows", "WINDOWS", "When work may run: \"mon-fri 22:00-06:00, sat sun 00:00-24:00\""},                                     \
      {"zone", "ZONE", "Zone of these times, such as Europe/Berlin [this machine's]"},                                           \
      {"at-end", "drain|freeze", "What becomes of running encodes when a window ends [drain]"},                                  \
      {"everywhere", "yes|no", "Whether it holds for roots that name no schedule [no]"},                                         \
  {                                                                                                                              \
    "enabled", "yes|no", "Whether it holds [yes]"                                                                                \
  }

static const CommandOption add_options[] = {SCHEDULE_OPTIONS, {NULL, NULL, NULL}};
static const CommandOption edit_options[] = {{"name", "NAME", "Another name"}, SCHEDULE_OPTIONS, {NULL, NULL, NULL}};

static const Command rows[] = {
    {.words = "schedules", .arguments = "", .run = run_list, .summary = "When work may run: all schedules"},
    {.words = "schedules add",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = add_options,
     .run = run_add,
     .summary = "Add a schedule"},
    {.words = "schedules edit",
     .arguments = "ID|NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = edit_options,
     .run = run_edit,
     .summary = "Change what is given of a schedule",
     .details = "A running server follows within seconds."},
    {.words = "schedules remove",
     .arguments = "ID|NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_remove,
     .summary = "Remove a schedule that no root names"},
};
const CommandSet schedule_commands = COMMAND_SET(NULL, rows);
