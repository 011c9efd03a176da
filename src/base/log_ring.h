/* The last lines of the log, in memory: what GET /logs shows and what is sent on to those who follow it. Bounded by a number of
 * lines and by the length of each.
 *
 * Thread-safety: all functions may be called from any thread; watchers are called by a thread of the ring, so that they
 * may do what those who log must not. */
#pragma once

#include "base/field.h"
#include "base/log.h"

typedef struct LogRing LogRing;

enum { LOG_RING_PRESET_LINES = 2000, LOG_LINE_MAX_BYTES = 4096 };

typedef struct {
  int64_t id; /* grows; starts at the process's clock in microseconds, so that ids of an earlier life are smaller */
  int64_t at_ms;
  int level; /* LogLevel */
  char *module;
  char *message;
  char *request; /* the correlation id, or NULL */
  int64_t job;   /* FIELD_NULL_INT: none */
  char *context; /* all scopes, a JSON object */
} LogLine;
extern const FieldTable log_line_table;

/* 0 lines: LOG_RING_PRESET_LINES. */
LogRing *log_ring_new(size_t lines);
void log_ring_free(LogRing *ring); /* no watcher may be left */

/* A LogObserver; user_data is the ring. */
void log_ring_add(const LogMessage *message, void *ring);

typedef struct {
  int64_t after_id;   /* < 0: the newest lines, else the oldest ones after it */
  int level;          /* LogLevel: this and what is graver; FIELD_NULL_ENUM: all */
  const char *module; /* NULL: all */
  size_t limit;
} LogQuery;

/* Array of LogLine, the oldest first. *ret_more (may be NULL): there are more after the last one. */
GPtrArray *log_ring_page(LogRing *ring, const LogQuery *query, bool *ret_more);

/* The id of the newest line; of the ring's beginning if there is none yet. */
int64_t log_ring_last_id(LogRing *ring);

/* `wake` is called after new lines, once for all that have come meanwhile. */
guint log_ring_watch(LogRing *ring, void (*wake)(void *user_data), void *user_data);
void log_ring_unwatch(LogRing *ring, guint id); /* when it returns, wake is not called any more */
