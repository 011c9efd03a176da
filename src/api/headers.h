/* The headers of an answer: what browsers may do with it (U5), and who else may read it (CORS).
 *
 * Thread-safety: as Request. */
#pragma once

#include "api/http.h"

void headers_add(const Request *request, struct MHD_Response *out, bool streams, bool has_body);

/* The value of Content-Disposition by which a browser saves a file under this name, which is UTF-8. The caller frees it. */
char *headers_disposition(const char *file_name);

/* Whether the request asks what a page of another origin may do (a CORS preflight, Fetch Standard, 4.8), and that origin is on
 * the list. */
bool headers_is_preflight(const Request *request);

/* All values of a header that may come several times, joined by ", "; NULL if there is none. The caller frees it. */
char *headers_joined(const Request *request, const char *name);
