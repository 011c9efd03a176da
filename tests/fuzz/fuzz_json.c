/* Any bytes as JSON: what parses must be written and read back as itself, and a record made from it must survive a round trip. */
#include "../unit/base/sample.h"
#include "wire/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const json_t *value)
{
  g_autofree char *text = json_text(value);
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) again = json_parse(text, strlen(text), &error);
  /* What we write may be longer than what we read: that much may be over the cap. */
  if (!again && strlen(text) > JSON_MAX_BYTES)
    return;
  g_assert_no_error(error);
  g_autofree char *text_again = json_text(again);
  g_assert_cmpstr(text, ==, text_again);
}

static void check_record(const json_t *value, JsonMode mode)
{
  Sample sample, before, back;
  record_init(&sample_table, &sample);
  record_init(&sample_table, &before);
  record_init(&sample_table, &back);
  g_autoptr(GPtrArray) errors = field_errors_new();
  g_autoptr(GError) error = NULL;
  if (json_to_record(&sample_table, value, mode, &sample, errors, &error)) {
    g_assert_cmpuint(errors->len, ==, 0);
    /* A record that was never given its name breaks the name's rule, so this holds for whole ones only. */
    if (mode == JSON_CREATE) {
      g_autoptr(json_t) object = json_from_record(&sample_table, &sample, JSON_FULL);
      if (sample.inner.label[0] == '\0')
        json_object_del(object, "inner");
      g_autoptr(GError) back_error = NULL;
      g_assert_true(json_to_record(&sample_table, object, JSON_TRUSTED, &back, NULL, &back_error));
      g_assert_true(record_equal(&sample_table, &sample, &back));
    }
  } else {
    g_assert_cmpuint(errors->len, >, 0);
    g_assert_cmpstr(error->message, ==, ((FieldError *)errors->pdata[0])->message);
    g_assert_true(record_equal(&sample_table, &sample, &before));
  }
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &before);
  record_clear(&sample_table, &back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) value = json_parse((const char *)data, size, &error);
  if (!value) {
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return 0;
  }
  check_text(value);
  check_record(value, JSON_CREATE);
  check_record(value, JSON_UPDATE);
  check_record(value, JSON_TRUSTED);
  return 0;
}
