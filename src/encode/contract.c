/* Is the output what the plan promised? The whole file: duration, chapters, container tags, size; streams and video have files of
 * their own. What a container is known to change is a row of a table with its reason; everything else is a breach.
 * Test: tests/unit/encode/test_contract.c */
#include "encode/contract_internal.h"
#include "encode/promise.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

static const Field contract_breach_fields[] = {
    FIELD_TEXT(ContractBreach, rule, .help = "Which rule is broken, in one word."),
    FIELD_TEXT(ContractBreach, message, .help = "What was promised and what is there."),
};
const FieldTable contract_breach_table = FIELD_TABLE(ContractBreach, "ContractBreach", NULL, contract_breach_fields);

void contract_breach(Contract *contract, const char *rule, const char *format, ...)
{
  ContractBreach *breach = record_new(&contract_breach_table);
  va_list args;
  va_start(args, format);
  g_free(breach->rule);
  breach->rule = g_strdup(rule);
  g_free(breach->message);
  breach->message = g_strdup_vprintf(format, args);
  va_end(args);
  g_ptr_array_add(contract->breaches, breach);
}

const StreamInfo *contract_source(const Contract *contract, const StreamAction *action)
{
  for (guint i = 0; i < contract->source->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(contract->source->streams, i);
    if (stream->index == action->source_index)
      return stream;
  }
  return NULL;
}

/* MP4 and MOV make tracks of their own for chapter titles and timecodes, and show them before the cover art. */
bool contract_made_by_muxer(const Contract *contract, const StreamInfo *stream)
{
  return container_is_mp4(contract->container) && stream->type == STREAM_DATA &&
         (g_strcmp0(stream->codec_tag, "text") == 0 || g_strcmp0(stream->codec_tag, "tmcd") == 0);
}

const StreamInfo *contract_output(const Contract *contract, const StreamAction *action)
{
  int64_t number = 0;
  for (guint i = 0; contract->output->streams && i < contract->output->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(contract->output->streams, i);
    if (contract_made_by_muxer(contract, stream))
      continue;
    if (number++ == action->output_index)
      return stream;
  }
  return NULL;
}

/* A second covers what muxers round and the last packets of audio that outlasts the video; a thousandth covers long films with
 * clock drift. AVI, MPEG and ASF state no duration, libavformat estimates it from bit rates or the last packets: 2 %. */
static int64_t duration_tolerance(const MediaInfo *source)
{
  static const char *const estimated[] = {"avi", "ts", "m2ts", "ps", "vob", "wmv", "flv", NULL};
  double share = source->container && g_strv_contains(estimated, source->container) ? 0.02 : 0.001;
  return MAX(1000, (int64_t)((double)media_duration_ms(source) * share));
}

/* Some writers of Matroska state the end of the last frame as the duration, others the length: the same thing but for files that
 * do not begin at 0, which the output does. */
bool contract_duration_kept(const Contract *contract, int64_t source_ms, int64_t output_ms)
{
  const MediaInfo *source = contract->source;
  int64_t tolerance = duration_tolerance(source);
  bool is_matroska = g_strcmp0(source->container, "mkv") == 0 || g_strcmp0(source->container, "webm") == 0;
  int64_t lead_ms = is_matroska && source->start_ms != FIELD_NULL_INT ? CLAMP(source->start_ms, 0, source_ms) : 0;
  return llabs(source_ms - output_ms) <= tolerance || llabs(source_ms - lead_ms - output_ms) <= tolerance;
}

static void check_duration(Contract *contract)
{
  int64_t source = media_duration_ms(contract->source), output = media_duration_ms(contract->output);
  if (contract_duration_kept(contract, source, output))
    return;
  contract_breach(contract, "duration", "The source lasts %.2f s, the output %.2f s.", (double)source / 1000,
                  (double)output / 1000);
}

static guint length(const GPtrArray *array)
{
  return array ? array->len : 0;
}

/* MP4 stores a chapter title in at most 255 bytes, and ends each chapter where the next begins; Matroska counts nanoseconds, MP4
 * milliseconds. So starts and titles are compared, not ends. */
static void check_chapters(Contract *contract)
{
  guint promised = length(contract->source->chapters), found = length(contract->output->chapters);
  if (promised != found) {
    contract_breach(contract, "chapters", "The source has %u chapters, the output %u.", promised, found);
    return;
  }
  for (guint i = 0; i < promised; i++) {
    const Chapter *a = g_ptr_array_index(contract->source->chapters, i), *b = g_ptr_array_index(contract->output->chapters, i);
    const char *x = a->title ? a->title : "", *y = b->title ? b->title : "";
    bool cut = container_is_mp4(contract->container) && strlen(y) >= 250 && g_str_has_prefix(x, y);
    if (llabs((a->start_ms - MAX(contract->source->start_ms, 0)) - (b->start_ms - MAX(contract->output->start_ms, 0))) > 100 &&
        llabs(a->start_ms - b->start_ms) > 100)
      contract_breach(contract, "chapters", "Chapter %u starts at %.3f s in the source and at %.3f s in the output.", i + 1,
                      (double)a->start_ms / 1000, (double)b->start_ms / 1000);
    else if (strcmp(x, y) != 0 && !cut)
      contract_breach(contract, "chapters", "Chapter %u is called \"%s\" in the source and \"%s\" in the output.", i + 1, x, y);
  }
}

/* Written by whoever writes a file about itself, so never the same. */
static const char *const writer_tags[] = {"encoder",
                                          "encoded_by",
                                          "creation_time",
                                          "major_brand",
                                          "minor_version",
                                          "compatible_brands",
                                          "writing_application",
                                          "muxing_application",
                                          "software",
                                          "duration",
                                          "date_encoded",
                                          "handler_name",
                                          NULL};

static void check_tags(Contract *contract)
{
  for (guint i = 0; i < length(contract->source->tags); i++) {
    const Tag *tag = g_ptr_array_index(contract->source->tags, i);
    g_autofree char *name = g_ascii_strdown(tag->name ? tag->name : "", -1);
    if (g_strv_contains(writer_tags, name) || tag_is_statistic(name) || !tag->value || !*tag->value ||
        !container_keeps_tag(contract->container, contract->source, name))
      continue;
    const char *value = tag_value(contract->output->tags, name);
    if (g_strcmp0(value, tag->value) != 0)
      contract_breach(contract, "tags", "The tag %s is \"%s\" in the source and %s%s%s in the output.", tag->name, tag->value,
                      value ? "\"" : "", value ? value : "missing", value ? "\"" : "");
  }
}

static void check_size(Contract *contract)
{
  double margin = contract->input->min_saving_percent;
  if (margin < 0)
    return;
  if (contract->output->size_bytes <= promise_bound(contract->source->size_bytes, margin))
    return;
  g_autofree char *source = format_size(contract->source->size_bytes), *output = format_size(contract->output->size_bytes);
  contract_breach(contract, "size", "The output has %s and the source %s: it saves less than the profile's %g %%.", output,
                  source, margin);
}

static void check_container(Contract *contract)
{
  if (g_strcmp0(contract->output->container, contract->plan->container) != 0)
    contract_breach(contract, "container", "The output is %s, not %s.",
                    contract->output->container ? contract->output->container : "unknown", contract->plan->container);
}

GPtrArray *contract_check(const ContractInput *input)
{
  bool known = false;
  Contract contract = {.input = input,
                       .plan = input->plan,
                       .source = input->source,
                       .output = input->output,
                       .container = container_from_name(input->plan->container, &known),
                       .breaches = records_new(&contract_breach_table)};
  check_container(&contract);
  check_duration(&contract);
  contract_check_streams(&contract);
  contract_check_video(&contract);
  check_chapters(&contract);
  if (input->plan->engine == ENGINE_FFMPEG)
    check_tags(&contract);
  check_size(&contract);
  return contract.breaches;
}
