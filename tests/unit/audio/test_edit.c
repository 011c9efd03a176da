/* A container's track list through the choice and back into edits. */
#include "audio/edit.h"

static void add(TrackList *list, TrackType type, const char *codec, const char *language, int64_t channels, bool is_default)
{
  Track *track = record_new(&track_table);
  track->number = list->tracks->len + 1;
  track->type = (int)type;
  g_free(track->codec);
  track->codec = g_strdup(codec);
  g_free(track->language);
  track->language = g_strdup(language);
  track->channels = channels;
  track->is_default = is_default;
  g_ptr_array_add(list->tracks, track);
}

static TrackList *film(void)
{
  TrackList *list = track_list_new(FORMAT_MATROSKA);
  add(list, TRACK_VIDEO, "V_MPEGH/ISO/HEVC", "eng", FIELD_NULL_INT, true);
  add(list, TRACK_AUDIO, "A_AC3", "eng", 6, true);
  add(list, TRACK_AUDIO, "A_AC3", "fre", 2, false);
  add(list, TRACK_AUDIO, "A_DTS", "fre", 6, true);
  add(list, TRACK_SUBTITLE, "S_TEXT/UTF8", "eng", FIELD_NULL_INT, true);
  add(list, TRACK_OTHER, NULL, NULL, FIELD_NULL_INT, false);
  return list;
}

static AudioChoice *choose(const TrackList *list, char **languages)
{
  g_autoptr(GArray) tracks = audio_tracks_from_list(list);
  AudioPolicy policy = {.languages = languages};
  return audio_choose(
      &(AudioChoiceInput){.tracks = (const AudioTrack *)(const void *)tracks->data, .n_tracks = tracks->len, .policy = &policy});
}

static void test_edits(void)
{
  char *french[] = {(char *)"fra", NULL};
  g_autoptr(TrackList) list = film();
  g_autoptr(AudioChoice) choice = choose(list, french);
  g_assert_cmpint(choice->track, ==, 3); /* its place in the list, the video counted */
  g_autoptr(GArray) edits = audio_choice_edits(choice);
  g_assert_cmpuint(edits->len, ==, 1); /* what is right already, and subtitles, are not touched */
  const TrackEdit *edit = &g_array_index(edits, TrackEdit, 0);
  g_assert_cmpint(edit->track, ==, 1);
  g_assert_cmpint(edit->is_default, ==, WISH_OFF);
  g_assert_cmpint(edit->is_forced, ==, WISH_LEAVE);
}

static void test_tag_wins(void)
{
  char *brazilian[] = {(char *)"pt-BR", NULL};
  g_autoptr(TrackList) list = film();
  Track *track = g_ptr_array_index(list->tracks, 2);
  track->language_tag = g_strdup("pt-BR");
  g_autoptr(AudioChoice) choice = choose(list, brazilian);
  g_assert_cmpint(choice->track, ==, 2);
}

static void test_left_alone(void)
{
  char *korean[] = {(char *)"kor", NULL};
  g_autoptr(TrackList) list = film();
  g_autoptr(AudioChoice) choice = choose(list, korean);
  g_autoptr(GArray) edits = audio_choice_edits(choice);
  g_assert_cmpint(choice->decision, ==, AUDIO_LEAVE_ALONE);
  g_assert_cmpuint(edits->len, ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/edit/edits", test_edits);
  g_test_add_func("/audio/edit/tag-wins", test_tag_wins);
  g_test_add_func("/audio/edit/left-alone", test_left_alone);
  return g_test_run();
}
