/* How the log on disk is written, bounded and followed. Test: tests/unit/operate/test_log_file.c */
#include "operate/log_file.h"

#include "base/error.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "server.jsonl"

struct LogFile {
  char *path, *old_path;
  GMutex lock; /* guards what follows */
  int fd;      /* -1: not open */
  int64_t size_bytes, max_bytes;
  bool failed; /* and that was said */
};

LogFile *log_file_new(const char *directory, int64_t max_bytes)
{
  LogFile *file = g_new0(LogFile, 1);
  file->path = g_build_filename(directory, FILE_NAME, NULL);
  file->old_path = g_strconcat(file->path, ".1", NULL);
  g_mutex_init(&file->lock);
  file->fd = -1;
  file->max_bytes = max_bytes;
  return file;
}

static void close_it(LogFile *file)
{
  if (file->fd >= 0)
    close(file->fd);
  file->fd = -1;
}

void log_file_free(LogFile *file)
{
  if (!file)
    return;
  close_it(file);
  g_mutex_clear(&file->lock);
  g_free(file->path);
  g_free(file->old_path);
  g_free(file);
}

void log_file_set_size(LogFile *file, int64_t max_bytes)
{
  g_mutex_lock(&file->lock);
  file->max_bytes = max_bytes;
  g_mutex_unlock(&file->lock);
}

/* It is the log that fails, and it must not log that. */
static void fail_once(LogFile *file, const char *what)
{
  if (!file->failed)
    g_printerr("reeve: The log %s %s: %s. It goes on here only.\n", file->path, what, g_strerror(errno));
  file->failed = true;
  close_it(file);
}

static bool open_it(LogFile *file)
{
  struct stat st;
  if (file->fd >= 0)
    return true;
  g_autofree char *directory = g_path_get_dirname(file->path);
  if (g_mkdir_with_parents(directory, 0700) == 0)
    file->fd = open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file->fd < 0 || fstat(file->fd, &st) < 0) {
    fail_once(file, "cannot be opened");
    return false;
  }
  file->size_bytes = st.st_size;
  return true;
}

/* Half of the size for the file before, half for this one. */
static void turn_over(LogFile *file)
{
  if (file->size_bytes < file->max_bytes / 2)
    return;
  close_it(file);
  (void)rename(file->path, file->old_path);
}

static char *line_of(const LogMessage *message)
{
  g_autoptr(json_t) scopes = json_loads(message->scopes, 0, NULL);
  g_autoptr(json_t) object =
      json_pack("{s:I, s:s, s:s, s:s}", "at_ms", (json_int_t)message->at_ms, "level",
                enum_name(&log_level_table, (int)message->level), "module", message->module, "message", message->message);
  json_object_update(object, scopes);
  g_autofree char *text = json_text(object);
  return g_strconcat(text, "\n", NULL);
}

void log_file_add(const LogMessage *message, void *user_data)
{
  LogFile *file = user_data;
  g_mutex_lock(&file->lock);
  if (file->max_bytes > 0) {
    turn_over(file);
    g_autofree char *line = line_of(message);
    size_t length = strlen(line);
    if (open_it(file) && write(file->fd, line, length) != (ssize_t)length)
      fail_once(file, "cannot be written");
    else
      file->size_bytes += (int64_t)length;
  }
  g_mutex_unlock(&file->lock);
}

/* --- reading --- */

struct LogReader {
  char *path, *old_path;
  FILE *stream;
  ino_t inode;
  GString *partial;
  GQueue waiting; /* char *; lines read at the start */
};

static bool open_stream(LogReader *reader, const char *path)
{
  struct stat st;
  FILE *stream = fopen(path, "re");
  if (!stream)
    return false;
  if (fstat(fileno(stream), &st) < 0) {
    fclose(stream);
    return false;
  }
  if (reader->stream)
    fclose(reader->stream);
  reader->stream = stream;
  reader->inode = st.st_ino;
  g_string_truncate(reader->partial, 0);
  return true;
}

/* The next line of the stream, NULL at its end so far. */
static char *read_line(LogReader *reader)
{
  char buffer[4096];
  clearerr(reader->stream);
  while (fgets(buffer, sizeof buffer, reader->stream)) {
    g_string_append(reader->partial, buffer);
    if (reader->partial->str[reader->partial->len - 1] != '\n')
      continue;
    char *line = g_strndup(reader->partial->str, reader->partial->len - 1);
    g_string_truncate(reader->partial, 0);
    return line;
  }
  return NULL;
}

LogReader *log_reader_new(const char *directory, size_t lines, GError **error)
{
  g_autoptr(LogReader) reader = g_new0(LogReader, 1);
  reader->partial = g_string_new(NULL);
  g_queue_init(&reader->waiting);
  reader->path = g_build_filename(directory, FILE_NAME, NULL);
  reader->old_path = g_strconcat(reader->path, ".1", NULL);
  const char *const paths[] = {reader->old_path, reader->path};
  bool any = false;
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
    bool opened = open_stream(reader, paths[i]);
    any |= opened;
    for (char *line; opened && (line = read_line(reader));) {
      g_queue_push_tail(&reader->waiting, line);
      if (g_queue_get_length(&reader->waiting) > lines)
        g_free(g_queue_pop_head(&reader->waiting));
    }
  }
  if (any)
    return g_steal_pointer(&reader);
  fail(error, REEVE_ERROR_NOT_FOUND, "There is no log in %s: has the server run with this data directory?", directory);
  return NULL;
}

void log_reader_free(LogReader *reader)
{
  if (!reader)
    return;
  if (reader->stream)
    fclose(reader->stream);
  g_queue_clear_full(&reader->waiting, g_free);
  g_string_free(reader->partial, TRUE);
  g_free(reader->path);
  g_free(reader->old_path);
  g_free(reader);
}

char *log_reader_next(LogReader *reader)
{
  char *line = g_queue_pop_head(&reader->waiting);
  if (!line)
    line = read_line(reader);
  struct stat st;
  /* It was turned over: what is left of the old one was read just now. */
  if (!line && stat(reader->path, &st) == 0 && st.st_ino != reader->inode && open_stream(reader, reader->path))
    line = read_line(reader);
  return line;
}
