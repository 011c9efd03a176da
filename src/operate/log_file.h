/* The server's log in the data directory, a JSON object a line: for `reeve logs`, and for the time after a crash. When it has
 * grown to its size it becomes "….1" and a new one is begun.
 *
 * Thread-safety: log_file_add and log_file_set_size from any thread. */
#pragma once

#include "base/log.h"
#include "base/log_ring.h"

typedef struct LogFile LogFile;

/* Appends to "DIRECTORY/server.jsonl". A log that cannot be written is said once on standard error and then left. */
LogFile *log_file_new(const char *directory, int64_t max_bytes);
void log_file_free(LogFile *file);
void log_file_set_size(LogFile *file, int64_t max_bytes); /* 0: nothing is written */

/* A LogObserver. */
void log_file_add(const LogMessage *message, void *file);

/* Follows the lines of a directory's log. */
typedef struct LogReader LogReader;
/* From the last `lines` on. NULL with NOT_FOUND if there is no log. */
LogReader *log_reader_new(const char *directory, size_t lines, GError **error);
void log_reader_free(LogReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LogReader, log_reader_free)
/* The next whole line, or NULL if there is none yet. The caller frees it. */
char *log_reader_next(LogReader *reader);
