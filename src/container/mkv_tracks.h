/* A Tracks element in memory: read, changed, and written anew with as much or as little squeezed out of it as is needed.
 *
 * Thread-safety: a plain value. */
#pragma once

#include "container/mkv_file.h"
#include "container/track.h"

enum {
  MKV_TRACKS_MAX_BYTES = 4 * 1024 * 1024, /* styles of many subtitle tracks make a megabyte at most */
  MKV_TRACKS_MAX_ENTRIES = 1024,
};

/* A child of a TrackEntry. */
typedef struct {
  uint32_t id;
  int size_bytes;
  uint8_t *data; /* inside MkvTracks.bytes, or a constant */
  size_t length;
} MkvChild;

/* A child of Tracks. Only a TrackEntry has `children`; anything else is kept as it is. */
typedef struct {
  MkvChild self;
  size_t total;     /* bytes in the file, head included */
  GArray *children; /* MkvChild, or NULL */
  bool changed;
} MkvEntry;

typedef struct {
  const MkvFile *file; /* borrowed */
  uint8_t *original;   /* the whole element as it stands in the file */
  uint8_t *bytes;      /* the same, with the flags that could be changed where they stand */
  size_t total;
  GArray *entries; /* MkvEntry */
} MkvTracks;

/* CORRUPT if anything in the element breaks the format; LIMIT over the figures above. `file` must outlive the result. */
MkvTracks *mkv_tracks_read(const ByteSource *source, const MkvFile *file, GError **error);
void mkv_tracks_free(MkvTracks *tracks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MkvTracks, mkv_tracks_free)

/* The TrackEntries as records. CORRUPT for a number of more than 8 bytes. */
TrackList *mkv_tracks_list(const MkvTracks *tracks, GError **error);

/* Makes the wishes so (edits are checked ones), in memory. *ret_version is the DocTypeVersion that the elements it added need: 0
 * if it added none, 1, or 4. */
void mkv_tracks_change(MkvTracks *tracks, const TrackEdit *edits, size_t n_edits, int *ret_version);

/* What may be squeezed out of a TrackEntry, each also what those before it may. None changes what a reader understands. */
typedef enum {
  MKV_SQUEEZE_NOTHING,
  MKV_SQUEEZE_SIZES,    /* size fields as narrow as they can be, no Voids inside */
  MKV_SQUEEZE_DEFAULTS, /* children that say what their absence says (the default of RFC 9559) are left out */
} MkvSqueeze;

typedef enum {
  MKV_CHANGED_ENTRIES, /* only entries that became longer are squeezed, and only until they have their old length again */
  MKV_ALL_ENTRIES,     /* every entry is squeezed fully */
} MkvScope;

/* The data of the element (without its own head), CRC-32 not yet right: that of the whole depends on nothing else, see
 * mkv_tracks_element. The caller unrefs it. */
GByteArray *mkv_tracks_content(const MkvTracks *tracks, MkvSqueeze squeeze, MkvScope scope);

/* Puts a head before the content so that element and Void behind it fill exactly `room` bytes, and makes the CRC-32 right. NULL
 * if they cannot. *ret_void is how many bytes of room stay for the Void, 0 or what one can have. The caller unrefs it. */
GByteArray *mkv_tracks_element(const MkvTracks *tracks, const GByteArray *content, int64_t room, int64_t *ret_void);
