/* The probing child: takes a descriptor, reads the file, answers, until its socket closes. It gives up its rights after the
 * libraries are loaded and before the first byte of media. Tested by tests/unit/media/test_probe.c. */
#include "media/probe.h"

#include "base/error.h"
#include "base/number.h"
#include "media/libav.h"
#include "media/probe_protocol.h"
#include "media/probe_read.h"
#include "sys/sandbox.h"
#include "wire/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET_FD = 3 };

/* AddressSanitizer reserves terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef HAS_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER 0
#endif

/* Reads until `length` bytes are there, and keeps the first descriptor that comes with them in *fd. False at the end of the
 * conversation. */
static bool receive(guint8 *bytes, size_t length, int *fd)
{
  for (size_t got = 0; got < length;) {
    union {
      char bytes[CMSG_SPACE(sizeof(int))];
      struct cmsghdr align;
    } control;
    struct iovec part = {bytes + got, length - got};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(SOCKET_FD, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    got += (size_t)n;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS && *fd < 0)
      memcpy(fd, CMSG_DATA(header), sizeof *fd);
  }
  return true;
}

/* In one piece, so that the pool wakes up once. */
static bool answer(int code, const char *text, size_t length)
{
  g_autofree guint8 *bytes = g_malloc(PROBE_ANSWER_HEADER + length);
  probe_answer_write_header(code, length, bytes);
  memcpy(bytes + PROBE_ANSWER_HEADER, text, length);
  for (size_t sent = 0; sent < PROBE_ANSWER_HEADER + length;) {
    ssize_t n = send(SOCKET_FD, bytes + sent, PROBE_ANSWER_HEADER + length - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    sent += (size_t)n;
  }
  return true;
}

static bool answer_error(const GError *error)
{
  size_t length = strlen(error->message);
  if (length > PROBE_MAX_MESSAGE)
    length = (size_t)(g_utf8_find_prev_char(error->message, error->message + PROBE_MAX_MESSAGE) - error->message);
  return answer((int)reeve_error_code(error), error->message, length);
}

static bool answer_record(const FieldTable *table, const void *record)
{
  g_autoptr(json_t) tree = json_from_record(table, record, JSON_FULL);
  g_autofree char *text = json_text(tree);
  size_t length = strlen(text);
  if (length <= PROBE_MAX_ANSWER)
    return answer(-1, text, length);
  g_autoptr(GError) error = NULL;
  fail(&error, REEVE_ERROR_LIMIT, "holds more streams, chapters and tags than can be kept.");
  return answer_error(error);
}

/* `av` is NULL if the libraries could not be loaded, because of `load_error`. */
static bool serve(const Libav *av, const GError *load_error, const ProbeRequest *request, int fd)
{
  if (!av)
    return answer_error(load_error);
  g_autoptr(GError) error = NULL;
  if (request->question == PROBE_MEDIA) {
    g_autoptr(MediaInfo) info = probe_read(av, fd, request->name, request->limit_ms, &error);
    return info ? answer_record(&media_info_table, info) : answer_error(error);
  }
  bool every = request->question == PROBE_ALL_FRAMES;
  g_autoptr(FrameIndex) index = probe_read_frames(av, fd, request->name, every, request->limit_ms, &error);
  return index ? answer_record(&frame_index_table, index) : answer_error(error);
}

static bool serve_next(const Libav *av, const GError *load_error)
{
  int fd = -1;
  guint8 header[PROBE_REQUEST_HEADER], name[PROBE_MAX_NAME];
  ProbeRequest request;
  size_t name_length;
  bool go_on = receive(header, sizeof header, &fd) &&
               probe_request_read_header(header, sizeof header, &request, &name_length, NULL) &&
               receive(name, name_length, &fd) && probe_request_read_name(name, name_length, &request, NULL) && fd >= 0 &&
               serve(av, load_error, &request, fd);
  if (fd >= 0)
    close(fd);
  return go_on;
}

/* The pool's word on memory; see probe_pool.c. */
static int64_t memory_limit(void)
{
  int64_t bytes = 0;
  const char *text = g_getenv("REEVE_PROBE_MEMORY");
  if (text)
    parse_int(text, 0, INT64_MAX, &bytes);
  return HAS_ADDRESS_SANITIZER ? 0 : bytes;
}

int probe_child_main(void)
{
  g_autoptr(GError) load_error = NULL, error = NULL;
  g_autoptr(Libav) av = libav_load(&load_error);
  if (av)
    av->av_log_set_level(AV_LOG_QUIET);
  else
    g_prefix_error(&load_error, "could not be probed: ");
  /* A crash is reported to the pool; a core dump of a stranger's file helps nobody. */
  (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  const Sandbox sandbox = {.no_network = true, .no_exec = true, .no_files = true, .memory_bytes = memory_limit()};
  if (!sandbox_apply(&sandbox, &error)) {
    g_printerr("The probing process cannot lock itself in: %s\n", error->message);
    return EXIT_FAILURE;
  }
  while (serve_next(av, load_error))
    ;
  return EXIT_SUCCESS;
}

char *probe_library_versions(GError **error)
{
  g_autoptr(Libav) av = libav_load(error);
  return av ? libav_versions(av) : NULL;
}
