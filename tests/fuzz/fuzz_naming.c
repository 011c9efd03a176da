/* A NUL parts a template from a film's title: whatever both hold, the name is one that can be made, and fits. */
#include "release/naming.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name, size_t limit)
{
  g_assert_true(g_utf8_validate(name, -1, NULL));
  g_auto(GStrv) parts = g_strsplit(name, "/", -1);
  for (char **part = parts; *part && *name; part++) {
    g_assert_cmpuint(strlen(*part), >, 0);
    g_assert_cmpuint(strlen(*part), <=, limit);
    g_assert_true(strcmp(*part, ".") != 0 && strcmp(*part, "..") != 0);
    for (const char *at = *part; *at; at++)
      g_assert_false(g_ascii_iscntrl(*at));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const languages[] = {"en", "de", NULL};
  const char *text = (const char *)data, *end = size ? memchr(text, '\0', size) : NULL;
  size_t length = end ? (size_t)(end - text) : size;
  g_autofree char *template = g_strndup(text, length),
                  *title = end ? g_strndup(end + 1, size - length - 1) : g_strdup("The Film");
  Movie movie = {.title = title, .original_title = title, .collection = title, .year = 2015, .imdb_id = (char *)"tt0000042"};
  NamingMedia media = {.video_codec = "hevc", .audio_codec = "truehd", .channels = 8, .audio_languages = (char **)languages};
  NamingFacts facts = {.movie = &movie,
                       .file_name = title,
                       .edition = title,
                       .group = title,
                       .quality = {QUALITY_BLURAY_1080P, {.version = 2}},
                       .media = &media};
  for (int target = NAMING_PORTABLE; target <= NAMING_POSIX; target++) {
    NamingOptions options = {.target = target, .colon = (int)(size % 5), .max_component_bytes = size % 2 ? 0 : 32};
    size_t limit = options.max_component_bytes ? options.max_component_bytes : NAMING_COMPONENT_MAX_BYTES;
    g_autoptr(GError) error = NULL;
    g_assert_true(naming_check(template, NAMING_FILE, &options, &error) == (error == NULL));
    g_autofree char *name = naming_render(template, &facts, ".mkv", &options);
    check_name(name, limit);
  }
  return 0;
}
