/* What replacements of the past came to, for predictions. Test: tests/unit/store/test_file_sample.c */
#include "encode/forecast.h"
#include "store/record_sql.h"
#include "store/replacement.h"

GPtrArray *history_past(DbConn *conn, int64_t most, GError **error)
{
  static const char sql[] =
      "SELECT profile, encoder, resolution, size_before_bytes, size_after_bytes, film_ms, seconds, predicted_bytes, "
      "predicted_seconds FROM history WHERE state IN ($1, $2) AND encoder IS NOT NULL ORDER BY created_at_ms DESC, id DESC LIMIT "
      "$3";
  return record_query(
      conn, &past_encode_table, sql,
      DB_ARGS(DB_ENUM(history_state_table, HISTORY_REPLACED), DB_ENUM(history_state_table, HISTORY_UNDONE), DB_INT(most)), error);
}
