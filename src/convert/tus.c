/* Decides what a sender's headers may say. Test: tests/unit/convert/test_tus.c */
#include "convert/tus.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

enum { SHOWN_BYTES = 60 };

bool tus_read_bytes(const char *header, const char *text, int64_t *ret_bytes, GError **error)
{
  if (!text)
    return fail(error, REEVE_ERROR_INVALID, "The header %s is missing; it is a number of bytes.", header);
  bool digits = *text && strspn(text, "0123456789") == strlen(text);
  return (digits && parse_int(text, 0, INT64_MAX, ret_bytes)) ||
         fail(error, REEVE_ERROR_INVALID, "The header %s must be a number of bytes such as 1048576, and is not.", header);
}

/* base64 as RFC 4648, 4 has it, with all of its padding and no line breaks: g_base64_decode passes over whatever it does not
 * know. NULL if it is not. */
static guint8 *decode(const char *text, gsize length, gsize *ret_length)
{
  static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (length == 0 || length % 4 != 0)
    return NULL;
  g_autofree char *copy = g_strndup(text, length);
  gsize body = strspn(copy, good), padding = length - body;
  if (strlen(copy) != length || padding > 2 || strspn(copy + body, "=") != padding)
    return NULL;
  return g_base64_decode(copy, ret_length);
}

/* --- metadata --- */

void tus_metadata_clear(TusMetadata *metadata)
{
  g_free(metadata->name);
  g_free(metadata->content_type);
  *metadata = (TusMetadata){0};
}

/* "type/subtype" of RFC 9110, 8.3.1, parameters allowed: printable ASCII that can stand in a header again. */
static bool is_media_type(const char *text)
{
  static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
  size_t type = strspn(text, token);
  if (type == 0 || text[type] != '/' || strlen(text) > 255)
    return false;
  size_t subtype = strspn(text + type + 1, token);
  const char *rest = text + type + 1 + subtype;
  if (subtype == 0 || (*rest && *rest != ';' && *rest != ' '))
    return false;
  for (; *rest; rest++)
    if (*rest < ' ' || *rest > '~')
      return false;
  return true;
}

/* The first name of each list counts before the others. */
static const char *const name_keys[] = {"filename", "name", NULL};
static const char *const type_keys[] = {"filetype", "type", "contentType", NULL};

static char *first_of(GHashTable *pairs, const char *const *keys)
{
  for (; *keys; keys++) {
    const char *value = g_hash_table_lookup(pairs, *keys);
    if (value && *value)
      return g_strdup(value);
  }
  return NULL;
}

static bool add_pair(GHashTable *pairs, const char *pair, GError **error)
{
  size_t key_length = strcspn(pair, " ");
  g_autofree char *key = g_strndup(pair, key_length);
  const char *value = pair + key_length + (pair[key_length] == ' ');
  if (key_length == 0)
    return fail(error, REEVE_ERROR_INVALID, "Upload-Metadata has a pair without a key.");
  for (const char *at = key; *at; at++)
    if (*at <= ' ' || *at > '~')
      return fail(error, REEVE_ERROR_INVALID, "Upload-Metadata has a key that is not plain ASCII.");
  if (strlen(value) > (TUS_METADATA_VALUE_MAX_BYTES + 2) / 3 * 4)
    return fail(error, REEVE_ERROR_INVALID, "Upload-Metadata: the value of %.*s may have %d bytes at most.", SHOWN_BYTES, key,
                (int)TUS_METADATA_VALUE_MAX_BYTES);
  gsize length = 0;
  g_autofree guint8 *bytes = *value ? decode(value, strlen(value), &length) : NULL;
  if (*value && !bytes)
    return fail(error, REEVE_ERROR_INVALID, "Upload-Metadata: the value of %.*s is not base64.", SHOWN_BYTES, key);
  if (length > 0 && memchr(bytes, 0, length))
    return fail(error, REEVE_ERROR_INVALID, "Upload-Metadata: the value of %.*s has a zero byte.", SHOWN_BYTES, key);
  return g_hash_table_insert(pairs, g_steal_pointer(&key), g_strndup((const char *)bytes, length)) ||
         fail(error, REEVE_ERROR_INVALID, "Upload-Metadata has a key twice.");
}

bool tus_metadata_parse(const char *text, TusMetadata *ret_metadata, GError **error)
{
  g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_auto(GStrv) parts = g_strsplit(text ? text : "", ",", TUS_METADATA_PAIRS_MAX + 1);
  guint count = g_strv_length(parts);
  if (count > TUS_METADATA_PAIRS_MAX)
    return fail(error, REEVE_ERROR_INVALID, "Upload-Metadata may have %d pairs at most.", (int)TUS_METADATA_PAIRS_MAX);
  bool empty = count == 1 && !*g_strstrip(parts[0]);
  for (char **part = parts; !empty && *part; part++)
    if (!add_pair(pairs, g_strstrip(*part), error))
      return false;
  ret_metadata->name = first_of(pairs, name_keys);
  g_autofree char *type = first_of(pairs, type_keys);
  ret_metadata->content_type = type && is_media_type(type) ? g_steal_pointer(&type) : NULL;
  return true;
}

/* --- checksums --- */

static const struct {
  const char *name;
  GChecksumType type;
} checksums[] = {
    {"sha1", G_CHECKSUM_SHA1}, {"sha256", G_CHECKSUM_SHA256}, {"sha512", G_CHECKSUM_SHA512}, {"md5", G_CHECKSUM_MD5}};

bool tus_checksum_parse(const char *text, TusChecksum *ret_checksum, GError **error)
{
  size_t name_length = strcspn(text, " ");
  for (size_t i = 0; i < G_N_ELEMENTS(checksums); i++) {
    if (strlen(checksums[i].name) != name_length || strncmp(checksums[i].name, text, name_length) != 0)
      continue;
    gsize length = 0, wanted = (gsize)g_checksum_type_get_length(checksums[i].type);
    const char *value = text + name_length + (text[name_length] == ' ');
    g_autofree guint8 *bytes = decode(value, strlen(value), &length);
    if (!bytes || length != wanted)
      return fail(error, REEVE_ERROR_INVALID, "Upload-Checksum: a %s has %zu bytes, in base64.", checksums[i].name, wanted);
    *ret_checksum = (TusChecksum){.type = checksums[i].type, .length = length};
    memcpy(ret_checksum->digest, bytes, length);
    return true;
  }
  return fail(error, REEVE_ERROR_INVALID,
              "Upload-Checksum must name one of " TUS_CHECKSUMS ", then a space and the digest in base64.");
}

bool tus_checksum_fits(const TusChecksum *wanted, GChecksum *sum)
{
  guint8 digest[sizeof wanted->digest];
  gsize length = sizeof digest;
  g_checksum_get_digest(sum, digest, &length);
  return length == wanted->length && memcmp(digest, wanted->digest, length) == 0;
}
