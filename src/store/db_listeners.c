/* Who listens to which channel. A listener that removes itself, or adds another, while it is called must not upset the round: the
 * round goes over ids that were there when it began, and looks each up again.
 * Test: tests/unit/store/test_listen.c */
#include "store/db_listeners.h"

typedef struct {
  guint id;
  char *channel;
  DbListener listener;
  void *user_data;
} Listener;

struct DbListeners {
  GRecMutex mutex; /* held while listeners run: removing one waits for them */
  GPtrArray *all;  /* Listener */
  guint last_id;
};

static void listener_free(Listener *listener)
{
  g_free(listener->channel);
  g_free(listener);
}

DbListeners *db_listeners_new(void)
{
  DbListeners *listeners = g_new0(DbListeners, 1);
  g_rec_mutex_init(&listeners->mutex);
  listeners->all = g_ptr_array_new_with_free_func((GDestroyNotify)listener_free);
  return listeners;
}

void db_listeners_free(DbListeners *listeners)
{
  if (!listeners)
    return;
  g_ptr_array_unref(listeners->all);
  g_rec_mutex_clear(&listeners->mutex);
  g_free(listeners);
}

guint db_listeners_add(DbListeners *listeners, const char *channel, DbListener function, void *user_data)
{
  Listener *listener = g_new0(Listener, 1);
  *listener = (Listener){.channel = g_strdup(channel), .listener = function, .user_data = user_data};
  g_rec_mutex_lock(&listeners->mutex);
  guint id = listener->id = ++listeners->last_id;
  g_ptr_array_add(listeners->all, listener);
  g_rec_mutex_unlock(&listeners->mutex);
  return id;
}

/* NULL if it is gone. The lock is held. */
static Listener *find(DbListeners *listeners, guint id, guint *ret_index)
{
  for (guint i = 0; i < listeners->all->len; i++) {
    Listener *listener = listeners->all->pdata[i];
    if (listener->id == id) {
      if (ret_index)
        *ret_index = i;
      return listener;
    }
  }
  return NULL;
}

void db_listeners_remove(DbListeners *listeners, guint id)
{
  guint index;
  g_rec_mutex_lock(&listeners->mutex);
  if (find(listeners, id, &index))
    g_ptr_array_remove_index(listeners->all, index);
  g_rec_mutex_unlock(&listeners->mutex);
}

static int compare_names(const void *a, const void *b)
{
  return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

char **db_listeners_channels(DbListeners *listeners)
{
  GPtrArray *names = g_ptr_array_new();
  g_rec_mutex_lock(&listeners->mutex);
  for (guint i = 0; i < listeners->all->len; i++) {
    const Listener *listener = listeners->all->pdata[i];
    if (!g_ptr_array_find_with_equal_func(names, listener->channel, g_str_equal, NULL))
      g_ptr_array_add(names, g_strdup(listener->channel));
  }
  g_rec_mutex_unlock(&listeners->mutex);
  g_ptr_array_sort(names, compare_names);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

void db_listeners_deliver(DbListeners *listeners, const char *channel, const char *payload)
{
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint));
  g_rec_mutex_lock(&listeners->mutex);
  for (guint i = 0; i < listeners->all->len; i++) {
    const Listener *listener = listeners->all->pdata[i];
    if (!channel || g_str_equal(listener->channel, channel))
      g_array_append_val(ids, listener->id);
  }
  for (guint i = 0; i < ids->len; i++) {
    const Listener *listener = find(listeners, g_array_index(ids, guint, i), NULL);
    if (!listener)
      continue;
    g_autofree char *name = g_strdup(listener->channel); /* the listener may remove itself */
    listener->listener(name, payload, listener->user_data);
  }
  g_rec_mutex_unlock(&listeners->mutex);
}
