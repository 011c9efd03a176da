/* Decides names and admission of a replacement before anything is touched. Pure, but for the random digits of a stage directory.
 * Test: tests/unit/library/test_replace_plan.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "base/number.h"

#include <limits.h>
#include <sodium.h>
#include <string.h>

char *replace_target_path(const char *source, const char *extension, GError **error)
{
  if (!extension)
    return g_strdup(source);
  if (extension[0] != '.' || extension[1] == '\0' || strchr(extension, '/')) {
    fail(error, REEVE_ERROR_INVALID, "\"%s\" is not a file name extension with its dot.", extension);
    return NULL;
  }
  g_autofree char *directory = g_path_get_dirname(source);
  g_autofree char *name = g_path_get_basename(source);
  char *dot = strrchr(name, '.');
  if (dot && dot != name)
    *dot = '\0';
  g_autofree char *target = g_strconcat(name, extension, NULL);
  if (strlen(target) > NAME_MAX) {
    fail(error, REEVE_ERROR_INVALID, "The new name \"%s\" is longer than %d bytes.", target, NAME_MAX);
    return NULL;
  }
  return g_build_filename(directory, target, NULL);
}

bool replace_differs_in_case_only(const char *a, const char *b)
{
  if (strcmp(a, b) == 0)
    return false;
  if (!g_utf8_validate(a, -1, NULL) || !g_utf8_validate(b, -1, NULL))
    return g_ascii_strcasecmp(a, b) == 0;
  g_autofree char *folded_a = g_utf8_casefold(a, -1);
  g_autofree char *folded_b = g_utf8_casefold(b, -1);
  return strcmp(folded_a, folded_b) == 0;
}

char *replace_stage_directory(const char *source, int64_t id)
{
  g_autofree char *directory = g_path_get_dirname(source);
  guint64 nonce;
  randombytes_buf(&nonce, sizeof nonce);
  return g_strdup_printf("%s%s" REPLACE_STAGE_PREFIX "%" G_GINT64_FORMAT "-%016" G_GINT64_MODIFIER "x", directory,
                         g_str_has_suffix(directory, "/") ? "" : "/", id, nonce);
}

/* "needs 1.4 GiB for the new file": one file system's part of the decision. */
static bool admit_on(const ReplaceNeed *need, int64_t bytes, int64_t promised, const char *purpose, const char *directory,
                     const FsSpace *space, GError **error)
{
  if (space->read_only)
    return fail(error, REEVE_ERROR_DENIED, "\"%s\" cannot be replaced: \"%s\" is mounted read-only.", need->path, directory);
  if (bytes <= 0 || space->free_bytes - need->reserve_bytes - promised >= bytes)
    return true;
  g_autofree char *needed = format_size(bytes);
  g_autofree char *available = format_size(space->free_bytes);
  g_autofree char *reserve = format_size(need->reserve_bytes);
  g_autofree char *others = format_size(promised);
  g_autofree char *spoken_for = promised > 0 ? g_strdup_printf(", with %s spoken for by work under way", others) : g_strdup("");
  return fail(error, REEVE_ERROR_NO_SPACE, "\"%s\" needs %s for %s; %s free on the file system of \"%s\", keeping %s%s.",
              need->path, needed, purpose, available, directory, reserve, spoken_for);
}

bool replace_admit(const ReplaceNeed *need, GError **error)
{
  bool copies = need->trash_bytes > 0;
  if (copies && need->library.device == need->trash.device)
    return admit_on(need, need->new_bytes + need->trash_bytes, need->promised_bytes,
                    "the new file and the copy of the original in the trash", need->library_directory, &need->library, error);
  return admit_on(need, need->new_bytes, need->promised_bytes, "the new file", need->library_directory, &need->library, error) &&
         (!copies || admit_on(need, need->trash_bytes, 0, "the copy of the original in the trash", need->trash_directory,
                              &need->trash, error));
}
