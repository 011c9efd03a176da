/* The working state of a plan and its rules, one file each. For this module only. */
#pragma once

#include "encode/plan.h"
#include "encode/profile_check.h"
#include "media/language.h"

/* Further placeholders: paths inside a filter graph and inside an encoder's parameter list, where they must be escaped. They
 * count only in the arguments that the plan itself builds: see encode_command. */
#define PLAN_INPUT_FILTER "{input:filter}"
#define PLAN_PASS_LOG_PARAMETER "{passlog:parameter}"

/* In EncodePlan.sample: stands for the inputs (several arguments), and begins the argument that is the filter graph. */
#define PLAN_SAMPLE_INPUTS "{sample:inputs}"
#define PLAN_SAMPLE_GRAPH "{sample:graph}"

/* One stream of the output while the plan is made. */
typedef struct {
  const StreamInfo *source;
  StreamAction *action; /* borrowed from the plan */
  GPtrArray *options;   /* char *: codec option names and values in turn, without "-" and stream number */
  bool attach;          /* unpacked by a command of its own and attached again, see plan_attachment.c */
} PlanStream;

typedef struct {
  const PlanInput *input;
  const Profile *profile;
  const MediaInfo *media;
  const StreamInfo *video; /* the main one */
  EncodePlan *plan;
  GPtrArray *warnings;       /* char * */
  GPtrArray *streams;        /* PlanStream, kept ones, in output order once plan_order has run */
  int container;             /* ContainerRule, never SAME after plan_container */
  const EncoderRow *encoder; /* NULL: the video is copied */
  const char *device;        /* of a hardware encoder, or NULL */
  double quality;
  GPtrArray *filters;                      /* char *: the video filter chain */
  char *drawing;                           /* the filter that draws a text subtitle, or NULL: after all others */
  const StreamInfo *burnt;                 /* the subtitle that is drawn into the picture, or NULL */
  double output_frame_rate, scale;         /* scale: linear factor of the picture, 1: unchanged */
  int64_t filtered_width, filtered_height; /* after crop, before scale */
} PlanWork;

/* A rule either goes on (true) or decides the whole plan (false). */
typedef bool (*PlanRule)(PlanWork *work);

bool plan_skip(PlanWork *work);
bool plan_encoder(PlanWork *work);
bool plan_loss(PlanWork *work); /* what no encoder can carry over */
bool plan_container(PlanWork *work);
bool plan_video(PlanWork *work);
bool plan_audio(PlanWork *work);
bool plan_subtitle(PlanWork *work);
bool plan_attachment(PlanWork *work);
bool plan_data(PlanWork *work);
bool plan_flags(PlanWork *work);
bool plan_worth(PlanWork *work); /* a plan that changes nothing is no work */
bool plan_command(PlanWork *work);
bool plan_handbrake(PlanWork *work); /* the same for the other engine */
bool plan_predict(PlanWork *work);

/* AVI and MPEG files may have packets without timestamps, which Matroska and MP4 cannot store: ffmpeg is to make them up. */
bool plan_lacks_timestamps(const MediaInfo *media);

/* The number as encoders and people read it: "22", "24.5". The caller frees it. */
char *plan_quality_text(double quality);

/* Whether the ffmpeg that will run is of this major version or a later one; development builds ("N-109542-g…") count as new. */
bool plan_ffmpeg_since(const PlanWork *work, int64_t major);

/* Whether the encoder would refuse the rate that ffmpeg tells it: SVT-AV1 takes 240 frames a second at most, and a variable rate
 * in a container that counts milliseconds shows as 1000. */
bool plan_rate_is_refused(const PlanWork *work);
enum { PLAN_RATE_MAX = 240 };

/* Both return false, so that a rule can write `return plan_refuse(…)`. */
bool plan_decide_skip(PlanWork *work, SkipCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
bool plan_refuse(PlanWork *work, const char *format, ...) G_GNUC_PRINTF(2, 3);
void plan_warn(PlanWork *work, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The action of a source stream; each is made with ACTION_KEEP and the source's properties, and rules change it. */
StreamAction *plan_action(PlanWork *work, const StreamInfo *stream);
void plan_set_action(StreamAction *action, StreamActionKind kind, const char *to_codec, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
PlanStream *plan_add_stream(PlanWork *work, const StreamInfo *source, StreamAction *action);
void plan_option(PlanStream *stream, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* What a stream that the container cannot hold and no rule converts means: dropped with a warning if the profile says so, else
 * the plan is decided (skipped if the container was not asked for, refused if it was). `name` says what it is ("Subtitle 3
 * (hdmv_pgs_subtitle)"). */
bool plan_unsupported(PlanWork *work, StreamAction *action, const char *advice);

/* Containers: see plan_container.c. `tag` is the codec tag, for data streams; may be NULL. */
bool container_holds(ContainerRule container, StreamType type, const char *codec, const char *tag);
const char *container_muxer(ContainerRule container);
bool container_is_mp4(ContainerRule container); /* mp4 or mov */
ContainerRule container_from_name(const char *name, bool *ret_known);

/* The codec that a subtitle becomes in a container: its own, another text codec, or NULL. */
const char *subtitle_codec_for(ContainerRule container, const char *codec);

/* What a disposition of the source can be in this container; NULL if the container cannot say it. */
bool container_keeps_disposition(ContainerRule container, StreamType type, const char *disposition);

/* The row for a codec and family, or NULL. */
const EncoderRow *encoder_of(int codec, int family);

/* A tag of the stream or NULL; names are compared without case. */
const char *tag_value(const GPtrArray *tags, const char *name);

/* What an attached picture is called in Matroska. */
const char *cover_mime_type(const StreamInfo *stream); /* NULL: no image type that Matroska's readers know */
char *cover_file_name(const StreamInfo *stream);

bool container_keeps_cover_art(ContainerRule container);

/* True if the subtitle consists of pictures. */
bool subtitle_is_picture(const char *codec);

/* Tags that describe the coded stream and are wrong for another one (mkvmerge's statistics). */
bool tag_is_statistic(const char *name);

/* True if the codec's samples survive any lossless codec (PCM, FLAC, ALAC, …). */
bool audio_is_lossless(const char *codec);

/* "audio stream 2 (truehd, eng)", for sentences. The caller frees it. */
char *stream_words(const StreamInfo *stream);

/* HDR metadata for encoders, see plan_hdr.c. */
void plan_hdr(PlanWork *work, PlanStream *stream, GString *parameters);
bool color_name_known(const char *kind, const char *name);

/* The video's bit rate, as the file says or as what is left of the whole. 0 if unknown. */
int64_t video_bit_rate(const MediaInfo *media, const StreamInfo *video);
int64_t media_duration_ms(const MediaInfo *media);

/* Whether a container tag of this name survives: MP4 and MOV store a fixed list, unless the source has the free keys of phones,
 * which are then written as such (mp4_free_keys). */
bool container_keeps_tag(ContainerRule container, const MediaInfo *source, const char *name);
bool mp4_free_keys(const MediaInfo *source);

/* The code by which QuickTime can say this language, or NULL if it cannot. */
const char *language_quicktime(const char *language);
