/* Decides which files stand for a root. Test: tests/unit/store/test_file_sample.c */
#include "store/file_sample.h"

#include "base/error.h"
#include "store/file.h"
#include "store/record_sql.h"

static const Field file_sample_fields[] = {
    FIELD_INT(FileSample, id, .help = "Number of the file."),
    FIELD_INT(FileSample, root_id, .help = "Its root."),
    FIELD_INT(FileSample, size_bytes, .help = "Size in bytes."),
    FIELD_INT(FileSample, mtime_ns, .help = "When its content last changed, in ns since 1970."),
    FIELD_INT(FileSample, link_count, .help = "Its names."),
    FIELD_TEXT(FileSample, path, .help = "Path."),
    FIELD_JSON(FileSample, media, .flags = FIELD_NULLABLE, .help = "What probing found."),
    FIELD_BOOL(FileSample, tried, .help = "A verdict says that it is not worth it."),
};
const FieldTable file_sample_table = FIELD_TABLE(FileSample, "FileSample", NULL, file_sample_fields);

bool file_ready_count(DbConn *conn, int64_t root_id, int64_t *ret_count, GError **error)
{
  bool found = false;
  *ret_count = 0;
  return db_query_int(conn, "SELECT SUM(files) FROM file_sums WHERE root_id = $1 AND state = $2",
                      DB_ARGS(DB_INT(root_id), DB_ENUM(file_state_table, FILE_READY)), ret_count, &found, error);
}

#define COLUMNS                                                                                                                  \
  "f.id, f.root_id, f.size_bytes, f.mtime_ns, f.link_count, f.path, f.media, CASE WHEN EXISTS (SELECT 1 FROM verdicts v WHERE "  \
  "v.fingerprint = f.fingerprint AND v.profile_id = $1 AND v.profile_version = $2) THEN 1 ELSE 0 END AS tried"

/* The numbers come from an index that has them all, so that only the rows that are meant are read. */
GPtrArray *file_sample(DbConn *conn, int64_t root_id, int64_t stride, int64_t profile_id, int64_t profile_version, GError **error)
{
  static const char sql[] = "WITH chosen AS MATERIALIZED (SELECT id FROM files WHERE root_id = $3 AND id % $4 = 0) "
                            "SELECT " COLUMNS " FROM chosen c JOIN files f ON f.id = c.id WHERE f.state = $5 ORDER BY f.id";
  return record_query(conn, &file_sample_table, sql,
                      DB_ARGS(DB_INT(profile_id), DB_INT(profile_version), DB_INT(root_id), DB_INT(stride),
                              DB_ENUM(file_state_table, FILE_READY)),
                      error);
}

FileSample *file_sample_of(DbConn *conn, int64_t file_id, int64_t profile_id, int64_t profile_version, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM files f WHERE f.id = $3 AND f.state = $4";
  g_autoptr(GPtrArray) rows = record_query(
      conn, &file_sample_table, sql,
      DB_ARGS(DB_INT(profile_id), DB_INT(profile_version), DB_INT(file_id), DB_ENUM(file_state_table, FILE_READY)), error);
  if (!rows)
    return NULL;
  if (rows->len == 0) {
    fail(error, REEVE_ERROR_NOT_FOUND, "There is no file %" G_GINT64_FORMAT " that can be encoded.", file_id);
    return NULL;
  }
  return g_ptr_array_steal_index(rows, 0);
}
