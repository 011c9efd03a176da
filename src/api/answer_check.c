/* Decides whether an answer is what its route declares. Test: tests/unit/api/test_answer_check.c */
#include "api/answer_check.h"

#include "base/error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#ifdef REEVE_FAILPOINTS

typedef struct {
  GString *path;    /* where in the answer */
  const char *what; /* is wrong there; NULL: nothing */
} Check;

static bool check_record(Check *check, const FieldTable *table, const json_t *object, FieldFlags hidden);

static bool wrong(Check *check, const char *what)
{
  check->what = what;
  return false;
}

static bool check_items(Check *check, const Field *field, const json_t *value)
{
  if (!json_is_array(value))
    return wrong(check, "is not an array");
  gsize length = check->path->len;
  for (size_t i = 0; i < json_array_size(value); i++) {
    const json_t *item = json_array_get(value, i);
    g_string_append_printf(check->path, ".%zu", i);
    if (field->kind == FIELD_KIND_STRINGS && !json_is_string(item))
      return wrong(check, "is not a text");
    if (field->kind == FIELD_KIND_INTS && !json_is_integer(item))
      return wrong(check, "is not a whole number");
    if (field->kind == FIELD_KIND_RECORDS && !check_record(check, field->record, item, FIELD_NO_FLAGS))
      return false;
    g_string_truncate(check->path, length);
  }
  return true;
}

static bool check_value(Check *check, const Field *field, const json_t *value)
{
  int row;
  if (json_is_null(value) && field->kind != FIELD_KIND_JSON)
    return field->flags & FIELD_NULLABLE ? true : wrong(check, "is null");
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return json_is_boolean(value) ? true : wrong(check, "is not true or false");
  case FIELD_KIND_INT:
    return json_is_integer(value) ? true : wrong(check, "is not a whole number");
  case FIELD_KIND_REAL:
    return json_is_number(value) ? true : wrong(check, "is not a number");
  case FIELD_KIND_ENUM:
    return json_is_string(value) && enum_value(field->values, json_string_value(value), &row)
               ? true
               : wrong(check, "is none of the names that there are");
  case FIELD_KIND_TEXT:
    return json_is_string(value) ? true : wrong(check, "is not a text");
  case FIELD_KIND_JSON:
    return !field->record || json_is_null(value) || check_record(check, field->record, value, FIELD_NO_FLAGS);
  case FIELD_KIND_RECORD:
    return check_record(check, field->record, value, FIELD_NO_FLAGS);
  case FIELD_KIND_STRINGS:
  case FIELD_KIND_INTS:
  case FIELD_KIND_RECORDS:
    return check_items(check, field, value);
  }
  g_assert_not_reached();
}

static bool is_shown(const Field *field, FieldFlags hidden)
{
  return field && !(field->flags & (FIELD_NO_JSON | FIELD_SECRET | hidden));
}

static bool check_record(Check *check, const FieldTable *table, const json_t *object, FieldFlags hidden)
{
  if (!json_is_object(object))
    return wrong(check, "is not an object");
  gsize length = check->path->len;
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (!is_shown(field, hidden))
      continue;
    g_string_append_printf(check->path, ".%s", field->name);
    const json_t *value = json_object_get(object, field->name);
    if (!value)
      return wrong(check, "is not there");
    if (!check_value(check, field, value))
      return false;
    g_string_truncate(check->path, length);
  }
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)object, name, value) if (!is_shown(field_find(table, name), hidden))
  {
    g_string_append_printf(check->path, ".%s", name);
    return wrong(check, "is not declared");
  }
  return true;
}

static bool check_list(Check *check, const Route *route, const json_t *body)
{
  const json_t *items = json_object_get(body, "items"), *next = json_object_get(body, "next");
  if (json_object_size(body) != 2 || !json_is_array(items) || !(json_is_string(next) || json_is_null(next)))
    return wrong(check, "is not {\"items\": […], \"next\": …}");
  for (size_t i = 0; i < json_array_size(items); i++) {
    g_string_printf(check->path, "items.%zu", i);
    if (!check_record(check, route->output, json_array_get(items, i), FIELD_DETAIL))
      return false;
  }
  return true;
}

static bool check_body(Check *check, const Route *route, int status, const GString *text)
{
  const FieldTable *table = route->also_output && status == route->also_status ? route->also_output : route->output;
  if (!table)
    return route->produces || !text ? true : wrong(check, "has a body, which the route does not declare");
  g_autoptr(json_t) body = text ? json_parse(text->str, text->len, NULL) : NULL;
  if (!body)
    return wrong(check, "is not good JSON");
  return route->flags & (ROUTE_LISTS | ROUTE_WHOLE_LIST) ? check_list(check, route, body)
                                                         : check_record(check, table, body, FIELD_NO_FLAGS);
}

bool answer_check(const Route *route, int status, const GString *text, GError **error)
{
  g_autoptr(GString) path = g_string_new(NULL);
  Check check = {.path = path};
  if (check_body(&check, route, status, text))
    return true;
  return fail(error, REEVE_ERROR_INTERNAL, "The answer to %s %s (%d) is not as declared: %s %s.", route->method, route->path,
              status, path->len ? path->str : "it", check.what);
}

struct RouteLog {
  GMutex lock; /* guards the rest */
  GHashTable *used;
  int fd;
};

static void put_line(const RouteLog *log, const char *word, const Route *route)
{
  g_autofree char *line = g_strdup_printf("%s %s %s\n", word, route->method, route->path);
  if (write(log->fd, line, strlen(line)) < 0) /* O_APPEND: lines of several processes do not mix */
    g_warning("A route that was used could not be noted: %s", g_strerror(errno));
}

RouteLog *route_log_new(void)
{
  const char *path = g_getenv("REEVE_ROUTE_LOG");
  int fd = path && *path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd < 0)
    return NULL;
  RouteLog *log = g_new0(RouteLog, 1);
  g_mutex_init(&log->lock);
  log->used = g_hash_table_new(NULL, NULL);
  log->fd = fd;
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows; i++)
      put_line(log, "route", &(*set)->rows[i]);
  return log;
}

void route_log_add(RouteLog *log, const Route *route)
{
  if (!log)
    return;
  g_mutex_lock(&log->lock);
  if (g_hash_table_add(log->used, (void *)route))
    put_line(log, "used", route);
  g_mutex_unlock(&log->lock);
}

void route_log_free(RouteLog *log)
{
  if (!log)
    return;
  g_hash_table_unref(log->used);
  close(log->fd);
  g_mutex_clear(&log->lock);
  g_free(log);
}

#else

bool answer_check(const Route *route, int status, const GString *text, GError **error)
{
  return true;
}

RouteLog *route_log_new(void)
{
  return NULL;
}

void route_log_add(RouteLog *log, const Route *route)
{
}

void route_log_free(RouteLog *log)
{
}

#endif
