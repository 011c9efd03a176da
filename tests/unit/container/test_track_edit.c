/* What is no film, or one with nothing to choose: a clear answer, and the file as it was. */
#include "base/error.h"
#include "disk.h"

#include <string.h>

#define BYTES(text) (text), sizeof(text) - 1

#define EBML_HEAD "\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska"
#define SEGMENT "\x18\x53\x80\x67"
#define FTYP                                                                                                                     \
  "\0\0\0\x0C"                                                                                                                   \
  "ftypisom"

typedef struct {
  const char *name, *bytes;
  size_t length;
  ReeveErrorCode code;
  const char *says; /* a part of the message */
} BadRow;

static const BadRow bad_rows[] = {
    {"empty", BYTES(""), REEVE_ERROR_INVALID, "empty"},
    {"one byte", BYTES("\x1A"), REEVE_ERROR_INVALID, "neither Matroska nor MP4"},
    {"text", BYTES("This is not a film, but words about one.\n"), REEVE_ERROR_INVALID, "neither Matroska nor MP4"},
    {"AVI", BYTES("RIFF\x24\0\0\0AVI LIST"), REEVE_ERROR_INVALID, "convert it"},
    {"MPEG-TS", BYTES("\x47\x40\0\x10\0\0\xB0\x0D\0\x01\xC1\0\0\0\x01\xF0"), REEVE_ERROR_INVALID, "convert it"},
    {"zeros", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), REEVE_ERROR_INVALID, "neither"},
    {"other EBML", BYTES("\x1A\x45\xDF\xA3\x88\x42\x82\x85other"), REEVE_ERROR_INVALID, "neither Matroska nor WebM"},
    {"an EBML header alone", BYTES(EBML_HEAD), REEVE_ERROR_CORRUPT, "not complete"},
    {"no Segment", BYTES(EBML_HEAD "\xEC\x81x\xAE\x80"), REEVE_ERROR_CORRUPT, "Segment"},
    {"an empty Segment", BYTES(EBML_HEAD SEGMENT "\x80"), REEVE_ERROR_CORRUPT, "no Tracks"},
    {"a Segment of 2^56 bytes", BYTES(EBML_HEAD SEGMENT "\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFEx"), REEVE_ERROR_CORRUPT, "longer than"},
    {"Tracks of unknown size", BYTES(EBML_HEAD SEGMENT "\xFF\x16\x54\xAE\x6B\xFF\xAE\x80"), REEVE_ERROR_CORRUPT,
     "how long it is"},
    {"TrackEntry of unknown size", BYTES(EBML_HEAD SEGMENT "\xFF\x16\x54\xAE\x6B\x82\xAE\xFF"), REEVE_ERROR_CORRUPT, "how long"},
    {"a number of 9 bytes", BYTES(EBML_HEAD SEGMENT "\x92\x16\x54\xAE\x6B\x8D\xAE\x8B\xD7\x89\0\0\0\0\0\0\0\0\0"),
     REEVE_ERROR_CORRUPT, "longer than 8 bytes"},
    {"a Seek past the end",
     BYTES(EBML_HEAD SEGMENT
           "\x98\x11\x4D\x9B\x74\x93\x4D\xBB\x90\x53\xAB\x84\x16\x54\xAE\x6B\x53\xAC\x86\x7F\xFF\xFF\xFF\xFF\xFF"),
     REEVE_ERROR_CORRUPT, "no Tracks"},
    {"ftyp alone", BYTES(FTYP), REEVE_ERROR_CORRUPT, "no moov"},
    {"a box past the end", BYTES(FTYP "\0\0\0\x20moov"), REEVE_ERROR_CORRUPT, "does not fit"},
    {"a box of 4 bytes", BYTES(FTYP "\0\0\0\x04moov"), REEVE_ERROR_CORRUPT, "does not fit"},
    {"a box of 2^63 bytes", BYTES(FTYP "\0\0\0\x01moov\x80\0\0\0\0\0\0\0"), REEVE_ERROR_CORRUPT, "does not fit"},
    {"a box of 2^64 - 1 bytes", BYTES(FTYP "\0\0\0\x01mdat\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), REEVE_ERROR_CORRUPT,
     "does not fit"},
    {"a 64-bit size cut short", BYTES(FTYP "\0\0\0\x01moov\0\0"), REEVE_ERROR_CORRUPT, "does not fit"},
    {"a track without a header", BYTES(FTYP "\0\0\0\x10moov\0\0\0\x08trak"), REEVE_ERROR_CORRUPT, "no header"},
    {"a header that is too short", BYTES(FTYP "\0\0\0\x1Cmoov\0\0\0\x14trak\0\0\0\x0Ctkhd\0\0\0\x07"), REEVE_ERROR_CORRUPT,
     "too short"},
    {"a header of version 9", BYTES(FTYP "\0\0\0\x1Cmoov\0\0\0\x14trak\0\0\0\x0Ctkhd\x09\0\0\x07"), REEVE_ERROR_INVALID,
     "version 9"},
    {"mdat of a download that runs", BYTES(FTYP "\0\0\x10\0mdat1234"), REEVE_ERROR_CORRUPT, "not complete"},
};

static void test_bad(void)
{
  char *dir = make_dir();
  g_autofree char *path = g_build_filename(dir, "film", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
    const BadRow *row = &bad_rows[i];
    g_assert_true(g_file_set_contents(path, row->bytes, (gssize)row->length, NULL));
    for (int planning = 0; planning < 2; planning++) {
      g_autoptr(GError) error = NULL;
      g_autoptr(TrackList) list = planning ? NULL : tracks_read(path, &error);
      g_autoptr(EditPlan) plan = planning ? edit_plan_read(path, to_second, 2, &error) : NULL;
      g_assert_true(!list && !plan);
      g_test_message("%s: %s", row->name, error->message);
      g_assert_error(error, REEVE_ERROR, (int)row->code);
      g_assert_nonnull(strstr(error->message, row->says));
      g_assert_nonnull(strstr(error->message, path));
    }
    g_autoptr(GBytes) now = content_of(path);
    g_assert_cmpmem(g_bytes_get_data(now, NULL), g_bytes_get_size(now), row->bytes, row->length);
  }
  remove_dir(dir);
}

/* Boxes inside boxes as deep as a file can hold: only the few levels that mean something are entered. */
static void test_deep(void)
{
  enum { LEVELS = 20000 };
  g_autoptr(GByteArray) file = build_mp4(&(Mp4Recipe){.n_audio = 2, .flags = {7, 6}, .moov_first = true});
  for (guint32 level = 0; level < LEVELS; level++) {
    guint32 size = GUINT32_TO_BE((LEVELS - level) * 8);
    g_byte_array_append(file, (const guint8 *)&size, 4);
    g_byte_array_append(file, (const guint8 *)"free", 4);
  }
  ByteSource source = byte_source_memory(file->data, file->len);
  GError *error = NULL;
  g_autoptr(EditPlan) plan = edit_plan_make(&source, to_second, 2, &error);
  g_assert_no_error(error);
  g_assert_cmpint(plan->action, ==, EDIT_IN_PLACE);
}

/* No audio, or one: there is nothing to choose, and it is said so. */
static void test_few(void)
{
  for (int n_audio = 0; n_audio < 2; n_audio++) {
    g_autoptr(GByteArray) file = build_mp4(&(Mp4Recipe){.n_audio = n_audio, .flags = {7}});
    ByteSource source = byte_source_memory(file->data, file->len);
    GError *error = NULL;
    g_autoptr(TrackList) list = tracks_parse(&source, &error);
    g_assert_no_error(error);
    g_autoptr(GArray) edits = track_edits_for_default(list, TRACK_AUDIO, 0, &error);
    if (n_audio == 0) {
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
      g_clear_error(&error);
      continue;
    }
    g_autoptr(EditPlan) plan = edit_plan_make(&source, (const TrackEdit *)edits->data, edits->len, &error);
    g_assert_no_error(error);
    g_assert_cmpint(plan->action, ==, EDIT_NOTHING); /* alone it needs no alternate group either */
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/track_edit/bad", test_bad);
  g_test_add_func("/track_edit/deep", test_deep);
  g_test_add_func("/track_edit/few", test_few);
  return g_test_run();
}
