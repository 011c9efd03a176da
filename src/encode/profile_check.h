/* Rules about encoder options that the profile check and the plan share. For this module only. */
#pragma once

#include "encode/profile.h"

/* NULL if the extra arguments may be given to an encoder, else a sentence naming the first that may not. The caller frees it. */
char *extra_arguments_check(char *const *arguments);

/* Whether this encoder knows the preset (or the tune); "" and NULL are unknown. */
bool encoder_knows_preset(const EncoderRow *encoder, const char *preset);
bool encoder_knows_tune(const EncoderRow *encoder, const char *tune);

/* The codec word that ffmpeg uses for a target: "hevc". NULL for copy. */
const char *video_codec_word(VideoCodec codec);
