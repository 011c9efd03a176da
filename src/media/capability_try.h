/* The pure parts of finding out what works: the command line that tries an encoder, and what programs say about themselves.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "media/capability.h"

/* An ffmpeg command that encodes ten frames with the options that jobs will use. `device` is a render node for VAAPI and QSV, an
 * index for NVENC, else NULL. The caller frees it with g_strfreev. */
char **capability_try_arguments(const char *ffmpeg, const EncoderRow *row, int bit_depth, const char *device);

/* The last frame count in what `-progress` wrote; 0 if there is none. */
int64_t capability_frames(const char *progress);

/* The line of ffmpeg's messages that says why, without the "[name @ 0x…]" in front; NULL if there is none. The caller frees it.
 */
char *capability_telling_line(const char *messages);

/* The names in the second column of `ffmpeg -encoders` or `-filters`. A set; unref it with g_hash_table_unref. */
GHashTable *capability_listed_names(const char *listing);

/* "ffmpeg version 5.1.9-0+deb12u1 Copyright …" -> "5.1.9-0+deb12u1"; for HandBrakeCLI "HandBrake 1.6.1" -> "1.6.1". `word` is
 * what the version follows. NULL if it is not there. The caller frees it. */
char *capability_version(const char *text, const char *word);
