/* A server with all its services on a fresh SQLite database, and a small HTTP client over plain sockets. */
#pragma once

#include "api/route.h"
#include "auth/key.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "sys/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIXTURE_BODY_BYTES = 64 * 1024, CLIENT_LIMIT_S = 20 };

typedef struct {
  char *directory;
  char *data; /* in it */
  Db *db;
  EventBus *events;
  Queue *queue;
  ScanContext scan;
  TranscodeDesk desk;
  Abilities *abilities;
  LiveSettings *settings;
  Metrics *metrics;
  Figures *figures;
  HealthMonitor *health;
  SystemSampler *sampler;
  Warden *warden;
  ProbePool *probes;
  LogRing *log;
  char *backups_directory;
  BackupContext backups;
  CleanupContext cleanup;
  TuneContext tune;
  Uploads *uploads;
  Conversions *conversions;
  ApiServer *server;
  char *keys[SCOPE_WEBHOOK + 1]; /* by scope */
  const Clock *clock;
  const char *const *media_directories; /* set before fixture_offer */
  guint16 port;
} Fixture;

/* A path that a row fits, with an id or a name that nothing has. The caller frees it. */
static inline char *fixture_path_of(const Route *route)
{
  GString *path = g_string_new(route->path);
  g_string_replace(path, "{id}", "999999", 0);
  g_string_replace(path, "{name}", "no-such-name", 0);
  return g_string_free(path, FALSE);
}

/* What main does first: children of the server are this program. */
static inline void fixture_start(int *argc, char ***argv)
{
  if (*argc > 1 && strcmp((*argv)[1], "__exec") == 0)
    exit(child_exec_main(*argc, *argv));
  g_unsetenv("REEVE_BINARY");
  g_test_init(argc, argv, NULL);
  g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* that there is no encoder is a warning, and meant */
}

static inline void fixture_remove(const char *path)
{
  g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
  for (const char *name; entries && (name = g_dir_read_name(entries));) {
    g_autofree char *inner = g_build_filename(path, name, NULL);
    fixture_remove(inner);
  }
  g_remove(path);
}

static inline void fixture_fill(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(f->db, &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) profiles = profile_seeds();
  for (guint i = 0; i < profiles->len; i++)
    g_assert_true(record_insert(conn, &profile_table, profiles->pdata[i], &error));
  for (int scope = 0; scope <= SCOPE_WEBHOOK; scope++) {
    f->keys[scope] = key_create(conn, "test", (KeyScope)scope, FIELD_NULL_INT, clock_system(), NULL, &error);
    g_assert_no_error(error);
  }
}

/* Without fixture_offer the services are away. What `params` leaves out, this fills in. */
static inline void fixture_init_with(Fixture *f, ApiParams params)
{
  *f = (Fixture){.clock = params.clock ? params.clock : clock_system()};
  g_autoptr(GError) error = NULL;
  f->directory = g_dir_make_tmp("reeve-api-XXXXXX", &error);
  f->data = g_build_filename(f->directory, "data", NULL);
  g_assert_cmpint(g_mkdir(f->data, 0700), ==, 0);
  g_autofree char *url = g_strdup_printf("sqlite:%s/test.db", f->data);
  f->db = db_open(&(DbParams){.url = url}, &error);
  g_assert_no_error(error);
  g_assert_true(migrate_run(f->db, NULL, &error));
  fixture_fill(f);
  f->events = event_bus_new(f->db, 64);
  f->queue = queue_new(&(QueueParams){.db = f->db, .events = f->events, .clock = clock_system()});
  scan_context_init(&f->scan);
  f->scan.db = f->db;
  f->scan.clock = clock_system();
  f->desk = (TranscodeDesk){.replace = {.db = f->db, .queue = f->queue, .clock = clock_system()}, .scan = &f->scan};
  f->abilities = abilities_start("/nonexistent/ffmpeg", "/nonexistent/handbrake", NULL);
  params.listen = "127.0.0.1:0";
  params.threads = 2;
  params.max_body_bytes = FIXTURE_BODY_BYTES;
  Settings base;
  record_init(&settings_table, &base);
  f->settings = live_settings_new(f->db, &base, f->data, clock_system(), &error);
  record_clear(&settings_table, &base);
  g_assert_no_error(error);
  f->metrics = metrics_new();
  f->figures = figures_new(f->db, clock_system());
  f->health = health_start(&(HealthParams){
      .db = f->db, .settings = f->settings, .abilities = f->abilities, .data_directory = f->data, .clock = clock_system()});
  f->sampler = system_sampler_new(f->db, clock_system());
  f->warden = warden_new(&(WardenParams){.db = f->db,
                                         .settings = f->settings,
                                         .sampler = f->sampler,
                                         .abilities = f->abilities,
                                         .clock = f->clock,
                                         .worker = "test-worker"},
                         &error);
  g_assert_no_error(error);
  warden_start(f->warden, NULL);
  f->probes = probe_pool_new(&(ProbeParams){.children = 1});
  f->log = log_ring_new(100);
  f->backups_directory = g_build_filename(f->data, "backups", NULL);
  f->backups = (BackupContext){.db = f->db, .directory = f->backups_directory, .clock = clock_system(), .events = f->events};
  f->cleanup = (CleanupContext){.replace = &f->desk.replace};
  f->tune = (TuneContext){.replace = &f->desk.replace, .scan = &f->scan, .ffmpeg = "/nonexistent/ffmpeg"};
  f->uploads = uploads_new(f->db, f->clock, f->data);
  f->conversions =
      conversions_new(&(ConversionsParams){.db = f->db, .queue = f->queue, .uploads = f->uploads, .clock = f->clock});
  f->server = api_server_start(&params, "The test is not ready.", &error);
  g_assert_no_error(error);
  const char *colon = strrchr(api_server_address(f->server), ':');
  f->port = (guint16)g_ascii_strtoull(colon + 1, NULL, 10);
  g_assert_cmpint(f->port, >, 0);
}

static inline void fixture_init(Fixture *f)
{
  fixture_init_with(f, (ApiParams){0});
}

static inline void fixture_offer(Fixture *f)
{
  api_server_offer(f->server, &(ApiServices){.db = f->db,
                                             .queue = f->queue,
                                             .events = f->events,
                                             .scan = &f->scan,
                                             .desk = &f->desk,
                                             .abilities = f->abilities,
                                             .ffmpeg = "/nonexistent/ffmpeg",
                                             .handbrake = "/nonexistent/handbrake",
                                             .clock = f->clock,
                                             .data_directory = f->data,
                                             .media_directories = f->media_directories,
                                             .database_shown = "sqlite:test.db",
                                             .settings = f->settings,
                                             .metrics = f->metrics,
                                             .figures = f->figures,
                                             .health = f->health,
                                             .probes = f->probes,
                                             .log = f->log,
                                             .backups = &f->backups,
                                             .cleanup = &f->cleanup,
                                             .tune = &f->tune,
                                             .uploads = f->uploads,
                                             .conversions = f->conversions,
                                             .sampler = f->sampler,
                                             .warden = f->warden});
}

static inline void fixture_clear(Fixture *f)
{
  api_server_stop(f->server);
  health_stop(f->health);
  warden_free(f->warden);
  system_sampler_free(f->sampler);
  abilities_free(f->abilities);
  live_settings_free(f->settings);
  figures_free(f->figures);
  metrics_free(f->metrics);
  probe_pool_free(f->probes);
  log_ring_free(f->log);
  g_free(f->backups_directory);
  scan_context_clear(&f->scan);
  queue_free(f->queue);
  event_bus_free(f->events);
  conversions_free(f->conversions);
  uploads_free(f->uploads);
  db_close(f->db);
  for (int scope = 0; scope <= SCOPE_WEBHOOK; scope++)
    g_free(f->keys[scope]);
  fixture_remove(f->directory);
  g_free(f->data);
  g_free(f->directory);
}

/* --- the client --- */

static inline int client_connect(const Fixture *f)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(f->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval limit = {.tv_sec = CLIENT_LIMIT_S};
  g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), ==, 0);
  g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

/* False if the server has closed. */
static inline bool client_send(int fd, const char *data, size_t length)
{
  for (ssize_t sent; length > 0; data += sent, length -= (size_t)sent)
    if ((sent = send(fd, data, length, MSG_NOSIGNAL)) < 0)
      return false;
  return true;
}

/* Reads until `mark` has come, or the end; what came, with what followed it by chance. */
static inline char *client_read_until(int fd, const char *mark)
{
  GString *text = g_string_new(NULL);
  char buffer[4096];
  ssize_t got;
  while (!(mark && strstr(text->str, mark)) && (got = recv(fd, buffer, sizeof buffer, 0)) > 0)
    g_string_append_len(text, buffer, got);
  return g_string_free(text, FALSE);
}

typedef struct {
  int status;
  char *head;   /* status line and headers */
  char *text;   /* body */
  json_t *body; /* NULL if it is not JSON */
} Answer;

static inline void answer_clear(Answer *answer)
{
  g_free(answer->head);
  g_free(answer->text);
  json_decref(answer->body);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static inline Answer answer_parse(const char *text)
{
  Answer answer = {0};
  const char *end = strstr(text, "\r\n\r\n");
  if (!end)
    return answer;
  answer.status = (int)g_ascii_strtoull(strchr(text, ' '), NULL, 10);
  answer.head = g_strndup(text, (gsize)(end - text));
  answer.text = g_strdup(end + 4);
  answer.body = json_loads(answer.text, 0, NULL);
  return answer;
}

/* One request on a connection of its own. `body` may be NULL; `headers` are whole lines, or NULL. */
static inline Answer call_with(const Fixture *f, const char *method, const char *path, const char *headers, const char *body)
{
  int fd = client_connect(f);
  g_autofree char *length = body ? g_strdup_printf("Content-Length: %zu\r\n", strlen(body)) : g_strdup("");
  g_autofree char *request = g_strdup_printf("%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s%s\r\n%s", method, path,
                                             headers ? headers : "", length, body ? body : "");
  client_send(fd, request, strlen(request));
  g_autofree char *text = client_read_until(fd, NULL);
  close(fd);
  return answer_parse(text);
}

static inline Answer call(const Fixture *f, KeyScope scope, const char *method, const char *path, const char *body)
{
  g_autofree char *headers = g_strdup_printf("X-Api-Key: %s\r\n", f->keys[scope]);
  return call_with(f, method, path, headers, body);
}

/* An edit of what had this tag. */
static inline Answer call_if(const Fixture *f, const char *method, const char *path, const char *tag, const char *body)
{
  g_autofree char *headers = g_strdup_printf("X-Api-Key: %s\r\nIf-Match: %s\r\n", f->keys[SCOPE_ADMIN], tag);
  return call_with(f, method, path, headers, body);
}

static inline void assert_status(const Answer *answer, int status)
{
  if (answer->status != status)
    g_test_message("%s\n%s", answer->head ? answer->head : "(no answer)", answer->text ? answer->text : "");
  g_assert_cmpint(answer->status, ==, status);
}

/* The problem names this field. */
static inline void assert_field(const Answer *answer, const char *field)
{
  assert_status(answer, 422);
  const json_t *errors = json_object_get(answer->body, "errors");
  for (size_t i = 0; i < json_array_size(errors); i++)
    if (g_strcmp0(json_string_value(json_object_get(json_array_get(errors, i), "field")), field) == 0)
      return;
  g_error("No complaint about \"%s\": %s", field, answer->text);
}

/* The value of a header, up to its line's end; NULL if it is not there. The caller frees it. */
static inline char *header_of(const Answer *answer, const char *name)
{
  g_autofree char *start = g_strdup_printf("\r\n%s: ", name);
  const char *at = strstr(answer->head, start);
  if (!at)
    return NULL;
  at += strlen(start);
  return g_strndup(at, strcspn(at, "\r"));
}

static inline int64_t answer_int(const Answer *answer, const char *name)
{
  const json_t *value = json_object_get(answer->body, name);
  g_assert_true(json_is_integer(value));
  return json_integer_value(value);
}
