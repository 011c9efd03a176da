#include "read.h"

/* What the words of a name make together, each row for one rule. */
static void test_rules(void)
{
  static const struct {
    const char *name, *quality;
    int resolution;
  } rows[] = {
      {"A.2010.DVDRip.BDRip.x264", "Bluray-480p", 480}, /* the last source counts */
      {"A.2010.R5.DVDRip.XviD", "DVD", 0},              /* even over a worse one */
      {"A.2010.PAL.DVDR", "DVD-R", 480},                /* PAL says less than what stands beside it */
      {"A.2010.1080p", "HDTV-1080p", 1080},             /* lines only */
      {"A.2010.1080p.mkv", "WEBDL-1080p", 1080},        /* lines, and the file's kind */
      {"A.2010.mkv", "WEBDL-720p", 720},                /* the file's kind only */
      {"A.2010.avi", "SDTV", 480},
      {"A.2010.iso", "DVD", 0},
      {"A.2010.m2ts", "Bluray-720p", 720},
      {"A.2010.nfo", "Unknown", 0},
      {"A.2010.XviD", "SDTV", 480},
      {"A.2010.HDTV.x264", "SDTV", 480},   /* no lines: standard definition */
      {"A 2010 [HDTV]", "HDTV-720p", 720}, /* as renaming programs write it */
      {"A 2010 HD TV", "HDTV-720p", 720},
      {"A.2010.HR.PDTV", "HDTV-720p", 720},
      {"A.2010.HDTV.576p", "SDTV", 480}, /* there is no HDTV-576p */
      {"A.2010.1080i.HDTV.MPEG2", "Raw-HD", 1080},
      {"A.2010.BluRay", "Bluray-720p", 720},
      {"A.2010.BDRip", "Bluray-480p", 480},
      {"A.2010.UHD.BluRay", "Bluray-2160p", 2160},
      {"A.2010.1080p.UHD.BluRay", "Bluray-1080p", 1080},
      {"A.2010.BDRip.1920x800", "Bluray-1080p", 1080},
      {"A.2010.REMUX", "Remux-1080p", 1080},
      {"A.2010.720p.BluRay.REMUX", "Bluray-720p", 720}, /* there is no Remux-720p */
      {"A.2010.UHD.REMUX", "Remux-2160p", 2160},
      {"A.2010.COMPLETE.BLURAY", "BR-DISK", 1080},
      {"A.2010.COMPLETE.1080p.BluRay.x264", "Bluray-1080p", 1080}, /* somebody encoded it */
      {"A.2010.1080p.BluRay.AVC", "BR-DISK", 1080},
      {"A.2010.1080p.BluRay.AVC.mkv", "Bluray-1080p", 1080}, /* a disc is not one Matroska file */
      {"A.2010.1080p.BluRay.HEVC", "Bluray-1080p", 1080},    /* 1080p discs hold no HEVC */
      {"A.2010.2160p.UHD.BluRay.HEVC", "BR-DISK", 1080},
      {"A.2010.2160p.UHD.BluRay.HEVC.10bit", "Bluray-2160p", 2160},
      {"A.2010.BD50", "BR-DISK", 1080},
      {"A.2010.German.DL.1080p.BluRay.AVC", "Remux-1080p", 1080}, /* German groups' way to say remux */
      {"A.2010.SCREENER.XviD", "DVDSCR", 480},
      {"A.2010.TELESYNC.720p", "TELESYNC", 720},
      {"A.2010.WORKPRINT", "WORKPRINT", 0},
      {"A.2010.VHSRip", "Unknown", 0},
      {"A.2010.HDRip.XviD", "Unknown", 0},                              /* of what, it does not say */
      {"A.2010.4K.REMASTERED.1080p.BluRay.x264", "Bluray-1080p", 1080}, /* the film was, not the release */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    const char *got = quality_find(release->quality)->name;
    if (strcmp(got, rows[i].quality) != 0 || release->resolution != rows[i].resolution) {
      g_test_message("%s: %s, %d lines", rows[i].name, got, (int)release->resolution);
      g_test_fail();
    }
  }
}

static void test_origin(void)
{
  static const struct {
    const char *name;
    ReleaseOrigin source, resolution;
  } rows[] = {
      {"A.2018.Bluray2160p", RELEASE_FROM_NAME, RELEASE_FROM_NAME},
      {"A.2018.848x480", RELEASE_FROM_NOTHING, RELEASE_FROM_NAME},
      {"A.2018.Bluray", RELEASE_FROM_NAME, RELEASE_FROM_NOTHING},
      {"A.2018.mkv", RELEASE_FROM_EXTENSION, RELEASE_FROM_EXTENSION},
      {"A.2018.1080p.mkv", RELEASE_FROM_EXTENSION, RELEASE_FROM_NAME},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    g_assert_cmpint(release->source_from, ==, rows[i].source);
    g_assert_cmpint(release->resolution_from, ==, rows[i].resolution);
  }
}

static void test_disc(void)
{
  static const struct {
    const char *name;
    bool disc;
  } rows[] = {
      {"A S02 Disc 1 1080i Blu-ray DTS-HD MA 2.0 AVC-GRP", true},
      {"A.S01.NTSC.3xDVD9.MPEG-2.DD2.0", true},
      {"A.2000.S1_D01.NTSC.DVD5", true},
      {"A EP50 NTSC DVDRemux DD2.0", false},
      {"A.S01.NTSC.DVDRip.x264-GRP", false},
      {"A.2010.iso", true},
      {"A.2010.1080p.BluRay.x264-GRP", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    if (release->disc != rows[i].disc) {
      g_test_message("%s", rows[i].name);
      g_test_fail();
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quality-read/rules", test_rules);
  g_test_add_func("/quality-read/origin", test_origin);
  g_test_add_func("/quality-read/disc", test_disc);
  return g_test_run();
}
