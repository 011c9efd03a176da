/* What is said between the pool and a probing child over their socket: one request, one answer, in turn.
 *
 * A request is a header, which says what is asked, and the file's name without directories (libavformat looks at its extension);
 * the file's descriptor goes with the first byte as SCM_RIGHTS. An answer is a header and either a MediaInfo or a FrameIndex as
 * JSON or the rest of an error sentence that begins with the file's path. Both ends check everything: the child because it is
 * simple, the pool because a child that has read hostile media may have become hostile.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "media/frame_index.h"
#include "media/media_info.h"

enum {
  PROBE_REQUEST_HEADER = 20,
  PROBE_ANSWER_HEADER = 12,
  PROBE_MAX_NAME = 255,
  PROBE_MAX_MESSAGE = 4096,
  PROBE_MAX_ANSWER = 8 * 1024 * 1024,
};

typedef enum {
  PROBE_MEDIA,      /* everything about the file: a MediaInfo */
  PROBE_KEY_FRAMES, /* where its video can be cut: a FrameIndex */
  PROBE_ALL_FRAMES, /* its video's packets, counted: a FrameIndex without key frames */
} ProbeQuestion;

typedef struct {
  ProbeQuestion question;
  int64_t limit_ms;              /* the child gives up by itself after this long; > 0 */
  char name[PROBE_MAX_NAME + 1]; /* of the file, for its extension */
} ProbeRequest;

/* Writes header and name into `ret_bytes` (of PROBE_REQUEST_HEADER + PROBE_MAX_NAME). A name that is too long keeps its end,
 * where the extension is. Returns the number of bytes. */
size_t probe_request_write(const ProbeRequest *request, guint8 *ret_bytes);

/* Reads the header: fills all but the name, and says how many bytes of name follow. CORRUPT on a broken header. */
bool probe_request_read_header(const guint8 *bytes, size_t length, ProbeRequest *ret_request, size_t *ret_name_length,
                               GError **error);

/* Takes the name. CORRUPT if it holds a NUL or a slash. */
bool probe_request_read_name(const guint8 *bytes, size_t length, ProbeRequest *request, GError **error);

/* Writes the header of an answer. `code` is -1 for success, else a ReeveErrorCode. */
void probe_answer_write_header(int code, size_t length, guint8 ret_bytes[PROBE_ANSWER_HEADER]);

/* CORRUPT on a broken header, an unknown code or a length over what such an answer may have. */
bool probe_answer_read_header(const guint8 *bytes, size_t length, int *ret_code, size_t *ret_length, GError **error);

/* The result of an answer's body: a MediaInfo, or NULL with the child's error, whose sentence begins with `path`. CORRUPT, as
 * INTERNAL, if the body is not what it should be. The caller frees the result. */
MediaInfo *probe_answer_read_body(int code, const guint8 *bytes, size_t length, const char *path, GError **error);

/* The same for the answer to a question about frames. */
FrameIndex *probe_answer_read_frames(int code, const guint8 *bytes, size_t length, const char *path, GError **error);
