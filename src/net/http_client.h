/* Requests to other services over HTTP and HTTPS.
 *
 * What holds for every request: the certificate is verified, always; only http and https are spoken; an answer over its size cap
 * or its time limit is cut off; the proxies of the environment (http_proxy, https_proxy, no_proxy) are used; and neither messages
 * nor logs show more of an address than its host and port, as secrets stand in paths, queries and headers.
 *
 * Redirects: at most HTTP_MAX_REDIRECTS are followed, by the rules of RFC 9110 section 15.4 (303 becomes a GET; so does a POST at
 * 301 and 302). To another origin (scheme, host or port) go neither the headers nor the credentials of the request; a request
 * with a body does not go there at all, nor any request from https to http.
 *
 * Thread-safety: any number of threads may use one client. Each request borrows a connection pool of its own from the client, so
 * that connections are used again; names and TLS sessions are shared by all. */
#pragma once

#include "base/error.h"
#include "sys/cancel.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
  HTTP_MAX_REDIRECTS = 5,
  HTTP_MAX_HEADER_BYTES = 64 * 1024, /* of all header lines of an answer together */
};

typedef struct HttpClient HttpClient;

typedef struct {
  const char *user_agent; /* NULL: "Reeve/VERSION" */
  const char *ca_file;    /* certificates (PEM) to trust instead of the system's; NULL: the system's */
} HttpClientParams;

/* NULL with INTERNAL if libcurl cannot be set up. The texts are copied. */
HttpClient *http_client_new(const HttpClientParams *params, GError **error);
void http_client_free(HttpClient *client); /* no request may be under way; NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpClient, http_client_free)

typedef enum { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE } HttpMethod;
const char *http_method_name(HttpMethod method); /* "GET" */

typedef struct {
  const char *name, *value;
} HttpPair;

/* Everything is borrowed until http_send returns. */
typedef struct {
  HttpMethod method;
  const char *url;       /* absolute, http or https, without user and password */
  const HttpPair *query; /* appended to the address's own, percent-encoded; pairs whose value is NULL are left out */
  size_t n_query;
  const HttpPair *headers;
  size_t n_headers;
  const char *bearer;          /* token for Authorization: Bearer, or NULL */
  const char *user, *password; /* for Authorization: Basic, or NULL */
  const void *body;            /* NULL: none */
  size_t body_bytes;
  const char *content_type; /* of the body */
  int connect_ms;           /* to reach the service, name and TLS included; 0: 10 s */
  int total_ms;             /* for all of it, redirects included; 0: 60 s */
  int stall_ms;             /* without a byte moving; counted in whole seconds; 0: 30 s */
  size_t max_answer_bytes;  /* of the answer's body once it is decompressed; 0: 8 MiB */
} HttpRequest;

typedef struct {
  int status;
  char *body; /* always there, with a NUL behind its last byte */
  size_t body_bytes;
  GPtrArray *headers; /* of HttpHeader, as they came; of the last answer only */
} HttpResponse;

typedef struct {
  char *name, *value; /* valid UTF-8; white space around the value is gone */
} HttpHeader;

/* Sends a request and waits for the whole answer. Any status is an answer, and no error. Errors, each with a sentence that names
 * the host: INVALID for a request that must not be sent (a scheme that is not http or https, control characters in address or
 * headers); UNAVAILABLE if the service could not be reached, so that nothing was sent; TIMEOUT; UPSTREAM if it broke off or did
 * not speak HTTP; DENIED for a certificate that is not trusted and for a redirect that is not followed; LIMIT for an answer that
 * is too large and for too many redirects; CANCELLED within a moment of `cancel` (may be NULL) being set. `ret_response` is
 * cleared by the caller. */
bool http_send(HttpClient *client, const HttpRequest *request, Cancel *cancel, HttpResponse *ret_response, GError **error);

void http_response_clear(HttpResponse *response);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpResponse, http_response_clear)

/* The value of the first header of that name, without regard to case; NULL if there is none. Borrowed. */
const char *http_response_header(const HttpResponse *response, const char *name);
