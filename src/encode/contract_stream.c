/* The contract, stream by stream: every promised stream is there, in its place, with its codec, language, title, flags and
 * channels, and nothing that was not promised. Test: tests/unit/encode/test_contract.c */
#include "encode/contract_internal.h"

#include <stdio.h>
#include <string.h>

static const char *text(const char *value)
{
  return value && *value ? value : "none";
}

static void check_count(Contract *contract)
{
  guint promised = 0, found = 0;
  for (guint i = 0; i < contract->plan->actions->len; i++)
    promised += ((StreamAction *)g_ptr_array_index(contract->plan->actions, i))->output_index != FIELD_NULL_INT;
  for (guint i = 0; contract->output->streams && i < contract->output->streams->len; i++)
    found += !contract_made_by_muxer(contract, g_ptr_array_index(contract->output->streams, i));
  if (promised != found)
    contract_breach(contract, "streams", "The plan promises %u streams, the output has %u.", promised, found);
}

/* The codec that a probe of the output shows for one that was asked for. */
static bool codec_same(const StreamAction *action, const StreamInfo *output)
{
  if (g_strcmp0(action->to_codec, output->codec) == 0)
    return true;
  return g_strcmp0(action->to_codec, "ssa") == 0 && g_strcmp0(output->codec, "ass") == 0;
}

/* MP4's own title is seldom read; the plan puts it where players look. */
static void check_title(Contract *contract, const StreamAction *action, const StreamInfo *output, const char *words)
{
  const char *wanted = action->title && *action->title ? action->title : NULL;
  const char *found = output->title && *output->title ? output->title : NULL;
  if (container_is_mp4(contract->container) && !found && wanted)
    found = tag_value(output->tags, "handler_name");
  if (contract->plan->engine == ENGINE_HANDBRAKE && !wanted)
    return; /* it names untitled tracks by their channels */
  if (g_strcmp0(wanted, found) != 0)
    contract_breach(contract, "title", "The title of the %s should be \"%s\" and is \"%s\".", words, text(wanted), text(found));
}

static bool promised_default(const Contract *contract, int type)
{
  for (guint i = 0; i < contract->plan->actions->len; i++) {
    const StreamAction *action = g_ptr_array_index(contract->plan->actions, i);
    if (action->type == type && action->output_index != FIELD_NULL_INT && action->dispositions &&
        g_strv_contains((const char *const *)action->dispositions, "default"))
      return true;
  }
  return false;
}

/* Flags that writers add by themselves: MP4 needs one enabled track of each kind, and its DASH role for the hard of hearing is
 * read back as captions too; HandBrake marks the video. */
static bool is_added_by_muxer(const Contract *contract, const StreamAction *action, const char *disposition)
{
  bool is_default = strcmp(disposition, "default") == 0;
  if (contract->plan->engine == ENGINE_HANDBRAKE && is_default && action->type == STREAM_VIDEO)
    return true;
  if (!container_is_mp4(contract->container))
    return false;
  if (is_default)
    return !promised_default(contract, action->type);
  return strcmp(disposition, "captions") == 0 && action->dispositions &&
         g_strv_contains((const char *const *)action->dispositions, "hearing_impaired");
}

static void check_dispositions(Contract *contract, const StreamAction *action, const StreamInfo *output, const char *words)
{
  for (char **wanted = action->dispositions; wanted && *wanted; wanted++)
    if (!stream_has_disposition(output, *wanted))
      contract_breach(contract, "disposition", "The %s has lost its flag \"%s\".", words, *wanted);
  for (char **found = output->dispositions; found && *found; found++)
    if ((!action->dispositions || !g_strv_contains((const char *const *)action->dispositions, *found)) &&
        !is_added_by_muxer(contract, action, *found))
      contract_breach(contract, "disposition", "The %s has the flag \"%s\", which it should not have.", words, *found);
}

static void check_attachment(Contract *contract, const StreamInfo *source, const StreamInfo *output, const char *words)
{
  bool is_cover = source->type == STREAM_VIDEO;
  if (is_cover && contract->container != CONTAINER_MKV)
    return; /* MP4's cover art has no name */
  g_autofree char *wanted = cover_file_name(source);
  g_autofree char *found = cover_file_name(output);
  const char *wanted_type = is_cover ? cover_mime_type(source) : source->mime_type;
  const char *found_type = is_cover ? cover_mime_type(output) : output->mime_type;
  if (strcmp(wanted, found) != 0)
    contract_breach(contract, "attachments", "The %s should be named \"%s\" and is named \"%s\".", words, wanted, found);
  if (g_strcmp0(wanted_type, found_type) != 0)
    contract_breach(contract, "attachments", "The %s should be of type %s and is %s.", words, text(wanted_type),
                    text(found_type));
}

/* Tags of tracks, where the container has free tags. Those with a rule of their own, statistics and a writer's notes are not
 * compared here. */
static void check_tags(Contract *contract, const StreamInfo *source, const StreamInfo *output, const char *words)
{
  static const char *const other_rules[] = {"language",      "title",           "encoder",  "handler_name",
                                            "vendor_id",     "filename",        "mimetype", "creation_time",
                                            "encoding_tool", "variant_bitrate", NULL};
  if (container_is_mp4(contract->container) || contract->plan->engine != ENGINE_FFMPEG || source->type == STREAM_ATTACHMENT ||
      stream_has_disposition(source, "attached_pic"))
    return;
  for (guint i = 0; source->tags && i < source->tags->len; i++) {
    const Tag *tag = g_ptr_array_index(source->tags, i);
    g_autofree char *name = g_ascii_strdown(tag->name ? tag->name : "", -1);
    const char *found = tag_value(output->tags, name);
    if (g_strv_contains(other_rules, name) || tag_is_statistic(name) || !tag->value || !*tag->value)
      continue;
    if (g_strcmp0(found, tag->value) != 0)
      contract_breach(contract, "tags", "The tag %s of the %s should be \"%s\" and is %s.", tag->name, words, tag->value,
                      found ? found : "missing");
  }
}

/* Milliseconds of a stream: the "00:01:02.345000000" that Matroska writers note in a tag, else its own field, which libavformat
 * may have filled with the whole file's duration. */
static int64_t stream_duration(const StreamInfo *stream)
{
  const char *tag = tag_value(stream->tags, "duration");
  int hours = 0, minutes = 0;
  char rest[16] = "";
  if (tag && sscanf(tag, "%d:%d:%15[0-9.]", &hours, &minutes, rest) == 3)
    return ((int64_t)hours * 3600 + minutes * 60) * 1000 + (int64_t)(g_ascii_strtod(rest, NULL) * 1000);
  return stream->duration_ms != FIELD_NULL_INT && stream->duration_ms > 0 ? stream->duration_ms : 0;
}

static void check_duration(Contract *contract, const StreamInfo *source, const StreamInfo *output, const char *words)
{
  if ((source->type != STREAM_VIDEO && source->type != STREAM_AUDIO) || stream_has_disposition(source, "attached_pic"))
    return;
  int64_t promised = stream_duration(source), found = stream_duration(output);
  if (promised > 0 && found > 0 && !contract_duration_kept(contract, promised, found))
    contract_breach(contract, "duration", "The %s lasts %.2f s in the source and %.2f s in the output.", words,
                    (double)promised / 1000, (double)found / 1000);
}

static void check_stream(Contract *contract, const StreamAction *action)
{
  const StreamInfo *source = contract_source(contract, action), *output = contract_output(contract, action);
  if (action->output_index == FIELD_NULL_INT || !source)
    return;
  g_autofree char *words = stream_words(source);
  if (!output) {
    contract_breach(contract, "streams", "The %s is missing in the output.", words);
    return;
  }
  if ((int)output->type != action->type || !codec_same(action, output)) {
    contract_breach(contract, "streams", "The %s should have become %s, but output stream %" G_GINT64_FORMAT " is %s (%s).",
                    words, text(action->to_codec), output->index, enum_name(&stream_type_table, output->type),
                    text(output->codec));
    return;
  }
  check_dispositions(contract, action, output, words);
  bool is_cover = stream_has_disposition(source, "attached_pic");
  if (source->type == STREAM_ATTACHMENT || is_cover) {
    check_attachment(contract, source, output, words);
    return;
  }
  if (!language_same(action->language, output->language))
    contract_breach(contract, "language", "The language of the %s should be %s and is %s.", words, text(action->language),
                    text(output->language));
  check_title(contract, action, output, words);
  if (action->channels != FIELD_NULL_INT && action->channels != output->channels)
    contract_breach(contract, "channels", "The %s should have %" G_GINT64_FORMAT " channels and has %" G_GINT64_FORMAT ".", words,
                    action->channels, output->channels);
  if (action->action != ACTION_ADD)
    check_tags(contract, source, output, words);
  check_duration(contract, source, output, words);
}

void contract_check_streams(Contract *contract)
{
  check_count(contract);
  for (guint i = 0; i < contract->plan->actions->len; i++)
    check_stream(contract, g_ptr_array_index(contract->plan->actions, i));
}
