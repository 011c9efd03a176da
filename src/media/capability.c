/* What this machine can encode with: asks ffmpeg what it was built with, looks for the hardware, and lets every encoder that is
 * left encode ten frames. Tested by tests/unit/media/test_capability.c. */
#include "media/capability.h"

#include "base/error.h"
#include "media/capability_try.h"
#include "sys/child.h"

#include <glob.h>
#include <string.h>
#include <unistd.h>

/* The limits are for programs that hang, not for machines that are busy: what times out counts as not working. */
enum { LIST_LIMIT_MS = 60 * 1000, TRY_LIMIT_MS = 60 * 1000, MAX_OUTPUT_BYTES = 1024 * 1024, TRIES_AT_ONCE = 2 };

static const Field capability_fields[] = {
    FIELD_TEXT(Capability, encoder, .help = "The encoder's name in ffmpeg."),
    FIELD_BOOL(Capability, listed, .help = "Whether ffmpeg was built with it."),
    FIELD_BOOL(Capability, works_8bit, .help = "Whether it encoded 8-bit video here."),
    FIELD_BOOL(Capability, works_10bit, .help = "Whether it encoded 10-bit video here."),
    FIELD_TEXT(Capability, device, .flags = FIELD_NULLABLE, .help = "The device it worked on."),
    FIELD_TEXT(Capability, reason, .flags = FIELD_NULLABLE, .help = "Why it does not do all it should."),
};
const FieldTable capability_table = FIELD_TABLE(Capability, "Capability", NULL, capability_fields);

static const Field capability_set_fields[] = {
    FIELD_TEXT(CapabilitySet, ffmpeg_version, .flags = FIELD_NULLABLE, .help = "Version of ffmpeg."),
    FIELD_TEXT(CapabilitySet, handbrake_version, .flags = FIELD_NULLABLE, .help = "Version of HandBrakeCLI, if it is installed."),
    FIELD_RECORDS(CapabilitySet, encoders, capability_table, .help = "Every encoder that Reeve knows, and what it did here."),
    FIELD_STRINGS(CapabilitySet, filters, .help = "The optional filters that ffmpeg has."),
};
const FieldTable capability_set_table = FIELD_TABLE(CapabilitySet, "CapabilitySet", NULL, capability_set_fields);

static const char *const optional_filters[] = {"zscale",     "tonemap", "libvmaf", "xpsnr",
                                               "libplacebo", "bwdif",   "hqdn3d",  "nlmeans"};

void capability_set_free(CapabilitySet *set)
{
  record_free(&capability_set_table, set);
}

/* Standard output of a short helper run; NULL on error. `arguments` are one or two words. */
static char *output_of(const char *program, const char *first, const char *second, Cancel *cancel, GError **error)
{
  const char *const argv[] = {program, first, second, NULL};
  const Sandbox sandbox = {.no_network = true};
  const ChildParams params = {.argv = argv, .sandbox = &sandbox};
  char *output = NULL;
  ChildExit how;
  /* Exit codes of -version and -encoders say nothing that the text does not. */
  return child_run(&params, LIST_LIMIT_MS, cancel, MAX_OUTPUT_BYTES, &output, NULL, &how, error) ? output : NULL;
}

/* Paths that match, sorted; empty if none. */
static GPtrArray *matching_paths(const char *pattern)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
  glob_t found;
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++)
      g_ptr_array_add(paths, g_strdup(found.gl_pathv[i]));
    globfree(&found);
  }
  return paths;
}

/* PCI vendor of a render node: 0x8086 Intel, 0x1002 AMD, 0x10de NVIDIA. 0 if it cannot be read. */
static guint64 render_node_vendor(const char *path)
{
  g_autofree char *name = g_path_get_basename(path);
  g_autofree char *file = g_strdup_printf("/sys/class/drm/%s/device/vendor", name);
  g_autofree char *text = NULL;
  return g_file_get_contents(file, &text, NULL, NULL) ? g_ascii_strtoull(text, NULL, 16) : 0;
}

static bool family_wants_vendor(EncoderFamily family, guint64 vendor)
{
  if (vendor == 0)
    return true; /* unknown: let it be tried */
  switch (family) {
  case ENCODER_QSV:
    return vendor == 0x8086;
  case ENCODER_AMF:
    return vendor == 0x1002;
  case ENCODER_VAAPI:
    return vendor != 0x10de;
  default:
    return false;
  }
}

static const char *const no_hardware[] = {
    [ENCODER_NVENC] = "There is no NVIDIA GPU that this process can see (no /dev/nvidia0).",
    [ENCODER_QSV] = "There is no Intel GPU that this process can see (no such /dev/dri/renderD*).",
    [ENCODER_VAAPI] = "There is no Intel or AMD GPU that this process can see (no such /dev/dri/renderD*).",
    [ENCODER_AMF] = "There is no AMD GPU that this process can see (no such /dev/dri/renderD*).",
    [ENCODER_VIDEOTOOLBOX] = "VideoToolbox exists on macOS only.",
};

/* The devices to try an encoder on, by what ffmpeg calls them. Empty, with *ret_reason, if there is none. CPU encoders get one
 * empty name. */
static GPtrArray *devices_for(EncoderFamily family, char **ret_reason)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func(g_free);
  if (family == ENCODER_CPU) {
    g_ptr_array_add(devices, g_strdup(""));
    return devices;
  }
  bool nvidia = family == ENCODER_NVENC;
  g_autoptr(GPtrArray) paths = matching_paths(nvidia ? "/dev/nvidia[0-9]*" : "/dev/dri/renderD*");
  for (guint i = 0; i < paths->len && family != ENCODER_VIDEOTOOLBOX; i++) {
    const char *path = paths->pdata[i];
    if (!nvidia && !family_wants_vendor(family, render_node_vendor(path)))
      continue;
    if (access(path, R_OK | W_OK) == 0)
      g_ptr_array_add(devices, nvidia ? g_strdup(path + strlen("/dev/nvidia")) : g_strdup(path));
    else if (!*ret_reason)
      *ret_reason =
          g_strdup_printf("%s may not be opened by this user; add it to the group that owns the device (render or video).", path);
  }
  if (devices->len == 0 && !*ret_reason)
    *ret_reason = g_strdup(no_hardware[family]);
  return devices;
}

typedef struct {
  const char *ffmpeg;
  const EncoderRow *row;
  Cancel *cancel;
  Capability *capability; /* filled by the thread that has this task, and by no other */
} Task;

/* Ten frames at one depth on one device. NULL if they came out, else the reason. */
static char *try_encoder(const Task *task, int bit_depth, const char *device)
{
  g_auto(GStrv) argv = capability_try_arguments(task->ffmpeg, task->row, bit_depth, device);
  static const char *const environment[] = {"SVT_LOG=1", NULL}; /* errors only */
  const Sandbox sandbox = {.no_network = true};
  const ChildParams params = {.argv = (const char *const *)argv, .environment = environment, .sandbox = &sandbox};
  g_autofree char *output = NULL, *messages = NULL;
  g_autoptr(GError) error = NULL;
  ChildExit how;
  if (!child_run(&params, TRY_LIMIT_MS, task->cancel, MAX_OUTPUT_BYTES, &output, &messages, &how, &error))
    return g_strdup(error->message);
  if (how.exit_code == 0 && capability_frames(output) > 0)
    return NULL;
  char *line = capability_telling_line(messages);
  if (line)
    return line;
  g_autofree char *ending = child_exit_describe(&how);
  return g_strdup_printf("ffmpeg gave no frame and no reason; it ended with %s.", ending);
}

/* The first device on which the encoder does anything; what it cannot do there becomes the reason. */
static void try_devices(const Task *task, const GPtrArray *devices)
{
  Capability *capability = task->capability;
  for (guint i = 0; i < devices->len && !cancel_is_set(task->cancel); i++) {
    const char *device = devices->pdata[i];
    g_autofree char *why_not_8 = try_encoder(task, 8, device);
    g_autofree char *why_not_10 = task->row->ten_bit ? try_encoder(task, 10, device) : NULL;
    capability->works_8bit = !why_not_8;
    capability->works_10bit = task->row->ten_bit && !why_not_10;
    bool works = capability->works_8bit || capability->works_10bit;
    if (!capability->reason || works) {
      g_free(capability->reason);
      capability->reason = why_not_8 ? g_steal_pointer(&why_not_8) : g_steal_pointer(&why_not_10);
    }
    if (works) {
      capability->device = *device ? g_strdup(device) : NULL;
      return;
    }
  }
}

static void run_task(gpointer data, gpointer user_data)
{
  Task *task = data;
  g_autoptr(GPtrArray) devices = devices_for(task->row->family, &task->capability->reason);
  /* A device that may not be opened is a reason only if no other works. */
  if (devices->len)
    g_clear_pointer(&task->capability->reason, g_free);
  try_devices(task, devices);
}

static void try_all(const char *ffmpeg, GHashTable *listed, Cancel *cancel, GPtrArray *ret_capabilities)
{
  size_t n;
  const EncoderRow *rows = encoder_rows(&n);
  g_autofree Task *tasks = g_new0(Task, n);
  GThreadPool *pool = g_thread_pool_new(run_task, NULL, TRIES_AT_ONCE, TRUE, NULL);
  for (size_t i = 0; i < n; i++) {
    Capability *capability = record_new(&capability_table);
    g_free(capability->encoder); /* the empty text of a new record */
    capability->encoder = g_strdup(rows[i].name);
    capability->listed = g_hash_table_contains(listed, rows[i].name);
    g_ptr_array_add(ret_capabilities, capability);
    tasks[i] = (Task){ffmpeg, &rows[i], cancel, capability};
    if (capability->listed)
      g_thread_pool_push(pool, &tasks[i], NULL);
    else
      capability->reason = g_strdup_printf("This ffmpeg was built without %s.", rows[i].name);
  }
  g_thread_pool_free(pool, FALSE, TRUE); /* waits until all are done */
}

static char **existing_filters(GHashTable *listed)
{
  GPtrArray *names = g_ptr_array_new();
  for (size_t i = 0; i < G_N_ELEMENTS(optional_filters); i++)
    if (g_hash_table_contains(listed, optional_filters[i]))
      g_ptr_array_add(names, g_strdup(optional_filters[i]));
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

CapabilitySet *capability_detect(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  g_autoptr(CapabilitySet) set = record_new(&capability_set_table);
  g_autofree char *version = output_of(ffmpeg, "-version", NULL, cancel, error);
  if (!version)
    return NULL;
  set->ffmpeg_version = capability_version(version, "ffmpeg version ");
  if (!set->ffmpeg_version) {
    fail(error, REEVE_ERROR_UPSTREAM, "%s does not say its version as ffmpeg does; is it the right program?", ffmpeg);
    return NULL;
  }
  g_autofree char *encoders = output_of(ffmpeg, "-hide_banner", "-encoders", cancel, error);
  if (!encoders)
    return NULL;
  g_autofree char *filters = output_of(ffmpeg, "-hide_banner", "-filters", cancel, error);
  if (!filters)
    return NULL;
  g_autofree char *handbrake_text = handbrake ? output_of(handbrake, "--version", NULL, cancel, NULL) : NULL;
  set->handbrake_version = handbrake_text ? capability_version(handbrake_text, "HandBrake ") : NULL;
  g_autoptr(GHashTable) listed_filters = capability_listed_names(filters);
  set->filters = existing_filters(listed_filters);
  g_autoptr(GHashTable) listed = capability_listed_names(encoders);
  set->encoders = records_new(&capability_table);
  try_all(ffmpeg, listed, cancel, set->encoders);
  if (!cancel_check(cancel, error)) /* what was not tried must not look as if it did not work */
    return NULL;
  return g_steal_pointer(&set);
}

const Capability *capability_find(const CapabilitySet *set, const char *encoder, int bit_depth)
{
  for (guint i = 0; set->encoders && i < set->encoders->len; i++) {
    const Capability *capability = set->encoders->pdata[i];
    if (g_strcmp0(capability->encoder, encoder) == 0)
      return (bit_depth > 8 ? capability->works_10bit : capability->works_8bit) ? capability : NULL;
  }
  return NULL;
}

char **capability_words(const CapabilitySet *set)
{
  GPtrArray *words = g_ptr_array_new();
  if (set->ffmpeg_version)
    g_ptr_array_add(words, g_strdup("ffmpeg"));
  if (set->handbrake_version)
    g_ptr_array_add(words, g_strdup("handbrake"));
  for (guint i = 0; set->encoders && i < set->encoders->len; i++) {
    const Capability *capability = set->encoders->pdata[i];
    if (capability->works_8bit || capability->works_10bit)
      g_ptr_array_add(words, g_strconcat("encoder:", capability->encoder, NULL));
  }
  g_ptr_array_add(words, NULL);
  return (char **)g_ptr_array_free(words, FALSE);
}
