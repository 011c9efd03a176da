/* The conductor of a plan: an ordered list of rules, each in the file of its idea, until one decides or all have added their
 * part. Also the records' tables and the helpers that rules share. Test: tests/unit/encode/test_plan.c */
#include "encode/plan_internal.h"

#include <math.h>
#include <string.h>

static const EnumRow plan_decision_rows[] = {
    {PLAN_ENCODE, "encode", "The commands will be run"},
    {PLAN_SKIP, "skip", "Left alone"},
    {PLAN_REFUSE, "refuse", "Cannot be done as asked; the reason says what to change"},
};
const EnumTable plan_decision_table = ENUM_TABLE("PlanDecision", plan_decision_rows);

static const EnumRow skip_code_rows[] = {
    {SKIP_NONE, "none", NULL},
    {SKIP_NO_VIDEO, "no-video", "There is no video in the file"},
    {SKIP_ALREADY_TARGET, "already-target", "It already is what the profile asks for"},
    {SKIP_NOT_ELIGIBLE, "not-eligible", "A modern codec that the profile leaves alone"},
    {SKIP_LOW_BIT_RATE, "low-bit-rate", "Already lean for its size"},
    {SKIP_TOO_SMALL, "too-small", "Smaller than the profile's limit"},
    {SKIP_TOO_NEW, "too-new", "Changed too recently"},
    {SKIP_HARD_LINKED, "hard-linked", "Has other names, and replacing one would cost space"},
    {SKIP_DOLBY_VISION, "dolby-vision", "Would lose Dolby Vision"},
    {SKIP_HDR10_PLUS, "hdr10-plus", "Would lose HDR10+"},
    {SKIP_TRIED_BEFORE, "tried-before", "Was tried with this profile and not worth it"},
    {SKIP_DAMAGED, "damaged", "The file is damaged or incomplete"},
    {SKIP_NO_ENCODER, "no-encoder", "No encoder that works here can do it"},
    {SKIP_CONTAINER, "container", "Holds something that could not be kept"},
    {SKIP_ALPHA, "alpha", "Would lose its transparency"},
    {SKIP_CAPTIONS, "closed-captions", "Would lose the captions inside its video"},
    {SKIP_ORDERED_CHAPTERS, "ordered-chapters", "Its chapters put the film together"},
    {SKIP_CROP_MARKS, "crop-marks", "Would lose the container's crop marks"},
};
const EnumTable skip_code_table = ENUM_TABLE("SkipCode", skip_code_rows);

static const EnumRow stream_action_rows[] = {
    {ACTION_KEEP, "keep", "Copied bit by bit"},
    {ACTION_CONVERT, "convert", "Encoded or converted"},
    {ACTION_DROP, "drop", "Left out"},
    {ACTION_ADD, "add", "Made from another stream"},
};
const EnumTable stream_action_table = ENUM_TABLE("StreamActionKind", stream_action_rows);

static const Field stream_action_fields[] = {
    FIELD_INT(StreamAction, source_index, .help = "Number of the stream in the source."),
    FIELD_INT(StreamAction, output_index, .flags = FIELD_NULLABLE, .help = "Number in the output; empty if it is left out."),
    FIELD_ENUM(StreamAction, type, stream_type_table, .help = "Kind of stream."),
    FIELD_ENUM(StreamAction, action, stream_action_table, .help = "What is done with it."),
    FIELD_TEXT(StreamAction, from_codec, .flags = FIELD_NULLABLE, .help = "Codec in the source."),
    FIELD_TEXT(StreamAction, to_codec, .flags = FIELD_NULLABLE, .help = "Codec in the output."),
    FIELD_TEXT(StreamAction, language, .flags = FIELD_NULLABLE, .help = "Language tag."),
    FIELD_TEXT(StreamAction, title, .flags = FIELD_NULLABLE, .help = "Title in the output."),
    FIELD_STRINGS(StreamAction, dispositions, .help = "Dispositions in the output, such as default or forced."),
    FIELD_INT(StreamAction, channels, .flags = FIELD_NULLABLE, .help = "Audio channels in the output."),
    FIELD_TEXT(StreamAction, reason, .help = "Why, in words."),
};
const FieldTable stream_action_record_table = FIELD_TABLE(StreamAction, "StreamAction", NULL, stream_action_fields);

static const Field plan_command_fields[] = {
    FIELD_STRINGS(PlanCommand, arguments, .help = "Arguments after the program."),
    FIELD_BOOL(PlanCommand, preparatory, .help = "Takes a moment and is no pass of its own."),
};
const FieldTable plan_command_table = FIELD_TABLE(PlanCommand, "PlanCommand", NULL, plan_command_fields);

static const Field encode_plan_fields[] = {
    FIELD_ENUM(EncodePlan, decision, plan_decision_table, .help = "Whether anything is done."),
    FIELD_ENUM(EncodePlan, skip, skip_code_table, .help = "Why the file is left alone."),
    FIELD_TEXT(EncodePlan, reason, .help = "The decision in words."),
    FIELD_STRINGS(EncodePlan, warnings, .help = "What to know before it is done."),
    FIELD_ENUM(EncodePlan, engine, encode_engine_table, .help = "Program that encodes."),
    FIELD_TEXT(EncodePlan, encoder, .flags = FIELD_NULLABLE, .help = "Encoder, such as libx265; copy if the video is copied."),
    FIELD_REAL(EncodePlan, quality, .flags = FIELD_NULLABLE, .help = "Quality in the encoder's scale; empty with a bit rate."),
    FIELD_BOOL(EncodePlan, searches, .help = "The quality is looked for first, by encoding samples."),
    FIELD_TEXT(EncodePlan, filters, .flags = FIELD_NULLABLE, .help = "Filters that the picture goes through."),
    FIELD_STRINGS(EncodePlan, sample, .flags = FIELD_ADVANCED, .help = "How samples are encoded when the quality is looked for."),
    FIELD_TEXT(EncodePlan, container, .flags = FIELD_NULLABLE, .help = "Container of the output."),
    FIELD_TEXT(EncodePlan, extension, .flags = FIELD_NULLABLE, .help = "File name extension of the output, with its dot."),
    FIELD_RECORDS(EncodePlan, actions, stream_action_record_table, .help = "What is done with each stream."),
    FIELD_RECORDS(EncodePlan, commands, plan_command_table, .help = "Commands, run one after another."),
    FIELD_STRINGS(EncodePlan, needs, .help = "Capabilities that a worker must have."),
    FIELD_INT(EncodePlan, predicted_min_bytes, .flags = FIELD_NULLABLE, .help = "Output size at least, in bytes."),
    FIELD_INT(EncodePlan, predicted_bytes, .flags = FIELD_NULLABLE, .help = "Output size probably, in bytes."),
    FIELD_INT(EncodePlan, predicted_max_bytes, .flags = FIELD_NULLABLE, .help = "Output size at most, in bytes."),
    FIELD_INT(EncodePlan, width, .flags = FIELD_NULLABLE, .help = "Width of the output video in pixels."),
    FIELD_INT(EncodePlan, height, .flags = FIELD_NULLABLE, .help = "Height of the output video in pixels."),
    FIELD_TEXT(EncodePlan, pixel_format, .flags = FIELD_NULLABLE, .help = "Pixel format handed to the encoder."),
    FIELD_INT(EncodePlan, bit_depth, .flags = FIELD_NULLABLE, .help = "Bits per sample of the output video."),
    FIELD_TEXT(EncodePlan, color_space, .flags = FIELD_NULLABLE, .help = "Matrix coefficients if the plan changes them."),
    FIELD_TEXT(EncodePlan, color_range, .flags = FIELD_NULLABLE, .help = "Colour range if the plan changes it."),
    FIELD_TEXT(EncodePlan, frame_rate, .flags = FIELD_NULLABLE, .help = "Frame rate if the plan lowers it, as a fraction."),
    FIELD_BOOL(EncodePlan, tone_mapped, .help = "HDR becomes SDR."),
    FIELD_BOOL(EncodePlan, captions_lost, .help = "The closed captions inside the video are given up."),
};
const FieldTable encode_plan_table = FIELD_TABLE(EncodePlan, "EncodePlan", NULL, encode_plan_fields);

void encode_plan_free(EncodePlan *plan)
{
  record_free(&encode_plan_table, plan);
}

/* In this order: what forbids the work comes before what costs thought, and the container before the streams that must fit it. */
static const PlanRule rules[] = {plan_skip,  plan_container, plan_encoder,    plan_loss,   plan_video,
                                 plan_audio, plan_subtitle,  plan_attachment, plan_data,   plan_worth,
                                 plan_flags, plan_command,   plan_handbrake,  plan_predict};

static void plan_stream_free(void *pointer)
{
  PlanStream *stream = pointer;
  g_ptr_array_unref(stream->options);
  g_free(stream);
}

char *plan_quality_text(double quality)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup(g_ascii_formatd(text, sizeof text, "%.6g", quality));
}

/* "CRF 24.5: SSIM 0.9871 at 41 % of the size, 3 probes" */
static char *found_words(const EncodePlan *plan, const PlanWork *work)
{
  const QualityFound *found = work->input->found;
  const QualityMetricRow *metric = quality_metric_row(work->profile->target_metric);
  g_autofree char *quality = plan_quality_text(plan->quality);
  g_autofree char *score = quality_score_text(work->profile->target_metric, found->score);
  const char *scale = strcmp(work->encoder->quality_option, "-crf") == 0 ? "CRF" : "quality";
  return g_strdup_printf("%s %s: %s %s at %.0f %% of the size, %" G_GINT64_FORMAT " probe%s", scale, quality, metric->name, score,
                         100 * (double)plan->predicted_bytes / (double)work->media->size_bytes, found->probes,
                         found->probes == 1 ? "" : "s");
}

static void describe_search(EncodePlan *plan, const PlanWork *work, const char *codec, const char *target)
{
  g_autofree char *floor = quality_score_text(work->profile->target_metric, work->profile->target_score);
  const char *name = quality_metric_row(work->profile->target_metric)->name;
  if (plan->searches) {
    plan->reason = g_strdup_printf("%s becomes %s with %s at the quality that holds %s %s, which is looked for first, in %s.",
                                   codec, target, plan->encoder, name, floor, plan->container);
    return;
  }
  g_autofree char *found = found_words(plan, work);
  plan->reason = g_strdup_printf("%s becomes %s with %s, in %s. %s.", codec, target, plan->encoder, plan->container, found);
}

static void describe(EncodePlan *plan, const PlanWork *work)
{
  const char *codec = work->video && work->video->codec ? work->video->codec : "unknown";
  const char *target = work->encoder ? video_codec_word(work->encoder->codec) : NULL;
  g_free(plan->reason);
  if (!target)
    plan->reason = g_strdup_printf("The video is copied and the file is written anew as %s.", plan->container);
  else if (plan->sample && plan->sample[0] && !(work->input->found && isnan(work->input->found->score)))
    describe_search(plan, work, codec, target);
  else if (!isnan(plan->quality)) {
    g_autofree char *quality = plan_quality_text(plan->quality);
    plan->reason =
        g_strdup_printf("%s becomes %s with %s at quality %s, in %s.", codec, target, plan->encoder, quality, plan->container);
  } else
    plan->reason = g_strdup_printf("%s becomes %s with %s at %" G_GINT64_FORMAT " kbit/s, in %s.", codec, target, plan->encoder,
                                   work->profile->video_bit_rate_kbps, plan->container);
}

static EncodePlan *plan_new(const PlanInput *input)
{
  EncodePlan *plan = record_new(&encode_plan_table);
  plan->engine = input->profile->engine;
  plan->quality = NAN;
  plan->width = plan->height = plan->bit_depth = FIELD_NULL_INT;
  plan->predicted_min_bytes = plan->predicted_bytes = plan->predicted_max_bytes = FIELD_NULL_INT;
  plan->actions = records_new(&stream_action_record_table);
  plan->commands = records_new(&plan_command_table);
  return plan;
}

static void add_actions(PlanWork *work)
{
  for (guint i = 0; work->media->streams && i < work->media->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(work->media->streams, i);
    StreamAction *action = record_new(&stream_action_record_table);
    action->source_index = stream->index;
    action->output_index = FIELD_NULL_INT;
    action->type = stream->type;
    action->from_codec = g_strdup(stream->codec);
    const char *language = stream_language(stream);
    action->language = language == stream->language ? g_strdup(language) : language_terminology(language);
    action->title = g_strdup(stream->title);
    action->dispositions = g_strdupv(stream->dispositions);
    action->channels = stream->type == STREAM_AUDIO ? stream->channels : FIELD_NULL_INT;
    plan_set_action(action, ACTION_KEEP, stream->codec, "Kept as it is.");
    g_ptr_array_add(work->plan->actions, action);
  }
}

EncodePlan *encode_plan(const PlanInput *input)
{
  PlanWork work = {.input = input,
                   .profile = input->profile,
                   .media = input->media,
                   .video = media_info_video(input->media),
                   .plan = plan_new(input),
                   .warnings = g_ptr_array_new(),
                   .streams = g_ptr_array_new_with_free_func(plan_stream_free),
                   .filters = g_ptr_array_new_with_free_func(g_free),
                   .scale = 1};
  EncodePlan *plan = work.plan;
  add_actions(&work);
  plan->decision = PLAN_ENCODE;
  for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
    if (!rules[i](&work))
      break;
  if (plan->decision == PLAN_ENCODE)
    describe(plan, &work);
  else
    g_ptr_array_set_size(plan->commands, 0);
  g_ptr_array_add(work.warnings, NULL);
  plan->warnings = (char **)g_ptr_array_free(work.warnings, FALSE);
  g_ptr_array_unref(work.streams);
  g_ptr_array_unref(work.filters);
  g_free(work.drawing);
  return plan;
}

int64_t encode_plan_passes(const EncodePlan *plan)
{
  int64_t passes = 0;
  for (guint i = 0; i < plan->commands->len; i++)
    passes += !((const PlanCommand *)g_ptr_array_index(plan->commands, i))->preparatory;
  return MAX(passes, 1);
}

static void decide(PlanWork *work, PlanDecision decision, SkipCode code, const char *format, va_list args)
{
  work->plan->decision = (int)decision;
  work->plan->skip = (int)code;
  g_free(work->plan->reason);
  work->plan->reason = g_strdup_vprintf(format, args);
}

bool plan_decide_skip(PlanWork *work, SkipCode code, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  decide(work, PLAN_SKIP, code, format, args);
  va_end(args);
  return false;
}

bool plan_refuse(PlanWork *work, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  decide(work, PLAN_REFUSE, SKIP_NONE, format, args);
  va_end(args);
  return false;
}

void plan_warn(PlanWork *work, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(work->warnings, g_strdup_vprintf(format, args));
  va_end(args);
}

StreamAction *plan_action(PlanWork *work, const StreamInfo *stream)
{
  for (guint i = 0; i < work->plan->actions->len; i++) {
    StreamAction *action = g_ptr_array_index(work->plan->actions, i);
    if (action->source_index == stream->index && action->action != ACTION_ADD)
      return action;
  }
  g_assert_not_reached();
}

void plan_set_action(StreamAction *action, StreamActionKind kind, const char *to_codec, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  action->action = (int)kind;
  if (action->to_codec != to_codec) {
    g_free(action->to_codec);
    action->to_codec = g_strdup(to_codec);
  }
  g_free(action->reason);
  action->reason = g_strdup_vprintf(format, args);
  va_end(args);
}

PlanStream *plan_add_stream(PlanWork *work, const StreamInfo *source, StreamAction *action)
{
  PlanStream *stream = g_new0(PlanStream, 1);
  stream->source = source;
  stream->action = action;
  stream->options = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(work->streams, stream);
  return stream;
}

void plan_option(PlanStream *stream, const char *name, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(stream->options, g_strdup(name));
  g_ptr_array_add(stream->options, g_strdup_vprintf(format, args));
  va_end(args);
}

char *stream_words(const StreamInfo *stream)
{
  const char *codec = stream->codec ? stream->codec : stream->codec_tag ? stream->codec_tag : "unknown codec";
  return g_strdup_printf("%s stream %" G_GINT64_FORMAT " (%s%s%s)", enum_name(&stream_type_table, stream->type), stream->index,
                         codec, language_unknown(stream->language) ? "" : ", ",
                         language_unknown(stream->language) ? "" : stream->language);
}

bool plan_unsupported(PlanWork *work, StreamAction *action, const char *advice)
{
  const StreamInfo *stream = NULL;
  for (guint i = 0; i < work->media->streams->len; i++)
    if (((StreamInfo *)g_ptr_array_index(work->media->streams, i))->index == action->source_index)
      stream = g_ptr_array_index(work->media->streams, i);
  g_autofree char *words = stream_words(stream);
  const char *container = enum_name(&container_rule_table, work->container);
  if (work->profile->drop_unsupported) {
    plan_set_action(action, ACTION_DROP, NULL, "Left out by the profile's drop_unsupported: %s cannot hold it.", container);
    plan_warn(work, "The %s is left out, because %s cannot hold it.", words, container);
    return true;
  }
  if (work->profile->container == CONTAINER_SAME || work->profile->container == CONTAINER_MKV)
    return plan_decide_skip(work, SKIP_CONTAINER, "The %s would be lost, because %s cannot hold it; %s.", words, container,
                            advice);
  return plan_refuse(work, "%s cannot hold the %s; %s.", container, words, advice);
}

bool plan_worth(PlanWork *work)
{
  bool same_container =
      work->media->container && g_strcmp0(work->media->container, enum_name(&container_rule_table, work->container)) == 0;
  for (guint i = 0; i < work->plan->actions->len; i++)
    if (((StreamAction *)g_ptr_array_index(work->plan->actions, i))->action != ACTION_KEEP)
      return true;
  if (!same_container || work->input->copies)
    return true;
  return plan_decide_skip(work, SKIP_ALREADY_TARGET,
                          "Nothing would change: every stream would be copied into the same container.");
}
