#include "release/pattern.h"

#include "base/error.h"

#include <string.h>

static PatternOutcome match(const char *text, const char *subject)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Pattern) pattern = pattern_new(text, PATTERN_IGNORE_CASE, &error);
  g_assert_no_error(error);
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  return pattern_match(pattern, scratch, subject);
}

static void test_match(void)
{
  static const struct {
    const char *text, *subject;
    PatternOutcome want;
  } rows[] = {
      {"\\bremux\\b", "A.Movie.2001.REMUX-X", PATTERN_MATCHES},
      {"^remux", "A.Movie.2001.REMUX-X", PATTERN_MISSES},
      {"", "", PATTERN_MATCHES},
      {"[xh][ ._-]?265|\\bHEVC(\\b|\\d)", "A.Movie.H.265-X", PATTERN_MATCHES},
      {"[([]dual[])]", "A Movie [Dual]", PATTERN_MATCHES},
      {"caf\\u00e9", "A.Movie.CAFÉ", PATTERN_MATCHES},
      {"\\x41b", "xab", PATTERN_MATCHES},
      {"\\bфильм\\b", "A ФИЛЬМ B", PATTERN_MATCHES},
      {"\\w{3}", "日本語", PATTERN_MATCHES},
      {"(?<!-)DL", "WEB-DL", PATTERN_MISSES},
      {"(?i)x(?-i)Y", "xy", PATTERN_MISSES},
      /* of any length: .NET only */
      {"(?<=\\bGerman\\b.*)(?<!\\bWEB[-_. ])\\bDL\\b", "A.Movie.German.AC3.DL.1080p", PATTERN_MATCHES},
      {"(?<=\\bGerman\\b.*)(?<!\\bWEB[-_. ])\\bDL\\b", "A.Movie.German.1080p.WEB-DL", PATTERN_MISSES},
      {"(?<=\\bGerman\\b.*)(?<!\\bWEB[-_. ])\\bDL\\b", "A.Movie.DL.German", PATTERN_MISSES},
      {"(?<!WEB[-_. ]?)DL", "A WEBDL", PATTERN_MISSES},
      {"(?<!WEB[-_. ]?)DL", "A WEB-DL", PATTERN_MISSES},
      {"(?<!WEB[-_. ]?)DL", "A WEB--DL", PATTERN_MATCHES},
      {"(?<=a+)b", "xb aab", PATTERN_MATCHES},
      {"(?<=^(?:[^.]+[.]){2})HDR", "A.Movie.HDR", PATTERN_MATCHES},
      {"(?<=^(?:[^.]+[.]){2})HDR", "A.Long.Movie.HDR", PATTERN_MISSES},
      {"(?<=foo\\b.?)x", "foo.x", PATTERN_MATCHES},
      {"(?<=fo+\\b)x", "foox", PATTERN_MISSES}, /* the border is looked for in the whole subject */
      {"(?<=a(?<=b+a)c*)d", "bad", PATTERN_MATCHES},
      {"(?<=a(?<=b+a)c*)d", "aad", PATTERN_MISSES},
      {"(?<=a(?<=b+a)c*)d", "bbaccd", PATTERN_MATCHES},
      {"(?<=\\(+)x|[(?<=y+)]z", "a(x", PATTERN_MATCHES},
      {"(?<=.*)\\bx\\b", "a x", PATTERN_MATCHES},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (match(rows[i].text, rows[i].subject) != rows[i].want)
      g_error("\"%s\" on \"%s\"", rows[i].text, rows[i].subject);
}

static void test_case(void)
{
  g_autoptr(Pattern) pattern = pattern_new("WEB", PATTERN_NO_FLAGS, NULL);
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  g_assert_cmpint(pattern_match(pattern, scratch, "a web b"), ==, PATTERN_MISSES);
  g_assert_cmpint(pattern_match(pattern, scratch, "a WEB b"), ==, PATTERN_MATCHES);
}

static void test_refused(void)
{
  g_autofree char *too_long = g_strnfill(PATTERN_MAX_BYTES + 1, 'x');
  g_autofree char *deep = g_strnfill(300, '(');
  const struct {
    const char *text, *message; /* message: its start; NULL: whatever */
  } rows[] = {
      {"a(b", "The expression cannot be read at character 4: "},
      {"é[b", "The expression cannot be read at character 4: "},
      {"*", "The expression cannot be read at character 1: "},
      {"\\C", "The expression cannot be read at character 3: "},
      {"a(?C1)b", "The expression cannot be read at character 2: callouts are not allowed."},
      {"(?<=a+", "The expression cannot be read"},
      {"(?<=a+(b)b", "The expression cannot be read"},
      {"(x)(?<=a+)\\1", "The expression cannot be read"},
      {"(?<=a+[)b", "The expression cannot be read"},
      {"\xff", "The expression is not UTF-8."},
      {"(((a{900}){900}){900})", NULL},
      {too_long, "The expression has 8193 bytes; at most 8192 are read."},
      {deep, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Pattern) pattern = pattern_new(rows[i].text, PATTERN_IGNORE_CASE, &error);
    g_assert_null(pattern);
    g_assert_nonnull(error);
    if (rows[i].message && !g_str_has_prefix(error->message, rows[i].message))
      g_error("\"%s\": %s", rows[i].text, error->message);
  }
}

/* What would take for ever is stopped; what is only slow ends by itself. Nothing takes long. */
static void test_hostile(void)
{
  g_autofree char *as = g_strnfill(PATTERN_SUBJECT_MAX_BYTES, 'a');
  static const struct {
    const char *text;
    bool stopped;
  } rows[] = {
      {"(a+)+[bc]", true},
      {"(a|aa)+[bc]", true},
      {"(.*)*[bc]", true},
      {"^(?:a?){40}a{40}[bc]", true},
      {"^(a?a?)*[bc]", true},
      {"((a)*)*[bc]", true},
      {"(?=(a+)+[bc])a", true},
      {"(*NO_JIT)(a+)+[bc]", true},
      {"(*NO_JIT)(a(?:b|(?R))+)+[bc]", true},
      {"(?<=(a+)+[bc])a", true},
      {"(?<!(?:a|aa)+[bc])[bc]", false},
      {"(?<!a+)[^a]", true},
      {"(?<=[bc]a*)a", true},
      {".*.*.*[bc]", true},
      {"a*a*a*a*[bc]", true},
      {"[^b]*?[^c]*?[^d]*?[bc]", false},
      {"(?:(?:a{0,99}){0,99}){0,9}[bc]", true},
  };
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Pattern) pattern = pattern_new(rows[i].text, PATTERN_IGNORE_CASE, &error);
    g_assert_no_error(error);
    gint64 start = g_get_monotonic_time();
    PatternOutcome outcome = pattern_match(pattern, scratch, as);
    gint64 took_us = g_get_monotonic_time() - start;
    g_test_message("%-24s %s %.1f ms", rows[i].text, outcome == PATTERN_STOPPED ? "stopped" : "ended", (double)took_us / 1e3);
    if (rows[i].stopped)
      g_assert_cmpint(outcome, ==, PATTERN_STOPPED);
    else
      g_assert_cmpint(outcome, !=, PATTERN_MATCHES);
    g_assert_cmpint(took_us, <, 60 * G_USEC_PER_SEC); /* a hang, on any machine */
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pattern/match", test_match);
  g_test_add_func("/pattern/case", test_case);
  g_test_add_func("/pattern/refused", test_refused);
  g_test_add_func("/pattern/hostile", test_hostile);
  return g_test_run();
}
