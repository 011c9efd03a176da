/* What one request and its response are made of, between libmicrohttpd (http.c) and the routes (dispatch.c). For src/api only.
 *
 * Thread-safety: a Request is worked on by one thread at a time: one of libmicrohttpd's, or, while its connection is suspended,
 * one for slow routes. ApiServer's members state their own. */
#pragma once

#include "api/access.h"
#include "api/answer_cache.h"
#include "api/answer_check.h"
#include "api/connections.h"
#include "api/events.h"
#include "api/match.h"
#include "api/route.h"
#include "api/tls.h"
#include "auth/network.h"
#include "transcode/thumbnail.h"

#include <microhttpd.h>

enum { REQUEST_NAME_BYTES = 64 };

struct Response {
  const Route *route; /* NULL before one is found */
  int status;         /* 0: the row's */
  GString *text;      /* JSON; NULL: none */
  const void *bytes;  /* static, instead of text */
  size_t length;
  GBytes *owned;                    /* instead of both */
  bool kept;                        /* `owned` is JSON: the answer as it was given before */
  const char *content_type;         /* NULL: application/json */
  const char *encoding;             /* of bytes: "br", "gzip" or NULL */
  bool immutable;                   /* bytes may be kept for ever */
  int file;                         /* with `has_file`, instead of bytes: a descriptor to send, and to close */
  uint64_t file_offset, file_bytes; /* what of it is sent */
  bool has_file;
  char *file_name;  /* of an attachment */
  GString *current; /* of 412: the record as it is now */
  bool replayed;    /* an earlier answer to the same Idempotency-Key */
  char *etag;
  char *allow;        /* of 405 */
  char *cookie;       /* of Set-Cookie */
  GPtrArray *headers; /* char *: name, value, name, … or NULL */
  bool retry_later;
  int64_t retry_after_s;   /* 0: not said, or the preset with retry_later */
  EventStream *events;     /* instead of a body */
  GPtrArray *field_errors; /* of FieldError, or NULL */
};

typedef enum {
  REQUEST_RECEIVING,
  REQUEST_SUSPENDED, /* a slow route, or the writing of its body, works on it */
  REQUEST_ANSWERED,  /* the response is filled */
  REQUEST_GONE,      /* its connection is: a thread brings the rest of the body to the sink, and frees it */
} RequestState;

struct Request {
  ApiServer *server;
  const ApiServices *services; /* as they were when it began; NULL: not offered */
  struct MHD_Connection *connection;
  char *method;
  char *uri;                         /* as sent */
  char *path;                        /* without the query */
  char name[REQUEST_NAME_BYTES + 1]; /* X-Request-Id */
  char client[64];                   /* the caller's address; behind trusted proxies, what they say it is */
  bool is_local;                     /* the caller is on this machine */
  bool is_secure;                    /* it came by TLS, here or at a trusted proxy */
  bool is_preflight;
  int64_t began_us;
  bool begun;
  bool streams;      /* it is answered with events, for as long as the caller likes */
  _Atomic int state; /* RequestState; the thread that works on it meanwhile ends REQUEST_SUSPENDED */
  const Route *route;
  PathParts parts;
  GHashTable *query;      /* of route->query and the lists' own: char * -> char * */
  GString *body;          /* with a sink: what has not gone there yet */
  BodySink sink;          /* of a route with `receive`, once it was admitted */
  guint64 received_bytes; /* of the body, also of what is thrown away; with a sink only what is */
  guint64 streamed_bytes; /* to the sink */
  json_t *json;
  const FieldTable *input_table;
  void *input;
  int64_t once_id; /* of the Idempotency-Key's row while it is ours; 0: none */
  bool has_caller;
  Caller caller;
  GError *refusal; /* known from the headers: the body is not looked at */
  Response response;
};

struct ApiServer {
  struct MHD_Daemon *daemon;
  char *address;
  TlsFiles *tls; /* NULL: plain HTTP */
  NetworkList *trusted_proxies;
  char **cors_origins;
  bool remote_setup;
  SessionRules sessions;
  ConnectionTable *connections;
  _Atomic bool is_claimed;         /* there is a user; never unset, since the last admin cannot be removed */
  _Atomic int64_t told_foreign_ms; /* when a refused stranger was last logged, monotonic; 0: never */
  guint access_listener;
  _Atomic int streams; /* bodies on their way to sinks */
  int64_t max_body_bytes;
  const Clock *clock;
  const EmbeddedFile *page;
  size_t n_page;
  ApiServices *services; /* atomic: NULL until offered, then constant */
  GMutex lock;           /* guards the next three, slow and writers */
  GCond finished;
  guint under_way;      /* requests begun and not completed */
  char *reason;         /* why nothing is offered */
  AnswerCache *answers; /* made when services are offered */
  CallerCache *callers;
  LoginGate *logins;
  EventHub *hub;
  GThreadPool *slow;    /* guarded by lock; NULL once it stops */
  GThreadPool *writers; /* the same; write bodies to their sinks */
  Cancel *stop;
  ThumbnailCache *thumbnails; /* made when services are offered */
  RouteLog *exercised;        /* test build only */
};

/* From the headers: finds the route, checks access and query. What is wrong stands in request->refusal. */
void dispatch_admit(Request *request, const char *method);

/* From the whole request: reads the body, runs the handler, fills the response. */
void dispatch_run(Request *request);

/* Brings to the sink what of the body has not gone there. False: what went wrong. */
bool request_flush(Request *request, GError **error);

/* Whether it is certain where the body ends (RFC 9112, 6.3): by one Content-Length, in chunks, or there is none. Of anything else
 * a proxy before us may think otherwise than we do, and what follows would be somebody's request. */
bool request_is_framed(const Request *request);

/* GET or HEAD. */
bool request_is_reading(const Request *request);

/* Notes in the audit log what was done. Called once for each request, when its answer is known. */
void audited_note(Request *request);

/* A copy of why the server does not serve yet. */
char *api_server_reason(ApiServer *server);

void response_clear(Response *response);

/* Sends no file after all. */
void response_forget_file(Response *response);

/* problem+json (RFC 9457) for an error. `name` is the request's. */
void response_problem(Response *response, const GError *error, const char *name);
