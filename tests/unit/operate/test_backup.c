/* Backups and restores on and between both databases. */
#include "operate/backup.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "encode/profile.h"
#include "store/access.h"
#include "store/db_fixture.h"
#include "store/file.h"
#include "store/job.h"
#include "store/migrate.h"
#include "store/pg_fixture.h"
#include "store/record_sql.h"
#include "store/replacement.h"
#include "store/root.h"
#include "sys/fs.h"

#include <string.h>

/* More than what a backup or restore does between two looks at whether it is cancelled. */
enum { FILES = 300, KEPT = 50 };

typedef struct {
  TestDb *test;
  char *directory;
  BackupContext context;
} World;

static void world_init(World *world, TestDb *test)
{
  g_autofree char *parent = g_dir_make_tmp("reeve-backups-XXXXXX", NULL);
  *world = (World){.test = test, .directory = g_steal_pointer(&parent)};
  world->context = (BackupContext){.db = test->db, .directory = world->directory, .clock = clock_system()};
}

static void world_clear(World *world)
{
  fs_remove_tree(world->directory, NULL);
  g_free(world->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void run(TestDb *test, const char *sql)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  db_exec(conn, sql, DB_NO_ARGS, NULL, &error);
  g_assert_no_error(error);
}

/* Rows in several tables that refer to each other, with what texts and numbers may hold. */
static void fill(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  g_autoptr(DbTransaction) transaction = db_begin(conn, &error); /* one sync for all */
  g_autoptr(GPtrArray) profiles = profile_seeds();
  for (guint i = 0; i < profiles->len; i++)
    g_assert_true(record_insert(conn, &profile_table, profiles->pdata[i], &error));
  g_autoptr(Root) root = record_new(&root_table);
  root->path = (g_free(root->path), g_strdup("/films \"ü\"\n\\"));
  root->profile_id = ((const Profile *)profiles->pdata[0])->id;
  g_assert_true(record_insert(conn, &root_table, root, &error));
  for (int i = 0; i < FILES; i++) {
    g_autoptr(LibraryFile) file = record_new(&file_table);
    file->root_id = root->id;
    g_free(file->path);
    file->path = g_strdup_printf("/films/%d ☃.mkv", i);
    file->size_bytes = i % 2 ? (INT64_C(1) << 53) + i : i; /* more than a double holds; the sums must fit, too */
    g_assert_true(record_insert(conn, &file_table, file, &error));
  }
  /* A child with a smaller number than its parent, as nobody promised otherwise; and one that runs. */
  g_autoptr(Job) child = record_new(&job_table), parent = record_new(&job_table);
  child->kind = (g_free(child->kind), g_strdup("scan"));
  parent->kind = (g_free(parent->kind), g_strdup("scan"));
  child->position = 0.1;
  g_assert_true(record_insert(conn, &job_table, child, &error));
  parent->state = JOB_RUNNING;
  parent->lease_owner = g_strdup("someone");
  parent->lease_until_ms = INT64_MAX / 4;
  parent->lease_epoch = 4;
  g_assert_true(record_insert(conn, &job_table, parent, &error));
  child->parent_id = parent->id;
  g_assert_true(record_update(conn, &job_table, child, &error));
  g_assert_true(record_delete(conn, &file_table, FILES, &error)); /* the last number is given away */
  g_assert_true(db_commit(transaction, &error));
  g_assert_no_error(error);
}

/* All rows as text, leases left out: what must be the same after a restore. */
static char *contents(Db *db)
{
  static const char *const queries[] = {
      "SELECT id, path, profile_id FROM roots ORDER BY id",
      "SELECT id, root_id, path, size_bytes, state FROM files ORDER BY id",
      "SELECT id, kind, parent_id, position, request FROM jobs ORDER BY id",
      "SELECT id, name, qualities, min_bits_per_pixel FROM profiles ORDER BY id",
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(db, &error);
  GString *text = g_string_new(NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_autoptr(DbRows) rows = db_query(conn, queries[i], DB_NO_ARGS, &error);
    g_assert_no_error(error);
    while (db_rows_next(rows, &error)) {
      for (int k = 0; k < db_rows_columns(rows); k++) {
        bool is_real = g_str_equal(db_rows_column_name(rows, k), "position") ||
                       g_str_equal(db_rows_column_name(rows, k), "min_bits_per_pixel");
        const char *value = db_rows_text(rows, k);
        if (is_real)
          g_string_append_printf(text, "%.17g|", db_rows_real(rows, k));
        else
          g_string_append_printf(text, "%s|", value ? value : "NULL");
      }
      g_string_append_c(text, '\n');
    }
    g_assert_no_error(error);
  }
  return g_string_free(text, FALSE);
}

static char *make_backup(const World *world, BackupReason reason)
{
  g_autoptr(GError) error = NULL;
  Backup backup;
  record_init(&backup_table, &backup);
  backup_create(&world->context, reason, NULL, &backup, &error);
  g_assert_no_error(error);
  g_assert_cmpint(backup.size_bytes, >, 0);
  g_assert_cmpint(backup.reason, ==, reason);
  char *path = g_build_filename(world->directory, backup.name, NULL);
  record_clear(&backup_table, &backup);
  return path;
}

static bool restore(const World *world, const char *path, GError **error)
{
  RestoreResult result;
  record_init(&restore_result_table, &result);
  bool ok = backup_restore(&world->context, path, NULL, &result, error);
  if (ok)
    g_assert_cmpint(result.rows, >, FILES);
  record_clear(&restore_result_table, &result);
  return ok;
}

static void test_round_trip(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *before = contents(test->db);
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  g_assert_true(backup_check(path, NULL, NULL, &error));

  run(test, "INSERT INTO users (name, role, password_hash, disabled, created_at_ms) VALUES ('ada', 'admin', 'x', 0, 1)");
  run(test, "INSERT INTO sessions (user_id, hash, address, agent, created_at_ms, used_at_ms, expires_at_ms) "
            "VALUES (1, 'x', '', '', 1, 1, 1)");
  g_autofree char *signed_in = make_backup(&world, BACKUP_MANUAL);
  g_assert_true(restore(&world, signed_in, &error));
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM sessions"), ==, 0);
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM users"), ==, 1);
  run(test, "DELETE FROM files WHERE id <= 249"); /* FILES - 1 less KEPT */
  run(test, "UPDATE roots SET path = '/elsewhere'");
  run(test, "INSERT INTO settings (name, value, updated_at_ms) VALUES ('later', '1', 1)");
  g_assert_true(restore(&world, path, &error));
  g_assert_no_error(error);
  g_autofree char *after = contents(test->db);
  g_assert_cmpstr(after, ==, before);
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM settings WHERE name = 'later'"), ==, 0);
  /* Leases are gone, so that who held one is refused; numbers that were given are not given again; rules hold. */
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM jobs WHERE lease_owner = 'someone'"), ==, 0);
  g_assert_cmpint(test_db_int(test, "SELECT lease_epoch FROM jobs WHERE state = 'running'"), ==, 5);
  g_assert_cmpint(
      test_db_int(test,
                  "INSERT INTO job_log (job_id, at_ms, level, message) SELECT MIN(id), 1, 'info', 'x' FROM jobs RETURNING id"),
      >=, 1);
  /* The sums are those of the files that are there, and go on. */
  g_assert_cmpint(test_db_int(test, "SELECT CAST(SUM(files) AS BIGINT) FROM file_sums"), ==, FILES - 1);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(LibraryFile) file = record_new(&file_table);
  file->root_id = 1;
  file->path = (g_free(file->path), g_strdup("/films/new.mkv"));
  g_assert_true(record_insert(conn, &file_table, file, &error));
  g_assert_cmpint(file->id, ==, FILES + 1);
  g_assert_false(db_exec(conn, "UPDATE files SET root_id = 99 WHERE path = '/films/new.mkv'", DB_NO_ARGS, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  g_clear_pointer(&conn, db_release);
  g_assert_cmpint(test_db_int(test, "SELECT CAST(SUM(files) AS BIGINT) FROM file_sums"), ==, FILES);

  /* What there was is in a backup of its own, and comes back just so. */
  g_autoptr(GPtrArray) backups = backup_list(&world.context, &error);
  g_assert_cmpint(backups->len, ==, 4);
  const Backup *newest = backups->pdata[0];
  g_assert_cmpint(newest->reason, ==, BACKUP_BEFORE_RESTORE);
  g_autofree char *undo = backup_path(&world.context, newest->name, &error);
  RestoreResult result;
  record_init(&restore_result_table, &result);
  g_assert_true(backup_restore(&world.context, undo, NULL, &result, &error));
  record_clear(&restore_result_table, &result);
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM files"), ==, KEPT);
}

/* The schema of a restored database is that of a fresh one. */
/* What was done since the backup, the restore among it, is not undone in the audit log; nothing is in it twice. */
static void test_audit_stays(TestDb *test)
{
  static const char entry[] = "INSERT INTO audit (at_ms, actor_kind, actor, address, action, target, status, request) "
                              "VALUES (%d, 'console', 'root', '', 'key add', '%d', 0, '')";
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *path = NULL;
  for (int at_ms = 1; at_ms <= 4; at_ms++) {
    g_autofree char *sql = g_strdup_printf(entry, at_ms, at_ms);
    run(test, sql);
    if (at_ms == 2)
      path = make_backup(&world, BACKUP_MANUAL);
  }
  for (int i = 0; i < 2; i++) {
    g_assert_true(restore(&world, path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM audit"), ==, 4);
    g_assert_cmpint(test_db_int(test, "SELECT COUNT(DISTINCT target) FROM audit"), ==, 4);
  }
}

static void test_schema_stays(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *before = migrate_describe_schema(test->db, &error);
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  g_assert_true(restore(&world, path, &error));
  g_autofree char *after = migrate_describe_schema(test->db, &error);
  g_assert_cmpstr(after, ==, before);
  int applied = -1;
  g_assert_true(migrate_run(test->db, &applied, &error));
  g_assert_cmpint(applied, ==, 0);
}

/* From one database into the other, and back. */
static void test_across(void)
{
  if (!pg_fixture_available()) {
    g_test_skip("PostgreSQL's server programs are not installed, and REEVE_TEST_POSTGRESQL is not set.");
    return;
  }
  g_autoptr(GError) error = NULL;
  TestDb *sqlite = test_db_new(DB_SQLITE, true), *postgresql = test_db_new(DB_POSTGRESQL, true);
  g_auto(World) here, there;
  world_init(&here, sqlite);
  world_init(&there, postgresql);
  fill(sqlite);
  g_autofree char *before = contents(sqlite->db);
  g_autofree char *first = make_backup(&here, BACKUP_MANUAL);
  g_assert_true(restore(&there, first, &error));
  g_autofree char *moved = contents(postgresql->db);
  g_assert_cmpstr(moved, ==, before);

  g_autofree char *second = make_backup(&there, BACKUP_MANUAL);
  run(sqlite, "DELETE FROM files");
  g_assert_true(restore(&here, second, &error));
  g_autofree char *back = contents(sqlite->db);
  g_assert_cmpstr(back, ==, before);
  test_db_free(sqlite);
  test_db_free(postgresql);
}

typedef struct {
  TestDb *test;
  gint stop;
  int written;
} Writer;

static gpointer keep_writing(gpointer data)
{
  Writer *writer = data;
  while (!g_atomic_int_get(&writer->stop)) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbConn) conn = db_acquire(writer->test->db, &error);
    g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
    g_assert_no_error(error);
    /* Two tables that only ever change together. */
    if (db_exec(conn, "UPDATE roots SET name = CAST(CAST(name AS INTEGER) + 1 AS TEXT)", DB_NO_ARGS, NULL, &error) &&
        db_exec(conn, "UPDATE settings SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE name = 'twin'", DB_NO_ARGS,
                NULL, &error) &&
        db_commit(transaction, &error))
      writer->written++;
    g_assert_no_error(error);
  }
  return NULL;
}

/* A backup is of one moment, and holds up nobody. */
static void test_online(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  run(test, "UPDATE roots SET name = '0'");
  run(test, "INSERT INTO settings (name, value, updated_at_ms) VALUES ('twin', '0', 1)");
  Writer writer = {.test = test};
  GThread *thread = g_thread_new("writer", keep_writing, &writer);
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  for (int i = 0; i < 2; i++)
    g_ptr_array_add(paths, make_backup(&world, BACKUP_MANUAL));
  g_atomic_int_set(&writer.stop, 1);
  g_thread_join(thread);
  g_assert_cmpint(writer.written, >, 0);
  for (guint i = 0; i < paths->len; i++) {
    g_assert_true(restore(&world, paths->pdata[i], &error));
    g_assert_no_error(error);
    g_assert_cmpint(test_db_int(test, "SELECT CAST(name AS INTEGER) FROM roots"), ==,
                    test_db_int(test, "SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'twin'"));
  }
}

/* Other connections, with statements prepared before the switch, go on. */
static void test_others_go_on(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  Writer writer = {.test = test};
  run(test, "UPDATE roots SET name = '0'");
  run(test, "INSERT INTO settings (name, value, updated_at_ms) VALUES ('twin', '0', 1)");
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  GThread *thread = g_thread_new("writer", keep_writing, &writer);
  for (int i = 0; i < 2; i++) {
    bool ok = restore(&world, path, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
  }
  g_atomic_int_set(&writer.stop, 1);
  g_thread_join(thread);
}

static char *edit(const World *world, const char *path, const char *from, const char *to)
{
  g_autofree char *command =
      g_strdup_printf("zcat '%s' | sed '1s/%s/%s/' | gzip > '%s/edited.jsonl.gz'", path, from, to, world->directory);
  const char *argv[] = {"/bin/sh", "-c", command, NULL};
  int status = -1;
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint(status, ==, 0);
  return g_build_filename(world->directory, "edited.jsonl.gz", NULL);
}

/* Foreign, newer, damaged: nothing is changed, and no backup is made for nothing. */
static void test_refused(TestDb *test)
{
  static const struct {
    const char *from, *to, *says;
    int code;
  } rows[] = {
      {"\"version\":1,", "\"version\":99,", "gap", REEVE_ERROR_CONFLICT},
      {"\"checksum\":\"[0-9a-f]*\"", "\"checksum\":\"00\"", "another build", REEVE_ERROR_CONFLICT},
      {"\"migrations\":\\[", "\"migrations\":[{\"version\":1,\"name\":\"a\",\"checksum\":\"b\"},", "another build",
       REEVE_ERROR_CONFLICT},
      {"\"migrations\":\\[.*\\],\"tables\"", "\"migrations\":[],\"tables\"", "no schema", REEVE_ERROR_CORRUPT},
      {"\"reason\":\"manual\"", "\"reason\":\"daily\"", "checksum", REEVE_ERROR_CORRUPT},
      {"\"reeve_backup\":1", "\"reeve_backup\":9", "newer", REEVE_ERROR_CONFLICT},
  };
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  run(test, "DELETE FROM files WHERE id > 5");
  g_autofree char *before = contents(test->db);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *edited = edit(&world, path, rows[i].from, rows[i].to);
    g_assert_false(restore(&world, edited, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, REEVE_ERROR, rows[i].code);
    g_assert_nonnull(strstr(error->message, rows[i].says));
  }
  g_autoptr(GError) error = NULL;
  g_autofree char *after = contents(test->db);
  g_assert_cmpstr(after, ==, before);
  g_autoptr(GPtrArray) backups = backup_list(&world.context, &error);
  g_assert_cmpint(backups->len, ==, 1);
}

/* A file that is being swapped has its only record in the journal. */
static void test_refused_during_swap(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  Replacement replacement;
  record_init(&replacement_table, &replacement);
  replacement.state = REPLACEMENT_INTENT;
  g_assert_true(record_insert(conn, &replacement_table, &replacement, &error));
  record_clear(&replacement_table, &replacement);
  g_clear_pointer(&conn, db_release);
  g_assert_false(restore(&world, path, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "being replaced"));
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM replacements"), ==, 1);
}

/* Fails at the n-th point, for each n: nothing changes until it goes through. */
static void test_fails_anywhere(TestDb *test)
{
#ifdef REEVE_FAILPOINTS
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  run(test, "DELETE FROM files WHERE id > 5");
  g_autofree char *before = contents(test->db);
  static const char *const points[] = {"backup.write:1", "backup.write:20", "fs.fsync:1",  "fs.rename:1",
                                       "restore.row:1",  "restore.row:270", "db.commit:*", "db.adopt:1"};
  for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *rule = g_strdup_printf("%s=EIO", points[i]);
    failpoint_arm(rule);
    bool ok = restore(&world, path, &error);
    failpoint_arm(NULL);
    g_test_message("%s: %s", rule, error ? error->message : "went through");
    g_assert_false(ok);
    g_assert_nonnull(error);
    g_autofree char *after = contents(test->db);
    g_assert_cmpstr(after, ==, before);
  }
  g_autoptr(GError) error = NULL;
  g_assert_true(restore(&world, path, &error));
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM files"), ==, FILES - 1);
#else
  g_test_skip("Built without failpoints.");
#endif
}

static void test_cancelled(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  fill(test);
  g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
  Cancel *cancel = cancel_new(NULL);
  cancel_set(cancel);
  RestoreResult result;
  record_init(&restore_result_table, &result);
  g_assert_false(backup_restore(&world.context, path, cancel, &result, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_clear_error(&error);
  record_clear(&restore_result_table, &result);
  g_assert_false(backup_create(&world.context, BACKUP_MANUAL, cancel, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  cancel_unref(cancel);
}

static void test_retained(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_auto(World) world;
  world_init(&world, test);
  for (int i = 0; i < 4; i++)
    g_free(make_backup(&world, BACKUP_DAILY));
  for (int i = 0; i < 3; i++)
    g_free(make_backup(&world, BACKUP_MANUAL));
  g_free(make_backup(&world, BACKUP_BEFORE_RESTORE));
  g_autofree char *left_over = g_build_filename(world.directory, "reeve-20260101-000000-000-daily.jsonl.gz.part", NULL);
  g_autofree char *strange = g_build_filename(world.directory, "mine.txt", NULL);
  g_assert_true(g_file_set_contents(left_over, "x", 1, NULL) && g_file_set_contents(strange, "x", 1, NULL));
  int count = -1;
  g_assert_true(backup_retain(&world.context, 2, &count, &error));
  g_assert_cmpint(count, ==, 2);
  g_assert_false(fs_exists(left_over));
  g_assert_true(fs_exists(strange));
  g_autoptr(GPtrArray) backups = backup_list(&world.context, &error);
  g_assert_cmpint(backups->len, ==, 6);
  for (guint i = 1; i < backups->len; i++)
    g_assert_cmpint(((const Backup *)backups->pdata[i - 1])->created_at_ms, >=,
                    ((const Backup *)backups->pdata[i])->created_at_ms);
}

typedef struct {
  const World *world;
  gint stop;
} Retainer;

static gpointer keep_retaining(gpointer data)
{
  Retainer *retainer = data;
  while (!g_atomic_int_get(&retainer->stop)) {
    g_autoptr(GError) error = NULL;
    g_assert_true(backup_retain(&retainer->world->context, 1, NULL, &error));
  }
  return NULL;
}

/* What is being written, or just about to get its name, is not left over. */
static void test_retained_meanwhile(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_assert_true(fs_mkdirs(world.directory, 0700, NULL));
  Retainer retainer = {.world = &world};
  GThread *thread = g_thread_new("retainer", keep_retaining, &retainer);
  for (int i = 0; i < 10; i++) {
    g_autofree char *path = make_backup(&world, BACKUP_MANUAL);
    g_assert_true(fs_unlink(path, NULL)); /* the fewer there are, the oftener is looked */
  }
  g_atomic_int_set(&retainer.stop, 1);
  g_thread_join(thread);
}

static void test_names(TestDb *test)
{
  static const char *const names[] = {"..", "../x", "mine.txt", "", "reeve-.jsonl.gz", "reeve-../../etc/passwd.jsonl.gz"};
  g_auto(World) world;
  world_init(&world, test);
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(backup_path(&world.context, names[i], &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(backup_delete(&world.context, names[i], &error));
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* failures that are meant are warned of */
  test_db_each("/backup/round_trip", test_round_trip);
  test_db_each("/backup/audit_stays", test_audit_stays);
  test_db_each("/backup/schema_stays", test_schema_stays);
  g_test_add_func("/backup/across", test_across);
  test_db_each("/backup/online", test_online);
  test_db_each("/backup/others_go_on", test_others_go_on);
  test_db_each("/backup/refused", test_refused);
  test_db_each("/backup/refused_during_swap", test_refused_during_swap);
  test_db_each("/backup/fails_anywhere", test_fails_anywhere);
  test_db_each("/backup/cancelled", test_cancelled);
  test_db_each("/backup/retained", test_retained);
  test_db_each("/backup/retained_meanwhile", test_retained_meanwhile);
  test_db_each("/backup/names", test_names);
  return g_test_run();
}
