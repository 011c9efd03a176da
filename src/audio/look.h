/* What would be done to a file: its tracks read, the choice made, the change planned. Nothing is written. The command line, the
 * preview and the jobs all begin here.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "audio/outcome.h"
#include "audio/policy.h"
#include "container/edit_plan.h"

typedef struct {
  AudioResult result; /* KEEP, EDIT or REMUX */
  EditPlan *plan;     /* NULL with KEEP */
} AudioLook;

typedef struct {
  const AudioPolicy *policy; /* a checked one */
  const char *original;      /* language, in any form; NULL: not known */
  OriginalSource original_source;
} AudioWish;

/* `path` is absolute and no symbolic link. Errors: as tracks_read and edit_plan_read; INVALID is a file of another format.
 * audio_look_clear frees. */
bool audio_look(const char *path, const AudioWish *wish, AudioLook *ret_look, GError **error);
void audio_look_clear(AudioLook *look);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AudioLook, audio_look_clear)

/* The outcome, and a further sentence (or NULL) behind the reason. */
void audio_result_set(AudioResult *result, AudioOutcome outcome, const char *why);
