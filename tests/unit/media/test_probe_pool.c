/* The life of probing children: borrowed, killed, hung, cancelled, idle, many at once. */
#include "media/probe.h"

#include "base/error.h"
#include "media/probe_protocol.h"
#include "sys/child.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
  char *directory, *sound;
} Fixture;

/* A second of silence: no encoder is needed for it. */
static void set_up(Fixture *fixture)
{
  static const guint8 header[44] = "RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x80\x3e\0";
  g_autoptr(GError) error = NULL;
  fixture->directory = g_dir_make_tmp("reeve-pool-XXXXXX", &error);
  g_assert_no_error(error);
  fixture->sound = g_build_filename(fixture->directory, "silence.wav", NULL);
  g_autofree guint8 *bytes = g_malloc0(44 + 16000);
  memcpy(bytes, header, sizeof header);
  g_assert_true(g_file_set_contents(fixture->sound, (const char *)bytes, 44 + 16000, NULL));
}

static void tear_down(Fixture *fixture)
{
  g_unlink(fixture->sound);
  g_rmdir(fixture->directory);
  g_free(fixture->sound);
  g_free(fixture->directory);
}

/* Process ids of our children. */
static GArray *children(void)
{
  GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));
  g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(proc))) {
    g_autofree char *path = g_build_filename("/proc", name, "stat", NULL), *stat = NULL;
    if (!g_ascii_isdigit(*name) || !g_file_get_contents(path, &stat, NULL, NULL))
      continue;
    char state;
    int parent;
    if (sscanf(strrchr(stat, ')') + 1, " %c %d", &state, &parent) == 2 && parent == getpid() && state != 'Z') {
      pid_t pid = (pid_t)atoi(name);
      g_array_append_val(pids, pid);
    }
  }
  return pids;
}

static pid_t only_child(void)
{
  g_autoptr(GArray) pids = children();
  g_assert_cmpuint(pids->len, ==, 1);
  return g_array_index(pids, pid_t, 0);
}

static void expect_good(ProbePool *pool, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MediaInfo) info = probe_file(pool, path, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(info->container, ==, "wav");
  g_assert_cmpint(info->duration_ms, ==, 1000);
}

static void expect_bad(ProbePool *pool, const char *path, Cancel *cancel, ReeveErrorCode code, const char *words)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(probe_file(pool, path, cancel, &error));
  g_assert_error(error, REEVE_ERROR, (int)code);
  g_assert_nonnull(strstr(error->message, words));
}

static void test_child_is_reused(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 3});
  expect_good(pool, fixture.sound);
  pid_t pid = only_child();
  for (int i = 0; i < 20; i++)
    expect_good(pool, fixture.sound);
  expect_bad(pool, "/nowhere/at all.mkv", NULL, REEVE_ERROR_NOT_FOUND, "/nowhere/at all.mkv");
  g_assert_cmpint(only_child(), ==, pid);
  tear_down(&fixture);
}

static int open_pid(pid_t pid)
{
  return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void wait_for_end(int pidfd)
{
  struct pollfd fd = {pidfd, POLLIN, 0};
  g_assert_cmpint(poll(&fd, 1, 20000), ==, 1);
  close(pidfd);
}

static void test_killed_while_idle(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1});
  expect_good(pool, fixture.sound);
  pid_t pid = only_child();
  int pidfd = open_pid(pid);
  kill(pid, SIGKILL);
  wait_for_end(pidfd);
  expect_good(pool, fixture.sound);
  tear_down(&fixture);
}

/* A child that takes a request and then does something else than answer it; see bad_child(). */
static const struct {
  const char *how;
  ReeveErrorCode code;
  const char *words;
} bad_children[] = {
    {"crash", REEVE_ERROR_INTERNAL, "signal 11"},
    {"leave", REEVE_ERROR_INTERNAL, "exit code 3"},
    {"hang", REEVE_ERROR_TIMEOUT, "within 0.2 s"},
    {"garbage", REEVE_ERROR_INTERNAL, "does not begin as one"},
    {"nonsense", REEVE_ERROR_INTERNAL, "no media information"},
    {"stop half-way", REEVE_ERROR_INTERNAL, "exit code 0"},
    {"stall half-way", REEVE_ERROR_TIMEOUT, "within 0.2 s"},
};

static void say(int code, size_t length, const char *body)
{
  guint8 header[PROBE_ANSWER_HEADER];
  probe_answer_write_header(code, length, header);
  g_assert_cmpint(write(3, header, sizeof header), ==, sizeof header);
  g_assert_cmpint(write(3, body, strlen(body)), ==, (gssize)strlen(body));
}

static int bad_child(const char *how)
{
  char request[512];
  if (read(3, request, sizeof request) <= 0)
    return 1;
  if (strcmp(how, "crash") == 0) {
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  } else if (strcmp(how, "leave") == 0)
    return 3;
  else if (strcmp(how, "garbage") == 0)
    g_assert_cmpint(write(3, "HTTP/1.1 200 OK", 15), ==, 15);
  else if (strcmp(how, "nonsense") == 0)
    say(-1, 2, "[]");
  else if (g_str_has_suffix(how, "half-way"))
    say(-1, 100, "{\"container\": ");
  if (strcmp(how, "hang") == 0 || strcmp(how, "stall half-way") == 0)
    pause();
  return 0;
}

static void test_bad_children(void)
{
  Fixture fixture;
  set_up(&fixture);
  for (size_t i = 0; i < G_N_ELEMENTS(bad_children); i++) {
    g_setenv("REEVE_TEST_CHILD", bad_children[i].how, TRUE);
    g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1, .limit_ms = 200});
    for (int round = 0; round < 2; round++)
      expect_bad(pool, fixture.sound, NULL, bad_children[i].code, bad_children[i].words);
    g_autoptr(GArray) left = children();
    g_assert_cmpuint(left->len, ==, 0);
  }
  g_unsetenv("REEVE_TEST_CHILD");
  tear_down(&fixture);
}

/* A good child that stands still. */
static void test_hung(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1, .limit_ms = 200});
  expect_good(pool, fixture.sound);
  kill(only_child(), SIGSTOP);
  expect_bad(pool, fixture.sound, NULL, REEVE_ERROR_TIMEOUT, "within 0.2 s");
  expect_good(pool, fixture.sound);
  tear_down(&fixture);
}

static gpointer cancel_it(gpointer data)
{
  cancel_set(data);
  return NULL;
}

static void test_cancelled(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1, .limit_ms = 20000});
  expect_good(pool, fixture.sound);
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  kill(only_child(), SIGSTOP);
  GThread *thread = g_thread_new("cancel", cancel_it, cancel);
  expect_bad(pool, fixture.sound, cancel, REEVE_ERROR_CANCELLED, "");
  g_thread_join(thread);
  expect_bad(pool, fixture.sound, cancel, REEVE_ERROR_CANCELLED, "");
  tear_down(&fixture);
}

static void test_idle_children_end(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 2, .idle_ms = 50});
  expect_good(pool, fixture.sound);
  g_autoptr(GArray) pids = children();
  if (pids->len) { /* it may be gone already */
    int pidfd = open_pid(g_array_index(pids, pid_t, 0));
    if (pidfd >= 0)
      wait_for_end(pidfd);
  }
  expect_good(pool, fixture.sound);
  tear_down(&fixture);
}

static void test_child_that_will_not_start(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_setenv("REEVE_BINARY", "/nowhere/reeve", TRUE);
  {
    g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1});
    expect_bad(pool, fixture.sound, NULL, REEVE_ERROR_NOT_FOUND, "/nowhere/reeve");
  }
  g_unsetenv("REEVE_BINARY");
  tear_down(&fixture);
}

typedef struct {
  ProbePool *pool;
  const char *good, *missing;
} Crowd;

static gpointer crowd_member(gpointer data)
{
  const Crowd *crowd = data;
  for (int i = 0; i < 25; i++) {
    expect_good(crowd->pool, crowd->good);
    expect_bad(crowd->pool, crowd->missing, NULL, REEVE_ERROR_NOT_FOUND, crowd->missing);
  }
  return NULL;
}

static void test_crowd(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 3});
  Crowd crowd = {pool, fixture.sound, "/nowhere.mkv"};
  GThread *threads[12];
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("crowd", crowd_member, &crowd);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  g_autoptr(GArray) pids = children();
  g_assert_cmpuint(pids->len, >=, 1);
  g_assert_cmpuint(pids->len, <=, 3);
  tear_down(&fixture);
}

/* A child must outlive the thread that happened to need it first. */
static gpointer probe_once(gpointer data)
{
  const Crowd *crowd = data;
  expect_good(crowd->pool, crowd->good);
  return NULL;
}

static void test_thread_ends(void)
{
  Fixture fixture;
  set_up(&fixture);
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1});
  Crowd crowd = {pool, fixture.sound, NULL};
  g_thread_join(g_thread_new("once", probe_once, &crowd));
  pid_t pid = only_child();
  g_thread_join(g_thread_new("once", probe_once, &crowd));
  g_assert_cmpint(only_child(), ==, pid);
  tear_down(&fixture);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return g_getenv("REEVE_TEST_CHILD") ? bad_child(g_getenv("REEVE_TEST_CHILD")) : probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY"); /* children are this program */
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/probe-pool/reused", test_child_is_reused);
  g_test_add_func("/probe-pool/bad-children", test_bad_children);
  g_test_add_func("/probe-pool/killed-while-idle", test_killed_while_idle);
  g_test_add_func("/probe-pool/hung", test_hung);
  g_test_add_func("/probe-pool/cancelled", test_cancelled);
  g_test_add_func("/probe-pool/idle", test_idle_children_end);
  g_test_add_func("/probe-pool/will-not-start", test_child_that_will_not_start);
  g_test_add_func("/probe-pool/crowd", test_crowd);
  g_test_add_func("/probe-pool/thread-ends", test_thread_ends);
  return g_test_run();
}
