/* `reeve doctor`: prints what operate/doctor.h finds. Test: the system tests. */
#include "operate/doctor.h"

#include "base/error.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_bar.h"

typedef struct {
  const CommandContext *context;
  ProgressBar *bar;
} Printing;

static void print_finding(const Finding *finding, void *user_data)
{
  static const struct {
    const char *mark;
    Colour colour;
  } looks[] = {{"ok", COLOUR_GREEN}, {"–", COLOUR_DIM}, {"warn", COLOUR_YELLOW}, {"FAIL", COLOUR_RED}};
  const Printing *printing = user_data;
  if (printing->context->json)
    return;
  progress_bar_wipe(printing->bar);
  int fill = 4 - text_width(looks[finding->level].mark);
  output_coloured(looks[finding->level].colour, "%s%*s  %-17s %s", looks[finding->level].mark, fill, "", finding->subject,
                  finding->message);
}

static void show_trial(void *user_data)
{
  progress_bar_show(((const Printing *)user_data)->bar, -1, "Trying encoders…");
}

static bool run_doctor(CommandContext *context, GError **error)
{
  const Config *config = &context->config;
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(ProgressBar) bar = progress_bar_new(stderr, context->terminal);
  g_autofree char *shown = config_database_shown(config);
  g_autofree char *address = config_database_address(config);
  Printing printing = {.context = context, .bar = bar};
  g_autoptr(GPtrArray) findings = doctor_run(&(DoctorParams){.data_directory = config->data,
                                                             .database = address,
                                                             .database_shown = shown,
                                                             .ffmpeg = config->ffmpeg,
                                                             .handbrake = config->handbrake,
                                                             .reserve_bytes = config->settings.reserve_mib * 1024 * 1024,
                                                             .cancel = interrupt_cancel(interrupt),
                                                             .on_finding = print_finding,
                                                             .on_trial = show_trial,
                                                             .user_data = &printing},
                                             error);
  if (!findings)
    return false;
  if (context->json)
    output_records(&finding_table, findings);
  guint n_failures = 0;
  for (guint i = 0; i < findings->len; i++)
    n_failures += ((const Finding *)findings->pdata[i])->level == FINDING_FAILURE;
  return n_failures == 0 || fail(error, REEVE_ERROR_UNAVAILABLE, "%u thing%s that Reeve needs %s missing.", n_failures,
                                 n_failures == 1 ? "" : "s", n_failures == 1 ? "is" : "are");
}

static const Command rows[] = {
    {.words = "doctor",
     .arguments = "",
     .run = run_doctor,
     .summary = "Whether this machine has what Reeve needs: programs, encoders, sandbox, database, space",
     .details = "The exit code is 0 unless something needed was missing."},
};
const CommandSet doctor_commands = COMMAND_SET(NULL, rows);
