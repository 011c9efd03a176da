/* The one file of a form as an upload, written as the form comes (wire/multipart.h).
 *
 * Thread-safety: belongs to one thread at a time. */
#pragma once

#include "convert/uploads.h"

typedef struct FormUpload FormUpload;

/* What is known of a form before it comes. */
typedef struct {
  const char *content_type;
  int64_t length_bytes; /* of all of it; FIELD_NULL_INT: nobody says */
  const char *field;    /* the name of the part that holds the file; NULL: whichever has a file name */
  const char *created_by;
} NewForm;

/* What a form may have beside its file, so long as its length is what it is judged by. */
enum { FORM_SLACK_BYTES = 1024 * 1024 };

/* Waits for no body and makes no upload yet. Borrows `uploads`. NULL with INVALID if the header is not that of a form; LIMIT or
 * NO_SPACE, as uploads_create, if the length says that its file will be too large. */
FormUpload *form_upload_new(Uploads *uploads, const NewForm *announced, GError **error);

/* Errors as upload_writer_write, and INVALID for what is no form or has a second file. */
bool form_upload_write(FormUpload *form, const void *bytes, size_t length, GError **error);

/* The form is over. INVALID if it broke off or has no such file. *ret_upload, which holds nothing before, is whole. */
bool form_upload_end(FormUpload *form, Upload *ret_upload, GError **error);

/* Unless form_upload_end went well, nothing stays. NULL is fine. */
void form_upload_free(FormUpload *form);
