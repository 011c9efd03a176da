/* Any bytes as the headers of an upload and as the name of a file: what is made of a name is safe and stays as it is. */
#include "convert/tus.h"
#include "convert/upload_name.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *given)
{
  g_autofree char *made = upload_name(given), *again = upload_name(made);
  g_assert_cmpstr(made, ==, again);
  g_assert_true(*made && *made != '.' && strlen(made) <= UPLOAD_NAME_MAX_BYTES && g_utf8_validate(made, -1, NULL));
  g_assert_null(strpbrk(made, "/\\\"\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(TusMetadata) metadata = {0};
  TusChecksum checksum;
  int64_t bytes = -1;
  check_name(text);
  if (tus_metadata_parse(text, &metadata, NULL)) {
    check_name(metadata.name);
    g_assert_true(!metadata.content_type || !strpbrk(metadata.content_type, "\r\n"));
  }
  if (tus_checksum_parse(text, &checksum, NULL))
    g_assert_cmpuint(checksum.length, ==, (gsize)g_checksum_type_get_length(checksum.type));
  g_assert_cmpint(tus_read_bytes("Upload-Length", text, &bytes, NULL), ==, bytes >= 0);
  return 0;
}
