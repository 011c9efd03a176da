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

static const char page_pattern[] = "/{page}";

/* "/api/v1/x" and "/api" begin alike, "/apis" does not. The short addresses, which end in "/", leave their names to the pages:
 * "/settings" is one, "/settings/" is not; nor is anything below "/status/". */
static bool begins_alike(const char *pattern, const char *path)
{
  size_t length = 1 + strcspn(pattern + 1, "/");
  if (strncmp(pattern, path, length) != 0)
    return false;
  if (pattern[strlen(pattern) - 1] != '/')
    return !path[length] || path[length] == '/';
  return pattern[length + 1] ? path[length] == '/' : strcmp(path, pattern) == 0;
}

static bool is_page(const char *path)
{
  if (*path != '/')
    return false;
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows; i++)
      if (*set != &page_routes && begins_alike((*set)->rows[i].path, path))
        return false;
  return true;
}

/* Nothing that a file system could take for more than a name. */
static bool read_name(const char *text, size_t length, char *ret_name)
{
  static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (length < 1 || length > ROUTE_NAME_BYTES || text[0] == '.' || strspn(text, good) < length)
    return false;
  memcpy(ret_name, text, length);
  ret_name[length] = '\0';
  return true;
}

static bool path_fits(const char *pattern, const char *path, PathParts *ret_parts)
{
  static const char id[] = "{id}", name[] = "{name}";
  if (strcmp(pattern, page_pattern) == 0)
    return is_page(path);
  while (*pattern && *path) {
    if (strncmp(pattern, id, strlen(id)) == 0) {
      size_t length = strcspn(path, "/");
      if (!read_id(path, length, &ret_parts->id))
        return false;
      pattern += strlen(id);
      path += length;
    } else if (strncmp(pattern, name, strlen(name)) == 0) {
      size_t length = strcspn(path, "/");
      if (!read_name(path, length, ret_parts->name))
        return false;
      pattern += strlen(name);
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

MatchResult match_route(const char *method, const char *path, const Route **ret_route, PathParts *ret_parts, char **ret_allow)
{
  const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
  g_autoptr(GString) allow = g_string_new(NULL);
  for (const RouteSet *const *set = route_sets(); *set; set++) {
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i];
      PathParts parts = {.id = FIELD_NULL_INT};
      if (!path_fits(route->path, path, &parts))
        continue;
      if (strcmp(route->method, wanted) == 0) {
        *ret_route = route;
        *ret_parts = parts;
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
