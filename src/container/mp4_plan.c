/* Decides which bits of an MP4 file's track headers change. Test: tests/unit/container/test_mp4.c */
#include "container/mp4.h"

#include "base/error.h"
#include "container/mp4_file.h"

#include <string.h>

enum { TRACK_ENABLED = 1 };

bool mp4_recognise(const uint8_t *head, size_t length)
{
  static const char types[][5] = {"ftyp", "moov", "mdat", "wide", "free", "skip", "pnot", "uuid"};
  for (size_t i = 0; length >= 8 && i < G_N_ELEMENTS(types); i++)
    if (memcmp(head + 4, types[i], 4) == 0)
      return true;
  return false;
}

static const char compressed_reason[] =
    "The file's movie header is compressed (cmov), so that nothing in it can be changed alone.";

TrackList *mp4_list(const ByteSource *source, GError **error)
{
  g_autoptr(Mp4File) file = mp4_file_read(source, error);
  if (!file)
    return NULL;
  if (file->is_compressed) {
    fail(error, REEVE_ERROR_INVALID, "%s Remux it.", compressed_reason);
    return NULL;
  }
  return g_steal_pointer(&file->list);
}

/* A group for the audio tracks that are in none: the one of the first audio track that has one, else the lowest that no track of
 * another kind is in. */
static uint16_t group_to_join(const Mp4File *file)
{
  bool used[G_MAXUINT8 + 2] = {true};
  for (guint i = 0; i < file->headers->len; i++) {
    const Mp4Header *header = &g_array_index(file->headers, Mp4Header, i);
    if (header->group != 0 && ((Track *)file->list->tracks->pdata[i])->type == TRACK_AUDIO)
      return header->group;
    if (header->group < G_N_ELEMENTS(used))
      used[header->group] = true;
  }
  uint16_t group = 1;
  while (group < G_N_ELEMENTS(used) - 1 && used[group])
    group++;
  return group;
}

/* Whether a wish about the default audio track was made; what it takes is then done for all audio tracks. */
static bool concerns_default_audio(const Mp4File *file, const EditPlan *plan)
{
  for (guint i = 0; i < plan->edits->len; i++) {
    const TrackEdit *edit = &g_array_index(plan->edits, TrackEdit, i);
    if (edit->is_default != WISH_LEAVE && ((Track *)file->list->tracks->pdata[edit->track])->type == TRACK_AUDIO)
      return true;
  }
  return false;
}

/* Returns how many tracks join. */
static guint plan_groups(const Mp4File *file, EditPlan *plan)
{
  guint n_audio = 0, n_joined = 0;
  for (guint i = 0; i < file->list->tracks->len; i++)
    n_audio += ((Track *)file->list->tracks->pdata[i])->type == TRACK_AUDIO;
  if (n_audio < 2 || !concerns_default_audio(file, plan))
    return 0;
  uint8_t before[2] = {0}, after[2];
  uint_to_bytes(group_to_join(file), after, sizeof after);
  for (guint i = 0; i < file->headers->len; i++) {
    const Mp4Header *header = &g_array_index(file->headers, Mp4Header, i);
    if (header->group != 0 || ((Track *)file->list->tracks->pdata[i])->type != TRACK_AUDIO)
      continue;
    edit_plan_add(plan, header->group_offset, before, after, sizeof after);
    n_joined++;
  }
  return n_joined;
}

static void plan_enabled(const Mp4File *file, EditPlan *plan)
{
  for (guint i = 0; i < plan->edits->len; i++) {
    const TrackEdit *edit = &g_array_index(plan->edits, TrackEdit, i);
    const Mp4Header *header = &g_array_index(file->headers, Mp4Header, edit->track);
    if (edit->is_default == WISH_LEAVE)
      continue;
    uint8_t wanted = (uint8_t)(edit->is_default == WISH_ON ? header->flags | TRACK_ENABLED : header->flags & ~TRACK_ENABLED);
    edit_plan_add(plan, header->flags_offset, &header->flags, &wanted, 1);
  }
}

/* The first wish that no bit of tkhd can express; NULL if there is none. The caller frees it. */
static char *inexpressible(const TrackList *list, const TrackEdit *edits, size_t n_edits)
{
  for (size_t i = 0; i < n_edits; i++) {
    TrackEdit others = edits[i];
    g_autofree char *why = NULL;
    others.is_default = WISH_LEAVE;
    if (!track_list_satisfies(list, &others, 1, &why))
      return g_strdup_printf("MP4 keeps flags other than the default in boxes that would have to be put in or taken out (%s).",
                             why);
  }
  return NULL;
}

/* Players take a film without an enabled audio track for a silent one. */
static bool check_some_audio_stays(const TrackList *list, const TrackEdit *edits, size_t n_edits, GError **error)
{
  guint before = 0, after = 0;
  for (guint i = 0; i < list->tracks->len; i++) {
    const Track *track = list->tracks->pdata[i];
    if (track->type != TRACK_AUDIO)
      continue;
    bool enabled = track->is_default;
    for (size_t e = 0; e < n_edits; e++)
      if (edits[e].track == i && edits[e].is_default != WISH_LEAVE)
        enabled = edits[e].is_default == WISH_ON;
    before += track->is_default;
    after += enabled;
  }
  return after > 0 || before == 0 ||
         fail(error, REEVE_ERROR_INVALID,
              "No audio track would stay enabled, and players would show the film without sound; make another one the default.");
}

EditPlan *mp4_plan(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error)
{
  g_autoptr(Mp4File) file = mp4_file_read(source, error);
  if (!file)
    return NULL;
  if (file->is_compressed)
    return edit_plan_new(EDIT_REMUX, g_strdup(compressed_reason), edits, n_edits);
  if (!track_edits_check(file->list, edits, n_edits, error) || !check_some_audio_stays(file->list, edits, n_edits, error))
    return NULL;
  char *why_not = inexpressible(file->list, edits, n_edits);
  if (why_not)
    return edit_plan_new(EDIT_REMUX, why_not, edits, n_edits);
  if (file->n_movies > 1 && !track_list_satisfies(file->list, edits, n_edits, NULL))
    return edit_plan_new(EDIT_REMUX, g_strdup("The file has several moov boxes, and players differ in which they read."), edits,
                         n_edits);

  g_autoptr(EditPlan) plan = edit_plan_new(EDIT_IN_PLACE, NULL, edits, n_edits);
  plan_enabled(file, plan);
  guint n_enabled = plan->ranges->len;
  guint n_joined = file->n_movies > 1 ? 0 : plan_groups(file, plan);
  if (n_enabled == 0 && n_joined == 0) {
    plan->action = EDIT_NOTHING;
    plan->reason = g_strdup("The flags are as wanted already.");
  } else if (n_enabled == 0) {
    plan->reason =
        g_strdup("The flags are as wanted; the audio tracks are put into one alternate group, as Apple's players need it.");
  } else {
    plan->reason = n_joined > 0
                       ? g_strdup("The flags are changed where they stand, and the audio tracks put into one alternate group.")
                       : g_strdup("The flags are changed where they stand.");
  }
  edit_plan_finish(plan);
  return g_steal_pointer(&plan);
}
