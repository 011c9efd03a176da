/* Times as headers of HTTP have them. Pure. */
#pragma once

#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), whatever the locale; of ms since 1970. The caller frees it. */
char *http_date(int64_t ms);
