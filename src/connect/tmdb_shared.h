/* The one Tmdb of a process, replaced by a new one when its settings change, while lookups of the old one are still under way.
 *
 * Thread-safety: any thread. */
#pragma once

#include "connect/tmdb.h"

typedef struct TmdbShared TmdbShared;

/* `client`, `cache` and `clock` are borrowed and outlive it. Without credential until it is set up. */
TmdbShared *tmdb_shared_new(HttpClient *client, TmdbCache *cache, const Clock *clock);
void tmdb_shared_free(TmdbShared *shared); /* nothing may be borrowed; NULL is allowed */

/* Makes a new one if any of the three differs from what is in use; NULL and "" are the presets. INVALID for a credential that is
 * none; what was in use then stays. */
bool tmdb_shared_set_up(TmdbShared *shared, const char *credential, const char *language, const char *address, GError **error);

/* Never NULL; to be given back with tmdb_shared_return. */
Tmdb *tmdb_shared_borrow(TmdbShared *shared);
void tmdb_shared_return(TmdbShared *shared, Tmdb *tmdb);
