/* Decides when a Tmdb that is not wanted any more is freed: after its last lookup. Test: tests/unit/connect/test_tmdb_shared.c */
#include "connect/tmdb_shared.h"

typedef struct {
  Tmdb *tmdb;
  int users;
} Generation;

struct TmdbShared {
  HttpClient *client;
  TmdbCache *cache;
  const Clock *clock;
  GMutex lock;            /* guards what follows */
  GPtrArray *generations; /* Generation; the last one is in use, earlier ones have users */
  char *credential, *language, *address;
};

static void generation_free(void *data)
{
  Generation *generation = data;
  tmdb_free(generation->tmdb);
  g_free(generation);
}

static Tmdb *make(const TmdbShared *shared, const char *credential, const char *language, const char *address, GError **error)
{
  return tmdb_new(&(TmdbParams){.client = shared->client,
                                .clock = shared->clock,
                                .cache = shared->cache,
                                .credential = credential,
                                .language = language && *language ? language : NULL,
                                .address = address && *address ? address : NULL},
                  error);
}

static void add(TmdbShared *shared, Tmdb *take_tmdb)
{
  Generation *generation = g_new0(Generation, 1);
  generation->tmdb = take_tmdb;
  g_ptr_array_add(shared->generations, generation);
}

TmdbShared *tmdb_shared_new(HttpClient *client, TmdbCache *cache, const Clock *clock)
{
  TmdbShared *shared = g_new0(TmdbShared, 1);
  *shared = (TmdbShared){.client = client, .cache = cache, .clock = clock};
  g_mutex_init(&shared->lock);
  shared->generations = g_ptr_array_new_with_free_func(generation_free);
  add(shared, make(shared, NULL, NULL, NULL, NULL));
  return shared;
}

void tmdb_shared_free(TmdbShared *shared)
{
  if (!shared)
    return;
  g_ptr_array_unref(shared->generations);
  g_mutex_clear(&shared->lock);
  g_free(shared->credential);
  g_free(shared->language);
  g_free(shared->address);
  g_free(shared);
}

static bool is_same(const char *a, const char *b)
{
  return g_strcmp0(a ? a : "", b ? b : "") == 0;
}

/* With the lock held. */
static void drop_unused(TmdbShared *shared)
{
  for (guint i = shared->generations->len - 1; i-- > 0;)
    if (((const Generation *)shared->generations->pdata[i])->users == 0)
      g_ptr_array_remove_index(shared->generations, i);
}

bool tmdb_shared_set_up(TmdbShared *shared, const char *credential, const char *language, const char *address, GError **error)
{
  g_mutex_lock(&shared->lock);
  bool same = is_same(credential, shared->credential) && is_same(language, shared->language) && is_same(address, shared->address);
  Tmdb *tmdb = same ? NULL : make(shared, credential, language, address, error);
  if (tmdb) {
    add(shared, tmdb);
    g_free(shared->credential);
    g_free(shared->language);
    g_free(shared->address);
    shared->credential = g_strdup(credential);
    shared->language = g_strdup(language);
    shared->address = g_strdup(address);
    drop_unused(shared);
  }
  g_mutex_unlock(&shared->lock);
  return same || tmdb;
}

Tmdb *tmdb_shared_borrow(TmdbShared *shared)
{
  g_mutex_lock(&shared->lock);
  Generation *generation = shared->generations->pdata[shared->generations->len - 1];
  generation->users++;
  g_mutex_unlock(&shared->lock);
  return generation->tmdb;
}

void tmdb_shared_return(TmdbShared *shared, Tmdb *tmdb)
{
  g_mutex_lock(&shared->lock);
  for (guint i = 0; i < shared->generations->len; i++) {
    Generation *generation = shared->generations->pdata[i];
    if (generation->tmdb == tmdb)
      generation->users--;
  }
  drop_unused(shared);
  g_mutex_unlock(&shared->lock);
}
