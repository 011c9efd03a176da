/* Profiles: what a user wants a video to become. Stored, edited through the API, exported as JSON or YAML by this one table. */
#pragma once

#include "encode/score.h"
#include "media/capability.h"

typedef enum { ENGINE_FFMPEG, ENGINE_HANDBRAKE } EncodeEngine;
extern const EnumTable encode_engine_table;

/* Classes by the height of a 16:9 frame that the picture fills in width or height, held upright or not: sd < 650, 720p < 900,
 * 1080p < 1300, else 2160p. A film of 1920x800 is 1080p. */
typedef enum { RESOLUTION_ANY, RESOLUTION_SD, RESOLUTION_720P, RESOLUTION_1080P, RESOLUTION_2160P } ResolutionClass;
extern const EnumTable resolution_class_table; /* "any", "sd", "720p", "1080p", "2160p" */
ResolutionClass resolution_class(int64_t width, int64_t height);

typedef enum { DEPTH_SOURCE, DEPTH_8, DEPTH_10 } BitDepthRule;
extern const EnumTable bit_depth_rule_table; /* "source", "8", "10" */

typedef enum { CONTAINER_SAME, CONTAINER_MKV, CONTAINER_MP4, CONTAINER_WEBM, CONTAINER_MOV } ContainerRule;
extern const EnumTable container_rule_table;

typedef enum { DEINTERLACE_OFF, DEINTERLACE_AUTO, DEINTERLACE_ON } DeinterlaceRule;
extern const EnumTable deinterlace_rule_table;

typedef enum { DECODE_SAMPLED, DECODE_FULL } DecodeCheck;
extern const EnumTable decode_check_table;

/* Whether a long film is cut into chunks that several runners encode at once; see encode/chunk_plan.h. */
typedef enum { CHUNKING_AUTO, CHUNKING_NEVER, CHUNKING_ALWAYS } ChunkingRule;
extern const EnumTable chunking_rule_table;

typedef enum { DENOISE_OFF, DENOISE_LIGHT, DENOISE_MEDIUM, DENOISE_STRONG } DenoiseRule;
extern const EnumTable denoise_rule_table;

/* In BY_LANGUAGE a stream without a language stays: nobody can say that it is unwanted. BURN_IN draws the forced, else the
 * default, else the first subtitle into the picture and keeps the others. */
typedef enum { STREAMS_KEEP_ALL, STREAMS_BY_LANGUAGE, STREAMS_PRIMARY, STREAMS_DROP, STREAMS_BURN_IN } StreamsRule;
extern const EnumTable audio_rule_table;    /* "all", "by-language", "primary" */
extern const EnumTable subtitle_rule_table; /* "all", "by-language", "drop", "burn-in" */

typedef enum { AUDIO_COPY, AUDIO_AAC, AUDIO_OPUS, AUDIO_AC3, AUDIO_EAC3, AUDIO_FLAC } AudioCodec;
extern const EnumTable audio_codec_table;

/* A quality for one encoder family and one class of resolution; the most specific rule wins, then the encoder's own table. */
typedef struct {
  int family;      /* EncoderFamily, or FIELD_NULL_ENUM for any */
  int resolution;  /* ResolutionClass */
  int64_t quality; /* CRF, CQ, QP or global quality, in the encoder's own scale */
} QualityRule;
extern const FieldTable quality_rule_table;

typedef struct {
  int64_t id;
  int64_t version; /* grows with each change; verdicts are remembered per version */
  char *name;
  char *description;
  bool seeded; /* came with Reeve; may be edited */
  int engine;
  int codec;       /* VideoCodec */
  char **encoders; /* families in order of preference ("nvenc", "qsv", "vaapi", "cpu"), or {"auto"}: every hardware family that is
                      proven, then cpu */
  bool cpu_fallback;    /* a hardware failure is tried once more on the CPU */
  GPtrArray *qualities; /* QualityRule */
  int target_metric;    /* QualityMetric; with one the quality is looked for, file by file, from the qualities above on */
  double target_score;  /* the floor that the encode must hold by it */
  char *preset;         /* the encoder's; "" takes its default */
  char *tune;
  int bit_depth;               /* BitDepthRule */
  int64_t max_height;          /* 0: as the source */
  double max_frame_rate;       /* 0: as the source */
  bool two_pass;               /* with video_bit_rate_kbps */
  int64_t video_bit_rate_kbps; /* > 0: bit rate instead of quality */
  int container;
  int deinterlace;
  bool crop_black_bars;
  int denoise;
  bool tone_map;          /* HDR to SDR */
  int chunking;           /* ChunkingRule */
  int64_t chunk_seconds;  /* at least so long */
  char **extra_arguments; /* to the encoder, checked against a deny list */
  int audio;              /* StreamsRule by audio_rule_table */
  char **audio_languages;
  int audio_codec;
  int64_t audio_bit_rate_kbps; /* for two channels; scaled by channels; 0: the codec's good default */
  bool add_stereo_downmix;
  int subtitles; /* StreamsRule by subtitle_rule_table */
  char **subtitle_languages;
  bool drop_unsupported; /* leave out, with a warning, what the container or encoder cannot hold, instead of leaving the file
                            alone */
  /* when not to work (T3) */
  char **eligible_codecs;    /* also re-encode from these modern codecs, else left alone: "hevc", "av1", "vp9" */
  double min_bits_per_pixel; /* bits per pixel and frame, below which a source is left alone; 0: no rule */
  int64_t min_size_bytes;
  int64_t min_age_s;
  bool keep_dolby_vision;     /* work on Dolby Vision 8 although the enhancement is lost; 5 and 7 are never touched */
  bool keep_hdr10_plus;       /* work on HDR10+ although its dynamic metadata is lost */
  double min_saving_percent;  /* an output that saves less is discarded and remembered */
  double min_ssim;            /* 0: not measured; else the output's mean SSIM must reach it */
  int decode_check;           /* DecodeCheck: how much of an output is decoded before it replaces anything */
  int64_t keep_original_days; /* in the trash; 0: not kept */
  int64_t created_at_ms, updated_at_ms;
} Profile;
extern const FieldTable profile_table;

void profile_free(Profile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profile, profile_free)

/* Rules across fields (a target codec that the container cannot hold, two_pass without a bit rate, forbidden extra arguments,
 * HandBrake with a codec it lacks, quality outside the encoder's range, …): each an entry {field, message} added by `report`.
 * Pure. True if there was none. */
typedef void (*ProfileReport)(const char *field, const char *message, void *user_data);
bool profile_check(const Profile *profile, ProfileReport report, void *user_data);

/* The profiles that a new database is given: hevc, av1, h264 and then movies, tv, anime, home-video, 4k, archive, mobile. A fresh
 * array of Profile. */
GPtrArray *profile_seeds(void);
