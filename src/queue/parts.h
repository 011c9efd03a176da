/* Parts of a job: work that is split so that several workers do it at once, and put together by the job itself.
 *
 * The parts are jobs below it. While one of them has not ended the job waits in the queue without a lease: no claim finds it, so
 * it costs nobody anything. When the last has ended, whatever way, it is given out again and its worker finds the parts' results
 * in their rows, which are all that must survive. What people do to the job reaches its parts (queue.h).
 *
 * What was made for such a job outlives its leases; see queue_work_alive_in.
 *
 * Thread-safety: as queue.h. */
#pragma once

#include "queue/queue.h"

/* Adds the parts (array of Job: kind, title, payload and needs; the rest is the job's own) and ends the lease, in one
 * transaction, without counting the attempt. `result` (JSON) is kept in the job for when it goes on. A job that is being
 * cancelled or sent back gets no parts and comes back as it was asked to; *ret_split says which. CONFLICT if the lease is lost.
 */
bool queue_split(Queue *queue, const LeaseRef *lease, GPtrArray *parts, const char *result, const char *waiting, bool *ret_split,
                 GError **error);

/* The jobs right below a job, by number; NULL on error. The caller frees it. */
GPtrArray *queue_parts(Queue *queue, int64_t job_id, GError **error);

/* These parts, which have ended, must be done again; the job waits for them as before, paused with them if it is paused. For a
 * job that is being cancelled or sent back nothing is done again: it comes back as it was asked to. CONFLICT if the lease is
 * lost. */
bool queue_redo_parts(Queue *queue, const LeaseRef *lease, const GPtrArray *parts, const char *waiting, GError **error);

/* Forgets the parts, which have all ended, and what was kept for going on; the job goes back to the queue with another payload
 * (NULL: the same). */
bool queue_unsplit(Queue *queue, const LeaseRef *lease, const char *payload, const char *waiting, GError **error);

/* Shows in a job that waits for its parts how many have ended, and tells its watchers. Best effort: a failure is logged. */
void queue_show_parts(Queue *queue, int64_t job_id);

/* Whether what a lease of that epoch made is still worked on: the lease is alive (queue_lease_alive_in); or the job has parts,
 * and it or one of them has not ended. */
bool queue_work_alive_in(DbConn *conn, int64_t job_id, int64_t epoch, int64_t now_ms, bool *ret_alive, GError **error);
