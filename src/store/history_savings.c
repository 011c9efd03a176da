/* What was saved when: the history summed up by days of somebody's own time zone.
 * Test: tests/unit/store/test_history_page.c */
#include "store/record_sql.h"
#include "store/replacement.h"

static const Field saving_fields[] = {
    FIELD_TEXT(Saving, day, .flags = FIELD_READ_ONLY, .format = "date", .help = "Day in the zone that was asked for."),
    FIELD_INT(Saving, bytes_saved, .flags = FIELD_READ_ONLY, .help = "Bytes saved on it by replacements that stand."),
    FIELD_INT(Saving, files, .flags = FIELD_READ_ONLY, .help = "Files replaced on it that were not undone."),
};
const FieldTable saving_table = FIELD_TABLE(Saving, "Saving", NULL, saving_fields);

/* Every zone of the world today is a multiple of this from UTC, so what is summed up by it belongs to one day in each. */
#define QUARTER_MS "900000"
static const int64_t quarter_ms = 900000;

static char *day_of(int64_t at_ms, GTimeZone *zone)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at_ms / 1000);
  g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
  return g_date_time_format(local, "%F");
}

/* All days of the span with nothing saved; `ret_index` finds them by their text. */
static GPtrArray *empty_days(GDateTime *first, int days, GHashTable *index)
{
  GPtrArray *savings = records_new(&saving_table);
  for (int i = 0; i < days; i++) {
    g_autoptr(GDateTime) day = g_date_time_add_days(first, i);
    Saving *saving = record_new(&saving_table);
    g_free(saving->day);
    saving->day = g_date_time_format(day, "%F");
    g_hash_table_insert(index, saving->day, saving);
    g_ptr_array_add(savings, saving);
  }
  return savings;
}

/* Noon of the first day: adding days to it never leaves a day out or takes one twice, whatever the clocks do at night. */
static GDateTime *first_noon(int64_t now_ms, int days, GTimeZone *zone)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now_ms / 1000);
  g_autoptr(GDateTime) today = g_date_time_to_timezone(utc, zone);
  g_autoptr(GDateTime) noon = g_date_time_new(zone, g_date_time_get_year(today), g_date_time_get_month(today),
                                              g_date_time_get_day_of_month(today), 12, 0, 0);
  return g_date_time_add_days(noon, 1 - days);
}

GPtrArray *history_savings(DbConn *conn, int64_t now_ms, int days, GTimeZone *zone, GError **error)
{
  g_autoptr(GHashTable) index = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GDateTime) first = first_noon(now_ms, days, zone);
  g_autoptr(GPtrArray) savings = empty_days(first, days, index);
  int64_t since_ms = (g_date_time_to_unix(first) - 24 * 60 * 60) * 1000;
  g_autoptr(DbRows) rows = db_query(conn,
                                    "SELECT created_at_ms / " QUARTER_MS ", SUM(bytes_saved), COUNT(*) FROM history "
                                    "WHERE state = $1 AND created_at_ms >= $2 GROUP BY created_at_ms / " QUARTER_MS,
                                    DB_ARGS(DB_ENUM(history_state_table, HISTORY_REPLACED), DB_INT(since_ms)), error);
  if (!rows)
    return NULL;
  g_autoptr(GError) problem = NULL;
  while (db_rows_next(rows, &problem)) {
    g_autofree char *day = day_of(db_rows_int(rows, 0) * quarter_ms, zone);
    Saving *saving = g_hash_table_lookup(index, day);
    if (!saving)
      continue;
    saving->bytes_saved += db_rows_int(rows, 1);
    saving->files += db_rows_int(rows, 2);
  }
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
  }
  return g_steal_pointer(&savings);
}
