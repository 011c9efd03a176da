/* The arguments of the decode check; that they find damage is shown in test_encode_real.c. */
#include "encode/decode_check.h"

#include <string.h>

static int count(char *const *arguments, const char *text)
{
  int n = 0;
  for (; *arguments; arguments++)
    n += strcmp(*arguments, text) == 0;
  return n;
}

static void test_arguments(void)
{
  static const struct {
    DecodeCheckInput input;
    int inputs, outputs, seeks;
  } rows[] = {
      {{.output = "-o.mkv", .check = DECODE_SAMPLED, .duration_ms = 7200000}, 4, 2, 3},
      {{.output = "-o.mkv", .check = DECODE_SAMPLED, .duration_ms = 29999}, 1, 1, 0}, /* short */
      {{.output = "-o.mkv", .check = DECODE_SAMPLED, .duration_ms = FIELD_NULL_INT}, 1, 1, 0},
      {{.output = "-o.mkv", .check = DECODE_FULL, .duration_ms = 7200000}, 1, 1, 0},
      {{.output = "-o.mkv", .ssim_against = "/s.mkv", .check = DECODE_SAMPLED, .duration_ms = 7200000}, 2, 1, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) arguments = decode_check_arguments(&rows[i].input);
    g_assert_cmpint(count(arguments, "-i"), ==, rows[i].inputs);
    g_assert_cmpint(count(arguments, "null"), ==, rows[i].outputs);
    g_assert_cmpint(count(arguments, "-ss"), ==, rows[i].seeks);
    g_assert_cmpint(count(arguments, "-xerror"), ==, 1);
    g_assert_cmpint(count(arguments, "-o.mkv"), ==, 0); /* no name is taken for an option */
    g_assert_cmpint(count(arguments, "file:-o.mkv"), >=, 1);
    g_assert_cmpint(count(arguments, "file:/s.mkv"), ==, rows[i].input.ssim_against != NULL);
  }
}

static void test_places(void)
{
  g_auto(GStrv) arguments = decode_check_arguments(&(DecodeCheckInput){.output = "/o.mkv", .duration_ms = 60000});
  const char *places[] = {"0.000", "27.500", "55.000"};
  for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
    g_assert_cmpint(count(arguments, places[i]), ==, 1);
}

static void test_ssim(void)
{
  static const struct {
    const char *line;
    double value; /* negative: not one */
  } lines[] = {{"[Parsed_ssim_0 @ 0x55] SSIM Y:0.987 (19.1) U:0.99 (20) V:0.99 (20) All:0.987654 (19.0843)", 0.987654},
               {"[Parsed_ssim_0 @ 0x55] SSIM R:1.0 (inf) All:1.000000 (inf)", 1},
               {"All:0.5", -1},
               {"SSIM Y:0.9", -1},
               {"SSIM Y:1 All:nan", -1},
               {"SSIM Y:1 All:", -1},
               {"SSIM Y:1 All:7", -1},
               {"", -1}};
  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
    double value = -1;
    g_assert_cmpint(decode_check_parse_ssim(lines[i].line, &value), ==, lines[i].value >= 0);
    g_assert_cmpfloat(value, ==, lines[i].value);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/decode-check/arguments", test_arguments);
  g_test_add_func("/decode-check/places", test_places);
  g_test_add_func("/decode-check/ssim", test_ssim);
  return g_test_run();
}
