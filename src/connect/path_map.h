/* Paths as another program sees them, and as we do: it may run in a container, on another machine, or under Windows.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/field.h"

typedef struct {
  char *from; /* their directory: "/tv", "D:\Series" or "\\nas\tv" */
  char *to;   /* ours: an absolute path */
} PathMapping;
extern const FieldTable path_mapping_table;

/* INVALID, in words, if one of the two is not an absolute path or has ".." in it. */
bool path_mapping_check(const PathMapping *mapping, GError **error);

/* Reads "THEIRS=OURS", as it stands in the settings: "/tv=/srv/media/tv", "D:\Series=/srv/series". INVALID if it is none, or
 * path_mapping_check says no. To be freed by record_free; NULL on error. */
PathMapping *path_mapping_parse(const char *text, GError **error);

/* Our path of one of theirs, without "." and doubled slashes. The mapping whose `from` holds it counts; of several the longest,
 * of two alike the first. Whole names are compared, under Windows without regard to the case of a-z. A path that no mapping holds
 * is taken as it stands if it can be one of ours. `mappings` (of PathMapping) may be NULL; what is wrong in it by
 * path_mapping_check is passed over.
 *
 * NULL if there is no such path; *ret_reason is then a finished sentence that says why. The caller frees either. */
char *path_map(const GPtrArray *mappings, const char *theirs, char **ret_reason);
