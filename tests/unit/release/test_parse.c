#include "read.h"

static void check(const char *name, const char *field, const char *got, const char *want)
{
  if (g_strcmp0(got, want) != 0) {
    g_test_message("%s: %s is \"%s\", not \"%s\"", name, field, got, want);
    g_test_fail();
  }
}

/* Words of the trade that belong to the title, and titles that belong to nothing else. */
static void test_titles(void)
{
  static const struct {
    const char *name, *title;
    int year;
  } rows[] = {
      {"Blade.Runner.2049.1080p.BluRay.x264-GRP", "Blade Runner 2049", 0},
      {"1917.1080p.BluRay", "1917", 0},
      {"1917.2019.1080p", "1917", 2019},
      {"2012.German.DL.1080p.BluRay.x264-GRP", "2012", 0},
      {"2012.2009.1080p", "2012", 2009},
      {"2008 The Incredible Hulk Feature Film.mp4", "The Incredible Hulk Feature Film", 2008},
      {"(1995) Movie Name", "Movie Name", 1995},
      {"2021 A Movie (Extended Directors Cut FanEdit) 1968 Bluray 1080p", "2021 A Movie", 1968},
      {"Movie.2010.Remastered.2020.1080p.BluRay", "Movie", 2010},
      {"Directors.Cut.German.2006.COMPLETE.PAL.DVDR-LoD", "Directors Cut", 2006},
      {"The.Good.German.2006.720p.HDTV.x264-TVP", "The Good German", 2006},
      {"The.German.2019.720p.BluRay.x264", "The German", 2019},
      {"Title.German.2006.DVDRip.XviD", "Title", 2006},
      {"Excuse My French (2014) 1080p", "Excuse My French", 2014},
      {"Passengers.German.DL.AC3.Dubbed..BluRay.x264-PsO", "Passengers", 0},
      {"A Very Harold & Kumar 3D Christmas (2011).mkv", "A Very Harold & Kumar 3D Christmas", 2011},
      {"Movie.Web.of.Lies.2010.WEB.x264", "Movie Web of Lies", 2010},
      {"Dr.Seuss.The.Lorax.2012.DVDRip", "Dr. Seuss The Lorax", 2012},
      {"V.H.S.2.2013.720p", "V.H.S. 2", 2013},
      {"(500).Days.Of.Movie.(2009).1080p", "(500) Days Of Movie", 2009},
      {"You Are (Not) Alone (2007) 1080p", "You Are (Not) Alone", 2007},
      {"Movie (Other Name) 2010 1080p", "Movie", 2010},
      {"Movie (Some Director, 1967) [DVDRip]", "Movie", 1967},
      {"[DVDRip-ITA]The Film: Part [x]", "The Film: Part", 0},
      {"[Taxi 1998] [BDRemux].mkv", "Taxi", 1998},
      {"www.host.com - Movie.2010.720p", "Movie", 2010},
      {"host.net - Movie.2010.720p", "Movie", 2010},
      {"p0801.ylRuLB.0102.eivoM", "Movie", 2010},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    check(rows[i].name, "title", release->title, rows[i].title);
    g_assert_cmpint(release->year, ==, rows[i].year);
  }
}

static void test_last_year(void)
{
  static const char name[] = "Blade.Runner.2049.1080p";
  g_autoptr(Release) release = release_parse(name, strlen(name), &(ReleaseOptions){.last_year = 2060});
  g_assert_cmpstr(release->title, ==, "Blade Runner");
  g_assert_cmpint(release->year, ==, 2049);
}

static void test_double_titles(void)
{
  static const struct {
    const char *name, *titles;
  } rows[] = {
      {"Mon cousin a.k.a. My Cousin 2020 1080p", "Mon cousin AKA My Cousin|Mon cousin|My Cousin"},
      {"Skjegg.AKA.Rox.Beard.1965.DVDRip", "Skjegg AKA Rox Beard|Skjegg|Rox Beard"},
      {"Енола / Enola Holmes (2020) WEB-DL", "Енола / Enola Holmes|Енола|Enola Holmes"},
      {"Come and See (aka Idi i smotri) (1985) 1080p", "Come and See|Idi i smotri"},
      {"Le trou (The Hole) (1960)", "Le trou|The Hole"},
      {"AKA.2002.DVDRip", "AKA"},
      {"2001 A Space Odyssey 1080p", "A Space Odyssey|2001 A Space Odyssey"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    g_autofree char *titles = g_strjoinv("|", release->titles);
    check(rows[i].name, "titles", titles, rows[i].titles);
  }
}

static void test_groups(void)
{
  static const struct {
    const char *name, *group;
  } rows[] = {
      {"A.2010.1080p.BluRay.x264-GRP", "GRP"},
      {"A.2010.1080p.WEB-DL", NULL},
      {"A.2010.1080p.WEB-DL.DTS-HD", NULL},
      {"A.2010.1080p.BluRay.H.264-BD", "BD"},
      {"A.2010.1080p.BluRay.x264-GRP-xpost", "GRP"},
      {"A.2010.1080p.BluRay.x264-NZBgeek", "NZBgeek"},
      {"A.2010.1080p.BluRay.x264-GRP-1", "GRP"},
      {"A.2010.1080p.BluRay.x264-GRP[rarbg]", "GRP"},
      {"A.2010.1080p.BluRay.x264-[GRP]", "GRP"},
      {"A.2010.1080p.BluRay.x264-GRP.English", "GRP"},
      {"A.2010.1080p.BluRay.x264-Tr_Td", "Tr_Td"},
      {"A.2010.1080p.BluRay.x264-GRP@SITE", "GRP"},
      {"A.2010.1080p.BluRay.x264-h@x", "h@x"},
      {"A.2010.1080p.BluRay.x264-12345", NULL},
      {"A (2010) [1080p] [GRP]", "GRP"},
      {"A (2010) [1080p] [12AB34CD]", NULL},
      {"A (2010) (1080p BluRay x265 10bit Name)", "Name"},
      {"A (2010) (Showtime)", NULL},
      {"[Grp] A - 01 [1080p]", "Grp"},
      {"[www.host.com] A.2010.720p.x264-GRP", "GRP"},
      {"A.2010.1080p.x264.Tigole", NULL},
      {"A.2010.1080p.BluRay.x264 - Name", NULL},
      {"A.2010.1080p.BluRay.x264 -GRP", "GRP"},
      {"Spider-Man.2002.1080p", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    check(rows[i].name, "group", release->group, rows[i].group);
  }
}

static void test_languages(void)
{
  static const struct {
    const char *name, *keys;
  } rows[] = {
      {"A.2010.NL.Subs.1080p", ""},
      {"A 2010 1080p + Sub rus", ""},
      {"A.2010.ENG.SUBS.ITA.1080p", "Italian"},
      {"A [2010, BDRip] Dub UKR/Eng + Sub rus", "Ukrainian,English"},
      {"A 2010 BluRay DTS-ES 1080p", ""},
      {"A.2010.En.1080p", ""},
      {"A.2010.EN.1080p", "English"},
      {"A.2010.German.DL.1080p", "German,Original"},
      {"A.2010.German.ML.1080p", "German,Original,English"},
      {"A.2010.French.DL.1080p", "French"},
      {"A.2010.VOSTFR.1080p", ""},
      {"A.2010.RoDubbed.1080p", "Romanian"},
      {"A.2010.FRENCH.french.1080p", "French"},
      {"A.2010.pt-BR.1080p", "PortugueseBR"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    g_autoptr(GString) keys = g_string_new(NULL);
    for (guint k = 0; k < release->languages->len; k++)
      g_string_append_printf(keys, "%s%s", k ? "," : "",
                             release_language_find((int)g_array_index(release->languages, int64_t, k))->key);
    check(rows[i].name, "languages", keys->str, rows[i].keys);
  }
}

static void test_revisions(void)
{
  static const struct {
    const char *name;
    int version, real;
    bool repack;
  } rows[] = {
      {"A.2010.1080p", 1, 0, false},
      {"A.2010.PROPER.1080p", 2, 0, false},
      {"A.2010.REPACK.1080p", 2, 0, true},
      {"A.2010.REPACK2.1080p", 3, 0, true},
      {"A.2010.REAL.PROPER.1080p", 2, 1, false},
      {"Film.REAL.REAL.PROPER.HDTV", 2, 2, false},
      {"Film.Real.Proper.HDTV", 2, 0, false},
      {"[g] Film - 01v3 [720p]", 3, 0, false},
      {"A - 2018v2 - (BD 1080p)", 2, 0, false},
      {"The Real Proper Man (2010)", 1, 0, false},
      {"Film v2 [BD1080p]", 1, 0, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    if (release->revision.version != rows[i].version || release->revision.real != rows[i].real ||
        release->revision.repack != rows[i].repack) {
      g_test_message("%s: %d %d", rows[i].name, (int)release->revision.version, (int)release->revision.real);
      g_test_fail();
    }
  }
}

static void test_details(void)
{
  static const struct {
    const char *name, *subs, *simple;
    bool scene;
  } rows[] = {
      {"A.2016.1080p.KORSUB.WEBRip.x264-GRP", "KORSUB", "A.Movie.2016.1080p.KORSUB.WEBRip.x264-GRP", true},
      {"Uncut Gems 2019 HC 720p x264-GRP", "Generic Hardcoded Subs", "A Movie 2019 HC 720p x264-GRP", false},
      {"A! 2024 [Web][MultiSubs]", NULL, "A Movie 2024 [Web][MultiSubs]", false},
      {"A.2013.720p.BluRay.x264-", NULL, "A.Movie.2013.720p.BluRay.x264-", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    check(rows[i].name, "hardcoded_subs", release->hardcoded_subs, rows[i].subs);
    check(rows[i].name, "simple_name", release->simple_name, rows[i].simple);
    g_assert_cmpint(release->scene, ==, rows[i].scene);
  }
}

static void test_paths(void)
{
  static const struct {
    const char *name, *title, *quality, *group;
    int year;
  } rows[] = {
      {"/x/Movie.2018.DVDRip.XviD-GRP/AHFMZXGHEWD660.mkv", "Movie", "DVD", "GRP", 2018},
      {"/x/0e895c37245186812cb08aab1529cf8ee389dd05/Movie.2018.720p.WEB-DL-GRP.mkv", "Movie", "WEBDL-720p", "GRP", 2018},
      {"/x/Movie (2018)/Movie.720p.HDTV.x264-GRP.mkv", "Movie", "HDTV-720p", "GRP", 2018},
      {"/x/Movie.2018.1080p.BluRay.x264-GRP/CD1/grp-movie.cd1.avi", "Movie", "Bluray-1080p", "GRP", 2018},
      {"C:\\x\\Movie.2018.720p.BluRay-GRP\\a.mkv", "Movie", "Bluray-720p", "GRP", 2018},
      {"Films/Movie (2018)/Movie (2018) Remux-1080p.mkv", "Movie", "Remux-1080p", NULL, 2018},
      {"/srv/Movie.2018.1080p.BluRay-GRP", "Movie", "Bluray-1080p", "GRP", 2018},
      {"/srv/Movie.2018.1080p.BluRay-GRP/", "Movie", "Bluray-1080p", "GRP", 2018},
      {"Film 2018 Hun/Ger 1080p WEB-DL", "Film", "WEBDL-1080p", NULL, 2018},
      {"x.mkv", "x", "WEBDL-720p", NULL, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    check(rows[i].name, "title", release->title, rows[i].title);
    check(rows[i].name, "quality", quality_find(release->quality)->name, rows[i].quality);
    check(rows[i].name, "group", release->group, rows[i].group);
    g_assert_cmpint(release->year, ==, rows[i].year);
  }
  static const char slashed[] = "/A/B 2010 1080p";
  g_autoptr(Release) title = release_parse(slashed, strlen(slashed), &(ReleaseOptions){.kind = RELEASE_NAME_TITLE});
  g_assert_cmpstr(title->title, ==, "A/B");
}

/* Reads a name of `length` bytes, `unit` over and over. */
static Release *read_repeated(const char *unit, size_t length)
{
  GString *name = g_string_sized_new(length + 16);
  while (name->len < length)
    g_string_append(name, unit);
  Release *release = release_parse(name->str, length, NULL);
  g_string_free(name, TRUE);
  return release;
}

/* Hostile names are refused or read, within a time that no clock need be asked for: the test's own limit would end it. */
static void test_hostile(void)
{
  static const char *const units[] = {
      ".",        " ",          "-",         "[",       "]",    "([{",      ")]}",  "a.",
      "1080p.",   "2010.",      "S01E01.",   "\xFF",    "\xE2", "\xCC\x81", "\x01", "\xE2\x80\xAE",
      "/",        "a/",         "extended.", "french.", "AKA ", "www.",     "-GRP", "p027 ",
      "edition ", "tt1234567 ", "tmdb-1 ",   "( ",      "x x",  "1.1.1.",   "Sub ", "DTS-HD-",
  };
  static const size_t lengths[] = {1, 2, 63, 255, 4095, 4096, 4097, 65536};
  for (size_t u = 0; u < G_N_ELEMENTS(units); u++)
    for (size_t l = 0; l < G_N_ELEMENTS(lengths); l++) {
      g_autoptr(Release) release = read_repeated(units[u], lengths[l]);
      g_assert_true(release->refusal != RELEASE_REFUSED_TOO_LONG || !release->accepted);
      g_assert_true(g_utf8_validate(release->title, -1, NULL));
      g_assert_true(g_utf8_validate(release->simple_name ? release->simple_name : "", -1, NULL));
    }
  g_autoptr(Release) too_long = read_repeated("Movie.2010.1080p.", 65536);
  g_assert_cmpint(too_long->refusal, ==, RELEASE_REFUSED_TOO_LONG);
  g_autoptr(Release) dots = read_repeated(".", 4000);
  g_assert_cmpint(dots->refusal, ==, RELEASE_REFUSED_EMPTY);
}

static void test_scripts(void)
{
  static const struct {
    const char *name, *title;
    int year;
  } rows[] = {
      {"\xE2\x80\x8F"
       "سفر.2010.1080p",
       "سفر", 2010},
      {"A\xCC\x8A"
       "ngest.2010.1080p",
       "A\xCC\x8A"
       "ngest",
       2010},
      {"映画　２０１０　１０８０ｐ", "映画", 2010},
      {"Am\xE9lie.2001.1080p", "Am?lie", 2001},
      {"A\x07"
       "B.2001.1080p",
       "A B", 2001},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    check(rows[i].name, "title", release->title, rows[i].title);
    g_assert_cmpint(release->year, ==, rows[i].year);
    g_assert_true(release->accepted);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/parse/titles", test_titles);
  g_test_add_func("/parse/last-year", test_last_year);
  g_test_add_func("/parse/double-titles", test_double_titles);
  g_test_add_func("/parse/groups", test_groups);
  g_test_add_func("/parse/languages", test_languages);
  g_test_add_func("/parse/revisions", test_revisions);
  g_test_add_func("/parse/details", test_details);
  g_test_add_func("/parse/paths", test_paths);
  g_test_add_func("/parse/hostile", test_hostile);
  g_test_add_func("/parse/scripts", test_scripts);
  return g_test_run();
}
