/* Whether a release is worth fetching over what is there, when files are encoded again after they arrive (M10).
 *
 * A file is compared as two things. As a release: what it was made from, against the offered release; a film that came as a remux
 * and was encoded is still one whose remux we had. And as a file: what it is, or will be once our own encode is done, against
 * what our encode would make of the offered release. A release is fetched only if it is better as both, so a finished encode is
 * not fetched again, and neither is a release whose advantage the encode would take away.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/quality_profile.h"

/* What will be done with files of this film after they arrive. */
typedef struct {
  char *name;         /* of the transcode profile */
  bool encodes;       /* false: video is copied, and quality stays what it is */
  int64_t max_height; /* lines; 0: as the source */
} TranscodeTarget;
extern const FieldTable transcode_target_table;

/* The quality that a release of `quality` has after the encode: a remux, a disc or a raw broadcast is an encode of the same
 * source, and no picture is higher than allowed. `target` NULL: nothing is done. */
int transcode_outcome(const TranscodeTarget *target, int quality);

/* A file of the film, with where it came from as far as that is known. */
typedef struct {
  char *name;           /* without folder */
  QualityModel quality; /* as it is now */
  GArray *formats;      /* int64_t ids of the custom formats that it matches */
  char *group;          /* "" if not known */
  int64_t size_bytes;
  int64_t added_ms;
  bool encoded;           /* our encode is done */
  bool has_source;        /* what follows is known */
  QualityModel source;    /* of the release that it was made from */
  GArray *source_formats; /* int64_t ids, of that release */
  char *source_title;     /* its name; "" if not known */
  char *source_hash;      /* its torrent's; "" if not known */
} HeldFile;
extern const FieldTable held_file_table;

/* What a file counts as when releases are compared with it: what it was made from, if known. */
QualityModel held_file_model(const HeldFile *file);
int64_t held_file_score(const HeldFile *file, const QualityProfile *profile);

/* True if a better file should be looked for: what "cutoff unmet" lists show. */
bool held_file_cutoff_unmet(const HeldFile *file, const QualityProfile *profile);

typedef struct {
  const QualityProfile *profile;
  const TranscodeTarget *transcode; /* NULL: none */
  ProperPreference propers;
  QualityModel candidate; /* the offered release */
  int64_t score;
} UpgradeQuestion;

/* Whether the candidate should replace the file. If not, why as a finished sentence with the values; NULL if it should. The
 * caller frees it. `ret_verdict` (may be NULL) is written in any case. */
char *upgrade_refusal(const UpgradeQuestion *question, const HeldFile *file, UpgradeVerdict *ret_verdict);

/* The same against a release that is on its way or was fetched lately, `what` it is as a sentence begins: "A release in the
 * queue". */
char *upgrade_refusal_over(const UpgradeQuestion *question, const char *what, const QualityModel *current, int64_t current_score,
                           UpgradeVerdict *ret_verdict);
