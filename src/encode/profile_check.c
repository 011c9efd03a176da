/* Rules across a profile's fields: what could never give a working plan is refused when the profile is saved, with the field and
 * what to change. Test: tests/unit/encode/test_profile.c */
#include "encode/profile_check.h"
#include "base/number.h"
#include "encode/plan_internal.h"

#include <string.h>

typedef struct {
  const Profile *profile;
  ProfileReport report;
  void *user_data;
  bool clean;
} Check;

static void G_GNUC_PRINTF(3, 4) found(Check *check, const char *field, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  check->clean = false;
  if (check->report)
    check->report(field, message, check->user_data);
}

const char *video_codec_word(VideoCodec codec)
{
  return codec == VIDEO_CODEC_COPY ? NULL : enum_name(&video_codec_table, (int)codec);
}

static bool word_in(const char *const *words, const char *word)
{
  for (; *words; words++)
    if (strcmp(*words, word) == 0)
      return true;
  return false;
}

bool encoder_knows_preset(const EncoderRow *encoder, const char *preset)
{
  static const char *const x26x[] = {"ultrafast", "superfast", "veryfast", "faster",  "fast", "medium",
                                     "slow",      "slower",    "veryslow", "placebo", NULL};
  static const char *const qsv[] = {"veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", NULL};
  static const char *const nvenc[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", NULL};
  static const char *const amf[] = {"speed", "balanced", "quality", NULL};
  int64_t number = 0;
  if (!preset || !*preset)
    return false;
  if (encoder->codec == VIDEO_CODEC_VP9 && encoder->family == ENCODER_CPU)
    return parse_int(preset, 0, 8, &number);
  if (!encoder->default_preset)
    return false;
  switch (encoder->family) {
  case ENCODER_NVENC:
    return word_in(nvenc, preset);
  case ENCODER_QSV:
    return word_in(qsv, preset);
  case ENCODER_AMF:
    return word_in(amf, preset);
  case ENCODER_CPU:
    if (g_str_has_prefix(encoder->name, "libx26"))
      return word_in(x26x, preset);
    return parse_int(preset, 0, 13, &number);
  default:
    return false;
  }
}

bool encoder_knows_tune(const EncoderRow *encoder, const char *tune)
{
  static const char *const x264[] = {"film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", NULL};
  static const char *const x265[] = {"animation", "grain", "psnr", "ssim", "fastdecode", NULL};
  if (!tune || !*tune)
    return false;
  if (strcmp(encoder->name, "libx264") == 0)
    return word_in(x264, tune);
  return strcmp(encoder->name, "libx265") == 0 && word_in(x265, tune);
}

static void check_encoders(Check *check)
{
  char **families = check->profile->encoders;
  size_t n = families ? g_strv_length(families) : 0;
  for (size_t i = 0; i < n; i++) {
    int family = 0;
    if (strcmp(families[i], "auto") == 0) {
      if (n > 1)
        found(check, "encoders", "\"auto\" stands alone: it already covers every family.");
    } else if (!enum_value(&encoder_family_table, families[i], &family)) {
      g_autofree char *choices = enum_choices(&encoder_family_table);
      found(check, "encoders", "\"%s\" is no encoder family; choose among auto, %s.", families[i], choices);
    } else if (!encoder_of(check->profile->codec, family) && check->profile->codec != VIDEO_CODEC_COPY)
      found(check, "encoders", "No %s encoder exists for %s.", families[i], enum_name(&video_codec_table, check->profile->codec));
  }
}

static void check_qualities(Check *check)
{
  const Profile *profile = check->profile;
  for (guint i = 0; profile->qualities && i < profile->qualities->len; i++) {
    const QualityRule *rule = g_ptr_array_index(profile->qualities, i);
    g_autofree char *field = g_strdup_printf("qualities.%u.quality", i);
    if (rule->family == FIELD_NULL_ENUM || profile->codec == VIDEO_CODEC_COPY)
      continue;
    const EncoderRow *encoder = encoder_of(profile->codec, rule->family);
    if (!encoder)
      found(check, field, "No encoder of this family exists for %s.", enum_name(&video_codec_table, profile->codec));
    else if (rule->quality < encoder->quality_min || rule->quality > encoder->quality_max)
      found(check, field, "%s takes a quality from %d to %d.", encoder->name, encoder->quality_min, encoder->quality_max);
  }
}

static void check_words(Check *check)
{
  const Profile *profile = check->profile;
  size_t n = 0;
  const EncoderRow *rows = encoder_rows(&n);
  bool preset_known = !profile->preset || !*profile->preset || profile->codec == VIDEO_CODEC_COPY;
  bool tune_known = !profile->tune || !*profile->tune || profile->codec == VIDEO_CODEC_COPY;
  for (size_t i = 0; i < n; i++)
    if ((int)rows[i].codec == profile->codec) {
      preset_known |= encoder_knows_preset(&rows[i], profile->preset);
      tune_known |= encoder_knows_tune(&rows[i], profile->tune);
    }
  if (!preset_known)
    found(check, "preset", "No %s encoder has a preset \"%s\".", enum_name(&video_codec_table, profile->codec), profile->preset);
  if (!tune_known)
    found(check, "tune", "No %s encoder has a tune \"%s\".", enum_name(&video_codec_table, profile->codec), profile->tune);
}

static void check_container(Check *check)
{
  const Profile *profile = check->profile;
  const char *word = video_codec_word(profile->codec);
  const char *container = enum_name(&container_rule_table, profile->container);
  if (profile->container == CONTAINER_SAME)
    return;
  if (word && !container_holds(profile->container, STREAM_VIDEO, word, NULL))
    found(check, "container", "%s cannot hold %s video; choose mkv.", container, word);
  const char *audio = profile->audio_codec == AUDIO_COPY ? NULL : enum_name(&audio_codec_table, profile->audio_codec);
  if (audio && !container_holds(profile->container, STREAM_AUDIO, audio, NULL))
    found(check, "container", "%s cannot hold %s audio; choose another audio codec, or mkv.", container, audio);
}

static void check_video(Check *check)
{
  const Profile *profile = check->profile;
  if (profile->two_pass && profile->video_bit_rate_kbps == 0)
    found(check, "two_pass", "Two passes need video_bit_rate_kbps: with a quality one pass is all there is.");
  if (profile->video_bit_rate_kbps > 0 && profile->codec == VIDEO_CODEC_PRORES)
    found(check, "video_bit_rate_kbps", "ProRes has no bit rate setting; use a quality.");
  if (profile->max_height > 0 && profile->max_height < 64)
    found(check, "max_height", "A height below 64 pixels is no video; use 0 to keep the size.");
  if (profile->max_frame_rate > 0 && profile->max_frame_rate < 1)
    found(check, "max_frame_rate", "A frame rate below 1 is no video; use 0 to keep the rate.");
  if (profile->tone_map && profile->bit_depth == DEPTH_10 && profile->codec == VIDEO_CODEC_H264)
    found(check, "bit_depth", "H.264 in 10 bits plays almost nowhere; after tone mapping choose 8.");
  if (profile->codec == VIDEO_CODEC_COPY &&
      (profile->max_height > 0 || profile->max_frame_rate > 0 || profile->crop_black_bars || profile->denoise != DENOISE_OFF ||
       profile->tone_map || profile->deinterlace == DEINTERLACE_ON || profile->subtitles == STREAMS_BURN_IN))
    found(check, "codec", "Copied video cannot be scaled, filtered or drawn on; choose a codec to encode to.");
  g_autofree char *message = extra_arguments_check(profile->extra_arguments);
  if (message)
    found(check, "extra_arguments", "%s", message);
}

/* A quality that is looked for needs a quality to be the encoder's one input, and the picture to be all that is compared. */
static void check_target(Check *check)
{
  const Profile *profile = check->profile;
  if (profile->target_metric == METRIC_OFF) {
    if (profile->target_score != 0)
      found(check, "target_score", "A score needs a target_metric by which it is measured; choose ssim, or set the score to 0.");
    return;
  }
  const QualityMetricRow *metric = quality_metric_row(profile->target_metric);
  if (!(profile->target_score >= metric->floor_min && profile->target_score <= metric->floor_max))
    found(check, "target_score", "A floor of %s is a score from %g to %g.", metric->name, metric->floor_min, metric->floor_max);
  if (profile->video_bit_rate_kbps > 0)
    found(check, "target_metric",
          "A bit rate and a target score contradict each other: set video_bit_rate_kbps to 0, or the "
          "target_metric to off.");
  if (profile->codec == VIDEO_CODEC_COPY || profile->codec == VIDEO_CODEC_PRORES)
    found(check, "target_metric", "No quality can be looked for with the codec %s; choose hevc, av1, h264 or vp9.",
          enum_name(&video_codec_table, profile->codec));
  if (profile->engine == ENGINE_HANDBRAKE)
    found(check, "target_metric", "Samples are made by ffmpeg; choose the ffmpeg engine.");
  if (profile->subtitles == STREAMS_BURN_IN)
    found(check, "target_metric",
          "A picture with subtitles drawn into it cannot be compared with its source; keep the subtitles "
          "as streams, or set the target_metric to off.");
  if (profile->min_ssim > 0)
    found(check, "min_ssim", "The floor is the target_score; set min_ssim to 0.");
}

static void check_languages(Check *check)
{
  const Profile *profile = check->profile;
  if (profile->audio == STREAMS_BY_LANGUAGE && (!profile->audio_languages || !profile->audio_languages[0]))
    found(check, "audio_languages", "List at least one language, such as eng, or keep all tracks.");
  if (profile->subtitles == STREAMS_BY_LANGUAGE && (!profile->subtitle_languages || !profile->subtitle_languages[0]))
    found(check, "subtitle_languages", "List at least one language, such as eng, or keep all subtitles.");
}

/* What HandBrakeCLI 1.6 has no words for. */
static void check_handbrake(Check *check)
{
  const Profile *profile = check->profile;
  if (profile->engine != ENGINE_HANDBRAKE)
    return;
  if (profile->codec == VIDEO_CODEC_COPY || profile->codec == VIDEO_CODEC_PRORES)
    found(check, "codec", "HandBrake cannot produce %s; choose the ffmpeg engine.",
          enum_name(&video_codec_table, profile->codec));
  if (profile->container == CONTAINER_MOV)
    found(check, "container", "HandBrake cannot write mov; choose mp4, or the ffmpeg engine.");
  if (profile->tone_map)
    found(check, "tone_map", "HandBrake's tone mapping is not used; choose the ffmpeg engine.");
  if (profile->add_stereo_downmix)
    found(check, "add_stereo_downmix", "A further stereo track needs the ffmpeg engine.");
  if (profile->extra_arguments && profile->extra_arguments[0])
    found(check, "extra_arguments", "Extra arguments are ffmpeg's; choose the ffmpeg engine.");
}

bool profile_check(const Profile *profile, ProfileReport report, void *user_data)
{
  Check check = {.profile = profile, .report = report, .user_data = user_data, .clean = true};
  check_encoders(&check);
  check_qualities(&check);
  check_words(&check);
  check_container(&check);
  check_video(&check);
  check_target(&check);
  check_languages(&check);
  check_handbrake(&check);
  return check.clean;
}
