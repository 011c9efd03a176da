/* Pages of files: by key, in every order and through every filter, from indexes that fit (sql/).
 * Test: tests/unit/store/test_file_page.c */
#include "store/condition.h"
#include "store/cursor.h"
#include "store/file.h"
#include "store/record_sql.h"

#include <string.h>

enum { PAGE_MAX = 500 };

static const EnumRow file_sort_rows[] = {
    {FILE_SORT_PATH, "path", "By path"},
    {FILE_SORT_SIZE, "size", "By size"},
    {FILE_SORT_FOUND, "found", "By the time they were found"},
    {FILE_SORT_DURATION, "duration", "By duration"},
    {FILE_SORT_BIT_RATE, "bit_rate", "By bit rate"},
};
const EnumTable file_sort_table = ENUM_TABLE("FileSort", file_sort_rows);

/* What each order compares; the expressions are those of the indexes. */
static const char *sort_expression(int sort)
{
  switch (sort) {
  case FILE_SORT_SIZE:
    return "size_bytes";
  case FILE_SORT_FOUND:
    return "found_at_ms";
  case FILE_SORT_DURATION:
    return "COALESCE(duration_ms, 0)";
  case FILE_SORT_BIT_RATE:
    return "COALESCE(bit_rate_bps, 0)";
  default:
    return "path";
  }
}

/* The value by which a file was sorted; the caller frees it. */
static char *sort_value(const LibraryFile *file, int sort)
{
  int64_t value;
  switch (sort) {
  case FILE_SORT_SIZE:
    value = file->size_bytes;
    break;
  case FILE_SORT_FOUND:
    value = file->found_at_ms;
    break;
  case FILE_SORT_DURATION:
    value = file->duration_ms == FIELD_NULL_INT ? 0 : file->duration_ms;
    break;
  case FILE_SORT_BIT_RATE:
    value = file->bit_rate_bps == FIELD_NULL_INT ? 0 : file->bit_rate_bps;
    break;
  default:
    return g_strdup(file->path);
  }
  return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

/* A name for the order, so that its cursors fit no other; the caller frees it. */
static char *order_name(const FileQuery *query)
{
  return g_strdup_printf("file-%s-%s", enum_name(&file_sort_table, query->sort), query->descending ? "down" : "up");
}

static bool add_cursor(Condition *condition, const FileQuery *query, GError **error)
{
  if (!query->after)
    return true;
  g_autofree char *order = order_name(query);
  const char *expression = sort_expression(query->sort);
  const char *direction = query->descending ? "<" : ">";
  int64_t id;
  if (query->sort == FILE_SORT_PATH) {
    char *path;
    if (!cursor_parse(query->after, order, &path, &id, error))
      return false;
    g_ptr_array_add(condition->texts, path);
    g_autofree char *sql = g_strdup_printf("(%s, id) %s (?, ?)", expression, direction);
    condition_add(condition, sql, DB_ARGS(DB_TEXT(path), DB_INT(id)));
    return true;
  }
  int64_t value;
  if (!cursor_parse_int(query->after, order, &value, &id, error))
    return false;
  /* SQLite starts in the middle of an index of expressions only if they are also compared singly. */
  g_autofree char *sql = g_strdup_printf("%s %s= ? AND (%s, id) %s (?, ?)", expression, direction, expression, direction);
  condition_add(condition, sql, DB_ARGS(DB_INT(value), DB_INT(value), DB_INT(id)));
  return true;
}

typedef enum {
  DRIVE_ORDER,
  DRIVE_ROOT = 1 << 0,
  DRIVE_CODEC = 1 << 1,
  DRIVE_STATE = 1 << 2,
  DRIVE_CONTAINER = 1 << 3,
  DRIVE_HDR = 1 << 4,
  DRIVE_HEALTH = 1 << 5
} Driver;

/* Which filters should find the rows, through an index that also has them in order; the others look at what was found. PostgreSQL
 * knows how often each value occurs and decides by itself. SQLite does not, takes any filter for a rare one, and would rather
 * sort half of the library. */
static int choose_driver(const FileQuery *query)
{
  bool has_root = query->root_id != FIELD_NULL_INT;
  if (query->state != FIELD_NULL_ENUM && query->state != FILE_READY)
    return DRIVE_STATE; /* few files are in any other state, so that these may even be sorted */
  if (query->health != FIELD_NULL_ENUM && query->health != FILE_SOUND)
    return DRIVE_HEALTH; /* as few */
  if (query->sort == FILE_SORT_SIZE)
    return query->video_codec ? DRIVE_CODEC : DRIVE_ORDER;
  if (query->sort != FILE_SORT_PATH)
    return DRIVE_ORDER;
  if (query->hdr != FIELD_NULL_ENUM && query->hdr != HDR_SDR)
    return DRIVE_HDR;
  if (query->video_codec)
    return has_root ? DRIVE_ROOT | DRIVE_CODEC : DRIVE_CODEC;
  return has_root ? DRIVE_ROOT : DRIVE_CONTAINER;
}

static void add_filter(Condition *condition, const char *column, bool drives, const DbArg *args)
{
  g_autofree char *sql = g_strdup_printf("%s%s = ?", drives ? "" : "+", column); /* SQLite: +x keeps x from choosing an index */
  condition_add(condition, sql, args);
}

/* Languages stand side by side in their column, separated by commas. */
static void add_language(Condition *condition, DbKind kind, const char *language)
{
  g_autofree char *wanted = g_strdup_printf(",%s,", language);
  condition_add_contains(condition, kind, "(',' || audio_languages || ',')", wanted);
}

static void add_filters(Condition *condition, DbKind kind, const FileQuery *query)
{
  int drivers = kind == DB_SQLITE ? choose_driver(query) : ~0;
  if (query->root_id != FIELD_NULL_INT)
    add_filter(condition, "root_id", drivers & DRIVE_ROOT, DB_ARGS(DB_INT(query->root_id)));
  if (query->video_codec)
    add_filter(condition, "video_codec", drivers & DRIVE_CODEC, DB_ARGS(DB_TEXT(query->video_codec)));
  if (query->state != FIELD_NULL_ENUM)
    add_filter(condition, "state", drivers & DRIVE_STATE, DB_ARGS(DB_ENUM(file_state_table, query->state)));
  if (query->container)
    add_filter(condition, "container", drivers & DRIVE_CONTAINER, DB_ARGS(DB_TEXT(query->container)));
  if (query->hdr != FIELD_NULL_ENUM)
    add_filter(condition, "hdr", drivers & DRIVE_HDR, DB_ARGS(DB_ENUM(hdr_class_table, query->hdr)));
  if (query->health != FIELD_NULL_ENUM)
    add_filter(condition, "health", drivers & DRIVE_HEALTH, DB_ARGS(DB_ENUM(file_health_table, query->health)));
  if (query->min_size_bytes != FIELD_NULL_INT)
    condition_add(condition, "size_bytes >= ?", DB_ARGS(DB_INT(query->min_size_bytes)));
  if (query->max_size_bytes != FIELD_NULL_INT)
    condition_add(condition, "size_bytes <= ?", DB_ARGS(DB_INT(query->max_size_bytes)));
  if (query->audio_language)
    add_language(condition, kind, query->audio_language);
  if (query->text && *query->text)
    condition_add_contains(condition, kind, "path", query->text);
}

/* All columns but the long ones. The caller frees it. */
static char *list_columns(void)
{
  GString *columns = g_string_new(NULL);
  for (size_t i = 0; i < file_table.n_fields; i++)
    if (!(file_table.fields[i].flags & (FIELD_DETAIL | FIELD_NO_COLUMN)))
      g_string_append_printf(columns, "%s%s", columns->len ? ", " : "", file_table.fields[i].name);
  return g_string_free(columns, FALSE);
}

GPtrArray *file_page(DbConn *conn, const FileQuery *query, char **ret_next, GError **error)
{
  guint limit = (guint)CLAMP(query->limit, 1, PAGE_MAX);
  g_auto(Condition) condition;
  condition_init(&condition);
  add_filters(&condition, db_conn_kind(conn), query);
  if (!add_cursor(&condition, query, error))
    return NULL;
  g_autofree char *columns = list_columns();
  const char *direction = query->descending ? " DESC" : "";
  g_autofree char *sql = g_strdup_printf("SELECT %s FROM files %s ORDER BY %s%s, id%s LIMIT %u", columns, condition.sql->str,
                                         sort_expression(query->sort), direction, direction, limit + 1);
  g_autoptr(GPtrArray) files = record_query(conn, &file_table, sql, condition_args(&condition), error);
  if (!files)
    return NULL;
  char *next = NULL;
  if (files->len > limit) { /* one more than asked for: there is a next page */
    g_ptr_array_set_size(files, (gint)limit);
    const LibraryFile *last = files->pdata[limit - 1];
    g_autofree char *order = order_name(query);
    g_autofree char *value = sort_value(last, query->sort);
    next = cursor_new(order, value, last->id);
  }
  *ret_next = next;
  return g_steal_pointer(&files);
}
