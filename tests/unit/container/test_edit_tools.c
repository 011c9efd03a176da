/* Real files of ffmpeg and mkvmerge, edited, and held against what other programs say: the same flags as mkvpropedit makes, seen
 * by mkvmerge, ffprobe and mediainfo; the packets untouched; the structure right before and after. Skipped where a tool is
 * missing. */
#include "disk.h"
#include "structure.h"
#include "sys/child.h"
#include "wire/json.h"

#include <string.h>

enum { TOOL_LIMIT_MS = 60000, TOOL_OUTPUT_BYTES = 1024 * 1024, N_AUDIO = 3 };

/* Runs a program; its output, or NULL if it failed. The caller frees it. */
static char *run(const char *const *argv)
{
  const ChildParams params = {.argv = argv, .errors = CHILD_NULL};
  g_autofree char *output = NULL;
  ChildExit end;
  g_autoptr(GError) error = NULL;
  if (!child_run(&params, TOOL_LIMIT_MS, NULL, TOOL_OUTPUT_BYTES, &output, NULL, &end, &error))
    g_test_message("%s: %s", argv[0], error->message);
  else if (end.exit_code != 0)
    g_test_message("%s: exit code %d", argv[0], end.exit_code);
  return !error && end.exit_code == 0 ? g_steal_pointer(&output) : NULL;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static json_t *run_json(const char *const *argv)
{
  g_autofree char *output = run(argv);
  g_assert_nonnull(output);
  json_error_t error;
  json_t *json = json_loads(output, JSON_DECODE_INT_AS_REAL, &error); /* mkvmerge's UIDs pass int64_t */
  g_assert_nonnull(json);
  return json;
}

#define RUN_JSON(...) run_json((const char *const[]){__VA_ARGS__, NULL})

typedef struct {
  const char *name; /* of the file */
  const char *tool; /* that makes it */
  const char *arguments[6];
} SampleRow;

static const SampleRow samples[] = {
    {"ffmpeg.mkv", "ffmpeg", {NULL}},
    {"nocrc.mkv", "ffmpeg", {"-write_crc32", "0"}},
    {"live.mkv", "ffmpeg", {"-live", "1"}},
    {"cues-first.mkv", "ffmpeg", {"-reserve_index_space", "4096"}},
    {"mkvmerge.mkv", "mkvmerge", {NULL}},
    {"disabled-lacing.mkv", "mkvmerge", {"--disable-lacing", "--engage", "no_cue_duration"}},
    {"end.mp4", "ffmpeg", {NULL}},
    {"faststart.mp4", "ffmpeg", {"-movflags", "+faststart"}},
    {"fragmented.mp4", "ffmpeg", {"-movflags", "+frag_keyframe+empty_moov+delay_moov"}},
    {"quicktime.mov", "ffmpeg", {NULL}},
};

typedef struct {
  char *dir, *source;
  bool has_mkvtoolnix, has_mediainfo;
} Bench;

static bool have(const char *program)
{
  g_autofree char *path = g_find_program_in_path(program);
  return path != NULL;
}

/* A second of picture, three audio tracks of which the first is the default, one subtitle track. */
static bool make_source(Bench *bench)
{
  bench->dir = make_dir();
  bench->source = g_build_filename(bench->dir, "source.mkv", NULL);
  g_autofree char *subtitles = g_build_filename(bench->dir, "subtitles.srt", NULL);
  g_assert_true(g_file_set_contents(subtitles, "1\n00:00:00,100 --> 00:00:00,900\nWords\n", -1, NULL));
  g_autofree char *output =
      RUN("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=1", "-f", "lavfi", "-i", "sine=d=1", "-f",
          "lavfi", "-i", "sine=f=880:d=1", "-i", subtitles, "-map", "0", "-map", "1", "-map", "2", "-map", "1", "-map", "3",
          "-c:v", "mpeg4", "-c:a", "aac", "-c:s", "srt", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=jpn",
          "-metadata:s:a:2", "language=eng", "-metadata:s:a:1", "title=Japanese", "-disposition:a:0", "default", bench->source);
  return output != NULL;
}

static char *make_sample(const Bench *bench, const SampleRow *row)
{
  char *path = g_build_filename(bench->dir, row->name, NULL);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  bool is_merge = strcmp(row->tool, "mkvmerge") == 0, is_mkv = g_str_has_suffix(row->name, ".mkv");
  const char *head_ffmpeg[] = {
      "ffmpeg", "-v", "error", "-i", bench->source, "-map", "0", "-c", "copy", "-c:s", is_mkv ? "copy" : "mov_text"};
  const char *head_merge[] = {"mkvmerge", "-q", "-o", path};
  for (size_t i = 0; i < (is_merge ? G_N_ELEMENTS(head_merge) : G_N_ELEMENTS(head_ffmpeg)); i++)
    g_ptr_array_add(argv, (char *)(is_merge ? head_merge : head_ffmpeg)[i]);
  for (size_t i = 0; row->arguments[i]; i++)
    g_ptr_array_add(argv, (char *)row->arguments[i]);
  g_ptr_array_add(argv, is_merge ? bench->source : path);
  g_ptr_array_add(argv, NULL);
  g_autofree char *output = run((const char *const *)argv->pdata);
  g_assert_nonnull(output);
  return path;
}

static void assert_file_structure(const char *path)
{
  g_autoptr(GBytes) content = content_of(path);
  g_autofree char *problem = structure_problem(g_bytes_get_data(content, NULL), g_bytes_get_size(content));
  g_assert_cmpstr(problem, ==, NULL);
}

/* The hash of every stream's packets. */
static char *packets_of(const char *path)
{
  char *hashes = RUN("ffmpeg", "-v", "error", "-i", path, "-map", "0", "-c", "copy", "-f", "streamhash", "-");
  g_assert_nonnull(hashes);
  return hashes;
}

/* Which audio track ffprobe takes for the default: its place among them; -1 if not exactly one. */
static int default_by_ffprobe(const char *path)
{
  g_autoptr(json_t) json = RUN_JSON("ffprobe", "-v", "quiet", "-of", "json", "-show_streams", "-select_streams", "a", path);
  int found = -1, n = 0;
  size_t i;
  json_t *stream;
  json_array_foreach(json_object_get(json, "streams"), i, stream)
  {
    if ((int)json_number_value(json_object_get(json_object_get(stream, "disposition"), "default")) != 1)
      continue;
    found = (int)i;
    n++;
  }
  return n == 1 ? found : -1;
}

static int default_by_mediainfo(const char *path)
{
  g_autoptr(json_t) json = RUN_JSON("mediainfo", "--Output=JSON", path);
  int found = -1, n = 0, at = 0;
  size_t i;
  json_t *track;
  json_array_foreach(json_object_get(json_object_get(json, "media"), "track"), i, track)
  {
    if (g_strcmp0(json_string_value(json_object_get(track, "@type")), "Audio") != 0)
      continue;
    if (g_strcmp0(json_string_value(json_object_get(track, "Default")), "Yes") == 0) {
      found = at;
      n++;
    }
    at++;
  }
  return n == 1 ? found : -1;
}

/* mkvmerge's view of the tracks, which also says whether it finds anything wrong. */
static json_t *identify(const char *path)
{
  json_t *json = RUN_JSON("mkvmerge", "-J", path);
  g_assert_cmpuint(json_array_size(json_object_get(json, "errors")), ==, 0);
  g_assert_cmpuint(json_array_size(json_object_get(json, "warnings")), ==, 0);
  return json;
}

static void edit_file(const char *path, const TrackEdit *edits, size_t n_edits)
{
  GError *error = NULL;
  g_autoptr(EditPlan) plan = edit_plan_read(path, edits, n_edits, &error);
  g_assert_no_error(error);
  g_test_message("  %s (%d bytes)", plan->reason, (int)plan->bytes);
  g_assert_cmpint(plan->action, ==, EDIT_IN_PLACE);
  EditJournal *journal = edit_journal_file_new(NULL);
  EditOutcome outcome;
  g_assert_true(edit_commit(path, plan, journal, &outcome, &error));
  g_assert_no_error(error);
  g_assert_cmpint(outcome, ==, EDIT_DONE);
  edit_journal_file_free(journal);
}

/* The same wish through mkvpropedit on a copy: mkvmerge must see the same tracks. */
static void assert_as_mkvpropedit(const char *edited, const char *original, int chosen)
{
  g_autofree char *copy = g_strconcat(original, ".propedit.mkv", NULL);
  GError *error = NULL;
  g_assert_true(fs_copy(original, copy, NULL, NULL, NULL, &error));
  g_autofree char *output =
      RUN("mkvpropedit", copy, "--edit", "track:a1", "--set", chosen == 0 ? "flag-default=1" : "flag-default=0", "--edit",
          "track:a2", "--set", chosen == 1 ? "flag-default=1" : "flag-default=0", "--edit", "track:a3", "--set",
          chosen == 2 ? "flag-default=1" : "flag-default=0");
  g_assert_nonnull(output);
  g_autoptr(json_t) ours = identify(edited);
  g_autoptr(json_t) theirs = identify(copy);
  g_assert_true(json_equal(json_object_get(ours, "tracks"), json_object_get(theirs, "tracks")));
  g_assert_true(fs_unlink(copy, &error));
}

/* The streams a reader finds that cannot seek. */
static bool readable_from_pipe(const char *path)
{
  g_autofree char *quoted = g_shell_quote(path);
  g_autofree char *script = g_strdup_printf("cat %s | ffprobe -v error -show_entries stream=index -of csv pipe:0", quoted);
  g_autofree char *output = RUN("sh", "-c", script);
  return output && strstr(output, "stream,3");
}

static void check_sample(const Bench *bench, const SampleRow *row)
{
  g_autofree char *path = make_sample(bench, row);
  g_autofree char *original = g_strconcat(path, ".original", NULL);
  GError *error = NULL;
  g_assert_true(fs_copy(path, original, NULL, NULL, NULL, &error));
  bool is_mkv = g_str_has_suffix(row->name, ".mkv");
  g_autofree char *packets = packets_of(path);
  bool piped = readable_from_pipe(path);
  assert_file_structure(path);
  static const int order[] = {1, 0};
  for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
    g_autoptr(TrackList) list = tracks_read(path, &error);
    g_assert_no_error(error);
    g_autoptr(GArray) edits = track_edits_for_default(list, TRACK_AUDIO, (size_t)order[i], &error);
    g_assert_cmpuint(edits->len, ==, N_AUDIO);
    edit_file(path, (const TrackEdit *)edits->data, edits->len);
    assert_file_structure(path);
    g_assert_cmpint(default_by_ffprobe(path), ==, order[i]);
    if (bench->has_mediainfo)
      g_assert_cmpint(default_by_mediainfo(path), ==, order[i]);
    if (is_mkv && bench->has_mkvtoolnix)
      assert_as_mkvpropedit(path, original, order[i]);
  }
  g_autofree char *now = packets_of(path);
  g_assert_cmpstr(now, ==, packets);
  g_assert_cmpint(readable_from_pipe(path), ==, piped);
}

static bool bench_new(Bench *ret_bench)
{
  if (!have("ffmpeg") || !have("ffprobe")) {
    g_test_skip("ffmpeg is not installed");
    return false;
  }
  *ret_bench = (Bench){.has_mkvtoolnix = have("mkvmerge") && have("mkvpropedit"), .has_mediainfo = have("mediainfo")};
  if (make_source(ret_bench))
    return true;
  g_test_skip("this ffmpeg lacks an encoder for the sample");
  return false;
}

static void bench_clear(Bench *bench)
{
  g_free(bench->source);
  if (bench->dir)
    remove_dir(bench->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static void test_samples(void)
{
  g_auto(Bench) bench = {0};
  if (!bench_new(&bench))
    return;
  for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
    if (strcmp(samples[i].tool, "mkvmerge") == 0 && !bench.has_mkvtoolnix)
      continue;
    g_test_message("%s", samples[i].name);
    check_sample(&bench, &samples[i]);
  }
}

/* The other flags of Matroska, as ffprobe and mkvmerge name them. */
static void test_matroska_flags(void)
{
  static const struct {
    TrackFlag flag;
    const char *disposition, *property; /* NULL: ffprobe 5 has no name for it in Matroska */
  } rows[] = {
      {TRACK_FORCED, "forced", "forced_track"},
      {TRACK_ORIGINAL, "original", "flag_original"},
      {TRACK_COMMENTARY, "comment", "flag_commentary"},
      {TRACK_HEARING_IMPAIRED, "hearing_impaired", "flag_hearing_impaired"},
      {TRACK_VISUAL_IMPAIRED, "visual_impaired", "flag_visual_impaired"},
  };
  g_auto(Bench) bench = {0};
  if (!bench_new(&bench))
    return;
  g_autofree char *path = make_sample(&bench, &samples[0]);
  g_autofree char *packets = packets_of(path);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    TrackEdit edit = {.track = 2};
    int *const members[] = {[TRACK_FORCED] = &edit.is_forced,
                            [TRACK_ORIGINAL] = &edit.is_original,
                            [TRACK_COMMENTARY] = &edit.is_commentary,
                            [TRACK_HEARING_IMPAIRED] = &edit.is_hearing_impaired,
                            [TRACK_VISUAL_IMPAIRED] = &edit.is_visual_impaired};
    for (int on = 1; on >= 0; on--) {
      *members[rows[i].flag] = on ? WISH_ON : WISH_OFF;
      edit_file(path, &edit, 1);
      assert_file_structure(path);
      g_autoptr(json_t) probed = RUN_JSON("ffprobe", "-v", "quiet", "-of", "json", "-show_streams", path);
      const json_t *stream = json_array_get(json_object_get(probed, "streams"), 2);
      g_assert_cmpint((int)json_number_value(json_object_get(json_object_get(stream, "disposition"), rows[i].disposition)), ==,
                      on);
      if (!bench.has_mkvtoolnix)
        continue;
      g_autoptr(json_t) identified = identify(path);
      const json_t *track = json_array_get(json_object_get(identified, "tracks"), 2);
      g_assert_cmpint(json_is_true(json_object_get(json_object_get(track, "properties"), rows[i].property)), ==, on);
    }
  }
  g_autofree char *now = packets_of(path);
  g_assert_cmpstr(now, ==, packets);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/edit_tools/samples", test_samples);
  g_test_add_func("/edit_tools/matroska_flags", test_matroska_flags);
  return g_test_run();
}
