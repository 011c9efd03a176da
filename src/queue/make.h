/* Making a job of a kind that this process carries out itself, from its payload's record.
 *
 * Thread-safety: as Queue. */
#pragma once

#include "queue/queue.h"

typedef struct {
  const char *kind, *title;
  int64_t root_id, file_id; /* FIELD_NULL_INT: none */
  const FieldTable *payload_table;
  const void *payload;
  int priority;         /* JobPriority */
  int64_t run_after_ms; /* 0: at once */
  const char *waiting;  /* why it does not start yet, or NULL */
} QueueMake;

/* Adds it in the caller's transaction; the caller publishes it (queue_publish) after the commit. */
bool queue_make(Queue *queue, DbConn *conn, const QueueMake *request, int64_t *ret_id, GError **error);
