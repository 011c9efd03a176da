/* Any bytes as configuration: either a record that keeps its rules, or errors that each name a place, and the record untouched.
 */
#include "../unit/base/sample.h"
#include "wire/yaml.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_errors(const GPtrArray *errors)
{
  g_assert_cmpuint(errors->len, >, 0);
  for (guint i = 0; i < errors->len; i++) {
    const FieldError *found = errors->pdata[i];
    g_assert_true(g_utf8_validate(found->message, -1, NULL));
    g_assert_true(g_regex_match_simple(" \\(line [1-9][0-9]*, column [1-9][0-9]*\\)\\z", found->message, 0, 0));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  Sample sample, before;
  record_init(&sample_table, &sample);
  record_init(&sample_table, &before);
  g_autoptr(GPtrArray) errors = field_errors_new();
  g_autoptr(GError) error = NULL;
  if (yaml_to_record(&sample_table, "fuzz.yaml", (const char *)data, size, &sample, errors, &error)) {
    for (size_t i = 0; i < sample_table.n_fields; i++)
      if (sample_fields[i].kind != FIELD_KIND_RECORD)
        g_assert_true(field_check(&sample_fields[i], &sample, NULL));
  } else {
    g_assert_nonnull(error);
    check_errors(errors);
    g_assert_true(record_equal(&sample_table, &sample, &before));
  }
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &before);
  return 0;
}
