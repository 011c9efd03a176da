/* Both ends of the conversation between pool and probing child: the first byte says who listens. */
#include "media/probe_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void child_listens(const uint8_t *data, size_t size)
{
  ProbeRequest request;
  size_t name_length;
  if (size < PROBE_REQUEST_HEADER || !probe_request_read_header(data, PROBE_REQUEST_HEADER, &request, &name_length, NULL))
    return;
  if (name_length > size - PROBE_REQUEST_HEADER ||
      !probe_request_read_name(data + PROBE_REQUEST_HEADER, name_length, &request, NULL))
    return;
  guint8 again[PROBE_REQUEST_HEADER + PROBE_MAX_NAME];
  g_assert_cmpuint(probe_request_write(&request, again), ==, PROBE_REQUEST_HEADER + name_length);
}

static void pool_listens(const uint8_t *data, size_t size)
{
  int code;
  size_t length;
  if (size < PROBE_ANSWER_HEADER || !probe_answer_read_header(data, PROBE_ANSWER_HEADER, &code, &length, NULL))
    return;
  if (length > size - PROBE_ANSWER_HEADER)
    length = size - PROBE_ANSWER_HEADER;
  g_autoptr(GError) error = NULL;
  g_autoptr(MediaInfo) info = probe_answer_read_body(code, data + PROBE_ANSWER_HEADER, length, "/a", &error);
  g_assert_true(!info == !!error);
  g_clear_error(&error);
  g_autoptr(FrameIndex) index = probe_answer_read_frames(code, data + PROBE_ANSWER_HEADER, length, "/a", &error);
  g_assert_true(!index == !!error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  if (data[0] & 1)
    child_listens(data + 1, size - 1);
  else
    pool_listens(data + 1, size - 1);
  return 0;
}
