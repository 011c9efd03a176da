/* Decides which job a worker gets. Test: tests/unit/queue/test_claim.c, test_claim_race.c; bench: tests/bench/bench_queue.c,
 * bench_backlog.c
 *
 * Invariants:
 *   1. The claim is one statement: no job is seen as free by two claimers. On SQLite writers take turns; on PostgreSQL the row
 *      that is taken is locked, alone, and rows that others have locked are passed over instead of waited for.
 *   2. A job whose needs a claimer lacks is passed over, not waited for.
 *      A job with unfinished jobs below it is passed over, too: it waits for them (parts.h).
 *   3. What waits behind a root that is shut costs a claim nothing, however much it is. */
#include "queue/queue_internal.h"

#include "wire/json.h"

/* $1 owner, $2 lease_until, $3 now, $4 capabilities, $5 kinds and $6 roots (or NULL) as JSON, $7 whether only those roots (1) or
 * all but those (0) */
static const char claim_set[] =
    "UPDATE jobs SET state = 'running', directive = 'continue', attempts = attempts + 1, lease_epoch = lease_epoch + 1, "
    "lease_owner = $1, lease_until_ms = $2, started_at_ms = $3, updated_at_ms = $3, waiting = NULL, error = NULL, "
    "error_code = NULL, progress = 0, progress_detail = NULL WHERE id = ";

/* A job whose parts are not all done waits for them; see parts.h. */
#define HAS_PARTS                                                                                                                \
  "EXISTS (SELECT 1 FROM jobs part WHERE part.parent_id = jobs.id "                                                              \
  "AND part.state NOT IN ('done', 'failed', 'cancelled', 'skipped')) "

/* Jobs of a kind and root stand in a line, along the index jobs_claim: its order is the ORDER BY's word by word, so that of a
 * line the first job that fits is the last one looked at. A claim looks at the first that fits of each line, and takes the first
 * of these. Which lines there are is found by leaping from each to the next, from -1, which none has, to NULL: one look each. */
static const char lines_format[] =
    "WITH RECURSIVE line(kind, root) AS (SELECT %s FROM %s UNION ALL SELECT line.kind, "
    "(SELECT MIN(" JOB_LINE ") FROM %s WHERE state = 'pending' AND kind = line.kind AND " JOB_LINE " > line.root) "
    "FROM line WHERE line.root IS NOT NULL) ";
#define IN_LINE "state = 'pending' AND kind = line.kind AND " JOB_LINE " = line.root AND run_after_ms <= $3 AND NOT " HAS_PARTS

/* SQLite is told of the index, and finds an expression's values in it only by one without a type: hence no CAST of -1. */
#define SQLITE_JOBS "jobs INDEXED BY jobs_claim"
static const char sqlite_next[] =
    "SELECT best.id FROM line JOIN jobs AS best ON best.id = (SELECT jobs.id FROM " SQLITE_JOBS " WHERE " IN_LINE
    "AND (needs = '[]' OR NOT EXISTS (SELECT value FROM json_each(jobs.needs) EXCEPT SELECT value FROM json_each($4))) "
    "ORDER BY " JOB_QUEUE_ORDER " LIMIT 1) WHERE $6 IS NULL OR (line.root IN (SELECT value FROM json_each($6))) = $7 "
    "ORDER BY " JOB_PRIORITY_RANK ", position, best.id LIMIT 1";

/* PostgreSQL finds the index by its statistics (see queue_add_all). The lines are put in order by a look without locks; then the
 * first line that has a job which nobody has locked gives it. Of several claimers at once the later ones so get a line's second
 * and third job where the first of another line may have been due: they could have come in that order, too. <@ is "all of them
 * are in".
 */
#define FIRST_IN_LINE                                                                                                            \
  "FROM jobs WHERE " IN_LINE "AND (needs = '[]' OR CAST(needs AS jsonb) <@ CAST($4 AS jsonb)) ORDER BY " JOB_QUEUE_ORDER         \
  " LIMIT 1"
static const char postgresql_next[] =
    "SELECT best.id FROM (SELECT line.kind, line.root, first.rank, first.position, first.id FROM line, LATERAL "
    "(SELECT " JOB_PRIORITY_RANK " AS rank, position, id " FIRST_IN_LINE ") AS first "
    "WHERE CAST($6 AS jsonb) IS NULL OR (line.root = ANY (ARRAY(SELECT CAST(root AS BIGINT) FROM "
    "jsonb_array_elements_text(CAST($6 AS jsonb)) AS barred(root)))) = (CAST($7 AS BIGINT) = 1) "
    "ORDER BY first.rank, first.position, first.id) AS line, LATERAL (SELECT id " FIRST_IN_LINE
    " FOR UPDATE SKIP LOCKED) AS best "
    "ORDER BY line.rank, line.position, line.id LIMIT 1";

char *queue_claim_sql(DbKind kind)
{
  bool on_sqlite = kind == DB_SQLITE;
  g_autofree char *columns = record_columns(&job_table, NULL);
  g_autofree char *lines = on_sqlite ? g_strdup_printf(lines_format, "wanted.value, -1", "json_each($5) AS wanted", SQLITE_JOBS)
                                     : g_strdup_printf(lines_format, "wanted.word, CAST(-1 AS BIGINT)",
                                                       "jsonb_array_elements_text(CAST($5 AS jsonb)) AS wanted(word)", "jobs");
  return g_strdup_printf("%s(%s%s) RETURNING %s", claim_set, lines, on_sqlite ? sqlite_next : postgresql_next, columns);
}

static char *words_as_json(const char *const *words)
{
  g_autoptr(json_t) array = json_array();
  for (; words && *words; words++)
    json_array_append_new(array, json_string(*words));
  return json_text(array);
}

static char *roots_as_json(const QueueBar *bar)
{
  if (!bar || (bar->n_roots == 0 && !bar->only))
    return NULL;
  g_autoptr(json_t) array = json_array();
  for (size_t i = 0; i < bar->n_roots; i++)
    json_array_append_new(array, json_integer(bar->roots[i]));
  return json_text(array);
}

bool queue_claim(Queue *queue, const char *owner, const char *const *kinds, const char *const *capabilities, Job *ret_job,
                 bool *ret_found, GError **error)
{
  return queue_claim_but(queue, owner, kinds, capabilities, NULL, ret_job, ret_found, error);
}

bool queue_claim_but(Queue *queue, const char *owner, const char *const *kinds, const char *const *capabilities,
                     const QueueBar *bar, Job *ret_job, bool *ret_found, GError **error)
{
  g_autofree char *roots_json = roots_as_json(bar);
  g_autofree char *capabilities_json = words_as_json(capabilities);
  g_autofree char *kinds_json = words_as_json(kinds);
  int64_t now_ms = clock_now_ms(queue->clock);
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  if (!conn)
    return false;
  g_autoptr(DbRows) rows =
      db_query(conn, queue->claim_sql,
               DB_ARGS(DB_TEXT(owner), DB_INT(now_ms + queue->lease_ms), DB_INT(now_ms), DB_TEXT(capabilities_json),
                       DB_TEXT(kinds_json), DB_TEXT(roots_json), DB_INT(bar && bar->only)),
               error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  bool found = db_rows_next(rows, &problem);
  if (problem || (found && !record_from_row(&job_table, rows, ret_job, &problem))) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  g_clear_pointer(&rows, db_rows_free);
  g_clear_pointer(&conn, db_release);
  *ret_found = found;
  if (found)
    queue_publish_job(queue, ret_job);
  return true;
}
