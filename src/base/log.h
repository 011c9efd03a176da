/* Logging, over GLib's structured logging: a module sets G_LOG_DOMAIN to its name and calls g_debug, g_info, g_message,
 * g_warning or g_critical. This header is for whoever sets it up, and for correlation ids.
 *
 * Thread-safety: log_init before other threads start; the rest from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;

/* Sends all messages at or above `level` to standard error in that format. */
void log_init(LogFormat format, GLogLevelFlags level);

/* Level of one domain, or of all with NULL. Domain names are those of G_LOG_DOMAIN, at most 64 of them. */
void log_set_level(const char *domain, GLogLevelFlags level);

/* "error", "warning", "info", "debug" -> level. False if unknown. */
bool log_level_parse(const char *name, GLogLevelFlags *ret_level);

/* Until the scope ends, this thread's messages carry `"key": value`, e.g. key "job". Scopes nest; a scope of the same key hides
 * the outer one. `key` is of [a-z0-9_] and none of time, level, module and message. Both are copied. A scope ends on the thread
 * that began it. */
typedef struct LogScope LogScope;
LogScope *log_scope_begin(const char *key, const char *value);
void log_scope_end(LogScope *scope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LogScope, log_scope_end)

/* The same for the rest of the enclosing block. */
#define LOG_SCOPE(key, value) G_GNUC_UNUSED g_autoptr(LogScope) G_PASTE(log_scope_, __LINE__) = log_scope_begin(key, value)
