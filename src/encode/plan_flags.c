/* Which flags, languages and tags the container can keep; what it cannot is taken from the promise and said in a warning.
 * Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"

#include <string.h>

static void check_stream(PlanWork *work, const PlanStream *stream)
{
  StreamAction *action = stream->action;
  g_autofree char *words = stream_words(stream->source);
  GPtrArray *kept = g_ptr_array_new();
  for (char **flag = action->dispositions; flag && *flag; flag++) {
    if (container_keeps_disposition((ContainerRule)work->container, stream->source->type, *flag))
      g_ptr_array_add(kept, g_strdup(*flag));
    else
      plan_warn(work, "The %s loses its flag \"%s\", which %s cannot store.", words, *flag, work->plan->container);
  }
  g_ptr_array_add(kept, NULL);
  if (stream->source->disabled)
    plan_warn(work, "The %s is marked as one that players do not offer; ffmpeg cannot say so of the new one.", words);
  g_strfreev(action->dispositions);
  action->dispositions = (char **)g_ptr_array_free(kept, FALSE);
}

static void check_language(PlanWork *work, const PlanStream *stream)
{
  StreamAction *action = stream->action;
  const char *tag = stream->source->language_tag;
  if (tag && strchr(tag, '-'))
    plan_warn(work, "The language of stream %" G_GINT64_FORMAT " becomes %s: ffmpeg cannot write %s.", action->source_index,
              action->language, tag);
  if (work->container != CONTAINER_MOV || language_unknown(action->language) || language_quicktime(action->language))
    return;
  plan_warn(work, "The language %s of stream %" G_GINT64_FORMAT " is lost, because mov cannot store it.", action->language,
            action->source_index);
  g_clear_pointer(&action->language, g_free);
}

static void check_tags(PlanWork *work)
{
  static const char *const noise[] = {"encoder", "creation_time", "major_brand", "minor_version", "compatible_brands", NULL};
  for (guint i = 0; work->media->tags && i < work->media->tags->len; i++) {
    const Tag *tag = g_ptr_array_index(work->media->tags, i);
    g_autofree char *name = g_ascii_strdown(tag->name ? tag->name : "", -1);
    if (!g_strv_contains(noise, name) && !container_keeps_tag((ContainerRule)work->container, work->media, name))
      plan_warn(work, "The tag %s is lost, because %s cannot store it.", tag->name, work->plan->container);
  }
}

bool plan_flags(PlanWork *work)
{
  for (guint i = 0; i < work->streams->len; i++) {
    check_stream(work, g_ptr_array_index(work->streams, i));
    check_language(work, g_ptr_array_index(work->streams, i));
  }
  check_tags(work);
  return true;
}
