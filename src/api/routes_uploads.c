/* Sending files: resumable by tus 1.0, or whole as the body of one request (C1). What the protocol's headers may say is
 * convert/tus.h; this decides what is answered. Test: tests/unit/api/test_uploads.c, tests/system/uploads.test.ts */
#include "api/http.h"
#include "api/http_date.h"
#include "base/error.h"
#include "base/number.h"
#include "convert/form_upload.h"
#include "wire/multipart.h"

#include <string.h>

static const QueryParameter upload_query[] = {
    {"name", FIELD_KIND_TEXT, NULL, "Name of the file, where the body is the file itself."},
};

/* --- what every answer says --- */

/* A fault of the protocol's own headers is 400 there. */
static bool refuse_header(Response *response)
{
  response_status(response, MHD_HTTP_BAD_REQUEST);
  return false;
}

static void show_number(Response *response, const char *name, int64_t value)
{
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);
  response_header(response, name, text);
}

static void show_upload(Response *response, const Upload *upload)
{
  show_number(response, "Upload-Offset", upload->received_bytes);
  if (upload->size_bytes != FIELD_NULL_INT)
    show_number(response, "Upload-Length", upload->size_bytes);
  g_autofree char *expires = http_date(upload->expires_at_ms);
  response_header(response, "Upload-Expires", expires);
}

/* Which version is spoken; who speaks another one is told which there is. `needed` where only the protocol comes this way. */
static bool check_version(const Request *request, Response *response, bool needed, GError **error)
{
  const char *version = request_header(request, "Tus-Resumable");
  response_header(response, "Tus-Resumable", TUS_VERSION);
  if (version ? g_str_equal(version, TUS_VERSION) : !needed)
    return true;
  response_header(response, "Tus-Version", TUS_VERSION);
  response_status(response, MHD_HTTP_PRECONDITION_FAILED);
  return fail(error, REEVE_ERROR_INVALID,
              "Uploads are gone on with by tus " TUS_VERSION ": send \"Tus-Resumable: " TUS_VERSION "\".");
}

/* --- bodies --- */

static bool write_body(void *writer, const void *bytes, size_t length, GError **error)
{
  return upload_writer_write(writer, bytes, length, error);
}

static void free_body(void *writer)
{
  upload_writer_free(writer);
}

static bool read_checksum(const Request *request, TusChecksum *checksum, bool *ret_given, Response *response, GError **error)
{
  const char *text = request_header(request, "Upload-Checksum");
  *ret_given = text != NULL;
  return !text || tus_checksum_parse(text, checksum, error) || refuse_header(response);
}

/* A body that says it is longer than what is left is refused before it is sent. */
static bool check_announced(const Request *request, const Upload *upload, int64_t offset_bytes, GError **error)
{
  int64_t length = request_length(request);
  if (length == FIELD_NULL_INT || upload->size_bytes == FIELD_NULL_INT || length <= upload->size_bytes - offset_bytes)
    return true;
  return fail(error, REEVE_ERROR_LIMIT,
              "The body has %" G_GINT64_FORMAT " bytes, but only %" G_GINT64_FORMAT " of the upload are missing.", length,
              upload->size_bytes - offset_bytes);
}

/* Told before the body comes; the writer looks again. */
static bool check_offset(const Upload *upload, int64_t offset_bytes, GError **error)
{
  return offset_bytes == upload->received_bytes ||
         fail(error, REEVE_ERROR_CONFLICT, "The upload %" G_GINT64_FORMAT " has %" G_GINT64_FORMAT " bytes: go on from there.",
              upload->id, upload->received_bytes);
}

static bool open_body(Request *request, int64_t id, int64_t offset_bytes, Response *response, BodySink *ret_sink, GError **error)
{
  TusChecksum checksum;
  bool given;
  if (!read_checksum(request, &checksum, &given, response, error))
    return false;
  *ret_sink = (BodySink){
      .write = write_body,
      .free = free_body,
      .sink = upload_writer_claim(request_services(request)->uploads, id, offset_bytes, given ? &checksum : NULL),
  };
  return true;
}

static bool end_body(Request *request, bool ends, Upload *ret_upload, Response *response, GError **error)
{
  bool fits = false;
  if (!upload_writer_end(request_sink(request), ends, ret_upload, &fits, error))
    return false;
  show_upload(response, ret_upload);
  if (fits)
    return true;
  response_status(response, TUS_STATUS_CHECKSUM_MISMATCH);
  return fail(error, REEVE_ERROR_INVALID,
              "What came has another checksum than was announced and was thrown away; send it again.");
}

/* --- making one --- */

typedef struct {
  FormUpload *form;     /* the body is a form; NULL: it is not, and */
  UploadWriter *writer; /* NULL: a creation without a body */
  Uploads *uploads;
  int64_t id;
  bool is_whole; /* the body is all there is */
  bool done;     /* else nothing stays: its sender was told no number to go on with */
} Creation;

static bool write_creation(void *data, const void *bytes, size_t length, GError **error)
{
  const Creation *creation = data;
  if (creation->form)
    return form_upload_write(creation->form, bytes, length, error);
  return creation->writer ? upload_writer_write(creation->writer, bytes, length, error)
                          : fail(error, REEVE_ERROR_INVALID,
                                 "A creation with a body needs the header \"Content-Type: " TUS_CONTENT_TYPE "\".");
}

static void free_creation(void *data)
{
  Creation *creation = data;
  upload_writer_free(creation->writer);
  g_autoptr(GError) why = NULL;
  form_upload_free(creation->form);
  if (!creation->form && !creation->done && !uploads_delete(creation->uploads, creation->id, &why))
    g_warning("What came of an upload that broke off is there until it expires: %s", why->message);
  g_free(creation);
}

static bool read_creation(Request *request, bool by_tus, NewUpload *wanted, TusMetadata *metadata, Response *response,
                          GError **error)
{
  wanted->created_by = request_caller(request)->name;
  if (!by_tus) {
    wanted->size_bytes = request_length(request);
    wanted->name = request_text(request, "name");
    wanted->content_type = request_header(request, "Content-Type");
    if (wanted->content_type && !g_utf8_validate(wanted->content_type, -1, NULL))
      wanted->content_type = NULL;
    return true;
  }
  if (request_header(request, "Upload-Defer-Length")) {
    refuse_header(response);
    return fail(error, REEVE_ERROR_INVALID, "The length of an upload must be known: send the header Upload-Length.");
  }
  if (!tus_read_bytes("Upload-Length", request_header(request, "Upload-Length"), &wanted->size_bytes, error) ||
      !tus_metadata_parse(request_header(request, "Upload-Metadata"), metadata, error))
    return refuse_header(response);
  wanted->name = metadata->name;
  wanted->content_type = metadata->content_type;
  return true;
}

static void set_sink(BodySink *ret_sink, Creation creation)
{
  *ret_sink = (BodySink){.write = write_creation, .free = free_creation, .sink = g_memdup2(&creation, sizeof creation)};
}

static bool receive_form(Request *request, BodySink *ret_sink, GError **error)
{
  Uploads *uploads = request_services(request)->uploads;
  const NewForm announced = {.content_type = request_header(request, "Content-Type"),
                             .length_bytes = request_length(request),
                             .created_by = request_caller(request)->name};
  FormUpload *form = form_upload_new(uploads, &announced, error);
  if (form)
    set_sink(ret_sink, (Creation){.form = form, .uploads = uploads});
  return form != NULL;
}

/* Nothing stays of a creation that is refused. */
static bool receive_creation(Request *request, Response *response, BodySink *ret_sink, GError **error)
{
  Uploads *uploads = request_services(request)->uploads;
  bool by_tus = request_header(request, "Tus-Resumable") != NULL;
  if (!by_tus && media_type_is(request_header(request, "Content-Type"), "multipart/form-data"))
    return receive_form(request, ret_sink, error);
  g_auto(TusMetadata) metadata = {0};
  NewUpload wanted = {0};
  Upload upload;
  BodySink body = {0};
  if (!check_version(request, response, false, error) || !read_creation(request, by_tus, &wanted, &metadata, response, error) ||
      !uploads_create(uploads, &wanted, &upload, error))
    return false;
  bool has_body = !by_tus || media_type_is(request_header(request, "Content-Type"), TUS_CONTENT_TYPE);
  bool needs_end = has_body || upload.size_bytes == 0; /* an empty upload is complete as it is */
  bool ok =
      !needs_end || (check_announced(request, &upload, 0, error) && open_body(request, upload.id, 0, response, &body, error));
  if (ok) {
    set_sink(ret_sink, (Creation){.writer = body.sink, .uploads = uploads, .id = upload.id, .is_whole = !by_tus});
  } else {
    uploads_delete(uploads, upload.id, NULL);
  }
  record_clear(&upload_table, &upload);
  return ok;
}

static bool check_whole(const Upload *upload, GError **error)
{
  return upload->state == UPLOAD_COMPLETE ||
         fail(error, REEVE_ERROR_INVALID, "Only %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes came; nothing of it was kept.",
              upload->received_bytes, upload->size_bytes);
}

static bool post_upload(Request *request, void *input, Response *response, GError **error)
{
  Creation *creation = request_sink(request);
  g_autoptr(Upload) upload = record_new(&upload_table);
  record_clear(&upload_table, upload);
  if (creation->form) {
    if (!form_upload_end(creation->form, upload, error))
      return false;
  } else if (creation->writer) {
    bool fits = false;
    if (!upload_writer_end(creation->writer, creation->is_whole, upload, &fits, error))
      return false;
    if (!fits)
      response_status(response, TUS_STATUS_CHECKSUM_MISMATCH);
    if (!fits)
      return fail(error, REEVE_ERROR_INVALID, "What came has another checksum than was announced and was thrown away.");
    if (creation->is_whole && !check_whole(upload, error))
      return false;
  } else if (!uploads_get(creation->uploads, creation->id, upload, error)) {
    return false;
  }
  creation->done = true;
  g_autofree char *location = g_strdup_printf("/api/v1/uploads/%" G_GINT64_FORMAT, upload->id);
  response_header(response, "Location", location);
  show_upload(response, upload);
  response_record(response, &upload_table, upload);
  return true;
}

/* --- going on --- */

static bool receive_patch(Request *request, Response *response, BodySink *ret_sink, GError **error)
{
  int64_t offset_bytes = 0;
  Upload upload;
  if (!check_version(request, response, true, error))
    return false;
  if (!media_type_is(request_header(request, "Content-Type"), TUS_CONTENT_TYPE)) {
    response_status(response, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE);
    return fail(error, REEVE_ERROR_INVALID, "Send the header \"Content-Type: " TUS_CONTENT_TYPE "\".");
  }
  if (!tus_read_bytes("Upload-Offset", request_header(request, "Upload-Offset"), &offset_bytes, error))
    return refuse_header(response);
  if (!uploads_get(request_services(request)->uploads, request_id(request), &upload, error))
    return false;
  bool ok = check_offset(&upload, offset_bytes, error) && check_announced(request, &upload, offset_bytes, error);
  record_clear(&upload_table, &upload);
  return ok && open_body(request, request_id(request), offset_bytes, response, ret_sink, error);
}

static bool patch_upload(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Upload) upload = record_new(&upload_table);
  record_clear(&upload_table, upload);
  return end_body(request, false, upload, response, error);
}

/* --- the rest --- */

static bool get_upload(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Upload) upload = record_new(&upload_table);
  record_clear(&upload_table, upload);
  if (!check_version(request, response, false, error) ||
      !uploads_get(request_services(request)->uploads, request_id(request), upload, error))
    return false;
  show_upload(response, upload);
  response_record(response, &upload_table, upload);
  return true;
}

static bool get_uploads(Request *request, void *input, Response *response, GError **error)
{
  const char *after = request_text(request, "after");
  int64_t after_id = 0, next_id = 0;
  if (after && !parse_int(after, 0, INT64_MAX, &after_id))
    return response_refuse(response, error, "after", "after must be what \"next\" was");
  g_autoptr(GPtrArray) uploads =
      uploads_page(request_services(request)->uploads, after_id, request_limit(request), &next_id, error);
  if (!uploads)
    return false;
  g_autofree char *next = next_id ? g_strdup_printf("%" G_GINT64_FORMAT, next_id) : NULL;
  response_list(response, &upload_table, uploads, next);
  return true;
}

static bool delete_upload(Request *request, void *input, Response *response, GError **error)
{
  return check_version(request, response, false, error) &&
         uploads_delete(request_services(request)->uploads, request_id(request), error);
}

static bool tell_protocol(Request *request, void *input, Response *response, GError **error)
{
  response_header(response, "Tus-Resumable", TUS_VERSION);
  response_header(response, "Tus-Version", TUS_VERSION);
  response_header(response, "Tus-Extension", TUS_EXTENSIONS);
  response_header(response, "Tus-Checksum-Algorithm", TUS_CHECKSUMS);
  show_number(response, "Tus-Max-Size", uploads_cap_bytes(request_services(request)->uploads));
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/uploads", ACCESS_READ, ROUTE_LISTS, .output = &upload_table, .status = 200, .handle = get_uploads,
     .summary = "Files that were sent to be converted, and those on their way."},
    {"POST", "/api/v1/uploads", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_FORM, .output = &upload_table, .status = 201,
     .receive = receive_creation, .consumes = "application/octet-stream", .handle = post_upload, ROUTE_QUERY(upload_query),
     .summary = "Sends a file as the body or in a form, or with \"Tus-Resumable: " TUS_VERSION
                "\" begins one that can be gone on with."},
    {"OPTIONS", "/api/v1/uploads", ACCESS_READ, ROUTE_CHANGES_NOTHING, .status = 204, .handle = tell_protocol,
     .summary = "Which version and extensions of tus are spoken, in headers."},
    {"GET", "/api/v1/uploads/{id}", ACCESS_READ, .output = &upload_table, .status = 200, .handle = get_upload,
     .summary = "One upload; HEAD says in Upload-Offset where to go on."},
    {"PATCH", "/api/v1/uploads/{id}", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_PART, .status = 204, .receive = receive_patch,
     .consumes = TUS_CONTENT_TYPE, .handle = patch_upload, .summary = "Goes on with an upload at Upload-Offset (tus)."},
    {"DELETE", "/api/v1/uploads/{id}", ACCESS_OPERATE, ROUTE_SLOW, .status = 204, .handle = delete_upload,
     .summary = "Deletes an upload, also one that is on its way."},
};
const RouteSet upload_routes = {rows, G_N_ELEMENTS(rows)};
