/* Decides what of an action is remembered. Test: tests/unit/auth/test_audit.c */
#include "auth/audit.h"

#include "store/record_sql.h"
#include "wire/json.h"

#include <string.h>

static json_t *shown(const FieldTable *table, const json_t *object);

static json_t *shown_list(const FieldTable *table, const json_t *list)
{
  json_t *result = json_array();
  for (size_t i = 0; i < json_array_size(list); i++)
    json_array_append_new(result, shown(table, json_array_get(list, i)));
  return result;
}

static json_t *shown(const FieldTable *table, const json_t *object)
{
  json_t *result = json_object();
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    json_t *value = json_object_get(object, field->name);
    if (!value || (field->flags & (FIELD_SECRET | FIELD_NO_JSON)))
      continue;
    if (field->record && json_is_array(value))
      json_object_set_new(result, field->name, shown_list(field->record, value));
    else if (field->record)
      json_object_set_new(result, field->name, shown(field->record, value));
    else
      json_object_set(result, field->name, value);
  }
  return result;
}

char *audit_detail(const FieldTable *table, const json_t *body)
{
  if (!table || !json_is_object(body))
    return NULL;
  g_autoptr(json_t) detail = shown(table, body);
  if (json_object_size(detail) == 0)
    return NULL;
  g_autofree char *text = json_text(detail);
  size_t length = strlen(text);
  return length <= AUDIT_DETAIL_MAX_BYTES ? g_steal_pointer(&text) : g_strdup_printf("{\"omitted_bytes\":%zu}", length);
}

bool audit_console(DbConn *conn, const char *command, const char *target, const Clock *clock, GError **error)
{
  AuditEntry entry = {.at_ms = clock_now_ms(clock),
                      .actor_kind = ACTOR_CONSOLE,
                      .actor_id = FIELD_NULL_INT,
                      .actor = g_utf8_make_valid(g_get_user_name(), -1),
                      .action = g_strdup(command),
                      .target = g_utf8_make_valid(target, -1)};
  bool ok = record_insert(conn, &audit_table, &entry, error);
  record_clear(&audit_table, &entry);
  return ok;
}
