/* Which encoders really work on this machine: listed by ffmpeg, then proven by encoding a few frames with the options that will
 * be used.
 *
 * Thread-safety: a CapabilitySet is constant once made. */
#pragma once

#include "base/field.h"
#include "sys/cancel.h"

typedef enum {
  VIDEO_CODEC_COPY,
  VIDEO_CODEC_H264,
  VIDEO_CODEC_HEVC,
  VIDEO_CODEC_AV1,
  VIDEO_CODEC_VP9,
  VIDEO_CODEC_PRORES
} VideoCodec;
extern const EnumTable video_codec_table; /* "copy", "h264", … */

typedef enum { ENCODER_CPU, ENCODER_NVENC, ENCODER_QSV, ENCODER_VAAPI, ENCODER_AMF, ENCODER_VIDEOTOOLBOX } EncoderFamily;
extern const EnumTable encoder_family_table;

/* An encoder as we know it, from one constant table. */
typedef struct {
  const char *name; /* ffmpeg's: "libx265", "hevc_nvenc" */
  VideoCodec codec;
  EncoderFamily family;
  bool ten_bit;               /* can in principle */
  const char *pixel_format_8; /* what to hand it */
  const char *pixel_format_10;
  const char *quality_option; /* "-crf", "-cq", "-global_quality", … */
  int quality_min, quality_max;
  int quality_sd, quality_720p, quality_1080p, quality_2160p; /* good starting points */
  const char *default_preset;                                 /* NULL: the encoder has none */
  bool quarters;                                              /* its quality is a real number; others take whole numbers only */
} EncoderRow;

/* Between two qualities that differ for the encoder: 0.25 or 1. Finer than a quarter changes nothing that could be measured. */
double encoder_quality_step(const EncoderRow *encoder);

const EncoderRow *encoder_rows(size_t *ret_n);
const EncoderRow *encoder_find(const char *name);

/* What one encoder did when it was tried. */
typedef struct {
  char *encoder;
  bool listed; /* ffmpeg was built with it */
  bool works_8bit, works_10bit;
  char *device; /* "/dev/dri/renderD128", "0", or NULL */
  char *reason; /* why not: the program's own words, one line; NULL if all it should do works */
} Capability;
extern const FieldTable capability_table;

typedef struct {
  char *ffmpeg_version;    /* "5.1.9-0+deb12u1"; NULL: no ffmpeg found */
  char *handbrake_version; /* NULL: not installed */
  GPtrArray *encoders;     /* Capability, one for each row of the encoder table */
  char **
      filters; /* names of the optional filters that exist: zscale, tonemap, libvmaf, xpsnr, libplacebo, bwdif, hqdn3d, nlmeans */
} CapabilitySet;
extern const FieldTable capability_set_table;

/* Tries every encoder (those that ffmpeg does not list, or whose device is missing, are not started). Takes seconds. NULL with
 * NOT_FOUND if there is no ffmpeg at `ffmpeg`, CANCELLED. */
CapabilitySet *capability_detect(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error);
/* Whether an encoder failed that should work: ffmpeg was built with it and it needs no hardware, so that the machine may only
 * have had no memory, no process or no time left. Worth another trial, and not worth remembering. */
bool capability_set_doubtful(const CapabilitySet *set);

void capability_set_free(CapabilitySet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CapabilitySet, capability_set_free)

/* The proven entry of an encoder at a bit depth, or NULL. */
const Capability *capability_find(const CapabilitySet *set, const char *encoder, int bit_depth);

/* The short words by which jobs say what they need of a worker and workers say what they have: "ffmpeg", "encoder:libx265",
 * "handbrake". The caller frees it with g_strfreev. */
char **capability_words(const CapabilitySet *set);
