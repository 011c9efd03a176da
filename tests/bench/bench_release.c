/* How many release names are read in a second on one core, and how many are read, matched with a hundred custom formats and
 * decided on; and whether memory stays flat over many of them.
 *
 * usage: bench_release [NAMES]     (default 1,000,000; the names differ, so that nothing is read twice)
 * Prints "names/s" and the resident memory at the first tenth and at the end, in KiB; then "decisions/s" over a tenth of the
 * names. */
#include "release/decision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Styles of names; %d is a number that makes each one new. */
static const char *const styles[] = {
    "The.Movie.Number.%d.2010.1080p.BluRay.x264-GROUP",
    "The Movie Number %d (2012) (1080p BluRay x265 HEVC 10bit AAC 5.1 Name)",
    "The.Movie.Number.%d.2019.2160p.UHD.BluRay.REMUX.DV.HDR.HEVC.TrueHD.7.1.Atmos-GROUP",
    "[Group] Eiga no Namae %d (2016) [BD 1080p HEVC FLAC] [Dual-Audio] [1A2B3C4D].mkv",
    "Der.Film.Nummer.%d.Extended.2014.German.DL.1080p.BluRay.x264-GROUP",
    "Фильм номер %d / Film Number (2001) BDRip 1080p | Dub UKR/Eng + Sub rus",
    "/films/The Movie Number %d (1999) {tmdb-603}/The Movie Number (1999) WEBDL-1080p.mkv",
    "www.host.com - The Movie %d (2023) [Tamil + Telugu + Hindi] 1080p WEB-DL x264 - AAC - 2.5GB ESub.mkv",
    "The.Movie.Number.%d.AKA.Another.Title.1978.PROPER.DVDRip.XviD-GROUP",
    "2d41d8cd98f00b204e9800998ecf8427e%d",
};

static long resident_kib(void)
{
  long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2)
      resident = 0;
    fclose(file);
  }
  return resident * 4;
}

/* Kinds of custom formats as guides have them; %d makes each one new. They are taken in turn until there are a hundred. */
static const char *const format_styles[] = {
    "\\\\b(amzn%d|amazon)\\\\b(?=[ ._-]web[ ._-]?(dl|rip)\\\\b)",
    "[xh][ ._-]?26%d|\\\\bHEVC(\\\\b|\\\\d)",
    "^(?!.*(HDR|HULU|REMUX))(?=.*\\\\b(DV|DoVi|Dolby[- .]?V(ision)?)\\\\b).*\\\\b%d",
    "\\\\bTrue[ .-]?HD[ .-]?(%d|7)[ .-]1\\\\b",
    "(?<!\\\\bUHD[ ._-])\\\\bremux\\\\b|\\\\bBDRemux%d\\\\b",
    "\\\\b(Criterion|Masters?[ .-]of[ .-]Cinema|MoC|Vinegar[ .-]Syndrome%d)\\\\b",
    "^(AAA|BBBB|CC-CC|DDDD|EEE|FFFF|GGGGG|HHH|IIII|JJJJ%d)$",
    "^(CtrlHD|DON|EbP|NTb|W4NK3R|TAoE%d)$",
    "(-BUYMORE|-Chamele0n|-GEROV|-iNC0GNiTO|-Obfuscated|-postbot|-xpost%d)$",
    "\\\\b(IMAX|Theatrical|Extended|Unrated|Director'?s)[ ._-]?(Cut|Edition%d)\\\\b",
};

static GPtrArray *hundred_formats(void)
{
  g_autoptr(GString) text = g_string_new("[");
  for (int i = 0; i < 100; i++) {
    size_t style = (size_t)i % G_N_ELEMENTS(format_styles);
    const char *kind = style == 6 || style == 7 ? "ReleaseGroupSpecification" : "ReleaseTitleSpecification";
    g_autofree char *pattern = g_strdup_printf(format_styles[style], i);
    g_string_append_printf(
        text,
        "%s{\"name\": \"Format %d\", \"specifications\": ["
        "{\"name\": \"A\", \"implementation\": \"%s\", \"required\": true, \"fields\": {\"value\": \"%s\"}},"
        "{\"name\": \"B\", \"implementation\": \"ResolutionSpecification\", \"negate\": true, \"required\": true, "
        "\"fields\": {\"value\": 480}},"
        "{\"name\": \"C\", \"implementation\": \"ReleaseTitleSpecification\", \"negate\": true, \"required\": true, "
        "\"fields\": {\"value\": \"\\\\b(sample|trailer%d)\\\\b\"}}]}",
        i ? "," : "", i, kind, pattern, i);
  }
  g_string_append(text, "]");
  g_autoptr(GError) error = NULL;
  GPtrArray *formats = custom_formats_parse(text->str, text->len, 1, &error);
  if (!formats)
    g_error("%s", error->message);
  return formats;
}

static double seconds_since(const struct timespec *start)
{
  struct timespec end;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  return (double)(end.tv_sec - start->tv_sec) + (double)(end.tv_nsec - start->tv_nsec) / 1e9;
}

static int name_of(char *buffer, size_t size, long i)
{
  return snprintf(buffer, size, styles[(size_t)i % G_N_ELEMENTS(styles)], (int)i);
}

static void bench_parse(long n)
{
  struct timespec start;
  long accepted = 0, early = 0;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  for (long i = 0; i < n; i++) {
    char name[256];
    int length = name_of(name, sizeof name, i);
    g_autoptr(Release) release = release_parse(name, (size_t)length, NULL);
    accepted += release->accepted;
    if (i == n / 10)
      early = resident_kib();
  }
  printf("names %ld, accepted %ld\nnames/s %.0f\nresident %ld KiB at a tenth, %ld KiB at the end\n", n, accepted,
         (double)n / seconds_since(&start), early, resident_kib());
}

/* Every name is taken to be of the film that is asked for, so that no rule is spared. */
static void bench_decide(long n)
{
  g_autoptr(GPtrArray) formats = hundred_formats(), profiles = quality_profile_seeds(), definitions = quality_definition_seeds();
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  QualityProfile *profile = profiles->pdata[0];
  profile->upgrade_allowed = true;
  profile->cutoff = QUALITY_REMUX_2160P;
  profile->language = LANGUAGE_ANY;
  HeldFile file = {.quality = {QUALITY_DVD, {.version = 1}}};
  g_autoptr(GPtrArray) files = g_ptr_array_new();
  g_ptr_array_add(files, &file);
  TranscodeTarget transcode = {.name = "hevc", .encodes = true};
  DecisionSettings settings = {.minimum_free_mb = 100};
  Movie movie = {
      .title = "The Movie", .tmdb_id = 1, .running_minutes = 110, .monitored = true, .minimum_availability = AVAILABLE_ANNOUNCED};
  DecisionCase input = {.mode = DECIDE_RSS,
                        .now_ms = 1,
                        .movie = &movie,
                        .profile = profile,
                        .settings = &settings,
                        .delay = delay_profile_for(NULL, NULL),
                        .transcode = &transcode,
                        .definitions = definitions,
                        .formats = formats,
                        .files = files,
                        .oldest_pending_ms = FIELD_NULL_INT,
                        .free_bytes = INT64_MAX / 2};
  struct timespec start;
  long accepted = 0, matched = 0, problems = 0, early = 0;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  for (long i = 0; i < n; i++) {
    char name[256];
    name_of(name, sizeof name, i);
    ReleaseOffer offer = {
        .title = name, .protocol = PROTOCOL_TORRENT, .size_bytes = 6LL << 30, .seeders = 20, .peers = 30, .tmdb_id = 1};
    g_autoptr(Decision) decision = decision_make(&input, &offer, scratch);
    accepted += decision_accepted(decision);
    matched += decision->formats->len;
    problems += decision->problems->len;
    if (i == n / 10)
      early = resident_kib();
  }
  printf("decisions %ld with %u custom formats, accepted %ld, formats matched %ld, stopped %ld\ndecisions/s %.0f\nresident %ld "
         "KiB at a "
         "tenth, %ld KiB at the end\n",
         n, formats->len, accepted, matched, problems, (double)n / seconds_since(&start), early, resident_kib());
}

int main(int argc, char **argv)
{
  long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
  bench_parse(n);
  bench_decide(n / 10);
  return 0;
}
