/* The audit log (U5): who did what, to what, when and from where. */
#pragma once

#include "store/db.h"

typedef enum { ACTOR_USER, ACTOR_KEY, ACTOR_CONSOLE /* the command line, on the server's machine */ } ActorKind;
extern const EnumTable actor_kind_table;

typedef struct {
  int64_t id, at_ms;
  int actor_kind;
  int64_t actor_id; /* of the user or key; FIELD_NULL_INT for the console */
  char *actor;      /* its name then */
  char *address;    /* "" for the console */
  char *action;     /* "PUT /api/v1/users/{id}", or the command: "user add" */
  char *target;     /* "/api/v1/users/7", or the command's arguments */
  int64_t status;   /* HTTP status of the answer, or exit code of the command */
  char *request;    /* id of the request, as in the log */
  char *detail;     /* JSON: the input without its secrets, or NULL */
} AuditEntry;
extern const FieldTable audit_table;

typedef struct {
  const char *actor;  /* by this name; NULL: anyone */
  const char *action; /* whose action contains this; NULL: any */
  const char *after;
  int64_t limit;
} AuditQuery;

/* One page, the newest first. *ret_next is NULL on the last; the caller frees it. NULL on error. */
GPtrArray *audit_page(DbConn *conn, const AuditQuery *query, char **ret_next, GError **error);

/* Adds to `to` what `from` has noted since the newest entry of `to`: what was done is not undone by restoring a backup. */
bool audit_carry(DbConn *from, DbConn *to, GError **error);
