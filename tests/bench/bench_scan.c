/* How long a scan of 100,000 unchanged files takes (L2), beside `find -printf '%s %T@ %i\n'` on the same tree in the same run,
 * and how much memory it adds (L9).
 *
 *   bench_scan [FILES] [DATABASE]      100000, and an SQLite file in a temporary directory */
#include "base/number.h"
#include "library/scan.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_PER_DIRECTORY = 50, ROUNDS = 7 };

static void must(bool ok, GError *error)
{
  if (ok)
    return;
  fprintf(stderr, "%s\n", error->message);
  exit(1);
}

static void make_tree(const char *tree, int64_t n_files)
{
  for (int64_t i = 0; i < n_files; i++) {
    int64_t season = i / FILES_PER_DIRECTORY;
    g_autofree char *directory =
        g_strdup_printf("%s/Series number %03d/Season %02d", tree, (int)(season / 20), (int)(season % 20));
    if (i % FILES_PER_DIRECTORY == 0 && g_mkdir_with_parents(directory, 0755) != 0)
      exit(1);
    g_autofree char *path = g_strdup_printf("%s/Series number %03d - S%02dE%02d - Some episode title [1080p].mkv", directory,
                                            (int)(season / 20), (int)(season % 20), (int)(i % FILES_PER_DIRECTORY));
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || close(fd) != 0)
      exit(1);
  }
}

/* Rows as they are after a library was scanned: with media of the usual length. */
static void put_rows(DbConn *conn, int64_t root_id, const char *directory, const char *media, GError **error)
{
  g_autoptr(GDir) names = g_dir_open(directory, 0, error);
  must(names != NULL, error ? *error : NULL);
  for (const char *name; (name = g_dir_read_name(names));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    FileStat stat;
    must(fs_stat(path, &stat, error), error ? *error : NULL);
    if (stat.is_directory) {
      put_rows(conn, root_id, path, media, error);
      continue;
    }
    g_autoptr(LibraryFile) file = record_new(&file_table);
    file->root_id = root_id;
    g_free(file->path);
    file->path = g_steal_pointer(&path);
    file->size_bytes = stat.size_bytes;
    file->mtime_ns = stat.mtime_ns;
    file->inode = stat.inode;
    file->device = stat.device;
    file->link_count = stat.link_count;
    file->state = FILE_READY;
    file->media = g_strdup(media);
    file->probed_at_ms = 1;
    must(record_insert(conn, &file_table, file, error), error ? *error : NULL);
  }
}

static int64_t make_root(Db *db, const char *tree)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(db, &error);
  must(conn != NULL, error);
  g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
  must(transaction != NULL, error);
  g_autoptr(Root) root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(tree);
  must(record_insert(conn, &root_table, root, &error), error);
  g_autofree char *filler = g_strnfill(6000, 'x');
  g_autofree char *media = g_strdup_printf("{\"container\": \"%s\"}", filler);
  put_rows(conn, root->id, tree, media, &error);
  must(db_commit(transaction, &error), error);
  return root->id;
}

static double find_seconds(const char *tree)
{
  g_autoptr(GError) error = NULL;
  const char *const argv[] = {"find", tree, "-printf", "%s %T@ %i\\n", NULL};
  int64_t before = g_get_monotonic_time();
  ChildExit exit;
  must(child_run(&(ChildParams){.argv = argv, .output = CHILD_NULL}, 600000, NULL, 1, NULL, NULL, &exit, &error), error);
  return (double)(g_get_monotonic_time() - before) / G_USEC_PER_SEC;
}

static double scan_seconds(ScanContext *context, int64_t root_id, int64_t n_files)
{
  g_autoptr(GError) error = NULL;
  ScanProgress progress;
  int64_t before = g_get_monotonic_time();
  must(scan_root(context, root_id, NULL, &progress, &error), error);
  double seconds = (double)(g_get_monotonic_time() - before) / G_USEC_PER_SEC;
  if (progress.unchanged != n_files) {
    fprintf(stderr, "%" G_GINT64_FORMAT " files are unchanged, not %" G_GINT64_FORMAT ".\n", progress.unchanged, n_files);
    exit(1);
  }
  return seconds;
}

static int64_t resident_bytes(void)
{
  g_autofree char *text = NULL;
  g_file_get_contents("/proc/self/statm", &text, NULL, NULL);
  const char *space = text ? strchr(text, ' ') : NULL;
  return space ? g_ascii_strtoll(space, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  int64_t n_files = 100000;
  if (argc > 1 && !parse_int(argv[1], 1, 10 * 1000 * 1000, &n_files))
    return 2;
  g_autoptr(GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp("reeve-bench-XXXXXX", &error);
  must(directory != NULL, error);
  g_autofree char *tree = g_build_filename(directory, "tree", NULL);
  g_autofree char *url = argc > 2 ? g_strdup(argv[2]) : g_strdup_printf("sqlite:%s/reeve.db", directory);
  make_tree(tree, n_files);
  g_autoptr(Db) db = db_open(&(DbParams){.url = url}, &error);
  must(db && migrate_run(db, NULL, &error), error);
  int64_t root_id = make_root(db, tree);

  g_autoptr(ProbePool) probes = probe_pool_new(&(ProbeParams){.children = 2});
  ScanContext context;
  scan_context_init(&context);
  context.db = db;
  context.probes = probes;
  context.clock = clock_system();
  scan_seconds(&context, root_id, n_files); /* both start with what the system has in memory */
  find_seconds(tree);
  int64_t before = resident_bytes();
  double find_best = 1e9, scan_best = 1e9;
  for (int i = 0; i < ROUNDS; i++) {
    find_best = MIN(find_best, find_seconds(tree));
    scan_best = MIN(scan_best, scan_seconds(&context, root_id, n_files));
  }
  printf("files %" G_GINT64_FORMAT
         "\nfind %.3f s\nscan %.3f s\nratio %.2f\nresident memory %.1f MiB, of which after the first scan %.1f MiB\n",
         n_files, find_best, scan_best, scan_best / find_best, (double)resident_bytes() / (1 << 20),
         (double)(resident_bytes() - before) / (1 << 20));
  scan_context_clear(&context);
  fs_remove_tree(directory, NULL);
  return 0;
}
