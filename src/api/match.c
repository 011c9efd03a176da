/* Decides which row of the route table a method and a path mean. Test: tests/unit/api/test_match.c */
#include "api/match.h"

#include "base/number.h"

#include <string.h>

enum { ID_MAX_DIGITS = 19 };

/* "12", but not "0", "012", "+12" or what int64_t cannot hold. */
static bool read_id(const char *text, size_t length, int64_t *ret_id)
{
  char digits[ID_MAX_DIGITS + 1];
  if (length < 1 || length > ID_MAX_DIGITS || text[0] == '0')
    return false;
  memcpy(digits, text, length);
  digits[length] = '\0';
  return parse_int(digits, 1, INT64_MAX, ret_id);
}

static bool path_fits(const char *pattern, const char *path, int64_t *ret_id)
{
  static const char id[] = "{id}";
  while (*pattern && *path) {
    if (strncmp(pattern, id, strlen(id)) == 0) {
      size_t length = strcspn(path, "/");
      if (!read_id(path, length, ret_id))
        return false;
      pattern += strlen(id);
      path += length;
    } else if (*pattern++ != *path++) {
      return false;
    }
  }
  return !*pattern && !*path;
}

static void add_allowed(GString *allow, const char *method)
{
  if (strstr(allow->str, method))
    return;
  g_string_append_printf(allow, "%s%s", allow->len ? ", " : "", method);
  if (strcmp(method, "GET") == 0)
    g_string_append(allow, ", HEAD");
}

MatchResult match_route(const char *method, const char *path, const Route **ret_route, int64_t *ret_id, char **ret_allow)
{
  const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
  g_autoptr(GString) allow = g_string_new(NULL);
  for (const RouteSet *const *set = route_sets(); *set; set++) {
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i];
      int64_t id = FIELD_NULL_INT;
      if (!path_fits(route->path, path, &id))
        continue;
      if (strcmp(route->method, wanted) == 0) {
        *ret_route = route;
        *ret_id = id;
        return MATCH_FOUND;
      }
      add_allowed(allow, route->method);
    }
  }
  if (!allow->len)
    return MATCH_NO_PATH;
  *ret_allow = g_string_free(g_steal_pointer(&allow), FALSE);
  return MATCH_NO_METHOD;
}
