#include "media/language.h"

#include "base/fold.h"
#include "media/language_table.h"

#include <string.h>

static void test_parse(void)
{
  static const struct {
    const char *text, *code, *region; /* code NULL: not known */
  } rows[] = {
      {"de", "deu", ""},
      {"deu", "deu", ""},
      {"ger", "deu", ""},
      {"GER", "deu", ""},
      {"de-DE", "deu", "DE"},
      {"de_DE.UTF-8", "deu", "DE"},
      {"German", "deu", ""},
      {" german ", "deu", ""},
      {"Deutsch", "deu", ""},
      {"français", "fra", ""},
      {"FRANCAIS", "fra", ""},
      {"日本語", "jpn", ""},
      {"русский", "rus", ""},
      {"Русский", "rus", ""},
      {"한국어", "kor", ""},
      {"中文", "zho", ""},
      {"ไทย", "tha", ""},
      {"हिन्दी", "hin", ""},
      {"العربية", "ara", ""},
      {"ελληνικα", "ell", ""},
      {"Türkçe", "tur", ""},
      {"norsk", "nor", ""},
      {"Norsk bokmål", "nob", ""},
      {"čeština", "ces", ""},
      {"Cestina", "ces", ""},
      /* BCP 47 */
      {"pt-BR", "por", "BR"},
      {"pt_br", "por", "BR"},
      {"es-419", "spa", "419"},
      {"zh-Hant-TW", "zho", "TW"},
      {"zh-yue", "yue", ""},
      {"zh-cmn-Hans-CN", "cmn", "CN"},
      {"zh-deu", "zho", ""}, /* no extended language of Chinese */
      {"sr-Latn", "srp", ""},
      {"de-1996", "deu", ""},
      {"en-x-US", "eng", ""},
      {"en-u-US", "eng", ""},
      {"de-", "deu", ""},
      {"x-klingon", NULL, ""},
      /* nobody said, and other special codes */
      {NULL, "und", ""},
      {"", "und", ""},
      {"  ", "und", ""},
      {"und", "und", ""},
      {"Unknown", "und", ""},
      {"zxx", "zxx", ""},
      {"mul", "mul", ""},
      {"mis", "mis", ""},
      {"qaa", "qaa", ""},
      {"qtz", "qtz", ""},
      {"QAD", "qad", ""},
      /* withdrawn, and TMDB's */
      {"iw", "heb", ""},
      {"in", "ind", ""},
      {"ji", "yid", ""},
      {"mo", "ron", ""},
      {"sh", "hbs", ""},
      {"scc", "srp", ""},
      {"cn", "yue", ""},
      {"xx", "zxx", ""},
      {"tl", "tgl", ""},
      /* as Sonarr and Radarr write them */
      {"English", "eng", ""},
      {"French", "fra", ""},
      {"Spanish", "spa", ""},
      {"Italian", "ita", ""},
      {"Danish", "dan", ""},
      {"Dutch", "nld", ""},
      {"Japanese", "jpn", ""},
      {"Icelandic", "isl", ""},
      {"Chinese", "zho", ""},
      {"Russian", "rus", ""},
      {"Polish", "pol", ""},
      {"Vietnamese", "vie", ""},
      {"Swedish", "swe", ""},
      {"Norwegian", "nor", ""},
      {"Finnish", "fin", ""},
      {"Turkish", "tur", ""},
      {"Portuguese", "por", ""},
      {"Flemish", "nld", ""},
      {"Greek", "ell", ""},
      {"Korean", "kor", ""},
      {"Hungarian", "hun", ""},
      {"Hebrew", "heb", ""},
      {"Lithuanian", "lit", ""},
      {"Czech", "ces", ""},
      {"Arabic", "ara", ""},
      {"Hindi", "hin", ""},
      {"Bulgarian", "bul", ""},
      {"Malayalam", "mal", ""},
      {"Ukrainian", "ukr", ""},
      {"Slovak", "slk", ""},
      {"Thai", "tha", ""},
      {"Portuguese (Brazil)", "por", "BR"},
      {"Spanish (Latino)", "spa", "419"},
      {"Romanian", "ron", ""},
      {"Latvian", "lav", ""},
      {"Persian", "fas", ""},
      {"Catalan", "cat", ""},
      {"Croatian", "hrv", ""},
      {"Serbian", "srp", ""},
      {"Bosnian", "bos", ""},
      {"Estonian", "est", ""},
      {"Tamil", "tam", ""},
      {"Indonesian", "ind", ""},
      {"Macedonian", "mkd", ""},
      {"Slovenian", "slv", ""},
      {"Azerbaijani", "aze", ""},
      {"Uzbek", "uzb", ""},
      {"Malay", "msa", ""},
      {"Urdu", "urd", ""},
      {"Romansh", "roh", ""},
      {"Georgian", "kat", ""},
      {"Bengali", "ben", ""},
      {"Telugu", "tel", ""},
      {"Kannada", "kan", ""},
      {"Albanian", "sqi", ""},
      {"Afrikaans", "afr", ""},
      {"Marathi", "mar", ""},
      {"Tagalog", "tgl", ""},
      {"Mongolian", "mon", ""},
      /* names in common use */
      {"Mandarin", "cmn", ""},
      {"Cantonese", "yue", ""},
      {"Farsi", "fas", ""},
      {"Castilian", "spa", ""},
      {"Punjabi", "pan", ""},
      {"Pashto", "pus", ""},
      {"Khmer", "khm", ""},
      {"Filipino", "fil", ""},
      {"Slovene", "slv", ""},
      {"Modern Greek", "ell", ""},
      {"Greek, Modern (1453-)", "ell", ""},
      {"French (Québec)", "fra", ""},
      {"VFQ", "fra", "CA"},
      {"Irish", "gle", ""},
      {"Welsh", "cym", ""},
      /* a code wins over the name of another language */
      {"dan", "dan", ""},
      {"en", "eng", ""},
      /* none */
      {"xyzzy", NULL, ""},
      {"Klingonese", NULL, ""},
      {"Original", NULL, ""},
      {"d", NULL, ""},
      {"-", NULL, ""},
      {"(German)", "deu", ""},
      {"12", NULL, ""},
      {"\xff\xfe", NULL, ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    LanguageTag tag = {NULL, "?"};
    g_autofree char *shown = g_strescape(rows[i].text ? rows[i].text : "NULL", NULL); /* what is no UTF-8 would be no TAP */
    g_test_message("row %zu: %s", i, shown);
    bool known = language_parse(rows[i].text, &tag);
    g_assert_cmpstr(known ? language_code(tag.language) : NULL, ==, rows[i].code);
    g_assert_cmpstr(tag.region, ==, known ? rows[i].region : "?");
  }
}

static void test_long_text(void)
{
  g_autofree char *name = g_strnfill(5000, 'a'), *tag = g_strconcat("de-", name, NULL);
  LanguageTag parsed;
  g_assert_false(language_parse(name, &parsed));
  g_assert_false(language_parse(tag, &parsed));
}

static void test_match(void)
{
  static const struct {
    const char *wanted, *have;
    LanguageMatch match;
  } rows[] = {
      {"de", "ger", LANGUAGE_EQUAL},
      {"de", "de-DE", LANGUAGE_EQUAL},
      {"de", "eng", LANGUAGE_DIFFERENT},
      {"no", "nob", LANGUAGE_EQUAL},
      {"no", "nno", LANGUAGE_RELATED},
      {"nb", "nno", LANGUAGE_DIFFERENT},
      {"nob", "nob", LANGUAGE_EQUAL},
      {"zh", "chi", LANGUAGE_EQUAL},
      {"zh", "cmn", LANGUAGE_EQUAL},
      {"zh", "yue", LANGUAGE_RELATED},
      {"cn", "yue", LANGUAGE_EQUAL},
      {"cn", "chi", LANGUAGE_RELATED},
      {"cn", "cmn", LANGUAGE_DIFFERENT},
      {"pt-BR", "por", LANGUAGE_EQUAL},
      {"pt-BR", "pt-PT", LANGUAGE_RELATED},
      {"pt-BR", "pt-br", LANGUAGE_EQUAL},
      {"sh", "hrv", LANGUAGE_RELATED},
      {"sh", "srp", LANGUAGE_RELATED},
      {"hr", "sr", LANGUAGE_DIFFERENT},
      {"ms", "id", LANGUAGE_DIFFERENT},
      {"ms", "zsm", LANGUAGE_EQUAL},
      {"tl", "fil", LANGUAGE_EQUAL},
      {"fa", "pes", LANGUAGE_EQUAL},
      {"fa", "prs", LANGUAGE_RELATED},
      {"ar", "arz", LANGUAGE_RELATED},
      {"und", "und", LANGUAGE_EQUAL},
      {"und", "mis", LANGUAGE_DIFFERENT},
      {"und", "eng", LANGUAGE_DIFFERENT},
      {"mul", "eng", LANGUAGE_DIFFERENT},
      {"qaa", "qab", LANGUAGE_DIFFERENT},
      {"qaa", "qaa", LANGUAGE_EQUAL},
      {"nl", "Flemish", LANGUAGE_EQUAL},
      {"he", "iw", LANGUAGE_EQUAL},
      {"nor", "Norwegian", LANGUAGE_EQUAL},
      {"Spanish (Latino)", "es-ES", LANGUAGE_RELATED},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    LanguageTag a, b;
    g_test_message("row %zu: %s and %s", i, rows[i].wanted, rows[i].have);
    g_assert_true(language_parse(rows[i].wanted, &a));
    g_assert_true(language_parse(rows[i].have, &b));
    g_assert_cmpint(language_match(a, b), ==, rows[i].match);
    g_assert_cmpint(language_match(b, a), ==, rows[i].match);
  }
}

static void test_same(void)
{
  static const struct {
    const char *a, *b;
    bool same;
  } pairs[] = {{"deu", "ger", true},   {"de", "ger", true},  {"de-DE", "deu", true}, {"GER", "ger", true},  {"eng", "en", true},
               {"pt-BR", "por", true}, {"zho", "chi", true}, {"fre", "fra", true},   {"eng", "fre", false}, {NULL, "und", true},
               {"", NULL, true},       {NULL, "eng", false}, {"xqz", "XQZ-a", true}, {"xqz", "xq", false},  {"-", "eng", false},
               {"nor", "nob", false},  {"-", NULL, false}};
  for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
    g_assert_cmpint(language_same(pairs[i].a, pairs[i].b), ==, pairs[i].same);
    g_assert_cmpint(language_same(pairs[i].b, pairs[i].a), ==, pairs[i].same);
  }
  char *wanted[] = {(char *)"no", (char *)"xqz", (char *)"German", NULL};
  g_assert_true(language_in(wanted, "nno"));
  g_assert_true(language_in(wanted, "ger"));
  g_assert_true(language_in(wanted, "XQZ"));
  g_assert_false(language_in(wanted, "eng"));
  g_assert_false(language_in(wanted, NULL));
  g_assert_false(language_in(NULL, "eng"));
}

static void test_words(void)
{
  static const struct {
    const char *text, *name, *terminology;
  } rows[] = {{"ger", "German", "deu"},       {"el", "Greek", "ell"},     {"nl", "Dutch", "nld"},
              {"es", "Spanish", "spa"},       {"ro", "Romanian", "ron"},  {"zh", "Chinese", "zho"},
              {"cmn", "Mandarin", "cmn"},     {"cn", "Cantonese", "yue"}, {"nb", "Norwegian Bokmål", "nob"},
              {"und", "Undetermined", "und"}, {"sw", "Swahili", "swa"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    LanguageTag tag;
    g_autofree char *terminology = language_terminology(rows[i].text);
    g_assert_true(language_parse(rows[i].text, &tag));
    g_assert_cmpstr(language_name(tag.language), ==, rows[i].name);
    g_assert_cmpstr(terminology, ==, rows[i].terminology);
  }
  static const char *const two[][2] = {{"ger", "de"}, {"khk", "mn"}, {"nob", "nb"}, {"Portuguese (Brazil)", "pt"}, {"haw", NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(two); i++) {
    LanguageTag tag;
    g_assert_true(language_parse(two[i][0], &tag));
    g_assert_cmpstr(language_short_code(tag.language), ==, two[i][1]);
  }
  g_autofree char *unknown = language_terminology("XQZ-a");
  g_assert_cmpstr(unknown, ==, "xqz");
}

static void test_suggest(void)
{
  static const struct {
    const char *text, *code;
  } rows[] = {{"Germn", "deu"},       {"Grman", "deu"},
              {"Englsh", "eng"},      {"japanse", "jpn"},
              {"Frnech", "fra"},      {"spansih", "spa"},
              {"duetsch", "deu"},     {"Portugese", "por"},
              {"xyzzy", NULL},        {"", NULL},
              {"zz", NULL},           {"qqqq", NULL},
              {"\xff\xff\xff", NULL}, {"a very long text that is the name of no language", NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Language *found = language_suggest(rows[i].text);
    g_autofree char *shown = g_strescape(rows[i].text, NULL);
    g_test_message("row %zu: %s", i, shown);
    g_assert_cmpstr(found ? language_code(found) : NULL, ==, rows[i].code);
  }
}

/* The generator folds names as fold_words does, and every row can be found again. */
static void test_table(void)
{
  guint32 last_key = 0;
  g_assert_cmpuint(language_rows_count, >, 8000);
  for (size_t i = 0; i < language_rows_count; i++) {
    LanguageTag tag;
    g_assert_true(language_parse(language_rows[i].code, &tag));
    g_assert_true(tag.language == &language_rows[i]);
    g_assert_cmpstr(language_name(tag.language), !=, "");
    g_assert_true(language_rows[i].macro == LANGUAGE_NO_MACRO || language_rows[i].macro < language_rows_count);
    if (language_rows[i].two[0]) {
      g_assert_true(language_parse(language_rows[i].two, &tag));
      g_assert_true(tag.language == &language_rows[i]);
    }
    if (language_rows[i].bibliographic[0]) {
      g_assert_true(language_parse(language_rows[i].bibliographic, &tag));
      g_assert_true(tag.language == &language_rows[i]);
    }
  }
  for (size_t i = 0; i < language_codes_count; last_key = language_codes[i++].key)
    g_assert_cmpuint(language_codes[i].key, >, last_key);
  for (size_t i = 0; i < language_names_count; i++) {
    const char *name = language_pool + language_names[i].name;
    char folded[LANGUAGE_MAX_NAME];
    fold_words(name, strlen(name), folded, sizeof folded);
    g_assert_cmpstr(folded, ==, name);
    if (i > 0)
      g_assert_cmpint(strcmp(language_pool + language_names[i - 1].name, name), <, 0);
  }
}

static void test_kinds(void)
{
  static const struct {
    const char *text;
    LanguageKind kind;
  } rows[] = {{"de", LANGUAGE_NORMAL},    {"und", LANGUAGE_UNDETERMINED}, {NULL, LANGUAGE_UNDETERMINED}, {"xx", LANGUAGE_NONE},
              {"mul", LANGUAGE_MULTIPLE}, {"mis", LANGUAGE_UNCODED},      {"qaa", LANGUAGE_LOCAL},       {"qtz", LANGUAGE_LOCAL}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    LanguageTag tag;
    g_assert_true(language_parse(rows[i].text, &tag));
    g_assert_cmpint(language_kind(tag.language), ==, rows[i].kind);
    g_assert_cmpint(language_unknown(rows[i].text), ==, rows[i].kind == LANGUAGE_UNDETERMINED);
  }
  g_assert_false(language_unknown("xyzzy"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/media/language/parse", test_parse);
  g_test_add_func("/media/language/long-text", test_long_text);
  g_test_add_func("/media/language/match", test_match);
  g_test_add_func("/media/language/same", test_same);
  g_test_add_func("/media/language/words", test_words);
  g_test_add_func("/media/language/suggest", test_suggest);
  g_test_add_func("/media/language/table", test_table);
  g_test_add_func("/media/language/kinds", test_kinds);
  return g_test_run();
}
