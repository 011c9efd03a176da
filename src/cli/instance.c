/* Decides who owns a data directory: the process that holds the lock of its file "instance". Test: tests/unit/cli/test_instance.c
 */
#include "cli/instance.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 128 };

struct Instance {
  int fd;
  char *name;
};

/* The file holds the name on its first line and the holder's pid on the second. */
static bool read_file(int fd, char **ret_name, char **ret_pid, GError **error)
{
  char text[NAME_MAX_BYTES + 32];
  ssize_t length = pread(fd, text, sizeof text - 1, 0);
  if (length < 0)
    return fail_errno(error, errno, "The instance file could not be read");
  text[length] = '\0';
  g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
  *ret_name = g_strdup(lines[0] ? lines[0] : "");
  *ret_pid = g_strdup(lines[0] && lines[1] ? lines[1] : "");
  return true;
}

static bool write_file(int fd, const char *name, GError **error)
{
  g_autofree char *text = g_strdup_printf("%s\n%d\n", name, (int)getpid());
  size_t length = strlen(text);
  if (ftruncate(fd, 0) < 0 || pwrite(fd, text, length, 0) != (ssize_t)length || fdatasync(fd) < 0)
    return fail_errno(error, errno, "The instance file could not be written");
  return true;
}

static char *new_name(void)
{
  g_autofree char *id = g_uuid_string_random();
  g_autofree char *host = g_strndup(g_get_host_name(), 63);
  return g_strdup_printf("%s-%.8s%.4s", host, id, id + 9);
}

Instance *instance_claim(const char *data_directory, GError **error)
{
  g_autofree char *path = g_build_filename(data_directory, "instance", NULL);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    fail_errno(error, errno, "%s could not be opened", path);
    return NULL;
  }
  g_autofree char *name = NULL, *pid = NULL;
  bool free_to_take = flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (!read_file(fd, &name, &pid, error))
    goto failed;
  if (!free_to_take) {
    fail(error, REEVE_ERROR_CONFLICT,
         "The data directory %s is in use by another reeve (process %s on this host). Stop it first, or choose another --data.",
         data_directory, *pid ? pid : "unknown");
    goto failed;
  }
  if (!*name) {
    g_free(name);
    name = new_name();
  }
  if (!write_file(fd, name, error))
    goto failed;
  Instance *instance = g_new0(Instance, 1);
  instance->fd = fd;
  instance->name = g_steal_pointer(&name);
  return instance;
failed:
  close(fd);
  return NULL;
}

void instance_release(Instance *instance)
{
  if (!instance)
    return;
  close(instance->fd);
  g_free(instance->name);
  g_free(instance);
}

const char *instance_name(const Instance *instance)
{
  return instance->name;
}
