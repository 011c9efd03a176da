/* Small pictures of files, made by ffmpeg in the same sandbox as encodes, kept in a directory of a bounded size.
 *
 * Thread-safety: any thread. */
#pragma once

#include "store/file.h"
#include "sys/cancel.h"

typedef struct ThumbnailCache ThumbnailCache;

enum {
  THUMBNAIL_WIDTH = 320,                   /* pixels; the height follows */
  THUMBNAILS_MAX_BYTES = 64 * 1024 * 1024, /* of all that are kept; the longest unused go first */
};

typedef struct {
  const char *directory; /* made if it is not there; nothing else may be kept in it */
  const char *ffmpeg;
  int64_t max_bytes; /* 0: THUMBNAILS_MAX_BYTES */
} ThumbnailParams;

/* Copies what params points to. */
ThumbnailCache *thumbnail_cache_new(const ThumbnailParams *params);
void thumbnail_cache_free(ThumbnailCache *cache); /* nobody may be waiting for one */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ThumbnailCache, thumbnail_cache_free)

/* A word that changes with the picture: made of the file's number, size and time. The caller frees it. */
char *thumbnail_tag(const LibraryFile *file);

/* A JPEG of a frame a tenth into the film; from the cache, or made now, which may take seconds. One at a time is made. NULL with
 * CONFLICT if the file cannot have one (missing, or without video), UPSTREAM if ffmpeg could not make it, TIMEOUT, CANCELLED. */
GBytes *thumbnail_get(ThumbnailCache *cache, const LibraryFile *file, Cancel *cancel, GError **error);
