/* OpenAPI 3.1, from the route table and the field tables.
 *
 * Thread-safety: any thread. */
#pragma once

#include "wire/json.h"

/* The whole description. The caller frees it. */
json_t *openapi_document(void);
