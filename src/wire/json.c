/* Decides which texts are JSON to us, and how JSON is written. Caps are checked over the raw text, before anything is built.
 * Test: tests/unit/wire/test_json.c */
#include "wire/json.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { CONTAINER_COST = 4 };

/* Counts brackets and commas outside strings. Bad syntax is not its business. */
static bool check_caps(const char *text, size_t length, GError **error)
{
  size_t depth = 0, values = 1;
  for (size_t i = 0; i < length; i++) {
    switch (text[i]) {
    case '"':
      for (i++; i < length && text[i] != '"'; i++)
        if (text[i] == '\\')
          i++;
      break;
    case '[':
    case '{':
      values += CONTAINER_COST;
      if (++depth > JSON_MAX_DEPTH)
        return fail(error, REEVE_ERROR_LIMIT, "The JSON nests deeper than %d levels", JSON_MAX_DEPTH);
      break;
    case ']':
    case '}':
      depth -= depth > 0;
      break;
    case ',':
      values++;
      break;
    }
    if (values > JSON_MAX_VALUES)
      return fail(error, REEVE_ERROR_LIMIT, "The JSON has more than %d values", JSON_MAX_VALUES);
  }
  return true;
}

/* jansson takes a NUL after the value for the end of the text. */
static bool check_no_nul(const char *text, size_t length, GError **error)
{
  const char *nul = memchr(text, '\0', length), *line_start = text;
  if (!nul)
    return true;
  size_t line = 1;
  for (const char *at = text; at < nul; at++)
    if (*at == '\n') {
      line++;
      line_start = at + 1;
    }
  return fail(error, REEVE_ERROR_INVALID, "The JSON is not valid at line %zu, column %zu: it has a NUL byte", line,
              (size_t)(nul - line_start) + 1);
}

json_t *json_parse(const char *text, size_t length, GError **error)
{
  if (length > JSON_MAX_BYTES) {
    fail(error, REEVE_ERROR_LIMIT, "The JSON is larger than %d bytes", JSON_MAX_BYTES);
    return NULL;
  }
  if (!check_caps(text, length, error) || !check_no_nul(text, length, error))
    return NULL;
  json_error_t bad;
  json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &bad);
  if (!value) {
    g_autofree char *problem = g_utf8_make_valid(bad.text, -1); /* jansson cuts long ones, also inside a character */
    fail(error, REEVE_ERROR_INVALID, "The JSON is not valid at line %d, column %d: %s", bad.line, bad.column, problem);
  }
  return value;
}

static void append_string(GString *text, const char *string, size_t length)
{
  g_string_append_c(text, '"');
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)string[i];
    const char *found = c ? strchr("\"\\\b\f\n\r\t", c) : NULL;
    if (found) {
      g_string_append_c(text, '\\');
      g_string_append_c(text, "\"\\bfnrt"[found - "\"\\\b\f\n\r\t"]);
    } else if (c < 0x20) {
      g_string_append_printf(text, "\\u%04x", c);
    } else {
      g_string_append_c(text, (char)c);
    }
  }
  g_string_append_c(text, '"');
}

/* The shortest of 15, 16 and 17 digits that reads back as the same double; 17 always do. */
static void append_real(GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
  for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_ascii_formatd(buffer, sizeof buffer, formats[i], value);
    if (g_ascii_strtod(buffer, NULL) == value)
      break;
  }
  g_string_append(text, buffer);
  if (!strpbrk(buffer, ".e"))
    g_string_append(text, ".0"); /* it stays a real when read */
}

static void append_value(GString *text, const json_t *value);

static void append_array(GString *text, const json_t *array)
{
  g_string_append_c(text, '[');
  for (size_t i = 0; i < json_array_size(array); i++) {
    if (i > 0)
      g_string_append_c(text, ',');
    append_value(text, json_array_get(array, i));
  }
  g_string_append_c(text, ']');
}

static void append_object(GString *text, const json_t *object)
{
  json_t *iterated = (json_t *)object; /* jansson's iterators are not const, though they change nothing */
  g_string_append_c(text, '{');
  const char *separator = "";
  for (void *at = json_object_iter(iterated); at; at = json_object_iter_next(iterated, at)) {
    g_string_append(text, separator);
    append_string(text, json_object_iter_key(at), json_object_iter_key_len(at));
    g_string_append_c(text, ':');
    append_value(text, json_object_iter_value(at));
    separator = ",";
  }
  g_string_append_c(text, '}');
}

static void append_value(GString *text, const json_t *value)
{
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    append_object(text, value);
    break;
  case JSON_ARRAY:
    append_array(text, value);
    break;
  case JSON_STRING:
    append_string(text, json_string_value(value), json_string_length(value));
    break;
  case JSON_INTEGER:
    g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    break;
  case JSON_REAL:
    append_real(text, json_real_value(value));
    break;
  case JSON_TRUE:
    g_string_append(text, "true");
    break;
  case JSON_FALSE:
    g_string_append(text, "false");
    break;
  case JSON_NULL:
    g_string_append(text, "null");
    break;
  }
}

char *json_text(const json_t *value)
{
  GString *text = g_string_new(NULL);
  append_value(text, value);
  return g_string_free(text, FALSE);
}
