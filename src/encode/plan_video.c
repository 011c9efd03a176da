/* The main video stream: filters, the encoder's options, and the other pictures of the file. One small function per encoder
 * family says how quality, speed and depth are spelt there. Test: tests/unit/encode/test_plan_video.c */
#include "encode/plan_filter.h"

#include <string.h>

/* The encoder's own list of parameters ("-x265-params"), or NULL. */
static const char *parameters_option(const EncoderRow *encoder)
{
  static const struct {
    const char *encoder, *option;
  } options[] = {{"libx265", "x265-params"}, {"libx264", "x264-params"}, {"libsvtav1", "svtav1-params"}};
  for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
    if (strcmp(options[i].encoder, encoder->name) == 0)
      return options[i].option;
  return NULL;
}

static const char *preset_for(const PlanWork *work)
{
  const char *wanted = work->profile->preset;
  return encoder_knows_preset(work->encoder, wanted) ? wanted : work->encoder->default_preset;
}

/* "-q:v" -> "q": the output stream's number is put behind it later. The caller frees it. */
static char *option_name(const char *option)
{
  const char *name = option[0] == '-' ? option + 1 : option;
  return g_strndup(name, strcspn(name, ":"));
}

/* What makes a hardware encoder work at a constant quality: the same options with which capability_detect has proven it. More
 * (look-ahead, adaptive quantisation) fails on older chips; who has a new one can name it in extra_arguments. */
static void family_options(PlanWork *work, PlanStream *stream)
{
  const EncoderRow *encoder = work->encoder;
  bool rate = work->profile->video_bit_rate_kbps > 0;
  switch (encoder->family) {
  case ENCODER_NVENC:
    plan_option(stream, "tune", "hq");
    plan_option(stream, "rc", "vbr");
    if (!rate)
      plan_option(stream, "b", "0");
    if (work->device)
      plan_option(stream, "gpu", "%s", work->device);
    break;
  case ENCODER_AMF:
    plan_option(stream, "usage", "transcoding");
    plan_option(stream, "rc", rate ? "vbr_peak" : "cqp");
    break;
  case ENCODER_VIDEOTOOLBOX:
    plan_option(stream, "allow_sw", "0");
    break;
  case ENCODER_VAAPI:
    plan_option(stream, "rc_mode", rate ? "VBR" : "CQP");
    break;
  case ENCODER_CPU:
  case ENCODER_QSV:
    break;
  }
}

static void quality_options(PlanWork *work, PlanStream *stream)
{
  const EncoderRow *encoder = work->encoder;
  if (work->profile->video_bit_rate_kbps > 0) {
    int64_t kbps = work->profile->video_bit_rate_kbps;
    plan_option(stream, "b", "%" G_GINT64_FORMAT "k", kbps);
    if (!(encoder->family == ENCODER_CPU && work->profile->two_pass)) {
      plan_option(stream, "maxrate", "%" G_GINT64_FORMAT "k", kbps * 2);
      plan_option(stream, "bufsize", "%" G_GINT64_FORMAT "k", kbps * 4);
    }
    return;
  }
  g_autofree char *quality = plan_quality_text(work->quality);
  if (encoder->family == ENCODER_AMF) {
    plan_option(stream, "qp_i", "%s", quality);
    plan_option(stream, "qp_p", "%s", quality);
    return;
  }
  g_autofree char *option = option_name(encoder->quality_option);
  plan_option(stream, option, "%s", quality);
  if (encoder->codec == VIDEO_CODEC_VP9 && encoder->family == ENCODER_CPU)
    plan_option(stream, "b", "0"); /* else -crf only caps a bit rate */
}

/* libvpx calls its speeds cpu-used. */
static void preset_options(PlanWork *work, PlanStream *stream)
{
  const EncoderRow *encoder = work->encoder;
  const char *preset = preset_for(work);
  if (encoder->codec == VIDEO_CODEC_VP9 && encoder->family == ENCODER_CPU) {
    plan_option(stream, "deadline", "good");
    plan_option(stream, "cpu-used", "%s", preset ? preset : "4");
    plan_option(stream, "row-mt", "1");
  } else if (preset)
    plan_option(stream, encoder->family == ENCODER_AMF ? "quality" : "preset", "%s", preset);
  if (encoder_knows_tune(encoder, work->profile->tune))
    plan_option(stream, "tune", "%s", work->profile->tune);
}

/* Depth where the pixel format alone does not say it. */
static void depth_options(PlanWork *work, PlanStream *stream)
{
  const EncoderRow *encoder = work->encoder;
  if (encoder->family == ENCODER_CPU || work->plan->bit_depth != 10)
    return;
  if (encoder->codec == VIDEO_CODEC_HEVC)
    plan_option(stream, "profile", "main10");
}

/* The encoders write to standard error by themselves; only errors are wanted there. */
static GString *base_parameters(const PlanWork *work)
{
  GString *parameters = g_string_new(NULL);
  if (strcmp(work->encoder->name, "libx265") == 0)
    g_string_append(parameters, "log-level=error");
  else if (strcmp(work->encoder->name, "libsvtav1") == 0)
    g_string_append(parameters, "tune=0");
  return parameters;
}

/* A chunk's encoder has its share of the cores, as others run beside it; more threads than that only wait for each other. */
static void thread_options(const PlanWork *work, PlanStream *stream, GString *parameters)
{
  int64_t threads = work->input->part ? work->input->part->threads : 0;
  if (threads <= 0)
    return;
  if (strcmp(work->encoder->name, "libx265") == 0)
    g_string_append_printf(parameters, ":pools=%" G_GINT64_FORMAT, threads);
  else if (strcmp(work->encoder->name, "libsvtav1") == 0)
    g_string_append_printf(parameters, ":lp=%" G_GINT64_FORMAT, threads);
  else
    plan_option(stream, "threads", "%" G_GINT64_FORMAT, threads);
}

/* The user's own options after ours, so that they win; parameter lists are joined. */
static void extra_options(PlanWork *work, PlanStream *stream, GString *parameters)
{
  const char *list = parameters_option(work->encoder);
  for (char **argument = work->profile->extra_arguments; argument && argument[0] && argument[1]; argument += 2) {
    g_autofree char *name = option_name(argument[0]);
    if (g_strcmp0(name, list) == 0) {
      if (parameters->len > 0)
        g_string_append_c(parameters, ':');
      g_string_append(parameters, argument[1]);
    } else
      plan_option(stream, name, "%s", argument[1]);
  }
}

/* `-crf` and `-maxrate` steer x265's and SVT's HDR not at all; colour and mastering data go last into the parameters. */
static bool encode_main(PlanWork *work, PlanStream *stream)
{
  if (!plan_filters(work))
    return false;
  const EncoderRow *encoder = work->encoder;
  g_autofree char *refused = extra_arguments_check(work->profile->extra_arguments);
  if (refused)
    return plan_refuse(work, "%s", refused);
  plan_option(stream, "c", "%s", encoder->name);
  family_options(work, stream);
  quality_options(work, stream);
  preset_options(work, stream);
  depth_options(work, stream);
  if (encoder->family != ENCODER_VAAPI && encoder->family != ENCODER_QSV)
    plan_option(stream, "pix_fmt", "%s", work->plan->pixel_format);
  g_autoptr(GString) parameters = base_parameters(work);
  thread_options(work, stream, parameters);
  plan_hdr(work, stream, parameters);
  extra_options(work, stream, parameters);
  if (parameters->len > 0)
    plan_option(stream, parameters_option(encoder), "%s", parameters->str);
  plan_set_action(stream->action, ACTION_CONVERT, video_codec_word(encoder->codec),
                  "Encoded by rule codec of the profile with %s.", encoder->name);
  return true;
}

static bool copy_other(PlanWork *work, const StreamInfo *stream)
{
  StreamAction *action = plan_action(work, stream);
  if (!container_holds(work->container, STREAM_VIDEO, stream->codec, NULL))
    return plan_unsupported(work, action, "choose mkv as the container, or drop_unsupported");
  plan_set_action(action, ACTION_KEEP, stream->codec, "Copied: only the main video is encoded.");
  plan_option(plan_add_stream(work, stream, action), "c", "copy");
  return true;
}

bool plan_video(PlanWork *work)
{
  for (guint i = 0; i < work->media->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(work->media->streams, i);
    if (stream->type != STREAM_VIDEO || stream_has_disposition(stream, "attached_pic"))
      continue;
    if (stream != work->video) {
      if (!copy_other(work, stream))
        return false;
      continue;
    }
    PlanStream *output = plan_add_stream(work, stream, plan_action(work, stream));
    if (!work->encoder) {
      plan_set_action(output->action, ACTION_KEEP, stream->codec, "Copied by rule codec of the profile.");
      plan_option(output, "c", "copy");
    } else if (!encode_main(work, output))
      return false;
  }
  return true;
}
