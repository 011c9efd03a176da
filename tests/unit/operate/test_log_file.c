/* The log on disk: bounded, followed over a turn, harmless when it cannot be written. */
#include "operate/log_file.h"

#include "base/error.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <string.h>
#include <sys/stat.h>

static void say(LogFile *file, const char *message)
{
  log_file_add(&(LogMessage){.at_ms = 5, .level = LOG_AT_WARNING, .module = "m", .message = message, .scopes = "{\"job\":\"7\"}"},
               file);
}

static char *next_message(LogReader *reader)
{
  g_autofree char *line = log_reader_next(reader);
  if (!line)
    return NULL;
  g_autoptr(json_t) object = json_loads(line, 0, NULL);
  g_assert_nonnull(object);
  g_assert_cmpstr(json_string_value(json_object_get(object, "job")), ==, "7");
  g_assert_cmpstr(json_string_value(json_object_get(object, "level")), ==, "warning");
  return g_strdup(json_string_value(json_object_get(object, "message")));
}

static void assert_next(LogReader *reader, const char *expected)
{
  g_autofree char *message = next_message(reader);
  g_assert_cmpstr(message, ==, expected);
}

static void test_followed(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *parent = g_dir_make_tmp("reeve-log-XXXXXX", NULL);
  g_autofree char *directory = g_build_filename(parent, "log", NULL);
  g_assert_null(log_reader_new(directory, 10, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);

  LogFile *file = log_file_new(directory, 4000);
  say(file, "one");
  say(file, "two\n\"quoted\"");
  say(file, "three");
  g_autoptr(LogReader) reader = log_reader_new(directory, 2, &error);
  g_assert_no_error(error);
  assert_next(reader, "two\n\"quoted\"");
  assert_next(reader, "three");
  assert_next(reader, NULL);
  say(file, "four");
  assert_next(reader, "four");

  /* Over the turn nothing is lost, and the two files stay below the size. */
  for (int i = 0; i < 200; i++) {
    g_autofree char *message = g_strdup_printf("line %d", i);
    say(file, message);
    assert_next(reader, message);
  }
  struct stat st;
  g_autofree char *path = g_build_filename(directory, "server.jsonl", NULL), *old = g_strconcat(path, ".1", NULL);
  int64_t size = 0;
  g_assert_cmpint(stat(path, &st), ==, 0);
  g_assert_cmpint(st.st_mode & 0777, ==, 0600);
  size += st.st_size;
  g_assert_cmpint(stat(old, &st), ==, 0);
  g_assert_cmpint(size + st.st_size, <, 4200);

  log_file_set_size(file, 0);
  say(file, "unheard");
  assert_next(reader, NULL);
  log_file_set_size(file, 4000);
  say(file, "heard");
  assert_next(reader, "heard");
  log_file_free(file);

  /* The last lines reach back into the older file. */
  g_autoptr(LogReader) later = log_reader_new(directory, 30, &error);
  g_autofree char *first = next_message(later);
  g_assert_cmpstr(first, ==, "line 171");
  fs_remove_tree(parent, NULL);
}

static void test_cannot_be_written(void)
{
  if (g_test_subprocess()) {
    LogFile *file = log_file_new("/proc/nowhere", 4000);
    say(file, "one");
    say(file, "two");
    log_file_free(file);
    return;
  }
  g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed();
  g_test_trap_assert_stderr("*cannot be opened*");
  g_test_trap_assert_stderr_unmatched("*cannot be opened*cannot be opened*"); /* said once */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/log_file/followed", test_followed);
  g_test_add_func("/log_file/cannot_be_written", test_cannot_be_written);
  return g_test_run();
}
