/* The route table: each route is one row, and the row is all there is to know about it. Access is checked at one point, from the
 * row, before the handler runs; so are the query and the body.
 *
 * Thread-safety: rows are constant; a Request and its Response belong to one handler call. */
#pragma once

#include "api/server.h"
#include "wire/json.h"

typedef enum { ACCESS_OPEN, ACCESS_READ, ACCESS_OPERATE, ACCESS_ADMIN } Access;

typedef struct Request Request;
typedef struct Response Response;

typedef struct {
  const char *name;
  FieldKind kind; /* INT, TEXT, ENUM, BOOL */
  const EnumTable *values;
  const char *help;
} QueryParameter;

typedef enum {
  ROUTE_NO_FLAGS = 0,
  ROUTE_LISTS = 1 << 0,         /* answers {"items":[…],"next":…}, takes ?after= and ?limit= */
  ROUTE_ALWAYS = 1 << 1,        /* answers while the services are away too: request_services may be NULL */
  ROUTE_SLOW = 1 << 2,          /* may wait for a disk, an encoder or a password hash: runs on a thread of its own */
  ROUTE_NAMES_PROFILE = 1 << 3, /* the body's "profile", a name or a number, becomes the input's profile_id */
} RouteFlags;

typedef struct {
  const char *method; /* "GET" */
  const char *path;   /* "/api/v1/files/{id}/plan"; {id} is a positive integer */
  Access access;
  RouteFlags flags;
  const FieldTable *input;       /* of the JSON body; NULL: none allowed */
  JsonMode input_mode;           /* JSON_CREATE or JSON_UPDATE */
  const FieldTable *output;      /* of the answer, or of each item of a list; NULL: no body, or not JSON of a table */
  const char *omits;             /* a field of `output` that the answer leaves out, or NULL */
  int status;                    /* of success */
  const FieldTable *also_output; /* another answer that means success, with its status; NULL: none */
  int also_status;
  const QueryParameter *query;
  size_t n_query;
  /* Fills the response or sets an error, which becomes problem+json with the error row's status. `input` is a record of the row's
   * input, borrowed; NULL without one and with JSON_UPDATE, where the body has been checked and request_apply puts it in. */
  bool (*handle)(Request *request, void *input, Response *response, GError **error);
  const char *summary;
} Route;

#define ROUTE_QUERY(array) .query = (array), .n_query = G_N_ELEMENTS(array)

/* One table per resource, one file each; route_table.c lists them: a NULL-terminated array. */
typedef struct {
  const Route *rows;
  size_t n_rows;
} RouteSet;
const RouteSet *const *route_sets(void);

extern const RouteSet health_routes, session_routes, root_routes, file_routes, profile_routes, job_routes, history_routes,
    stats_routes, event_routes, openapi_routes, page_routes;

/* What a handler may ask of its request. */
const ApiServices *request_services(const Request *request);
int64_t request_id(const Request *request);                         /* the {id} of the path */
const char *request_text(const Request *request, const char *name); /* a query parameter, NULL if absent */
int64_t request_int(const Request *request, const char *name); /* FIELD_NULL_INT if absent; already checked to be an integer */
int request_enum(const Request *request, const char *name);    /* FIELD_NULL_ENUM if absent; already checked */
bool request_flag(const Request *request, const char *name);
int64_t request_limit(const Request *request);                        /* ?limit=, 1..500, default 50 */
const ApiKey *request_key(const Request *request);                    /* who asks; NULL on open routes */
const char *request_header(const Request *request, const char *name); /* borrowed; NULL if absent */
const char *request_client(const Request *request);                   /* the caller's address, without port */
Cancel *request_cancel(const Request *request);                       /* set when the server stops: give it to what waits */
/* Puts what the body says, and nothing else, into a stored record. For JSON_UPDATE. */
bool request_apply(const Request *request, void *record, Response *response, GError **error);

/* What it answers with. */
void response_json(Response *response, json_t *body); /* takes the reference */
void response_record(Response *response, const FieldTable *table, const void *record);
void response_list(Response *response, const FieldTable *table, const GPtrArray *records, const char *next);
void response_status(Response *response, int status); /* instead of the row's, or of the error's */
/* Bytes that live as long as the program, with an ETag of their content; 304 if the caller has them. */
void response_static(const Request *request, Response *response, const char *content_type, const void *bytes, size_t length);
/* Refuses with INVALID and a field-level message, which begins with the field's name; returns false. */
bool response_refuse(Response *response, GError **error, const char *field, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* The caller becomes a reader of the event bus until it goes away. */
bool response_events(Request *request, Response *response, int64_t after_id, GError **error);
