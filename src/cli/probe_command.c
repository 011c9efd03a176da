/* `reeve probe`: all that is known about files. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/media_text.h"
#include "cli/output.h"
#include "media/probe.h"

static void print_tags(const char *indent, const GPtrArray *tags)
{
  for (guint i = 0; tags && i < tags->len; i++) {
    const Tag *tag = tags->pdata[i];
    output_line("%s%s: %s", indent, tag->name, tag->value ? tag->value : "");
  }
}

static void print_stream(const StreamInfo *stream)
{
  g_autofree char *text = stream_text(stream);
  output_line("  #%-3" G_GINT64_FORMAT "%-11s %s", stream->index, enum_name(&stream_type_table, stream->type), text);
  if (stream->mastering_display)
    output_line("                  mastering display %s", stream->mastering_display);
  if (stream->content_light)
    output_line("                  content light %s", stream->content_light);
}

static void print_chapters(const GPtrArray *chapters)
{
  if (!chapters || chapters->len == 0)
    return;
  output_line("  chapters");
  for (guint i = 0; i < chapters->len; i++) {
    const Chapter *chapter = chapters->pdata[i];
    g_autofree char *start = format_duration(chapter->start_ms);
    output_line("    %8s  %s", start, chapter->title ? chapter->title : "");
  }
}

static void print_media(const char *path, const MediaInfo *media)
{
  g_autofree char *size = format_size(media->size_bytes);
  g_autofree char *duration = media->duration_ms == FIELD_NULL_INT ? g_strdup("?") : format_duration(media->duration_ms);
  g_autofree char *rate = bit_rate_text(media->bit_rate_bps);
  output_coloured(COLOUR_BOLD, "%s", path);
  output_line("  %s (%s), %s, %s, %s", media->container ? media->container : "?", media->format_name ? media->format_name : "?",
              size, duration, rate);
  for (guint i = 0; media->streams && i < media->streams->len; i++)
    print_stream(media->streams->pdata[i]);
  print_chapters(media->chapters);
  if (media->tags && media->tags->len > 0) {
    output_line("  tags");
    print_tags("    ", media->tags);
  }
}

/* Goes on after a failure; the first one decides the exit code. */
static bool run_probe(CommandContext *context, GError **error)
{
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1});
  g_autoptr(GError) first = NULL;
  size_t n_failed = 0, n = g_strv_length(context->arguments);
  for (size_t i = 0; i < n; i++) {
    const char *path = context->arguments[i];
    g_autoptr(GError) why = NULL;
    g_autoptr(MediaInfo) media = probe_file(pool, path, NULL, &why);
    if (context->json)
      output_json(output_file_json(path, &media_info_table, media, why));
    else if (media)
      print_media(path, media);
    if (media && !context->json && i + 1 < n)
      output_line("%s", "");
    if (why) {
      n_failed++;
      if (n > 1)
        output_remark(context, "reeve: %s", why->message);
      if (!first)
        first = g_steal_pointer(&why);
    }
  }
  if (!first)
    return true;
  if (n > 1)
    return fail(error, reeve_error_code(first), "%zu of %zu files could not be probed.", n_failed, n);
  g_propagate_error(error, g_steal_pointer(&first));
  return false;
}

static const Command rows[] = {
    {.words = "probe",
     .arguments = "FILE…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_probe,
     .summary = "Everything about files: container, streams, chapters, tags, HDR",
     .details =
         "With --json one object a line, in the order of the arguments: the path and what was found, or an error. A file that\n"
         "cannot be probed does not stop the others; the first failure decides the exit code."},
};
const CommandSet probe_commands = COMMAND_SET(NULL, rows);
