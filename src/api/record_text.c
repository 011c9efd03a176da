/* Decides how a record looks in an answer; the same as wire's json_from_record, without the tree between.
 * Test: tests/unit/api/test_record_text.c */
#include "api/record_text.h"

#include "wire/json.h"

#include <math.h>
#include <string.h>

/* As g_string_append_len, in line: a page of a list is ten thousand of these. */
static inline void put(GString *text, const char *bytes, size_t length)
{
  if (text->len + length >= text->allocated_len) {
    g_string_append_len(text, bytes, (gssize)length);
    return;
  }
  memcpy(text->str + text->len, bytes, length);
  text->len += length;
  text->str[text->len] = '\0';
}

static inline void put_char(GString *text, char c)
{
  put(text, &c, 1);
}

/* A literal, whose length the compiler knows. */
#define PUT(text, literal) put(text, literal, sizeof(literal) - 1)

static void append_int(GString *text, int64_t value)
{
  char digits[24], *at = digits + sizeof digits;
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (value < 0)
    *--at = '-';
  put(text, at, (size_t)(digits + sizeof digits - at));
}

static void append_real(GString *text, double value)
{
  static const double largest_exact = 0x1p53;
  if (!isfinite(value)) {
    PUT(text, "null");
  } else if (value == trunc(value) && fabs(value) < 1e15 && fabs(value) < largest_exact && !signbit(value)) {
    append_int(text, (int64_t)value);
    PUT(text, ".0");
  } else {
    g_autoptr(json_t) number = json_real(value);
    g_autofree char *digits = json_text(number);
    g_string_append(text, digits);
  }
}

static void append_escape(GString *text, unsigned char c)
{
  static const char plain[] = {['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
  if (c < sizeof plain && plain[c])
    g_string_append_printf(text, "\\%c", plain[c]);
  else
    g_string_append_printf(text, "\\u%04x", c);
}

void record_text_append_string(GString *text, const char *string)
{
  g_autofree char *repaired = g_utf8_validate(string, -1, NULL) ? NULL : g_utf8_make_valid(string, -1);
  const char *at = repaired ? repaired : string;
  put_char(text, '"');
  for (;;) {
    const char *run = at;
    while ((unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
      at++;
    put(text, run, (size_t)(at - run));
    if (!*at)
      break;
    append_escape(text, (unsigned char)*at++);
  }
  put_char(text, '"');
}

static void append_strings(GString *text, char *const *strings)
{
  put_char(text, '[');
  for (size_t i = 0; strings && strings[i]; i++) {
    if (i > 0)
      put_char(text, ',');
    record_text_append_string(text, strings[i]);
  }
  put_char(text, ']');
}

static void append_ints(GString *text, const GArray *ints)
{
  put_char(text, '[');
  for (guint i = 0; ints && i < ints->len; i++) {
    if (i > 0)
      put_char(text, ',');
    append_int(text, g_array_index(ints, int64_t, i));
  }
  put_char(text, ']');
}

static void append_records(GString *text, const FieldTable *table, const GPtrArray *records)
{
  put_char(text, '[');
  for (guint i = 0; records && i < records->len; i++) {
    if (i > 0)
      put_char(text, ',');
    record_text_append(text, table, records->pdata[i], NULL);
  }
  put_char(text, ']');
}

static void append_enum(GString *text, const EnumTable *values, int value)
{
  const char *name = enum_name(values, value);
  if (name)
    record_text_append_string(text, name);
  else
    PUT(text, "null");
}

static void append_field(GString *text, const Field *field, const void *record)
{
  if (field_is_null(field, record)) {
    PUT(text, "null");
    return;
  }
  const void *member = field_peek(field, record);
  const char *string;
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    if (*(const bool *)member)
      PUT(text, "true");
    else
      PUT(text, "false");
    break;
  case FIELD_KIND_INT:
    append_int(text, *(const int64_t *)member);
    break;
  case FIELD_KIND_REAL:
    append_real(text, *(const double *)member);
    break;
  case FIELD_KIND_ENUM:
    append_enum(text, field->values, *(const int *)member);
    break;
  case FIELD_KIND_TEXT:
    string = *(char *const *)member;
    record_text_append_string(text, string ? string : "");
    break;
  case FIELD_KIND_JSON:
    string = *(char *const *)member;
    if (string && *string)
      put(text, string, strlen(string));
    else
      PUT(text, "null");
    break;
  case FIELD_KIND_STRINGS:
    append_strings(text, *(char **const *)member);
    break;
  case FIELD_KIND_INTS:
    append_ints(text, *(GArray *const *)member);
    break;
  case FIELD_KIND_RECORD:
    record_text_append(text, field->record, member, NULL);
    break;
  case FIELD_KIND_RECORDS:
    append_records(text, field->record, *(GPtrArray *const *)member);
    break;
  }
}

void record_text_append(GString *text, const FieldTable *table, const void *record, const char *omits)
{
  char before = '{';
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if ((field->flags & (FIELD_NO_JSON | FIELD_SECRET)) || (omits && strcmp(field->name, omits) == 0))
      continue;
    put_char(text, before);
    put_char(text, '"');
    put(text, field->name, strlen(field->name)); /* a C identifier: nothing to escape */
    PUT(text, "\":");
    append_field(text, field, record);
    before = ',';
  }
  if (before == '{')
    put_char(text, '{');
  put_char(text, '}');
}
