/* The rows of uploads. Test: tests/unit/convert/test_uploads.c */
#include "store/upload_row.h"

#include "store/record_sql.h"

static const EnumRow upload_state_rows[] = {
    {UPLOAD_RECEIVING, "receiving", "Not all of it is there"},
    {UPLOAD_COMPLETE, "complete", "All of it is there"},
};
const EnumTable upload_state_table = ENUM_TABLE("UploadState", upload_state_rows);

static const Field upload_fields[] = {
    FIELD_INT(Upload, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the upload."),
    FIELD_TEXT(Upload, name, .flags = FIELD_READ_ONLY, .help = "Name of the file, made safe."),
    FIELD_TEXT(Upload, content_type, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "What its sender says it is."),
    FIELD_INT(Upload, size_bytes, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Size in bytes, as announced; null while it is not known."),
    FIELD_INT(Upload, received_bytes, .flags = FIELD_READ_ONLY | FIELD_NO_COLUMN, .help = "Bytes that have come."),
    FIELD_ENUM(Upload, state, upload_state_table, .flags = FIELD_READ_ONLY, .help = "Whether all of it is there."),
    FIELD_TEXT(Upload, path, .flags = FIELD_READ_ONLY | FIELD_NO_JSON, .help = "Where the file is."),
    FIELD_INT(Upload, unchecked_from_bytes, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_NO_JSON,
              .help = "Where bytes begin whose checksum was not compared yet."),
    FIELD_TEXT(Upload, created_by, .flags = FIELD_READ_ONLY, .help = "Who sent it."),
    FIELD_INT(Upload, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was begun, in ms since 1970."),
    FIELD_INT(Upload, expires_at_ms, .flags = FIELD_READ_ONLY, .help = "When it is deleted, in ms since 1970."),
};
const FieldTable upload_table = FIELD_TABLE(Upload, "Upload", "uploads", upload_fields);

GPtrArray *upload_rows_expired(DbConn *conn, int64_t now_ms, int64_t limit, GError **error)
{
  return record_list(conn, &upload_table,
                     "WHERE expires_at_ms <= $1 AND NOT EXISTS (SELECT 1 FROM conversions c JOIN jobs j ON j.id = c.job_id "
                     "WHERE c.upload_id = uploads.id AND c.path IS NULL AND j.state IN ('held', 'pending', 'running', 'paused')) "
                     "ORDER BY expires_at_ms, id LIMIT $2",
                     DB_ARGS(DB_INT(now_ms), DB_INT(limit)), error);
}
