/* Where things are in a Matroska or WebM file: the EBML header, the first Segment, what stands before its first Cluster, the
 * SeekHeads and the Tracks element. Only heads of elements are read.
 *
 * Thread-safety: a plain value. */
#pragma once

#include "container/ebml.h"

/* An entry of a SeekHead. */
typedef struct {
  guint head;           /* index into seek_heads */
  uint32_t id;          /* of the element it points to */
  int64_t target;       /* where it points, in the file */
  EbmlElement position; /* the SeekPosition element that says so */
} MkvSeek;

typedef struct {
  bool is_webm;
  EbmlElement ebml;             /* the EBML header */
  EbmlElement doc_type_version; /* id 0 if the header has none */
  uint64_t version;             /* DocTypeVersion; 1 if absent */
  int max_size_bytes;           /* EBMLMaxSizeLength, at most 8: no size field may be wider */
  EbmlElement segment;
  GArray *front;      /* EbmlElement: the Segment's children before its first Cluster (all, if it has none), without gaps */
  GArray *seek_heads; /* EbmlElement */
  GArray *seeks;      /* MkvSeek */
  EbmlElement tracks;
  guint n_tracks; /* how many Tracks elements were found; `tracks` is the first */
} MkvFile;

/* CORRUPT with the place for anything that breaks the format, a file that ends early included; INVALID if it is EBML of another
 * kind; LIMIT if Tracks is hidden behind more than a million elements. A Tracks element behind the Clusters is found by SeekHead,
 * or by walking. */
MkvFile *mkv_file_read(const ByteSource *source, GError **error);
void mkv_file_free(MkvFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MkvFile, mkv_file_free)

/* The index in `front` of the element at this offset; false if it is not there. */
bool mkv_file_in_front(const MkvFile *file, int64_t offset, guint *ret_index);
