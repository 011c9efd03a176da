/* What is known about the machine, and that nobody waits for it. */
#include "operate/system_sampler.h"

#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "store/root.h"

#include <math.h>

static const DiskUse *wait_for_disks(SystemSampler *sampler, SystemUse *use, guint count)
{
  gint64 until_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  do {
    system_sampler_read(sampler, use);
    if (use->disks && use->disks->len == count)
      return use->disks->pdata[0];
    g_thread_yield();
  } while (g_get_monotonic_time() < until_us);
  g_error("The disks were not looked at.");
}

static void add_root(TestDb *test, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Root) root = record_new(&root_table);
  root->path = (g_free(root->path), g_strdup(path));
  g_assert_true(record_insert(conn, &root_table, root, &error));
}

static void test_sample(TestDb *test)
{
  add_root(test, g_get_tmp_dir());
  add_root(test, "/nonexistent/share");
  SystemSampler *sampler = system_sampler_new(test->db, clock_system());
  SystemUse use;
  record_init(&system_use_table, &use);
  system_sampler_read(sampler, &use); /* the first sample is there at once */
  g_assert_cmpint(use.processors, >, 0);
  g_assert_cmpint(use.memory_total_bytes, >, use.memory_available_bytes);
  g_assert_cmpint(use.resident_bytes, >, 0);
  g_assert_true(isnan(use.cpu_percent) && isnan(use.others_percent)); /* nothing to compare with yet */
  const DiskUse *disk = wait_for_disks(sampler, &use, 2);
  g_assert_cmpint(disk->total_bytes, >=, disk->free_bytes);
  g_assert_cmpint(disk->total_bytes, >, 0);
  const DiskUse *away = use.disks->pdata[1];
  g_assert_cmpint(away->total_bytes, ==, FIELD_NULL_INT);
  g_assert_cmpstr(away->error, ==, "The directory is not there.");
  record_clear(&system_use_table, &use);
  system_sampler_free(sampler);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/system-sampler/sample", test_sample);
  return g_test_run();
}
