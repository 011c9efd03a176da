/* Decides where originals are kept. Test: tests/unit/library/test_trash.c */
#include "library/trash.h"

char *trash_directory(const Root *root)
{
  return root->trash_path && root->trash_path[0] != '\0' ? g_strdup(root->trash_path)
                                                         : g_build_filename(root->path, ".reeve-trash", NULL);
}

char *trash_place(const Root *root, int64_t replacement_id, const char *source_path)
{
  g_autofree char *directory = trash_directory(root);
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, replacement_id);
  g_autofree char *name = g_path_get_basename(source_path);
  return g_build_filename(directory, number, name, NULL);
}
