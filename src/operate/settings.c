/* Which settings there are and what rules they follow. Test: tests/unit/operate/test_live_settings.c */
#include "operate/settings.h"

#include "connect/path_map.h"

#include <string.h>

static const EnumRow stop_rows[] = {
    {STOP_RETURN, "return", "Running encodes go back to the queue"},
    {STOP_FINISH, "finish", "Running encodes are finished first"},
};
const EnumTable stop_table = ENUM_TABLE("Stop", stop_rows);

/* FIELD_ENUM takes its table apart from the rest; the rows here carry it with them. */
#define SETTING_ENUM(T, m, ...)                                                                                                  \
  {                                                                                                                              \
    .name = #m, .kind = FIELD_KIND_ENUM, .offset = FIELD_OFFSET(T, m, int), __VA_ARGS__                                          \
  }
#define SETTING_INT FIELD_INT
#define SETTING_BOOL FIELD_BOOL
#define SETTING_STRINGS FIELD_STRINGS
#define SETTING_TEXT FIELD_TEXT
#define ROW(section, kind, member, ...) SETTING_##kind(Settings, member, __VA_ARGS__),
#define SECTION(section, kind, member, ...) section,

static const Field settings_fields[] = {SETTINGS_ROWS(ROW)};
static const char *const sections[] = {SETTINGS_ROWS(SECTION)};
const FieldTable settings_table = FIELD_TABLE(Settings, "Settings", NULL, settings_fields);

const char *settings_section(const Field *field)
{
  return sections[field - settings_fields];
}

char *settings_text(const Field *field, const void *record)
{
  if (field_is_null(field, record))
    return g_strdup("");
  const void *member = field_peek(field, record);
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return g_strdup(*(const bool *)member ? "true" : "false");
  case FIELD_KIND_INT:
    return g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)member);
  case FIELD_KIND_ENUM:
    return g_strdup(enum_name(field->values, *(const int *)member));
  case FIELD_KIND_STRINGS: {
    char **strings = *(char **const *)member;
    return strings ? g_strjoinv(",", strings) : g_strdup("");
  }
  default: {
    const char *text = *(char *const *)member;
    return g_strdup(text ? text : "");
  }
  }
}

static bool is_module(const char *name)
{
  g_auto(GStrv) modules = g_strsplit(REEVE_MODULES, " ", -1);
  return g_strv_contains((const char *const *)modules, name);
}

static void check_log_levels(char *const *rules, GPtrArray *errors)
{
  for (int i = 0; rules && rules[i]; i++) {
    g_autofree char *field = g_strdup_printf("log_levels.%d", i);
    g_autofree char *module = NULL;
    LogLevel level;
    if (!log_rule_parse(rules[i], &module, &level))
      field_errors_add(errors, field, "%s must be a module and a level, such as library=debug", field);
    else if (!is_module(module))
      field_errors_add(errors, field, "%s: there is no module %.40s; there are %s", field, module, REEVE_MODULES);
  }
}

static void check_path_mappings(char *const *mappings, GPtrArray *errors)
{
  for (int i = 0; mappings && mappings[i]; i++) {
    g_autofree char *field = g_strdup_printf("path_mappings.%d", i);
    g_autoptr(GError) why = NULL;
    PathMapping *mapping = path_mapping_parse(mappings[i], &why);
    if (mapping)
      record_free(&path_mapping_table, mapping);
    else
      field_errors_add(errors, field, "%s: %s", field, why->message);
  }
}

static void check_limit_rules(char *const *rules, GPtrArray *errors)
{
  int seen = 0;
  for (int i = 0; rules && rules[i]; i++) {
    g_autofree char *field = g_strdup_printf("limit_rules.%d", i);
    g_autoptr(GError) why = NULL;
    Measure measure;
    LimitRule rule;
    if (!limit_rule_parse(rules[i], &measure, &rule, &why))
      field_errors_add(errors, field, "%s: %s", field, why->message);
    else if (seen & 1 << measure)
      field_errors_add(errors, field, "%s: there is another limit of %s before it", field,
                       enum_name(&measure_table, (int)measure));
    else
      seen |= 1 << measure;
  }
}

void settings_check(const Settings *settings, GPtrArray *errors)
{
  g_autoptr(GError) why = NULL;
  check_log_levels(settings->log_levels, errors);
  check_path_mappings(settings->path_mappings, errors);
  check_limit_rules(settings->limit_rules, errors);
  if (!tmdb_credential_check(settings->tmdb_key, &why))
    field_errors_add(errors, "tmdb_key", "tmdb_key: %s", why->message);
}

GPtrArray *settings_path_mappings(const Settings *settings)
{
  GPtrArray *mappings = records_new(&path_mapping_table);
  for (char **text = settings->path_mappings; text && *text; text++) {
    PathMapping *mapping = path_mapping_parse(*text, NULL);
    if (mapping)
      g_ptr_array_add(mappings, mapping);
  }
  return mappings;
}
