/* Which container the output gets, and which stream may live in which container. The table says what ffmpeg's muxers write and
 * common players read; what a muxer takes only experimentally (TrueHD in MP4) counts as not held.
 * Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"

#include <string.h>

typedef struct {
  ContainerRule container;
  const char *muxer;
  const char *extensions[4]; /* the first is what a new file gets */
  const char *const *video, *const *audio, *const *subtitle, *const *data_tags;
  bool attachments, cover_art;
} ContainerRow;

#define LIST(...)                                                                                                                \
  (const char *const[])                                                                                                          \
  {                                                                                                                              \
    __VA_ARGS__, NULL                                                                                                            \
  }

/* Matroska: the codec mappings of RFC 9559 as ffmpeg 5.1 writes them; besides these it takes any codec with a RIFF or QuickTime
 * tag (V_MS/VFW/FOURCC, A_MS/ACM, V_QUICKTIME), hence the older ones. */
static const ContainerRow containers[] = {
    {CONTAINER_MKV,
     "matroska",
     {".mkv", ".mk3d"},
     LIST("hevc", "av1", "h264", "vp9", "vp8", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "vc1",
          "wmv1", "wmv2", "wmv3", "theora", "prores", "mjpeg", "png", "ffv1", "huffyuv", "ffvhuff", "utvideo", "dvvideo", "flv1",
          "h263", "svq1", "svq3", "rv10", "rv20", "rv30", "rv40", "cinepak", "snow", "dirac", "dnxhd", "magicyuv", "rawvideo",
          "vvc"),
     LIST("aac", "ac3", "eac3", "dts", "truehd", "mlp", "flac", "opus", "vorbis", "mp3", "mp2", "mp1", "alac", "tta", "wavpack",
          "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_u8", "pcm_f32le", "pcm_f64le", "pcm_s16be", "pcm_s24be", "pcm_s32be",
          "pcm_alaw", "pcm_mulaw", "wmav1", "wmav2", "wmapro", "wmalossless", "adpcm_ms", "adpcm_ima_wav", "ra_144", "ra_288",
          "cook", "sipr"),
     LIST("subrip", "ass", "ssa", "webvtt", "text", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "hdmv_text_subtitle"),
     NULL,
     true,
     true},
    {CONTAINER_MP4,
     "mp4",
     {".mp4", ".m4v"},
     LIST("hevc", "av1", "h264", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "png", "vc1"),
     LIST("aac", "ac3", "eac3", "dts", "flac", "opus", "mp3", "mp2", "alac", "vorbis"),
     LIST("mov_text"),
     LIST("gpmd"),
     false,
     true},
    {CONTAINER_MOV,
     "mov",
     {".mov", ".qt"},
     LIST("hevc", "h264", "prores", "dnxhd", "mpeg4", "mpeg2video", "mjpeg", "dvvideo", "h263", "svq1", "svq3", "cinepak",
          "rawvideo", "png", "qtrle"),
     LIST("aac", "ac3", "eac3", "mp3", "mp2", "alac", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_s16be", "pcm_s24be",
          "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw",
          "adpcm_ima_qt"),
     LIST("mov_text"),
     LIST("gpmd"),
     false,
     true},
    {CONTAINER_WEBM, "webm", {".webm"}, LIST("vp8", "vp9", "av1"), LIST("opus", "vorbis"), LIST("webvtt"), NULL, false, false},
};

static const ContainerRow *row_of(int container)
{
  for (size_t i = 0; i < G_N_ELEMENTS(containers); i++)
    if ((int)containers[i].container == container)
      return &containers[i];
  g_assert_not_reached();
}

bool container_holds(ContainerRule container, StreamType type, const char *codec, const char *tag)
{
  const ContainerRow *row = row_of((int)container);
  switch (type) {
  case STREAM_VIDEO:
    return codec && g_strv_contains(row->video, codec);
  case STREAM_AUDIO:
    return codec && g_strv_contains(row->audio, codec);
  case STREAM_SUBTITLE:
    return codec && g_strv_contains(row->subtitle, codec);
  case STREAM_ATTACHMENT:
    return row->attachments;
  case STREAM_DATA:
    return row->data_tags && tag && g_strv_contains(row->data_tags, tag);
  }
  return false;
}

const char *container_muxer(ContainerRule container)
{
  return row_of((int)container)->muxer;
}

bool container_is_mp4(ContainerRule container)
{
  return container == CONTAINER_MP4 || container == CONTAINER_MOV;
}

bool container_keeps_cover_art(ContainerRule container)
{
  return row_of((int)container)->cover_art;
}

ContainerRule container_from_name(const char *name, bool *ret_known)
{
  int value = CONTAINER_MKV;
  *ret_known = enum_value(&container_rule_table, name, &value) && value != CONTAINER_SAME;
  return *ret_known ? (ContainerRule)value : CONTAINER_MKV;
}

const char *subtitle_codec_for(ContainerRule container, const char *codec)
{
  static const char *const text[] = {"subrip", "ass", "ssa", "mov_text", "webvtt", "text", "eia_608", NULL};
  if (!codec)
    return NULL;
  if (container_holds(container, STREAM_SUBTITLE, codec, NULL))
    return codec;
  if (!g_strv_contains(text, codec))
    return NULL;
  return container_is_mp4(container) ? "mov_text" : container == CONTAINER_WEBM ? "webvtt" : "subrip";
}

/* What the containers can say of a track. Matroska: FlagDefault, Forced, HearingImpaired, VisualImpaired, TextDescriptions,
 * Original and Commentary (RFC 9559, 5.1.4.1); WebM the first two alone. MP4: the enabled bit of tkhd and the kind box with DASH
 * roles, as ffmpeg's mov.c and movenc.c map them; QuickTime: the enabled bit alone. */
bool container_keeps_disposition(ContainerRule container, StreamType type, const char *disposition)
{
  static const char *const matroska[] = {
      "default", "forced", "hearing_impaired", "visual_impaired", "descriptions", "original", "comment", "attached_pic", NULL};
  static const char *const webm[] = {"default", "forced", NULL};
  static const char *const mp4[] = {"default", "comment", "attached_pic", NULL};
  static const char *const mp4_subtitle[] = {"default", "forced", "hearing_impaired", "captions", NULL};
  static const char *const mov[] = {"default", "attached_pic", NULL};
  const char *const *list = container == CONTAINER_MKV    ? matroska
                            : container == CONTAINER_WEBM ? webm
                            : container == CONTAINER_MOV  ? mov
                            : type == STREAM_SUBTITLE     ? mp4_subtitle
                                                          : mp4;
  return g_strv_contains(list, disposition);
}

/* Phones and cameras note make, model and place under free keys ("com.apple.quicktime.location.ISO6709"). ffmpeg writes either
 * these or the fixed list of MP4, so the free ones are chosen only where the source has them. */
bool mp4_free_keys(const MediaInfo *source)
{
  for (guint i = 0; source->tags && i < source->tags->len; i++) {
    const Tag *tag = g_ptr_array_index(source->tags, i);
    if (tag->name && (g_str_has_prefix(tag->name, "com.apple.") || g_str_has_prefix(tag->name, "com.android.")))
      return true;
  }
  return false;
}

/* The keys that ffmpeg 5.1's movenc.c writes: mov_write_ilst_tag for MP4, mov_write_udta_tag for MOV. */
bool container_keeps_tag(ContainerRule container, const MediaInfo *source, const char *name)
{
  static const char *const mp4[] = {"title",    "artist", "album_artist", "composer", "album",    "date",
                                    "comment",  "genre",  "copyright",    "grouping", "lyrics",   "description",
                                    "synopsis", "show",   "episode_id",   "network",  "keywords", NULL};
  static const char *const mov[] = {"title", "artist", "album", "comment", "genre", "copyright", "date", NULL};
  if (!container_is_mp4(container) || mp4_free_keys(source))
    return true;
  return g_strv_contains(container == CONTAINER_MOV ? mov : mp4, name);
}

/* Would every stream that the profile keeps fit, without any change that the profile does not ask for? */
static bool stream_fits(const PlanWork *work, const StreamInfo *stream, ContainerRule container)
{
  const Profile *profile = work->profile;
  switch (stream->type) {
  case STREAM_VIDEO:
    if (stream_has_disposition(stream, "attached_pic"))
      return container_keeps_cover_art(container);
    return container_holds(
        container, STREAM_VIDEO,
        stream == work->video && profile->codec != VIDEO_CODEC_COPY ? video_codec_word(profile->codec) : stream->codec, NULL);
  case STREAM_AUDIO:
    return container_holds(
        container, STREAM_AUDIO,
        profile->audio_codec == AUDIO_COPY ? stream->codec : enum_name(&audio_codec_table, profile->audio_codec), NULL);
  case STREAM_SUBTITLE:
    return profile->subtitles == STREAMS_DROP || subtitle_codec_for(container, stream->codec) != NULL;
  case STREAM_ATTACHMENT:
    return container_holds(container, STREAM_ATTACHMENT, NULL, NULL);
  case STREAM_DATA:
    return true; /* no container but its own holds it: plan_data decides */
  }
  return true;
}

static int container_for_same(PlanWork *work)
{
  bool known = false;
  ContainerRule same = container_from_name(work->media->container, &known);
  if (!known)
    return CONTAINER_MKV;
  for (guint i = 0; i < work->media->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(work->media->streams, i);
    if (!stream_fits(work, stream, same)) {
      g_autofree char *words = stream_words(stream);
      plan_warn(work, "The output becomes mkv, because %s cannot hold the result of the %s.", work->media->container, words);
      return CONTAINER_MKV;
    }
  }
  return (int)same;
}

/* The file's own extension stays if it fits the container (".m4v", ".MKV"). */
static char *extension_for(const PlanWork *work)
{
  const ContainerRow *row = row_of(work->container);
  const char *dot = work->input->file_name ? strrchr(work->input->file_name, '.') : NULL;
  for (size_t i = 0; dot && i < G_N_ELEMENTS(row->extensions) && row->extensions[i]; i++)
    if (g_ascii_strcasecmp(dot, row->extensions[i]) == 0)
      return g_strdup(dot);
  return g_strdup(row->extensions[0]);
}

bool plan_container(PlanWork *work)
{
  work->container = work->profile->container == CONTAINER_SAME ? container_for_same(work) : work->profile->container;
  work->plan->container = g_strdup(enum_name(&container_rule_table, work->container));
  work->plan->extension = extension_for(work);
  const char *target = video_codec_word(work->profile->codec);
  const char *codec = target ? target : work->video->codec;
  if (!container_holds(work->container, STREAM_VIDEO, codec, NULL)) {
    if (work->container == CONTAINER_MKV)
      return plan_decide_skip(work, SKIP_CONTAINER, "Matroska cannot hold %s video.", codec);
    return plan_refuse(work, "%s cannot hold %s video; choose mkv in the profile.", work->plan->container, codec);
  }
  return true;
}
