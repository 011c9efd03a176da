#include "cli/media_text.h"
#include "cli/progress_bar.h"
#include "cli/table.h"

#include <string.h>

static void test_escape(void)
{
  static const struct {
    const char *text, *escaped;
    int width;
  } rows[] = {
      {"", "", 0},
      {"plain", "plain", 5},
      {"Amélie", "Amélie", 6},
      {"Ame\xcc\x81lie", "Ame\xcc\x81lie", 6}, /* a combining accent takes no column */
      {"千と千尋", "千と千尋", 8},
      {"a\nb\tc", "a\\nb\\tc", 7},
      {"\033[2J", "\\x1b[2J", 7},
      {"\xc2\x9b", "\\x9b", 4}, /* a control of its own in terminals */
      {"a\xe2\x80\xae"
       "b",
       "a\\u202eb", 8}, /* right-to-left override */
      {"\xff", "\xef\xbf\xbd", 1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *escaped = text_escape(rows[i].text);
    g_assert_cmpstr(escaped, ==, rows[i].escaped);
    g_assert_cmpint(text_width(escaped), ==, rows[i].width);
  }
}

static void test_shorten(void)
{
  static const struct {
    const char *text;
    int columns;
    const char *shown;
  } rows[] = {
      {"short", 5, "short"},   {"0123456789", 7, "01…6789"},   {"0123456789", 1, "…"},       {"0123456789", 0, ""},
      {"0123456789", 2, "…9"}, {"千と千尋の神", 7, "千…の神"}, {"千と千尋の神", 6, "…の神"}, {"", 0, ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *shown = text_shorten(rows[i].text, rows[i].columns);
    g_assert_cmpstr(shown, ==, rows[i].shown);
    g_assert_cmpint(text_width(shown), <=, rows[i].columns);
  }
}

static void test_nearest(void)
{
  static const char *const choices[] = {"scan", "serve", "key add", "key revoke", "encode", "history", NULL};
  static const struct {
    const char *word, *nearest;
  } rows[] = {
      {"sacn", "scan"},     {"scna", "scan"}, {"srve", "serve"}, {"key ad", "key add"}, {"encdoe", "encode"}, {"hist", "history"},
      {"frobnicate", NULL}, {"x", NULL},      {"", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(text_nearest(rows[i].word, choices), ==, rows[i].nearest);
  g_autofree char *giant = g_strnfill(1 << 20, 'a');
  g_assert_null(text_nearest(giant, choices));
}

static void test_change(void)
{
  static const struct {
    int64_t before, after;
    const char *text;
  } rows[] = {{100, 50, "−50 %"}, {100, 130, "+30 %"}, {1000, 1001, "±0 %"}, {0, 5, "–"}, {100, 0, "−100 %"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = text_change(rows[i].before, rows[i].after);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

static void test_table(void)
{
  g_autoptr(Table) table = table_new();
  table_column(table, "N", TABLE_RIGHT);
  table_column(table, "NAME", TABLE_LEFT);
  table_column(table, "REMARK", TABLE_LEFT);
  g_autofree char *empty = table_render(table, false);
  g_assert_cmpstr(empty, ==, "");
  table_add(table, "%d", 7);
  table_add(table, "千と千尋");
  table_add(table, "one\ntwo");
  table_add(table, "%d", 1234);
  table_add_coloured(table, COLOUR_RED, "x");
  table_add(table, "%s", "");
  table_add(table, "%s", "");
  table_add(table, "%s", "");
  table_add(table, "last");
  g_assert_cmpint(table_rows(table), ==, 3);
  g_autofree char *plain = table_render(table, false);
  g_assert_cmpstr(plain, ==,
                  "   N  NAME      REMARK\n"
                  "   7  千と千尋  one\\ntwo\n"
                  "1234  x\n"
                  "                last\n");
  g_autofree char *coloured = table_render(table, true);
  g_assert_nonnull(strstr(coloured, "\033[1mNAME\033[0m"));
  g_assert_nonnull(strstr(coloured, "1234  \033[1;31mx\033[0m\n"));
}

static void test_bar(void)
{
  static const struct {
    double fraction;
    const char *text;
    int columns;
    const char *line;
  } rows[] = {
      {0, "film", 79, "[--------------------]   0 %  film"},
      {0.5, "film", 79, "[##########----------]  50 %  film"},
      {0.999, "film", 79, "[###################-]  99 %  film"},
      {1, "film", 79, "[####################] 100 %  film"},
      {2, "film", 79, "[####################] 100 %  film"},
      {-1, "found 3", 79, "found 3"},
      {0.25, "film", 20, " 25 %  film"},
      {0.25, "a film with a long name.mkv", 20, " 25 %  a fi…name.mkv"},
      {0.25, "a\033[2J", 40, " 25 %  a\\x1b[2J"},
      {0.25, "film", 3, " 25 %  "},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *line = progress_bar_line(rows[i].fraction, rows[i].text, rows[i].columns);
    g_assert_cmpstr(line, ==, rows[i].line);
  }
}

/* What is drawn is wiped, what comes too fast is not drawn, and nothing at all where there is no terminal. */
static void test_bar_stream(void)
{
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  ProgressBar *hidden = progress_bar_new(stream, false);
  progress_bar_show(hidden, 0.5, "x");
  progress_bar_free(hidden);
  fflush(stream);
  g_assert_cmpint(length, ==, 0);

  ProgressBar *bar = progress_bar_new(stream, true);
  for (int i = 0; i < 1000; i++)
    progress_bar_show(bar, 0.5, "x%d", i);
  progress_bar_wipe(bar);
  progress_bar_show(bar, 0.5, "again");
  progress_bar_free(bar);
  fclose(stream);
  g_assert_nonnull(strstr(text, "x0\033[K\r"));
  g_assert_null(strstr(text, "x999"));
  g_assert_nonnull(strstr(text, "again"));
  g_assert_true(g_str_has_suffix(text, "\r\033[K"));
  free(text);
}

static StreamInfo *add_stream(MediaInfo *media, StreamType type, const char *codec)
{
  StreamInfo *stream = record_new(&stream_info_table);
  stream->type = (int)type;
  stream->codec = g_strdup(codec);
  if (!media->streams)
    media->streams = records_new(&stream_info_table);
  stream->index = media->streams->len;
  g_ptr_array_add(media->streams, stream);
  return stream;
}

static void test_media(void)
{
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  g_auto(GStrv) none = g_new0(char *, 4);
  none[0] = media_picture(media);
  none[1] = media_video(media);
  none[2] = media_audio(media);
  for (size_t i = 0; none[i]; i++)
    g_assert_cmpstr(none[i], ==, "–");
  StreamInfo *video = add_stream(media, STREAM_VIDEO, "hevc");
  video->width = 3840;
  video->height = 2160;
  video->hdr = HDR_HDR10;
  video->bit_depth = 10;
  video->profile = g_strdup("Main 10");
  video->frame_rate = g_strdup("24000/1001");
  for (int i = 0; i < 5; i++) {
    StreamInfo *audio = add_stream(media, STREAM_AUDIO, "ac3");
    audio->channels = i + 1;
    audio->channel_layout = i == 4 ? g_strdup("5.0(side)") : NULL;
    audio->language = g_strdup("fra");
  }
  g_autofree char *picture = media_picture(media);
  g_autofree char *codec = media_video(media);
  g_autofree char *audio = media_audio(media);
  g_autofree char *line = stream_text(video);
  g_assert_cmpstr(picture, ==, "3840×2160");
  g_assert_cmpstr(codec, ==, "hevc HDR10");
  g_assert_cmpstr(audio, ==, "ac3 mono fra, ac3 stereo fra, ac3 3 channels fra +2");
  g_assert_cmpstr(line, ==, "hevc (Main 10), 3840×2160, 23.976 fps, 10 bit, HDR10");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli/output/escape", test_escape);
  g_test_add_func("/cli/output/shorten", test_shorten);
  g_test_add_func("/cli/output/nearest", test_nearest);
  g_test_add_func("/cli/output/change", test_change);
  g_test_add_func("/cli/output/table", test_table);
  g_test_add_func("/cli/output/bar", test_bar);
  g_test_add_func("/cli/output/bar-stream", test_bar_stream);
  g_test_add_func("/cli/output/media", test_media);
  return g_test_run();
}
