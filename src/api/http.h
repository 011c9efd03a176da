/* What one request and its response are made of, between libmicrohttpd (http.c) and the routes (dispatch.c). For src/api only.
 *
 * Thread-safety: a Request is worked on by one thread at a time: one of libmicrohttpd's, or, while its connection is suspended,
 * one for slow routes. ApiServer's members state their own. */
#pragma once

#include "api/access.h"
#include "api/events.h"
#include "api/route.h"

#include <microhttpd.h>

enum { REQUEST_NAME_BYTES = 64 };

struct Response {
  const Route *route; /* NULL before one is found */
  int status;         /* 0: the row's */
  GString *text;      /* JSON; NULL: none */
  const void *bytes;  /* static, instead of text */
  size_t length;
  const char *content_type; /* NULL: application/json */
  char *etag;
  char *allow; /* of 405 */
  bool retry_later;
  EventStream *events;     /* instead of a body */
  GPtrArray *field_errors; /* of FieldError, or NULL */
};

typedef enum {
  REQUEST_RECEIVING,
  REQUEST_SUSPENDED, /* a slow route works on it */
  REQUEST_ANSWERED,  /* the response is filled */
} RequestState;

struct Request {
  ApiServer *server;
  const ApiServices *services; /* as they were when it began; NULL: not offered */
  struct MHD_Connection *connection;
  char *method;
  char *uri;                         /* as sent */
  char *path;                        /* without the query */
  char name[REQUEST_NAME_BYTES + 1]; /* X-Request-Id */
  char client[64];
  int64_t began_us;
  bool begun;
  _Atomic int state; /* RequestState; a slow route's thread writes the last */
  const Route *route;
  int64_t id;
  GHashTable *query; /* of route->query and the lists' own: char * -> char * */
  GString *body;
  guint64 received_bytes; /* of the body, also of what is thrown away */
  json_t *json;
  const FieldTable *input_table;
  void *input;
  bool has_key;
  ApiKey key;
  GError *refusal; /* known from the headers: the body is not looked at */
  Response response;
};

struct ApiServer {
  struct MHD_Daemon *daemon;
  char *address;
  int64_t max_body_bytes;
  const Clock *clock;
  ApiServices *services; /* atomic: NULL until offered, then constant */
  GMutex lock;           /* guards the next three, and slow */
  GCond finished;
  guint under_way; /* requests begun and not completed */
  char *reason;    /* why nothing is offered */
  KeyCache *keys;
  LoginLimit *logins;
  EventHub *hub;
  GThreadPool *slow; /* guarded by lock; NULL once it stops */
  Cancel *stop;
};

/* From the headers: finds the route, checks access and query. What is wrong stands in request->refusal. */
void dispatch_admit(Request *request, const char *method);

/* From the whole request: reads the body, runs the handler, fills the response. */
void dispatch_run(Request *request);

/* A copy of why the server does not serve yet. */
char *api_server_reason(ApiServer *server);

void response_clear(Response *response);

/* problem+json (RFC 9457) for an error. `name` is the request's. */
void response_problem(Response *response, const GError *error, const char *name);
