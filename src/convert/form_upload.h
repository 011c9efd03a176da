/* The one file of a form as an upload, written as the form comes (wire/multipart.h).
 *
 * Thread-safety: belongs to one thread at a time. */
#pragma once

#include "convert/uploads.h"

typedef struct FormUpload FormUpload;

/* `field` is the name of the part that holds the file; NULL: whichever has a file name. Waits for nothing and writes nothing yet.
 * Borrows `uploads`. NULL with INVALID if the header is not that of a form. */
FormUpload *form_upload_new(Uploads *uploads, const char *content_type, const char *field, const char *created_by,
                            GError **error);

/* Errors as upload_writer_write, and INVALID for what is no form or has a second file. */
bool form_upload_write(FormUpload *form, const void *bytes, size_t length, GError **error);

/* The form is over. INVALID if it broke off or has no such file. *ret_upload, which holds nothing before, is whole. */
bool form_upload_end(FormUpload *form, Upload *ret_upload, GError **error);

/* Unless form_upload_end went well, nothing stays. NULL is fine. */
void form_upload_free(FormUpload *form);
