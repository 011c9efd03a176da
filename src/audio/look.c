/* Puts reading, choosing and planning together. Test: tests/unit/audio/test_look.c */
#include "audio/look.h"

#include "audio/edit.h"
#include "container/track_edit.h"

void audio_look_clear(AudioLook *look)
{
  record_clear(&audio_result_table, &look->result);
  g_clear_pointer(&look->plan, edit_plan_free);
}

void audio_result_set(AudioResult *result, AudioOutcome outcome, const char *why)
{
  g_autofree char *before = result->reason;
  result->outcome = (int)outcome;
  result->reason =
      why && *why ? g_strconcat(before ? before : "", before && *before ? " " : "", why, NULL) : g_steal_pointer(&before);
}

static bool plan_change(const char *path, AudioLook *look, GError **error)
{
  g_autoptr(GArray) edits = audio_choice_edits(&look->result.choice);
  if (edits->len == 0)
    return true;
  look->plan = edit_plan_read(path, (const TrackEdit *)(const void *)edits->data, edits->len, error);
  if (!look->plan)
    return false;
  look->result.bytes = look->plan->bytes;
  static const AudioOutcome outcomes[] = {[EDIT_NOTHING] = AUDIO_KEEP, [EDIT_IN_PLACE] = AUDIO_EDIT, [EDIT_REMUX] = AUDIO_REMUX};
  audio_result_set(&look->result, outcomes[look->plan->action], look->plan->reason);
  if (look->plan->action == EDIT_NOTHING)
    g_clear_pointer(&look->plan, edit_plan_free);
  return true;
}

bool audio_look(const char *path, const AudioWish *wish, AudioLook *ret_look, GError **error)
{
  g_autoptr(TrackList) list = tracks_read(path, error);
  if (!list)
    return false;
  g_autoptr(GArray) tracks = audio_tracks_from_list(list);
  g_autoptr(AudioChoice) choice = audio_choose(&(AudioChoiceInput){
      .tracks = (const AudioTrack *)(const void *)tracks->data,
      .n_tracks = tracks->len,
      .original_language = wish->original,
      .original_source = wish->original_source,
      .policy = wish->policy,
      .path = path,
  });
  AudioLook look = {.result = {.outcome = AUDIO_KEEP, .container = list->container, .reason = g_strdup(choice->reason)}};
  record_copy(&audio_choice_table, choice, &look.result.choice);
  if (!plan_change(path, &look, error)) {
    audio_look_clear(&look);
    return false;
  }
  *ret_look = look;
  return true;
}
