/* Layouts of Matroska files: where room for flags is found, and that nothing else changes. */
#include "build_mkv.h"
#include "container/mkv_plan.h"
#include "edit_check.h"

#include "base/error.h"

/* Files without slack anywhere are made with explicit widths of 0 and no Voids. A jpn default takes a FlagDefault of 0 on the
 * first audio track: 3 bytes where it is absent. */
typedef struct {
  const char *name;
  MkvRecipe recipe;
  EditAction action;
  const char *reason; /* a part of it; NULL: not looked at */
  int64_t most_bytes; /* that are written; 0: not looked at */
} Layout;

static const Layout layouts[] = {
    {"the byte is there", {.n_seek_heads = 1, .first = ON, .second = OFF}, EDIT_IN_PLACE, "where they stand", 70},
    {"as wanted already", {.n_seek_heads = 1, .first = OFF, .second = ON}, EDIT_NOTHING, NULL, 0},
    {"as wanted by absence", {.first = OFF, .second = ABSENT}, EDIT_NOTHING, NULL, 0},
    {"as wanted by an empty element", {.first = OFF, .second = EMPTY}, EDIT_NOTHING, NULL, 0},
    {"a flag of 8 bytes", {.n_seek_heads = 1, .first = WIDE_OFF, .second = WIDE_OFF}, EDIT_IN_PLACE, "where they stand", 10},
    {"a flag written twice", {.n_seek_heads = 1, .first = TWICE, .second = TWICE}, EDIT_IN_PLACE, "where they stand", 70},
    {"wide size fields", {.n_seek_heads = 1, .entry_width = 8}, EDIT_IN_PLACE, "where they stand", 80},
    {"wide size fields, CRC", {.n_seek_heads = 1, .entry_width = 8, .tracks_crc = true}, EDIT_IN_PLACE, "where they stand", 260},
    {"entry with a CRC", {.entry_width = 8, .entry_crc = true, .tracks_crc = true}, EDIT_IN_PLACE, "where they stand", 0},
    {"a Void inside the entry", {.n_seek_heads = 1, .inner_void = 5}, EDIT_IN_PLACE, "where they stand", 80},
    {"a Void of exactly the room", {.n_seek_heads = 1, .inner_void = 3}, EDIT_IN_PLACE, "where they stand", 80},
    {"a Void one byte too big", {.n_seek_heads = 1, .inner_void = 4}, EDIT_IN_PLACE, "where they stand", 80},
    {"a Void of 2 in each entry, too small", {.n_seek_heads = 1, .inner_void = 2}, EDIT_IN_PLACE, "all tracks' entries", 0},
    {"the Void behind", {.n_seek_heads = 1, .void_behind = 100}, EDIT_IN_PLACE, "behind it", 0},
    {"the Void behind is used up", {.n_seek_heads = 1, .void_behind = 3}, EDIT_IN_PLACE, "behind it", 0},
    {"one byte would be left of the Void", {.n_seek_heads = 1, .void_behind = 4}, EDIT_IN_PLACE, "behind it", 0},
    {"several Voids behind", {.void_behind = 2, .n_voids_behind = 4}, EDIT_IN_PLACE, "behind it", 0},
    {"a Void of 129 bytes is left", {.void_behind = 132}, EDIT_IN_PLACE, "behind it", 0},
    {"a large Void behind", {.void_behind = 200000, .tracks_crc = true}, EDIT_IN_PLACE, "behind it", 400},
    {"a wide size field of Tracks", {.n_seek_heads = 1, .tracks_width = 8}, EDIT_IN_PLACE, "where they stand", 0},
    {"defaults that need not be said", {.n_seek_heads = 1, .explicit_defaults = true}, EDIT_IN_PLACE, "default anyway", 0},
    {"the same with CRC", {.explicit_defaults = true, .entry_crc = true, .tracks_crc = true}, EDIT_IN_PLACE, "default anyway", 0},
    {"a Void before", {.n_seek_heads = 1, .void_before = 60, .seek_crc = true}, EDIT_IN_PLACE, "shifted", 0},
    {"a Void before is used up", {.n_seek_heads = 1, .void_before = 3, .seek_crc = true}, EDIT_IN_PLACE, "shifted", 0},
    {"one byte of a Void before is left", {.n_seek_heads = 1, .void_before = 4}, EDIT_IN_PLACE, "shifted", 0},
    {"a Void behind the Tags", {.n_seek_heads = 1, .tags_between = true, .void_behind = 50}, EDIT_IN_PLACE, "shifted", 0},
    {"both SeekHeads are told", {.n_seek_heads = 2, .void_before = 50, .seek_crc = true}, EDIT_IN_PLACE, "shifted", 0},
    {"no SeekHead to tell", {.void_before = 50}, EDIT_IN_PLACE, "shifted", 0},
    {"much between: Tracks moves",
     {.n_seek_heads = 2, .void_before = 1000, .attachment = 70000, .seek_crc = true, .tracks_crc = true, .name_bytes = 20},
     EDIT_IN_PLACE,
     NULL,
     0},
    {"a stranger between", {.n_seek_heads = 1, .unknown_between = true, .void_behind = 50}, EDIT_REMUX, "no unused space", 0},
    {"a stranger between, a large Void: Tracks moves",
     {.n_seek_heads = 1, .unknown_between = true, .void_behind = 500, .seek_crc = true},
     EDIT_IN_PLACE,
     "moves",
     0},
    {"a new place too far for its field",
     {.n_seek_heads = 1, .position_bytes = 1, .unknown_between = true, .void_behind = 500, .name_bytes = 60},
     EDIT_REMUX,
     NULL,
     0},
    {"no room at all", {.n_seek_heads = 1}, EDIT_REMUX, "no unused space", 0},
    {"no room, Tracks at the end", {.n_seek_heads = 1, .tracks_at_end = true}, EDIT_REMUX, "no unused space", 0},
    {"Tracks at the end, wide",
     {.n_seek_heads = 1, .tracks_at_end = true, .entry_width = 4},
     EDIT_IN_PLACE,
     "where they stand",
     0},
    {"Tracks at the end comes home", {.n_seek_heads = 2, .tracks_at_end = true, .void_before = 900}, EDIT_IN_PLACE, "moves", 0},
    {"Tracks at the end, no SeekHead", {.tracks_at_end = true, .entry_width = 8}, EDIT_IN_PLACE, "where they stand", 0},
    {"the same behind live Clusters",
     {.tracks_at_end = true, .entry_width = 8, .clusters_unknown = true, .segment_unknown = true},
     EDIT_IN_PLACE,
     "where they stand",
     0},
    {"a live recording", {.segment_unknown = true, .clusters_unknown = true, .entry_width = 8}, EDIT_IN_PLACE, NULL, 0},
    {"a Segment with a CRC",
     {.segment_crc = true, .n_seek_heads = 1, .void_before = 50, .tracks_crc = true},
     EDIT_IN_PLACE,
     "shifted",
     0},
    {"the same, the byte is there", {.segment_crc = true, .first = ON, .second = OFF}, EDIT_IN_PLACE, "where they stand", 0},
    {"two Tracks elements", {.n_seek_heads = 1, .tracks_twice = true, .entry_width = 8}, EDIT_REMUX, "several Tracks", 0},
    {"sizes of at most 4 bytes", {.max_size_bytes = 4, .entry_width = 4}, EDIT_IN_PLACE, "where they stand", 0},
    {"WebM", {.webm = true, .n_seek_heads = 1, .entry_width = 8}, EDIT_IN_PLACE, "where they stand", 0},
    {"more than is rewritten", {.void_behind = 100, .name_bytes = 100000, .tracks_crc = true}, EDIT_IN_PLACE, NULL, 400},
    {"more than is rewritten", {.void_before = 100, .name_bytes = 100000, .tracks_crc = true}, EDIT_REMUX, NULL, 0},
};

static void test_layouts(void)
{
  static const TrackEdit edits[] = {{.track = 1, .is_default = WISH_OFF}, {.track = 2, .is_default = WISH_ON}};
  for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
    const Layout *layout = &layouts[i];
    g_test_message("%s", layout->name);
    g_autoptr(GByteArray) file = build_mkv(&layout->recipe);
    g_autoptr(EditPlan) plan = edit_and_check(file, edits, G_N_ELEMENTS(edits));
    g_assert_cmpint(plan->action, ==, layout->action);
    if (layout->reason)
      g_assert_nonnull(strstr(plan->reason, layout->reason));
    if (layout->most_bytes > 0)
      g_assert_cmpint(plan->bytes, <=, layout->most_bytes);
  }
}

/* Every flag of every track, on and off, one after the other in one file: room is used and found again. */
static void test_all_flags(void)
{
  static const MkvRecipe recipes[] = {
      {.n_seek_heads = 1, .entry_width = 8, .tracks_crc = true, .seek_crc = true, .void_behind = 90},
      {.n_seek_heads = 2, .void_before = 400, .tracks_crc = true, .seek_crc = true, .segment_crc = true, .entry_crc = true},
      {.n_seek_heads = 1, .explicit_defaults = true, .void_before = 200, .inner_void = 9, .tags_between = true},
      {.n_seek_heads = 1, .version = 2, .header_crc = true, .void_behind = 300},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(recipes); i++) {
    g_autoptr(GByteArray) file = build_mkv(&recipes[i]);
    for (int64_t track = 0; track < 4; track++)
      for (int wish = WISH_ON; wish >= WISH_OFF; wish--) {
        const TrackEdit edit = {track, wish, wish, wish, wish, wish, wish};
        g_autoptr(EditPlan) plan = edit_and_check(file, &edit, 1);
        g_assert_cmpint(plan->action, !=, EDIT_REMUX);
      }
  }
}

/* Flags of version 4 raise DocTypeVersion, others do not; a header that cannot say it is left alone. */
static void test_version(void)
{
  static const struct {
    int version;
    TrackEdit edit;
    EditAction action;
    int version_after; /* as written in the header; 0: not looked at */
  } rows[] = {
      {2, {.track = 1, .is_forced = WISH_ON}, EDIT_IN_PLACE, 2},
      {2, {.track = 1, .is_commentary = WISH_ON}, EDIT_IN_PLACE, 4},
      {5, {.track = 1, .is_original = WISH_ON}, EDIT_IN_PLACE, 5},
      {-1, {.track = 1, .is_original = WISH_ON}, EDIT_REMUX, 0},
      {-1, {.track = 1, .is_forced = WISH_ON}, EDIT_IN_PLACE, 0},
      {-1, {.track = 1, .is_hearing_impaired = WISH_OFF}, EDIT_NOTHING, 0}, /* absent: nothing to write */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) file = build_mkv(&(MkvRecipe){.version = rows[i].version, .void_behind = 100, .header_crc = true});
    g_autoptr(EditPlan) plan = edit_and_check(file, &rows[i].edit, 1);
    g_assert_cmpint(plan->action, ==, rows[i].action);
    static const guint8 element[] = {0x42, 0x87, 0x81};
    const guint8 *at = memmem(file->data, file->len, element, sizeof element);
    if (rows[i].version_after > 0)
      g_assert_cmpint(at[sizeof element], ==, rows[i].version_after);
  }
}

static void test_list(void)
{
  g_autoptr(GByteArray) file = build_mkv(&(MkvRecipe){.first = OFF, .second = EMPTY, .explicit_defaults = true});
  ByteSource source = byte_source_memory(file->data, file->len);
  g_autoptr(TrackList) list = mkv_list(&source, NULL);
  g_assert_cmpuint(list->tracks->len, ==, 4);
  g_assert_cmpint(list->container, ==, FORMAT_MATROSKA);
  const Track *first = track_list_nth(list, TRACK_AUDIO, 0, NULL), *second = track_list_nth(list, TRACK_AUDIO, 1, NULL);
  g_assert_cmpstr(first->codec, ==, "A_AC3");
  g_assert_cmpstr(first->language, ==, "eng");
  g_assert_cmpstr(first->uid, ==, "17293822569102704642"); /* over INT64_MAX */
  g_assert_cmpint(first->channels, ==, 6);
  g_assert_cmpint(first->number, ==, 2);
  g_assert_false(first->is_default);
  g_assert_true(second->is_default);
  g_assert_cmpstr(second->language, ==, "jpn");
  g_assert_null(second->name);
}

/* Cut at every byte, and every byte of the head turned over: an error or a plan that keeps its promises, never a crash. */
static void test_damage(void)
{
  static const TrackEdit edits[] = {{.track = 1, .is_default = WISH_OFF}, {.track = 2, .is_default = WISH_ON}};
  g_autoptr(GByteArray) file = build_mkv(&(MkvRecipe){
      .n_seek_heads = 2, .entry_width = 8, .void_before = 30, .seek_crc = true, .tracks_crc = true, .tags_between = true});
  for (guint cut = 0; cut < file->len; cut++) {
    g_autofree guint8 *part = g_memdup2(file->data, MAX(cut, 1));
    ByteSource source = byte_source_memory(part, cut);
    g_autoptr(GError) error = NULL;
    g_autoptr(EditPlan) plan = edit_plan_make(&source, edits, 2, &error);
    g_assert_null(plan);
    g_assert_true(g_error_matches(error, REEVE_ERROR, cut < 8 ? REEVE_ERROR_INVALID : REEVE_ERROR_CORRUPT) ||
                  g_error_matches(error, REEVE_ERROR, REEVE_ERROR_CORRUPT));
  }
  for (guint at = 0; at < file->len; at++)
    for (guint value = 0; value < 256; value += 17) {
      g_autoptr(GByteArray) other = copy_of(file);
      other->data[at] = (guint8)value;
      ByteSource source = byte_source_memory(other->data, other->len);
      g_autoptr(EditPlan) plan = edit_plan_make(&source, edits, 2, NULL);
      if (!plan)
        continue;
      g_assert_true(edit_plan_apply(plan, other->data, other->len));
      g_autoptr(TrackList) list = plan->action == EDIT_REMUX ? NULL : tracks_parse(&source, NULL);
      g_assert_true(plan->action == EDIT_REMUX || track_list_satisfies(list, edits, 2, NULL));
    }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mkv/layouts", test_layouts);
  g_test_add_func("/mkv/all_flags", test_all_flags);
  g_test_add_func("/mkv/version", test_version);
  g_test_add_func("/mkv/list", test_list);
  g_test_add_func("/mkv/damage", test_damage);
  return g_test_run();
}
