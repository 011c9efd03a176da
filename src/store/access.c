/* The tables of users, API keys and sessions. Test: tests/unit/store/test_tables.c */
#include "store/access.h"

static const EnumRow role_rows[] = {
    {ROLE_VIEWER, "viewer", "Sees everything, changes nothing"},
    {ROLE_OPERATOR, "operator", "Runs the library: scans, jobs, undo"},
    {ROLE_ADMIN, "admin", "Changes everything: roots, profiles, users, keys"},
};
const EnumTable role_table = ENUM_TABLE("Role", role_rows);

static const EnumRow key_scope_rows[] = {
    {SCOPE_READ, "read", "Reads everything"},       {SCOPE_OPERATE, "operate", "What an operator may do"},
    {SCOPE_ADMIN, "admin", "What an admin may do"}, {SCOPE_WORKER, "worker", "Takes jobs and reports on them"},
    {SCOPE_WEBHOOK, "webhook", "Sends webhooks"},
};
const EnumTable key_scope_table = ENUM_TABLE("KeyScope", key_scope_rows);

static const Field user_fields[] = {
    FIELD_INT(User, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the user."),
    FIELD_TEXT(User, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "Name to log in with, unique."),
    FIELD_ENUM(User, role, role_table, .help = "What the user may do."),
    FIELD_TEXT(User, password_hash, .flags = FIELD_NO_JSON, .help = "Argon2id hash of the password."),
    FIELD_BOOL(User, disabled, .help = "Whether the user is kept from logging in."),
    FIELD_INT(User, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When the user was added, in ms since 1970."),
    FIELD_INT(User, last_login_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "When the user last logged in, in ms since 1970; null: never."),
};
const FieldTable user_table = FIELD_TABLE(User, "User", "users", user_fields);

static const Field api_key_fields[] = {
    FIELD_INT(ApiKey, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the key."),
    FIELD_TEXT(ApiKey, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "What it is for, in your words."),
    FIELD_ENUM(ApiKey, scope, key_scope_table, .help = "What its holder may do."),
    FIELD_TEXT(ApiKey, prefix, .flags = FIELD_READ_ONLY, .help = "Its first characters, to tell keys apart."),
    FIELD_TEXT(ApiKey, hash, .flags = FIELD_NO_JSON, .help = "BLAKE2b-256 of the key, in hexadecimal digits."),
    FIELD_INT(ApiKey, expires_at_ms, .flags = FIELD_NULLABLE, .help = "When it stops working, in ms since 1970; null: never."),
    FIELD_INT(ApiKey, last_used_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "When it was last used, in ms since 1970; null: never."),
    FIELD_INT(ApiKey, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was made, in ms since 1970."),
};
const FieldTable api_key_table = FIELD_TABLE(ApiKey, "ApiKey", "api_keys", api_key_fields);

static const Field session_fields[] = {
    FIELD_INT(Session, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the session."),
    FIELD_INT(Session, user_id, .flags = FIELD_READ_ONLY, .help = "Who is signed in."),
    FIELD_TEXT(Session, hash, .flags = FIELD_NO_JSON, .help = "BLAKE2b-256 of the cookie, in hexadecimal digits."),
    FIELD_TEXT(Session, address, .flags = FIELD_READ_ONLY, .help = "Address that signed in."),
    FIELD_TEXT(Session, agent, .flags = FIELD_READ_ONLY, .help = "Program that signed in, as it named itself."),
    FIELD_INT(Session, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it began, in ms since 1970."),
    FIELD_INT(Session, used_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was last used, to the minute, in ms since 1970."),
    FIELD_INT(Session, expires_at_ms, .flags = FIELD_READ_ONLY,
              .help = "When it ends however much it is used, in ms since 1970."),
};
const FieldTable session_table = FIELD_TABLE(Session, "Session", "sessions", session_fields);
