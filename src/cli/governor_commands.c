/* `reeve governor …` and `reeve job why`: what holds work back, a person's word against it, and why a job does not run.
 * Test: tests/system/governor.test.ts */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "operate/why.h"

#include <inttypes.h>
#include <math.h>

static void print_root(const RootRuling *row)
{
  g_autofree char *root = row->root_id == FIELD_NULL_INT ? g_strdup("All roots") : g_strdup_printf("Root %" PRId64, row->root_id);
  const char *deed = row->frozen ? "frozen" : row->may_start ? "may run" : "nothing is started";
  output_line("  %-10s %s%s%s", root, deed, row->sentence ? ": " : "", row->sentence ? row->sentence : "");
}

static void print_limit(const LimitView *view)
{
  g_autofree char *value = isnan(view->value) ? g_strdup("not known") : g_strdup_printf("%.1f%s", view->value, view->unit);
  output_line("  %-16s %-12s begins at %g, ends at %g%s%s", enum_name(&measure_table, view->measure), value, view->enter,
              view->leave, view->stand == STAND_NONE ? "" : ", stands at ",
              view->stand == STAND_NONE ? "" : enum_name(&stand_table, view->stand));
}

static void print_state(const GovernorState *state)
{
  const GovernorRuling *ruling = &state->ruling;
  output_coloured(COLOUR_BOLD, "%s", state->worker);
  if (ruling->sentence)
    output_line("  %s", ruling->sentence);
  for (guint i = 0; ruling->roots && i < ruling->roots->len; i++)
    print_root(ruling->roots->pdata[i]);
  for (guint i = 0; ruling->limits && i < ruling->limits->len; i++)
    print_limit(ruling->limits->pdata[i]);
  for (char **notice = ruling->notices; notice && *notice; notice++)
    output_line("  %s", *notice);
  if (ruling->next_edge_ms != FIELD_NULL_INT) {
    g_autofree char *edge = text_time(ruling->next_edge_ms);
    output_line("  Next edge  %s", edge);
  }
}

static void print_override(const GovernorOverride *override)
{
  g_autofree char *until = text_time(override->until_ms);
  output_line("Somebody %s until %s%s.", override->allow ? "lets work run" : "holds all work",
              override->by_edge ? "the next edge of each schedule, at the latest " : "", until);
}

static bool run_governor(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  int64_t now_ms = clock_now_ms(clock_system());
  GovernorOverride override;
  bool found = false;
  if (!conn || !override_get(conn, &override, &found, error))
    return false;
  g_autoptr(GPtrArray) states = governor_states(conn, NULL, now_ms, error);
  if (!states)
    return false;
  found = found && governor_override_holds(&override, now_ms);
  if (context->json) {
    json_t *object = json_object();
    json_object_set_new(object, "override",
                        found ? json_from_record(&governor_override_table, &override, JSON_PUBLIC) : json_null());
    json_object_set_new(object, "workers", json_from_records(&governor_state_table, states, JSON_PUBLIC));
    output_json(object);
    return true;
  }
  if (found)
    print_override(&override);
  for (guint i = 0; i < states->len; i++)
    print_state(states->pdata[i]);
  if (states->len == 0)
    output_remark(context, "No worker has reported in the last three minutes.");
  return true;
}

/* --hours as a number; NAN without it. */
static bool read_hours(const CommandContext *context, double *ret_hours, GError **error)
{
  const char *text = command_option(context, "hours");
  char *end = NULL;
  *ret_hours = text ? g_ascii_strtod(text, &end) : NAN;
  return !text || (g_ascii_isdigit(*text) && *end == '\0' && isfinite(*ret_hours)) ||
         fail(error, REEVE_ERROR_INVALID, "--hours must be a number of hours, such as 2 or 0.5.");
}

static bool give_word(CommandContext *context, OverrideWish wish, const char *command, GError **error)
{
  if (!read_hours(context, &wish.hours, error) ||
      !command_option_enum(context, "running", &window_end_table, WINDOW_END_FREEZE, &wish.running, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  GovernorOverride override;
  if (!conn || !override_put(conn, &wish, clock_system(), &override, error))
    return false;
  session_note(conn, command, "");
  if (context->json)
    output_record(&governor_override_table, &override);
  else
    print_override(&override);
  return true;
}

static bool run_allow(CommandContext *context, GError **error)
{
  return give_word(context, (OverrideWish){.allow = true}, "governor allow", error);
}

static bool run_hold(CommandContext *context, GError **error)
{
  return give_word(context, (OverrideWish){.allow = false}, "governor hold", error);
}

static bool run_clear(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  if (!conn || !override_clear(conn, error))
    return false;
  session_note(conn, "governor clear", "");
  output_remark(context, "The schedules hold again.");
  return true;
}

static bool run_why(CommandContext *context, GError **error)
{
  int64_t id;
  if (!command_id(context, 0, "job", &id, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  JobWhy why;
  if (!conn || !job_why_read(conn, id, NULL, clock_now_ms(clock_system()), &why, error))
    return false;
  if (context->json)
    output_record(&job_why_table, &why);
  for (guint i = 0; i < why.reasons->len && !context->json; i++)
    output_line("%s", ((const WhyReason *)why.reasons->pdata[i])->sentence);
  record_clear(&job_why_table, &why);
  return true;
}

static const CommandOption allow_options[] = {
    {"hours", "N", "For so many hours, instead of until the next edge of each schedule"},
    {NULL, NULL, NULL},
};

static const CommandOption hold_options[] = {
    {"hours", "N", "For so many hours, instead of until the next edge of each schedule"},
    {"running", "freeze|drain", "What becomes of running encodes: frozen, or finished [freeze]"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "jobs why",
     .arguments = "ID",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_why,
     .summary = "Why a job does not run now"},
    {.words = "governor",
     .arguments = "",
     .run = run_governor,
     .summary = "Which schedules and limits hold work back, and until when"},
    {.words = "governor allow",
     .arguments = "",
     .options = allow_options,
     .run = run_allow,
     .summary = "Let encodes run now, whatever the schedules say"},
    {.words = "governor hold", .arguments = "", .options = hold_options, .run = run_hold, .summary = "Hold all encodes now"},
    {.words = "governor clear", .arguments = "", .run = run_clear, .summary = "Let the schedules hold again"},
};
const CommandSet governor_commands = COMMAND_SET(NULL, rows);
