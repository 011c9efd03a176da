/* Shapes of MP4 and QuickTime files: which bits of the track headers change, and that nothing else does. */
#include "base/error.h"
#include "build_mp4.h"
#include "container/mp4.h"
#include "edit_check.h"

enum { ENG = 0x15C7 };

typedef struct {
  const char *name;
  Mp4Recipe recipe;
  EditAction action;
  int64_t bytes;       /* that are written */
  int groups_after[2]; /* alternate groups of the first two audio tracks */
} Shape;

/* Two audio tracks of which the second is to be the default. */
#define TWO .n_audio = 2, .flags = {7, 6}, .language_code = ENG
#define GROUPED .groups = {1, 1}

static const Shape shapes[] = {
    {"moov last", {TWO, GROUPED}, EDIT_IN_PLACE, 2, {1, 1}},
    {"moov first", {TWO, GROUPED, .moov_first = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"64-bit times", {TWO, GROUPED, .version_1 = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"64-bit sizes", {TWO, GROUPED, .wide_boxes = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"an mdat that is open at the end", {TWO, GROUPED, .open_mdat = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"fragmented", {TWO, GROUPED, .fragmented = true, .moov_first = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"moov inside free, uuid and mdat", {TWO, GROUPED, .traps = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"the same with all else", {TWO, GROUPED, .traps = true, .wide_boxes = true, .version_1 = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"QuickTime", {TWO, GROUPED, .quicktime = true, .terminators = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"from before ftyp", {TWO, GROUPED, .no_ftyp = true}, EDIT_IN_PLACE, 2, {1, 1}},
    {"no group", {TWO}, EDIT_IN_PLACE, 6, {1, 1}},
    {"one in a group", {TWO, .groups = {0, 5}}, EDIT_IN_PLACE, 4, {5, 5}},
    {"in a group each, which is someone's wish", {TWO, .groups = {1, 2}}, EDIT_IN_PLACE, 2, {1, 2}},
    {"as wanted", {.n_audio = 2, .flags = {6, 7}, GROUPED}, EDIT_NOTHING, 0, {1, 1}},
    {"as wanted but for the groups", {.n_audio = 2, .flags = {6, 7}}, EDIT_IN_PLACE, 4, {1, 1}},
    {"flags of CMAF stay", {.n_audio = 2, .flags = {0x0F, 0x0E}, GROUPED}, EDIT_IN_PLACE, 2, {1, 1}},
    {"compressed", {TWO, GROUPED, .compressed = true}, EDIT_REMUX, 0, {0}},
    {"two moov", {TWO, GROUPED, .two_movies = true}, EDIT_REMUX, 0, {1, 1}},
};

static const TrackEdit to_second[] = {{.track = 1, .is_default = WISH_OFF}, {.track = 2, .is_default = WISH_ON}};

/* Behind the type of the next tkhd. */
static const guint8 *next_header(const GByteArray *file, const guint8 *at)
{
  const guint8 *found = memmem(at, file->len - (gsize)(at - file->data), "tkhd", 4);
  g_assert_nonnull(found);
  return found + 4;
}

/* The alternate group of the n-th tkhd of the file that is not inside a trap: the recipes without traps put no other there. */
static int group_of(const GByteArray *file, const Mp4Recipe *recipe, int n)
{
  const guint8 *at = file->data;
  for (int i = 0; i <= n; i++)
    at = next_header(file, at);
  at += (recipe->wide_boxes ? 8 : 0) + 4 + (recipe->version_1 ? 8 : 4) * 3 + 4 + 4 + 8 + 2;
  return at[0] << 8 | at[1];
}

static void test_shapes(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
    const Shape *shape = &shapes[i];
    g_test_message("%s", shape->name);
    g_autoptr(GByteArray) file = build_mp4(&shape->recipe);
    g_autoptr(EditPlan) plan = edit_and_check(file, to_second, G_N_ELEMENTS(to_second));
    g_assert_cmpint(plan->action, ==, shape->action);
    int64_t changed = 0;
    for (guint r = 0; r < plan->ranges->len; r++)
      changed += (int64_t)g_bytes_get_size(((EditRange *)plan->ranges->pdata[r])->after);
    g_assert_cmpint(changed, <=, shape->bytes);
    g_assert_cmpint(changed > 0, ==, shape->bytes > 0);
    for (int track = 0; track < 2 && !shape->recipe.traps && !shape->recipe.compressed; track++)
      g_assert_cmpint(group_of(file, &shape->recipe, track + 1), ==, shape->groups_after[track]);
  }
}

/* The whole of a byte is kept but for bit 0. */
static void test_other_bits(void)
{
  g_autoptr(GByteArray) file = build_mp4(&(Mp4Recipe){.n_audio = 2, .flags = {0xAB000F, 0x00F0}, GROUPED});
  g_autoptr(EditPlan) plan = edit_and_check(file, to_second, G_N_ELEMENTS(to_second));
  g_assert_cmpint(plan->action, ==, EDIT_IN_PLACE);
  static const int expected[] = {0xAB000E, 0x0000F1};
  const guint8 *at = next_header(file, file->data);
  for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
    at = next_header(file, at);
    g_assert_cmpint(at[1] << 16 | at[2] << 8 | at[3], ==, expected[i]);
  }
}

static void test_list(void)
{
  g_autoptr(GByteArray) file =
      build_mp4(&(Mp4Recipe){.n_audio = 3, .flags = {7, 6, 6}, .language_code = 11, .with_kind = true, .quicktime = true});
  ByteSource source = byte_source_memory(file->data, file->len);
  g_autoptr(TrackList) list = mp4_list(&source, NULL);
  g_assert_cmpint(list->container, ==, FORMAT_MOV);
  g_assert_cmpuint(list->tracks->len, ==, 6);
  const Track *first = track_list_nth(list, TRACK_AUDIO, 0, NULL), *third = track_list_nth(list, TRACK_AUDIO, 2, NULL);
  g_assert_cmpstr(first->language, ==, "jpn"); /* Macintosh code 11 */
  g_assert_cmpstr(first->name, ==, "Surround");
  g_assert_cmpstr(first->codec, ==, "ec-3");
  g_assert_cmpint(first->channels, ==, 6);
  g_assert_cmpint(first->number, ==, 2);
  g_assert_null(first->uid);
  g_assert_true(first->is_default);
  g_assert_false(first->is_commentary);
  g_assert_true(third->is_commentary);
  g_assert_cmpstr(third->language_tag, ==, "ja-JP");
  g_assert_nonnull(track_list_nth(list, TRACK_SUBTITLE, 0, NULL));
  g_assert_null(track_list_nth(list, TRACK_SUBTITLE, 1, NULL)); /* the chapter titles are none */
}

/* Wishes that no bit of a track header can be. */
static void test_wishes(void)
{
  static const struct {
    TrackEdit edit;
    int action; /* -1: refused */
  } rows[] = {
      {{.track = 1, .is_default = WISH_OFF}, -1},              /* no sound */
      {{.track = 5, .is_default = WISH_ON}, -1},               /* chapter titles */
      {{.track = 1, .is_commentary = WISH_ON}, EDIT_REMUX},    /* needs a box */
      {{.track = 1, .is_commentary = WISH_OFF}, EDIT_NOTHING}, /* is so */
      {{.track = 3, .is_commentary = WISH_ON}, EDIT_NOTHING},  /* is so, by its kind box */
      {{.track = 3, .is_commentary = WISH_OFF}, EDIT_REMUX},   /* a box too many */
      {{.track = 4, .is_default = WISH_ON}, EDIT_IN_PLACE},    /* subtitles */
      {{.track = 2, .is_default = WISH_ON}, EDIT_IN_PLACE},    /* two: as wished */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) file =
        build_mp4(&(Mp4Recipe){.n_audio = 3, .flags = {7, 6, 6}, .with_kind = true, .groups = {1, 1, 1}});
    ByteSource source = byte_source_memory(file->data, file->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(EditPlan) plan = edit_plan_make(&source, &rows[i].edit, 1, &error);
    g_assert_cmpint(plan ? plan->action : -1, ==, rows[i].action);
    if (!plan)
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
}

/* Cut at every byte, and every byte changed. */
static void test_damage(void)
{
  g_autoptr(GByteArray) file = build_mp4(&(Mp4Recipe){TWO, .version_1 = true, .with_kind = true, .moov_first = true});
  for (guint cut = 1; cut < file->len; cut++) {
    g_autofree guint8 *part = g_memdup2(file->data, cut);
    ByteSource source = byte_source_memory(part, cut);
    g_autoptr(GError) error = NULL;
    g_autoptr(EditPlan) plan = edit_plan_make(&source, to_second, 2, &error);
    bool whole_boxes = cut >= 16; /* a file cut between boxes, or padding behind them, cannot be told from a whole one */
    if (!plan)
      g_assert_cmpint(error->code, ==, cut < 8 ? REEVE_ERROR_INVALID : REEVE_ERROR_CORRUPT);
    else
      g_assert_true(whole_boxes && edit_plan_apply(plan, part, cut));
  }
  for (guint at = 0; at < file->len; at++)
    for (guint value = 0; value < 256; value += 17) {
      g_autoptr(GByteArray) other = copy_of(file);
      other->data[at] = (guint8)value;
      ByteSource source = byte_source_memory(other->data, other->len);
      g_autoptr(EditPlan) plan = edit_plan_make(&source, to_second, 2, NULL);
      if (!plan || plan->action == EDIT_REMUX)
        continue;
      g_assert_true(edit_plan_apply(plan, other->data, other->len));
      g_autoptr(TrackList) list = tracks_parse(&source, NULL);
      g_assert_true(track_list_satisfies(list, to_second, 2, NULL));
    }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mp4/shapes", test_shapes);
  g_test_add_func("/mp4/other_bits", test_other_bits);
  g_test_add_func("/mp4/list", test_list);
  g_test_add_func("/mp4/wishes", test_wishes);
  g_test_add_func("/mp4/damage", test_damage);
  return g_test_run();
}
