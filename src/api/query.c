/* Decides whether a query string says what its route allows. Test: tests/unit/api/test_query.c */
#include "api/query.h"

#include "base/error.h"
#include "base/number.h"
#include "wire/url.h"

#include <string.h>

static const QueryParameter list_parameters[] = {
    {"after", FIELD_KIND_TEXT, NULL, "The `next` of the page before."},
    {"limit", FIELD_KIND_INT, NULL, "Items on a page, from 1 to 500; 50 unless given."},
};

const QueryParameter *query_list_parameters(size_t *ret_n)
{
  *ret_n = G_N_ELEMENTS(list_parameters);
  return list_parameters;
}

static const QueryParameter *find_in(const QueryParameter *parameters, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(parameters[i].name, name) == 0)
      return &parameters[i];
  return NULL;
}

static const QueryParameter *find_parameter(const Route *route, const char *name)
{
  const QueryParameter *own = find_in(route->query, route->n_query, name);
  if (own || !(route->flags & ROUTE_LISTS))
    return own;
  return find_in(list_parameters, G_N_ELEMENTS(list_parameters), name);
}

/* What is wrong with a value, to go after the name; NULL if nothing. The caller frees it. */
static char *complaint(const QueryParameter *parameter, const char *value)
{
  int64_t number;
  int row;
  switch (parameter->kind) {
  case FIELD_KIND_INT:
    if (parameter == &list_parameters[1])
      return parse_int(value, 1, QUERY_MAX_LIMIT, &number)
                 ? NULL
                 : g_strdup_printf("must be a whole number from 1 to %d", QUERY_MAX_LIMIT);
    /* The smallest int64_t means that there is none. */
    return parse_int(value, INT64_MIN + 1, INT64_MAX, &number) ? NULL : g_strdup("must be a whole number");
  case FIELD_KIND_BOOL:
    return g_str_equal(value, "true") || g_str_equal(value, "false") ? NULL : g_strdup("must be true or false");
  case FIELD_KIND_ENUM: {
    if (enum_value(parameter->values, value, &row))
      return NULL;
    g_autofree char *choices = enum_choices(parameter->values);
    return g_strdup_printf("must be %s", choices);
  }
  default:
    return NULL;
  }
}

/* One "name=value". '+' is a space, as forms send it. */
static void read_pair(const Route *route, const char *pair, GHashTable *query, GPtrArray *errors)
{
  g_auto(GStrv) parts = g_strsplit(pair, "=", 2);
  g_autofree char *name = parts[0] ? url_decode(g_strdelimit(parts[0], "+", ' ')) : NULL;
  g_autofree char *value = name ? url_decode(parts[1] ? g_strdelimit(parts[1], "+", ' ') : "") : NULL;
  if (!name || !value) {
    field_errors_add(errors, name ? name : "",
                     "%s is not well encoded: a %% must be followed by two hexadecimal digits, and the text "
                     "must be UTF-8.",
                     name ? name : "The query");
    return;
  }
  const QueryParameter *parameter = find_parameter(route, name);
  if (!parameter) {
    g_autofree char *shown = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), 64));
    field_errors_add(errors, shown, "%s is not a parameter of %s", shown, route->path);
    return;
  }
  if (g_hash_table_contains(query, name)) {
    field_errors_add(errors, name, "%s is given more than once", name);
    return;
  }
  g_autofree char *wrong = complaint(parameter, value);
  if (wrong)
    field_errors_add(errors, name, "%s %s", name, wrong);
  g_hash_table_insert(query, g_steal_pointer(&name), g_steal_pointer(&value));
}

GHashTable *query_parse(const Route *route, const char *text, GPtrArray *errors, GError **error)
{
  g_autoptr(GHashTable) query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_auto(GStrv) pairs = g_strsplit(text ? text : "", "&", -1);
  guint before = errors->len;
  for (char **pair = pairs; *pair; pair++)
    if (**pair)
      read_pair(route, *pair, query, errors);
  if (errors->len == before)
    return g_steal_pointer(&query);
  fail(error, REEVE_ERROR_INVALID, "%s", ((const FieldError *)errors->pdata[before])->message);
  return NULL;
}
