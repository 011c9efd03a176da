/* The file of a backup: what is written is read, and nothing that is not whole or not ours gets past. */
#include "operate/backup_file.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "store/migrate.h"
#include "sys/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

typedef struct {
  char *directory, *path;
} World;

static void set_up(World *world, gconstpointer unused)
{
  world->directory = g_dir_make_tmp("reeve-backup-XXXXXX", NULL);
  world->path = g_build_filename(world->directory, "a.jsonl.gz", NULL);
}

static void tear_down(World *world, gconstpointer unused)
{
  fs_remove_tree(world->directory, NULL);
  g_free(world->directory);
  g_free(world->path);
}

static void header_make(BackupHeader *header)
{
  record_init(&backup_header_table, header);
  header->reeve_backup = BACKUP_FORMAT;
  g_free(header->version);
  header->version = g_strdup("0.1.0");
  header->migrations = records_new(&applied_migration_table);
  header->tables = records_new(&catalog_table_table);
  for (int i = 0; i < 2; i++) {
    CatalogTable *table = record_new(&catalog_table_table);
    g_free(table->name);
    table->name = g_strdup(i ? "b" : "a");
    table->last_id = i ? FIELD_NULL_INT : 7;
    table->columns = records_new(&catalog_column_table);
    CatalogColumn *column = record_new(&catalog_column_table);
    g_free(column->name);
    column->name = g_strdup("id");
    g_ptr_array_add(table->columns, column);
    g_ptr_array_add(header->tables, table);
  }
}

static bool write_it(const World *world, GError **error)
{
  BackupHeader header;
  header_make(&header);
  g_autoptr(BackupWriter) writer = backup_writer_new(world->path, &header, error);
  record_clear(&backup_header_table, &header);
  return writer && backup_writer_table(writer, "a", error) && backup_writer_row("[1]", 3, writer, error) &&
         backup_writer_row("[null]", 6, writer, error) && backup_writer_table_end(writer, 2, error) &&
         backup_writer_table(writer, "b", error) && backup_writer_table_end(writer, 0, error) &&
         backup_writer_commit(writer, error);
}

/* "A:a R:[1] R:[null] A:b E", or the error. */
static char *read_it(const char *path, GError **error)
{
  g_autoptr(BackupReader) reader = backup_reader_new(path, error);
  if (!reader)
    return NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  for (;;) {
    BackupItem item;
    const CatalogTable *table = NULL;
    g_autoptr(json_t) row = NULL;
    if (!backup_reader_next(reader, &item, &table, &row, error))
      return NULL;
    if (item == BACKUP_END)
      return g_string_free(g_string_append(g_steal_pointer(&text), "E"), FALSE);
    g_autofree char *shown = row ? json_text(row) : NULL;
    g_string_append_printf(text, "%s:%s ", item == BACKUP_TABLE ? "A" : "R", row ? shown : table->name);
  }
}

static void test_round_trip(World *world, gconstpointer unused)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(write_it(world, &error));
  g_autofree char *text = read_it(world->path, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(text, ==, "A:a R:[1] R:[null] A:b E");
  g_autoptr(BackupReader) reader = backup_reader_new(world->path, &error);
  const BackupHeader *header = backup_reader_header(reader);
  g_assert_cmpstr(header->version, ==, "0.1.0");
  const CatalogTable *table = catalog_find(header->tables, "a");
  g_assert_cmpint(table->last_id, ==, 7);
  GStatBuf st;
  g_assert_cmpint(g_stat(world->path, &st), ==, 0);
  g_assert_cmpint(st.st_mode & 0777, ==, 0600);
  g_assert_false(write_it(world, &error)); /* never over one that is there */
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
}

static char *unpack(const char *path)
{
  gzFile file = gzopen(path, "rb");
  char buffer[65536];
  int n = gzread(file, buffer, sizeof buffer - 1);
  g_assert_cmpint(n, >, 0);
  buffer[n] = '\0';
  gzclose(file);
  return g_strdup(buffer);
}

static void pack(const char *path, const char *text)
{
  gzFile file = gzopen(path, "wb");
  g_assert_cmpint(gzwrite(file, text, (unsigned)strlen(text)), ==, (int)strlen(text));
  gzclose(file);
}

/* The file, its text changed, is refused; `says` is part of why. */
static void test_damaged_text(World *world, gconstpointer unused)
{
  static const struct {
    const char *from, *to, *says;
    int code;
  } rows[] = {
      {"[1]", "[2]", "checksum", REEVE_ERROR_CORRUPT},
      {"[1]\n", "", "not as many rows", REEVE_ERROR_CORRUPT},
      {"[1]\n", "[1]\n[1]\n", "not as many rows", REEVE_ERROR_CORRUPT},
      {"{\"table\":\"b\"}\n{\"rows\":0}\n", "", "missing", REEVE_ERROR_CORRUPT},
      {"{\"table\":\"b\"}", "{\"table\":\"a\"}", "tables are not", REEVE_ERROR_CORRUPT},
      {"{\"table\":\"b\"}", "{\"table\":\"c\"}", "tables are not", REEVE_ERROR_CORRUPT},
      {"{\"table\":\"a\"}\n", "", "outside of all tables", REEVE_ERROR_CORRUPT},
      {"{\"rows\":2}\n", "", "tables are not", REEVE_ERROR_CORRUPT},
      {"[null]", "[nul", "damaged", REEVE_ERROR_CORRUPT},
      {"\"reeve_backup\":1", "\"reeve_backup\":2", "newer Reeve", REEVE_ERROR_CONFLICT},
      {"\"reeve_backup\":1", "\"other_backup\":1", "no backup of Reeve", REEVE_ERROR_CORRUPT},
      {"\"migrations\":[]", "\"migrations\":7", "damaged", REEVE_ERROR_CORRUPT},
      {"\"sha256\":", "\"sha\":", "damaged", REEVE_ERROR_CORRUPT},
  };
  g_autoptr(GError) error = NULL;
  g_assert_true(write_it(world, &error));
  g_autofree char *text = unpack(world->path);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) changed = g_string_new(text);
    g_test_message("%s -> %s", rows[i].from, rows[i].to);
    g_assert_cmpint(g_string_replace(changed, rows[i].from, rows[i].to, 1), ==, 1);
    pack(world->path, changed->str);
    g_autoptr(GError) why = NULL;
    g_assert_null(read_it(world->path, &why));
    g_assert_error(why, REEVE_ERROR, rows[i].code);
    g_assert_nonnull(strstr(why->message, rows[i].says));
  }
  g_autofree char *longer = g_strconcat(text, "[1]\n", NULL);
  pack(world->path, longer);
  g_assert_null(read_it(world->path, &error));
  g_assert_nonnull(strstr(error->message, "follows its end"));
}

/* Cut off at any byte, or with any byte changed: refused, never read as something else. */
static void test_any_byte(World *world, gconstpointer unused)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *whole = NULL;
  gsize length;
  g_assert_true(write_it(world, &error));
  g_assert_true(g_file_get_contents(world->path, &whole, &length, &error));
  for (gsize i = 0; i < length; i++) {
    g_autoptr(GError) why = NULL;
    g_test_message("cut off at %zu of %zu", i, length);
    g_assert_true(g_file_set_contents(world->path, whole, (gssize)i, NULL));
    g_assert_null(read_it(world->path, &why));
    g_assert_nonnull(why);
  }
  gsize n_refused = 0;
  /* From byte 10 on: the header of gzip has parts that mean nothing (RFC 1952, 2.3.1). */
  for (gsize i = 10; i < length; i++) {
    g_autoptr(GError) why = NULL;
    g_autofree char *changed = g_memdup2(whole, length);
    g_test_message("changed at %zu of %zu", i, length);
    changed[i] ^= 0x20;
    g_assert_true(g_file_set_contents(world->path, changed, (gssize)length, NULL));
    g_autofree char *read = read_it(world->path, &why);
    if (read) /* a bit that fills up the last byte of the packed data (RFC 1951, 3.1.1) */
      g_assert_cmpstr(read, ==, "A:a R:[1] R:[null] A:b E");
    else
      g_assert_nonnull(why);
    n_refused += read == NULL;
  }
  g_assert_cmpint(n_refused, >=, length - 12);
}

static void test_foreign(World *world, gconstpointer unused)
{
  static const struct {
    const char *bytes;
    int code;
  } rows[] = {{"", REEVE_ERROR_CORRUPT},
              {"SQLite format 3", REEVE_ERROR_CORRUPT},
              {"{}\n", REEVE_ERROR_CORRUPT},
              {"[]\n", REEVE_ERROR_CORRUPT},
              {"{\"reeve_backup\":1}\n", REEVE_ERROR_CORRUPT}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(world->path, rows[i].bytes, -1, NULL));
    g_assert_null(read_it(world->path, &error));
    g_assert_error(error, REEVE_ERROR, rows[i].code);
  }
  g_autoptr(GError) error = NULL;
  g_assert_null(read_it("/nonexistent/backup", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

/* Whatever fails while it is written leaves nothing. */
static void test_failed_writes(World *world, gconstpointer unused)
{
#ifdef REEVE_FAILPOINTS
  for (int n = 1; n < 50; n++) {
    g_autofree char *rule = g_strdup_printf("*:%d=ENOSPC", n);
    g_autoptr(GError) error = NULL;
    failpoint_arm(rule);
    bool ok = write_it(world, &error);
    failpoint_arm(NULL);
    g_autofree char *part = g_strconcat(world->path, ".part", NULL);
    g_assert_false(fs_exists(part));
    if (ok) {
      g_assert_cmpint(n, >, 8);
      return;
    }
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
    g_unlink(world->path); /* where only the directory could not be synced */
  }
  g_assert_not_reached();
#else
  g_test_skip("Built without failpoints.");
#endif
}

#define ADD(path, test) g_test_add(path, World, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  ADD("/backup_file/round_trip", test_round_trip);
  ADD("/backup_file/damaged_text", test_damaged_text);
  ADD("/backup_file/any_byte", test_any_byte);
  ADD("/backup_file/foreign", test_foreign);
  ADD("/backup_file/failed_writes", test_failed_writes);
  return g_test_run();
}
