/* Local users (U2). One rule holds throughout: there is always somebody who can administer the server, once there was one.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/access.h"

/* INVALID if the name is not 1..64 of letters, digits, '.', '_', '-', '@' or the password has fewer than PASSWORD_MIN_BYTES or
 * more than PASSWORD_MAX_BYTES; CONFLICT if the name is taken. */
bool user_add(DbConn *conn, const char *name, Role role, const char *password, const Clock *clock, int64_t *ret_id,
              GError **error);

/* Checks name and password in the same time whether the name exists or not. UNAUTHENTICATED, with one message for all reasons.
 * `ret_user` is zeroed by the caller and filled on success. */
bool user_check(DbConn *conn, const char *name, const char *password, const Clock *clock, User *ret_user, GError **error);

/* Asked about the user as it is now, locked, before anything is done to it; false with an error if that should not be. */
typedef bool (*UserAgree)(const User *user, void *user_data, GError **error);

/* What may be changed. */
typedef struct {
  const char *name;                                            /* NULL: as it is */
  int role;                                                    /* FIELD_NULL_ENUM: as it is */
  const char *password;                                        /* NULL: as it is; a new one ends all sessions of the user */
  enum { USER_AS_IT_IS, USER_ENABLED, USER_DISABLED } enabled; /* disabling ends all sessions */
  UserAgree agree;                                             /* NULL: whatever it is now */
  void *user_data;                                             /* of `agree` */
} UserChange;

/* NOT_FOUND, INVALID as user_add, CONFLICT for a taken name or if nobody would be left who is an admin and enabled. `ret_user`
 * (may be NULL; zeroed by the caller) is the user as it is then. */
bool user_change(DbConn *conn, int64_t id, const UserChange *change, User *ret_user, GError **error);

/* Removes the user with all its sessions. NOT_FOUND, CONFLICT for the last admin, or what `agree` (may be NULL) says. */
bool user_remove(DbConn *conn, int64_t id, UserAgree agree, void *user_data, GError **error);

/* The user of a name. NOT_FOUND names it. `ret_user` is zeroed by the caller and filled. */
bool user_find(DbConn *conn, const char *name, User *ret_user, GError **error);

/* Whether there is any user. */
bool user_any(DbConn *conn, bool *ret_any, GError **error);

/* A name as user_add takes it; what is none may hold anything and does not belong into a log. */
bool user_name_is_good(const char *name);

/* The scope of keys that amounts to a role. */
KeyScope user_role_scope(Role role);
