/* Decides which messages of other programs are let in without a user or a header of ours. Test: tests/unit/api/test_webhooks.c */
#include "api/hook.h"

#include "api/sign_in.h"
#include "auth/signature.h"
#include "auth/token.h"
#include "base/error.h"

/* What the lock-out counts under. No user has such a name: it holds a space. */
#define ATTEMPTS "webhook signature"

char *hook_key(const Request *request)
{
  if (!request->route || !(request->route->flags & ROUTE_HOOK))
    return NULL;
  const char *in_address = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "apikey");
  return in_address && *in_address ? g_strdup(in_address) : access_basic_password(request_header(request, "Authorization"));
}

bool hook_is_signed(const Request *request)
{
  return request->route && (request->route->flags & ROUTE_HOOK) && request_header(request, HOOK_SIGNATURE_HEADER);
}

/* NULL without one; to be freed with token_free. */
static char *secret_of(const Request *request)
{
  Settings settings;
  live_settings_get(request->services->settings, &settings);
  char *secret = g_steal_pointer(&settings.webhook_secret);
  record_clear(&settings_table, &settings);
  return secret;
}

static bool refuse_unset(GError **error)
{
  return fail(
      error, REEVE_ERROR_UNAUTHENTICATED,
      "Signed messages are not taken: there is no webhook secret yet. An admin makes one by POST /api/v1/webhook-secret.");
}

bool hook_takes_signatures(Request *request, GError **error)
{
  char *secret = secret_of(request);
  bool takes = secret != NULL;
  token_free(secret);
  return takes || refuse_unset(error);
}

static bool check(Request *request, const char *secret, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request->services->db, error);
  if (!conn || !sign_in_count(request, conn, ATTEMPTS, response, error))
    return false;
  if (!signature_is_right(secret, request->body->str, request->body->len, request_header(request, HOOK_SIGNATURE_HEADER))) {
    g_warning("A message from %s for %s was refused: its signature is wrong.", request->client, request->path);
    return fail(error, REEVE_ERROR_UNAUTHENTICATED,
                "The signature in " HOOK_SIGNATURE_HEADER
                " is not that of this body: it must be the HMAC-SHA256 of the body as it "
                "is sent, by the webhook secret, in hex.");
  }
  sign_in_forgive(request, conn, ATTEMPTS);
  return true;
}

bool hook_check_signature(Request *request, Response *response, GError **error)
{
  char *secret = secret_of(request);
  bool ok = secret ? check(request, secret, response, error) : request->has_caller || refuse_unset(error);
  token_free(secret);
  return ok;
}
