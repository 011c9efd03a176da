/* Files that people send to have them converted: a row for each, kept as long as the file.
 *
 * How much has come is not in the row: it is the size of the file at `path`, so that a kill at any instant leaves the two in
 * agreement.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

typedef enum {
  UPLOAD_RECEIVING, /* may be gone on with */
  UPLOAD_COMPLETE,  /* all of it is there and on the disk */
} UploadState;
extern const EnumTable upload_state_table;

typedef struct {
  int64_t id;
  char *name;                   /* as upload_name made it: safe to show and to offer for saving */
  char *content_type;           /* what the sender says it is, or NULL */
  int64_t size_bytes;           /* as announced; FIELD_NULL_INT until the end of what was sent without a length */
  int64_t received_bytes;       /* not stored: see above */
  int state;                    /* UploadState */
  char *path;                   /* of the file; nothing of it is the sender's choice */
  int64_t unchecked_from_bytes; /* what follows has a checksum to meet that was not compared yet; FIELD_NULL_INT: nothing does */
  char *created_by;
  int64_t created_at_ms;
  int64_t expires_at_ms; /* the file is deleted then, whatever its state; going on with it moves this */
} Upload;
extern const FieldTable upload_table;
static inline void upload_free(Upload *upload)
{
  record_free(&upload_table, upload);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Upload, upload_free)

/* Rows whose time has come and of which no conversion is still to be made, at most `limit`, as records_new() array. NULL on
 * error. */
GPtrArray *upload_rows_expired(DbConn *conn, int64_t now_ms, int64_t limit, GError **error);
