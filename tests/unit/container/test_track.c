/* The records of tracks, and the edits that make one of them the default. */
#include "base/error.h"
#include "container/track.h"
#include "wire/json.h"

static TrackList *sample(void)
{
  static const struct {
    TrackType type;
    bool is_default;
  } rows[] = {{TRACK_VIDEO, true}, {TRACK_AUDIO, true}, {TRACK_OTHER, false}, {TRACK_AUDIO, true}, {TRACK_SUBTITLE, true}};
  TrackList *list = track_list_new(FORMAT_MP4);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Track *track = record_new(&track_table);
    track->type = rows[i].type;
    track->is_default = rows[i].is_default;
    g_ptr_array_add(list->tracks, track);
  }
  return list;
}

static void test_default(void)
{
  g_autoptr(TrackList) list = sample();
  GError *error = NULL;
  g_autoptr(GArray) edits = track_edits_for_default(list, TRACK_AUDIO, 1, &error);
  g_assert_no_error(error);
  static const TrackEdit expected[] = {{.track = 1, .is_default = WISH_OFF}, {.track = 3, .is_default = WISH_ON}};
  g_assert_cmpmem(edits->data, edits->len * sizeof(TrackEdit), expected, sizeof expected);
  g_assert_null(track_edits_for_default(list, TRACK_AUDIO, 2, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);
  size_t index = 99;
  g_assert_nonnull(track_list_nth(list, TRACK_AUDIO, 1, &index));
  g_assert_cmpuint(index, ==, 3);
}

static void test_check(void)
{
  static const struct {
    TrackEdit edits[2];
    bool ok;
  } rows[] = {
      {{{.track = 1}, {.track = 3}}, true},  {{{.track = 1}, {.track = 1}}, false},
      {{{.track = 0}, {.track = 5}}, false}, {{{.track = -1}, {.track = 1}}, false},
      {{{.track = 2}, {.track = 1}}, false}, {{{.track = INT64_MAX}, {.track = 1}}, false},
  };
  g_autoptr(TrackList) list = sample();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(track_edits_check(list, rows[i].edits, 2, &error), ==, rows[i].ok);
    g_assert_true(rows[i].ok || g_error_matches(error, REEVE_ERROR, REEVE_ERROR_INVALID));
  }
}

static void test_satisfies(void)
{
  static const struct {
    TrackEdit edit;
    const char *why; /* NULL: is so */
  } rows[] = {
      {{.track = 1}, NULL},
      {{.track = 1, .is_default = WISH_ON}, NULL},
      {{.track = 1, .is_default = WISH_OFF}, "track 2: default is on"},
      {{.track = 4, .is_forced = WISH_OFF}, NULL},
      {{.track = 4, .is_forced = WISH_ON}, "track 5: forced is off"},
      {{.track = 4, .is_visual_impaired = WISH_ON}, "track 5: visual impaired is off"},
  };
  g_autoptr(TrackList) list = sample();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *why = NULL;
    g_assert_cmpint(track_list_satisfies(list, &rows[i].edit, 1, &why), ==, rows[i].why == NULL);
    g_assert_cmpstr(why, ==, rows[i].why);
  }
}

/* Each flag is a member of its own in both records, and survives JSON. */
static void test_flags(void)
{
  for (int flag = 0; flag < TRACK_N_FLAGS; flag++) {
    Track *track = record_new(&track_table);
    track_set_flag(track, flag, true);
    for (int other = 0; other < TRACK_N_FLAGS; other++)
      g_assert_cmpint(track_flag(track, other), ==, other == flag);
    g_autoptr(json_t) json = json_from_record(&track_table, track, JSON_PUBLIC);
    Track *again = record_new(&track_table);
    g_assert_true(json_to_record(&track_table, json, JSON_TRUSTED, again, NULL, NULL));
    g_assert_true(record_equal(&track_table, track, again));
    record_free(&track_table, track);
    record_free(&track_table, again);
  }
  TrackEdit edit;
  record_init(&track_edit_table, &edit);
  g_assert_cmpint(track_edit_wish(&edit, TRACK_DEFAULT), ==, WISH_LEAVE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/track/default", test_default);
  g_test_add_func("/track/check", test_check);
  g_test_add_func("/track/satisfies", test_satisfies);
  g_test_add_func("/track/flags", test_flags);
  return g_test_run();
}
