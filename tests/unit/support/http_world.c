/* A thread that accepts, and one for each connection. Used by the tests of net and connect. */
#include "http_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct HttpWorld {
  WorldHandler handler;
  void *user_data;
  int fd, port;
  Cancel *end;
  GThread *acceptor;
  GMutex lock; /* guards what follows */
  GPtrArray *threads;
  GPtrArray *heads;
};

typedef struct {
  HttpWorld *world;
  int fd, number;
} Connection;

/* False at the end of the world, or when nothing more comes. */
static bool wait_readable(HttpWorld *world, int fd)
{
  struct pollfd items[] = {{.fd = fd, .events = POLLIN}, {.fd = cancel_peek_fd(world->end), .events = POLLIN}};
  while (poll(items, 2, -1) < 0)
    g_assert_cmpint(errno, ==, EINTR);
  return !cancel_is_set(world->end) && items[0].revents;
}

/* Appends what comes; false at the end. */
static bool receive(HttpWorld *world, int fd, GString *into)
{
  char buffer[16 * 1024];
  if (!wait_readable(world, fd))
    return false;
  ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  if (got > 0)
    g_string_append_len(into, buffer, got);
  return got > 0;
}

static gsize body_bytes(const char *head)
{
  g_autofree char *lower = g_ascii_strdown(head, -1);
  const char *line = strstr(lower, "\r\ncontent-length:");
  return line ? (gsize)g_ascii_strtoull(line + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

static bool serve_one(const Connection *connection, GString *input)
{
  HttpWorld *world = connection->world;
  const char *end;
  while (!(end = strstr(input->str, "\r\n\r\n")))
    if (!receive(world, connection->fd, input))
      return false;
  g_autofree char *head = g_strndup(input->str, (gsize)(end - input->str));
  gsize head_bytes = strlen(head) + 4, length = body_bytes(head);
  while (input->len < head_bytes + length)
    if (!receive(world, connection->fd, input))
      return false;
  g_autofree char *body = g_strndup(input->str + head_bytes, length);
  g_string_erase(input, 0, (gssize)(head_bytes + length));

  g_auto(GStrv) words = g_strsplit(head, " ", 3);
  WorldRequest request = {.method = words[0], .target = words[1], .head = head, .body = body, .connection = connection->number};
  g_mutex_lock(&world->lock);
  g_ptr_array_add(world->heads, g_strdup(head));
  request.number = (int)world->heads->len;
  g_mutex_unlock(&world->lock);
  return world->handler(world, connection->fd, &request, world->user_data);
}

static gpointer serve(gpointer data)
{
  Connection *connection = data;
  g_autoptr(GString) input = g_string_new(NULL);
  while (serve_one(connection, input)) {
  }
  close(connection->fd);
  g_free(connection);
  return NULL;
}

static gpointer accept_all(gpointer data)
{
  HttpWorld *world = data;
  for (int number = 1; wait_readable(world, world->fd); number++) {
    Connection *connection = g_new(Connection, 1);
    *connection = (Connection){.world = world, .fd = accept4(world->fd, NULL, NULL, SOCK_CLOEXEC), .number = number};
    g_assert_cmpint(connection->fd, >=, 0);
    g_mutex_lock(&world->lock);
    g_ptr_array_add(world->threads, g_thread_new("connection", serve, connection));
    g_mutex_unlock(&world->lock);
  }
  return NULL;
}

HttpWorld *http_world_new(WorldHandler handler, void *user_data)
{
  HttpWorld *world = g_new0(HttpWorld, 1);
  world->handler = handler;
  world->user_data = user_data;
  world->end = cancel_new(NULL);
  world->threads = g_ptr_array_new();
  world->heads = g_ptr_array_new_with_free_func(g_free);
  g_mutex_init(&world->lock);
  world->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  g_assert_cmpint(bind(world->fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint(listen(world->fd, 64), ==, 0);
  g_assert_cmpint(getsockname(world->fd, (struct sockaddr *)&address, &length), ==, 0);
  world->port = ntohs(address.sin_port);
  world->acceptor = g_thread_new("acceptor", accept_all, world);
  return world;
}

void http_world_free(HttpWorld *world)
{
  cancel_set(world->end);
  g_thread_join(world->acceptor);
  for (guint i = 0; i < world->threads->len; i++)
    g_thread_join(world->threads->pdata[i]);
  close(world->fd);
  cancel_unref(world->end);
  g_ptr_array_unref(world->threads);
  g_ptr_array_unref(world->heads);
  g_mutex_clear(&world->lock);
  g_free(world);
}

int http_world_port(const HttpWorld *world)
{
  return world->port;
}

char *http_world_url(const HttpWorld *world, const char *path)
{
  return g_strdup_printf("http://127.0.0.1:%d%s", world->port, path);
}

int http_world_requests(HttpWorld *world)
{
  g_mutex_lock(&world->lock);
  int count = (int)world->heads->len;
  g_mutex_unlock(&world->lock);
  return count;
}

const char *http_world_head(HttpWorld *world, int number)
{
  g_mutex_lock(&world->lock);
  g_assert_cmpint(number, <=, (int)world->heads->len);
  const char *head = world->heads->pdata[number - 1];
  g_mutex_unlock(&world->lock);
  return head;
}

static bool send_bytes(int fd, const char *data, gsize bytes)
{
  for (ssize_t sent; bytes > 0; data += sent, bytes -= (gsize)sent)
    if ((sent = send(fd, data, bytes, MSG_NOSIGNAL)) < 0)
      return false;
  return true;
}

bool world_send(int fd, const char *text)
{
  return send_bytes(fd, text, strlen(text));
}

bool world_answer_bytes(int fd, int status, const char *headers, const void *body, gsize bytes)
{
  /* In one piece, or the kernel may wait for a word from the client before it sends the second. */
  g_autoptr(GString) whole = g_string_new(NULL);
  g_string_printf(whole, "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n%s\r\n", status, bytes, headers ? headers : "");
  g_string_append_len(whole, body, (gssize)bytes);
  return send_bytes(fd, whole->str, whole->len);
}

bool world_answer(int fd, int status, const char *headers, const char *body)
{
  return world_answer_bytes(fd, status, headers, body, strlen(body));
}

void world_dawdle(HttpWorld *world, int ms)
{
  cancel_wait(world->end, ms);
}

bool world_silence(HttpWorld *world, int fd)
{
  g_autoptr(GString) nothing = g_string_new(NULL);
  while (receive(world, fd, nothing)) {
  }
  return false;
}
