/* What searches for a quality found, kept for whoever plans the same work again.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "encode/plan.h"
#include "store/db.h"

/* The work that a search was made for. */
typedef struct {
  const char *fingerprint; /* of the source's content; NULL: nothing is kept or known */
  const Profile *profile;
  const EncodePlan *plan; /* the one that would search */
  const CapabilitySet *capabilities;
} SoughtQuality;

/* *ret_known false: nothing is known, or not any more. */
bool quality_recall(DbConn *conn, const SoughtQuality *sought, int64_t now_ms, QualityFound *ret_found, bool *ret_known,
                    GError **error);
bool quality_keep(DbConn *conn, const SoughtQuality *sought, const QualityFound *found, int64_t now_ms, GError **error);
