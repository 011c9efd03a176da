/* The driver for PostgreSQL. Statements are prepared once for a connection, with the types of their arguments stated, so that the
 * server never guesses a narrower one.
 * Test: tests/unit/store/test_db.c, test_pool.c */
#include "store/db_postgresql.h"

#include "base/error.h"
#include "store/statement_cache.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
  STATEMENTS_KEPT = 64,
  OLDEST_SERVER = 130000, /* 13 */
  OID_INT8 = 20,
  OID_TEXT = 25,
  OID_FLOAT8 = 701, /* PostgreSQL's catalog: pg_type.dat */
};

typedef struct {
  GMutex mutex;
  PgListener *listener; /* made by the first db_listen */
} PgState;

typedef struct {
  DbConn base;
  PGconn *handle;
  StatementCache *statements; /* PgStatement */
  guint n_prepared;           /* for names that are never used twice */
  bool streaming;             /* rows are on their way: nothing else may be sent */
} PgConn;

typedef struct {
  char name[16];
  int n_args;
  Oid types[]; /* 0: the server's choice, because the argument was NULL so far */
} PgStatement;

typedef struct {
  DbRows base;
  PgConn *conn;
  char *sql;
  PgStatement *statement;
  PGresult *result; /* the current one; never NULL */
  int row;          /* in it; -1 before the first */
  bool stream;      /* a result for each row */
  bool done;
} PgRows;

/* --- errors --- */

char *pg_words(const char *message)
{
  g_autoptr(GString) words = g_string_new(message ? message : "");
  g_string_replace(words, "\n\t", " ", 0);
  while (words->len && strchr("\n .", words->str[words->len - 1]))
    g_string_truncate(words, words->len - 1);
  g_string_replace(words, "\n", "; ", 0);
  return g_string_free(g_steal_pointer(&words), FALSE);
}

/* By SQLSTATE: appendix A of PostgreSQL's manual. */
static ReeveErrorCode code_of_state(const char *state)
{
  static const struct {
    const char *prefix;
    ReeveErrorCode code;
  } rows[] = {
      {"08P01", REEVE_ERROR_INTERNAL},    {"08", REEVE_ERROR_UNAVAILABLE},  {"23", REEVE_ERROR_CONFLICT},
      {"25P03", REEVE_ERROR_UNAVAILABLE}, {"40", REEVE_ERROR_CONFLICT},     {"42501", REEVE_ERROR_DENIED},
      {"53100", REEVE_ERROR_NO_SPACE},    {"53", REEVE_ERROR_UNAVAILABLE},  {"55P03", REEVE_ERROR_UNAVAILABLE},
      {"57014", REEVE_ERROR_TIMEOUT},     {"57P", REEVE_ERROR_UNAVAILABLE}, {"58030", REEVE_ERROR_IO},
      {"XX001", REEVE_ERROR_CORRUPT},     {"XX002", REEVE_ERROR_CORRUPT},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_str_has_prefix(state, rows[i].prefix))
      return rows[i].code;
  return REEVE_ERROR_INTERNAL;
}

/* `result` may be NULL: nothing came back. */
static bool pg_fail(GError **error, const PgConn *conn, const PGresult *result)
{
  const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
  const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
  g_autofree char *words = pg_words(primary ? primary : PQerrorMessage(conn->handle));
  if (PQstatus(conn->handle) == CONNECTION_BAD)
    return fail(error, REEVE_ERROR_UNAVAILABLE, "The connection to PostgreSQL was lost: %s.", words);
  if (!state)
    return fail(error, REEVE_ERROR_INTERNAL, "PostgreSQL failed: %s.", words);
  ReeveErrorCode code = code_of_state(state);
  if (code == REEVE_ERROR_NO_SPACE)
    return fail(error, code, "The disk that holds the PostgreSQL database is full.");
  if (code == REEVE_ERROR_CONFLICT)
    return fail(error, code, "The database refused a row: %s.", words);
  return fail(error, code, "PostgreSQL failed: %s (SQLSTATE %s).", words, state);
}

/* True if the result is good; else *error is set. */
static bool check_result(const PgConn *conn, const PGresult *result, GError **error)
{
  ExecStatusType status = PQresultStatus(result); /* of NULL: PGRES_FATAL_ERROR */
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE || status == PGRES_EMPTY_QUERY ||
         pg_fail(error, conn, result);
}

static bool check_free(const PgConn *conn, GError **error)
{
  return !conn->streaming ||
         fail(error, REEVE_ERROR_INTERNAL, "A statement was run on a connection whose rows are still being read.");
}

/* --- connections --- */

static bool pg_open(Db *db, GError **error)
{
  /* libpq's own words may quote parts of the address, and so of a password: ours do not. */
  char *words = NULL;
  PQconninfoOption *options = PQconninfoParse(db->address, &words);
  PQfreemem(words);
  if (!options)
    return fail(error, REEVE_ERROR_INVALID,
                "The PostgreSQL address cannot be read; it must be like postgresql://USER:PASSWORD@HOST:PORT/NAME, with special "
                "characters in the parts written as %%XX.");
  PQconninfoFree(options);
  PgState *state = g_new0(PgState, 1);
  g_mutex_init(&state->mutex);
  db->state = state;
  return true;
}

static void pg_close(Db *db)
{
  PgState *state = db->state;
  g_mutex_clear(&state->mutex);
  g_free(state);
}

PgParams pg_params(const Db *db)
{
  /* What stands before dbname is a default that the address may override; a cut network is noticed within a minute. */
  static const char connect_timeout[] = G_STRINGIFY(10);
  G_STATIC_ASSERT(PG_CONNECT_TIMEOUT_S == 10);
  return (PgParams){
      .keywords = {"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
                   "fallback_application_name", "dbname", "client_encoding", NULL},
      .values = {connect_timeout, "30", "10", "3", "30000", "reeve", db->address, "UTF8", NULL},
  };
}

static void receive_notice(void *user_data, const PGresult *result)
{
  (void)user_data;
  g_debug("PostgreSQL says: %s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

void pg_quiet(PGconn *handle)
{
  PQsetNoticeReceiver(handle, receive_notice, NULL);
}

static void drop_statement(void *data, void *user_data)
{
  PgStatement *statement = data;
  PgConn *conn = user_data;
  /* In a failed transaction the server refuses even this; then it keeps the statement until the connection ends. */
  PGTransactionStatusType status = PQtransactionStatus(conn->handle);
  if (status == PQTRANS_IDLE || status == PQTRANS_INTRANS) {
    char sql[64];
    g_snprintf(sql, sizeof sql, "DEALLOCATE %s", statement->name);
    PQclear(PQexec(conn->handle, sql));
  }
  g_free(statement);
}

static void pg_disconnect(DbConn *base)
{
  PgConn *conn = (PgConn *)base;
  PQfinish(conn->handle);
  conn->handle = NULL; /* the statements are gone with it; libpq takes NULL for a broken connection */
  statement_cache_free(conn->statements);
  g_free(conn);
}

static bool check_server(const PgConn *conn, GError **error)
{
  int version = PQserverVersion(conn->handle);
  if (version < OLDEST_SERVER)
    return fail(error, REEVE_ERROR_INVALID, "PostgreSQL %d is too old: Reeve needs %d or later.", version / 10000,
                OLDEST_SERVER / 10000);
  const char *encoding = PQparameterStatus(conn->handle, "server_encoding");
  return g_strcmp0(encoding, "UTF8") == 0 ||
         fail(error, REEVE_ERROR_INVALID, "The PostgreSQL database has the encoding %s: Reeve needs one made with UTF8.",
              encoding);
}

/* Nothing of ours runs for minutes, except migrations, which lift these limits for themselves. Nor does anything run so long that
 * compiling it pays: where statistics are not gathered yet, PostgreSQL would spend 60 ms on that at each claim of a job. */
static bool set_limits(PgConn *conn, GError **error)
{
  g_autofree char *sql = g_strdup_printf("SET statement_timeout = '2min'; SET lock_timeout = %d; "
                                         "SET idle_in_transaction_session_timeout = '5min'; SET jit = off",
                                         DB_LOCK_WAIT_MS);
  PGresult *result = PQexec(conn->handle, sql);
  bool ok = check_result(conn, result, error);
  PQclear(result);
  return ok;
}

/* Names in SQL as they are: lower-case letters and underscores only, by the caller. */
static bool set_schema(PgConn *conn, GError **error)
{
  const char *schema = conn->base.db->schema;
  if (!schema)
    return true;
  g_autofree char *sql = g_strdup_printf("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
                                         "CREATE SCHEMA IF NOT EXISTS %s; SET search_path TO %s",
                                         schema, schema);
  PGresult *result = PQexec(conn->handle, sql);
  bool ok = check_result(conn, result, error);
  PQclear(result);
  return ok;
}

static DbConn *pg_connect(Db *db, GError **error)
{
  PgParams params = pg_params(db);
  PgConn *conn = g_new0(PgConn, 1);
  conn->base.db = db;
  conn->statements = statement_cache_new(STATEMENTS_KEPT, drop_statement, conn);
  conn->handle = PQconnectdbParams(params.keywords, params.values, 1);
  if (PQstatus(conn->handle) != CONNECTION_OK) {
    g_autofree char *words = pg_words(PQerrorMessage(conn->handle));
    fail(error, REEVE_ERROR_UNAVAILABLE, "Could not connect to PostgreSQL: %s.", words);
  } else {
    pg_quiet(conn->handle);
    if (check_server(conn, error) && set_limits(conn, error) && set_schema(conn, error))
      return &conn->base;
  }
  pg_disconnect(&conn->base);
  return NULL;
}

/* The server says nothing on an idle connection unless it ends it or has news; only then it is asked. */
static bool pg_is_alive(DbConn *base)
{
  PgConn *conn = (PgConn *)base;
  if (PQstatus(conn->handle) != CONNECTION_OK || PQtransactionStatus(conn->handle) != PQTRANS_IDLE)
    return false;
  struct pollfd fd = {.fd = PQsocket(conn->handle), .events = POLLIN};
  if (poll(&fd, 1, 0) == 0)
    return true;
  PGresult *result = PQexec(conn->handle, ""); /* the empty statement */
  bool alive = PQresultStatus(result) == PGRES_EMPTY_QUERY;
  PQclear(result);
  return alive;
}

/* --- statements --- */

static bool arg_is_null(const DbArg *arg)
{
  return arg->kind == DB_ARG_NULL || (arg->kind == DB_ARG_TEXT && !arg->text) || (arg->kind == DB_ARG_REAL && isnan(arg->real));
}

static Oid arg_type(const DbArg *arg)
{
  if (arg_is_null(arg))
    return 0;
  return arg->kind == DB_ARG_INT ? OID_INT8 : arg->kind == DB_ARG_REAL ? OID_FLOAT8 : OID_TEXT;
}

/* A NULL goes with any type. What was prepared without a type must be prepared again when one is known: the server's choice for
 * $1 + 1 would be 32 bits. */
static bool statement_fits(const PgStatement *statement, const DbArg *args, int n_args)
{
  if (statement->n_args != n_args)
    return false;
  for (int i = 0; i < n_args; i++) {
    Oid type = arg_type(&args[i]);
    if (type && type != statement->types[i])
      return false;
  }
  return true;
}

static PgStatement *prepare(PgConn *conn, const char *sql, const DbArg *args, GError **error)
{
  int n_args = db_args_count(args);
  PgStatement *known = statement_cache_take(conn->statements, sql);
  if (known && statement_fits(known, args, n_args))
    return known;
  PgStatement *statement = g_malloc0(sizeof *statement + (size_t)n_args * sizeof statement->types[0]);
  statement->n_args = n_args;
  g_snprintf(statement->name, sizeof statement->name, "s%u", ++conn->n_prepared);
  for (int i = 0; i < n_args; i++) {
    Oid type = arg_type(&args[i]);
    statement->types[i] = !type && known && i < known->n_args ? known->types[i] : type;
  }
  if (known)
    drop_statement(known, conn);
  PGresult *result = PQprepare(conn->handle, statement->name, sql, n_args, statement->types);
  bool ok = check_result(conn, result, error);
  PQclear(result);
  if (ok)
    return statement;
  g_free(statement);
  return NULL;
}

/* Argument values as text; `numbers` holds those of numbers. */
typedef struct {
  const char **values;
  char (*numbers)[G_ASCII_DTOSTR_BUF_SIZE];
} ArgTexts;

static ArgTexts arg_texts(const DbArg *args)
{
  size_t n = (size_t)db_args_count(args);
  ArgTexts texts = {.values = g_new0(const char *, n + 1), .numbers = g_malloc((n + 1) * sizeof *texts.numbers)};
  for (size_t i = 0; i < n; i++) {
    if (arg_is_null(&args[i]))
      continue;
    if (args[i].kind == DB_ARG_INT)
      g_snprintf(texts.numbers[i], sizeof texts.numbers[i], "%" G_GINT64_FORMAT, args[i].integer);
    else if (args[i].kind == DB_ARG_REAL)
      g_ascii_dtostr(texts.numbers[i], sizeof texts.numbers[i], args[i].real);
    texts.values[i] = args[i].kind == DB_ARG_TEXT ? args[i].text : texts.numbers[i];
  }
  return texts;
}

static void arg_texts_clear(ArgTexts *texts)
{
  g_free(texts->values);
  g_free(texts->numbers);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ArgTexts, arg_texts_clear)

static bool pg_exec(DbConn *base, const char *sql, const DbArg *args, int64_t *ret_changed, GError **error)
{
  PgConn *conn = (PgConn *)base;
  PgStatement *statement = check_free(conn, error) ? prepare(conn, sql, args, error) : NULL;
  if (!statement)
    return false;
  g_auto(ArgTexts) texts = arg_texts(args);
  PGresult *result = PQexecPrepared(conn->handle, statement->name, statement->n_args, texts.values, NULL, NULL, 0);
  bool ok = check_result(conn, result, error);
  if (ok && ret_changed)
    *ret_changed = g_ascii_strtoll(PQcmdTuples(result), NULL, 10);
  PQclear(result);
  statement_cache_put(conn->statements, sql, statement);
  return ok;
}

/* One command, or several, without arguments. */
static bool run(PgConn *conn, const char *sql, GError **error)
{
  if (!check_free(conn, error))
    return false;
  PGresult *result = PQexec(conn->handle, sql);
  bool ok = check_result(conn, result, error);
  PQclear(result);
  return ok;
}

static bool pg_exec_script(DbConn *base, const char *sql, GError **error)
{
  return run((PgConn *)base, sql, error);
}

/* --- rows --- */

/* Asks for one result for each row, and takes the first: it has the columns, or the error. */
static PGresult *start_stream(PgConn *conn, const PgStatement *statement, const ArgTexts *texts)
{
  if (!PQsendQueryPrepared(conn->handle, statement->name, statement->n_args, texts->values, NULL, NULL, 0))
    return NULL;
  PQsetSingleRowMode(conn->handle);
  return PQgetResult(conn->handle);
}

/* Reads what is left on the connection. Inside a transaction to its end, because cancelling would fail the transaction. */
static void end_stream(PgRows *rows)
{
  PgConn *conn = rows->conn;
  PGcancel *cancel = rows->done || conn->base.in_transaction ? NULL : PQgetCancel(conn->handle);
  char words[256];
  if (cancel)
    PQcancel(cancel, words, sizeof words);
  PQfreeCancel(cancel);
  PGresult *result;
  while ((result = PQgetResult(conn->handle)))
    PQclear(result);
  conn->streaming = false;
}

static void pg_rows_free(DbRows *base)
{
  PgRows *rows = (PgRows *)base;
  if (rows->stream)
    end_stream(rows);
  PQclear(rows->result);
  statement_cache_put(rows->conn->statements, rows->sql, rows->statement);
  g_free(rows->sql);
  g_free(rows);
}

static DbRows *pg_query(DbConn *base, const char *sql, const DbArg *args, bool stream, GError **error)
{
  PgConn *conn = (PgConn *)base;
  PgStatement *statement = check_free(conn, error) ? prepare(conn, sql, args, error) : NULL;
  if (!statement)
    return NULL;
  g_auto(ArgTexts) texts = arg_texts(args);
  PgRows *rows = g_new0(PgRows, 1);
  *rows = (PgRows){.conn = conn, .sql = g_strdup(sql), .statement = statement, .row = -1, .stream = stream};
  if (stream)
    rows->result = start_stream(conn, statement, &texts);
  else
    rows->result = PQexecPrepared(conn->handle, statement->name, statement->n_args, texts.values, NULL, NULL, 0);
  conn->streaming = stream;
  if (check_result(conn, rows->result, error))
    return &rows->base;
  rows->done = true;
  pg_rows_free(&rows->base);
  return NULL;
}

/* The next row's result takes the place of the current one. */
static bool next_of_stream(PgRows *rows, GError **error)
{
  if (rows->row < 0) { /* the first result is there already */
    rows->row = 0;
  } else {
    PGresult *next = PQgetResult(rows->conn->handle);
    if (next) {
      PQclear(rows->result);
      rows->result = next;
    }
    if (!next || !check_result(rows->conn, next, error)) {
      rows->done = true;
      return false;
    }
  }
  rows->done = PQntuples(rows->result) == 0; /* the last result has no row */
  return !rows->done;
}

static bool pg_rows_next(DbRows *base, GError **error)
{
  PgRows *rows = (PgRows *)base;
  if (rows->done)
    return false;
  if (rows->stream)
    return next_of_stream(rows, error);
  rows->done = ++rows->row >= PQntuples(rows->result);
  return !rows->done;
}

static int pg_rows_columns(const DbRows *base)
{
  return PQnfields(((const PgRows *)base)->result);
}

static const char *pg_rows_column_name(const DbRows *base, int column)
{
  return PQfname(((const PgRows *)base)->result, column);
}

static bool pg_rows_is_null(const DbRows *base, int column)
{
  const PgRows *rows = (const PgRows *)base;
  return PQgetisnull(rows->result, rows->row, column);
}

static const char *pg_rows_text(const DbRows *base, int column)
{
  const PgRows *rows = (const PgRows *)base;
  return pg_rows_is_null(base, column) ? NULL : PQgetvalue(rows->result, rows->row, column);
}

static int64_t pg_rows_int(const DbRows *base, int column)
{
  const char *text = pg_rows_text(base, column);
  return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

static double pg_rows_real(const DbRows *base, int column)
{
  const char *text = pg_rows_text(base, column);
  return text ? g_ascii_strtod(text, NULL) : 0;
}

/* --- transactions --- */

static bool pg_begin(DbConn *conn, GError **error)
{
  return run((PgConn *)conn, "BEGIN", error);
}

static bool pg_begin_snapshot(DbConn *conn, GError **error)
{
  return run((PgConn *)conn,
             "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; "
             "SET LOCAL idle_in_transaction_session_timeout = 0",
             error);
}

static bool pg_commit(DbConn *base, GError **error)
{
  PgConn *conn = (PgConn *)base;
  if (!check_free(conn, error))
    return false;
  PGresult *result = PQexec(conn->handle, "COMMIT");
  bool ok = check_result(conn, result, error);
  /* After an error the server answers a COMMIT with a rollback, and does not call that an error. */
  if (ok && strcmp(PQcmdStatus(result), "COMMIT") != 0)
    ok = fail(error, REEVE_ERROR_INTERNAL, "The transaction was rolled back after an earlier error.");
  PQclear(result);
  return ok;
}

static void pg_rollback(DbConn *base)
{
  PgConn *conn = (PgConn *)base;
  g_autoptr(GError) problem = NULL;
  PGTransactionStatusType status = PQtransactionStatus(conn->handle);
  if ((status == PQTRANS_INTRANS || status == PQTRANS_INERROR) && !run(conn, "ROLLBACK", &problem))
    g_debug("A transaction could not be rolled back, the server does it: %s", problem->message);
}

/* --- messages --- */

static bool pg_notify(DbConn *conn, const char *channel, const char *payload, GError **error)
{
  return pg_exec(conn, "SELECT pg_notify($1, $2)", DB_ARGS(DB_TEXT(channel), DB_TEXT(payload)), NULL, error);
}

static void pg_listen_sync(Db *db)
{
  PgState *state = db->state;
  g_mutex_lock(&state->mutex);
  if (!state->listener)
    state->listener = pg_listener_new(db);
  g_mutex_unlock(&state->mutex);
  pg_listener_sync(state->listener);
}

static void pg_listen_stop(Db *db)
{
  PgState *state = db->state;
  g_clear_pointer(&state->listener, pg_listener_free);
}

const DbDriver db_postgresql_driver = {
    .kind = DB_POSTGRESQL,
    .open = pg_open,
    .close = pg_close,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .is_alive = pg_is_alive,
    .begin = pg_begin,
    .begin_snapshot = pg_begin_snapshot,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .exec = pg_exec,
    .exec_script = pg_exec_script,
    .query = pg_query,
    .rows_next = pg_rows_next,
    .rows_free = pg_rows_free,
    .rows_columns = pg_rows_columns,
    .rows_column_name = pg_rows_column_name,
    .rows_is_null = pg_rows_is_null,
    .rows_int = pg_rows_int,
    .rows_real = pg_rows_real,
    .rows_text = pg_rows_text,
    .notify = pg_notify,
    .listen_sync = pg_listen_sync,
    .listen_stop = pg_listen_stop,
};
