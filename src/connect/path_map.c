/* Decides which mapping counts, and which paths can be none of ours. Test: tests/unit/connect/test_path_map.c */
#include "connect/path_map.h"

#include "base/error.h"

#include <limits.h>
#include <string.h>

static const Field fields[] = {
    FIELD_TEXT(PathMapping, from, .flags = FIELD_REQUIRED, .min = 1, .max = PATH_MAX - 1,
               .help = "The directory as the other program sees it."),
    FIELD_TEXT(PathMapping, to, .flags = FIELD_REQUIRED, .min = 1, .max = PATH_MAX - 1, .format = "path",
               .help = "The same directory here."),
};
const FieldTable path_mapping_table = FIELD_TABLE(PathMapping, "PathMapping", NULL, fields);

typedef enum { STYLE_RELATIVE, STYLE_UNIX, STYLE_DRIVE, STYLE_SHARE } PathStyle;

/* A path taken apart: "D:" and the names below it, or a share's server and the names below that. */
typedef struct {
  PathStyle style;
  GPtrArray *names; /* owned texts */
  bool climbs;      /* ".." is among them */
} Parts;

static void parts_clear(Parts *parts)
{
  g_clear_pointer(&parts->names, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static bool is_windows(PathStyle style)
{
  return style == STYLE_DRIVE || style == STYLE_SHARE;
}

static PathStyle style_of(const char *path)
{
  if (path[0] == '/')
    return STYLE_UNIX;
  if (g_ascii_isalpha(path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/' || path[2] == '\0'))
    return STYLE_DRIVE;
  return path[0] == '\\' && path[1] == '\\' ? STYLE_SHARE : STYLE_RELATIVE;
}

static Parts take_apart(const char *path)
{
  Parts parts = {.style = style_of(path), .names = g_ptr_array_new_with_free_func(g_free)};
  const char *separators = is_windows(parts.style) ? "\\/" : "/";
  for (const char *at = path; *at;) {
    size_t length = strcspn(at, separators);
    g_autofree char *name = g_strndup(at, length);
    if (length > 0 && strcmp(name, ".") != 0) {
      parts.climbs = parts.climbs || strcmp(name, "..") == 0;
      g_ptr_array_add(parts.names, g_steal_pointer(&name));
    }
    at += length + (at[length] != '\0');
  }
  return parts;
}

static bool holds(const Parts *directory, const Parts *path)
{
  if (directory->style != path->style || directory->names->len > path->names->len)
    return false;
  for (guint i = 0; i < directory->names->len; i++) {
    const char *a = directory->names->pdata[i], *b = path->names->pdata[i];
    if ((is_windows(path->style) ? g_ascii_strcasecmp(a, b) : strcmp(a, b)) != 0)
      return false;
  }
  return true;
}

static bool check_end(const char *name, const char *path, bool ours, GError **error)
{
  g_auto(Parts) parts = take_apart(path ? path : "");
  if (parts.style == STYLE_RELATIVE || (ours && parts.style != STYLE_UNIX))
    return fail(error, REEVE_ERROR_INVALID, "%s of a path mapping must be an absolute path%s.", name,
                ours ? " of this machine" : "");
  if (parts.climbs)
    return fail(error, REEVE_ERROR_INVALID, "%s of a path mapping must not contain \"..\".", name);
  return true;
}

bool path_mapping_check(const PathMapping *mapping, GError **error)
{
  return check_end("from", mapping->from, false, error) && check_end("to", mapping->to, true, error);
}

/* The names of `path` from `first` on, below `top`. */
PathMapping *path_mapping_parse(const char *text, GError **error)
{
  const char *equals = g_strrstr(text, "=/"); /* ours begins with a slash; theirs may hold an equals sign */
  if (!equals || equals == text) {
    fail(error, REEVE_ERROR_INVALID, "must be their directory and ours, such as /tv=/srv/media/tv");
    return NULL;
  }
  PathMapping *mapping = record_new(&path_mapping_table);
  g_free(mapping->from);
  g_free(mapping->to);
  mapping->from = g_strndup(text, (gsize)(equals - text));
  mapping->to = g_strdup(equals + 1);
  if (path_mapping_check(mapping, error))
    return mapping;
  record_free(&path_mapping_table, mapping);
  return NULL;
}

static char *join(const char *top, const Parts *path, guint first)
{
  GString *joined = g_string_new(NULL);
  g_auto(Parts) base = take_apart(top);
  for (guint i = 0; i < base.names->len; i++)
    g_string_append_printf(joined, "/%s", (const char *)base.names->pdata[i]);
  for (guint i = first; i < path->names->len; i++)
    g_string_append_printf(joined, "/%s", (const char *)path->names->pdata[i]);
  if (joined->len == 0)
    g_string_append_c(joined, '/');
  return g_string_free(joined, FALSE);
}

static const PathMapping *longest(const GPtrArray *mappings, const Parts *path, guint *ret_names)
{
  const PathMapping *best = NULL;
  for (guint i = 0; mappings && i < mappings->len; i++) {
    const PathMapping *mapping = g_ptr_array_index(mappings, i);
    if (!path_mapping_check(mapping, NULL))
      continue;
    g_auto(Parts) from = take_apart(mapping->from);
    if (holds(&from, path) && (!best || from.names->len > *ret_names)) {
      best = mapping;
      *ret_names = from.names->len;
    }
  }
  return best;
}

/* Why a path can be none of ours, whatever the mappings; NULL if it can. */
static char *complain(const char *theirs, const Parts *path)
{
  if (path->style == STYLE_RELATIVE)
    return g_strdup_printf("The path \"%s\" is not absolute, so it is not known which file is meant.", theirs);
  if (path->climbs)
    return g_strdup_printf("The path \"%s\" contains \"..\", which is not followed.", theirs);
  return NULL;
}

char *path_map(const GPtrArray *mappings, const char *theirs, char **ret_reason)
{
  if (!theirs || !theirs[0]) {
    *ret_reason = g_strdup("The message names no path of a file.");
    return NULL;
  }
  if (strlen(theirs) >= PATH_MAX) {
    *ret_reason = g_strdup_printf("The path of the file is longer than %d bytes.", PATH_MAX - 1);
    return NULL;
  }
  g_auto(Parts) path = take_apart(theirs);
  g_autofree char *complaint = complain(theirs, &path);
  guint names = 0;
  const PathMapping *mapping = complaint ? NULL : longest(mappings, &path, &names);
  if (!complaint && !mapping && is_windows(path.style))
    complaint =
        g_strdup_printf("The path \"%s\" is of Windows, and no path mapping holds it. Add one for its directory.", theirs);
  g_autofree char *ours = complaint ? NULL : join(mapping ? mapping->to : "/", &path, names);
  if (ours && strlen(ours) >= PATH_MAX) {
    complaint = g_strdup_printf("The path of the file is longer than %d bytes here.", PATH_MAX - 1);
    g_clear_pointer(&ours, g_free);
  }
  if (!ours)
    *ret_reason = g_steal_pointer(&complaint);
  return g_steal_pointer(&ours);
}
