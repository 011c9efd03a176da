/* Small forms as JSON, for routes that take both.
 *
 * Thread-safety: as Request. */
#pragma once

#include "api/http.h"

/* An object of the form's fields, each a text; of several with one name the last counts. NULL with INVALID for what is no form,
 * has files in it or is not UTF-8. The caller owns the reference. */
json_t *form_read(const char *content_type, const GString *body, Response *response, GError **error);
