/* Which names a scan takes in, which it passes by, and which files beside a video belong to it. scan.h holds what is shown to
 * others of this. All pure.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/root.h"

#include <glib.h>

enum { SIDECARS_MAX = 100 }; /* of one video; what is over, in name order, is not listed */

/* True if an exclude glob covers a whole directory, so that it need not be entered. */
bool scan_is_pruned(const Root *root, const char *relative_path);

/* True for names that no scan enters or takes: hidden ones (ours among them) and the folders of NAS systems and trash cans. */
bool scan_is_ignored(const char *name);

/* True if no component of the path is ignored. */
bool scan_is_visible(const char *relative_path);

/* True if a file of this name may belong to a video beside it: subtitles, descriptions, pictures. */
bool sidecar_is_kind(const char *name);

/* Gives each sidecar to the videos with the longest stem that it continues: "Film.en.srt" and "Film-poster.jpg" belong to
 * "Film.mkv", but "Film.Extended.srt" belongs to "Film.Extended.mkv" if that is there. `sidecars` is sorted by the call. The
 * result is as long as `videos`; an entry is NULL or a borrowed array of names in order, ended by NULL. Free it with
 * g_ptr_array_unref. */
GPtrArray *sidecars_assign(const char *const *videos, size_t n_videos, GPtrArray *sidecars);
