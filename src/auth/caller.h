/* Who asks: the holder of an API key, or somebody who is signed in.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "auth/key.h"
#include "auth/session.h"
#include "store/audit.h"

typedef struct {
  ActorKind kind;  /* ACTOR_KEY or ACTOR_USER */
  int64_t id;      /* of the key or session */
  int64_t user_id; /* FIELD_NULL_INT for keys */
  char *name;      /* of the key or user */
  bool has_role;   /* keys of workers and webhooks have none */
  Role role;
  KeyScope scope;        /* of a key, or what the role amounts to */
  int64_t expires_at_ms; /* of a key; FIELD_NULL_INT: never */
} Caller;

void caller_clear(Caller *caller);
void caller_copy(const Caller *from, Caller *ret_to);

/* Each fails as key_check and session_check do. `ret_caller` is zeroed by the caller and filled on success. */
bool caller_of_key(DbConn *conn, const char *key, const Clock *clock, Caller *ret_caller, GError **error);
bool caller_of_session(DbConn *conn, const char *token, const SessionRules *rules, const Clock *clock, Caller *ret_caller,
                       GError **error);
