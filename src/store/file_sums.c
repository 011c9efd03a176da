/* Reads the sums that triggers keep. Test: tests/unit/store/test_file_sums.c */
#include "store/file_sums.h"

#include "store/file.h"
#include "store/record_sql.h"

static const Field codec_sum_fields[] = {
    FIELD_TEXT(CodecSum, codec, .flags = FIELD_READ_ONLY,
               .help = "Video codec, by ffprobe's name; empty: no video, or not probed yet."),
    FIELD_INT(CodecSum, files, .flags = FIELD_READ_ONLY, .help = "Files of it that are there."),
    FIELD_INT(CodecSum, size_bytes, .flags = FIELD_READ_ONLY, .help = "Their size in bytes."),
};
const FieldTable codec_sum_table = FIELD_TABLE(CodecSum, "CodecSum", NULL, codec_sum_fields);

GPtrArray *file_sums_by_codec(DbConn *conn, GError **error)
{
  return record_query(conn, &codec_sum_table,
                      "SELECT video_codec AS codec, SUM(files) AS files, SUM(bytes) AS size_bytes FROM file_sums "
                      "WHERE state <> $1 GROUP BY video_codec HAVING SUM(files) <> 0 ORDER BY SUM(bytes) DESC, video_codec",
                      DB_ARGS(DB_ENUM(file_state_table, FILE_MISSING)), error);
}

/* One statement: who reads sees all of the differences or their sum, and who adds up at the same time finds them gone. */
bool file_sums_compact(Db *db, GError **error)
{
  static const char sql[] =
      "WITH added AS (DELETE FROM file_sums RETURNING root_id, state, video_codec, files, bytes) "
      "INSERT INTO file_sums (root_id, state, video_codec, files, bytes) "
      "SELECT root_id, state, video_codec, SUM(files), SUM(bytes) FROM added GROUP BY root_id, state, video_codec "
      "HAVING SUM(files) <> 0 OR SUM(bytes) <> 0";
  if (db_kind(db) != DB_POSTGRESQL)
    return true;
  g_autoptr(DbConn) conn = db_acquire(db, error);
  return conn && db_exec(conn, sql, DB_NO_ARGS, NULL, error);
}
