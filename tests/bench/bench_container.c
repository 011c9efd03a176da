/* How long it takes to make another audio track the default in a film of a gigabyte: in place, against mkvpropedit (Matroska) and
 * against a stream copy by ffmpeg (MP4), in the same run on the same files.
 *
 *   bench_container [DIR [MIB]]    DIR: where the films are made, default the current directory; MIB: their size, default 1024
 *
 * Ours is timed as the daemon does it, from opening the file to the end of the journal entry, with every fsync; and as a program
 * started for one edit ("own process"), which is how mkvpropedit is timed. mkvpropedit and ffmpeg sync nothing. Medians. */
#include "base/number.h"
#include "container/edit_journal_file.h"
#include "container/track_edit.h"
#include "sys/child.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 21, SLOW_ROUNDS = 3, LIMIT_MS = 600000 };

static void run(const char *const *argv)
{
  const ChildParams params = {.argv = argv, .errors = CHILD_INHERIT};
  ChildExit end;
  GError *error = NULL;
  if (!child_run(&params, LIMIT_MS, NULL, 65536, NULL, NULL, &end, &error))
    g_error("%s: %s", argv[0], error->message);
  if (end.exit_code != 0)
    g_error("%s ended with exit code %d", argv[0], end.exit_code);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

/* A few seconds of film, then as many copies of it as make the size. */
static void make_film(const char *dir, const char *mkv, const char *mp4, int64_t mib)
{
  g_autofree char *piece = g_build_filename(dir, "piece.mkv", NULL);
  RUN("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=24:d=5,noise=alls=30:allf=t", "-f", "lavfi",
      "-i", "sine=d=5", "-f", "lavfi", "-i", "sine=f=880:d=5", "-map", "0", "-map", "1", "-map", "2", "-c:v", "mpeg4", "-q:v",
      "1", "-c:a", "aac", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=jpn", piece);
  FileStat stat;
  GError *error = NULL;
  if (!fs_stat(piece, &stat, &error))
    g_error("%s", error->message);
  g_autofree char *loops = g_strdup_printf("%d", (int)(mib * 1024 * 1024 / stat.size_bytes));
  RUN("ffmpeg", "-v", "error", "-y", "-stream_loop", loops, "-i", piece, "-map", "0", "-c", "copy", mkv);
  RUN("ffmpeg", "-v", "error", "-y", "-i", mkv, "-map", "0", "-c", "copy", mp4);
  unlink(piece);
  sync();
}

/* Makes the audio track the default that is not. Returns the bytes that were written. */
static int64_t edit_once(const char *path)
{
  GError *error = NULL;
  g_autoptr(TrackList) list = tracks_read(path, &error);
  const Track *first = list ? track_list_nth(list, TRACK_AUDIO, 0, NULL) : NULL;
  g_autoptr(GArray) edits = first ? track_edits_for_default(list, TRACK_AUDIO, first->is_default ? 1 : 0, &error) : NULL;
  g_autoptr(EditPlan) plan = edits ? edit_plan_read(path, (const TrackEdit *)edits->data, edits->len, &error) : NULL;
  EditJournal *journal = edit_journal_file_new(NULL);
  EditOutcome outcome = EDIT_NEEDS_REMUX;
  if (!plan || plan->action != EDIT_IN_PLACE || !edit_commit(path, plan, journal, &outcome, &error) || outcome != EDIT_DONE)
    g_error("%s: %s", path, error ? error->message : plan->reason);
  edit_journal_file_free(journal);
  return plan->bytes;
}

static int compare_doubles(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

typedef void (*Timed)(const char *path, int round);

static double median_ms(Timed timed, const char *path, int rounds)
{
  g_autofree double *ms = g_new0(double, (gsize)rounds);
  timed(path, 0); /* untimed: into the page cache, and the programs' pages too */
  for (int i = 0; i < rounds; i++) {
    gint64 start_us = g_get_monotonic_time();
    timed(path, i + 1);
    ms[i] = (double)(g_get_monotonic_time() - start_us) / 1000;
  }
  qsort(ms, (gsize)rounds, sizeof *ms, compare_doubles);
  return ms[rounds / 2];
}

static void by_us(const char *path, int round)
{
  edit_once(path);
}

static void by_us_own_process(const char *path, int round)
{
  RUN(child_self_path(), "--once", path);
}

static void by_mkvpropedit(const char *path, int round)
{
  RUN("mkvpropedit", "-q", path, "--edit", "track:a1", "--set", round % 2 ? "flag-default=0" : "flag-default=1", "--edit",
      "track:a2", "--set", round % 2 ? "flag-default=1" : "flag-default=0");
}

static void by_ffmpeg(const char *path, int round)
{
  g_autofree char *copy = g_strconcat(path, ".copy.mp4", NULL);
  RUN("ffmpeg", "-v", "error", "-y", "-i", path, "-map", "0", "-c", "copy", "-disposition:a:0", round % 2 ? "0" : "default",
      "-disposition:a:1", round % 2 ? "default" : "0", copy);
  unlink(copy);
}

static void report(const char *format, const char *path, const char *rival, Timed by_rival, int rounds, double goal)
{
  int64_t bytes = edit_once(path);
  double ours = median_ms(by_us, path, ROUNDS);
  double own_process = median_ms(by_us_own_process, path, ROUNDS);
  double theirs = median_ms(by_rival, path, rounds);
  g_print(
      "%-4s in place %8.2f ms  own process %8.2f ms  %-12s %8.1f ms  %6.0fx, own process %5.1fx (goal %.0fx)  %d bytes written\n",
      format, ours, own_process, rival, theirs, theirs / ours, theirs / own_process, goal, (int)bytes);
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "--once") == 0) {
    edit_once(argv[2]);
    return 0;
  }
  int64_t mib = 1024;
  if (argc > 3 || (argc == 3 && !parse_int(argv[2], 1, 1 << 20, &mib))) {
    g_printerr("usage: bench_container [DIR [MIB]]\n");
    return 2;
  }
  g_autofree char *dir = g_build_filename(argc > 1 ? argv[1] : ".", "bench-container-XXXXXX", NULL);
  if (!g_mkdtemp(dir))
    g_error("%s cannot be made", dir);
  g_autofree char *mkv = g_build_filename(dir, "film.mkv", NULL), *mp4 = g_build_filename(dir, "film.mp4", NULL);
  make_film(dir, mkv, mp4, mib);
  report("MKV", mkv, "mkvpropedit", by_mkvpropedit, ROUNDS, 20);
  report("MP4", mp4, "ffmpeg -c copy", by_ffmpeg, SLOW_ROUNDS, 200);
  fs_remove_tree(dir, NULL);
  return 0;
}
