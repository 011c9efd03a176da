/* When an old trial of the encoders still holds: the same programs (path, size, mtime), the same boot (drivers and devices), the
 * same Reeve. Only previews rely on it; jobs are planned from a trial of the process that runs them.
 * Test: tests/unit/cli/test_capability_cache.c */
#include "cli/capability_cache.h"

#include "base/clock.h"
#include "cli/input.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <string.h>

enum { CACHE_MAX_BYTES = 1024 * 1024 };

static const int64_t lifetime_ms = 24 * 60 * 60 * 1000LL;

/* A trial and what it depends on. */
typedef struct {
  char *key;
  int64_t at_ms;
  CapabilitySet set;
} Trial;

static const Field trial_fields[] = {
    FIELD_TEXT(Trial, key, .help = "What the trial depends on."),
    FIELD_INT(Trial, at_ms, .help = "When it was."),
    FIELD_RECORD(Trial, set, capability_set_table, .help = "What it found."),
};
static const FieldTable trial_table = FIELD_TABLE(Trial, "Trial", NULL, trial_fields);

/* "path size mtime", or "none". The caller frees it. */
static char *program_key(const char *program)
{
  g_autofree char *path = g_find_program_in_path(program);
  FileStat stat;
  if (!path || !fs_stat(path, &stat, NULL))
    return g_strdup("none");
  return g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, path, stat.size_bytes, stat.mtime_ns);
}

static char *key_of(const char *ffmpeg, const char *handbrake)
{
  g_autofree char *one = program_key(ffmpeg);
  g_autofree char *other = program_key(handbrake);
  g_autofree char *boot = input_file("/proc/sys/kernel/random/boot_id", 256, NULL);
  return g_strjoin(", ", REEVE_VERSION, boot ? boot : "", one, other, NULL);
}

static CapabilitySet *recall(const char *path, const char *key)
{
  Trial trial;
  g_autofree char *text = input_file(path, CACHE_MAX_BYTES, NULL);
  g_autoptr(json_t) json = text ? json_parse(text, strlen(text), NULL) : NULL;
  record_init(&trial_table, &trial);
  CapabilitySet *set = NULL;
  int64_t now_ms = clock_now_ms(clock_system());
  if (json && json_to_record(&trial_table, json, JSON_TRUSTED, &trial, NULL, NULL) && g_strcmp0(trial.key, key) == 0 &&
      trial.at_ms <= now_ms && now_ms - trial.at_ms < lifetime_ms) {
    set = record_new(&capability_set_table);
    record_clear(&capability_set_table, set);
    record_copy(&capability_set_table, &trial.set, set);
  }
  record_clear(&trial_table, &trial);
  return set;
}

/* Best effort: who has no cache waits a little longer the next time. */
static void keep(const char *path, const char *key, const CapabilitySet *set)
{
  Trial trial = {.key = (char *)key, .at_ms = clock_now_ms(clock_system()), .set = *set};
  g_autoptr(json_t) json = json_from_record(&trial_table, &trial, JSON_FULL);
  g_autofree char *text = json_text(json);
  g_autofree char *directory = g_path_get_dirname(path);
  g_autoptr(GError) why = NULL;
  if (!fs_mkdirs(directory, 0700, &why) || !fs_write_durable(path, text, strlen(text), 0600, &why))
    g_debug("What the encoders can do is not remembered: %s", why->message);
}

CapabilitySet *capability_recall(const char *ffmpeg, const char *handbrake, Cancel *cancel, void (*on_trial)(void *user_data),
                                 void *user_data, GError **error)
{
  g_autofree char *path = g_build_filename(g_get_user_cache_dir(), "reeve", "encoders.json", NULL);
  g_autofree char *key = key_of(ffmpeg, handbrake);
  CapabilitySet *set = recall(path, key);
  if (set)
    return set;
  if (on_trial)
    on_trial(user_data);
  set = capability_detect(ffmpeg, handbrake, cancel, error);
  if (set)
    keep(path, key, set);
  return set;
}
