/* How many release names are read in a second on one core, and whether memory stays flat over many of them.
 *
 * usage: bench_release [NAMES]     (default 1,000,000; the names differ, so that nothing is read twice)
 * Prints "names/s" and the resident memory at the first tenth and at the end, in KiB. */
#include "release/release.h"

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

int main(int argc, char **argv)
{
  long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000, accepted = 0, early = 0;
  struct timespec start, end;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  for (long i = 0; i < n; i++) {
    char name[256];
    int length = snprintf(name, sizeof name, styles[(size_t)i % G_N_ELEMENTS(styles)], (int)i);
    g_autoptr(Release) release = release_parse(name, (size_t)length, NULL);
    accepted += release->accepted;
    if (i == n / 10)
      early = resident_kib();
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
  printf("names %ld, accepted %ld\nnames/s %.0f\nresident %ld KiB at a tenth, %ld KiB at the end\n", n, accepted,
         (double)n / seconds, early, resident_kib());
  return 0;
}
