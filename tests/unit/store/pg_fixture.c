/* A private PostgreSQL server. That it is ready is learnt from its log, a file that is watched, not a pipe with a thread that
 * reads it: tests fork, and a thread may hold a lock at that instant that the child then waits for. That it ends with us is the
 * kernel's doing (PR_SET_PDEATHSIG), and atexit's for the directory. */
#include "store/pg_fixture.h"

#include "store/db.h"
#include "store/migrate.h"
#include "sys/fs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS_VARIABLE "REEVE_TEST_POSTGRESQL"

static const int64_t MEMORY_MIN_BYTES = INT64_C(2) << 30;

typedef struct {
  char *address;   /* key=value, of the database to administer from; NULL: not started */
  char *programs;  /* where initdb and postgres are */
  char *directory; /* NULL: the server is not ours */
  int port;
  GPid pid;     /* 0: not running */
  int guard_fd; /* its closing tells the guard that we are gone */
  char *template;
  int n_databases;
} Server;
static Server server;

static char *find_programs(void)
{
  static const char versions[] = "/usr/lib/postgresql";
  g_autofree char *in_path = g_find_program_in_path("initdb");
  if (in_path)
    return g_path_get_dirname(in_path);
  g_autoptr(GDir) directory = g_dir_open(versions, 0, NULL);
  const char *name;
  while (directory && (name = g_dir_read_name(directory))) {
    g_autofree char *bin = g_build_filename(versions, name, "bin", NULL);
    g_autofree char *initdb = g_build_filename(bin, "initdb", NULL);
    if (g_file_test(initdb, G_FILE_TEST_IS_EXECUTABLE))
      return g_steal_pointer(&bin);
  }
  return NULL;
}

bool pg_fixture_available(void)
{
  g_autofree char *programs = find_programs();
  return programs || g_getenv(ADDRESS_VARIABLE);
}

/* PostgreSQL refuses to run as root. */
static const struct passwd *user(void)
{
  if (geteuid() != 0)
    return NULL;
  const struct passwd *found = getpwnam("postgres");
  if (!found)
    found = getpwnam("nobody");
  g_assert_nonnull(found);
  return found;
}

/* In the child, between fork and exec. */
static void become_user(gpointer data)
{
  const struct passwd *other = data;
  if (other && (setgroups(0, NULL) != 0 || setgid(other->pw_gid) != 0 || setuid(other->pw_uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT); /* after setuid, which clears it */
}

static int free_port(void)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &length), ==, 0);
  close(fd);
  return ntohs(address.sin_port);
}

static void make_cluster(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *initdb = g_build_filename(server.programs, "initdb", NULL);
  g_autofree char *data = g_build_filename(server.directory, "data", NULL);
  const char *const argv[] = {
      initdb, "--pgdata", data, "--auth=trust", "--username=reeve", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", NULL};
  g_autofree char *output = NULL, *errors = NULL;
  int status;
  g_spawn_sync(server.directory, (char **)argv, NULL, G_SPAWN_DEFAULT, become_user, (gpointer)user(), &output, &errors, &status,
               &error);
  g_assert_no_error(error);
  if (!g_spawn_check_wait_status(status, NULL))
    g_error("initdb failed: %s%s", output, errors);
}

/* Waits until the log says that the server is ready; it has ended when it has closed the log. */
static void wait_until_ready(int watch_fd, const char *log_path)
{
  for (bool ended = false;;) {
    g_autofree char *log = NULL;
    g_file_get_contents(log_path, &log, NULL, NULL);
    if (log && strstr(log, "ready to accept connections"))
      return;
    if (ended)
      g_error("PostgreSQL did not start: %s", log ? log : "it left no log");
    char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n = read(watch_fd, bytes, sizeof bytes);
    g_assert_true(n > 0 || errno == EINTR);
    for (ssize_t at = 0; at < n;) {
      const struct inotify_event *event = (const void *)(bytes + at);
      ended = ended || event->mask & IN_CLOSE_WRITE;
      at += sizeof *event + event->len;
    }
  }
}

void pg_fixture_start(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *postgres = g_build_filename(server.programs, "postgres", NULL);
  g_autofree char *data = g_build_filename(server.directory, "data", NULL);
  g_autofree char *port = g_strdup_printf("%d", server.port);
  const char *const argv[] = {postgres,
                              "-D",
                              data,
                              "-p",
                              port,
                              "-k",
                              server.directory,
                              "-c",
                              "listen_addresses=127.0.0.1",
                              "-c",
                              "max_connections=200",
                              "-c",
                              "shared_buffers=32MB",
                              "-c",
                              "fsync=off",
                              "-c",
                              "full_page_writes=off",
                              "-c",
                              "synchronous_commit=off",
                              "-c",
                              "log_min_messages=log",
                              "-c",
                              "logging_collector=off",
                              "-c",
                              "lc_messages=C",
                              NULL};
  g_autofree char *log_path = g_build_filename(server.directory, "log", NULL);
  int log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int watch_fd = inotify_init1(IN_CLOEXEC);
  g_assert_cmpint(inotify_add_watch(watch_fd, log_path, IN_MODIFY | IN_CLOSE_WRITE), >=, 0);
  g_spawn_async_with_fds(server.directory, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
                         become_user, (gpointer)user(), &server.pid, -1, -1, log_fd, &error);
  g_assert_no_error(error);
  close(log_fd);
  wait_until_ready(watch_fd, log_path);
  close(watch_fd);
}

bool pg_fixture_stop(void)
{
  if (!server.pid)
    return false;
  kill(server.pid, SIGINT); /* a fast shutdown */
  waitpid(server.pid, NULL, 0);
  server.pid = 0;
  return true;
}

static void drop_named(const char *name)
{
  PGconn *handle = PQconnectdb(server.address);
  g_autofree char *sql = g_strdup_printf("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", name);
  PQclear(PQexec(handle, sql));
  PQfinish(handle);
}

static void end_server(void)
{
  if (server.directory) {
    if (server.pid)
      kill(server.pid, SIGQUIT); /* at once: nothing in it is worth keeping */
    pg_fixture_stop();
    close(server.guard_fd);
  } else if (server.template) {
    drop_named(server.template);
  }
  g_free(server.address);
  g_free(server.programs);
  g_free(server.directory);
  g_free(server.template);
  server = (Server){0};
}

/* In the child: a terminal's interrupt is not for the guard. */
static void leave_session(gpointer data)
{
  (void)data;
  setsid();
}

static void start_guard(void)
{
  static const char script[] =
      "read -r line; pid=$(head -n 1 \"$0/data/postmaster.pid\" 2>/dev/null) && tail --pid=\"$pid\" -f /dev/null; "
      "rm -rf -- \"$0\"";
  g_autoptr(GError) error = NULL;
  const char *const argv[] = {"/bin/sh", "-c", script, server.directory, NULL};
  g_spawn_async_with_pipes("/", (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, leave_session, NULL,
                           NULL, &server.guard_fd, NULL, NULL, &error);
  g_assert_no_error(error);
}

/* In memory where there is enough of it: a database is some hundred small files, each made and removed again. Containers often
 * have a few MiB there only. The caller frees it. */
static char *make_directory(void)
{
  static const char memory[] = "/dev/shm";
  g_autoptr(GError) error = NULL;
  FsSpace space;
  if (!g_getenv("TMPDIR") && fs_space(memory, &space, NULL) && space.free_bytes >= MEMORY_MIN_BYTES) {
    char *directory = g_build_filename(memory, "reeve-pg-XXXXXX", NULL);
    if (g_mkdtemp(directory))
      return directory;
    g_free(directory);
  }
  char *directory = g_dir_make_tmp("reeve-pg-XXXXXX", &error);
  g_assert_no_error(error);
  return directory;
}

static void need_server(void)
{
  if (server.address)
    return;
  atexit(end_server);
  if (g_getenv(ADDRESS_VARIABLE)) {
    server.address = g_strdup(g_getenv(ADDRESS_VARIABLE));
    return;
  }
  server.programs = find_programs();
  server.directory = make_directory();
  start_guard();
  const struct passwd *other = user();
  if (other)
    g_assert_cmpint(chown(server.directory, other->pw_uid, other->pw_gid), ==, 0);
  server.port = free_port();
  make_cluster();
  pg_fixture_start();
  server.address = g_strdup_printf("host=127.0.0.1 port=%d user=reeve dbname=postgres", server.port);
}

/* The server's address with another database name, as key=value text. */
static char *address_of(const char *name)
{
  PQconninfoOption *options = PQconninfoParse(server.address, NULL);
  g_assert_nonnull(options);
  GString *address = g_string_new(NULL);
  for (PQconninfoOption *option = options; option->keyword; option++) {
    const char *value = strcmp(option->keyword, "dbname") == 0 ? name : option->val;
    if (!value)
      continue;
    g_autoptr(GString) quoted = g_string_new(value);
    g_string_replace(quoted, "\\", "\\\\", 0);
    g_string_replace(quoted, "'", "\\'", 0);
    g_string_append_printf(address, "%s='%s' ", option->keyword, quoted->str);
  }
  PQconninfoFree(options);
  return g_string_free(address, FALSE);
}

/* The database of an address that address_of made; the caller frees it. */
static char *name_of(const char *address)
{
  PQconninfoOption *options = PQconninfoParse(address, NULL);
  char *name = NULL;
  for (PQconninfoOption *option = options; option && option->keyword; option++)
    if (strcmp(option->keyword, "dbname") == 0)
      name = g_strdup(option->val);
  PQconninfoFree(options);
  g_assert_nonnull(name);
  return name;
}

static void administer(const char *format, const char *a, const char *b)
{
  PGconn *handle = PQconnectdb(server.address);
  g_autofree char *sql = g_strdup_printf(format, a, b);
  PGresult *result = PQexec(handle, sql);
  if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
    g_error("%s: %s", sql, PQerrorMessage(handle));
  PQclear(result);
  PQfinish(handle);
}

static char *new_name(void)
{
  return g_strdup_printf("reeve_test_%d_%d", (int)getpid(), ++server.n_databases);
}

static void need_template(void)
{
  if (server.template)
    return;
  server.template = new_name();
  administer("CREATE DATABASE \"%s\" TEMPLATE template0 ENCODING 'UTF8'%s", server.template, "");
  g_autoptr(GError) error = NULL;
  g_autofree char *address = address_of(server.template);
  g_autoptr(Db) db = db_open(&(DbParams){.url = address}, &error);
  g_assert_no_error(error);
  migrate_run(db, NULL, &error);
  g_assert_no_error(error);
}

char *pg_fixture_new_database(bool migrated)
{
  need_server();
  if (migrated)
    need_template();
  g_autofree char *name = new_name();
  administer("CREATE DATABASE \"%s\" TEMPLATE \"%s\"", name, migrated ? server.template : "template0");
  return address_of(name);
}

void pg_fixture_drop_database(const char *address)
{
  g_autofree char *name = name_of(address);
  drop_named(name);
}

void pg_fixture_break_connections(const char *address)
{
  g_autofree char *name = name_of(address);
  /* waits until they are gone */
  administer("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '%s' AND pid <> pg_backend_pid()%s",
             name, "");
}
