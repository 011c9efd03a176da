#include "queue/make.h"

#include "store/db_fixture.h"
#include "store/record_sql.h"

typedef struct {
  int64_t number;
} Order;
static const Field order_fields[] = {FIELD_INT(Order, number, .help = "A number.")};
static const FieldTable order_table = FIELD_TABLE(Order, "Order", NULL, order_fields);

static void test_make(TestDb *test)
{
  g_autoptr(Queue) queue = queue_new(&(QueueParams){.db = test->db, .clock = clock_system()});
  const Order order = {.number = 7};
  int64_t id = 0;
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  const QueueMake make = {.kind = "order",
                          .title = "Seven",
                          .root_id = FIELD_NULL_INT,
                          .file_id = FIELD_NULL_INT,
                          .payload_table = &order_table,
                          .payload = &order,
                          .priority = PRIORITY_WEBHOOK,
                          .run_after_ms = 5,
                          .waiting = "Not yet."};
  {
    g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
    queue_make(queue, conn, &make, &id, &error);
    g_assert_no_error(error);
    g_assert_true(db_commit(transaction, &error));
  }
  g_autoptr(Job) job = record_new(&job_table);
  g_assert_true(record_get(conn, &job_table, id, job, &error));
  g_assert_cmpstr(job->payload, ==, "{\"number\":7}");
  g_assert_cmpstr(job->needs[0], ==, "server");
  g_assert_cmpint(job->state, ==, JOB_PENDING);
  g_assert_cmpint(job->priority, ==, PRIORITY_WEBHOOK);
  g_assert_cmpint(job->run_after_ms, ==, 5);
  g_assert_cmpstr(job->waiting, ==, "Not yet.");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/make/fields", test_make);
  return g_test_run();
}
