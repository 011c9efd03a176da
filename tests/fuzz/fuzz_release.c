/* Any bytes as a release's name: what comes back is valid by its own table, points into the name, and can be written as JSON. */
#include "release/release.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ReleaseOptions options = {.kind = size ? (ReleaseNameKind)(data[0] % 3) : RELEASE_NAME_ANY};
  g_autoptr(Release) release = release_parse((const char *)data, size, &options);
  g_assert_true(release->accepted == (release->refusal == RELEASE_REFUSED_NOT));
  g_assert_true((release_reason(release) == NULL) == release->accepted);
  for (size_t f = 0; f < release_table.n_fields; f++) {
    g_autoptr(GError) error = NULL;
    if (!field_check(&release_table.fields[f], release, &error))
      g_error("%s", error->message);
  }
  for (int part = 0; part < RELEASE_N_PARTS; part++)
    g_assert_true((size_t)release->parts[part].offset + release->parts[part].length <= size);
  g_autoptr(json_t) json = release_json(release);
  g_autofree char *text = json_text(json);
  g_assert_nonnull(text);
  g_autofree char *clean = release_clean_title(release->title);
  g_assert_true(g_utf8_validate(clean, -1, NULL));
  return 0;
}
