/* Decides which roots this server watches. Test: tests/unit/operate/test_watcher.c */
#include "operate/watcher.h"

#include "base/error.h"
#include "library/roots.h"
#include "store/record_sql.h"
#include "store/root_watch.h"

enum { LOOK_EVERY_MS = 15 * 1000, LEASE_MS = 60 * 1000 };

struct Watcher {
  RootWatcherParams params;
  char *server;
  GThread *thread;
  GHashTable *roots; /* id -> RootWatcher; the thread's */
  GMutex lock;       /* guards what follows */
  GCond news;
  bool poked, ends;
};

static void leave(Watcher *watcher, int64_t root_id)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(watcher->params.db, &why);
  if (!conn || !root_watch_leave(conn, root_id, watcher->server, &why))
    g_debug("The watch of root %" G_GINT64_FORMAT " runs out by itself: %s", root_id, why->message);
}

static void end(Watcher *watcher, int64_t root_id)
{
  RootWatcher *it = g_hash_table_lookup(watcher->roots, &root_id);
  if (!it)
    return;
  g_hash_table_remove(watcher->roots, &root_id); /* the key is the root's own */
  root_watcher_stop(it);
  leave(watcher, root_id);
}

/* Whether this server is the one. A root that it cannot see is left to one that can. */
static bool take(Watcher *watcher, const Root *root, bool *ret_taken, GError **error)
{
  int64_t now_ms = clock_now_ms(watcher->params.clock);
  *ret_taken = false;
  if (!g_hash_table_contains(watcher->roots, &root->id) && !fs_exists(root->path))
    return true;
  /* Where there is one server nobody else can take it, and the disk need not be woken for that. */
  if (db_kind(watcher->params.db) == DB_SQLITE && g_hash_table_contains(watcher->roots, &root->id)) {
    *ret_taken = true;
    return true;
  }
  g_autoptr(DbConn) conn = db_acquire(watcher->params.db, error);
  return conn && root_watch_take(conn, root->id, watcher->server, now_ms, now_ms + LEASE_MS, ret_taken, error);
}

/* False on database trouble: then what is watched goes on. */
static bool look_at_root(Watcher *watcher, const Root *root, GError **error)
{
  g_autofree char *objection = watch_objection(root, watch_is_on(watcher->params.settings));
  bool taken = false;
  if (!objection && !root_is_one_off(root) && !take(watcher, root, &taken, error))
    return false;
  RootWatcher *it = g_hash_table_lookup(watcher->roots, &root->id);
  if (it && (!taken || root_watcher_root(it)->updated_at_ms != root->updated_at_ms))
    end(watcher, root->id);
  if (taken && !g_hash_table_contains(watcher->roots, &root->id)) {
    /* Ended above, it was left as well. */
    if (it && !take(watcher, root, &taken, error))
      return false;
    if (taken) {
      it = root_watcher_start(&watcher->params, root);
      g_hash_table_insert(watcher->roots, (gpointer)&root_watcher_root(it)->id, it);
    }
  }
  return true;
}

static bool is_among(const GPtrArray *roots, int64_t id)
{
  for (guint i = 0; i < roots->len; i++)
    if (((const Root *)roots->pdata[i])->id == id)
      return true;
  return false;
}

static bool look(Watcher *watcher, GError **error)
{
  g_autoptr(GPtrArray) roots = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(watcher->params.db, error);
    roots = conn ? record_all(conn, &root_table, NULL, error) : NULL;
  }
  if (!roots)
    return false;
  g_autoptr(GList) ids = g_hash_table_get_keys(watcher->roots);
  for (GList *item = ids; item; item = item->next) {
    int64_t id = *(const int64_t *)item->data;
    if (!is_among(roots, id))
      end(watcher, id);
  }
  for (guint i = 0; i < roots->len; i++)
    if (!look_at_root(watcher, roots->pdata[i], error))
      return false;
  return true;
}

/* False at the end. */
static bool wait_for_next(Watcher *watcher)
{
  g_mutex_lock(&watcher->lock);
  gint64 until_us = g_get_monotonic_time() + LOOK_EVERY_MS * G_TIME_SPAN_MILLISECOND;
  while (!watcher->ends && !watcher->poked && g_cond_wait_until(&watcher->news, &watcher->lock, until_us))
    ;
  watcher->poked = false;
  bool goes_on = !watcher->ends;
  g_mutex_unlock(&watcher->lock);
  return goes_on;
}

static gpointer watch(gpointer data)
{
  Watcher *watcher = data;
  do {
    g_autoptr(GError) why = NULL;
    if (!look(watcher, &why))
      g_warning("The roots to watch could not be read; what is watched stays so: %s", why->message);
  } while (wait_for_next(watcher));
  g_autoptr(GList) ids = g_hash_table_get_keys(watcher->roots);
  for (GList *item = ids; item; item = item->next)
    end(watcher, *(const int64_t *)item->data);
  return NULL;
}

Watcher *watcher_start(const RootWatcherParams *params)
{
  Watcher *watcher = g_new0(Watcher, 1);
  watcher->params = *params;
  watcher->server = g_strdup(params->server);
  watcher->params.server = watcher->server;
  watcher->roots = g_hash_table_new(g_int64_hash, g_int64_equal);
  g_mutex_init(&watcher->lock);
  g_cond_init(&watcher->news);
  watcher->thread = g_thread_new("watcher", watch, watcher);
  return watcher;
}

void watcher_poke(Watcher *watcher)
{
  if (!watcher)
    return;
  g_mutex_lock(&watcher->lock);
  watcher->poked = true;
  g_cond_signal(&watcher->news);
  g_mutex_unlock(&watcher->lock);
}

void watcher_stop(Watcher *watcher)
{
  if (!watcher)
    return;
  g_mutex_lock(&watcher->lock);
  watcher->ends = true;
  g_cond_signal(&watcher->news);
  g_mutex_unlock(&watcher->lock);
  g_thread_join(watcher->thread);
  g_hash_table_unref(watcher->roots);
  g_cond_clear(&watcher->news);
  g_mutex_clear(&watcher->lock);
  g_free(watcher->server);
  g_free(watcher);
}
