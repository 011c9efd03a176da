/* Which addresses may be asked, and where a redirect may lead. libcurl's own parser takes them apart, so that what is judged here
 * is what is connected to. Test: tests/unit/net/test_http_url.c */
#include "net/http_url.h"

#include <curl/curl.h>
#include <string.h>

enum { MAX_URL_BYTES = 16 * 1024 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLU, curl_url_cleanup)

void http_url_clear(HttpUrl *url)
{
  g_free(url->text);
  g_free(url->scheme);
  g_free(url->host);
  g_free(url->label);
  *url = (HttpUrl){0};
}

bool http_url_same_origin(const HttpUrl *a, const HttpUrl *b)
{
  return a->port == b->port && strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0;
}

/* A part as our own memory; NULL if it is not there. */
static char *part(CURLU *handle, CURLUPart what, unsigned flags)
{
  char *text = NULL;
  if (curl_url_get(handle, what, &text, flags) != CURLUE_OK)
    return NULL;
  char *copy = g_strdup(text);
  curl_free(text);
  return copy;
}

static int default_port(const char *scheme)
{
  return strcmp(scheme, "https") == 0 ? 443 : 80;
}

/* False, with nothing kept, if the handle holds no complete http or https address; *ret_foreign then says whether it is the
 * scheme that is another. */
static bool take_apart(CURLU *handle, HttpUrl *ret_url, bool *ret_foreign)
{
  g_auto(HttpUrl) url = {.scheme = part(handle, CURLUPART_SCHEME, 0)};
  *ret_foreign = url.scheme && strcmp(url.scheme, "http") != 0 && strcmp(url.scheme, "https") != 0;
  if (!url.scheme || *ret_foreign)
    return false;
  g_autofree char *host = part(handle, CURLUPART_HOST, 0), *port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.text = part(handle, CURLUPART_URL, 0);
  if (!url.text || !host || !host[0] || !port || strlen(url.text) > MAX_URL_BYTES)
    return false;
  url.host = g_ascii_strdown(host, -1);
  url.port = (int)g_ascii_strtoll(port, NULL, 10);
  g_autofree char *shown = g_utf8_make_valid(url.host, -1);
  url.label = url.port == default_port(url.scheme) ? g_steal_pointer(&shown) : g_strdup_printf("%s:%d", shown, url.port);
  *ret_url = url;
  url = (HttpUrl){0};
  return true;
}

static bool has_blank_or_control(const char *text)
{
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at <= ' ' || *at == 127)
      return true;
  return false;
}

static char *with_query(const char *text, const HttpPair *query, size_t n_query)
{
  /* A fragment is never sent, and would swallow the query. */
  GString *url = g_string_new_len(text, (gssize)strcspn(text, "#"));
  char separator = strchr(url->str, '?') ? '&' : '?';
  for (size_t i = 0; i < n_query; i++) {
    if (!query[i].value)
      continue;
    g_autofree char *name = g_uri_escape_string(query[i].name, NULL, FALSE);
    g_autofree char *value = g_uri_escape_string(query[i].value, NULL, FALSE);
    g_string_append_printf(url, "%c%s=%s", separator, name, value);
    separator = '&';
  }
  return g_string_free(url, FALSE);
}

bool http_url_parse(const char *text, const HttpPair *query, size_t n_query, HttpUrl *ret_url, GError **error)
{
  static const char shape[] = "Give it as http://HOST:PORT/ or https://HOST/.";
  if (!text || has_blank_or_control(text))
    return fail(error, REEVE_ERROR_INVALID, "The address of a service has blanks or control characters, or is missing. %s",
                shape);
  g_autoptr(CURLU) handle = curl_url();
  g_autofree char *whole = with_query(text, query, n_query);
  bool foreign = false;
  if (curl_url_set(handle, CURLUPART_URL, whole, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return fail(error, REEVE_ERROR_INVALID, "The address of a service cannot be read. %s", shape);
  g_autofree char *user = part(handle, CURLUPART_USER, 0), *password = part(handle, CURLUPART_PASSWORD, 0);
  if (user || password)
    return fail(
        error, REEVE_ERROR_INVALID,
        "The address of a service holds a user name or a password. Enter them in their own fields, as addresses are shown.");
  if (take_apart(handle, ret_url, &foreign))
    return true;
  return fail(error, REEVE_ERROR_INVALID,
              foreign ? "Only http and https services can be asked. %s" : "The address of a service cannot be read. %s", shape);
}

bool http_url_redirect(const HttpUrl *from, const char *location, HttpUrl *ret_url, GError **error)
{
  g_autoptr(CURLU) handle = curl_url();
  if (curl_url_set(handle, CURLUPART_URL, from->text, 0) != CURLUE_OK ||
      curl_url_set(handle, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) != CURLUE_OK)
    return fail(error, REEVE_ERROR_UPSTREAM, "%s redirects to an address that cannot be read.", from->label);
  /* What the redirecting side put there is not ours to show as a credential. */
  curl_url_set(handle, CURLUPART_USER, NULL, 0);
  curl_url_set(handle, CURLUPART_PASSWORD, NULL, 0);
  bool foreign = false;
  g_auto(HttpUrl) to = {0};
  if (!take_apart(handle, &to, &foreign))
    return foreign ? fail(error, REEVE_ERROR_DENIED,
                          "%s redirects to something that is neither http nor https, which is not followed.", from->label)
                   : fail(error, REEVE_ERROR_UPSTREAM, "%s redirects to an address that cannot be read.", from->label);
  if (strcmp(from->scheme, "https") == 0 && strcmp(to.scheme, "http") == 0)
    return fail(error, REEVE_ERROR_DENIED, "%s redirects from https to http, where others could listen; that is not followed.",
                from->label);
  *ret_url = to;
  to = (HttpUrl){0};
  return true;
}
