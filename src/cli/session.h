/* How commands come to a service: beside a running server, or in its place.
 *
 * Thread-safety: one thread. */
#pragma once

#include "auth/session.h"
#include "cli/command.h"
#include "cli/service.h"

typedef enum {
  SESSION_LOOK, /* beside whoever runs; NOT_FOUND if there is no database yet: looking makes none */
  SESSION_EDIT, /* beside whoever runs; the database is made if it is not there */
  SESSION_OWN,  /* as the server: CONFLICT if there is one already */
} SessionMode;

/* Opens what the configuration says. */
Service *session_open(const Config *config, SessionMode mode, GError **error);

/* How long people stay signed in. */
SessionRules session_rules(const Config *config);

/* For `reeve serve`. */
Service *session_open_server(const Config *config, GError **error);

/* To have jobs done: in the server's place if there is none (*ret_is_server is true: service_start_work may be called), else
 * beside the one that runs. In the server's place `encode_slots` encodes run at once; 0: none, for commands that are about other
 * jobs. */
Service *session_open_for_work(const Config *config, int encode_slots, bool *ret_is_server, GError **error);

/* For commands that have jobs done: a reader of our output that goes away must not end us in the middle. */
void session_ignore_broken_pipes(void);

/* Notes in the audit log what a command did: its words and what to. That this fails is only warned of, for it was done. */
void session_note(DbConn *conn, const char *command, const char *target);
void session_note_on(Db *db, const char *command, const char *target); /* the same on a connection of its own */

/* The profile of a name. NOT_FOUND lists those there are. The caller frees it. */
Profile *session_profile(DbConn *conn, const char *name, GError **error);

/* The same among `profiles` (Profile). Borrowed. */
const Profile *profile_by_name(const GPtrArray *profiles, const char *name, GError **error);

/* The root that an argument means, by number, name or path. NOT_FOUND if there is none; `root` is initialised by the caller and
 * filled. */
bool session_root(Service *service, const char *argument, Root *root, GError **error);
