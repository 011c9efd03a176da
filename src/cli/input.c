/* How files with single values and secrets are read. Test: tests/unit/cli/test_config.c reads files; secrets at a terminal are
 * tried by hand. */
#include "cli/input.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SECRET_MAX_BYTES = 4096 };

static void cut_line_end(char *text, size_t length)
{
  if (length > 0 && text[length - 1] == '\n')
    text[--length] = '\0';
  if (length > 0 && text[length - 1] == '\r')
    text[--length] = '\0';
}

/* Up to `capacity` bytes; -1 with errno set. */
static ssize_t read_up_to(int fd, char *buffer, size_t capacity)
{
  size_t length = 0;
  while (length < capacity) {
    ssize_t got = read(fd, buffer + length, capacity - length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    length += (size_t)got;
  }
  return (ssize_t)length;
}

char *input_file(const char *path, size_t max_bytes, GError **error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    fail_errno(error, errno, "The file \"%s\" could not be opened", path);
    return NULL;
  }
  g_autofree char *text = g_malloc0(max_bytes + 2);
  ssize_t length = read_up_to(fd, text, max_bytes + 1);
  int saved_errno = errno;
  close(fd);
  if (length < 0)
    fail_errno(error, saved_errno, "The file \"%s\" could not be read", path);
  else if ((size_t)length > max_bytes)
    fail(error, REEVE_ERROR_LIMIT, "The file \"%s\" has more than %zu bytes.", path, max_bytes);
  else if (!g_utf8_validate(text, length, NULL))
    fail(error, REEVE_ERROR_INVALID, "The file \"%s\" is not plain UTF-8 text.", path);
  else {
    cut_line_end(text, (size_t)length);
    return g_steal_pointer(&text);
  }
  return NULL;
}

/* One line of standard input. stdio is not used: its buffer would keep a copy of the secret. */
static char *read_line(GError **error)
{
  g_autofree char *text = g_malloc0(SECRET_MAX_BYTES + 1);
  size_t length = 0;
  while (length < SECRET_MAX_BYTES) {
    ssize_t got = read(STDIN_FILENO, text + length, 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      fail_errno(error, errno, "Standard input could not be read");
      return NULL;
    }
    if (got == 0)
      break;
    if (text[length++] == '\n')
      break;
  }
  cut_line_end(text, length);
  if (!*text || !g_utf8_validate(text, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID, *text ? "What was entered is not valid UTF-8." : "Nothing was entered on standard input.");
    return NULL;
  }
  return g_steal_pointer(&text);
}

static char *ask_unseen(const char *prompt, GError **error)
{
  struct termios before;
  if (tcgetattr(STDIN_FILENO, &before) != 0) {
    fail_errno(error, errno, "The terminal could not be set up");
    return NULL;
  }
  struct termios silent = before;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  fprintf(stderr, "%s: ", prompt);
  fflush(stderr);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  char *text = read_line(error);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  fputc('\n', stderr);
  return text;
}

char *input_new_secret(const char *what, GError **error)
{
  if (!isatty(STDIN_FILENO))
    return read_line(error);
  g_autofree char *again = g_strdup_printf("%s, once more", what);
  g_autofree char *first = ask_unseen(what, error);
  g_autofree char *second = first ? ask_unseen(again, error) : NULL;
  if (!second)
    return NULL;
  bool same = strcmp(first, second) == 0;
  explicit_bzero(second, strlen(second));
  if (same)
    return g_steal_pointer(&first);
  explicit_bzero(first, strlen(first));
  fail(error, REEVE_ERROR_INVALID, "The two were not the same; nothing was changed.");
  return NULL;
}
