/* What could work on the chunks of a film now: the workers that report, and what each may run at once.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "encode/chunk_plan.h"
#include "operate/warden.h"

/* `agent` is this process's own worker, which need not report (NULL: none yet); `own` as for governor_states. Fills all but the
 * films that wait. */
void capacity_read(DbConn *conn, Warden *own, Agent *agent, int64_t now_ms, ChunkCapacity *ret_capacity);
