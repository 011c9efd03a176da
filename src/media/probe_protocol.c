/* The messages between pool and child, as bytes: writing, and strict reading. Tested by tests/unit/media/test_probe_protocol.c
 * and tests/fuzz/fuzz_probe_protocol.c. */
#include "media/probe_protocol.h"

#include "base/error.h"
#include "wire/json.h"

#include <string.h>

/* The low byte is the version: pool and child come from the same binary, but a binary may be replaced under a running daemon. */
#define REQUEST_MAGIC ((guint32)0x52505102)
#define ANSWER_MAGIC ((guint32)0x52504102)

static void put_u32(guint8 *bytes, guint32 value)
{
  value = GUINT32_TO_LE(value);
  memcpy(bytes, &value, sizeof value);
}

static guint32 get_u32(const guint8 *bytes)
{
  guint32 value;
  memcpy(&value, bytes, sizeof value);
  return GUINT32_FROM_LE(value);
}

size_t probe_request_write(const ProbeRequest *request, guint8 *ret_bytes)
{
  size_t length = strlen(request->name);
  put_u32(ret_bytes, REQUEST_MAGIC);
  put_u32(ret_bytes + 4, (guint32)length);
  guint64 limit_ms = GUINT64_TO_LE((guint64)request->limit_ms);
  memcpy(ret_bytes + 8, &limit_ms, sizeof limit_ms);
  put_u32(ret_bytes + 16, (guint32)request->question);
  memcpy(ret_bytes + PROBE_REQUEST_HEADER, request->name, length);
  return PROBE_REQUEST_HEADER + length;
}

bool probe_request_read_header(const guint8 *bytes, size_t length, ProbeRequest *ret_request, size_t *ret_name_length,
                               GError **error)
{
  if (length != PROBE_REQUEST_HEADER || get_u32(bytes) != REQUEST_MAGIC)
    return fail(error, REEVE_ERROR_CORRUPT, "A probe request does not begin as one.");
  guint32 name_length = get_u32(bytes + 4), question = get_u32(bytes + 16);
  guint64 limit_ms;
  memcpy(&limit_ms, bytes + 8, sizeof limit_ms);
  limit_ms = GUINT64_FROM_LE(limit_ms);
  if (name_length > PROBE_MAX_NAME || question > PROBE_ALL_FRAMES || limit_ms == 0 || limit_ms > G_MAXINT64 / 1000)
    return fail(error, REEVE_ERROR_CORRUPT, "A probe request has a number out of range.");
  *ret_request = (ProbeRequest){.question = (ProbeQuestion)question, .limit_ms = (int64_t)limit_ms};
  *ret_name_length = name_length;
  return true;
}

bool probe_request_read_name(const guint8 *bytes, size_t length, ProbeRequest *request, GError **error)
{
  if (length > PROBE_MAX_NAME || memchr(bytes, '\0', length) || memchr(bytes, '/', length))
    return fail(error, REEVE_ERROR_CORRUPT, "A probe request has a file name that cannot be one.");
  memcpy(request->name, bytes, length);
  request->name[length] = '\0';
  return true;
}

void probe_answer_write_header(int code, size_t length, guint8 ret_bytes[PROBE_ANSWER_HEADER])
{
  put_u32(ret_bytes, ANSWER_MAGIC);
  put_u32(ret_bytes + 4, (guint32)(code + 1));
  put_u32(ret_bytes + 8, (guint32)length);
}

bool probe_answer_read_header(const guint8 *bytes, size_t length, int *ret_code, size_t *ret_length, GError **error)
{
  if (length != PROBE_ANSWER_HEADER || get_u32(bytes) != ANSWER_MAGIC)
    return fail(error, REEVE_ERROR_CORRUPT, "A probe answer does not begin as one.");
  guint32 code = get_u32(bytes + 4), body = get_u32(bytes + 8);
  if (code > REEVE_ERROR_INTERNAL + 1)
    return fail(error, REEVE_ERROR_CORRUPT, "A probe answer has an unknown error code.");
  if (body > (code ? PROBE_MAX_MESSAGE : PROBE_MAX_ANSWER))
    return fail(error, REEVE_ERROR_CORRUPT, "A probe answer is too long.");
  *ret_code = (int)code - 1;
  *ret_length = body;
  return true;
}

static bool bad_answer(const char *path, const GError *cause, GError **error)
{
  return fail(error, REEVE_ERROR_INTERNAL,
              "%s could not be probed: the probing process answered with something that is no media information (%s)", path,
              cause ? cause->message : "the message is not text.");
}

/* Fills a record of the table that was asked for. */
static bool read_body(int code, const guint8 *bytes, size_t length, const char *path, const FieldTable *table, void *record,
                      GError **error)
{
  const char *text = (const char *)bytes;
  if (code >= 0 && !g_utf8_validate_len(text, length, NULL))
    return bad_answer(path, NULL, error);
  if (code >= 0)
    return fail(error, (ReeveErrorCode)code, "%s %.*s", path, (int)length, text);
  g_autoptr(GError) cause = NULL;
  g_autoptr(json_t) tree = json_parse(text, length, &cause);
  return (tree && json_to_record(table, tree, JSON_TRUSTED, record, NULL, &cause)) || bad_answer(path, cause, error);
}

MediaInfo *probe_answer_read_body(int code, const guint8 *bytes, size_t length, const char *path, GError **error)
{
  g_autoptr(MediaInfo) info = record_new(&media_info_table);
  return read_body(code, bytes, length, path, &media_info_table, info, error) ? g_steal_pointer(&info) : NULL;
}

FrameIndex *probe_answer_read_frames(int code, const guint8 *bytes, size_t length, const char *path, GError **error)
{
  g_autoptr(FrameIndex) index = record_new(&frame_index_table);
  return read_body(code, bytes, length, path, &frame_index_table, index, error) ? g_steal_pointer(&index) : NULL;
}
