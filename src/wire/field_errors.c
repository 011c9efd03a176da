/* What was wrong with an input, and at which place. Test: tests/unit/wire/test_json_to_record.c */
#include "wire/json.h"
#include "wire/json_path.h"

#include <stdarg.h>
#include <string.h>

enum { MAX_KEY_BYTES = 64 };

static void field_error_free(void *data)
{
  FieldError *error = data;
  g_free(error->field);
  g_free(error->message);
  g_free(error);
}

GPtrArray *field_errors_new(void)
{
  return g_ptr_array_new_with_free_func(field_error_free);
}

void field_errors_add(GPtrArray *errors, const char *field, const char *format, ...)
{
  if (errors->len >= FIELD_ERRORS_MAX)
    return;
  va_list args;
  va_start(args, format);
  FieldError *error = g_new(FieldError, 1);
  *error = (FieldError){.field = g_strdup(field), .message = g_strdup_vprintf(format, args)};
  va_end(args);
  g_ptr_array_add(errors, error);
}

gsize json_path_push(GString *path, const char *key)
{
  gsize before = path->len, length = strnlen(key, MAX_KEY_BYTES + 1);
  if (before > 0)
    g_string_append_c(path, '.');
  if (length == 0) {
    g_string_append(path, "\"\""); /* a path that says nothing would mean the whole input */
  } else if (length <= MAX_KEY_BYTES) {
    g_string_append_len(path, key, (gssize)length);
  } else {
    const char *end = g_utf8_find_prev_char(key, key + MAX_KEY_BYTES); /* not in the middle of a character */
    g_string_append_len(path, key, end - key);
    g_string_append(path, "…");
  }
  return before;
}

gsize json_path_push_index(GString *path, gsize index)
{
  char digits[32];
  g_snprintf(digits, sizeof digits, "%" G_GSIZE_FORMAT, index);
  return json_path_push(path, digits);
}

void json_path_pop(GString *path, gsize length)
{
  g_string_truncate(path, length);
}
