/* Decides what, besides its content, a replacement takes over from the file it replaces, and in which order so that no step
 * undoes another. Test: tests/unit/sys/test_fs_copy.c */
#include "sys/fs_internal.h"

#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#define ACCESS_ACL "system.posix_acl_access"

typedef struct {
  int from_fd, to_fd;
  const char *from, *to;
  GPtrArray *dropped; /* "owner (Operation not permitted)" */
} Transfer;

/* Notes what could not be kept, if it is for want of rights or support; any other errno is a fault. */
static bool drop(Transfer *transfer, int saved_errno, const char *what, GError **error)
{
  switch (saved_errno) {
  case EPERM:
  case EACCES:
  case EOPNOTSUPP:
  case EINVAL: /* an owner, or an ACL's, that the mount's id map has no number for */
  case ENOSPC: /* ext4 keeps all attributes of a file in one block; E2BIG, ERANGE and EDQUOT are the same elsewhere */
  case E2BIG:
  case ERANGE:
  case EDQUOT:
    g_ptr_array_add(transfer->dropped, g_strdup_printf("%s (%s)", what, g_strerror(saved_errno)));
    return true;
  default: {
    g_autofree char *sentence = g_strdup_printf("cannot be given the %s of the original", what);
    return fs_fail(error, saved_errno, transfer->to, sentence);
  }
  }
}

/* Labels that belong to a place and not to a file: the system sets them by its own policy. */
static bool belongs_to_place(const char *name)
{
  return strcmp(name, "security.selinux") == 0 || strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0 ||
         g_str_has_prefix(name, "trusted.overlay.");
}

/* Both calls below are made twice, for the size and for the bytes; an attribute that grows between makes the second fail with
 * ERANGE, which is tried again. NULL with errno set. */
static char *read_names(int fd, size_t *ret_length)
{
  for (;;) {
    ssize_t size = flistxattr(fd, NULL, 0);
    if (size < 0)
      return NULL;
    g_autofree char *names = g_malloc((size_t)size + 1);
    ssize_t got = flistxattr(fd, names, (size_t)size);
    if (got < 0 && errno == ERANGE)
      continue;
    if (got < 0)
      return NULL;
    *ret_length = (size_t)got;
    return g_steal_pointer(&names);
  }
}

static char *read_value(int fd, const char *name, size_t *ret_length)
{
  for (;;) {
    ssize_t size = fgetxattr(fd, name, NULL, 0);
    if (size < 0)
      return NULL;
    g_autofree char *value = g_malloc((size_t)size + 1);
    ssize_t got = fgetxattr(fd, name, value, (size_t)size);
    if (got < 0 && errno == ERANGE)
      continue;
    if (got < 0)
      return NULL;
    *ret_length = (size_t)got;
    return g_steal_pointer(&value);
  }
}

static bool copy_attribute(Transfer *transfer, const char *name, GError **error)
{
  size_t length = 0;
  g_autofree char *value = read_value(transfer->from_fd, name, &length);
  if (!value && errno == ENODATA)
    return true; /* gone since it was listed */
  if (value && fsetxattr(transfer->to_fd, name, value, length, 0) == 0)
    return true;
  int saved_errno = errno;
  g_autofree char *what = g_utf8_make_valid(name, -1);
  g_autofree char *phrase =
      strcmp(name, ACCESS_ACL) == 0 ? g_strdup("access control list") : g_strdup_printf("extended attribute %s", what);
  return drop(transfer, saved_errno, phrase, error);
}

/* "user." attributes need write permission by mode, so they go before the mode changes; all others, ACLs and capabilities among
 * them, are changed by chown and chmod, so they go after. */
static bool copy_attributes(Transfer *transfer, bool user_ones, GError **error)
{
  size_t length = 0;
  g_autofree char *names = read_names(transfer->from_fd, &length);
  if (!names)
    return errno == EOPNOTSUPP || fs_fail(error, errno, transfer->from, "has extended attributes that cannot be read");
  for (const char *name = names; name < names + length; name += strlen(name) + 1)
    if (g_str_has_prefix(name, "user.") == user_ones && !belongs_to_place(name))
      if (!copy_attribute(transfer, name, error))
        return false;
  return true;
}

/* A directory's default ACL gives new files one that the original may not have. */
static bool remove_inherited_acl(Transfer *transfer, GError **error)
{
  if (fgetxattr(transfer->from_fd, ACCESS_ACL, NULL, 0) >= 0 || fgetxattr(transfer->to_fd, ACCESS_ACL, NULL, 0) < 0)
    return true;
  return fremovexattr(transfer->to_fd, ACCESS_ACL) == 0 || drop(transfer, errno, "absence of an access control list", error);
}

static bool copy_owner_and_mode(Transfer *transfer, const struct stat *from, GError **error)
{
  struct stat to;
  if (fstat(transfer->to_fd, &to) != 0)
    return fs_fail(error, errno, transfer->to, "cannot be looked at");
  mode_t mode = from->st_mode & 07777;
  /* One by one: an ordinary user may give a file to another of the own groups, but not to another user. */
  if (to.st_gid != from->st_gid && fchown(transfer->to_fd, (uid_t)-1, from->st_gid) != 0) {
    if (!drop(transfer, errno, "group", error))
      return false;
    mode &= ~(mode_t)S_ISGID;
  }
  if (to.st_uid != from->st_uid && fchown(transfer->to_fd, from->st_uid, (gid_t)-1) != 0) {
    if (!drop(transfer, errno, "owner", error))
      return false;
    mode &= ~(mode_t)S_ISUID; /* it must not become a program that runs as us */
  }
  return fchmod(transfer->to_fd, mode) == 0 || drop(transfer, errno, "mode", error);
}

static bool transfer_all(Transfer *transfer, FsMetadataFlags flags, GError **error)
{
  struct stat from;
  if (fstat(transfer->from_fd, &from) != 0)
    return fs_fail(error, errno, transfer->from, "cannot be looked at");
  if (!copy_attributes(transfer, true, error) || !remove_inherited_acl(transfer, error) ||
      !copy_owner_and_mode(transfer, &from, error) || !copy_attributes(transfer, false, error))
    return false;
  const struct timespec times[2] = {from.st_atim, from.st_mtim};
  return !(flags & FS_KEEP_MTIME) || futimens(transfer->to_fd, times) == 0 || drop(transfer, errno, "time of change", error);
}

bool fs_copy_metadata(const char *from, const char *to, FsMetadataFlags flags, char **ret_dropped, GError **error)
{
  int fault = failpoint("fs.metadata");
  if (fault)
    return fs_fail(error, fault, to, "cannot be given the owner and mode of the original");
  auto_close int from_fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (from_fd < 0)
    return fs_fail(error, errno, from, "cannot be opened");
  auto_close int to_fd = open(to, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (to_fd < 0)
    return fs_fail(error, errno, to, "cannot be opened");

  g_autoptr(GPtrArray) dropped = g_ptr_array_new_with_free_func(g_free);
  Transfer transfer = {.from_fd = from_fd, .to_fd = to_fd, .from = from, .to = to, .dropped = dropped};
  if (!transfer_all(&transfer, flags, error))
    return false;
  if (ret_dropped) {
    g_ptr_array_add(dropped, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)dropped->pdata);
    *ret_dropped = dropped->len > 1 ? g_strdup_printf("Not kept from the original: %s.", list) : NULL;
  }
  return true;
}
