/* Who has a file open for writing, and that asking disturbs nobody. */
#include "helper.h"
#include "sys/fs_writers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

/* Leases may be missing here (some container file systems): then the answer must be UNKNOWN. */
static bool have_leases(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool have = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
  close(fd);
  return have;
}

static FsWriters ask(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint(fd, >=, 0);
  FsWriters answer = fs_writers(fd);
  g_assert_cmpint(fcntl(fd, F_GETLEASE), !=, F_RDLCK); /* given back */
  close(fd);
  return answer;
}

static void test_writers(void)
{
  char *dir = make_dir();
  g_autofree char *path = path_in(dir, "film");
  put(path, "film");
  bool known = have_leases(path);
  g_assert_cmpint(ask(path), ==, known ? FS_WRITERS_NONE : FS_WRITERS_UNKNOWN);
  int reader = open(path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint(ask(path), ==, known ? FS_WRITERS_NONE : FS_WRITERS_UNKNOWN);
  int writer = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  g_assert_cmpint(ask(path), ==, known ? FS_WRITERS_SOME : FS_WRITERS_UNKNOWN);
  close(writer);
  g_assert_cmpint(ask(path), ==, known ? FS_WRITERS_NONE : FS_WRITERS_UNKNOWN);
  close(reader);
  remove_dir(dir);
}

static gpointer open_and_close(gpointer data)
{
  for (int i = 0; i < 2000; i++) {
    int fd = open(data, O_WRONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0); /* waits for the lease at most */
    close(fd);
  }
  return NULL;
}

/* The kernel signals the lease's holder when a writer comes: this process must survive that, whichever thread it meets. */
static void test_writer_comes(void)
{
  char *dir = make_dir();
  g_autofree char *path = path_in(dir, "film");
  put(path, "film");
  GThread *thread = g_thread_new("writer", open_and_close, path);
  for (int i = 0; i < 2000; i++)
    ask(path);
  g_thread_join(thread);
  remove_dir(dir);
}

static void test_not_a_file(void)
{
  int pipes[2];
  g_assert_cmpint(pipe2(pipes, O_CLOEXEC), ==, 0);
  g_assert_cmpint(fs_writers(pipes[0]), ==, FS_WRITERS_UNKNOWN);
  g_assert_cmpint(fs_writers(-1), ==, FS_WRITERS_UNKNOWN);
  close(pipes[0]);
  close(pipes[1]);
}

static void test_stat_fd(void)
{
  char *dir = make_dir();
  g_autofree char *path = path_in(dir, "film");
  put(path, "film");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  FileStat by_name, by_descriptor;
  GError *error = NULL;
  g_assert_true(fs_stat(path, &by_name, &error));
  g_assert_true(fs_stat_fd(fd, path, &by_descriptor, &error));
  g_assert_no_error(error);
  g_assert_true(file_stat_same(&by_name, &by_descriptor));
  g_assert_cmpint(by_descriptor.size_bytes, ==, 4);
  g_assert_cmpint(by_descriptor.link_count, ==, 1);
  close(fd);
  g_assert_false(fs_stat_fd(-1, path, &by_descriptor, &error));
  assert_code(error, REEVE_ERROR_IO);
  remove_dir(dir);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fs_writers/writers", test_writers);
  g_test_add_func("/fs_writers/writer_comes", test_writer_comes);
  g_test_add_func("/fs_writers/not_a_file", test_not_a_file);
  g_test_add_func("/fs/stat_fd", test_stat_fd);
  return g_test_run();
}
