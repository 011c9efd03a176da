/* What kind of container a file is, by its first bytes: our one word for it, and libavformat's name where the bytes leave no
 * doubt. Tested by tests/unit/media/test_probe.c. */
#include "media/probe_read.h"

#include <string.h>

/* RFC 8794: an element is an ID, a size of 1 to 8 bytes by leading zeros, and its content. Gives the bytes of a number, 0 if it
 * is cut off. */
static size_t read_ebml_number(const guint8 *bytes, size_t length, bool keep_marker, guint64 *ret_value)
{
  size_t n = 1;
  while (length && n <= 8 && !(bytes[0] & 0x80 >> (n - 1)))
    n++;
  if (n > 8 || n > length)
    return 0;
  guint64 value = keep_marker ? bytes[0] : (guint64)(bytes[0] & (0xff >> n));
  for (size_t i = 1; i < n; i++)
    value = value << 8 | bytes[i];
  *ret_value = value;
  return n;
}

/* Is this the DocType of the EBML header (RFC 9559 5)? */
static bool has_doc_type(const ProbeInput *input, const char *doc_type)
{
  const guint8 *bytes = input->head;
  size_t length = input->head_length, expected = strlen(doc_type);
  guint64 id, size;
  size_t at = 0;
  while (at < length) {
    size_t n = read_ebml_number(bytes + at, length - at, true, &id);
    at += n;
    size_t m = n ? read_ebml_number(bytes + at, length - at, false, &size) : 0;
    at += m;
    if (!m)
      return false;
    if (id == 0x1a45dfa3) /* the header itself: go into it */
      continue;
    if (id == 0x4282)
      return size >= expected && length - at >= expected && memcmp(bytes + at, doc_type, expected) == 0;
    if (size > length - at)
      return false;
    at += size;
  }
  return false;
}

/* ISO 14496-12 brands; without one it is a QuickTime file from before they were invented. */
static const char *mov_container(const char *brand)
{
  if (!brand || strcmp(brand, "qt  ") == 0)
    return "mov";
  if (g_str_has_prefix(brand, "3g2"))
    return "3g2";
  if (g_str_has_prefix(brand, "3g"))
    return "3gp";
  if (strcmp(brand, "M4A ") == 0 || strcmp(brand, "M4B ") == 0)
    return "m4a";
  return "mp4";
}

/* Blu-ray and camcorders put four bytes of arrival time before each packet of 188. */
static bool is_m2ts(const guint8 *bytes, size_t length)
{
  return length > 196 && bytes[4] == 0x47 && bytes[196] == 0x47;
}

char *probe_container(const ProbeInput *input)
{
  static const struct {
    const char *format, *container;
  } words[] = {{"mpeg", "ps"}, {"asf", "wmv"}, {"yuv4mpegpipe", "y4m"}, {"mpegvideo", "m2v"}};
  const char *format = input->format->iformat->name;
  if (g_str_has_prefix(format, "matroska"))
    return g_strdup(has_doc_type(input, "webm") ? "webm" : "mkv");
  if (g_str_has_prefix(format, "mov"))
    return g_strdup(mov_container(probe_tag(input, input->format->metadata, "major_brand")));
  if (strcmp(format, "mpegts") == 0)
    return g_strdup(is_m2ts(input->head, input->head_length) ? "m2ts" : "ts");
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    if (strcmp(format, words[i].format) == 0)
      return g_strdup(words[i].container);
  return g_strndup(format, strcspn(format, ","));
}

const char *probe_certain_format(const ProbeInput *input)
{
  static const guint8 ebml[] = {0x1a, 0x45, 0xdf, 0xa3};
  const guint8 *head = input->head;
  if (input->head_length < sizeof input->head)
    return NULL;
  if (memcmp(head, ebml, sizeof ebml) == 0 && (has_doc_type(input, "matroska") || has_doc_type(input, "webm")))
    return "matroska";
  if (memcmp(head + 4, "ftyp", 4) == 0)
    return "mov";
  return NULL;
}
