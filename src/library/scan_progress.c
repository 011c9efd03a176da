/* Decides how a scan tells how far it is. Test: tests/unit/library/test_scan.c */
#include "library/scan_run.h"
#include "wire/json.h"

enum {
  SAMPLE_MS = 250,
  PUBLISH_MS = 1000, /* between two events */
};
/* Of a new sample in the average: it follows within some seconds when probing takes the place of walking. */
static const double sample_weight = 0.2;

static const Field scan_progress_fields[] = {
    FIELD_INT(ScanProgress, directories, .flags = FIELD_READ_ONLY, .help = "Directories read."),
    FIELD_INT(ScanProgress, found, .flags = FIELD_READ_ONLY, .help = "Video files found."),
    FIELD_INT(ScanProgress, unchanged, .flags = FIELD_READ_ONLY, .help = "Files that are as they were at the last scan."),
    FIELD_INT(ScanProgress, probed, .flags = FIELD_READ_ONLY, .help = "Files opened and probed."),
    FIELD_INT(ScanProgress, changed, .flags = FIELD_READ_ONLY, .help = "Known files with new content."),
    FIELD_INT(ScanProgress, moved, .flags = FIELD_READ_ONLY, .help = "Known files with a new path."),
    FIELD_INT(ScanProgress, failed, .flags = FIELD_READ_ONLY, .help = "Files that could not be probed or recorded."),
    FIELD_INT(ScanProgress, missing, .flags = FIELD_READ_ONLY, .help = "Known files that are no longer there."),
    FIELD_INT(ScanProgress, unreadable, .flags = FIELD_READ_ONLY,
              .help = "Directories and files that could not be looked at; what is known of them stays as it was."),
    FIELD_REAL(ScanProgress, per_second, .flags = FIELD_READ_ONLY, .help = "Files dealt with each second."),
    FIELD_INT(ScanProgress, eta_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Milliseconds until the scan is done; null while that cannot be told."),
};
const FieldTable scan_progress_table = FIELD_TABLE(ScanProgress, "ScanProgress", NULL, scan_progress_fields);

void scan_rate_sample(ScanRate *rate, int64_t now_ms, int64_t done, int64_t total, ScanProgress *progress)
{
  int64_t passed_ms = now_ms - rate->sampled_at_ms;
  if (passed_ms >= SAMPLE_MS) {
    double sample = (double)(done - rate->sampled_done) * 1000 / (double)passed_ms;
    rate->per_second = rate->per_second > 0 ? rate->per_second + sample_weight * (sample - rate->per_second) : sample;
    rate->sampled_at_ms = now_ms;
    rate->sampled_done = done;
  }
  progress->per_second = rate->per_second;
  bool is_known = total != FIELD_NULL_INT && rate->per_second > 0;
  progress->eta_ms = is_known ? (int64_t)((double)MAX(0, total - done) * 1000 / rate->per_second) : FIELD_NULL_INT;
}

ScanProgress scan_progress_now(Scan *scan)
{
  ScanProgress progress = scan->progress;
  int64_t unchanged = atomic_load(&scan->unchanged);
  int64_t done = unchanged + progress.unchanged + progress.probed + progress.moved;
  progress.directories = atomic_load(&scan->directories);
  progress.found = atomic_load(&scan->found);
  progress.unreadable = atomic_load(&scan->unreadable);
  progress.unchanged += unchanged;
  int64_t known = scan->index ? scan_index_known(scan->index) : 0;
  bool is_walked = scan->work && scan_work_walk_has_ended(scan->work);
  int64_t total = is_walked ? progress.found : known ? MAX(progress.found, known) : FIELD_NULL_INT;
  scan_rate_sample(&scan->rate, clock_monotonic_ms(scan->context->clock), done, total, &progress);
  return progress;
}

void scan_tell(Scan *scan, const char *level, const char *message)
{
  if (scan->watch->on_message)
    scan->watch->on_message(level, message, scan->watch->user_data);
}

static void publish(Scan *scan, const ScanProgress *progress, const char *state)
{
  g_autoptr(json_t) object = json_object();
  json_object_set_new(object, "root_id", json_integer(scan->root.id));
  json_object_set_new(object, "state", json_string(state));
  json_object_set_new(object, "progress", json_from_record(&scan_progress_table, progress, JSON_PUBLIC));
  g_autofree char *text = json_text(object);
  event_publish(scan->context->events, "scan", text);
}

int scan_ms_to_next_tell(const Scan *scan)
{
  int64_t passed_ms = clock_monotonic_ms(scan->context->clock) - scan->told_at_ms;
  return (int)CLAMP(SCAN_TELL_MS - passed_ms, 1, SCAN_TELL_MS);
}

void scan_tell_progress(Scan *scan, bool is_last, const char *state)
{
  int64_t now_ms = clock_monotonic_ms(scan->context->clock);
  if (!is_last && now_ms - scan->told_at_ms < SCAN_TELL_MS)
    return;
  ScanProgress progress = scan_progress_now(scan);
  scan->told_at_ms = now_ms;
  if (scan->watch->on_progress)
    scan->watch->on_progress(&progress, scan->watch->user_data);
  if (scan->context->events && (is_last || now_ms - scan->published_at_ms >= PUBLISH_MS)) {
    scan->published_at_ms = now_ms;
    publish(scan, &progress, state);
  }
}
