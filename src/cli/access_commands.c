/* `reeve user …` and `reeve key …`: who may do what. Test: the system tests. */
#include "auth/key.h"
#include "auth/setup.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "store/record_sql.h"

#include <inttypes.h>
#include <string.h>

enum { PASSWORD_FILE_MAX_BYTES = 4096 };

/* What changes access is remembered, whoever did it. A running server hears of it at once on PostgreSQL; on SQLite, where
 * messages stay within a process, it looks again within seconds. */
static void note(DbConn *conn, const char *command, const char *target)
{
  g_autoptr(GError) why = NULL;
  session_note(conn, command, target);
  if (!db_notify(conn, ACCESS_CHANNEL, "", &why))
    g_warning("\"%s\" was done; servers notice it within seconds: %s", command, why->message);
}

static bool parse_expiry(const CommandContext *context, int64_t *ret_at_ms, GError **error)
{
  const char *text = command_option(context, "expires");
  int64_t ms;
  *ret_at_ms = FIELD_NULL_INT;
  if (!text)
    return true;
  if (!parse_duration(text, &ms) || ms <= 0 || ms > INT64_MAX / 4)
    return fail(error, REEVE_ERROR_INVALID, "--expires must be a time from now, such as 90d or 12h.");
  *ret_at_ms = clock_now_ms(clock_system()) + ms;
  return true;
}

/* The key is the last word of what is printed, so that scripts can take it whatever stands before it. */
static bool run_key_add(CommandContext *context, GError **error)
{
  int scope;
  int64_t expires_at_ms;
  if (!command_option(context, "scope"))
    return fail(error, REEVE_ERROR_INVALID, "Say what the key may do: --scope read, operate or admin.");
  if (!command_option_enum(context, "scope", &key_scope_table, SCOPE_READ, &scope, error) ||
      !parse_expiry(context, &expires_at_ms, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autofree char *key =
      conn ? key_create(conn, context->arguments[0], (KeyScope)scope, expires_at_ms, clock_system(), NULL, error) : NULL;
  if (!key)
    return false;
  note(conn, "key add", context->arguments[0]);
  if (context->json)
    output_json(
        json_pack("{s:s, s:s, s:s}", "name", context->arguments[0], "scope", enum_name(&key_scope_table, scope), "key", key));
  else if (context->quiet)
    output_line("%s", key);
  else
    output_line("This key is shown only now: %s", key);
  explicit_bzero(key, strlen(key));
  return true;
}

static bool run_key_list(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) keys = conn ? record_all(conn, &api_key_table, NULL, error) : NULL;
  if (!keys)
    return false;
  if (context->json) {
    output_records(&api_key_table, keys);
    return true;
  }
  g_autoptr(Table) table = table_new();
  table_column(table, "ID", TABLE_RIGHT);
  table_column(table, "NAME", TABLE_LEFT);
  table_column(table, "SCOPE", TABLE_LEFT);
  table_column(table, "BEGINS", TABLE_LEFT);
  table_column(table, "MADE", TABLE_LEFT);
  table_column(table, "LAST USED", TABLE_LEFT);
  table_column(table, "EXPIRES", TABLE_LEFT);
  int64_t now_ms = clock_now_ms(clock_system());
  for (guint i = 0; i < keys->len; i++) {
    const ApiKey *key = keys->pdata[i];
    g_autofree char *made = text_time(key->created_at_ms);
    g_autofree char *used = text_time(key->last_used_at_ms);
    g_autofree char *expires = key->expires_at_ms == FIELD_NULL_INT ? g_strdup("never") : text_time(key->expires_at_ms);
    bool is_over = key->expires_at_ms != FIELD_NULL_INT && key->expires_at_ms <= now_ms;
    table_add(table, "%" PRId64, key->id);
    table_add(table, "%s", key->name);
    table_add(table, "%s", enum_name(&key_scope_table, key->scope));
    table_add(table, "%s…", key->prefix);
    table_add(table, "%s", made);
    table_add(table, "%s", used);
    table_add_coloured(table, is_over ? COLOUR_YELLOW : COLOUR_NONE, "%s%s", expires, is_over ? " (over)" : "");
  }
  table_print(table);
  if (keys->len == 0)
    output_remark(context, "There are no keys; \"reeve key add NAME --scope admin\" makes one.");
  return true;
}

static bool run_key_revoke(CommandContext *context, GError **error)
{
  int64_t id;
  if (!command_id(context, 0, "key", &id, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  ApiKey key = {0};
  record_init(&api_key_table, &key);
  bool ok = conn && record_get(conn, &api_key_table, id, &key, error) && record_delete(conn, &api_key_table, id, error);
  if (ok) {
    note(conn, "key revoke", key.name);
    output_remark(context, "The key %s (%s…) opens nothing any more.", key.name, key.prefix);
  }
  record_clear(&api_key_table, &key);
  return ok;
}

/* From the file that --password-file names, or asked for. The caller wipes and frees it. */
static char *ask_password(const CommandContext *context, const char *name, GError **error)
{
  const char *file = command_option(context, "password-file");
  g_autofree char *prompt = g_strdup_printf("Password for %s", name);
  return file ? input_file(file, PASSWORD_FILE_MAX_BYTES, error) : input_new_secret(prompt, error);
}

static bool run_user_add(CommandContext *context, GError **error)
{
  const char *name = context->arguments[0];
  int role;
  int64_t id;
  if (!command_option(context, "role"))
    return fail(error, REEVE_ERROR_INVALID, "Say what the user may do: --role viewer, operator or admin.");
  if (!command_option_enum(context, "role", &role_table, ROLE_VIEWER, &role, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  if (!service)
    return false;
  g_autofree char *password = ask_password(context, name, error);
  g_autoptr(DbConn) conn = password ? db_acquire(service_db(service), error) : NULL;
  bool ok = conn && user_add(conn, name, (Role)role, password, clock_system(), &id, error);
  if (password)
    explicit_bzero(password, strlen(password));
  if (!ok)
    return false;
  note(conn, "user add", name);
  if (context->json)
    output_json(json_pack("{s:I, s:s, s:s}", "id", (json_int_t)id, "name", name, "role", enum_name(&role_table, role)));
  else
    output_line("The user %s can sign in as %s.", name, enum_name(&role_table, role));
  return true;
}

static bool run_user_list(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) users = conn ? record_all(conn, &user_table, "name", error) : NULL;
  if (!users)
    return false;
  if (context->json) {
    output_records(&user_table, users);
    return true;
  }
  g_autoptr(Table) table = table_new();
  table_column(table, "NAME", TABLE_LEFT);
  table_column(table, "ROLE", TABLE_LEFT);
  table_column(table, "MADE", TABLE_LEFT);
  table_column(table, "SIGNED IN", TABLE_LEFT);
  for (guint i = 0; i < users->len; i++) {
    const User *user = users->pdata[i];
    g_autofree char *made = text_time(user->created_at_ms);
    g_autofree char *signed_in = text_time(user->last_login_at_ms);
    table_add(table, "%s", user->name);
    table_add(table, "%s%s", enum_name(&role_table, user->role), user->disabled ? " (disabled)" : "");
    table_add(table, "%s", made);
    table_add(table, "%s", signed_in);
  }
  table_print(table);
  if (users->len == 0)
    output_remark(context, "There are no users; \"reeve user add NAME --role admin\" makes one.");
  return true;
}

static bool run_user_remove(CommandContext *context, GError **error)
{
  const char *name = context->arguments[0];
  User user = {0};
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  if (!conn || !user_find(conn, name, &user, error))
    return false;
  bool ok = user_remove(conn, user.id, NULL, NULL, error);
  record_clear(&user_table, &user);
  if (!ok)
    return false;
  note(conn, "user remove", name);
  output_remark(context, "The user %s is gone and signed out everywhere.", name);
  return true;
}

static bool change(DbConn *conn, const char *command, const char *name, const UserChange *what, GError **error)
{
  User user = {0};
  if (!user_find(conn, name, &user, error))
    return false;
  bool ok = user_change(conn, user.id, what, NULL, error);
  record_clear(&user_table, &user);
  if (ok)
    note(conn, command, name);
  return ok;
}

static bool run_user_password(CommandContext *context, GError **error)
{
  const char *name = context->arguments[0];
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autofree char *password = service ? ask_password(context, name, error) : NULL;
  g_autoptr(DbConn) conn = password ? db_acquire(service_db(service), error) : NULL;
  const UserChange what = {.role = FIELD_NULL_ENUM, .password = password};
  bool ok = conn && change(conn, "user password", name, &what, error);
  if (password)
    explicit_bzero(password, strlen(password));
  if (ok)
    output_remark(context, "%s has a new password and is signed out everywhere.", name);
  return ok;
}

static bool run_user_role(CommandContext *context, GError **error)
{
  const char *name = context->arguments[0];
  UserChange what = {0};
  if (!enum_value(&role_table, context->arguments[1], &what.role))
    return fail(error, REEVE_ERROR_INVALID, "A role is viewer, operator or admin.");
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  if (!conn || !change(conn, "user role", name, &what, error))
    return false;
  output_remark(context, "%s is %s now.", name, enum_name(&role_table, what.role));
  return true;
}

/* A listening address as a browser on this machine would write it; what the server really listens on, a flag may have said. */
static char *url_of(const Config *config)
{
  const char *port = strrchr(config->listen, ':');
  bool everywhere = g_str_has_prefix(config->listen, "0.0.0.0:") || g_str_has_prefix(config->listen, "[::]:");
  return g_strdup_printf("%s://%s%s", config->tls_certificate ? "https" : "http", everywhere ? "127.0.0.1" : config->listen,
                         everywhere ? port : "");
}

static bool run_setup_link(CommandContext *context, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  char *token = conn ? setup_begin(conn, clock_system(), error) : NULL;
  if (!token)
    return false;
  g_autofree char *url = url_of(&context->config);
  g_autofree char *link = setup_link(url, token);
  if (context->json)
    output_json(json_pack("{s:s}", "link", link));
  else
    output_line("%s", link);
  token_free(token);
  return true;
}

static const CommandOption key_options[] = {
    {"scope", "read|operate|admin", "What the key may do"},
    {"expires", "TIME", "How long it is good for, such as 90d; without it for ever"},
    {NULL, NULL, NULL},
};

static const CommandOption user_options[] = {
    {"role", "viewer|operator|admin", "What the user may do"},
    {"password-file", "FILE", "File that holds the password; without it it is asked for, or read from standard input"},
    {NULL, NULL, NULL},
};

static const CommandOption password_options[] = {
    {"password-file", "FILE", "File that holds the password; without it it is asked for, or read from standard input"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "key add",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = key_options,
     .run = run_key_add,
     .summary = "Make an API key; it is printed once, as the last word",
     .details = "Works before the first start of a server and while one runs. With --quiet only the key is printed."},
    {.words = "key list", .arguments = "", .run = run_key_list, .summary = "The API keys, by name and first characters"},
    {.words = "key revoke",
     .arguments = "ID",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_key_revoke,
     .summary = "Make a key worthless at once"},
    {.words = "user add",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = user_options,
     .run = run_user_add,
     .summary = "Add someone who can sign in"},
    {.words = "user list", .arguments = "", .run = run_user_list, .summary = "Who can sign in"},
    {.words = "user password",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = password_options,
     .run = run_user_password,
     .summary = "Give someone a new password; signs them out everywhere"},
    {.words = "user role",
     .arguments = "NAME ROLE",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = run_user_role,
     .summary = "Let someone do more or less: viewer, operator or admin"},
    {.words = "user remove",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_user_remove,
     .summary = "Remove someone; the last admin stays"},
    {.words = "setup-link",
     .arguments = "",
     .run = run_setup_link,
     .summary = "A new link to make the first user with",
     .details = "The server prints one when it starts without users; it is good for an hour and works once."},
};
const CommandSet access_commands = COMMAND_SET("Access", rows);
