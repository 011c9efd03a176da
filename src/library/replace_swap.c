/* Decides what each name of a swap holds, and takes the steps that replace_step.c chooses, each made durable before the next.
 *
 * Why the order of fsyncs suffices for a power cut: the new file, and the name it has in the stage directory, were durable before
 * VERIFIED was committed, hence before any step. Every step changes names only (or makes a copy that is fsynced and compared
 * before it gets its name) and is followed by fsync of the directories it changed, so at most the last step can be lost or half
 * done, and each state before and after a step is one that swap_next_step goes on from. What a killed process did without its
 * fsync is caught up with before the first step of the next run. Rows follow: SWAPPED and COMMITTED are written after the last
 * step's fsync, and the stage directory, which may hold the last name of an original that is not kept, goes after COMMITTED.
 *
 * Test: tests/unit/library/test_replace.c, test_replace_crash.c */
#include "library/replace_swap.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "library/replace_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_NAME ".reeve-copy" /* a copy that is not whole yet, in a directory of ours */
#define MAX_STEPS 32            /* of one run: more means that somebody undoes them as fast as we go */

static char *place_path(const Replacement *replacement, Place place)
{
  switch (place) {
  case PLACE_LIBRARY:
    return g_strdup(replacement->source_path);
  case PLACE_TARGET:
    return g_strdup(replacement->target_path);
  case PLACE_STAGE:
    return g_strdup(replacement->stage_path);
  case PLACE_OLD:
    return g_build_filename(replacement->stage_directory, REPLACE_OLD_NAME, NULL);
  case PLACE_TRASH:
    return g_strdup(replacement->trash_path);
  case N_PLACES:
    break;
  }
  g_return_val_if_reached(NULL);
}

static bool keeps_original(const Replacement *replacement)
{
  return replacement->trash_path && replacement->trash_path[0] != '\0';
}

bool replace_same_inode(int64_t device, int64_t inode, const FileStat *st)
{
  return st->device == device && st->inode == inode;
}

/* Compares the bytes, as far as the fingerprint sees them. */
static bool has_content(const char *path, const FileStat *st, int64_t size, const char *fingerprint, bool *ret_same,
                        GError **error)
{
  if (st->size_bytes != size || !fingerprint) {
    *ret_same = false;
    return true;
  }
  g_autofree char *found = fs_fingerprint(path, error);
  if (!found)
    return false;
  *ret_same = strcmp(found, fingerprint) == 0;
  return true;
}

/* Device and inode decide where they agree; where they do not (a reboot may number devices anew, and some file systems have no
 * inode numbers of their own) size, mtime and fingerprint do. */
static bool judge(const Replacement *replacement, const char *path, bool is_trash, const FileStat *st, Occupant *ret_occupant,
                  GError **error)
{
  bool source_inode = replace_same_inode(replacement->source_device, replacement->source_inode, st);
  bool staged_inode = replace_same_inode(replacement->staged_device, replacement->staged_inode, st);
  bool source_time = st->mtime_ns == replacement->source_mtime_ns;
  *ret_occupant = source_inode ? HOLDS_CHANGED : staged_inode ? HOLDS_BROKEN : HOLDS_OTHER;
  if (st->is_directory || g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
    *ret_occupant = HOLDS_OTHER;
    return true;
  }
  if (source_inode && source_time && st->size_bytes == replacement->source_size_bytes) {
    *ret_occupant = HOLDS_SOURCE;
    return true;
  }
  bool is_staged, is_source;
  if (!has_content(path, st, replacement->staged_size_bytes, replacement->staged_fingerprint, &is_staged, error) ||
      !has_content(path, st, replacement->source_size_bytes, replacement->source_fingerprint, &is_source, error))
    return false;
  is_source = is_source && (source_time || is_trash);
  /* Both, only if the two files are alike: then the inode, else the time, tells them apart. */
  if (is_staged && (!is_source || staged_inode))
    *ret_occupant = HOLDS_STAGED;
  else if (is_source)
    *ret_occupant = HOLDS_SOURCE;
  return true;
}

static bool look_at_place(const Replacement *replacement, Place place, Occupant *ret_occupant, FileStat *ret_stat, GError **error)
{
  g_autofree char *path = place_path(replacement, place);
  g_autoptr(GError) cause = NULL;
  if (fs_stat(path, ret_stat, &cause))
    return judge(replacement, path, place == PLACE_TRASH, ret_stat, ret_occupant, error);
  if (reeve_error_code(cause) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  *ret_occupant = HOLDS_NOTHING;
  return true;
}

/* Whether a directory lists exactly this name: a case-insensitive one finds others too. */
static bool is_listed(const char *path, bool *ret_listed, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(path);
  g_autofree char *name = g_path_get_basename(path);
  g_autoptr(GError) cause = NULL;
  g_autoptr(GDir) entries = g_dir_open(directory, 0, &cause);
  if (!entries)
    return fail(error, REEVE_ERROR_IO, "\"%s\" cannot be listed: %s.", directory, cause->message);
  const char *entry;
  *ret_listed = false;
  while (!*ret_listed && (entry = g_dir_read_name(entries)))
    *ret_listed = strcmp(entry, name) == 0;
  return true;
}

bool replace_is_alias(const Replacement *replacement, bool *ret_alias, GError **error)
{
  bool has_source, has_target;
  if (!is_listed(replacement->source_path, &has_source, error) || !is_listed(replacement->target_path, &has_target, error))
    return false;
  *ret_alias = has_source && !has_target;
  return true;
}

/* Two names that differ in case, and one inode: one entry of a case-insensitive directory counts once, under the name it has. */
static bool resolve_alias(const Replacement *replacement, const FileStat *library, const FileStat *target, SwapLook *look,
                          GError **error)
{
  if (look->at[PLACE_LIBRARY] != HOLDS_NOTHING && failpoint("replace.alias"))
    look->aliased = true; /* lets tests on a case-sensitive file system go this way */
  if (look->at[PLACE_LIBRARY] == HOLDS_NOTHING || look->at[PLACE_TARGET] == HOLDS_NOTHING ||
      !replace_same_inode(library->device, library->inode, target))
    return true;
  bool has_library, has_target;
  if (!is_listed(replacement->source_path, &has_library, error) || !is_listed(replacement->target_path, &has_target, error))
    return false;
  if (has_library && has_target)
    return true;
  look->aliased = has_library;
  look->at[has_library ? PLACE_TARGET : PLACE_LIBRARY] = HOLDS_NOTHING;
  return true;
}

/* rename and link work within one mount; a bind mount of the same file system has the same device number and is another mount. */
static bool is_same_mount(const char *a, const char *b, bool *ret_same, GError **error)
{
  FsSpace space_a, space_b;
  if (!fs_space(a, &space_a, error) || !fs_space(b, &space_b, error))
    return false;
  *ret_same = space_a.device == space_b.device;
#ifdef STATX_MNT_ID
  struct statx sa, sb;
  if (*ret_same && statx(AT_FDCWD, a, 0, STATX_MNT_ID, &sa) == 0 && statx(AT_FDCWD, b, 0, STATX_MNT_ID, &sb) == 0 &&
      (sa.stx_mask & sb.stx_mask & STATX_MNT_ID))
    *ret_same = sa.stx_mnt_id == sb.stx_mnt_id;
#endif
  return true;
}

bool replace_is_elsewhere(const char *path, const char *other, bool *ret_elsewhere, GError **error)
{
  /* The nearest directories that exist. */
  g_autofree char *a = g_strdup(path), *b = g_strdup(other);
  for (char **each = (char *[]){a, b, NULL}; *each; each++)
    while (!g_file_test(*each, G_FILE_TEST_IS_DIR) && strrchr(*each, '/') && strcmp(*each, "/") != 0)
      *MAX(strrchr(*each, '/'), *each + 1) = '\0';
  bool same;
  if (!is_same_mount(a, b, &same, error))
    return false;
  *ret_elsewhere = !same;
  return true;
}

bool swap_look(const Replacement *replacement, SwapLook *ret_look, FileStat *ret_trashed, GError **error)
{
  SwapLook look = {.can_exchange = true, .can_link = true};
  look.same_name = strcmp(replacement->source_path, replacement->target_path) == 0;
  look.keeps_original = keeps_original(replacement);
  FileStat seen[N_PLACES] = {0};
  for (Place place = 0; place < N_PLACES; place++) {
    bool is_used = (place != PLACE_TARGET || !look.same_name) && (place != PLACE_TRASH || look.keeps_original);
    if (is_used && !look_at_place(replacement, place, &look.at[place], &seen[place], error))
      return false;
  }
  if (!look.same_name && replace_differs_in_case_only(replacement->source_path, replacement->target_path) &&
      !resolve_alias(replacement, &seen[PLACE_LIBRARY], &seen[PLACE_TARGET], &look, error))
    return false;
  if (look.keeps_original) {
    g_autofree char *trash = g_path_get_dirname(replacement->trash_path);
    look.trash_ready = g_file_test(trash, G_FILE_TEST_IS_DIR);
    if (!replace_is_elsewhere(trash, replacement->source_path, &look.trash_elsewhere, error))
      return false;
  }
  if (ret_trashed)
    *ret_trashed = seen[PLACE_TRASH];
  *ret_look = look;
  return true;
}

static bool is_occupant(const Replacement *replacement, const char *path, Occupant wanted, bool *ret_same, GError **error)
{
  FileStat st;
  Occupant occupant;
  if (!fs_stat(path, &st, error) || !judge(replacement, path, false, &st, &occupant, error))
    return false;
  *ret_same = occupant == wanted;
  return true;
}

bool swap_is_source(const Replacement *replacement, const char *path, bool *ret_same, GError **error)
{
  return is_occupant(replacement, path, HOLDS_SOURCE, ret_same, error);
}

bool swap_is_staged(const Replacement *replacement, const char *path, bool *ret_same, GError **error)
{
  return is_occupant(replacement, path, HOLDS_STAGED, ret_same, error);
}

/* The directory that holds `path`; for the trash also the two above it, which may be as new. */
static bool sync_place(const Replacement *replacement, Place place, GError **error)
{
  g_autofree char *path = place_path(replacement, place);
  if (!fs_fsync_parent(path, error))
    return false;
  if (place != PLACE_TRASH)
    return true;
  g_autofree char *directory = g_path_get_dirname(path);
  g_autofree char *above = g_path_get_dirname(directory);
  return fs_fsync_parent(directory, error) && fs_fsync_parent(above, error);
}

/* What a run that was killed changed may not be durable yet. */
static bool sync_all(const Replacement *replacement, const SwapLook *look, GError **error)
{
  if (!sync_place(replacement, PLACE_LIBRARY, error))
    return false;
  if (g_file_test(replacement->stage_directory, G_FILE_TEST_IS_DIR) && !sync_place(replacement, PLACE_STAGE, error))
    return false;
  return !look->trash_ready || sync_place(replacement, PLACE_TRASH, error);
}

static char *copy_path(const char *to)
{
  g_autofree char *directory = g_path_get_dirname(to);
  return g_build_filename(directory, COPY_NAME, NULL);
}

static bool unlink_if_there(const char *path, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (fs_unlink(path, &cause) || reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&cause));
  return false;
}

bool replace_copy_whole(const char *from, const char *to, int64_t size, const char *fingerprint, Cancel *cancel, GError **error)
{
  g_autofree char *temporary = copy_path(to);
  if (fs_exists(temporary) && !unlink_if_there(temporary, error)) /* of a run that was killed */
    return false;
  if (!fs_copy(from, temporary, cancel, NULL, NULL, error))
    return false;
  FileStat st;
  bool same = false;
  bool ok = fs_copy_metadata(from, temporary, FS_KEEP_MTIME, NULL, error) && fs_fsync(temporary, error) &&
            fs_stat(temporary, &st, error) && has_content(temporary, &st, size, fingerprint, &same, error);
  if (ok && !same)
    ok = fail(error, REEVE_ERROR_CORRUPT, "The copy of \"%s\" at \"%s\" is not the same as the original; nothing was replaced.",
              from, to);
  ok = ok && fs_rename_new(temporary, to, error);
  if (!ok)
    unlink_if_there(temporary, NULL);
  return ok;
}

static bool make_trash(const Replacement *replacement, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(replacement->trash_path);
  return fs_mkdirs(directory, 0700, error) && sync_place(replacement, PLACE_TRASH, error);
}

static bool act(const Replacement *replacement, const SwapStep *step, SwapLook *look, GError **error)
{
  g_autofree char *from = place_path(replacement, step->from);
  g_autofree char *to = place_path(replacement, step->to);
  switch (step->kind) {
  case STEP_COPY:
    return replace_copy_whole(from, to, replacement->source_size_bytes, replacement->source_fingerprint, NULL, error);
  case STEP_LINK:
    return fs_link(from, to, &look->can_link, error);
  case STEP_EXCHANGE:
    return fs_exchange(from, to, &look->can_exchange, error);
  case STEP_MOVE:
    return fs_rename_new(from, to, error);
  case STEP_MOVE_OVER:
    return fs_rename(from, to, error);
  case STEP_REMOVE:
    return fs_unlink(from, error);
  default:
    return fail(error, REEVE_ERROR_INTERNAL, "A replacement asked for a step that does not exist.");
  }
}

/* Takes one step. Where the world moved since the look (a name is taken, or gone) nothing was done, and the next look says what
 * is right now: no error. */
static bool take_step(const Replacement *replacement, const SwapStep *step, SwapLook *look, GError **error)
{
  if (step->kind == STEP_MAKE_TRASH)
    return make_trash(replacement, error);
  g_autoptr(GError) cause = NULL;
  if (!act(replacement, step, look, &cause)) {
    ReeveErrorCode code = reeve_error_code(cause);
    if (code == REEVE_ERROR_CONFLICT || code == REEVE_ERROR_NOT_FOUND)
      return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  return sync_place(replacement, step->to, error) && sync_place(replacement, step->from, error);
}

/* Leaves no half-made copy, and no empty directory where the original went back. */
static bool tidy_trash(const Replacement *replacement, bool is_trashed, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(replacement->trash_path);
  if (!g_file_test(directory, G_FILE_TEST_IS_DIR))
    return true;
  g_autofree char *temporary = copy_path(replacement->trash_path);
  if (fs_exists(temporary) && !unlink_if_there(temporary, error))
    return false;
  if (is_trashed)
    return true;
  g_autoptr(GError) cause = NULL;
  if (!fs_rmdir(directory, &cause) && reeve_error_code(cause) != REEVE_ERROR_CONFLICT &&
      reeve_error_code(cause) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  return fs_fsync_parent(directory, error);
}

static bool finish_run(const Replacement *replacement, const SwapLook *look, const SwapStep *step, const FileStat *trashed,
                       SwapEnd *ret_end, GError **error)
{
  if (step->kind == STEP_STUCK)
    return fail(error, REEVE_ERROR_CONFLICT, "The replacement of \"%s\" cannot go on by itself: %s.", replacement->source_path,
                step->why);
  bool is_trashed = look->at[PLACE_TRASH] == HOLDS_SOURCE || look->at[PLACE_TRASH] == HOLDS_CHANGED;
  if (look->keeps_original && !tidy_trash(replacement, is_trashed, error))
    return false;
  *ret_end = (SwapEnd){.is_done = step->kind == STEP_DONE, .is_trashed = is_trashed, .trashed = *trashed, .why = step->why};
  return true;
}

bool swap_run(const Replacement *replacement, SwapDirection direction, SwapEnd *ret_end, GError **error)
{
  bool can_exchange = true, can_link = true;
  for (int i = 0; i < MAX_STEPS; i++) {
    SwapLook look;
    FileStat trashed;
    if (!swap_look(replacement, &look, &trashed, error))
      return false;
    if (i == 0 && !sync_all(replacement, &look, error))
      return false;
    look.can_exchange = can_exchange;
    look.can_link = can_link;
    SwapStep step = swap_next_step(&look, direction);
    if (step.kind <= STEP_STUCK)
      return finish_run(replacement, &look, &step, &trashed, ret_end, error);
    if (!take_step(replacement, &step, &look, error))
      return false;
    can_exchange = look.can_exchange;
    can_link = look.can_link;
  }
  return fail(error, REEVE_ERROR_UNAVAILABLE, "\"%s\" cannot be replaced: another program keeps changing the files around it.",
              replacement->source_path);
}
