/* What the two sets of addresses of the convert service share.
 *
 * Thread-safety: as Request. */
#pragma once

#include "api/http.h"

/* Asks for a conversion in the caller's name. Errors as conversions_create. */
bool convert_ask(Request *request, const NewConversion *wanted, Conversion *ret_conversion, GError **error);

/* The handler that sends the file of the conversion {id}. */
bool convert_download(Request *request, void *input, Response *response, GError **error);

/* Whether changes of settings name directories only where requests may reach (library/allowed.h). */
bool settings_allowed(Request *request, const json_t *changes, Response *response, GError **error);
