/* Delay profiles: how long a release is held back, so that a better one may come first.
 *
 * Thread-safety: pure; records belong to who holds them. */
#pragma once

#include "release/offer.h"
#include "release/quality_profile.h"

typedef struct {
  int64_t id;
  int64_t order; /* of those that fit, the lowest one counts */
  GArray *tags;  /* int64_t; none: for every film */
  bool enable_usenet, enable_torrent;
  int preferred_protocol; /* ReleaseProtocol */
  int64_t usenet_delay_minutes, torrent_delay_minutes;
  bool bypass_if_highest_quality; /* the profile's best quality is not held, from the preferred protocol */
  bool bypass_if_above_score;     /* nor is a score of at least the next, likewise */
  int64_t minimum_score;
} DelayProfile;
extern const FieldTable delay_profile_table;

/* The one that counts for a film with these tags; a built-in one without delays that prefers usenet if none fits. `profiles` (of
 * DelayProfile) may be NULL. */
const DelayProfile *delay_profile_for(const GPtrArray *profiles, const GArray *tags);

bool delay_profile_enables(const DelayProfile *delay, int protocol);

typedef struct {
  const ReleaseOffer *offer;
  const QualityProfile *profile;
  QualityModel model;
  int64_t score;
  bool mends_file;           /* a later issue of the quality that is there */
  int64_t oldest_pending_ms; /* when the oldest release that is held for the film was published; FIELD_NULL_INT: none is held */
  int64_t now_ms;
} DelayQuestion;

/* Until when the release is held, epoch milliseconds; 0: it is not. */
int64_t delay_profile_until(const DelayProfile *delay, const DelayQuestion *question);
