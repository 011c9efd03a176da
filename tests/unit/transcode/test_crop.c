/* Lines of cropdetect. */
#include "transcode/crop.h"

static void test_lines(void)
{
  static const struct {
    const char *line;
    bool good;
  } rows[] = {
      {"[Parsed_cropdetect_0 @ 0x5] x1:0 x2:1919 y1:140 y2:939 w:1920 h:800 x:0 y:140 pts:1 t:0.04 crop=1920:800:0:140", true},
      {"crop=1920:800:0:140", true},
      {"crop=1920:800:0", false},
      {"crop=1920:800:0:140:9", false},
      {"crop=-16:-16:968:548", false}, /* all black: cropdetect's box is inside out */
      {"crop=99999999999:800:0:0", false},
      {"crop=", false},
      {"frame=  10", false},
      {"", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    CropBox box = {0};
    g_assert_cmpint(crop_parse_line(rows[i].line, &box), ==, rows[i].good);
    g_assert_cmpint(box.right, ==, rows[i].good ? 1920 : 0);
  }
}

static void test_union(void)
{
  CropBox box = {0};
  g_assert_true(crop_parse_line("crop=1600:700:160:190", &box)); /* a dark scene */
  g_assert_true(crop_parse_line("crop=1920:800:0:140", &box));
  g_assert_true(crop_parse_line("crop=1000:500:400:290", &box));
  g_assert_cmpint(box.left, ==, 0);
  g_assert_cmpint(box.top, ==, 140);
  g_assert_cmpint(box.right, ==, 1920);
  g_assert_cmpint(box.bottom, ==, 940);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/crop/lines", test_lines);
  g_test_add_func("/crop/union", test_union);
  return g_test_run();
}
