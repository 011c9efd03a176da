/* Runs the trial of the encoders once, beside the start of the server. Test: tests/unit/worker/test_agent.c */
#include "worker/abilities.h"

#include "base/error.h"

#include <string.h>

struct Abilities {
  char *ffmpeg, *handbrake;
  GThread *thread;
  Cancel *cancel; /* ends the trial */
  Cancel *done;   /* set when it has ended, so that waiters can poll on it */
  CapabilitySet *set;
  GError *failure;
};

static gpointer try_encoders(gpointer data)
{
  Abilities *abilities = data;
  abilities->set = capability_detect(abilities->ffmpeg, abilities->handbrake, abilities->cancel, &abilities->failure);
  if (abilities->set) {
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < abilities->set->encoders->len; i++) {
      const Capability *capability = abilities->set->encoders->pdata[i];
      if (capability->works_8bit || capability->works_10bit)
        g_string_append_printf(names, " %s", capability->encoder);
    }
    g_message("Encoders that work here:%s", names->len ? names->str : " none");
  } else if (abilities->failure->code != REEVE_ERROR_CANCELLED) {
    g_warning("Nothing can be encoded on this machine: %s", abilities->failure->message);
  }
  cancel_set(abilities->done);
  return NULL;
}

Abilities *abilities_start(const char *ffmpeg, const char *handbrake)
{
  Abilities *abilities = g_new0(Abilities, 1);
  abilities->ffmpeg = g_strdup(ffmpeg);
  abilities->handbrake = g_strdup(handbrake);
  abilities->cancel = cancel_new(NULL);
  abilities->done = cancel_new(NULL);
  abilities->thread = g_thread_new("encoders", try_encoders, abilities);
  return abilities;
}

void abilities_free(Abilities *abilities)
{
  if (!abilities)
    return;
  cancel_set(abilities->cancel);
  g_thread_join(abilities->thread);
  g_clear_pointer(&abilities->set, capability_set_free);
  g_clear_error(&abilities->failure);
  cancel_unref(abilities->cancel);
  cancel_unref(abilities->done);
  g_free(abilities->ffmpeg);
  g_free(abilities->handbrake);
  g_free(abilities);
}

/* After `done` is set nothing changes any more. */
static const CapabilitySet *outcome(const Abilities *abilities, GError **error)
{
  if (!abilities->set)
    fail(error, reeve_error_code(abilities->failure), "%s", abilities->failure->message);
  return abilities->set;
}

const CapabilitySet *abilities_wait(Abilities *abilities, Cancel *cancel, GError **error)
{
  GPollFD fds[] = {{cancel_peek_fd(abilities->done), G_IO_IN, 0}, {cancel_peek_fd(cancel), G_IO_IN, 0}};
  while (!cancel_is_set(abilities->done)) {
    if (!cancel_check(cancel, error))
      return NULL;
    g_poll(fds, cancel ? 2 : 1, -1);
  }
  return outcome(abilities, error);
}

const CapabilitySet *abilities_peek(Abilities *abilities, GError **error)
{
  if (!cancel_is_set(abilities->done)) {
    fail(error, REEVE_ERROR_UNAVAILABLE, "The encoders of this machine are still being tried; ask again in a few seconds.");
    return NULL;
  }
  return outcome(abilities, error);
}
