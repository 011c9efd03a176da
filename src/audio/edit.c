/* Decides which flags of a container a choice touches: those of audio and subtitle tracks that are not yet as chosen. Test:
 * tests/unit/audio/test_edit.c */
#include "audio/edit.h"

static const struct {
  TrackFlag flag;
  AudioTrackFlag means;
} flag_rows[] = {
    {TRACK_DEFAULT, AUDIO_TRACK_DEFAULT},
    {TRACK_FORCED, AUDIO_TRACK_FORCED},
    {TRACK_COMMENTARY, AUDIO_TRACK_COMMENTARY},
    {TRACK_VISUAL_IMPAIRED, AUDIO_TRACK_DESCRIPTIVE},
    {TRACK_HEARING_IMPAIRED, AUDIO_TRACK_HEARING_IMPAIRED},
};

GArray *audio_tracks_from_list(const TrackList *list)
{
  GArray *tracks = g_array_new(FALSE, FALSE, sizeof(AudioTrack));
  for (guint i = 0; i < list->tracks->len; i++) {
    const Track *from = g_ptr_array_index(list->tracks, i);
    if (from->type != TRACK_AUDIO && from->type != TRACK_SUBTITLE)
      continue;
    AudioTrack track = {.index = i,
                        .type = from->type == TRACK_AUDIO ? STREAM_AUDIO : STREAM_SUBTITLE,
                        .language = from->language_tag ? from->language_tag : from->language,
                        .title = from->name,
                        .codec = from->codec,
                        .channels = from->channels,
                        .bit_rate_bps = FIELD_NULL_INT};
    for (size_t k = 0; k < G_N_ELEMENTS(flag_rows); k++)
      if (track_flag(from, flag_rows[k].flag))
        track.flags |= flag_rows[k].means;
    g_array_append_val(tracks, track);
  }
  return tracks;
}

static Wish wish(bool was, bool wanted)
{
  return was == wanted ? WISH_LEAVE : wanted ? WISH_ON : WISH_OFF;
}

GArray *audio_choice_edits(const AudioChoice *choice)
{
  GArray *edits = g_array_new(FALSE, FALSE, sizeof(TrackEdit));
  for (guint i = 0; choice->decision == AUDIO_SELECT && i < choice->tracks->len; i++) {
    const TrackFlags *flags = g_ptr_array_index(choice->tracks, i);
    TrackEdit edit = {.track = flags->index,
                      .is_default = (int)wish(flags->was_default, flags->is_default),
                      .is_forced = (int)wish(flags->was_forced, flags->is_forced)};
    if (edit.is_default != WISH_LEAVE || edit.is_forced != WISH_LEAVE)
      g_array_append_val(edits, edit);
  }
  return edits;
}
