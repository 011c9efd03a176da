/* How an upload becomes what was asked for: the command, from what the file is, and whether the result is that. Pure.
 *
 * ProRes and DNxHR come as QuickTime with PCM, as editors take them; the others as MP4 with AAC and its index in front
 * (faststart). Every audio track is kept; subtitles, attachments, chapters and tags are not: a proxy is looked at, and what a
 * sender put into a thousand tags is not carried on. Only the time code and the time of recording are, which editors conform by.
 *
 * Thread-safety: no state. */
#pragma once

#include "encode/plan.h"
#include "store/conversion_row.h"

typedef struct {
  int codec, resolution, quality; /* ConvertCodec, ConvertResolution, ConvertQuality */
} ConvertChoice;

/* A choice with a name, for people. */
typedef enum {
  CONVERT_PRESET_PRORES_PROXY,
  CONVERT_PRESET_PRORES_LT,
  CONVERT_PRESET_DNXHR_LB,
  CONVERT_PRESET_H264_REVIEW,
  CONVERT_PRESET_H264_HD,
  CONVERT_PRESET_HEVC_SMALL,
  CONVERT_PRESET_AV1_SMALL
} ConvertPreset;
extern const EnumTable convert_preset_table;
ConvertChoice convert_preset(ConvertPreset preset);

/* ".mov" or ".mp4". */
const char *recipe_extension(int codec);

/* The name under which what is made of an upload is saved: that of the upload with another ending, and what it is before it:
 * "film.prores-low-1080p.mov". Safe as upload_name's. The caller frees it. */
char *recipe_name(const char *upload_name, const ConvertChoice *choice);

/* The plan, for transcode_execute. NULL on error: CORRUPT if there is no video in it; INVALID if this ffmpeg has no encoder for
 * it that works, or its picture is too small or too large for it. The caller frees it. */
EncodePlan *recipe_plan(const MediaInfo *media, const ConvertChoice *choice, const CapabilitySet *capabilities, GError **error);

/* Whether an output is what the plan of `media` was to make. CORRUPT, with what is wrong: another codec or size, tracks that
 * lack, or an end that comes more than a twentieth too early, as that of an upload that is damaged. */
bool recipe_check(const MediaInfo *media, const EncodePlan *plan, const MediaInfo *output, GError **error);
