/* multipart/form-data (RFC 7578, by the grammar of RFC 2046, 5.1), read as it comes: the parts are handed on in pieces, and no
 * more is kept than the headers of one part.
 *
 * Errors are INVALID. What a handler refuses is handed on as it is, and ends the reading.
 *
 * Thread-safety: a MultipartReader belongs to one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum {
  MULTIPART_BOUNDARY_MAX_BYTES = 70, /* RFC 2046, 5.1.1 */
  MULTIPART_HEADER_MAX_BYTES = 8192, /* of one part, all its headers */
  MULTIPART_PARTS_MAX = 64,
};

typedef struct {
  char *name;         /* of the field: any bytes but NUL */
  char *file_name;    /* as it was sent, any bytes but NUL; NULL: the part is no file */
  char *content_type; /* any bytes but NUL; NULL: not said */
} MultipartPart;

typedef struct {
  bool (*on_part)(const MultipartPart *part, void *user_data, GError **error); /* its headers are there; borrowed */
  bool (*on_data)(const void *bytes, size_t length, void *user_data, GError **error);
  bool (*on_end)(void *user_data, GError **error); /* of that part */
  void *user_data;
} MultipartHandler;

typedef struct MultipartReader MultipartReader;

/* `content_type` is the header, with the boundary in it. NULL if it is not multipart/form-data or has no good boundary. */
MultipartReader *multipart_reader_new(const char *content_type, const MultipartHandler *handler, GError **error);
void multipart_reader_free(MultipartReader *reader); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MultipartReader, multipart_reader_free)

/* The next bytes of the body, as they happen to be cut. After an error nothing more may be fed. */
bool multipart_reader_feed(MultipartReader *reader, const void *bytes, size_t length, GError **error);

/* The body is over: an error unless the last boundary has come. */
bool multipart_reader_finish(MultipartReader *reader, GError **error);

/* Whether a Content-Type is this media type, its parameters aside. `header` may be NULL. */
bool media_type_is(const char *header, const char *type);
