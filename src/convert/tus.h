/* The headers of resumable uploads, tus 1.0.0 (https://tus.io/protocols/resumable-upload, "Core Protocol" and the extensions
 * creation, creation-with-upload, termination, checksum and expiration): what a sender says, read strictly. Pure.
 *
 * Errors are INVALID and name the header.
 *
 * Thread-safety: no state. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define TUS_VERSION "1.0.0"
#define TUS_EXTENSIONS "creation,creation-with-upload,termination,checksum,expiration"
#define TUS_CHECKSUMS "sha1,sha256,sha512,md5"
#define TUS_CONTENT_TYPE "application/offset+octet-stream"

/* What the protocol answers with and HTTP's own list has not. */
enum { TUS_STATUS_CHECKSUM_MISMATCH = 460 };

/* Upload-Length and Upload-Offset: decimal digits and nothing else, at most INT64_MAX. `header` is the name, for the message;
 * `text` may be NULL, which is an error, too. */
bool tus_read_bytes(const char *header, const char *text, int64_t *ret_bytes, GError **error);

/* What Upload-Metadata says that is of use here. */
typedef struct {
  char *name;         /* "filename", or "name": any bytes but NUL, as they were sent; NULL if there is none */
  char *content_type; /* "filetype", or "type" or "contentType"; NULL if there is none or it is no media type */
} TusMetadata;

enum { TUS_METADATA_PAIRS_MAX = 64, TUS_METADATA_VALUE_MAX_BYTES = 4096 };

/* "filename d29ybGQ=,is_secret": pairs of a key and a value in base64, which may be missing. Keys are unique, not empty, of ASCII
 * without space and comma. Absent (NULL) or empty is no metadata. Written only on success; the caller clears it. */
bool tus_metadata_parse(const char *text, TusMetadata *ret_metadata, GError **error);
void tus_metadata_clear(TusMetadata *metadata);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TusMetadata, tus_metadata_clear)

/* Upload-Checksum. */
typedef struct {
  GChecksumType type;
  guint8 digest[64];
  gsize length;
} TusChecksum;

/* "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=": one of TUS_CHECKSUMS and a digest of its length. */
bool tus_checksum_parse(const char *text, TusChecksum *ret_checksum, GError **error);

/* Whether a digest is the one that was announced. Uses up `sum`, which can be given nothing more. */
bool tus_checksum_fits(const TusChecksum *wanted, GChecksum *sum);
