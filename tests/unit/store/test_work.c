/* Which files a root-wide request means, and which of them is being worked on already. */
#include "store/work.h"

#include "encode/profile.h"
#include "store/db_fixture.h"
#include "store/library_rows.h"

static int64_t add_profile(DbConn *conn)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_autoptr(GError) error = NULL;
  g_free(profile->name);
  profile->name = g_strdup("any");
  profile->version = 2;
  record_insert(conn, &profile_table, profile, &error);
  g_assert_no_error(error);
  return profile->id;
}

static int64_t add_ready(DbConn *conn, int64_t root_id, const char *path, FileState state, const char *fingerprint)
{
  LibraryFile *file = record_new(&file_table);
  file->state = (int)state;
  file->fingerprint = g_strdup(fingerprint);
  return add_file(conn, file, root_id, path);
}

static void assert_work(DbConn *conn, int64_t root_id, int64_t profile_id, int64_t version, const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = work_files_of_root(conn, root_id, profile_id, version, &error);
  g_assert_no_error(error);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i ? " " : "", g_array_index(ids, int64_t, i));
  g_assert_cmpstr(text->str, ==, expected);
}

static void test_files_of_root(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t profile = add_profile(conn), root = add_root(conn, "/a"), other = add_root(conn, "/b");
  add_ready(conn, root, "/a/2", FILE_READY, "tried");   /* 1 */
  add_ready(conn, root, "/a/1", FILE_READY, "untried"); /* 2 */
  add_ready(conn, root, "/a/3", FILE_FAILED, NULL);     /* 3 */
  add_ready(conn, root, "/a/4", FILE_MISSING, "gone");  /* 4 */
  add_ready(conn, root, "/a/0", FILE_READY, NULL);      /* 5: not fingerprinted, so nothing can be known of it */
  add_ready(conn, other, "/b/1", FILE_READY, "tried");  /* 6 */
  Verdict verdict = {.fingerprint = (char *)"tried",
                     .profile_id = profile,
                     .profile_version = 2,
                     .code = (char *)"not-worth-it",
                     .reason = (char *)"It was not smaller.",
                     .created_at_ms = 1};
  verdict_put(conn, &verdict, &error);
  g_assert_no_error(error);
  assert_work(conn, root, profile, 2, "5 2");
  assert_work(conn, root, profile, 3, "5 2 1"); /* another version of the profile has not been tried */
  assert_work(conn, root, profile, -1, "5 2 1");
  assert_work(conn, other, profile, 2, "");
  assert_work(conn, 99, profile, 2, "");
}

static void test_find_job(TestDb *test)
{
  static const struct {
    JobState state;
    const char *kind;
    bool found;
  } rows[] = {
      {JOB_HELD, "transcode", true},       {JOB_PENDING, "transcode", true},  {JOB_RUNNING, "transcode", true},
      {JOB_PAUSED, "transcode", true},     {JOB_DONE, "transcode", false},    {JOB_FAILED, "transcode", false},
      {JOB_CANCELLED, "transcode", false}, {JOB_SKIPPED, "transcode", false}, {JOB_RUNNING, "undo", false},
  };
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t root = add_root(conn, "/a");
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup_printf("/a/%zu", i);
    int64_t file = add_ready(conn, root, path, FILE_READY, NULL), job = add_job(conn, rows[i].kind, rows[i].state, 0, 1), id = 0;
    db_exec(conn, "UPDATE jobs SET file_id = $1 WHERE id = $2", DB_ARGS(DB_INT(file), DB_INT(job)), NULL, &error);
    g_assert_no_error(error);
    bool found = false;
    work_find_job(conn, "transcode", file, &id, &found, &error);
    g_assert_no_error(error);
    g_assert_cmpint(found, ==, rows[i].found);
    if (found)
      g_assert_cmpint(id, ==, job);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/work/files_of_root", test_files_of_root);
  test_db_each("/work/find_job", test_find_job);
  return g_test_run();
}
