/* A server on the loopback that a test scripts byte by byte, so that it can also break every rule of HTTP.
 *
 * Thread-safety: any thread; a handler runs on the thread of its connection. */
#pragma once

#include "sys/cancel.h"

#include <glib.h>
#include <stdbool.h>

typedef struct HttpWorld HttpWorld;

typedef struct {
  char *method;
  char *target; /* path and query, as sent; the whole address if we are taken for a proxy */
  char *head;   /* request line and headers */
  char *body;
  int number;     /* of all requests to this server, from 1 */
  int connection; /* that it came on, from 1 */
} WorldRequest;

/* Answers on `fd`. False: the connection is closed. */
typedef bool (*WorldHandler)(HttpWorld *world, int fd, const WorldRequest *request, void *user_data);

HttpWorld *http_world_new(WorldHandler handler, void *user_data);
void http_world_free(HttpWorld *world); /* ends all connections and waits for their threads */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpWorld, http_world_free)

int http_world_port(const HttpWorld *world);

/* "http://127.0.0.1:PORT" + path; the caller frees it. */
char *http_world_url(const HttpWorld *world, const char *path);

/* How many requests have come. */
int http_world_requests(HttpWorld *world);

/* The head of a request, from 1; borrowed until the world ends. Aborts if it has not come. */
const char *http_world_head(HttpWorld *world, int number);

/* A whole answer with Content-Length. `headers` are whole lines, or NULL. True, for handlers to return. */
bool world_answer(int fd, int status, const char *headers, const char *body);
bool world_answer_bytes(int fd, int status, const char *headers, const void *body, gsize bytes);

/* Raw text. False if the client has gone. */
bool world_send(int fd, const char *text);

/* Is slow for that long, or until the test ends. */
void world_dawdle(HttpWorld *world, int ms);

/* Waits, silently, until the client closes or the test ends. False. */
bool world_silence(HttpWorld *world, int fd);
