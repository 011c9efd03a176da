/* Globs on paths, in whole UTF-8 characters.
 *
 * `*` and `?` do not cross a slash, `**` does, and "**" with a slash behind it also stands for no directory at all; [a-z] and
 * [!a-z] are classes, a backslash takes the next character as it is.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the glob fits a path (without a slash before it) or a directory above it. A glob without a slash may fit any one name
 * on the way ("Extras", "*.sample.*"); with a slash it begins where the path begins, a slash at its own begin says just that. A
 * bracket that is never closed stands for itself. Never fails, whatever the bytes. Takes at most the product of both lengths. */
bool glob_match(const char *pattern, const char *path);

/* What is wrong with a glob that someone typed, to go behind its name ("has a bracket that is never closed"); NULL if all is
 * well. */
const char *glob_complaint(const char *pattern);

/* How narrow a glob is. */
typedef struct {
  size_t literal_prefix; /* bytes before the first wildcard */
  size_t wildcards;      /* `**` and a class count as one */
  size_t length;         /* bytes */
} GlobShape;
GlobShape glob_shape(const char *pattern);
