/* Decides which part of a form is the file. Test: tests/unit/convert/test_form_upload.c */
#include "convert/form_upload.h"

#include "base/error.h"
#include "wire/multipart.h"

enum { GATHER_BYTES = 256 * 1024 /* the reader hands on pieces that end at every CR */ };

struct FormUpload {
  Uploads *uploads;
  char *field; /* NULL: any with a file name */
  char *created_by;
  MultipartReader *reader;
  UploadWriter *writer; /* NULL before the file begins */
  int64_t id;
  bool in_file; /* its part is the one that is read */
  GByteArray *gathered;
  bool done;
};

static bool is_file(const FormUpload *form, const MultipartPart *part)
{
  return form->field ? g_str_equal(part->name, form->field) : part->file_name != NULL;
}

static bool on_part(const MultipartPart *part, void *user_data, GError **error)
{
  FormUpload *form = user_data;
  form->in_file = is_file(form, part);
  if (!form->in_file)
    return true;
  if (form->writer)
    return fail(error, REEVE_ERROR_INVALID, "Send one file in a form, not several.");
  bool has_type = part->content_type && g_utf8_validate(part->content_type, -1, NULL);
  const NewUpload wanted = {.name = part->file_name,
                            .content_type = has_type ? part->content_type : NULL,
                            .created_by = form->created_by,
                            .size_bytes = FIELD_NULL_INT};
  Upload upload;
  if (!uploads_create(form->uploads, &wanted, &upload, error))
    return false;
  form->id = upload.id;
  form->writer = upload_writer_claim(form->uploads, upload.id, 0, NULL);
  record_clear(&upload_table, &upload);
  return true;
}

static bool write_gathered(FormUpload *form, GError **error)
{
  bool ok = form->gathered->len == 0 || upload_writer_write(form->writer, form->gathered->data, form->gathered->len, error);
  g_byte_array_set_size(form->gathered, 0);
  return ok;
}

static bool on_data(const void *bytes, size_t length, void *user_data, GError **error)
{
  FormUpload *form = user_data;
  if (!form->in_file)
    return true;
  g_byte_array_append(form->gathered, bytes, (guint)length);
  return form->gathered->len < GATHER_BYTES || write_gathered(form, error);
}

static bool on_end(void *user_data, GError **error)
{
  FormUpload *form = user_data;
  bool ok = !form->in_file || write_gathered(form, error);
  form->in_file = false;
  return ok;
}

/* The least that the file has if nothing else is sent. */
static bool check_length(Uploads *uploads, int64_t length_bytes, GError **error)
{
  return length_bytes == FIELD_NULL_INT || uploads_check_size(uploads, MAX(length_bytes - FORM_SLACK_BYTES, 0), error);
}

FormUpload *form_upload_new(Uploads *uploads, const NewForm *announced, GError **error)
{
  FormUpload *form = g_new0(FormUpload, 1);
  const MultipartHandler handler = {.on_part = on_part, .on_data = on_data, .on_end = on_end, .user_data = form};
  form->reader = multipart_reader_new(announced->content_type, &handler, error);
  if (!form->reader || !check_length(uploads, announced->length_bytes, error)) {
    multipart_reader_free(form->reader);
    g_free(form);
    return NULL;
  }
  form->uploads = uploads;
  form->field = g_strdup(announced->field);
  form->created_by = g_strdup(announced->created_by);
  form->gathered = g_byte_array_new();
  return form;
}

bool form_upload_write(FormUpload *form, const void *bytes, size_t length, GError **error)
{
  return multipart_reader_feed(form->reader, bytes, length, error);
}

bool form_upload_end(FormUpload *form, Upload *ret_upload, GError **error)
{
  bool fits = false;
  if (!multipart_reader_finish(form->reader, error))
    return false;
  if (!form->writer)
    return form->field ? fail(error, REEVE_ERROR_INVALID, "The form has no file in the field \"%s\".", form->field)
                       : fail(error, REEVE_ERROR_INVALID, "The form has no file.");
  form->done = upload_writer_end(form->writer, true, ret_upload, &fits, error);
  return form->done;
}

void form_upload_free(FormUpload *form)
{
  if (!form)
    return;
  g_autoptr(GError) why = NULL;
  upload_writer_free(form->writer);
  if (form->writer && !form->done && !uploads_delete(form->uploads, form->id, &why))
    g_warning("What came of an upload that broke off is there until it expires: %s", why->message);
  multipart_reader_free(form->reader);
  g_byte_array_unref(form->gathered);
  g_free(form->created_by);
  g_free(form->field);
  g_free(form);
}
