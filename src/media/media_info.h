/* What Reeve knows about a media file: the same records from the probing child to the database, the plan and the API.
 *
 * Names of codecs, pixel formats, layouts, profiles and dispositions are ffprobe's; a field that ffprobe shows has the value
 * that ffprobe shows. Unknown: FIELD_NULL_INT, NULL, or the enum's NONE. */
#pragma once

#include "base/field.h"

typedef enum { STREAM_VIDEO, STREAM_AUDIO, STREAM_SUBTITLE, STREAM_ATTACHMENT, STREAM_DATA } StreamType;
extern const EnumTable stream_type_table;

/* HDR class of a video stream. Dolby Vision wins over what its base layer says; its profile is a field of its own. */
typedef enum { HDR_SDR, HDR_HDR10, HDR_HDR10_PLUS, HDR_HLG, HDR_DOLBY_VISION } HdrClass;
extern const EnumTable hdr_class_table; /* "sdr", "hdr10", "hdr10+", "hlg", "dolby-vision" */

typedef struct {
  char *name;
  char *value;
} Tag;
extern const FieldTable tag_table;

typedef struct {
  int64_t index;   /* as in ffprobe; what -map 0:N takes */
  int type;        /* StreamType */
  char *codec;     /* "hevc"; NULL if unknown to libavcodec */
  char *codec_tag; /* "hvc1", or NULL */
  char *profile;   /* "Main 10" */
  int64_t level;   /* as ffprobe: 120 for HEVC 4.0, 41 for H.264 4.1 */
  int64_t bit_rate_bps;
  int64_t duration_ms;
  int64_t start_ms;
  int64_t frames;     /* only where the container states it (nb_frames or a statistics tag) */
  char *language;     /* the tag as it stands in the file, NULL if none */
  char *language_tag; /* Matroska's BCP 47 tag, where it says more than `language`: "pt-BR"; NULL: none, or none that is read */
  char *title;
  bool disabled;       /* Matroska: players do not offer it */
  char **dispositions; /* the set ones, ffprobe's names: "default", "forced", "comment", "attached_pic", … in ffprobe's order */
  GPtrArray *tags;     /* Tag; all of the stream's, language and title included */
  /* video */
  int64_t width, height;
  char *pixel_format;
  int64_t bit_depth;
  char *frame_rate;      /* avg_frame_rate as "24000/1001" */
  char *base_frame_rate; /* r_frame_rate */
  char *sample_aspect;   /* "1:1" */
  char *field_order;     /* "progressive", "tt", … */
  char *color_range, *color_space, *color_transfer, *color_primaries, *chroma_location;
  int hdr; /* HdrClass */
  int64_t dolby_vision_profile;
  int64_t dolby_vision_compatibility; /* dv_bl_signal_compatibility_id */
  bool hdr10_plus;                    /* has dynamic metadata of SMPTE ST 2094-40, also where the class is Dolby Vision */
  char *mastering_display; /* x265's text: G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), chroma in 1/50000, luminance in 1/10000 cd/m² */
  char *content_light;     /* "max-cll,max-fall" */
  char *crop;              /* what players cut off by the container's word, "left:top:right:bottom" in pixels; NULL: nothing */
  bool closed_captions;    /* CEA-608/708 inside the video (ATSC A/53), by its first packet */
  int64_t hidden_ms; /* also of audio: how much of it an MP4's edit list hides at the beginning; FIELD_NULL_INT: nothing known to
                        be */
  /* audio */
  int64_t channels;
  char *channel_layout; /* "5.1(side)" */
  int64_t sample_rate;
  char *sample_format;
  /* attachments */
  char *file_name, *mime_type;
} StreamInfo;
extern const FieldTable stream_info_table;

typedef struct {
  int64_t start_ms, end_ms;
  char *title;
} Chapter;
extern const FieldTable chapter_table;

typedef struct {
  char *container;   /* one word: mkv webm mp4 mov avi ts m2ts ps wmv flv ogg mxf 3gp, … */
  char *format_name; /* as ffprobe: "matroska,webm" */
  int64_t size_bytes;
  int64_t duration_ms;
  int64_t start_ms;
  int64_t bit_rate_bps;
  GPtrArray *streams;    /* StreamInfo, in index order */
  GPtrArray *chapters;   /* Chapter */
  bool ordered_chapters; /* Matroska: the chapters say which parts are shown, and in which order */
  GPtrArray *tags;       /* Tag, of the container */
} MediaInfo;
extern const FieldTable media_info_table;

/* The main video stream: the first that is not an attached picture; NULL if there is none. */
const StreamInfo *media_info_video(const MediaInfo *info);

/* The n-th stream of a type (0-based), NULL past the end. */
const StreamInfo *media_info_stream(const MediaInfo *info, StreamType type, size_t n);

/* The language that players show: the tag's where it is another than `language`. Borrowed; NULL if none. */
const char *stream_language(const StreamInfo *stream);

bool stream_has_disposition(const StreamInfo *stream, const char *name);

/* "24000/1001" -> 23.976; 0 if NULL, malformed or 0/0. */
double frame_rate_value(const char *rate);

void media_info_free(MediaInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaInfo, media_info_free)
