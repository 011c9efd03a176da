/* Files on their way in: made, written to piece by piece, gone on with after a break, finished, deleted, expired.
 *
 * Invariants:
 * 1. What has come is the size of the file; nothing else says so. A kill at any instant loses nothing that was written.
 * 2. Bytes that have a checksum to meet count only once it was compared: the row says where they begin before the first is
 *    written, and whoever opens the upload next cuts the file there.
 * 3. One writer at a time. A sender whose connection broke comes back before we have noticed, so a new writer takes the place of
 *    the old one, whose further bytes are refused; beside another process, that one is left alone.
 * 4. What is deleted is judged under its row's lock, which a new writer and a new conversion (convert/conversions.h) need, too:
 *    either they come first and it stays, or they find nothing.
 * 5. A row says "complete" only after the file was synced with all the bytes that were announced.
 *
 * Thread-safety: all functions may be called from any thread; an UploadWriter belongs to one at a time. */
#pragma once

#include "convert/tus.h"
#include "store/upload_row.h"

typedef struct Uploads Uploads;
typedef struct UploadWriter UploadWriter;

/* What can change while the server runs. */
typedef struct {
  const char *directory; /* where new files go; NULL: "uploads" in the data directory */
  int64_t cap_bytes;     /* of one upload */
  int64_t keep_ms;       /* after the last byte, until it is deleted */
  int64_t reserve_bytes; /* of the file system, to be left free */
} UploadRules;

/* `data_directory` is copied; the others are borrowed. The rules are 64 GiB, a day and no reserve until they are set. */
Uploads *uploads_new(Db *db, const Clock *clock, const char *data_directory);
void uploads_free(Uploads *uploads); /* no writer may be left */
void uploads_set_rules(Uploads *uploads, const UploadRules *rules);
int64_t uploads_cap_bytes(Uploads *uploads);

/* Whether new files can go there: an absolute path, made if it is not there; a file is made in it and removed. INVALID, with why
 * not. */
bool uploads_check_directory(const char *directory, GError **error);

/* Whether an upload of this size (FIELD_NULL_INT: nobody knows) would be begun now: LIMIT over the cap, NO_SPACE if it would not
 * fit beside the reserve. */
bool uploads_check_size(Uploads *uploads, int64_t size_bytes, GError **error);

/* Makes an empty upload and its row. `name` as it was given (NULL: none), `size_bytes` FIELD_NULL_INT if its sender does not
 * know. Errors as uploads_check_size. `ret_upload` holds nothing before, and is cleared by
 * upload_table. */
typedef struct {
  const char *name, *content_type, *created_by;
  int64_t size_bytes;
} NewUpload;
bool uploads_create(Uploads *uploads, const NewUpload *wanted, Upload *ret_upload, GError **error);

/* With received_bytes. NOT_FOUND also if the file is gone; the row goes with the clean-up then. */
bool uploads_get(Uploads *uploads, int64_t id, Upload *ret_upload, GError **error);

/* One page by id, as record_page. A file that is gone has 0 received bytes. */
GPtrArray *uploads_page(Uploads *uploads, int64_t after_id, int64_t limit, int64_t *ret_next, GError **error);

/* Deletes file and row, whoever writes to it. NOT_FOUND if there is no such row; CONFLICT while something is still to be made of
 * it. */
bool uploads_delete(Uploads *uploads, int64_t id, GError **error);

/* Deletes what has expired, nobody writes to and nothing is still to be made of. *ret_deleted may be NULL. */
bool uploads_expire(Uploads *uploads, Cancel *cancel, int *ret_deleted, GError **error);

/* --- writing --- */

/* Begins to write at the end, which must be `offset_bytes`: else CONFLICT, and the message says where the end is. CONFLICT, too,
 * if it is complete and `offset_bytes` is not its size. `checksum` (or NULL) must fit what is written until upload_writer_end. */
UploadWriter *upload_writer_open(Uploads *uploads, int64_t id, int64_t offset_bytes, const TusChecksum *checksum, GError **error);

/* The same in two steps, for threads that must wait for nothing: whoever wrote may not any more, and the first
 * upload_writer_write or upload_writer_end waits for its last write, looks at the offset and fails as upload_writer_open would.
 * Never NULL. */
UploadWriter *upload_writer_claim(Uploads *uploads, int64_t id, int64_t offset_bytes, const TusChecksum *checksum);

/* LIMIT if it is more than was announced, or than the cap: what this writer wrote is taken back then, and nothing more may be
 * written. NO_SPACE if the reserve would be touched: what was written stays. CONFLICT if another writer has taken over. */
bool upload_writer_write(UploadWriter *writer, const void *bytes, size_t length, GError **error);

/* The sender has said all it wanted. Compares the checksum: *ret_fits false, with success and what was written taken back, if it
 * is another one. `ends` says that this was the end of an upload whose size was not known. An upload that is whole now is synced
 * and complete. */
bool upload_writer_end(UploadWriter *writer, bool ends, Upload *ret_upload, bool *ret_fits, GError **error);

/* Without upload_writer_end before: the sender is gone, and what came stays, unless it had a checksum. NULL is fine. */
void upload_writer_free(UploadWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UploadWriter, upload_writer_free)
