/* What a film was made in (A1): asked of whoever may know, in this order: the message or person that the job came from, TMDB by
 * an id, TMDB by the title that the file's name says.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "tune/tune.h"

typedef struct {
  char *language; /* NULL: not known */
  OriginalSource source;
  char *notice; /* why TMDB could not be asked, a sentence; NULL: it was, or needed not be */
} Original;

void original_clear(Original *original);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Original, original_clear)

/* Whether the policy wants to know at all. */
bool original_matters(const AudioPolicy *policy);

/* Cannot fail: what is not found is not known. `known` may be NULL. Waits for TMDB, whose answers are kept; cancellable. */
void original_find(TuneContext *context, const TunePayload *known, const char *path, bool is_show, Cancel *cancel,
                   Original *ret_original);
