/* Quality profiles: which qualities a user takes, in which order, and when to stop looking for better ones. Every function is
 * pure.
 *
 * An item of a profile is one quality, or a group of qualities that count as equally good. Items run from worst to best; that
 * order, and not the qualities' own weight, decides what is better. */
#pragma once

#include "release/language.h"
#include "release/quality.h"

enum { QUALITY_GROUP_FIRST_ID = 1000 }; /* groups are numbered from here, so that `cutoff` can name either */

typedef struct {
  int64_t id;        /* of the quality, or of the group: QUALITY_GROUP_FIRST_ID and up */
  char *name;        /* of the group; "" for a single quality */
  GArray *qualities; /* int64_t QualityIds: one for a single quality, two or more for a group */
  bool allowed;
} QualityProfileItem;
extern const FieldTable quality_profile_item_table;

/* What a custom format is worth to a profile. */
typedef struct {
  int64_t format; /* id of the custom format */
  int64_t score;
} QualityProfileScore;
extern const FieldTable quality_profile_score_table;

typedef struct {
  int64_t id;
  char *name;
  GPtrArray *items;                 /* QualityProfileItem, from worst to best; every quality is in exactly one */
  int64_t cutoff;                   /* id of the item at which to stop upgrading */
  bool upgrade_allowed;             /* false: the first file that is allowed stays */
  int language;                     /* Language; LANGUAGE_ANY, or LANGUAGE_ORIGINAL for that of the film */
  int64_t min_format_score;         /* less is refused */
  int64_t cutoff_format_score;      /* at this score a file is good enough */
  int64_t min_upgrade_format_score; /* least gain that makes an upgrade of the same quality */
  GPtrArray *scores;                /* QualityProfileScore; formats that are not listed count 0 */
} QualityProfile;
extern const FieldTable quality_profile_table;

void quality_profile_free(QualityProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QualityProfile, quality_profile_free)

/* Rules across fields: every quality in exactly one item, at least one allowed, ids that fit, `cutoff` an allowed item. INVALID
 * with the first rule broken. A cutoff that names a quality inside a group is replaced by the group's id. */
bool quality_profile_check(QualityProfile *profile, GError **error);

/* The profiles of a new installation: Any, SD, HD-720p, HD-1080p, Ultra-HD, HD - 720p/1080p. A fresh array of QualityProfile. */
GPtrArray *quality_profile_seeds(void);

/* A quality and its issue: what two releases, or a release and a file, are compared by. */
typedef struct {
  int quality; /* QualityId */
  QualityRevision revision;
} QualityModel;
extern const FieldTable quality_model_table;

/* What to do with propers and repacks. */
typedef enum {
  PROPERS_PREFER_AND_UPGRADE,
  PROPERS_DO_NOT_UPGRADE,
  PROPERS_DO_NOT_PREFER, /* a later issue is worth nothing by itself; custom formats may score it */
} ProperPreference;
extern const EnumTable proper_preference_table;

/* Position of the quality's item, 0 being the worst; -1 if the profile does not have it. */
int quality_profile_index(const QualityProfile *profile, int quality);

/* True if the quality, or the group that it is in, may be taken. */
bool quality_profile_allows(const QualityProfile *profile, int quality);

/* Less than 0, 0 or more than 0 as `a` is worse than, as good as or better than `b` in this profile; revisions are not looked at
 * and qualities of a group are equal. */
int quality_profile_compare(const QualityProfile *profile, int a, int b);

/* Index of the item at which upgrading stops: the cutoff if upgrades are allowed, else the worst allowed one. */
int quality_profile_cutoff_index(const QualityProfile *profile);

/* True if `current` is good enough in quality, so that only a later issue of the same (if `candidate` is not NULL and is one), or
 * the score, can be a reason to replace it. */
bool quality_profile_meets_cutoff(const QualityProfile *profile, const QualityModel *current, const QualityModel *candidate);

/* Quality and score together: what "cutoff unmet" lists show. `candidate` may be NULL, as above. */
bool quality_profile_cutoff_unmet(const QualityProfile *profile, const QualityModel *current, const QualityModel *candidate,
                                  int64_t current_score);

/* The score of these formats (ids, int64_t) in this profile. */
int64_t quality_profile_score(const QualityProfile *profile, const GArray *formats);

/* Why something is not an upgrade. */
typedef enum {
  UPGRADE_YES,
  UPGRADE_BETTER_QUALITY,  /* what we have is better */
  UPGRADE_NOT_ALLOWED,     /* the profile does not upgrade */
  UPGRADE_BETTER_REVISION, /* what we have is a later issue */
  UPGRADE_QUALITY_CUTOFF,  /* better, but what we have is good enough */
  UPGRADE_FORMAT_SCORE,    /* same quality, and no higher score */
  UPGRADE_FORMAT_CUTOFF,   /* same quality, and the score that we have is good enough */
  UPGRADE_FORMAT_MIN_GAIN, /* same quality, and the score gains too little */
} UpgradeVerdict;
extern const EnumTable upgrade_verdict_table; /* `help` goes on in a sentence about what is there: "and that is better quality" */

/* That `help`. */
const char *upgrade_verdict_clause(UpgradeVerdict verdict);

/* Whether `candidate` should replace `current`. The rules are asked in this order: better quality below the cutoff: yes; worse
 * quality: BETTER_QUALITY; later issue (unless propers are not preferred): yes; upgrades switched off: NOT_ALLOWED; earlier issue
 * (likewise): BETTER_REVISION; better quality, cutoff met: QUALITY_CUTOFF; then the score's rules. */
UpgradeVerdict quality_profile_upgrade(const QualityProfile *profile, const QualityModel *current, int64_t current_score,
                                       const QualityModel *candidate, int64_t candidate_score, ProperPreference propers);
