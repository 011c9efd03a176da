/* What is made of a message of Sonarr or Radarr (A5): jobs for the files that were imported, rows that follow renames and
 * deletions, and a line for people in any case.
 *
 * Thread-safety: any thread. */
#pragma once

#include "connect/webhook.h"
#include "store/webhook_row.h"
#include "tune/tune.h"

/* Does what is to be done, in one transaction and without opening a file: it takes milliseconds whatever the disks do.
 * `mappings`: of PathMapping. `ret_row` holds nothing yet and is filled with what was noted; record_clear frees it. False only
 * for the database's errors: a message that nothing can be made of is noted with its reason. */
bool tune_intake(TuneContext *context, const GPtrArray *mappings, const WebhookEvent *event, WebhookRow *ret_row, GError **error);
