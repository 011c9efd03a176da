/* Media in words.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "media/media_info.h"

/* "1920×1080", "–" without a picture. The caller frees it, as all here. */
char *media_picture(const MediaInfo *media);

/* "aac 2.0 eng, ac3 5.1 fra", at most three and how many more. */
char *media_audio(const MediaInfo *media);

/* "hevc", with "HDR10" and the like behind it. */
char *media_video(const MediaInfo *media);

/* All about one stream on one line: "hevc (Main 10), 1920×1080, 23.976 fps, 10 bit, HDR10, …". */
char *stream_text(const StreamInfo *stream);

/* "2.9 Mbit/s"; "–" if it is not known. */
char *bit_rate_text(int64_t bit_rate_bps);
