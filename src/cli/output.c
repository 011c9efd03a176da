/* Where output goes and what it looks like. Test: tests/unit/cli/test_output.c */
#include "cli/output.h"

#include "base/error.h"

static void print_line(FILE *stream, Colour colour, const char *format, va_list args)
{
  g_autofree char *raw = g_strdup_vprintf(format, args);
  g_autofree char *text = text_escape(raw);
  bool coloured = colour != COLOUR_NONE && text_coloured(stream);
  fprintf(stream, "%s%s%s\n", coloured ? colour_start(colour) : "", text, coloured ? colour_end(colour) : "");
}

void output_line(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  print_line(stdout, COLOUR_NONE, format, args);
  va_end(args);
}

void output_coloured(Colour colour, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  print_line(stdout, colour, format, args);
  va_end(args);
}

void output_remark(const CommandContext *context, const char *format, ...)
{
  if (context->quiet)
    return;
  va_list args;
  va_start(args, format);
  print_line(stderr, COLOUR_NONE, format, args);
  va_end(args);
}

void output_json(json_t *take_value)
{
  g_autoptr(json_t) value = take_value;
  g_autofree char *text = json_text(value);
  puts(text);
}

void output_record(const FieldTable *table, const void *record)
{
  output_json(json_from_record(table, record, JSON_PUBLIC));
}

void output_records(const FieldTable *table, const GPtrArray *records)
{
  output_json(json_from_records(table, records, JSON_PUBLIC));
}

json_t *output_file_json(const char *path, const FieldTable *table, const void *record, const GError *error)
{
  g_autofree char *valid = g_utf8_make_valid(path, -1);
  json_t *object = json_object();
  json_object_set_new(object, "path", json_string(valid));
  if (error) {
    g_autofree char *message = g_utf8_make_valid(error->message, -1);
    json_object_set_new(object, "error",
                        json_pack("{s:s, s:s}", "code", reeve_error_row((int)reeve_error_code(error))->name, "message", message));
  } else {
    g_autoptr(json_t) fields = json_from_record(table, record, JSON_PUBLIC);
    json_object_update(object, fields);
  }
  return object;
}
