/* Whether the process lives, and whether it can serve (O5). Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "base/error.h"

typedef struct {
  char *status;
  char *version;
  char *database;
} Health;

static const Field health_fields[] = {
    FIELD_TEXT(Health, status, .help = "live or ready."),
    FIELD_TEXT(Health, version, .help = "Version of Reeve."),
    FIELD_TEXT(Health, database, .flags = FIELD_NULLABLE,
               .help = "sqlite or postgresql, which answered just now; null in /health/live."),
};
static const FieldTable health_table = FIELD_TABLE(Health, "Health", NULL, health_fields);

static bool get_live(Request *request, void *input, Response *response, GError **error)
{
  response_record(response, &health_table, &(Health){.status = (char *)"live", .version = (char *)REEVE_VERSION});
  return true;
}

/* While the services are away, dispatch.c answers with 503 and the reason. */
static bool get_ready(Request *request, void *input, Response *response, GError **error)
{
  Db *db = request_services(request)->db;
  g_autoptr(DbConn) conn = db_acquire(db, error);
  int64_t one = 0;
  bool found = false;
  if (!conn || !db_query_int(conn, "SELECT 1", DB_NO_ARGS, &one, &found, error))
    return false;
  const char *kind = db_kind(db) == DB_SQLITE ? "sqlite" : "postgresql";
  response_record(response, &health_table,
                  &(Health){.status = (char *)"ready", .version = (char *)REEVE_VERSION, .database = (char *)kind});
  return true;
}

#define LIVE                                                                                                                     \
  .method = "GET", .access = ACCESS_OPEN, .flags = ROUTE_ALWAYS, .output = &health_table, .status = 200, .handle = get_live,     \
  .summary = "Whether the process answers."
#define READY                                                                                                                    \
  .method = "GET", .access = ACCESS_OPEN, .output = &health_table, .status = 200, .handle = get_ready,                           \
  .summary = "Whether requests can be served; 503 with the reason if not."

static const Route rows[] = {
    {.path = "/health/live", LIVE},
    {.path = "/health/ready", READY},
    {.path = "/api/v1/health/live", LIVE},
    {.path = "/api/v1/health/ready", READY},
};
const RouteSet health_routes = {rows, G_N_ELEMENTS(rows)};
