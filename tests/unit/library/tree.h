/* A temporary directory tree for the tests of walks and scans. */
#pragma once

#include "sys/fs.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new directory, resolved; remove it with tree_free. */
static inline char *tree_new(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *made = g_dir_make_tmp("reeve-test-XXXXXX", &error);
  g_assert_no_error(error);
  char *resolved = realpath(made, NULL);
  g_assert_nonnull(resolved);
  return resolved;
}

static inline void tree_free(char *tree)
{
  g_autoptr(GError) error = NULL;
  fs_remove_tree(tree, &error);
  g_assert_no_error(error);
  g_free(tree);
}

/* Writes in place: a file that exists keeps its inode. */
static inline void tree_write_bytes(const char *tree, const char *name, const char *content, size_t length)
{
  g_autofree char *path = g_build_filename(tree, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  FILE *file = fopen(path, "w");
  g_assert_nonnull(file);
  g_assert_cmpuint(fwrite(content, 1, length, file), ==, length);
  g_assert_cmpint(fclose(file), ==, 0);
}

static inline void tree_write(const char *tree, const char *name, const char *content)
{
  tree_write_bytes(tree, name, content, strlen(content));
}

static inline void tree_rename(const char *tree, const char *from, const char *to)
{
  g_autofree char *a = g_build_filename(tree, from, NULL);
  g_autofree char *b = g_build_filename(tree, to, NULL);
  g_autofree char *parent = g_path_get_dirname(b);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  g_assert_cmpint(rename(a, b), ==, 0);
}

static inline void tree_remove(const char *tree, const char *name)
{
  g_autofree char *path = g_build_filename(tree, name, NULL);
  g_assert_cmpint(unlink(path), ==, 0);
}

static inline void tree_link(const char *tree, const char *from, const char *to)
{
  g_autofree char *a = g_build_filename(tree, from, NULL);
  g_autofree char *b = g_build_filename(tree, to, NULL);
  g_autofree char *parent = g_path_get_dirname(b);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  g_assert_cmpint(link(a, b), ==, 0);
}

/* `target` as it stands in the link. */
static inline void tree_symlink(const char *tree, const char *target, const char *name)
{
  g_autofree char *path = g_build_filename(tree, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  g_assert_cmpint(symlink(target, path), ==, 0);
}
