/* A program of the build: prints the OpenAPI description, from which web/build.ts makes the user interface's types and forms. It
 * is the API without the user interface, which can therefore be made from it. Test: the build itself. */
#include "api/openapi.h"

#include <stdio.h>

int main(void)
{
  g_autoptr(json_t) document = openapi_document();
  g_autofree char *text = json_text(document);
  return puts(text) < 0 || fflush(stdout) != 0;
}
