/* What is looked at, and what is good enough. Test: the system tests; tests/unit/operate/test_health.c */
#include "operate/doctor.h"

#include "base/error.h"
#include "base/number.h"
#include "media/probe.h"
#include "operate/watch_state.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "sys/child.h"
#include "sys/fs.h"
#include "sys/watch.h"

#include <string.h>
#include <unistd.h>

enum { PROGRAM_LIMIT_MS = 10 * 1000, PROGRAM_OUTPUT_BYTES = 64 * 1024 };

static const EnumRow level_rows[] = {{FINDING_GOOD, "ok", "As it should be"},
                                     {FINDING_NOTE, "note", "Something optional is missing"},
                                     {FINDING_WARNING, "warning", "Works, but less well or less safely"},
                                     {FINDING_FAILURE, "failure", "Something needed is missing"}};
const EnumTable finding_level_table = ENUM_TABLE("FindingLevel", level_rows);

static const Field finding_fields[] = {
    FIELD_ENUM(Finding, level, finding_level_table, .help = "ok, note, warning or failure."),
    FIELD_TEXT(Finding, subject, .help = "What was looked at."),
    FIELD_TEXT(Finding, message, .help = "What was found."),
};
const FieldTable finding_table = FIELD_TABLE(Finding, "Finding", NULL, finding_fields);

typedef struct {
  const DoctorParams *params;
  GPtrArray *findings;
} Doctor;

/* Told at once, so that one sees what takes its time. */
G_GNUC_PRINTF(4, 5)
static void find(Doctor *doctor, FindingLevel level, const char *subject, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  Finding *finding = record_new(&finding_table);
  record_clear(&finding_table, finding);
  *finding = (Finding){.level = (int)level, .subject = g_strdup(subject), .message = g_strdup_vprintf(format, args)};
  va_end(args);
  g_ptr_array_add(doctor->findings, finding);
  if (doctor->params->on_finding)
    doctor->params->on_finding(finding, doctor->params->user_data);
}

/* The third word of what `program -version` says first: "ffprobe version 5.1.9-0+deb12u1 …". NULL if it does not run. */
static char *program_version(const Doctor *doctor, const char *program, GError **error)
{
  const char *argv[] = {program, "-version", NULL};
  g_autofree char *output = NULL;
  ChildExit exit;
  if (!child_run(&(ChildParams){.argv = argv}, PROGRAM_LIMIT_MS, doctor->params->cancel, PROGRAM_OUTPUT_BYTES, &output, NULL,
                 &exit, error))
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

static void tell_encoders(Doctor *doctor, const CapabilitySet *set)
{
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
}

static bool look_at_encoders(Doctor *doctor, GError **error)
{
  const DoctorParams *params = doctor->params;
  if (params->on_trial)
    params->on_trial(params->user_data);
  g_autoptr(GError) why = NULL;
  g_autoptr(CapabilitySet) tried =
      params->abilities ? NULL : capability_detect(params->ffmpeg, params->handbrake, params->cancel, &why);
  const CapabilitySet *set = params->abilities ? abilities_wait(params->abilities, params->cancel, &why) : tried;
  if (set) {
    tell_encoders(doctor, set);
    return true;
  }
  if (reeve_error_code(why) == REEVE_ERROR_CANCELLED) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  find(doctor, FINDING_FAILURE, "ffmpeg", "%s", why->message);
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
  int64_t reserve = doctor->params->reserve_bytes;
  find(doctor, space.free_bytes > reserve ? FINDING_GOOD : FINDING_WARNING, "space", "%s of %s free where the data is%s",
       free_text, total, space.free_bytes > reserve ? "" : ", which is below the reserve: encodes there wait");
}

static void look_at_data(Doctor *doctor)
{
  const char *directory = doctor->params->data_directory;
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

/* What the servers say of their watches; nothing while none runs. */
static void look_at_watches(Doctor *doctor, Db *db)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(db, &why);
  g_autoptr(GPtrArray) states = conn ? watch_states(conn, true, clock_now_ms(clock_system()), &why) : NULL;
  if (!states) {
    find(doctor, FINDING_FAILURE, "watch", "%s", why->message);
    return;
  }
  int64_t good = 0;
  for (guint i = 0; i < states->len; i++) {
    const WatchState *state = states->pdata[i];
    good += !state->falls_short && (state->mode == WATCHED_KERNEL || state->mode == WATCHED_POLLED);
    if (!state->falls_short)
      continue;
    g_autoptr(Root) root = record_new(&root_table);
    bool found = record_get(conn, &root_table, state->root_id, root, NULL);
    find(doctor, FINDING_WARNING, "watch", "\"%s\": %s", found ? root->path : "", state->sentence);
  }
  if (good > 0)
    find(doctor, FINDING_GOOD, "watch",
         "%" G_GINT64_FORMAT " root%s watched; the kernel lets this user watch %" G_GINT64_FORMAT " directories", good,
         good == 1 ? " is" : "s are", watch_limit());
}

static void tell_database(Doctor *doctor, Db *db)
{
  const char *shown = doctor->params->database_shown;
  g_autoptr(GError) why = NULL;
  int current, newest;
  if (!migrate_status(db, &current, &newest, &why))
    find(doctor, FINDING_FAILURE, "database", "%s: %s", shown, why->message);
  else if (current < newest)
    find(doctor, FINDING_NOTE, "database", "%s has version %d; the next start brings it to %d", shown, current, newest);
  else {
    find(doctor, FINDING_GOOD, "database", "%s, version %d", shown, current);
    look_at_watches(doctor, db);
  }
}

static void look_at_database(Doctor *doctor)
{
  const DoctorParams *params = doctor->params;
  if (params->db) {
    tell_database(doctor, params->db);
    return;
  }
  const char *path = g_str_has_prefix(params->database, "sqlite:") ? params->database + strlen("sqlite:") : NULL;
  if (path && !fs_exists(path)) {
    find(doctor, FINDING_NOTE, "database", "%s is not there yet; the first start makes it", params->database_shown);
    return;
  }
  g_autoptr(GError) why = NULL;
  g_autoptr(Db) db = db_open(&(DbParams){.url = params->database, .connections = 1, .share = true}, &why);
  if (db)
    tell_database(doctor, db);
  else
    find(doctor, FINDING_FAILURE, "database", "%s: %s", params->database_shown, why->message);
}

GPtrArray *doctor_run(const DoctorParams *params, GError **error)
{
  g_autoptr(GPtrArray) findings = records_new(&finding_table);
  Doctor doctor = {.params = params, .findings = findings};
  look_at_data(&doctor);
  look_at_database(&doctor);
  look_at_sandbox(&doctor);
  look_at_libav(&doctor);
  look_at_ffprobe(&doctor);
  return look_at_encoders(&doctor, error) ? g_steal_pointer(&findings) : NULL;
}
