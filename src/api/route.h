/* The route table: each route is one row, and the row is all there is to know about it. Access is checked at one point, from the
 * row, before the handler runs; so are the query and the body.
 *
 * Thread-safety: rows are constant; a Request and its Response belong to one handler call. */
#pragma once

#include "api/server.h"
#include "auth/caller.h"
#include "wire/json.h"

enum { ROUTE_NAME_BYTES = 100 }; /* of {name} in a path */

typedef enum { ACCESS_OPEN, ACCESS_READ, ACCESS_OPERATE, ACCESS_ADMIN } Access;

typedef struct Request Request;
typedef struct Response Response;

typedef struct {
  const char *name;
  FieldKind kind; /* INT, TEXT, ENUM, BOOL */
  const EnumTable *values;
  const char *help;
} QueryParameter;

/* Where the body of a request goes as it comes, for routes with `receive`. */
typedef struct {
  /* Called by a thread that may wait for a disk, never by two at once. False: the rest of the body is thrown away and this is
   * what is answered. */
  bool (*write)(void *sink, const void *bytes, size_t length, GError **error);
  void (*free)(void *sink); /* in any case, also when the caller goes away half-way, after what came was written */
  void *sink;
} BodySink;

typedef enum {
  ROUTE_NO_FLAGS = 0,
  ROUTE_LISTS = 1 << 0,           /* answers {"items":[…],"next":…}, takes ?after= and ?limit= */
  ROUTE_ALWAYS = 1 << 1,          /* answers while the services are away too: request_services may be NULL */
  ROUTE_SLOW = 1 << 2,            /* waits for a disk, an encoder or a hash, or reads many rows: runs on a thread of its own */
  ROUTE_NAMES_PROFILE = 1 << 3,   /* the body's "profile", a name or a number, becomes the input's profile_id */
  ROUTE_TAGGED = 1 << 4,          /* its record can be edited: the answer has an ETag, and the handler asks response_unchanged */
  ROUTE_ONCE = 1 << 5,            /* makes work: with an Idempotency-Key, who asks again is given the first answer */
  ROUTE_CHANGES_NOTHING = 1 << 6, /* a POST that only asks, since what it asks is too long for an address */
  ROUTE_WHOLE_LIST = 1 << 7,      /* answers as a list does, with all there is: next is always null */
  ROUTE_HEALTH = 1 << 8,          /* supervisors ask: answers callers from other machines also before there is a user */
  ROUTE_AUDITED = 1 << 9,         /* goes into the audit log although it does not need operate or admin */
  ROUTE_ANY_QUERY = 1 << 10,      /* the query is not for us to read */
  ROUTE_MAYBE_OPEN = 1 << 11,     /* the setting metrics_open lets anybody in */
  ROUTE_ANY_BODY = 1 << 12,       /* the handler judges the body, request_body; the row's input only describes it */
  ROUTE_HOOK = 1 << 14, /* other programs call it: a key of the scope webhook is enough, and may also be shown as ?apikey=
                           or as the password of basic authentication; a signed body needs none (hook.h) */
  ROUTE_PART = 1 << 15, /* one of many requests of the same deed: left out of the audit log */
  ROUTE_FORM = 1 << 16, /* takes forms, too: where a session must show its CSRF token, a form of a foreign page cannot */
  ROUTE_KEPT = 1 << 13, /* depends on the address and the database only: the answer is kept until that changes */
} RouteFlags;

typedef struct {
  const char *method; /* "GET" */
  /* "/api/v1/files/{id}/plan"; {id} is a positive integer, {name} a name of letters, digits, ".", "_", "-". "/{page}": see
   * match.h */
  const char *path;
  Access access;
  RouteFlags flags;
  const FieldTable *input;       /* of the JSON body; NULL: none allowed */
  JsonMode input_mode;           /* JSON_CREATE or JSON_UPDATE */
  const FieldTable *output;      /* of the answer, or of each item of a list, which has no DETAIL fields; NULL: none */
  const char *produces;          /* without an output: the content type of the answer; NULL: no body */
  int status;                    /* of success */
  const FieldTable *also_output; /* another answer that means success, with its status; NULL: none */
  int also_status;
  const QueryParameter *query;
  size_t n_query;
  /* Fills the response or sets an error, which becomes problem+json with the error row's status. `input` is a record of the row's
   * input, borrowed; NULL without one and with JSON_UPDATE, where the body has been checked and request_apply puts it in. */
  bool (*handle)(Request *request, void *input, Response *response, GError **error);
  const char *summary;
  /* Not NULL: the body may be of any size and kind, and goes where this says, once everything but the body was judged; `handle`
   * runs at its end. The row is ROUTE_SLOW. */
  bool (*receive)(Request *request, Response *response, BodySink *ret_sink, GError **error);
  const char *consumes; /* with `receive`: the content type of the body, beside forms of a row with ROUTE_FORM */
} Route;

#define ROUTE_QUERY(array) .query = (array), .n_query = G_N_ELEMENTS(array)

/* One table per resource, one file each; route_table.c lists them: a NULL-terminated array. */
typedef struct {
  const Route *rows;
  size_t n_rows;
} RouteSet;
const RouteSet *const *route_sets(void);

extern const RouteSet audio_routes, audit_routes, backup_routes, conversion_routes, directory_routes, docs_routes, event_routes,
    file_routes, governor_routes, health_routes, history_routes, job_control_routes, job_routes, key_routes, log_routes,
    metrics_routes, openapi_routes, page_routes, prediction_routes, profile_routes, root_routes, session_routes, setting_routes,
    setup_routes, short_routes, stats_routes, tool_routes, upload_routes, user_routes, webhook_routes;

/* What a handler may ask of its request. */
const ApiServices *request_services(const Request *request);
int64_t request_id(const Request *request);                         /* the {id} of the path */
const char *request_name(const Request *request);                   /* the {name} of the path */
const json_t *request_body(const Request *request);                 /* as it was sent; NULL without one */
int request_streams(const Request *request);                        /* event streams under way on this server */
const char *request_text(const Request *request, const char *name); /* a query parameter, NULL if absent */
int64_t request_int(const Request *request, const char *name); /* FIELD_NULL_INT if absent; already checked to be an integer */
int request_enum(const Request *request, const char *name);    /* FIELD_NULL_ENUM if absent; already checked */
bool request_flag(const Request *request, const char *name);
int64_t request_limit(const Request *request);        /* ?limit=, 1..500, default 50 */
const char *request_path(const Request *request);     /* without the query; borrowed */
const Caller *request_caller(const Request *request); /* who asks; NULL on open routes */
const char *request_session(const Request *request);  /* the token in the session cookie, borrowed; NULL if absent */
const char *request_header(const Request *request, const char *name); /* borrowed; NULL if absent */
void *request_sink(const Request *request);                           /* of a route with `receive` */
const char *request_client(const Request *request);                   /* the caller's address, without port; borrowed */
/* What Content-Length says. FIELD_NULL_INT where the body comes in chunks, or there is none. */
int64_t request_length(const Request *request);
Cancel *request_cancel(const Request *request); /* set when the server stops: give it to what waits */
/* Whose deed it is, on open routes: for the audit log. Takes the caller over. */
void request_become(Request *request, Caller *caller);
/* Somebody lost access, or has another role now: cached callers are forgotten and event streams ended, on all servers; who still
 * may comes back by itself. Call it after the commit, without a transaction open on `conn`. */
void request_access_changed(Request *request, DbConn *conn);
/* Puts what the body says, and nothing else, into a stored record. For JSON_UPDATE. */
bool request_apply(const Request *request, void *record, Response *response, GError **error);

/* What it answers with. */
void response_json(Response *response, json_t *body);                             /* takes the reference */
void response_bytes(Response *response, const char *content_type, GBytes *bytes); /* takes the reference */
void response_attachment(Response *response, const char *file_name);              /* a browser saves it under this name */
void response_record(Response *response, const FieldTable *table, const void *record);
void response_list(Response *response, const FieldTable *table, const GPtrArray *records, const char *next);
void response_text(Response *response, const char *content_type, char *take_text);
/* The content of a file, which may be deleted meanwhile. */
bool response_file(Response *response, const char *content_type, const char *path, GError **error);
/* The same to be saved under a name, with an ETag and ranges: what broke off is gone on with (RFC 9110, 14). */
bool response_download(const Request *request, Response *response, const char *content_type, const char *path,
                       const char *file_name, GError **error);
void response_status(Response *response, int status); /* instead of the row's, or of the error's */
/* One more header; the value is copied. */
void response_header(Response *response, const char *name, const char *value);
void response_retry_after(Response *response, int64_t seconds);
/* Sets the session cookie to `token` for `max_age_s`; NULL takes it away. */
void response_cookie(const Request *request, Response *response, const char *token, int64_t max_age_s);
/* A file that the program carries, compressed ("NAME.br", "NAME.gz") if there is such a file and the caller takes it. One whose
 * name holds a hash of its content may be kept for ever; others have an ETag and are 304 if the caller has them. NOT_FOUND if
 * there is none of this name. */
bool response_page(const Request *request, Response *response, const char *name, GError **error);
/* Bytes that live as long as the program, with an ETag of their content; 304 if the caller has them. */
void response_static(const Request *request, Response *response, const char *content_type, const void *bytes, size_t length);
/* Sets the ETag made of `tag`; true, with 304 as the answer, if the caller has what it stands for. */
bool response_known(const Request *request, Response *response, const char *tag);
/* Refuses with INVALID and a field-level message, which begins with the field's name; returns false. */
bool response_refuse(Response *response, GError **error, const char *field, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* With If-Match: whether what the caller edits is still what it saw, as `record` is now, locked. Else CONFLICT, answered with 412
 * and the record as it is, so that the caller can show what changed meanwhile. What cannot be edited (a scan's result) does not
 * count. */
bool response_unchanged(const Request *request, Response *response, const FieldTable *table, const void *record, GError **error);
/* The caller becomes a reader of the event bus until it goes away. */
bool response_events(Request *request, Response *response, int64_t after_id, GError **error);
