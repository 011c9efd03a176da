/* Users, API keys and sessions as rows. Hashing and checking are auth/'s. */
#pragma once

#include "store/db.h"

/* Tells all servers of a database that somebody's access has changed (db_notify). */
#define ACCESS_CHANNEL "reeve_access"

typedef enum { ROLE_VIEWER, ROLE_OPERATOR, ROLE_ADMIN } Role;
extern const EnumTable role_table;

typedef enum { SCOPE_READ, SCOPE_OPERATE, SCOPE_ADMIN, SCOPE_WORKER, SCOPE_WEBHOOK } KeyScope;
extern const EnumTable key_scope_table;

typedef struct {
  int64_t id;
  char *name;
  int role;
  char *password_hash; /* argon2id text; FIELD_NO_JSON */
  bool disabled;
  int64_t created_at_ms, last_login_at_ms;
} User;
extern const FieldTable user_table;

typedef struct {
  int64_t id;
  char *name;
  int scope;
  char *prefix; /* the first characters, to tell keys apart */
  char *hash;   /* BLAKE2b-256 of the key, hex; FIELD_NO_JSON. Keys are 256 random bits, so a fast hash is enough. */
  int64_t expires_at_ms, last_used_at_ms; /* FIELD_NULL_INT: never */
  int64_t created_at_ms;
} ApiKey;
extern const FieldTable api_key_table;

typedef struct {
  int64_t id, user_id;
  char *hash;    /* of the cookie, as ApiKey.hash; FIELD_NO_JSON */
  char *address; /* that signed in */
  char *agent;   /* User-Agent then, cut to 200 bytes */
  int64_t created_at_ms, used_at_ms, expires_at_ms;
} Session;
extern const FieldTable session_table;
