/* What people hand to a command besides its arguments: small files and secrets.
 *
 * Thread-safety: no shared state; the terminal is one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A small text file without the line end at its end. NULL on error: by errno, LIMIT over `max_bytes`, INVALID if it holds NUL or
 * is not UTF-8. The caller frees it. */
char *input_file(const char *path, size_t max_bytes, GError **error);

/* A new secret: the first line of standard input when that is no terminal, else typed twice without being shown. `what` is for
 * the prompt: "Password for anna". NULL on error: INVALID if the two differ or nothing came. Wipe it with sodium_memzero. */
char *input_new_secret(const char *what, GError **error);
