/* Files that are downloaded: as a whole or from where it broke off, straight from the disk.
 * Test: tests/unit/api/test_conversions.c */
#include "api/http.h"
#include "api/http_date.h"
#include "api/range.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void set_range(Response *response, uint64_t size_bytes, uint64_t first, uint64_t length)
{
  g_autofree char *text = g_strdup_printf("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, first,
                                          first + length - 1, size_bytes);
  response_header(response, "Content-Range", text);
  response->status = MHD_HTTP_PARTIAL_CONTENT;
  response->file_offset = first;
  response->file_bytes = length;
}

static bool refuse_range(Response *response, uint64_t size_bytes, GError **error)
{
  g_autofree char *text = g_strdup_printf("bytes */%" G_GUINT64_FORMAT, size_bytes);
  response_header(response, "Content-Range", text);
  response->status = MHD_HTTP_RANGE_NOT_SATISFIABLE;
  return fail(error, REEVE_ERROR_INVALID, "The file has %" G_GUINT64_FORMAT " bytes, and none in that range.", size_bytes);
}

bool response_download(const Request *request, Response *response, const char *content_type, const char *path,
                       const char *file_name, GError **error)
{
  struct stat st;
  uint64_t first = 0, length = 0;
  if (!response_file(response, content_type, path, error))
    return false;
  if (fstat(response->file, &st) < 0)
    return fail_errno(error, errno, "%s could not be looked at", path);
  if (!S_ISREG(st.st_mode))
    return fail(error, REEVE_ERROR_NOT_FOUND, "%s is no file.", path);
  int64_t changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
  g_autofree char *tag = g_strdup_printf("%llx-%llx-%llx", (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
                                         (unsigned long long)changed_ms);
  g_autofree char *last_modified = http_date(changed_ms);
  response_attachment(response, file_name);
  response_header(response, "Accept-Ranges", "bytes");
  response_header(response, "Last-Modified", last_modified);
  if (response_known(request, response, tag)) {
    response_forget_file(response);
    return true;
  }
  uint64_t size_bytes = response->file_bytes;
  if (strcmp(request->method, "GET") != 0) /* of others a range means nothing (RFC 9110, 14.2) */
    return true;
  if (!range_is_current(request_header(request, "If-Range"), response->etag, last_modified))
    return true;
  switch (range_parse(request_header(request, "Range"), size_bytes, &first, &length)) {
  case RANGE_PART:
    set_range(response, size_bytes, first, length);
    return true;
  case RANGE_UNSATISFIABLE:
    return refuse_range(response, size_bytes, error);
  default:
    return true;
  }
}
