/* `reeve user …` and `reeve key …`: who may do what. Test: the system tests. */
#include "auth/key.h"
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
      conn ? key_create(conn, context->arguments[0], (KeyScope)scope, expires_at_ms, clock_system(), error) : NULL;
  if (!key)
    return false;
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
  g_autoptr(GPtrArray) keys = conn ? record_list(conn, &api_key_table, "ORDER BY id", DB_NO_ARGS, error) : NULL;
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
  if (ok)
    output_remark(context, "The key %s (%s…) opens nothing any more.", key.name, key.prefix);
  record_clear(&api_key_table, &key);
  return ok;
}

static bool run_user_add(CommandContext *context, GError **error)
{
  const char *name = context->arguments[0], *file = command_option(context, "password-file");
  int role;
  int64_t id;
  if (!command_option(context, "role"))
    return fail(error, REEVE_ERROR_INVALID, "Say what the user may do: --role viewer, operator or admin.");
  if (!command_option_enum(context, "role", &role_table, ROLE_VIEWER, &role, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  if (!service)
    return false;
  g_autofree char *prompt = g_strdup_printf("Password for %s", name);
  g_autofree char *password = file ? input_file(file, PASSWORD_FILE_MAX_BYTES, error) : input_new_secret(prompt, error);
  g_autoptr(DbConn) conn = password ? db_acquire(service_db(service), error) : NULL;
  bool ok = conn && user_add(conn, name, (Role)role, password, clock_system(), &id, error);
  if (password)
    explicit_bzero(password, strlen(password));
  if (!ok)
    return false;
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
  g_autoptr(GPtrArray) users = conn ? record_list(conn, &user_table, "ORDER BY name", DB_NO_ARGS, error) : NULL;
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
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  User user = {0};
  record_init(&user_table, &user);
  g_autoptr(GError) why = NULL;
  bool ok = conn && record_find(conn, &user_table, "name = $1", DB_ARGS(DB_TEXT(context->arguments[0])), &user, &why) &&
            record_delete(conn, &user_table, user.id, &why);
  record_clear(&user_table, &user);
  if (ok)
    output_remark(context, "The user %s is gone. Keys from earlier sign-ins are not: see \"reeve key list\".",
                  context->arguments[0]);
  else if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    fail(error, REEVE_ERROR_NOT_FOUND, "There is no user %s.", context->arguments[0]);
  else if (why)
    g_propagate_error(error, g_steal_pointer(&why));
  return ok;
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
    {.words = "user remove",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_user_remove,
     .summary = "Remove someone"},
};
const CommandSet access_commands = COMMAND_SET("Access", rows);
