/* When two language tags mean the same. Containers write the same language differently: Matroska by ISO 639-2/B (ger) or BCP 47
 * (de-DE), MP4 by 639-2/T (deu), people by 639-1 (de). Source of the codes: ISO 639-2's code list; the twenty languages whose B
 * and T codes differ, and the two-letter codes of the languages that subtitles are commonly made in.
 * Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"

#include <string.h>

static const struct {
  const char *code[3]; /* 639-1, 639-2/T, 639-2/B where it differs */
} languages[] = {
    {{"sq", "sqi", "alb"}}, {{"hy", "hye", "arm"}}, {{"eu", "eus", "baq"}}, {{"my", "mya", "bur"}}, {{"zh", "zho", "chi"}},
    {{"cs", "ces", "cze"}}, {{"nl", "nld", "dut"}}, {{"fr", "fra", "fre"}}, {{"ka", "kat", "geo"}}, {{"de", "deu", "ger"}},
    {{"el", "ell", "gre"}}, {{"is", "isl", "ice"}}, {{"mk", "mkd", "mac"}}, {{"mi", "mri", "mao"}}, {{"ms", "msa", "may"}},
    {{"fa", "fas", "per"}}, {{"ro", "ron", "rum"}}, {{"sk", "slk", "slo"}}, {{"bo", "bod", "tib"}}, {{"cy", "cym", "wel"}},
    {{"en", "eng"}},        {{"ja", "jpn"}},        {{"ko", "kor"}},        {{"es", "spa"}},        {{"it", "ita"}},
    {{"pt", "por"}},        {{"ru", "rus"}},        {{"pl", "pol"}},        {{"sv", "swe"}},        {{"da", "dan"}},
    {{"no", "nor"}},        {{"nb", "nob"}},        {{"nn", "nno"}},        {{"fi", "fin"}},        {{"hu", "hun"}},
    {{"tr", "tur"}},        {{"ar", "ara"}},        {{"he", "heb"}},        {{"hi", "hin"}},        {{"th", "tha"}},
    {{"vi", "vie"}},        {{"id", "ind"}},        {{"uk", "ukr"}},        {{"bg", "bul"}},        {{"hr", "hrv"}},
    {{"sr", "srp"}},        {{"sl", "slv"}},        {{"et", "est"}},        {{"lv", "lav"}},        {{"lt", "lit"}},
    {{"ca", "cat"}},        {{"gl", "glg"}},        {{"ta", "tam"}},        {{"te", "tel"}},        {{"bn", "ben"}},
    {{"ur", "urd"}},        {{"ga", "gle"}},        {{"la", "lat"}},        {{"af", "afr"}},        {{"sw", "swa"}},
};

bool language_unknown(const char *language)
{
  return !language || !*language || g_ascii_strcasecmp(language, "und") == 0;
}

char *language_terminology(const char *language)
{
  char *primary = g_ascii_strdown(language, (gssize)strcspn(language, "-_"));
  for (size_t i = 0; i < G_N_ELEMENTS(languages); i++)
    for (size_t k = 0; k < G_N_ELEMENTS(languages[i].code); k++)
      if (g_strcmp0(languages[i].code[k], primary) == 0) {
        g_free(primary);
        return g_strdup(languages[i].code[1]);
      }
  return primary;
}

bool language_same(const char *a, const char *b)
{
  if (language_unknown(a) || language_unknown(b))
    return language_unknown(a) && language_unknown(b);
  g_autofree char *x = language_terminology(a), *y = language_terminology(b);
  return strcmp(x, y) == 0;
}

bool language_in(char *const *list, const char *language)
{
  for (; list && *list; list++)
    if (language_same(*list, language))
      return true;
  return false;
}

/* QuickTime's own list of languages, by the codes that ffmpeg's isom.c gives to Apple's numbers: a mixture of B and T codes. */
const char *language_quicktime(const char *language)
{
  static const char *const held[] = {"eng", "fra", "ger", "ita", "dut", "spa", "dan", "por", "nor", "heb", "jpn", "ara",
                                     "fin", "gre", "ice", "tur", "chi", "urd", "hin", "tha", "kor", "lit", "pol", "hun",
                                     "est", "lav", "rus", "alb", "ron", "ces", "slk", "slv", "mac", "bul", "ukr", "arm",
                                     "geo", "tib", "bur", "may", "vie", "ind", "tam", "tel", "ben", "swa", NULL};
  for (size_t i = 0; held[i]; i++)
    if (language_same(held[i], language))
      return held[i];
  return NULL;
}
