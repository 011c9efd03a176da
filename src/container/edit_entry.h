/* A journal's entry: what an edit is about to overwrite, so that it can be put back. One record, whether a database holds it or a
 * file.
 *
 * Thread-safety: a plain record. */
#pragma once

#include "container/edit_plan.h"

typedef struct {
  int64_t offset;
  char *before, *after; /* base64, of equal length */
} EditEntryRange;

typedef struct {
  char *path; /* absolute; bytes that are not UTF-8, control characters, '"' and '\' as C escapes: see edit_entry_path */
  int64_t device, inode, size_bytes, mtime_ns; /* of the file before the edit */
  GPtrArray *ranges;                           /* EditEntryRange, as in the plan */
} EditEntry;
extern const FieldTable edit_entry_table;

/* The entry for carrying out an IN_PLACE plan on this path. */
EditEntry *edit_entry_new(const char *path, const EditPlan *plan);
void edit_entry_free(EditEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EditEntry, edit_entry_free)

/* The path as the file system knows it. The caller frees it. */
char *edit_entry_path(const EditEntry *entry);

/* The ranges as bytes: EditRange, owned by the array. NULL with CORRUPT if the entry cannot be one that edit_entry_new made. */
GPtrArray *edit_entry_ranges(const EditEntry *entry, GError **error);

/* As JSON text, for a journal to keep (the caller frees it), and back: CORRUPT if it is not one. */
char *edit_entry_text(const EditEntry *entry);
EditEntry *edit_entry_parse(const char *text, size_t length, GError **error);
