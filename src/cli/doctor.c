/* `reeve doctor`: whether this machine has what Reeve needs. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "media/capability.h"
#include "media/probe.h"
#include "store/migrate.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <string.h>
#include <unistd.h>

enum { PROGRAM_LIMIT_MS = 10 * 1000, PROGRAM_OUTPUT_BYTES = 64 * 1024 };

typedef enum {
  FINDING_GOOD,
  FINDING_NOTE,    /* something optional is missing */
  FINDING_WARNING, /* works, but less well or less safely */
  FINDING_FAILURE  /* something needed is missing */
} FindingLevel;

static const EnumRow level_rows[] = {{FINDING_GOOD, "ok", NULL},
                                     {FINDING_NOTE, "note", NULL},
                                     {FINDING_WARNING, "warning", NULL},
                                     {FINDING_FAILURE, "failure", NULL}};
static const EnumTable level_table = ENUM_TABLE("FindingLevel", level_rows);

typedef struct {
  int level;
  char *subject, *message;
} Finding;

static const Field finding_fields[] = {
    FIELD_ENUM(Finding, level, level_table, .help = "ok, note, warning or failure."),
    FIELD_TEXT(Finding, subject, .help = "What was looked at."),
    FIELD_TEXT(Finding, message, .help = "What was found."),
};
static const FieldTable finding_table = FIELD_TABLE(Finding, "Finding", NULL, finding_fields);

typedef struct {
  CommandContext *context;
  Cancel *cancel;
  ProgressBar *bar;
  GPtrArray *findings;
} Doctor;

/* Told at once, so that one sees what takes its time. */
G_GNUC_PRINTF(4, 5)
static void find(Doctor *doctor, FindingLevel level, const char *subject, const char *format, ...)
{
  static const struct {
    const char *mark;
    Colour colour;
  } looks[] = {{"ok", COLOUR_GREEN}, {"–", COLOUR_DIM}, {"warn", COLOUR_YELLOW}, {"FAIL", COLOUR_RED}};
  va_list args;
  va_start(args, format);
  Finding *finding = record_new(&finding_table);
  g_free(finding->subject);
  g_free(finding->message);
  finding->level = (int)level;
  finding->subject = g_strdup(subject);
  finding->message = g_strdup_vprintf(format, args);
  va_end(args);
  g_ptr_array_add(doctor->findings, finding);
  if (doctor->context->json)
    return;
  progress_bar_wipe(doctor->bar);
  int fill = 4 - text_width(looks[level].mark);
  output_coloured(looks[level].colour, "%s%*s  %-17s %s", looks[level].mark, fill, "", finding->subject, finding->message);
}

/* The third word of what `program -version` says first: "ffprobe version 5.1.9-0+deb12u1 …". NULL if it does not run. */
static char *program_version(const Doctor *doctor, const char *program, GError **error)
{
  const char *argv[] = {program, "-version", NULL};
  g_autofree char *output = NULL;
  ChildExit exit;
  if (!child_run(&(ChildParams){.argv = argv}, PROGRAM_LIMIT_MS, doctor->cancel, PROGRAM_OUTPUT_BYTES, &output, NULL, &exit,
                 error))
    return NULL;
  g_auto(GStrv) words = g_strsplit_set(output, " \n", 4);
  return g_strdup(g_strv_length(words) >= 3 ? words[2] : "of unknown version");
}

static void look_at_ffprobe(Doctor *doctor)
{
  g_autofree char *version = program_version(doctor, "ffprobe", NULL);
  if (version)
    find(doctor, FINDING_GOOD, "ffprobe", "%s (not needed: Reeve reads files by itself)", version);
  else
    find(doctor, FINDING_NOTE, "ffprobe", "not found (not needed: Reeve reads files by itself)");
}

static void look_at_libav(Doctor *doctor)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *versions = probe_library_versions(&why);
  if (versions)
    find(doctor, FINDING_GOOD, "libav", "%s", versions);
  else
    find(doctor, FINDING_FAILURE, "libav", "No file can be probed: %s", why->message);
}

static void tell_encoder(Doctor *doctor, const Capability *it)
{
  if (it->works_8bit || it->works_10bit)
    find(doctor, FINDING_GOOD, it->encoder, "%s%s%s%s%s",
         it->works_8bit && it->works_10bit ? "8 and 10 bit"
         : it->works_8bit                  ? "8 bit"
                                           : "10 bit",
         it->device ? " on " : "", it->device ? it->device : "", it->reason ? "; " : "", it->reason ? it->reason : "");
  else
    find(doctor, FINDING_NOTE, it->encoder, "%s", it->reason ? it->reason : "does not work");
}

static bool look_at_encoders(Doctor *doctor, GError **error)
{
  const Config *config = &doctor->context->config;
  progress_bar_show(doctor->bar, -1, "Trying encoders…");
  g_autoptr(GError) why = NULL;
  g_autoptr(CapabilitySet) set = capability_detect(config->ffmpeg, config->handbrake, doctor->cancel, &why);
  if (!set && reeve_error_code(why) == REEVE_ERROR_CANCELLED) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (!set) {
    find(doctor, FINDING_FAILURE, "ffmpeg", "%s", why->message);
    return true;
  }
  find(doctor, FINDING_GOOD, "ffmpeg", "%s", set->ffmpeg_version ? set->ffmpeg_version : "of unknown version");
  bool any = false;
  for (guint i = 0; i < set->encoders->len; i++) {
    const Capability *it = set->encoders->pdata[i];
    any |= it->works_8bit || it->works_10bit;
    tell_encoder(doctor, it);
  }
  if (!any)
    find(doctor, FINDING_FAILURE, "encoders", "No encoder works; nothing can be encoded here.");
  if (set->handbrake_version)
    find(doctor, FINDING_GOOD, "HandBrake", "%s", set->handbrake_version);
  else
    find(doctor, FINDING_NOTE, "HandBrake", "not found; only profiles that ask for it need it");
  return true;
}

static void look_at_sandbox(Doctor *doctor)
{
  SandboxSupport support = sandbox_support();
  if (support.landlock_abi > 0)
    find(doctor, FINDING_GOOD, "Landlock", "version %d: encoders can write to one directory only", support.landlock_abi);
  else
    find(doctor, FINDING_WARNING, "Landlock",
         "This kernel does not have it or it is switched off: encoders could write elsewhere.");
  if (support.seccomp)
    find(doctor, FINDING_GOOD, "seccomp", "probing and encoding have no network");
  else
    find(doctor, FINDING_WARNING, "seccomp", "This kernel does not have it: probing and encoding could use the network.");
}

static void look_at_space(Doctor *doctor, const char *directory)
{
  FsSpace space;
  g_autoptr(GError) why = NULL;
  if (!fs_space(directory, &space, &why)) {
    find(doctor, FINDING_FAILURE, "space", "%s", why->message);
    return;
  }
  g_autofree char *free_text = format_size(space.free_bytes);
  g_autofree char *total = format_size(space.total_bytes);
  int64_t reserve = doctor->context->config.reserve_mib * 1024 * 1024;
  find(doctor, space.free_bytes > reserve ? FINDING_GOOD : FINDING_WARNING, "space", "%s of %s free where the data is%s",
       free_text, total, space.free_bytes > reserve ? "" : ", which is below the reserve: encodes there wait");
}

static void look_at_data(Doctor *doctor)
{
  const char *directory = doctor->context->config.data;
  g_autofree char *existing = g_strdup(directory);
  while (!fs_exists(existing) && strcmp(existing, "/") != 0 && strcmp(existing, ".") != 0) {
    char *parent = g_path_get_dirname(existing);
    g_free(existing);
    existing = parent;
  }
  bool is_there = strcmp(existing, directory) == 0;
  if (access(existing, W_OK | X_OK) != 0)
    find(doctor, FINDING_FAILURE, "data", is_there ? "%s cannot be written by this user" : "%s cannot be made by this user",
         directory);
  else if (is_there)
    find(doctor, FINDING_GOOD, "data", "%s can be written", directory);
  else
    find(doctor, FINDING_NOTE, "data", "%s is not there yet; the first start makes it", directory);
  look_at_space(doctor, directory);
}

static void look_at_database(Doctor *doctor)
{
  const Config *config = &doctor->context->config;
  g_autofree char *path = NULL;
  g_autofree char *shown = config_database_shown(config);
  if (config_is_sqlite(config, &path) && !fs_exists(path)) {
    find(doctor, FINDING_NOTE, "database", "%s is not there yet; the first start makes it", shown);
    return;
  }
  g_autofree char *url = path ? g_strconcat("sqlite:", path, NULL) : g_strdup(config->database);
  g_autoptr(GError) why = NULL;
  int current, newest;
  g_autoptr(Db) db = db_open(&(DbParams){.url = url, .connections = 1, .share = true}, &why);
  if (!db || !migrate_status(db, &current, &newest, &why))
    find(doctor, FINDING_FAILURE, "database", "%s: %s", shown, why->message);
  else if (current < newest)
    find(doctor, FINDING_NOTE, "database", "%s has version %d; the next start brings it to %d", shown, current, newest);
  else
    find(doctor, FINDING_GOOD, "database", "%s, version %d", shown, current);
}

static bool run_doctor(CommandContext *context, GError **error)
{
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(GPtrArray) findings = records_new(&finding_table);
  g_autoptr(ProgressBar) bar = progress_bar_new(stderr, context->terminal);
  Doctor doctor = {.context = context, .cancel = interrupt_cancel(interrupt), .bar = bar, .findings = findings};
  look_at_data(&doctor);
  look_at_database(&doctor);
  look_at_sandbox(&doctor);
  look_at_libav(&doctor);
  look_at_ffprobe(&doctor);
  if (!look_at_encoders(&doctor, error))
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
     .details = "The exit code is 0 unless something needed is missing."},
};
const CommandSet doctor_commands = COMMAND_SET(NULL, rows);
