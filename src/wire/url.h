/* Query strings and percent-encoding. */
#pragma once

#include "base/field.h"

#include <glib.h>

/* Decodes %XX ('+' stays '+'). NULL if malformed or if the result is not UTF-8 or holds NUL; the caller frees it. */
char *url_decode(const char *text);
char *url_encode(const char *text); /* all but unreserved characters */
