/* Which quality a name's tags speak of. Within the module only.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/quality.h"
#include "release/release.h"
#include "release/tag.h"

/* What the tags say. */
typedef struct {
  int source; /* SourceTag, the last one named; -1: none */
  int lines;  /* 0: not said */
  bool remux, encode, divx, avc, hevc, vc1, mpeg2, ten_bit;
  bool uhd;             /* "UHD" */
  bool four_k;          /* "4K" */
  bool high_resolution; /* "HR" */
  bool image, whole;    /* a disc by itself; one beside "Blu-ray" */
  bool boxed;           /* the source stands alone in brackets, as renaming programs write it */
  bool parted;          /* "HD TV": the source is written as two words */
  bool german_plus;     /* German and a second language: its groups call a remux by its codec only */
  ReleaseSpan source_span, lines_span, modifier_span;
} QualityEvidence;

/* A file's kind, by the end of its name. */
typedef struct {
  const char *extension; /* lower case, no dot */
  int source;            /* QualitySource assumed when the name is silent */
  int resolution;        /* likewise, in lines */
  bool is_video;
  bool is_disc; /* holds a disc, or a piece of one */
} FileKind;

/* The kind of this extension (without the dot, any case); NULL if it is none that releases come in. */
const FileKind *file_kind_find(const char *extension, size_t length);

/* Gathers what the settled words of a scan say. */
void quality_gather(const Scan *scan, QualityEvidence *ret_evidence);

/* True if it says anything about the picture. */
static inline bool quality_evidence_any(const QualityEvidence *evidence)
{
  return evidence->source >= 0 || evidence->lines || evidence->remux || evidence->image || evidence->uhd || evidence->four_k ||
         evidence->divx;
}

/* Fills what `evidence` leaves open from `other`. */
void quality_evidence_fill(QualityEvidence *evidence, const QualityEvidence *other);

/* Decides source, resolution, modifier, quality, their origins and `disc` of the release. `kind` may be NULL. */
void quality_decide(const QualityEvidence *evidence, const FileKind *kind, Release *release);
