/* A NUL parts a file of custom formats from a release's name: what is read is written back the same, and every expression comes
 * to an end on the name. */
#include "release/custom_format.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *text = (const char *)data, *end = size ? memchr(text, '\0', size) : NULL;
  size_t length = end ? (size_t)(end - text) : size;
  g_autofree char *name = end ? g_strndup(end + 1, size - length - 1) : g_strdup("The.Film.2015.1080p.BluRay.x264-GRP");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) formats = custom_formats_parse(text, length, 1, &error);
  g_assert_true((formats == NULL) == (error != NULL));
  if (!formats)
    return 0;
  g_autoptr(json_t) again = json_array();
  for (guint i = 0; i < formats->len; i++)
    json_array_append_new(again, custom_format_json(formats->pdata[i]));
  g_autoptr(json_t) given = json_parse(text, length, NULL);
  g_assert_true(json_equal(again, given) || json_equal(json_array_get(again, 0), given));
  g_autoptr(Release) release = release_parse(name, strlen(name), NULL);
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  FormatFacts facts = {.title = release->simple_name,
                       .edition = release->edition,
                       .group = release->group,
                       .quality = release->quality,
                       .languages = release->languages,
                       .year = release->year};
  g_autoptr(GArray) matched = custom_formats_match(formats, &facts, scratch, problems);
  g_assert_cmpuint(matched->len + problems->len, <=, formats->len);
  return 0;
}
