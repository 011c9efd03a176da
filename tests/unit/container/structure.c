#include "structure.h"

#include <string.h>

typedef struct {
  const uint8_t *bytes;
  size_t length;
  char *problem;
  /* Matroska */
  size_t segment;       /* offset of its data */
  GHashTable *children; /* offset of each child of the Segment -> its ID */
  size_t first_cluster; /* offset, 0: none yet */
  size_t head;          /* offset of the SeekHead being read, or 0 */
  GArray *claims;       /* Claim: to be looked up when all children are known */
  /* MP4 */
  GArray *mdats;  /* Span */
  GArray *chunks; /* guint64 offsets */
} Check;

typedef struct {
  guint64 offset;
  guint32 id;
  size_t head; /* offset of the SeekHead that says so; 0: a cue */
} Claim;

typedef struct {
  guint64 start, end;
} Span;

static bool bad(Check *check, size_t at, const char *what)
{
  if (!check->problem)
    check->problem = g_strdup_printf("at %zu: %s", at, what);
  return false;
}

/* ---- Matroska ---- */

static const guint32 masters[] = {
    0x1A45DFA3, 0x18538067, 0x114D9B74, 0x4DBB, 0x1549A966, 0x1F43B675, 0xA0,   0x1654AE6B, 0xAE,
    0xE0,       0xE1,       0x6D80,     0x6240, 0x1C53BB6B, 0xBB,       0xB7,   0x1941A469, 0x61A7,
    0x1043A770, 0x45B9,     0xB6,       0x80,   0x1254C367, 0x7373,     0x63C0, 0x67C8,     0x55B0,
};

static bool is_master(guint32 id)
{
  for (size_t i = 0; i < G_N_ELEMENTS(masters); i++)
    if (masters[i] == id)
      return true;
  return false;
}

static guint32 crc_of(const uint8_t *bytes, size_t length)
{
  guint32 crc = 0xFFFFFFFF;
  for (size_t i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

static guint64 number_at(const uint8_t *bytes, size_t length)
{
  guint64 value = 0;
  while (length-- > 0)
    value = value << 8 | *bytes++;
  return value;
}

typedef struct {
  guint32 id;
  size_t data, end;
  bool unknown;
} Element;

static bool element_at(Check *check, size_t at, size_t end, Element *ret)
{
  const uint8_t *bytes = check->bytes;
  size_t id_length = 1, size_length = 1;
  while (id_length < 5 && !(bytes[at] & 0x80 >> (id_length - 1)))
    id_length++;
  if (id_length > 4 || at + id_length >= end)
    return bad(check, at, "no ID");
  size_t size_at = at + id_length;
  if (bytes[size_at] == 0)
    return bad(check, at, "a size of more than 8 bytes");
  while (!(bytes[size_at] & 0x80 >> (size_length - 1)))
    size_length++;
  if (size_at + size_length > end)
    return bad(check, at, "the size is cut short");
  guint64 ones = (G_GUINT64_CONSTANT(1) << 7 * size_length) - 1;
  guint64 size = number_at(bytes + size_at, size_length) & ones;
  *ret = (Element){.id = (guint32)number_at(bytes + at, id_length), .data = size_at + size_length, .unknown = size == ones};
  if (!ret->unknown && size > end - ret->data)
    return bad(check, at, "reaches past its parent");
  ret->end = ret->unknown ? end : ret->data + size;
  return true;
}

static bool ends_cluster(guint32 id)
{
  return id == 0x1F43B675 || id == 0x1C53BB6B || id == 0x1254C367 || id == 0x1654AE6B || id == 0x114D9B74 || id == 0x1549A966 ||
         id == 0x1941A469 || id == 0x1043A770;
}

static void claim(Check *check, guint64 position, guint32 id)
{
  const Claim one = {check->segment + position, id, check->head};
  g_array_append_val(check->claims, one);
}

static bool check_seek(Check *check, const Element *seek)
{
  guint64 id = 0, position = 0;
  for (size_t at = seek->data; at < seek->end;) {
    Element child;
    if (!element_at(check, at, seek->end, &child) || child.end - child.data > 8)
      return bad(check, at, "a bad Seek");
    if (child.id == 0x53AB)
      id = number_at(check->bytes + child.data, child.end - child.data);
    if (child.id == 0x53AC)
      position = number_at(check->bytes + child.data, child.end - child.data);
    at = child.end;
  }
  claim(check, position, (guint32)id);
  return true;
}

/* The children of `parent`; a Cluster of unknown size ends where something begins that cannot be in one, which *ret_end tells. */
static bool check_children(Check *check, const Element *parent, int depth, size_t *ret_end)
{
  size_t at = parent->data;
  if (depth > 16)
    return bad(check, at, "nested too deeply");
  while (at < parent->end) {
    Element child;
    if (!element_at(check, at, parent->end, &child))
      return false;
    if (parent->unknown && parent->id == 0x1F43B675 && ends_cluster(child.id))
      break;
    if (child.unknown && child.id != 0x1F43B675)
      return bad(check, at, "unknown size");
    if (parent->id == 0x18538067) {
      g_hash_table_insert(check->children, GSIZE_TO_POINTER(at), GUINT_TO_POINTER(child.id));
      check->head = child.id == 0x114D9B74 ? at : 0;
      if (child.id == 0x1F43B675 && check->first_cluster == 0)
        check->first_cluster = at;
    }
    size_t end = child.end;
    if (is_master(child.id) && !check_children(check, &child, depth + 1, &end))
      return false;
    if (child.id == 0x4DBB && parent->id == 0x114D9B74 && depth == 1 && !check_seek(check, &child))
      return false;
    if (child.id == 0xF1 && parent->id == 0xB7)
      claim(check, number_at(check->bytes + child.data, MIN(child.end - child.data, 8)), 0x1F43B675);
    if (child.id == 0xBF) {
      if (at != parent->data || child.end - child.data != 4 || parent->unknown)
        return bad(check, at, "a misplaced CRC-32");
      guint32 stored;
      memcpy(&stored, check->bytes + child.data, 4);
      if (GUINT32_FROM_LE(stored) != crc_of(check->bytes + child.end, parent->end - child.end))
        return bad(check, at, "a wrong CRC-32");
    }
    at = end;
  }
  *ret_end = at;
  return true;
}

/* Whether a reader would come to the claim: one of a SeekHead behind the Clusters counts only if another SeekHead leads there. */
static bool is_reached(const Check *check, const Claim *one, int depth)
{
  if (one->head == 0 || one->head < check->first_cluster || check->first_cluster == 0)
    return true;
  for (guint i = 0; depth < 4 && i < check->claims->len; i++) {
    const Claim *other = &g_array_index(check->claims, Claim, i);
    if (other->offset == one->head && other->id == 0x114D9B74 && is_reached(check, other, depth + 1))
      return true;
  }
  return false;
}

static void check_matroska(Check *check)
{
  Element header, segment;
  size_t end;
  if (!element_at(check, 0, check->length, &header) || header.unknown || !check_children(check, &header, 0, &end))
    return;
  if (header.end >= check->length || !element_at(check, header.end, check->length, &segment))
    return;
  if (segment.id != 0x18538067) {
    bad(check, header.end, "no Segment");
    return;
  }
  check->segment = segment.data;
  if (!check_children(check, &segment, 0, &end))
    return;
  for (guint i = 0; i < check->claims->len; i++) {
    const Claim *one = &g_array_index(check->claims, Claim, i);
    if (is_reached(check, one, 0) &&
        GPOINTER_TO_UINT(g_hash_table_lookup(check->children, GSIZE_TO_POINTER(one->offset))) != one->id)
      bad(check, one->offset, "pointed to, but is something else");
  }
}

/* ---- MP4 ---- */

#define IS(type, text) (memcmp((type), (text), 4) == 0)

static bool has_boxes(const uint8_t *type)
{
  static const char types[][5] = {"moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts", "dinf", "mfra"};
  for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
    if (IS(type, types[i]))
      return true;
  return false;
}

static bool check_boxes(Check *check, size_t at, size_t end, int depth)
{
  const uint8_t *bytes = check->bytes;
  if (depth > 16)
    return bad(check, at, "nested too deeply");
  while (end - at >= 8) {
    guint64 size = number_at(bytes + at, 4);
    size_t head = 8;
    if (size == 1 && end - at >= 16) {
      size = number_at(bytes + at + 8, 8);
      head = 16;
    } else if (size == 0) {
      size = end - at;
    }
    if (size < head || size > end - at)
      return bad(check, at, "a box that does not fit");
    const uint8_t *type = bytes + at + 4, *data = bytes + at + head;
    size_t length = (size_t)size - head;
    if (has_boxes(type) && !check_boxes(check, at + head, at + (size_t)size, depth + 1))
      return false;
    if (IS(type, "mdat")) {
      const Span span = {at + head, at + size};
      g_array_append_val(check->mdats, span);
    }
    size_t width = IS(type, "stco") ? 4 : IS(type, "co64") ? 8 : 0;
    if (width > 0) {
      guint64 count = length >= 8 ? number_at(data + 4, 4) : 0;
      if (length < 8 || count > (length - 8) / width)
        return bad(check, at, "a chunk table that does not fit");
      for (size_t i = 0; i < count; i++) {
        guint64 offset = number_at(data + 8 + i * width, width);
        g_array_append_val(check->chunks, offset);
      }
    }
    at += (size_t)size;
  }
  return true;
}

static void check_mp4(Check *check)
{
  if (!check_boxes(check, 0, check->length, 0))
    return;
  for (guint i = 0; i < check->chunks->len; i++) {
    guint64 offset = g_array_index(check->chunks, guint64, i);
    bool inside = false;
    for (guint m = 0; m < check->mdats->len; m++) {
      const Span *span = &g_array_index(check->mdats, Span, m);
      inside |= offset >= span->start && offset < span->end;
    }
    if (!inside)
      bad(check, (size_t)offset, "a chunk outside every mdat");
  }
}

char *structure_problem(const uint8_t *bytes, size_t length)
{
  Check check = {.bytes = bytes, .length = length};
  check.children = g_hash_table_new(NULL, NULL);
  check.claims = g_array_new(FALSE, FALSE, sizeof(Claim));
  check.mdats = g_array_new(FALSE, FALSE, sizeof(Span));
  check.chunks = g_array_new(FALSE, FALSE, sizeof(guint64));
  if (length < 8)
    bad(&check, 0, "too short");
  else if (number_at(bytes, 4) == 0x1A45DFA3)
    check_matroska(&check);
  else
    check_mp4(&check);
  g_hash_table_unref(check.children);
  g_array_unref(check.claims);
  g_array_unref(check.mdats);
  g_array_unref(check.chunks);
  return check.problem;
}
