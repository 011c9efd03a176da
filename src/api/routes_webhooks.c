/* What Sonarr and Radarr tell (A5). Test: tests/unit/api/test_webhooks.c, tests/system/audio_service.test.ts */
#include "api/hook.h"
#include "auth/token.h"
#include "base/error.h"
#include "store/record_sql.h"
#include "tune/intake.h"

#include <string.h>

#define WEBHOOKS "/api/v1/webhooks"
#define SHORT "/webhook"

static const QueryParameter webhook_query[] = {
    {"apikey", FIELD_KIND_TEXT, NULL, "A key, for programs that can show it in no other way."},
};

static bool post_webhook(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  int application;
  if (!enum_value(&webhook_application_table, request_name(request), &application))
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no webhook for %s; there are sonarr, radarr and lidarr.",
                request_name(request));
  Settings settings;
  WebhookEvent event = {0};
  WebhookRow row = {0};
  g_autoptr(GError) why = NULL;
  if (!webhook_read((WebhookApplication)application, request->body->str, request->body->len, &event, &why))
    return response_refuse(response, error, "", "%s", why->message);
  live_settings_get(services->settings, &settings);
  g_autoptr(GPtrArray) mappings = settings_path_mappings(&settings);
  record_clear(&settings_table, &settings);
  bool ok = tune_intake(services->tune, mappings, &event, &row, error);
  record_clear(&webhook_event_table, &event);
  if (ok)
    response_record(response, &webhook_row_table, &row);
  record_clear(&webhook_row_table, &row);
  return ok;
}

/* One application: where it is to send its messages, and what came last. */
typedef struct {
  char *application;
  char *path;
  char *short_path;
  char *address;
  char **sign_in;
  bool has_secret;
  int64_t last_received_at_ms;
  char *last_event, *last_instance, *last_reason;
  int last_outcome;
} WebhookInfo;

static const Field info_fields[] = {
    FIELD_TEXT(WebhookInfo, application, .help = "sonarr or radarr."),
    FIELD_TEXT(WebhookInfo, path, .help = "Where it sends its messages, by POST."),
    FIELD_TEXT(WebhookInfo, short_path, .help = "The same, for those who are to type it."),
    FIELD_TEXT(WebhookInfo, address, .flags = FIELD_NULLABLE,
               .help = "The same as an address, as this server was asked for; to be used with a key of the scope webhook."),
    FIELD_STRINGS(WebhookInfo, sign_in,
                  .help =
                      "How it may show that it may: basic (a key as the password), header (a key in X-Api-Key), address (a key "
                      "as ?apikey=), signature (" HOOK_SIGNATURE_HEADER ", once there is a webhook secret)."),
    FIELD_BOOL(WebhookInfo, has_secret, .help = "Whether there is a webhook secret, so that signed messages are taken."),
    FIELD_INT(WebhookInfo, last_received_at_ms, .flags = FIELD_NULLABLE,
              .help = "When it last said something, in ms since 1970."),
    FIELD_TEXT(WebhookInfo, last_event, .flags = FIELD_NULLABLE, .help = "What it was."),
    FIELD_TEXT(WebhookInfo, last_instance, .flags = FIELD_NULLABLE, .help = "Which one of several it was."),
    FIELD_ENUM(WebhookInfo, last_outcome, webhook_outcome_table, .flags = FIELD_NULLABLE, .help = "What was made of it."),
    FIELD_TEXT(WebhookInfo, last_reason, .flags = FIELD_NULLABLE, .help = "Why, in sentences."),
};
static const FieldTable info_table = FIELD_TABLE(WebhookInfo, "Webhook", NULL, info_fields);

static const WebhookRow *latest_of(const GPtrArray *latest, const char *application)
{
  for (guint i = 0; i < latest->len; i++)
    if (g_strcmp0(((const WebhookRow *)latest->pdata[i])->application, application) == 0)
      return latest->pdata[i];
  return NULL;
}

static WebhookInfo *describe(const Request *request, const char *application, const WebhookRow *last, bool has_secret)
{
  const char *const ways[] = {"basic", "header", "address", has_secret ? "signature" : NULL, NULL};
  const char *host = request_header(request, "Host");
  WebhookInfo *info = record_new(&info_table);
  record_clear(&info_table, info);
  g_autofree char *path = g_strdup_printf(WEBHOOKS "/%s", application);
  *info = (WebhookInfo){.application = g_strdup(application),
                        .short_path = g_strdup_printf(SHORT "/%s", application),
                        .sign_in = g_strdupv((char **)ways),
                        .has_secret = has_secret,
                        .address = host ? g_strdup_printf("%s://%s%s", request->is_secure ? "https" : "http", host, path) : NULL,
                        .last_received_at_ms = last ? last->received_at_ms : FIELD_NULL_INT,
                        .last_event = last ? g_strdup(last->event) : NULL,
                        .last_instance = last ? g_strdup(last->instance) : NULL,
                        .last_outcome = last ? last->outcome : FIELD_NULL_ENUM,
                        .last_reason = last ? g_strdup(last->reason) : NULL};
  info->path = g_steal_pointer(&path);
  return info;
}

static bool get_webhooks(Request *request, void *input, Response *response, GError **error)
{
  static const WebhookApplication shown[] = {WEBHOOK_SONARR, WEBHOOK_RADARR};
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) latest = conn ? webhook_rows_latest(conn, error) : NULL;
  if (!latest)
    return false;
  g_autoptr(GPtrArray) items = records_new(&info_table);
  bool has_secret = hook_takes_signatures(request, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
    const char *application = enum_name(&webhook_application_table, (int)shown[i]);
    g_ptr_array_add(items, describe(request, application, latest_of(latest, application), has_secret));
  }
  response_list(response, &info_table, items, NULL);
  return true;
}

typedef struct {
  char *secret;
} SecretMade;

static const Field secret_made_fields[] = {
    FIELD_TEXT(SecretMade, secret, .help = "The secret itself, which is shown only now."),
};
static const FieldTable secret_made_table = FIELD_TABLE(SecretMade, "WebhookSecretMade", NULL, secret_made_fields);

/* The one before is worthless as soon as the new one is shown, on all servers. */
static bool post_secret(Request *request, void *input, Response *response, GError **error)
{
  SecretMade made = {.secret = token_new("", error)};
  if (!made.secret)
    return false;
  g_autoptr(json_t) change = json_pack("{s:s}", "webhook_secret", made.secret);
  bool ok = live_settings_put(request_services(request)->settings, change, NULL, NULL, error);
  if (ok)
    response_record(response, &secret_made_table, &made);
  token_free(made.secret);
  return ok;
}

static const QueryParameter events_query[] = {
    {"application", FIELD_KIND_ENUM, &webhook_application_table, "Messages of this application."},
};

static bool get_events(Request *request, void *input, Response *response, GError **error)
{
  g_autofree char *next = NULL;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) rows = conn ? webhook_row_page(conn, request_text(request, "application"), request_text(request, "after"),
                                                      request_limit(request), &next, error)
                                   : NULL;
  if (rows)
    response_list(response, &webhook_row_table, rows, next);
  return rows != NULL;
}

#define RECEIVES                                                                                                                 \
  ACCESS_OPERATE, ROUTE_HOOK | ROUTE_ANY_BODY, .output = &webhook_row_table, .status = 200, .handle = post_webhook,              \
                                               ROUTE_QUERY(webhook_query)

static const Route rows[] = {
    {"GET", WEBHOOKS, ACCESS_READ, ROUTE_WHOLE_LIST, .output = &info_table, .status = 200, .handle = get_webhooks,
     .summary = "Where Sonarr and Radarr are to send their messages, and what they last said."},
    {"GET", WEBHOOKS "/events", ACCESS_READ, ROUTE_LISTS, .output = &webhook_row_table, .status = 200, .handle = get_events,
     ROUTE_QUERY(events_query), .summary = "Messages of the last 30 days and what was made of them, the newest first."},
    {"POST", WEBHOOKS "/{name}", RECEIVES,
     .summary = "A message of sonarr or radarr, as their connection \"Webhook\" sends it. A key of the scope webhook is enough."},
    {"POST", SHORT "/{name}", RECEIVES, .summary = "The same, at an address that is easily typed."},
    {"POST", "/api/v1/webhook-secret", ACCESS_ADMIN, .output = &secret_made_table, .status = 201, .handle = post_secret,
     .summary = "Makes the secret by which messages are signed, in the place of the one there was, and shows it, this once. "
                "DELETE /api/v1/settings/webhook_secret takes it away."},
};
const RouteSet webhook_routes = {rows, G_N_ELEMENTS(rows)};
