/* Between the files of the HTTP client; nobody else includes it. */
#pragma once

#include "net/http_url.h"

#include <curl/curl.h>

/* Limits of a request with its defaults filled in. */
typedef struct {
  int connect_ms, stall_s;
  int whole_ms; /* for the request */
  int total_ms; /* of that, what is left for this transfer */
  size_t max_answer_bytes;
} HttpLimits;

/* INVALID if the request breaks a rule of HTTP or would let a value pass for a header of its own. The address is not looked at.
 */
bool http_request_check(const HttpRequest *request, GError **error);

/* One request to one address, and its answer: a redirect is an answer. */
typedef struct {
  CURL *easy;
  const HttpRequest *request;
  const HttpUrl *url;
  HttpLimits limits;
  HttpMethod method;
  bool with_body;    /* of the request */
  bool with_headers; /* its headers and credentials too */

  struct curl_slist *header_lines;
  char curl_words[CURL_ERROR_SIZE];
  HttpResponse response;
  GByteArray *body;
  size_t header_bytes;
  bool too_large;
} HttpTransfer;

/* Sets `transfer->easy`, which was reset, up; http_transfer_clear undoes it. */
void http_transfer_prepare(HttpTransfer *transfer);
void http_transfer_clear(HttpTransfer *transfer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpTransfer, http_transfer_clear)

/* Moves the answer out once libcurl has said CURLE_OK. */
HttpResponse http_transfer_take(HttpTransfer *transfer);

/* Sets the error that tells of any other outcome; returns false. */
bool http_transfer_fail(const HttpTransfer *transfer, CURLcode outcome, GError **error);
