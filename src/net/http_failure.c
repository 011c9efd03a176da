/* What each of libcurl's failures means to the person who reads it, and to whoever may try again.
 * Test: tests/unit/net/test_http_client.c */
#include "base/number.h"
#include "net/http_internal.h"

enum { TIMER_SLACK_MS = 100 };

typedef struct {
  CURLcode outcome;
  ReeveErrorCode code;
  const char *sentence; /* after the host's name */
} FailureRow;

static const FailureRow rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, REEVE_ERROR_UNAVAILABLE,
     "could not be reached: its name was not found. Check the address, and that this machine can look up names."},
    {CURLE_COULDNT_RESOLVE_PROXY, REEVE_ERROR_UNAVAILABLE,
     "could not be reached: the name of the proxy was not found. Check http_proxy and https_proxy in the environment."},
    {CURLE_COULDNT_CONNECT, REEVE_ERROR_UNAVAILABLE,
     "could not be reached: no connection was accepted. Check the address and port, and that the service is running."},
    {CURLE_PROXY, REEVE_ERROR_UNAVAILABLE,
     "could not be reached: the proxy refused to connect. Check http_proxy and https_proxy in the environment."},
    {CURLE_SSL_CONNECT_ERROR, REEVE_ERROR_UNAVAILABLE,
     "could not be reached over TLS: the two sides found no common ground. Check whether the address should begin with http "
     "instead of https."},
    {CURLE_SSL_CACERT_BADFILE, REEVE_ERROR_INVALID,
     "was not asked: the file of trusted certificates cannot be read. Check its path and its rights."},
    {CURLE_GOT_NOTHING, REEVE_ERROR_UPSTREAM, "closed the connection without an answer. Look at its log."},
    {CURLE_SEND_ERROR, REEVE_ERROR_UPSTREAM, "broke off while the request was being sent. Look at its log."},
    {CURLE_RECV_ERROR, REEVE_ERROR_UPSTREAM, "broke off in its answer. Look at its log."},
    {CURLE_PARTIAL_FILE, REEVE_ERROR_UPSTREAM, "broke off in the middle of its answer. Look at its log."},
    {CURLE_WEIRD_SERVER_REPLY, REEVE_ERROR_UPSTREAM, "did not answer in HTTP. Check the address and port."},
    {CURLE_UNSUPPORTED_PROTOCOL, REEVE_ERROR_UPSTREAM, "did not answer in HTTP. Check the address and port."},
    {CURLE_BAD_CONTENT_ENCODING, REEVE_ERROR_UPSTREAM, "sent a compressed answer that cannot be decompressed."},
    {CURLE_HTTP2, REEVE_ERROR_UPSTREAM, "broke the rules of HTTP/2. Look at its log."},
    {CURLE_HTTP2_STREAM, REEVE_ERROR_UPSTREAM, "broke off an HTTP/2 stream. Look at its log."},
};

static bool fail_time(const HttpTransfer *transfer, GError **error)
{
  curl_off_t connected_us = 0, total_us = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &total_us);
  const char *label = transfer->url->label;
  const HttpLimits *limits = &transfer->limits;
  double total_s = (double)total_us / G_USEC_PER_SEC;
  if (connected_us == 0)
    return fail(error, REEVE_ERROR_UNAVAILABLE,
                "%s could not be reached within %.3g s. Check the address and port, and that the service is running.", label,
                total_s);
  if (total_us / 1000 + TIMER_SLACK_MS >= limits->total_ms)
    return fail(error, REEVE_ERROR_TIMEOUT, "%s did not finish its answer within %.3g s. It may be overloaded; try again later.",
                label, (double)limits->whole_ms / 1000);
  return fail(error, REEVE_ERROR_TIMEOUT,
              "%s went silent for %d s in the middle of a request. It may be overloaded; try again later.", label,
              limits->stall_s);
}

bool http_transfer_fail(const HttpTransfer *transfer, CURLcode outcome, GError **error)
{
  const char *label = transfer->url->label;
  if (transfer->too_large && transfer->header_bytes > HTTP_MAX_HEADER_BYTES)
    return fail(error, REEVE_ERROR_LIMIT, "%s sent more than %d KiB of headers; that was cut off.", label,
                HTTP_MAX_HEADER_BYTES / 1024);
  if (transfer->too_large || outcome == CURLE_FILESIZE_EXCEEDED) {
    g_autofree char *cap = format_size((int64_t)transfer->limits.max_answer_bytes);
    return fail(error, REEVE_ERROR_LIMIT, "The answer of %s is larger than %s; it was cut off.", label, cap);
  }
  if (outcome == CURLE_OPERATION_TIMEDOUT)
    return fail_time(transfer, error);
  /* libcurl's words hold names of hosts and certificates, nothing of the request. */
  g_autofree char *words = g_utf8_make_valid(transfer->curl_words[0] ? transfer->curl_words : curl_easy_strerror(outcome), -1);
  if (outcome == CURLE_PEER_FAILED_VERIFICATION)
    return fail(error, REEVE_ERROR_DENIED,
                "%s showed a certificate that is not trusted (%s), so nothing was sent. Check the address, or have this machine "
                "trust the "
                "authority that signed it.",
                label, words);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (rows[i].outcome == outcome)
      return fail(error, rows[i].code, "%s %s", label, rows[i].sentence);
  return fail(error, REEVE_ERROR_UPSTREAM, "The request to %s failed: %s.", label, words);
}
