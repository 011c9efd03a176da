/* Decides where the parts of a form begin and end. Test: tests/unit/wire/test_multipart.c
 *
 * A delimiter is CR LF "--" and the boundary. CR stands only at its beginning, since a boundary cannot hold one: what was taken
 * for a delimiter and is none holds no other beginning of one, and is data as it stands. */
#include "wire/multipart.h"

#include "base/error.h"

#include <string.h>

typedef enum {
  IN_PREAMBLE,     /* before the first delimiter: thrown away */
  AFTER_DELIMITER, /* the rest of its line: "--" if it was the last */
  IN_HEADERS,
  IN_DATA,
  IN_EPILOGUE, /* after the last: thrown away */
} State;

struct MultipartReader {
  MultipartHandler handler;
  State state;
  char *delimiter;
  size_t length;  /* of the delimiter */
  size_t matched; /* of its bytes, at the end of what was fed */
  GString *line;  /* of AFTER_DELIMITER and IN_HEADERS: what came of it */
  int parts;
};

bool media_type_is(const char *header, const char *type)
{
  size_t length = header ? strcspn(header, "; \t") : 0;
  return length == strlen(type) && g_ascii_strncasecmp(header, type, length) == 0;
}

/* --- parameters of headers --- */

/* A token or a quoted string at *at, which is moved behind it. In quotes only \" and \\ are escapes: others are the separators
 * of old browsers' paths. The caller frees it. */
static char *read_value(const char **at)
{
  GString *value = g_string_new(NULL);
  const char *from = *at;
  if (*from != '"') {
    size_t length = strcspn(from, "; \t");
    *at = from + length;
    return g_string_free(g_string_append_len(value, from, (gssize)length), FALSE);
  }
  for (from++; *from && *from != '"'; from++) {
    if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
      from++;
    g_string_append_c(value, *from);
  }
  *at = *from ? from + 1 : from;
  return g_string_free(value, FALSE);
}

/* The parameter of a header's value, after its first ";"; NULL if it is not there. The caller frees it. */
static char *parameter(const char *header, const char *wanted)
{
  for (const char *at = strchr(header, ';'); at && *at == ';'; at += strcspn(at, ";")) {
    at += 1 + strspn(at + 1, " \t");
    size_t length = strcspn(at, "=; \t");
    bool is_it = length == strlen(wanted) && g_ascii_strncasecmp(at, wanted, length) == 0;
    at += length + strspn(at + length, " \t");
    if (*at != '=')
      continue;
    at += 1 + strspn(at + 1, " \t");
    g_autofree char *value = read_value(&at);
    if (is_it)
      return g_steal_pointer(&value);
  }
  return NULL;
}

/* RFC 2046, 5.1.1: bchars, the last no space. */
static bool is_boundary(const char *text)
{
  static const char good[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ";
  size_t length = strlen(text);
  return length >= 1 && length <= MULTIPART_BOUNDARY_MAX_BYTES && strspn(text, good) == length && text[length - 1] != ' ';
}

MultipartReader *multipart_reader_new(const char *content_type, const MultipartHandler *handler, GError **error)
{
  if (!media_type_is(content_type, "multipart/form-data")) {
    fail(error, REEVE_ERROR_INVALID, "The body must be multipart/form-data.");
    return NULL;
  }
  g_autofree char *boundary = parameter(content_type, "boundary");
  if (!boundary || !is_boundary(boundary)) {
    fail(error, REEVE_ERROR_INVALID, "The header Content-Type must say how the parts of the body are divided: boundary=….");
    return NULL;
  }
  MultipartReader *reader = g_new0(MultipartReader, 1);
  reader->handler = *handler;
  reader->delimiter = g_strconcat("\r\n--", boundary, NULL);
  reader->length = strlen(reader->delimiter);
  reader->matched = 2; /* the first may stand at the very beginning, without a line before it */
  reader->line = g_string_new(NULL);
  return reader;
}

void multipart_reader_free(MultipartReader *reader)
{
  if (!reader)
    return;
  g_free(reader->delimiter);
  g_string_free(reader->line, TRUE);
  g_free(reader);
}

/* --- headers of a part --- */

/* RFC 7578, 4.2 forbids filename*, and some send it. Of UTF-8 only. */
static char *extended_name(const char *header)
{
  static const char prefix[] = "UTF-8''";
  g_autofree char *value = parameter(header, "filename*");
  if (!value || g_ascii_strncasecmp(value, prefix, strlen(prefix)) != 0)
    return NULL;
  return g_uri_unescape_string(value + strlen(prefix), NULL);
}

static void read_header(const char *line, MultipartPart *part)
{
  size_t length = strcspn(line, ":");
  const char *value = line[length] ? line + length + 1 : "";
  value += strspn(value, " \t");
  if (length == strlen("Content-Type") && g_ascii_strncasecmp(line, "Content-Type", length) == 0 && !part->content_type)
    part->content_type = g_strdup(value);
  if (length != strlen("Content-Disposition") || g_ascii_strncasecmp(line, "Content-Disposition", length) != 0 || part->name)
    return;
  part->name = parameter(value, "name");
  g_free(part->file_name); /* of one before that had no name */
  part->file_name = extended_name(value);
  if (!part->file_name)
    part->file_name = parameter(value, "filename");
}

static void part_clear(MultipartPart *part)
{
  g_free(part->name);
  g_free(part->file_name);
  g_free(part->content_type);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MultipartPart, part_clear)

/* All headers are there. */
static bool begin_part(MultipartReader *reader, GError **error)
{
  g_auto(MultipartPart) part = {0};
  if (++reader->parts > MULTIPART_PARTS_MAX)
    return fail(error, REEVE_ERROR_INVALID, "The form may have %d parts at most.", (int)MULTIPART_PARTS_MAX);
  if (memchr(reader->line->str, '\0', reader->line->len))
    return fail(error, REEVE_ERROR_INVALID, "A header of a part of the form holds a zero byte.");
  g_auto(GStrv) lines = g_strsplit(reader->line->str, "\r\n", -1);
  for (char **line = lines; *line; line++)
    read_header(*line, &part);
  if (!part.name)
    return fail(error, REEVE_ERROR_INVALID, "A part of the form has no name: Content-Disposition: form-data; name=\"…\".");
  reader->state = IN_DATA;
  return reader->handler.on_part(&part, reader->handler.user_data, error);
}

static bool take_header(MultipartReader *reader, char byte, GError **error)
{
  GString *text = reader->line;
  g_string_append_c(text, byte);
  if (text->len > MULTIPART_HEADER_MAX_BYTES)
    return fail(error, REEVE_ERROR_INVALID, "The headers of a part of the form may have %d bytes at most.",
                (int)MULTIPART_HEADER_MAX_BYTES);
  bool none = text->len == 2 && memcmp(text->str, "\r\n", 2) == 0;
  return !(none || (text->len >= 4 && memcmp(text->str + text->len - 4, "\r\n\r\n", 4) == 0)) || begin_part(reader, error);
}

/* The rest of a delimiter's line: "--" for the last, else spaces (RFC 2046, transport-padding), CR and LF. */
static bool take_line(MultipartReader *reader, char byte, GError **error)
{
  GString *text = reader->line;
  g_string_append_c(text, byte);
  if (text->len == 2 && memcmp(text->str, "--", 2) == 0) {
    reader->state = IN_EPILOGUE;
  } else if (text->len >= 2 && byte == '\n' && text->str[text->len - 2] == '\r') {
    reader->state = IN_HEADERS;
    g_string_truncate(text, 0);
  } else if (!(byte == '\r' || byte == ' ' || byte == '\t' || (byte == '-' && text->len == 1)) ||
             text->len > MULTIPART_BOUNDARY_MAX_BYTES || (text->len >= 2 && text->str[0] == '-')) {
    return fail(error, REEVE_ERROR_INVALID, "The parts of the form are not divided as its Content-Type says.");
  }
  return true;
}

/* --- data --- */

static bool give(MultipartReader *reader, const char *bytes, size_t length, GError **error)
{
  return reader->state != IN_DATA || length == 0 || reader->handler.on_data(bytes, length, reader->handler.user_data, error);
}

static bool end_data(MultipartReader *reader, GError **error)
{
  bool had_part = reader->state == IN_DATA;
  reader->matched = 0;
  reader->state = AFTER_DELIMITER;
  g_string_truncate(reader->line, 0);
  return !had_part || reader->handler.on_end(reader->handler.user_data, error);
}

/* Takes a run of data or of a delimiter from the beginning of `bytes`; *ret_taken is at least 1. */
static bool take_data(MultipartReader *reader, const char *bytes, size_t length, size_t *ret_taken, GError **error)
{
  *ret_taken = 1;
  if (reader->matched > 0 && bytes[0] == reader->delimiter[reader->matched])
    return ++reader->matched < reader->length || end_data(reader, error);
  size_t matched = reader->matched;
  reader->matched = 0;
  if (matched > 0 && !give(reader, reader->delimiter, matched, error))
    return false;
  const char *mark = memchr(bytes, '\r', length);
  size_t run = mark ? (size_t)(mark - bytes) : length;
  *ret_taken = run + (mark != NULL);
  reader->matched = mark != NULL;
  return give(reader, bytes, run, error);
}

bool multipart_reader_feed(MultipartReader *reader, const void *bytes, size_t length, GError **error)
{
  const char *at = bytes, *end = at + length;
  while (at < end) {
    size_t taken = 1;
    bool ok = true;
    switch (reader->state) {
    case IN_PREAMBLE:
    case IN_DATA:
      ok = take_data(reader, at, (size_t)(end - at), &taken, error);
      break;
    case AFTER_DELIMITER:
      ok = take_line(reader, *at, error);
      break;
    case IN_HEADERS:
      ok = take_header(reader, *at, error);
      break;
    case IN_EPILOGUE:
      return true;
    }
    if (!ok)
      return false;
    at += taken;
  }
  return true;
}

bool multipart_reader_finish(MultipartReader *reader, GError **error)
{
  return reader->state == IN_EPILOGUE || fail(error, REEVE_ERROR_INVALID, "The form broke off: its last boundary did not come.");
}
