/* The ffmpeg command lines of a plan, and putting the paths into them. Every kept stream is mapped by its number, and each output
 * stream's codec, dispositions and corrected tags are given by its number too: nothing is left to ffmpeg's own choice, which
 * differs between versions. Test: tests/unit/encode/test_plan_command.c */
#include "encode/plan_filter.h"

#include <string.h>

static void add(GPtrArray *arguments, const char *argument)
{
  g_ptr_array_add(arguments, g_strdup(argument));
}

static void add2(GPtrArray *arguments, const char *name, const char *value)
{
  add(arguments, name);
  add(arguments, value);
}

static void G_GNUC_PRINTF(2, 3) addf(GPtrArray *arguments, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(arguments, g_strdup_vprintf(format, args));
  va_end(args);
}

const char *tag_value(const GPtrArray *tags, const char *name)
{
  for (guint i = 0; tags && i < tags->len; i++) {
    const Tag *tag = g_ptr_array_index(tags, i);
    if (tag->name && g_ascii_strcasecmp(tag->name, name) == 0)
      return tag->value;
  }
  return NULL;
}

/* mkvmerge writes BPS, DURATION, NUMBER_OF_FRAMES, NUMBER_OF_BYTES and _STATISTICS_*, formerly with a language ("BPS-eng"). */
bool tag_is_statistic(const char *name)
{
  static const char *const names[] = {"BPS", "DURATION", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES"};
  if (g_ascii_strncasecmp(name, "_STATISTICS_", 12) == 0)
    return true;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    size_t length = strlen(names[i]);
    if (g_ascii_strncasecmp(name, names[i], length) == 0 && (name[length] == '\0' || name[length] == '-'))
      return true;
  }
  return false;
}

static bool from_mp4(const PlanWork *work)
{
  return g_strcmp0(work->media->container, "mp4") == 0 || g_strcmp0(work->media->container, "mov") == 0;
}

/* Output order: tracks in the source's order, then attached files, then pictures that are attached anew, because ffmpeg numbers
 * "-attach" after all mapped streams. */
static int order_rank(const PlanStream *stream)
{
  if (stream->source->type == STREAM_VIDEO && stream_has_disposition(stream->source, "attached_pic"))
    return 2;
  return stream->source->type == STREAM_ATTACHMENT ? 1 : 0;
}

static int compare_streams(const void *a, const void *b)
{
  const PlanStream *x = *(PlanStream *const *)a, *y = *(PlanStream *const *)b;
  if (order_rank(x) != order_rank(y))
    return order_rank(x) - order_rank(y);
  bool x_added = x->action->action == ACTION_ADD, y_added = y->action->action == ACTION_ADD;
  if (x_added != y_added)
    return x_added - y_added;
  return x->source->index < y->source->index ? -1 : x->source->index > y->source->index;
}

static void number_streams(PlanWork *work)
{
  g_ptr_array_sort(work->streams, compare_streams);
  for (guint i = 0; i < work->streams->len; i++)
    ((PlanStream *)g_ptr_array_index(work->streams, i))->action->output_index = i;
}

static void add_global(GPtrArray *arguments)
{
  static const char *const globals[] = {"-nostdin", "-hide_banner",  "-v",  "error", "-nostats", "-progress",
                                        "pipe:1",   "-stats_period", "0.5", "-y"};
  for (size_t i = 0; i < G_N_ELEMENTS(globals); i++)
    add(arguments, globals[i]);
}

static void add_hardware(const PlanWork *work, GPtrArray *arguments)
{
  if (!work->encoder || !work->device)
    return;
  if (work->encoder->family == ENCODER_VAAPI)
    add2(arguments, "-vaapi_device", work->device);
  if (work->encoder->family == ENCODER_QSV) {
    add(arguments, "-init_hw_device");
    addf(arguments, "vaapi=va:%s", work->device);
    add2(arguments, "-init_hw_device", "qsv=hw@va");
    add2(arguments, "-filter_hw_device", "hw");
  }
}

bool plan_lacks_timestamps(const MediaInfo *media)
{
  static const char *const without[] = {"avi", "ts", "m2ts", "ps", "vob", "wmv", "flv", NULL};
  return media->container && g_strv_contains(without, media->container);
}

static bool joins(const PlanWork *work)
{
  return work->input->part && !work->input->part->chunk;
}

static void add_input(const PlanWork *work, GPtrArray *arguments)
{
  if (joins(work)) {
    add(arguments, "-itsoffset");
    addf(arguments, "%" G_GINT64_FORMAT "us", work->input->part->lead_us);
    add2(arguments, "-f", "concat");
    add2(arguments, "-i", PLAN_CHUNK_LIST);
  }
  if (plan_lacks_timestamps(work->media))
    add2(arguments, "-fflags", "+genpts");
  add2(arguments, "-i", PLAN_INPUT);
}

/* Picture subtitles are laid over the video before anything else, because they are drawn for its full size. */
static bool draws_pictures(const PlanWork *work)
{
  return work->burnt && subtitle_is_picture(work->burnt->codec);
}

static void add_maps(const PlanWork *work, GPtrArray *arguments)
{
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->attach)
      continue;
    add(arguments, "-map");
    if (stream->source == work->video && joins(work))
      add(arguments, "0:0");
    else if (stream->source == work->video && draws_pictures(work))
      add(arguments, "[picture]");
    else
      addf(arguments, "%d:%" G_GINT64_FORMAT, joins(work), stream->source->index);
  }
}

/* What brings the pictures to a graphics card, at the end of the chain. */
static void append_upload(const PlanWork *work, GString *chain)
{
  bool qsv = work->encoder->family == ENCODER_QSV;
  if (qsv || work->encoder->family == ENCODER_VAAPI)
    g_string_append_printf(chain, "%sformat=%s,%s", chain->len > 0 ? "," : "", work->plan->pixel_format,
                           qsv ? "hwupload=extra_hw_frames=64" : "hwupload");
}

static void join_filters(PlanWork *work)
{
  g_autoptr(GString) chain = g_string_new(NULL);
  for (guint i = 0; i < work->filters->len; i++)
    g_string_append_printf(chain, "%s%s", i > 0 ? "," : "", (char *)g_ptr_array_index(work->filters, i));
  if (chain->len > 0)
    work->plan->filters = g_strdup(chain->str);
}

static void add_filters(const PlanWork *work, GPtrArray *arguments)
{
  if (!work->encoder || joins(work))
    return;
  g_autoptr(GString) chain = g_string_new(work->plan->filters);
  if (work->drawing)
    g_string_append_printf(chain, "%s%s", chain->len > 0 ? "," : "", work->drawing);
  append_upload(work, chain);
  if (draws_pictures(work)) {
    add(arguments, "-filter_complex");
    addf(arguments, "[0:%" G_GINT64_FORMAT "][0:%" G_GINT64_FORMAT "]overlay=eof_action=pass:repeatlast=0%s%s[picture]",
         work->video->index, work->burnt->index, chain->len > 0 ? "," : "", chain->str);
  } else if (chain->len > 0) {
    addf(arguments, "-filter:%" G_GINT64_FORMAT, plan_action((PlanWork *)work, work->video)->output_index);
    add(arguments, chain->str);
  }
}

/* ffmpeg gives encoders timestamps that count frames, whatever -fps_mode says: pictures between those ticks are moved by up to
 * half a frame, against the sound too. So the clock is named: the frame rate's own numerator, in which its frames are whole
 * numbers, refined until a tick is a tenth of a millisecond at most. */
static int64_t ticks_per_second(const StreamInfo *video)
{
  enum { FINE = 10000, MOST = 1000000, MPEG = 90000 };
  int64_t ticks = frame_rate_value(video->frame_rate) > 0 ? g_ascii_strtoll(video->frame_rate, NULL, 10) : 0;
  if (ticks <= 0 || ticks > MOST)
    return MPEG;
  while (ticks < FINE)
    ticks *= 10;
  return ticks;
}

/* Files whose container states each timestamp keep them all: ffmpeg's default rounds them to a constant rate and drops frames of
 * variable-rate sources (measured: up to 11 ms off). Streams cut from broadcasts may repeat a timestamp, which encoders refuse,
 * so there ffmpeg's rule for variable rates decides. */
static void add_timing(const PlanWork *work, GPtrArray *arguments)
{
  static const char *const exact[] = {"mkv", "webm", "mp4", "mov", NULL};
  bool states_timestamps = work->media->container && g_strv_contains(exact, work->media->container);
  if (!work->encoder)
    return;
  int64_t index = plan_action((PlanWork *)work, work->video)->output_index;
  bool exact_timestamps = states_timestamps && !work->plan->frame_rate;
  int64_t ticks = exact_timestamps ? ticks_per_second(work->video) : 0;
  if (plan_rate_is_refused(work)) {
    addf(arguments, "-g:%" G_GINT64_FORMAT, index);
    add(arguments, "300");
    if (plan_ffmpeg_since(work, 6)) { /* a rate to be kept under goes with constant rates only */
      exact_timestamps = false;
      ticks = PLAN_RATE_MAX;
    } else {
      addf(arguments, "-fpsmax:%" G_GINT64_FORMAT, index);
      addf(arguments, "%d", PLAN_RATE_MAX);
    }
  }
  addf(arguments, "-fps_mode:%" G_GINT64_FORMAT, index);
  add(arguments, exact_timestamps ? "passthrough" : "vfr");
  if (ticks == 0)
    return;
  addf(arguments, "-enc_time_base:%" G_GINT64_FORMAT, index);
  addf(arguments, "1/%" G_GINT64_FORMAT, ticks);
}

/* Those whose name begins so. */
static void add_options_like(const PlanStream *stream, const char *prefix, GPtrArray *arguments)
{
  for (guint i = 0; i + 1 < stream->options->len; i += 2) {
    const char *name = g_ptr_array_index(stream->options, i);
    if (!g_str_has_prefix(name, prefix))
      continue;
    addf(arguments, "-%s:%" G_GINT64_FORMAT, name, stream->action->output_index);
    add(arguments, g_ptr_array_index(stream->options, i + 1));
  }
}

static void add_options(const PlanStream *stream, GPtrArray *arguments)
{
  add_options_like(stream, "", arguments);
}

static void add_dispositions(const PlanWork *work, const PlanStream *stream, GPtrArray *arguments)
{
  if (stream->attach || stream->source->type == STREAM_ATTACHMENT)
    return;
  g_autofree char *joined = stream->action->dispositions ? g_strjoinv("+", stream->action->dispositions) : g_strdup("");
  addf(arguments, "-disposition:%" G_GINT64_FORMAT, stream->action->output_index);
  add(arguments, *joined ? joined : "0");
}

static void add_tag(GPtrArray *arguments, int64_t index, const char *name, const char *value)
{
  addf(arguments, "-metadata:s:%" G_GINT64_FORMAT, index);
  addf(arguments, "%s=%s", name, value);
}

/* MP4 takes any three letters and is read by the T codes; QuickTime has a list of its own. Elsewhere ffmpeg copies the language
 * that it read, which is not always the one that players show. */
static void add_language(const PlanWork *work, const PlanStream *stream, GPtrArray *arguments)
{
  const char *language = stream->action->language;
  if (language_unknown(language))
    return;
  g_autofree char *code = NULL;
  if (work->container == CONTAINER_MOV)
    code = g_strdup(language_quicktime(language));
  else if (container_is_mp4((ContainerRule)work->container))
    code = language_terminology(language);
  else
    code = g_strdup(language);
  if (g_strcmp0(code, stream->source->language) != 0)
    add_tag(arguments, stream->action->output_index, "language", code);
}

/* Statistics that would be wrong for the new stream are cleared, and so is what MP4 notes of its own writer; a title goes into
 * MP4 as the track's handler name, which is where its players look. */
static void add_tags(const PlanWork *work, const PlanStream *stream, GPtrArray *arguments)
{
  int64_t index = stream->action->output_index;
  const GPtrArray *tags = stream->source->tags;
  bool changed = stream->action->action != ACTION_KEEP;
  for (guint i = 0; tags && changed && i < tags->len; i++) {
    const Tag *tag = g_ptr_array_index(tags, i);
    if (tag->name && tag_is_statistic(tag->name) && !strchr(tag->name, '='))
      add_tag(arguments, index, tag->name, "");
  }
  if (from_mp4(work) && !container_is_mp4((ContainerRule)work->container) && tag_value(tags, "vendor_id"))
    add_tag(arguments, index, "vendor_id", "");
  if (stream->action->action == ACTION_ADD || (container_is_mp4((ContainerRule)work->container) && stream->action->title)) {
    add_tag(arguments, index, "title", stream->action->title);
    if (container_is_mp4((ContainerRule)work->container))
      add_tag(arguments, index, "handler_name", stream->action->title);
  }
  add_language(work, stream, arguments);
}

static void add_attachment(const PlanStream *stream, GPtrArray *arguments)
{
  int64_t index = stream->action->output_index;
  g_autofree char *name = cover_file_name(stream->source);
  add(arguments, "-attach");
  addf(arguments, "file:" PLAN_PASS_LOG "-cover-%" G_GINT64_FORMAT, stream->source->index);
  add_tag(arguments, index, "mimetype", cover_mime_type(stream->source));
  add_tag(arguments, index, "filename", name);
}

static void add_container(const PlanWork *work, GPtrArray *arguments)
{
  static const char *const mp4_noise[] = {"major_brand=", "minor_version=", "compatible_brands="};
  const char *source = joins(work) ? "1" : "0";
  add2(arguments, "-map_metadata", source);
  add2(arguments, "-map_chapters", source);
  for (size_t i = 0; from_mp4(work) && i < G_N_ELEMENTS(mp4_noise); i++)
    add2(arguments, "-metadata", mp4_noise[i]);
  add2(arguments, "-max_muxing_queue_size", "9999");
  if (container_is_mp4((ContainerRule)work->container)) {
    add2(arguments, "-movflags", mp4_free_keys(work->media) ? "+faststart+use_metadata_tags" : "+faststart");
    add2(arguments, "-strict", "experimental"); /* ffmpeg before 6 calls FLAC and Opus in MP4 experimental */
  } else
    add2(arguments, "-default_mode", "passthrough"); /* else the muxer marks a first track as default by itself */
  add2(arguments, "-f", container_muxer((ContainerRule)work->container));
}

static void add_video_tag(const PlanWork *work, GPtrArray *arguments)
{
  /* Apple's players refuse HEVC under ffmpeg's own choice, hev1. */
  for (guint i = 0; container_is_mp4((ContainerRule)work->container) && i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->source->type == STREAM_VIDEO && g_strcmp0(stream->action->to_codec, "hevc") == 0) {
      addf(arguments, "-tag:%" G_GINT64_FORMAT, stream->action->output_index);
      add(arguments, "hvc1");
    }
  }
}

static void take_command(PlanWork *work, GPtrArray *arguments, bool preparatory)
{
  PlanCommand *command = record_new(&plan_command_table);
  g_ptr_array_add(arguments, NULL);
  command->arguments = (char **)g_ptr_array_free(arguments, FALSE);
  command->preparatory = preparatory;
  g_ptr_array_add(work->plan->commands, command);
}

static void unpack_cover(PlanWork *work, const PlanStream *stream)
{
  GPtrArray *arguments = g_ptr_array_new();
  add_global(arguments);
  add2(arguments, "-i", PLAN_INPUT);
  add(arguments, "-map");
  addf(arguments, "0:%" G_GINT64_FORMAT, stream->source->index);
  add2(arguments, "-c", "copy");
  add2(arguments, "-frames", "1");
  add2(arguments, "-f", "image2pipe"); /* the bytes as they are, and no pattern in the name as "image2" has */
  addf(arguments, "file:" PLAN_PASS_LOG "-cover-%" G_GINT64_FORMAT, stream->source->index);
  take_command(work, arguments, true);
}

static bool two_passes(const PlanWork *work)
{
  static const char *const able[] = {"libx264", "libx265", "libvpx-vp9", NULL};
  return work->encoder && work->profile->two_pass && work->profile->video_bit_rate_kbps > 0 &&
         g_strv_contains(able, work->encoder->name);
}

/* x265 keeps its statistics by its own parameters; the others by ffmpeg's options. */
static void add_pass(const PlanWork *work, GPtrArray *arguments, int pass, int64_t index)
{
  if (strcmp(work->encoder->name, "libx265") == 0) {
    g_autofree char *option = g_strdup_printf("-x265-params:%" G_GINT64_FORMAT, index);
    for (guint i = 0; i + 1 < arguments->len; i++)
      if (strcmp(g_ptr_array_index(arguments, i), option) == 0) {
        char *old = g_ptr_array_index(arguments, i + 1);
        g_ptr_array_index(arguments, i + 1) = g_strdup_printf("%s:pass=%d:stats=" PLAN_PASS_LOG_PARAMETER, old, pass);
        g_free(old);
      }
    return;
  }
  addf(arguments, "-pass:%" G_GINT64_FORMAT, index);
  addf(arguments, "%d", pass);
  addf(arguments, "-passlogfile:%" G_GINT64_FORMAT, index);
  add(arguments, PLAN_PASS_LOG);
}

static const PlanStream *main_video(const PlanWork *work)
{
  for (guint i = 0; i < work->streams->len; i++)
    if (((PlanStream *)g_ptr_array_index(work->streams, i))->source == work->video)
      return g_ptr_array_index(work->streams, i);
  g_assert_not_reached();
}

static void first_pass(PlanWork *work)
{
  const PlanStream *video = main_video(work);
  int64_t index = video->action->output_index;
  video->action->output_index = 0; /* it is alone in this pass */
  GPtrArray *arguments = g_ptr_array_new();
  add_global(arguments);
  add_input(work, arguments);
  add(arguments, "-map");
  if (draws_pictures(work))
    add(arguments, "[picture]");
  else
    addf(arguments, "0:%" G_GINT64_FORMAT, work->video->index);
  add_filters(work, arguments);
  add_timing(work, arguments);
  add_options(video, arguments);
  add_pass(work, arguments, 1, 0);
  add2(arguments, "-f", "null");
  add(arguments, "-");
  video->action->output_index = index;
  take_command(work, arguments, false);
}

/* What NUT does not hold and not every bitstream says; interlaced films are not cut. */
static void add_picture_facts(const PlanStream *video, GPtrArray *arguments)
{
  add_options_like(video, "color", arguments);
  addf(arguments, "-field_order:%" G_GINT64_FORMAT, video->action->output_index);
  add(arguments, "progressive");
}

/* The video comes from the chunks; its tags, as all others', from the source. */
static void add_joined(const PlanWork *work, GPtrArray *arguments)
{
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->attach)
      continue;
    addf(arguments, "-map_metadata:s:%" G_GINT64_FORMAT, stream->action->output_index);
    addf(arguments, "1:s:%" G_GINT64_FORMAT, stream->source->index);
    if (stream->source != work->video)
      continue;
    addf(arguments, "-c:%" G_GINT64_FORMAT, stream->action->output_index);
    add(arguments, "copy");
    add_picture_facts(stream, arguments);
  }
  if (container_is_mp4((ContainerRule)work->container)) {
    add(arguments, "-video_track_timescale");
    addf(arguments, "%" G_GINT64_FORMAT, ticks_per_second(work->video));
  }
}

/* The video alone, with the times that it has in the film, decoded from a key frame before the chunk. */
static void chunk_command(PlanWork *work)
{
  const ChunkRange *chunk = work->input->part->chunk;
  GPtrArray *arguments = g_ptr_array_new();
  PlanStream *video = NULL;
  for (guint i = 0; i < work->streams->len; i++)
    if (((PlanStream *)g_ptr_array_index(work->streams, i))->source == work->video)
      video = g_ptr_array_index(work->streams, i);
  int64_t index = video->action->output_index;
  video->action->output_index = 0; /* it is alone */
  add_global(arguments);
  add(arguments, "-copyts");
  add(arguments, "-start_at_zero");
  add(arguments, "-noaccurate_seek");
  if (chunk->seek_ms > 0) {
    add(arguments, "-ss");
    addf(arguments, "%" G_GINT64_FORMAT "ms", chunk->seek_ms);
  }
  add_input(work, arguments);
  add(arguments, "-map");
  addf(arguments, "0:%" G_GINT64_FORMAT, work->video->index);
  add_filters(work, arguments);
  add_timing(work, arguments);
  add_options(video, arguments);
  add2(arguments, "-map_metadata", "-1");
  add2(arguments, "-map_chapters", "-1");
  /* NUT keeps no decoding times; those that are negative would only move the first chunk's frames. */
  add2(arguments, "-avoid_negative_ts", "disabled");
  add2(arguments, "-f", "nut");
  add(arguments, PLAN_OUTPUT);
  video->action->output_index = index;
  take_command(work, arguments, false);
}

static void main_command(PlanWork *work)
{
  GPtrArray *arguments = g_ptr_array_new();
  add_global(arguments);
  add_hardware(work, arguments);
  add_input(work, arguments);
  add_maps(work, arguments);
  add_filters(work, arguments);
  if (joins(work))
    add_joined(work, arguments);
  else
    add_timing(work, arguments);
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->attach) {
      add_attachment(stream, arguments);
      continue;
    }
    if (!joins(work) || stream->source != work->video)
      add_options(stream, arguments);
    add_dispositions(work, stream, arguments);
    add_tags(work, stream, arguments);
  }
  add_video_tag(work, arguments);
  if (two_passes(work) && !joins(work))
    add_pass(work, arguments, 2, plan_action(work, work->video)->output_index);
  add_container(work, arguments);
  add(arguments, PLAN_OUTPUT);
  take_command(work, arguments, false);
}

/* The encode of samples as sample.h wants it: the picture alone, by the options of the film's encode. */
static void sample_command(PlanWork *work)
{
  const PlanStream *video = main_video(work);
  int64_t index = video->action->output_index;
  video->action->output_index = 0; /* it is alone */
  g_autoptr(GString) upload = g_string_new(NULL);
  append_upload(work, upload);
  GPtrArray *arguments = g_ptr_array_new();
  add_global(arguments);
  add_hardware(work, arguments);
  add2(arguments, PLAN_SAMPLE_INPUTS, "-filter_complex");
  addf(arguments, PLAN_SAMPLE_GRAPH "%s%s[picture]", upload->len > 0 ? "," : "", upload->str);
  add2(arguments, "-map", "[picture]");
  add_timing(work, arguments);
  add_options(video, arguments);
  add2(arguments, "-f", "matroska");
  add(arguments, PLAN_OUTPUT);
  g_ptr_array_add(arguments, NULL);
  video->action->output_index = index;
  g_strfreev(work->plan->sample);
  work->plan->sample = (char **)g_ptr_array_free(arguments, FALSE);
}

/* A later job needs a worker that has what this plan chose. */
static void add_needs(PlanWork *work)
{
  GPtrArray *needs = g_ptr_array_new();
  add(needs, work->plan->engine == ENGINE_HANDBRAKE ? "handbrake" : "ffmpeg");
  if (work->encoder)
    addf(needs, "encoder:%s", work->encoder->name);
  g_ptr_array_add(needs, NULL);
  work->plan->needs = (char **)g_ptr_array_free(needs, FALSE);
}

bool plan_command(PlanWork *work)
{
  number_streams(work);
  add_needs(work);
  join_filters(work);
  if (work->plan->engine == ENGINE_HANDBRAKE)
    return true;
  if (work->profile->two_pass && work->encoder && !two_passes(work))
    plan_warn(work, "%s has no second pass here; the bit rate is held in one.", work->encoder->name);
  if (work->input->part && work->input->part->chunk) {
    chunk_command(work);
    return true;
  }
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->attach)
      unpack_cover(work, stream);
  }
  if (two_passes(work) && !joins(work))
    first_pass(work);
  main_command(work);
  if (work->encoder && work->profile->target_metric != METRIC_OFF) {
    sample_command(work);
    work->plan->searches = work->input->found == NULL;
  }
  return true;
}
