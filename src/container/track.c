/* Declares the records of tracks and edits, and decides when a list already is as wanted. Test: tests/unit/container/test_track.c
 */
#include "container/track.h"

#include "base/error.h"

static const EnumRow container_kind_rows[] = {
    {FORMAT_MATROSKA, "matroska", "Matroska (.mkv)"},
    {FORMAT_WEBM, "webm", "WebM"},
    {FORMAT_MP4, "mp4", "MP4, M4V"},
    {FORMAT_MOV, "mov", "QuickTime"},
};
const EnumTable container_kind_table = ENUM_TABLE("ContainerKind", container_kind_rows);

static const EnumRow track_type_rows[] = {
    {TRACK_VIDEO, "video", NULL},
    {TRACK_AUDIO, "audio", NULL},
    {TRACK_SUBTITLE, "subtitle", NULL},
    {TRACK_OTHER, "other", "Chapter titles, time codes, buttons; never edited"},
};
const EnumTable track_type_table = ENUM_TABLE("TrackType", track_type_rows);

static const EnumRow wish_rows[] = {
    {WISH_LEAVE, "leave", "As it is"},
    {WISH_OFF, "off", NULL},
    {WISH_ON, "on", NULL},
};
const EnumTable wish_table = ENUM_TABLE("Wish", wish_rows);

static const struct {
  const char *label;
  size_t in_track, in_edit;
} flags[TRACK_N_FLAGS] = {
    [TRACK_DEFAULT] = {"default", offsetof(Track, is_default), offsetof(TrackEdit, is_default)},
    [TRACK_FORCED] = {"forced", offsetof(Track, is_forced), offsetof(TrackEdit, is_forced)},
    [TRACK_ORIGINAL] = {"original language", offsetof(Track, is_original), offsetof(TrackEdit, is_original)},
    [TRACK_COMMENTARY] = {"commentary", offsetof(Track, is_commentary), offsetof(TrackEdit, is_commentary)},
    [TRACK_HEARING_IMPAIRED] = {"hearing impaired", offsetof(Track, is_hearing_impaired),
                                offsetof(TrackEdit, is_hearing_impaired)},
    [TRACK_VISUAL_IMPAIRED] = {"visual impaired", offsetof(Track, is_visual_impaired), offsetof(TrackEdit, is_visual_impaired)},
};

static const Field track_fields[] = {
    FIELD_INT(Track, number, .help = "Number of the track in its container (MP4: track ID)."),
    FIELD_TEXT(Track, uid, .flags = FIELD_NULLABLE, .help = "Unique ID in decimal digits, where the container has one."),
    FIELD_ENUM(Track, type, track_type_table, .help = "What it carries."),
    FIELD_TEXT(Track, codec, .flags = FIELD_NULLABLE, .help = "Codec, as the container names it."),
    FIELD_TEXT(Track, language, .flags = FIELD_NULLABLE, .help = "ISO 639-2 code as stored."),
    FIELD_TEXT(Track, language_tag, .flags = FIELD_NULLABLE, .help = "BCP 47 tag, which goes before the language."),
    FIELD_TEXT(Track, name, .flags = FIELD_NULLABLE, .help = "Title of the track."),
    FIELD_INT(Track, channels, .flags = FIELD_NULLABLE, .help = "Audio channels, as the container says."),
    FIELD_TEXT(Track, crop, .flags = FIELD_NULLABLE, .help = "Pixels that players cut off, left:top:right:bottom."),
    FIELD_BOOL(Track, is_disabled, .help = "Players do not offer it."),
    FIELD_BOOL(Track, is_default, .help = "Players start with it."),
    FIELD_BOOL(Track, is_forced, .help = "Shown even if nobody asks for subtitles."),
    FIELD_BOOL(Track, is_original, .help = "In the language the film was made in."),
    FIELD_BOOL(Track, is_commentary, .help = "A commentary."),
    FIELD_BOOL(Track, is_hearing_impaired, .help = "For people who hear badly."),
    FIELD_BOOL(Track, is_visual_impaired, .help = "For people who see badly."),
};
const FieldTable track_table = FIELD_TABLE(Track, "Track", NULL, track_fields);

static const Field track_list_fields[] = {
    FIELD_ENUM(TrackList, container, container_kind_table, .help = "Format of the file."),
    FIELD_RECORDS(TrackList, tracks, track_table, .help = "In file order."),
    FIELD_BOOL(TrackList, ordered_chapters, .help = "Chapters say which parts are shown, and in which order."),
};
const FieldTable track_list_table = FIELD_TABLE(TrackList, "TrackList", NULL, track_list_fields);

static const Field track_edit_fields[] = {
    FIELD_INT(TrackEdit, track, .flags = FIELD_REQUIRED, .max = -1, .help = "Position of the track in the file, from 0."),
    FIELD_ENUM(TrackEdit, is_default, wish_table, .help = "Players start with it."),
    FIELD_ENUM(TrackEdit, is_forced, wish_table, .help = "Shown even if nobody asks for subtitles."),
    FIELD_ENUM(TrackEdit, is_original, wish_table, .help = "In the language the film was made in."),
    FIELD_ENUM(TrackEdit, is_commentary, wish_table, .help = "A commentary."),
    FIELD_ENUM(TrackEdit, is_hearing_impaired, wish_table, .help = "For people who hear badly."),
    FIELD_ENUM(TrackEdit, is_visual_impaired, wish_table, .help = "For people who see badly."),
};
const FieldTable track_edit_table = FIELD_TABLE(TrackEdit, "TrackEdit", NULL, track_edit_fields);

TrackList *track_list_new(ContainerKind container)
{
  TrackList *list = record_new(&track_list_table);
  list->container = container;
  if (!list->tracks)
    list->tracks = records_new(&track_table);
  return list;
}

void track_list_free(TrackList *list)
{
  record_free(&track_list_table, list);
}

const Track *track_list_nth(const TrackList *list, TrackType type, size_t n, size_t *ret_index)
{
  for (guint i = 0; i < list->tracks->len; i++) {
    const Track *track = list->tracks->pdata[i];
    if (track->type != (int)type || n-- > 0)
      continue;
    if (ret_index)
      *ret_index = i;
    return track;
  }
  return NULL;
}

bool track_flag(const Track *track, TrackFlag flag)
{
  return *(const bool *)((const char *)track + flags[flag].in_track);
}

void track_set_flag(Track *track, TrackFlag flag, bool value)
{
  *(bool *)((char *)track + flags[flag].in_track) = value;
}

Wish track_edit_wish(const TrackEdit *edit, TrackFlag flag)
{
  return (Wish) * (const int *)((const char *)edit + flags[flag].in_edit);
}

const char *track_flag_label(TrackFlag flag)
{
  return flags[flag].label;
}

GArray *track_edits_for_default(const TrackList *list, TrackType type, size_t n, GError **error)
{
  size_t chosen;
  if (!track_list_nth(list, type, n, &chosen)) {
    fail(error, REEVE_ERROR_NOT_FOUND, "The file has no %s track number %zu.", enum_name(&track_type_table, (int)type), n + 1);
    return NULL;
  }
  GArray *edits = g_array_new(FALSE, FALSE, sizeof(TrackEdit));
  for (guint i = 0; i < list->tracks->len; i++)
    if (((const Track *)list->tracks->pdata[i])->type == (int)type) {
      const TrackEdit edit = {.track = i, .is_default = i == chosen ? WISH_ON : WISH_OFF};
      g_array_append_val(edits, edit);
    }
  return edits;
}

bool track_edits_check(const TrackList *list, const TrackEdit *edits, size_t n_edits, GError **error)
{
  g_autofree bool *named = g_new0(bool, list->tracks->len + 1);
  for (size_t i = 0; i < n_edits; i++) {
    if (edits[i].track < 0 || edits[i].track >= list->tracks->len)
      return fail(error, REEVE_ERROR_INVALID,
                  "There is no track %" G_GINT64_FORMAT " (counted from 0) to change: the file has %u.", edits[i].track,
                  list->tracks->len);
    const Track *track = list->tracks->pdata[edits[i].track];
    if (track->type == TRACK_OTHER)
      return fail(error, REEVE_ERROR_INVALID,
                  "Track %" G_GINT64_FORMAT " is not video, audio or subtitles, so it has no flags to change.",
                  edits[i].track + 1);
    if (named[edits[i].track])
      return fail(error, REEVE_ERROR_INVALID, "Track %" G_GINT64_FORMAT " is named twice among the changes.", edits[i].track + 1);
    named[edits[i].track] = true;
  }
  return true;
}

bool track_list_satisfies(const TrackList *list, const TrackEdit *edits, size_t n_edits, char **ret_why)
{
  for (size_t i = 0; i < n_edits; i++)
    for (int flag = 0; flag < TRACK_N_FLAGS; flag++) {
      Wish wish = track_edit_wish(&edits[i], flag);
      bool is = track_flag(list->tracks->pdata[edits[i].track], flag);
      if (wish == WISH_LEAVE || is == (wish == WISH_ON))
        continue;
      if (ret_why)
        *ret_why =
            g_strdup_printf("track %" G_GINT64_FORMAT ": %s is %s", edits[i].track + 1, flags[flag].label, is ? "on" : "off");
      return false;
    }
  return true;
}
