/* What a profile is: the names of its choices and one table of its fields, with the defaults of a profile that nobody has
 * touched. Test: tests/unit/encode/test_profile.c */
#include "encode/profile.h"

static const EnumRow encode_engine_rows[] = {
    {ENGINE_FFMPEG, "ffmpeg", "FFmpeg: every stream and attachment can be kept"},
    {ENGINE_HANDBRAKE, "handbrake", "HandBrakeCLI, where it is installed: refuses files whose streams it could not keep"},
};
const EnumTable encode_engine_table = ENUM_TABLE("EncodeEngine", encode_engine_rows);

static const EnumRow resolution_class_rows[] = {
    {RESOLUTION_ANY, "any", "Every size"},
    {RESOLUTION_SD, "sd", "DVD and smaller"},
    {RESOLUTION_720P, "720p", "About 1280x720"},
    {RESOLUTION_1080P, "1080p", "About 1920x1080"},
    {RESOLUTION_2160P, "2160p", "About 3840x2160 and larger"},
};
const EnumTable resolution_class_table = ENUM_TABLE("ResolutionClass", resolution_class_rows);

static const EnumRow bit_depth_rule_rows[] = {
    {DEPTH_SOURCE, "source", "As the source: 8 stays 8, 10 and more become 10"},
    {DEPTH_8, "8", "8 bits; an HDR source must then be tone-mapped"},
    {DEPTH_10, "10", "10 bits, which bands less in dark gradients"},
};
const EnumTable bit_depth_rule_table = ENUM_TABLE("BitDepthRule", bit_depth_rule_rows);

static const EnumRow container_rule_rows[] = {
    {CONTAINER_SAME, "same", "As the source if it can hold every stream, else Matroska"},
    {CONTAINER_MKV, "mkv", "Matroska: holds everything"},
    {CONTAINER_MP4, "mp4", "MP4: widest support in devices, no picture subtitles"},
    {CONTAINER_WEBM, "webm", "WebM: VP9 or AV1 with Opus or Vorbis only"},
    {CONTAINER_MOV, "mov", "QuickTime: for editing"},
};
const EnumTable container_rule_table = ENUM_TABLE("ContainerRule", container_rule_rows);

static const EnumRow decode_check_rows[] = {
    {DECODE_SAMPLED, "sampled", "start, middle and end are decoded, every packet is read"},
    {DECODE_FULL, "full", "everything is decoded"},
};
const EnumTable decode_check_table = ENUM_TABLE("DecodeCheck", decode_check_rows);

static const EnumRow deinterlace_rule_rows[] = {
    {DEINTERLACE_OFF, "off", "Never"},
    {DEINTERLACE_AUTO, "auto", "Where the file says that it is interlaced"},
    {DEINTERLACE_ON, "on", "Every frame"},
};
const EnumTable deinterlace_rule_table = ENUM_TABLE("DeinterlaceRule", deinterlace_rule_rows);

static const EnumRow chunking_rule_rows[] = {
    {CHUNKING_AUTO, "auto", "Where several runners are free and it is quicker"},
    {CHUNKING_NEVER, "never", "Always in one run"},
    {CHUNKING_ALWAYS, "always", "Wherever it can be cut exactly, also where it is not quicker"},
};
const EnumTable chunking_rule_table = ENUM_TABLE("ChunkingRule", chunking_rule_rows);

static const EnumRow denoise_rule_rows[] = {
    {DENOISE_OFF, "off", NULL},
    {DENOISE_LIGHT, "light", NULL},
    {DENOISE_MEDIUM, "medium", NULL},
    {DENOISE_STRONG, "strong", NULL},
};
const EnumTable denoise_rule_table = ENUM_TABLE("DenoiseRule", denoise_rule_rows);

static const EnumRow audio_rule_rows[] = {
    {STREAMS_KEEP_ALL, "all", "Keep every track"},
    {STREAMS_BY_LANGUAGE, "by-language", "Keep the tracks in the listed languages, and those without a language"},
    {STREAMS_PRIMARY, "primary", "Keep the default track only"},
};
const EnumTable audio_rule_table = ENUM_TABLE("AudioRule", audio_rule_rows);

static const EnumRow subtitle_rule_rows[] = {
    {STREAMS_KEEP_ALL, "all", "Keep every subtitle"},
    {STREAMS_BY_LANGUAGE, "by-language", "Keep the subtitles in the listed languages, and those without a language"},
    {STREAMS_DROP, "drop", "Keep none"},
    {STREAMS_BURN_IN, "burn-in", "Draw the forced, else the default, else the first one into the picture, keep the others"},
};
const EnumTable subtitle_rule_table = ENUM_TABLE("SubtitleRule", subtitle_rule_rows);

static const EnumRow audio_codec_rows[] = {
    {AUDIO_COPY, "copy", "Copy every track as it is"},
    {AUDIO_AAC, "aac", "AAC"},
    {AUDIO_OPUS, "opus", "Opus"},
    {AUDIO_AC3, "ac3", "Dolby Digital, at most 5.1"},
    {AUDIO_EAC3, "eac3", "Dolby Digital Plus, at most 5.1"},
    {AUDIO_FLAC, "flac", "FLAC, lossless"},
};
const EnumTable audio_codec_table = ENUM_TABLE("AudioCodec", audio_codec_rows);

static const Field quality_rule_fields[] = {
    FIELD_ENUM(QualityRule, family, encoder_family_table, .flags = FIELD_NULLABLE,
               .help = "Encoder family that this quality is for; empty: any."),
    FIELD_ENUM(QualityRule, resolution, resolution_class_table, .help = "Size of the picture that this quality is for."),
    FIELD_INT(QualityRule, quality, .flags = FIELD_REQUIRED, .min = 0, .max = 255,
              .help = "CRF, CQ, QP or global quality in the encoder's own scale; lower is better, except for VideoToolbox."),
};
const FieldTable quality_rule_table = FIELD_TABLE(QualityRule, "QualityRule", NULL, quality_rule_fields);

/* min_bits_per_pixel: published CRF results for x265 "medium" at its visually transparent settings lie at 0.02 to 0.05 bits per
 * pixel for 1080p film (1 to 2.5 Mbit/s at 24 frames a second), so a source below the lower end has nothing left to give: at
 * 1920x1080 and 24 frames the default of 0.02 is 1.0 Mbit/s, at 640x360 it is 110 kbit/s. */
static const Field profile_fields[] = {
    FIELD_INT(Profile, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the profile."),
    FIELD_INT(Profile, version, .flags = FIELD_READ_ONLY, .preset = "1",
              .help = "Grows with each change; verdicts about files are remembered per version."),
    FIELD_TEXT(Profile, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "Name, unique among profiles."),
    FIELD_TEXT(Profile, description, .max = 500, .help = "What it is for, in your words."),
    FIELD_BOOL(Profile, seeded, .flags = FIELD_READ_ONLY, .help = "Came with Reeve; may be edited."),
    FIELD_ENUM(Profile, engine, encode_engine_table, .preset = "ffmpeg", .flags = FIELD_ADVANCED,
               .help = "Program that encodes."),
    FIELD_ENUM(Profile, codec, video_codec_table, .preset = "hevc", .help = "Video codec to produce; copy changes no video."),
    FIELD_STRINGS(Profile, encoders, .preset = "auto", .max = 8,
                  .help = "Encoder families in order of preference: nvenc, qsv, vaapi, amf, videotoolbox, cpu; or auto: every "
                          "hardware encoder that works here, then the CPU."),
    FIELD_BOOL(Profile, cpu_fallback, .preset = "true", .help = "Try once more on the CPU when a hardware encoder fails."),
    FIELD_RECORDS(Profile, qualities, quality_rule_table, .max = 50,
                  .help = "Qualities by encoder family and size; what no rule covers takes the encoder's good default."),
    FIELD_ENUM(Profile, target_metric, quality_metric_table,
               .help = "Look for the quality that just holds a score against the source, file by file, by encoding samples."),
    FIELD_REAL(Profile, target_score, .max = 100,
               .help =
                   "The score that an encode must reach: SSIM from 0.7 to 0.9995, VMAF from 30 to 99.5, XPSNR from 20 to 60 dB; "
                   "0 without a target."),
    FIELD_TEXT(Profile, preset, .max = 32,
               .help = "The encoder's speed preset, such as medium or 6; empty, or unknown to the encoder chosen: its default."),
    FIELD_TEXT(Profile, tune, .max = 32, .flags = FIELD_ADVANCED,
               .help = "The encoder's tuning, such as animation or grain; empty: none."),
    FIELD_ENUM(Profile, bit_depth, bit_depth_rule_table, .help = "Bits per colour sample of the output."),
    FIELD_INT(Profile, max_height, .max = 8192,
              .help = "Scale down what is larger than a 16:9 frame of this height, in pixels; 0: keep the size."),
    FIELD_REAL(Profile, max_frame_rate, .max = 240, .flags = FIELD_ADVANCED,
               .help = "Lower higher frame rates to this, in frames per second; 0: keep the rate."),
    FIELD_BOOL(Profile, two_pass, .flags = FIELD_ADVANCED, .help = "Encode twice to hit the bit rate exactly."),
    FIELD_INT(Profile, video_bit_rate_kbps, .max = 400000, .flags = FIELD_ADVANCED,
              .help = "Bit rate of the video in kbit/s instead of a quality; 0: use the quality."),
    FIELD_ENUM(Profile, container, container_rule_table, .preset = "mkv", .help = "Container of the output."),
    FIELD_ENUM(Profile, deinterlace, deinterlace_rule_table, .preset = "auto", .help = "When to deinterlace."),
    FIELD_BOOL(Profile, crop_black_bars, .help = "Measure and cut black bars."),
    FIELD_ENUM(Profile, denoise, denoise_rule_table, .help = "Reduce noise, which saves space and costs detail."),
    FIELD_BOOL(Profile, tone_map, .help = "Turn HDR into SDR."),
    FIELD_ENUM(Profile, chunking, chunking_rule_table, .flags = FIELD_ADVANCED,
               .help = "When to cut a film at key frames into chunks that are encoded side by side and joined again."),
    FIELD_INT(Profile, chunk_seconds, .min = 2, .max = 3600, .preset = "60", .flags = FIELD_ADVANCED,
              .help = "Length of a chunk at least, in seconds; shorter ones cost more bytes."),
    FIELD_STRINGS(Profile, extra_arguments, .max = 64, .flags = FIELD_ADVANCED,
                  .help = "Further options of the video encoder, as name and value in turn, such as -g, 240."),
    FIELD_ENUM(Profile, audio, audio_rule_table, .help = "Which audio tracks to keep."),
    FIELD_STRINGS(Profile, audio_languages, .max = 32, .help = "Languages for by-language, such as eng or de."),
    FIELD_ENUM(Profile, audio_codec, audio_codec_table, .help = "Codec for the audio tracks."),
    FIELD_INT(Profile, audio_bit_rate_kbps, .max = 1024,
              .help = "Audio bit rate in kbit/s for two channels, more for more; 0: a good one for the codec."),
    FIELD_BOOL(Profile, add_stereo_downmix, .help = "Add a stereo mix of a surround track where there is no stereo track."),
    FIELD_ENUM(Profile, subtitles, subtitle_rule_table, .help = "Which subtitles to keep."),
    FIELD_STRINGS(Profile, subtitle_languages, .max = 32, .help = "Languages for by-language, such as eng or de."),
    FIELD_BOOL(
        Profile, drop_unsupported,
        .help =
            "Leave out, with a warning, what the container or the encoder cannot hold (streams, transparency, closed captions),"
            " instead of leaving the file alone."),
    FIELD_STRINGS(Profile, eligible_codecs, .max = 16,
                  .help = "Modern codecs (hevc, av1, vp9) that are encoded again too; otherwise they are left alone."),
    FIELD_REAL(Profile, min_bits_per_pixel, .max = 10, .preset = "0.02",
               .help = "Leave files alone whose video has fewer bits per pixel and frame; 0: no rule."),
    FIELD_INT(Profile, min_size_bytes, .max = 9.0e15, .help = "Leave smaller files alone, in bytes."),
    FIELD_INT(Profile, min_age_s, .max = 3.2e9, .help = "Leave files alone that changed less than this ago, in seconds."),
    FIELD_BOOL(Profile, keep_dolby_vision, .flags = FIELD_ADVANCED,
               .help = "Work on Dolby Vision 8 although the enhancement is lost; profiles 5 and 7 are never touched."),
    FIELD_BOOL(Profile, keep_hdr10_plus, .flags = FIELD_ADVANCED,
               .help = "Work on HDR10+ although its dynamic metadata is lost; static HDR10 stays."),
    FIELD_REAL(Profile, min_saving_percent, .max = 99, .preset = "5",
               .help = "Discard an output that saves less than this of the source, and remember it."),
    FIELD_REAL(Profile, min_ssim, .max = 1, .flags = FIELD_ADVANCED,
               .help = "Discard an output whose mean SSIM against the source is lower; 0: do not measure."),
    FIELD_ENUM(Profile, decode_check, decode_check_table, .flags = FIELD_ADVANCED,
               .help = "How much of an output is decoded before it replaces anything."),
    FIELD_INT(Profile, keep_original_days, .max = 3650, .preset = "7", .help = "Days that originals stay in the trash; 0: none."),
    FIELD_INT(Profile, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was made, in ms since 1970."),
    FIELD_INT(Profile, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was last changed, in ms since 1970."),
};
const FieldTable profile_table = FIELD_TABLE(Profile, "Profile", "profiles", profile_fields);

void profile_free(Profile *profile)
{
  record_free(&profile_table, profile);
}

ResolutionClass resolution_class(int64_t width, int64_t height)
{
  int64_t longer = MAX(width, height), shorter = MIN(width, height);
  int64_t lines = MAX(shorter, longer * 9 / 16);
  return lines < 650 ? RESOLUTION_SD : lines < 900 ? RESOLUTION_720P : lines < 1300 ? RESOLUTION_1080P : RESOLUTION_2160P;
}
