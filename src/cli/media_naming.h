/* What has been probed, as names show it.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "media/media_info.h"
#include "release/naming_media.h"

typedef struct {
  NamingMedia naming; /* borrows from the MediaInfo and from what follows */
  char **audio_languages, **subtitle_languages;
  int64_t width, height; /* 0: no video */
} MediaNaming;

/* `media` must outlive the result, which is to be cleared. */
void media_naming_init(MediaNaming *naming, const MediaInfo *media);
void media_naming_clear(MediaNaming *naming);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MediaNaming, media_naming_clear)
