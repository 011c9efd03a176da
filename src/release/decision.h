/* Whether to fetch a release for a film: named rules in one ordered table (decision_rule), each of which is asked about the
 * release, the film, what is there, on its way, refused and fetched before, and the clock. Nothing is looked up and nothing is
 * changed: what comes out depends on the DecisionCase alone.
 *
 * Thread-safety: pure; a DecisionCase may be shared, a PatternScratch belongs to one thread at a time. */
#pragma once

#include "release/custom_format.h"
#include "release/delay_profile.h"
#include "release/movie.h"
#include "release/restriction.h"
#include "release/upgrade.h"

/* Why releases are looked at. */
typedef enum {
  DECIDE_RSS,         /* new ones of the indexers' feeds */
  DECIDE_SEARCH,      /* a search by itself */
  DECIDE_USER_SEARCH, /* a person asked for it: availability, delays and "monitored" do not matter */
} DecisionMode;
extern const EnumTable decision_mode_table; /* "rss", "search", "user-search" */

/* What a user set once for all films. */
typedef struct {
  int propers;                     /* ProperPreference */
  int64_t maximum_size_mb;         /* 0: none */
  int64_t minimum_free_mb;         /* what has to stay free where films are imported to */
  int64_t minimum_age_minutes;     /* of posts on usenet; 0: none */
  int64_t retention_days;          /* of usenet servers; 0: for ever */
  int64_t availability_delay_days; /* may be negative */
  bool allow_hardcoded_subs;
  char **allowed_hardcoded_subs; /* these are accepted although others are not: "KORSUB" */
  bool prefer_indexer_flags;
  bool handle_completed; /* downloads are imported by us, so that their end is known */
} DecisionSettings;
extern const FieldTable decision_settings_table;

/* A release that is being downloaded, or waits for its import. */
typedef struct {
  char *title;
  QualityModel quality;
  GArray *formats; /* int64_t ids */
  bool failed;     /* and will be dealt with as such: it does not count */
} QueuedRelease;
extern const FieldTable queued_release_table;

/* A release that must not be fetched again. */
typedef struct {
  char *title;
  int64_t indexer;
  int protocol; /* ReleaseProtocol */
  char *info_hash;
  int64_t size_bytes, published_ms;
} BlockedRelease;
extern const FieldTable blocked_release_table;

/* The latest time that something was fetched for the film. */
typedef struct {
  char *title; /* NULL or "": nothing was */
  char *info_hash;
  QualityModel quality;
  GArray *formats; /* int64_t ids */
  int64_t at_ms;
  bool is_latest;           /* nothing has happened to the film since */
  bool imported;            /* it became a file, */
  QualityModel imported_as; /* of this quality */
} GrabbedRelease;
extern const FieldTable grabbed_release_table;

/* Everything that the rules may look at. Borrowed; NULL lists are empty. */
typedef struct {
  DecisionMode mode;
  int64_t now_ms;
  const Movie *movie; /* NULL: nobody knows the film */
  const QualityProfile *profile;
  const DecisionSettings *settings;
  const DelayProfile *delay;        /* delay_profile_for() */
  const TranscodeTarget *transcode; /* NULL: files stay as they come */
  const GrabbedRelease *grabbed;    /* NULL: nothing was fetched yet */
  const GPtrArray *definitions;     /* QualityDefinition */
  const GPtrArray *formats;         /* CustomFormat */
  const GPtrArray *restrictions;    /* RestrictionTerms */
  const GPtrArray *indexers;        /* IndexerRules */
  const GPtrArray *files;           /* HeldFile, of this film in this version */
  const GPtrArray *queue;           /* QueuedRelease, of this film */
  const GPtrArray *blocklist;       /* BlockedRelease, of this film */
  int64_t oldest_pending_ms;        /* see DelayQuestion */
  int64_t free_bytes;               /* where the film will go; FIELD_NULL_INT: not known */
} DecisionCase;

typedef struct {
  char *rule; /* decision_rule's name */
  bool temporary;
  char *reason; /* a finished sentence with the values */
} Rejection;
extern const FieldTable rejection_table;

/* What came out for one release. */
typedef struct {
  const ReleaseOffer *offer; /* borrowed */
  Release *release;          /* its name, read */
  MovieMatch match;
  GArray *languages; /* int64_t Languages: the indexer's or the name's, MULTi and Original resolved */
  GArray *formats;   /* int64_t ids of the custom formats that match */
  int64_t score;
  QualityModel model;
  GPtrArray *rejections; /* Rejection; none: accepted */
  GPtrArray *problems;   /* char *: what could not be judged, in sentences */
} Decision;

/* Asks every rule. Never NULL; `offer` must outlive it. Free with decision_free. */
Decision *decision_make(const DecisionCase *input, const ReleaseOffer *offer, PatternScratch *scratch);
void decision_free(Decision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Decision, decision_free)

/* All of `offers` (ReleaseOffer): the accepted ones first, then those rejected for now, then the others; of each kind the
 * best first (prefer.h), equal ones in their order. An array of Decision that frees them. */
GPtrArray *decisions_make(const DecisionCase *input, const GPtrArray *offers);

bool decision_accepted(const Decision *decision);
bool decision_temporary(const Decision *decision); /* rejected, and by nothing that lasts */

/* {"title", "accepted", "temporary", "quality", "revision", "languages", "formats" (names), "score", "rejections", "problems"}. A
 * new object. */
json_t *decision_json(const Decision *decision, const GPtrArray *formats);

/* The rules, in the order in which they are asked, for docs and the interface. */
typedef struct {
  const char *name; /* "upgrade" */
  const char *help; /* when it rejects, as a sentence */
  const char *when; /* NULL: always; "RSS only", "torrents", … */
  bool temporary;
} DecisionRuleRow;
bool decision_rule_row(size_t n, DecisionRuleRow *ret_row); /* false past the end */
