/* Logging, over GLib's structured logging: a module sets G_LOG_DOMAIN to its name and calls g_debug, g_info, g_message,
 * g_warning or g_critical. This header is for whoever sets it up, and for correlation ids.
 *
 * Thread-safety: log_init before other threads start; the rest from any thread. */
#pragma once

#include "base/enum_table.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;
extern const EnumTable log_format_table;

typedef enum { LOG_AT_ERROR, LOG_AT_WARNING, LOG_AT_INFO, LOG_AT_DEBUG } LogLevel;
extern const EnumTable log_level_table; /* names are those of log_level_parse */

/* GLib's word for a level. */
GLogLevelFlags log_level_flags(LogLevel level);

/* Sends all messages at or above `level` to standard error in that format. */
void log_init(LogFormat format, GLogLevelFlags level);

/* The format of the lines from now on. */
void log_set_format(LogFormat format);

/* Level of one domain, or of all with NULL. Domain names are those of G_LOG_DOMAIN, at most 64 of them. */
void log_set_level(const char *domain, GLogLevelFlags level);

/* Whether such a message is shown: where a message is made for each request, it need not be made for nothing. */
bool log_shows(const char *domain, GLogLevelFlags level);

/* "error", "warning", "info", "debug" -> level. False if unknown. */
bool log_level_parse(const char *name, GLogLevelFlags *ret_level);

/* "module=level" -> its parts. False if it is not that. The caller frees *ret_module. */
bool log_rule_parse(const char *rule, char **ret_module, LogLevel *ret_level);

/* All levels at once: `level` for every domain but those that `rules` ("module=level", NULL-terminated; may be NULL) name. Rules
 * that cannot be read are passed over: whoever takes them from people checks them first. */
void log_set_levels(LogLevel level, char *const *rules);

/* A message that is shown, for whoever keeps messages; borrowed until the call returns. */
typedef struct {
  int64_t at_ms;
  LogLevel level;
  const char *module, *message;
  const char *scopes; /* a JSON object of the scopes' keys and values */
} LogMessage;
typedef void (*LogObserver)(const LogMessage *message, void *user_data);

/* Calls `observer` for each message that is shown, from the thread that logs it; one observer at a time, NULL for none. When it
 * returns, the one before is not called any more. An observer must not log: GLib ends
 * a process that logs while it logs. */
void log_observe(LogObserver observer, void *user_data);

/* Until the scope ends, this thread's messages carry `"key": value`, e.g. key "job". Scopes nest; a scope of the same key hides
 * the outer one. `key` is of [a-z0-9_] and none of time, level, module and message. Both are copied. A scope ends on the thread
 * that began it. */
typedef struct LogScope LogScope;
LogScope *log_scope_begin(const char *key, const char *value);
void log_scope_end(LogScope *scope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LogScope, log_scope_end)

/* This thread's value for a key, NULL if it has none. The caller frees it. */
char *log_scope_value(const char *key);

/* A scope for the rest of the enclosing block. */
#define LOG_SCOPE(key, value) G_GNUC_UNUSED g_autoptr(LogScope) G_PASTE(log_scope_, __LINE__) = log_scope_begin(key, value)

/* As g_thread_new, for a thread that works for the caller: it begins within the caller's scopes. */
GThread *log_thread_new(const char *name, GThreadFunc run, void *data);
