#include "build_mp4.h"

#include <string.h>

static void put_number(GByteArray *to, guint64 value, int bytes)
{
  for (int i = bytes - 1; i >= 0; i--)
    g_byte_array_append(to, &(guint8){(guint8)(value >> 8 * i)}, 1);
}

static void put_zeros(GByteArray *to, guint n)
{
  for (guint i = 0; i < n; i++)
    put_number(to, 0, 1);
}

static void put_bytes(GByteArray *to, const char *text, gsize length)
{
  g_byte_array_append(to, (const guint8 *)text, (guint)length);
}

/* Starts a box; box_end fills its size in. */
static guint box_start(GByteArray *to, const Mp4Recipe *recipe, const char *type)
{
  guint start = to->len;
  put_number(to, recipe->wide_boxes ? 1 : 0, 4);
  put_bytes(to, type, 4);
  if (recipe->wide_boxes)
    put_number(to, 0, 8);
  return start;
}

static void box_end(GByteArray *to, const Mp4Recipe *recipe, guint start)
{
  guint32 size = GUINT32_TO_BE(to->len - start);
  memcpy(to->data + start + (recipe->wide_boxes ? 12 : 0), &size, 4);
}

static void put_tkhd(GByteArray *to, const Mp4Recipe *recipe, guint id, int flags, int group)
{
  guint start = box_start(to, recipe, "tkhd");
  int time_bytes = recipe->version_1 ? 8 : 4;
  put_number(to, recipe->version_1, 1);
  put_number(to, (guint64)flags, 3);
  put_zeros(to, 2 * (guint)time_bytes);
  put_number(to, id, 4);
  put_zeros(to, 4);
  put_number(to, 5000, time_bytes);
  put_zeros(to, 8 + 2);
  put_number(to, (guint64)group, 2);
  put_zeros(to, 2 + 2 + 36 + 8);
  box_end(to, recipe, start);
}

static void put_stsd(GByteArray *to, const Mp4Recipe *recipe, const char *format, bool audio)
{
  guint start = box_start(to, recipe, "stsd");
  put_zeros(to, 4);
  put_number(to, 1, 4);
  put_number(to, 36, 4);
  put_bytes(to, format, 4);
  put_zeros(to, 16);
  put_number(to, audio ? 6 : 0, 2);
  put_zeros(to, 10);
  box_end(to, recipe, start);
}

static void put_mdia(GByteArray *to, const Mp4Recipe *recipe, const char *handler, const char *format, guint language, bool elng)
{
  guint mdia = box_start(to, recipe, "mdia");
  guint mdhd = box_start(to, recipe, "mdhd");
  put_number(to, recipe->version_1, 1);
  put_zeros(to, 3 + (recipe->version_1 ? 28 : 16));
  put_number(to, language, 2);
  put_zeros(to, 2);
  box_end(to, recipe, mdhd);
  guint hdlr = box_start(to, recipe, "hdlr");
  put_zeros(to, 8);
  put_bytes(to, handler, 4);
  put_zeros(to, 13);
  box_end(to, recipe, hdlr);
  if (elng) {
    guint box = box_start(to, recipe, "elng");
    put_zeros(to, 4);
    put_bytes(to, "ja-JP", 6);
    box_end(to, recipe, box);
  }
  guint minf = box_start(to, recipe, "minf");
  guint stbl = box_start(to, recipe, "stbl");
  put_stsd(to, recipe, format, strcmp(handler, "soun") == 0);
  box_end(to, recipe, stbl);
  box_end(to, recipe, minf);
  box_end(to, recipe, mdia);
}

static void put_udta(GByteArray *to, const Mp4Recipe *recipe, bool kind)
{
  static const char role[] = "urn:mpeg:dash:role:2011\0commentary";
  guint udta = box_start(to, recipe, "udta");
  guint name = box_start(to, recipe, "name");
  put_bytes(to, "Surround", 8);
  box_end(to, recipe, name);
  if (kind) {
    guint box = box_start(to, recipe, "kind");
    put_zeros(to, 4);
    put_bytes(to, role, sizeof role);
    box_end(to, recipe, box);
  }
  if (recipe->terminators)
    put_zeros(to, 4);
  box_end(to, recipe, udta);
}

static void put_trak(GByteArray *to, const Mp4Recipe *recipe, guint id, const char *handler, const char *format, int flags,
                     int group)
{
  guint trak = box_start(to, recipe, "trak");
  bool last_audio = recipe->with_kind && (int)id == recipe->n_audio + 1;
  put_tkhd(to, recipe, id, flags, group);
  if (id == 1) { /* its chapter titles */
    guint tref = box_start(to, recipe, "tref");
    guint chap = box_start(to, recipe, "chap");
    put_number(to, 9, 4);
    box_end(to, recipe, chap);
    box_end(to, recipe, tref);
  }
  put_mdia(to, recipe, handler, format, id == 2 ? (guint)recipe->language_code : 0x2A0E /* jpn */, last_audio);
  if (strcmp(handler, "soun") == 0)
    put_udta(to, recipe, last_audio);
  box_end(to, recipe, trak);
}

static void put_moov(GByteArray *to, const Mp4Recipe *recipe)
{
  guint moov = box_start(to, recipe, "moov");
  if (recipe->compressed) {
    guint cmov = box_start(to, recipe, "cmov");
    put_zeros(to, 20);
    box_end(to, recipe, cmov);
  } else {
    put_trak(to, recipe, 1, "vide", "hvc1", 3, 0);
    for (int i = 0; i < recipe->n_audio; i++)
      put_trak(to, recipe, (guint)i + 2, "soun", "ec-3", recipe->flags[i], recipe->groups[i]);
    put_trak(to, recipe, 8, "sbtl", "tx3g", 2, 3);
    put_trak(to, recipe, 9, "text", "text", 2, 0);
  }
  if (recipe->fragmented) {
    guint mvex = box_start(to, recipe, "mvex");
    put_zeros(to, 32);
    box_end(to, recipe, mvex);
  }
  box_end(to, recipe, moov);
}

static void put_trap(GByteArray *to, const Mp4Recipe *recipe, const char *type)
{
  static const Mp4Recipe other = {.n_audio = 2, .flags = {0, 0}};
  guint start = box_start(to, recipe, type);
  if (strcmp(type, "uuid") == 0)
    put_zeros(to, 16);
  put_moov(to, &other);
  box_end(to, recipe, start);
}

GByteArray *build_mp4(const Mp4Recipe *recipe)
{
  GByteArray *file = g_byte_array_new();
  if (!recipe->no_ftyp) {
    guint ftyp = box_start(file, recipe, "ftyp");
    put_bytes(file, recipe->quicktime ? "qt  " : "isom", 4);
    put_zeros(file, 4);
    box_end(file, recipe, ftyp);
  }
  if (recipe->traps) {
    put_trap(file, recipe, "free");
    put_trap(file, recipe, "uuid");
  }
  if (recipe->moov_first || recipe->open_mdat)
    put_moov(file, recipe);
  if (recipe->fragmented) {
    guint moof = box_start(file, recipe, "moof");
    put_zeros(file, 24);
    box_end(file, recipe, moof);
  }
  guint mdat = box_start(file, recipe, "mdat");
  if (recipe->traps)
    put_trap(file, recipe, "free");
  put_zeros(file, 100);
  if (recipe->open_mdat)
    memset(file->data + mdat, 0, 4); /* size 0: to the end */
  else
    box_end(file, recipe, mdat);
  if (!recipe->moov_first && !recipe->open_mdat)
    put_moov(file, recipe);
  if (recipe->two_movies)
    put_moov(file, recipe);
  if (recipe->terminators && !recipe->open_mdat)
    put_zeros(file, 4);
  return file;
}
