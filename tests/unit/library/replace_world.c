/* See the header. */
#include "library/replace_world.h"

#include "store/record_sql.h"
#include "sys/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static int64_t insert(World *world, const FieldTable *table, void *record)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(world->db, &error);
  g_assert_no_error(error);
  record_insert(conn, table, record, &error);
  g_assert_no_error(error);
  return *(int64_t *)record; /* each record begins with its id */
}

void world_open(World *world, const char *url)
{
  g_autoptr(GError) error = NULL;
  *world = (World){.url = url};
  world->db = db_open(&(DbParams){.url = url, .connections = 2}, &error);
  g_assert_no_error(error);
  manual_clock_init(&world->clock, 1700000000000);
  world->queue = queue_new(&(QueueParams){.db = world->db, .clock = &world->clock.clock, .seed = 1});
  world->context = (ReplaceContext){.db = world->db, .queue = world->queue, .clock = &world->clock.clock};
}

void world_close(World *world)
{
  record_clear(&root_table, &world->root);
  record_clear(&file_table, &world->file);
  g_free(world->directory);
  g_free(world->root_path);
  g_free(world->other_path);
  queue_free(world->queue);
  db_close(world->db);
  *world = (World){0};
}

static void add_root(World *world)
{
  if (world->directory)
    return;
  g_autoptr(GError) error = NULL;
  /* GLib's letters alone come again in forked processes, and a root's path is unique in the database. */
  g_autofree char *template = g_strdup_printf("reeve-world-%d-XXXXXX", (int)getpid());
  world->directory = g_dir_make_tmp(template, &error);
  g_assert_no_error(error);
  world->root_path = g_build_filename(world->directory, "films", NULL);
  g_assert_cmpint(g_mkdir(world->root_path, 0755), ==, 0);
  record_init(&root_table, &world->root);
  g_free(world->root.path);
  world->root.path = g_strdup(world->root_path);
  g_free(world->root.name);
  world->root.name = g_strdup("Films");
  insert(world, &root_table, &world->root);
}

void world_update_root(World *world)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(world->db, &error);
  record_update(conn, &root_table, &world->root, &error);
  g_assert_no_error(error);
}

static void add_row(World *world, const char *path, LibraryFile *row)
{
  FileStat st;
  g_autoptr(GError) error = NULL;
  fs_stat(path, &st, &error);
  g_assert_no_error(error);
  record_init(&file_table, row);
  row->root_id = world->root.id;
  g_free(row->path);
  row->path = g_strdup(path);
  row->size_bytes = st.size_bytes;
  row->mtime_ns = st.mtime_ns;
  row->inode = st.inode;
  row->device = st.device;
  row->link_count = st.link_count;
  row->state = FILE_READY;
  row->video_codec = g_strdup("h264");
  row->media = g_strdup("{}");
  insert(world, &file_table, row);
}

void world_lease(World *world)
{
  g_autoptr(GError) error = NULL;
  Job job, claimed;
  record_init(&job_table, &job);
  record_init(&job_table, &claimed);
  g_free(job.kind);
  job.kind = g_strdup_printf("test-%" G_GINT64_FORMAT, world->root.id);
  g_free(job.title);
  job.title = g_strdup("A test");
  job.state = JOB_PENDING;
  queue_add(world->queue, NULL, &job, &error);
  g_assert_no_error(error);
  bool found = false;
  queue_claim(world->queue, "tester", (const char *const[]){job.kind, NULL}, (const char *const[]){NULL}, &claimed, &found,
              &error);
  g_assert_no_error(error);
  g_assert_true(found);
  world->lease = (LeaseRef){.job_id = claimed.id, .owner = "tester", .epoch = claimed.lease_epoch};
  record_clear(&job_table, &job);
  record_clear(&job_table, &claimed);
}

void world_add_file(World *world, const char *name)
{
  add_root(world);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(world->root_path, name, NULL);
  g_file_set_contents(path, WORLD_OLD_CONTENT, -1, &error);
  g_assert_no_error(error);
  g_assert_cmpint(g_chmod(path, 0640), ==, 0);
  record_clear(&file_table, &world->file);
  add_row(world, path, &world->file);
  world_lease(world);
}

void world_add_name(World *world, const char *name)
{
  g_autoptr(GError) error = NULL;
  bool linked = false;
  world->other_path = g_build_filename(world->root_path, name, NULL);
  fs_link(world->file.path, world->other_path, &linked, &error);
  g_assert_no_error(error);
  g_assert_true(linked);
  LibraryFile row;
  add_row(world, world->other_path, &row);
  record_clear(&file_table, &row);
}

bool world_stage(World *world, const char *extension, int64_t keep_days, Replacement *ret_replacement, GError **error)
{
  ReplaceRequest request = {
      .kind = REPLACE_TRANSCODE,
      .root = &world->root,
      .file = &world->file,
      .extension = extension,
      .lease = world->lease,
      .keep_days = keep_days,
      .expected_bytes = 100,
      .undo_of = FIELD_NULL_INT,
  };
  return replace_stage(&world->context, &request, ret_replacement, error);
}

static bool work(World *world, Replacement *replacement, int64_t *ret_history_id, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (!g_file_set_contents(replacement->stage_path, WORLD_NEW_CONTENT, -1, &cause))
    g_error("%s", cause->message);
  ReplaceCommit commit = {.lease = &world->lease, .job_result = "{\"made\":true}"};
  return replace_verified(&world->context, replacement, "{\"profile\":\"Test\",\"seconds\":1.5}", error) &&
         replace_commit(&world->context, replacement, &commit, ret_history_id, error);
}

bool world_replace(World *world, const char *extension, int64_t keep_days, int64_t *ret_history_id, GError **error)
{
  Replacement replacement = {0};
  if (!world_stage(world, extension, keep_days, &replacement, error))
    return false;
  g_autoptr(GError) cause = NULL;
  bool ok = work(world, &replacement, ret_history_id, &cause);
  if (!ok) {
    replace_abort(&world->context, &replacement, cause->message, NULL);
    g_propagate_error(error, g_steal_pointer(&cause));
  }
  record_clear(&replacement_table, &replacement);
  return ok;
}

bool world_recover(World *world, int *ret_count, GError **error)
{
  manual_clock_advance(&world->clock, 3600 * 1000);
  return replace_recover(&world->context, NULL, NULL, ret_count, error);
}

static int by_text(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_into(const char *directory, const char *prefix, GPtrArray *lines)
{
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  const char *name;
  while (entries && (name = g_dir_read_name(entries))) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
      g_ptr_array_add(lines, g_strdup_printf("%s%s/", prefix, name));
      g_autofree char *below = g_strdup_printf("%s%s/", prefix, name);
      list_into(path, below, lines);
      continue;
    }
    g_autofree char *content = NULL;
    g_file_get_contents(path, &content, NULL, NULL);
    g_ptr_array_add(lines, g_strdup_printf("%s%s=%s", prefix, name, content ? content : "?"));
  }
}

char *world_list(const char *directory)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  list_into(directory, "", lines);
  g_ptr_array_sort(lines, by_text);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}

GPtrArray *world_rows(World *world, const FieldTable *table)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(world->db, &error);
  g_assert_no_error(error);
  GPtrArray *rows = record_list(conn, table, "WHERE root_id = $1 ORDER BY id", DB_ARGS(DB_INT(world->root.id)), &error);
  g_assert_no_error(error);
  return rows;
}
