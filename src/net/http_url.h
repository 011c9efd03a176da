/* Addresses that requests go to, taken apart as far as the client's rules need it. Pure.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "net/http_client.h"

typedef struct {
  char *text;   /* the whole address, to hand to libcurl; never shown */
  char *scheme; /* "http" or "https" */
  char *host;   /* in lower case; an IPv6 address in brackets */
  int port;
  char *label; /* "host", or "host:port" where the port is not the scheme's own: all that people are shown */
} HttpUrl;

/* Reads an absolute address and appends the query. INVALID, in words that do not repeat the address, if it is no address, is not
 * http or https, has white space or control characters, or carries a user or a password. `ret_url` is cleared by the caller. */
bool http_url_parse(const char *text, const HttpPair *query, size_t n_query, HttpUrl *ret_url, GError **error);

/* Where a Location header (RFC 9110 section 10.2.2), which may be relative, leads from `from`. UPSTREAM if it cannot be read;
 * DENIED if it leads to another scheme than http and https, or from https to http. */
bool http_url_redirect(const HttpUrl *from, const char *location, HttpUrl *ret_url, GError **error);

bool http_url_same_origin(const HttpUrl *a, const HttpUrl *b);

void http_url_clear(HttpUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpUrl, http_url_clear)
