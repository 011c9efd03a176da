/* Any bytes as a form, after a line with its Content-Type: however it is cut, the same is seen of it, and no more than came. */
#include "wire/multipart.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_part(const MultipartPart *part, void *user_data, GError **error)
{
  g_string_append_printf(user_data, "%s|%s|%s=", part->name, part->file_name, part->content_type);
  return true;
}

static bool on_data(const void *bytes, size_t length, void *user_data, GError **error)
{
  g_string_append_len(user_data, bytes, (gssize)length);
  return true;
}

static bool on_end(void *user_data, GError **error)
{
  g_string_append_c(user_data, ';');
  return true;
}

static GString *see(const char *type, const uint8_t *body, size_t length, size_t piece)
{
  GString *text = g_string_new(NULL);
  const MultipartHandler handler = {.on_part = on_part, .on_data = on_data, .on_end = on_end, .user_data = text};
  g_autoptr(MultipartReader) reader = multipart_reader_new(type, &handler, NULL);
  bool ok = reader != NULL;
  for (size_t at = 0; ok && at < length; at += piece)
    ok = multipart_reader_feed(reader, body + at, MIN(piece, length - at), NULL);
  g_string_append_c(text, ok && multipart_reader_finish(reader, NULL) ? '1' : '0');
  return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t *line_end = memchr(data, '\n', size);
  size_t line = line_end ? (size_t)(line_end - data) : size;
  g_autofree char *type = g_strndup((const char *)data, line);
  const uint8_t *body = line_end ? line_end + 1 : data + size;
  size_t length = size - line - (line_end != NULL);
  g_autoptr(GString) whole = see(type, body, length, MAX(length, 1)), bytewise = see(type, body, length, 1);
  g_assert_true(whole->len == bytewise->len && memcmp(whole->str, bytewise->str, whole->len) == 0);
  return 0;
}
