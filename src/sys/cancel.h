/* A token that tells whoever waits or works that it should stop. Tokens form a tree: cancelling a parent cancels its children.
 *
 * Thread-safety: all functions may be called from any thread; a token must outlive its children's creation, not their life
 * (children hold a reference on their parent). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Cancel Cancel;

/* A token that holds a reference for the caller; `parent` may be NULL. */
Cancel *cancel_new(Cancel *parent);
Cancel *cancel_ref(Cancel *cancel);
void cancel_unref(Cancel *cancel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cancel, cancel_unref)

/* Sets the token and all its children. Idempotent. Async-signal-safe it is not; see main for signals. */
void cancel_set(Cancel *cancel);

/* `cancel` may be NULL (never cancelled) in all that follows. */
bool cancel_is_set(const Cancel *cancel);

/* A descriptor that polls readable once the token is set; -1 for NULL. Borrowed: never read or close it. */
int cancel_peek_fd(const Cancel *cancel);

/* False with CANCELLED if the token is set. */
bool cancel_check(const Cancel *cancel, GError **error);

/* Waits until the token is set (true) or `timeout_ms` have passed (false); negative waits for ever. */
bool cancel_wait(const Cancel *cancel, int timeout_ms);
