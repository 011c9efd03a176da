/* Decides what becomes of what is heard: which files are waited for, when they are taken, and how a root is watched where the
 * kernel does not tell.
 *
 * Everything that is heard leads to a look: a file is looked at until it has settled, a tree is compared with its rows. So a hint
 * that is lost or wrong costs a look, and no more. Files to wait for and trees to look through are kept up to a bound; beyond it
 * the whole root is looked through later. Test: tests/unit/operate/test_watcher.c */
#include "operate/root_watcher.h"

#include "base/error.h"
#include "base/log.h"
#include "library/settle.h"
#include "library/walk.h"
#include "store/root_watch.h"
#include "sys/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
  PENDING_MAX = 50000, /* files that are waited for at once */
  TREES_MAX = 256,
  TOGETHER_MS = 250,      /* looks that are due so soon are done at once */
  RETRY_MS = 15 * 1000,   /* after a look through that failed */
  SAY_NEWS_MS = 2 * 1000, /* news is told no more often */
  SAY_MS = 30 * 1000,     /* how much files have grown is no news */
};

typedef struct {
  Settle settle;
  FileStat seen;      /* by a look through; zero: not yet */
  int64_t noticed_ms; /* wall clock */
  bool ready, gone;
} Pending;

struct RootWatcher {
  RootWatcherParams params;
  char *server;
  Root root;
  Cancel *stop;
  GThread *thread;
  Watch *watch;                         /* NULL: polled, or not begun */
  int64_t polled_ms, retry_ms, said_ms; /* monotonic; of the thread */
  char *said;                           /* the news that was last told */
  bool lost, has_more_to_say;
  GMutex lock;         /* guards what follows: a scan's threads ask what is to be taken */
  GHashTable *pending; /* char * path -> Pending */
  GHashTable *trees;   /* char * below the root -> int64_t *: to be looked through, from when on */
  GHashTable
      *moving;      /* int64_t * inode -> FileStat *: of files that are waited for, while a round is under way; NULL: not asked */
  bool some_move;   /* in this round */
  bool missed;      /* there was no room for something: the root is looked through when there is */
  WatchState state; /* without waiting files */
};

static int64_t now_ms(const RootWatcher *watcher)
{
  return clock_monotonic_ms(watcher->params.clock);
}

static int64_t read_window(const Settings *settings)
{
  return settings->settle_s * 1000;
}

static int64_t window_ms(const RootWatcher *watcher)
{
  return watcher->params.window_ms > 0 ? watcher->params.window_ms : live_settings_int(watcher->params.settings, read_window);
}

/* --- what is waited for --- */

/* With the lock held. */
static void expect(RootWatcher *watcher, const char *path, const FileStat *seen)
{
  if (g_hash_table_contains(watcher->pending, path))
    return;
  if (g_hash_table_size(watcher->pending) >= PENDING_MAX) {
    watcher->missed = true;
    return;
  }
  Pending *pending = g_new0(Pending, 1);
  pending->noticed_ms = clock_now_ms(watcher->params.clock);
  if (seen)
    pending->seen = *seen;
  g_hash_table_insert(watcher->pending, g_strdup(path), pending);
}

static bool lies_in(const char *path, const char *tree)
{
  size_t length = strlen(tree);
  return length == 0 || (strncmp(path, tree, length) == 0 && (path[length] == '\0' || path[length] == '/'));
}

/* Not before `from_ms`. Trees do not lie in one another. With the lock held. */
static void look_through(RootWatcher *watcher, const char *tree, int64_t from_ms)
{
  GHashTableIter iter;
  gpointer other, due;
  if (g_hash_table_size(watcher->trees) >= TREES_MAX)
    tree = "";
  g_hash_table_iter_init(&iter, watcher->trees);
  while (g_hash_table_iter_next(&iter, &other, &due)) {
    if (lies_in(tree, other) || lies_in(other, tree)) {
      from_ms = MIN(from_ms, *(int64_t *)due);
      if (lies_in(tree, other)) { /* it is due earlier than that was */
        *(int64_t *)due = from_ms;
        return;
      }
      g_hash_table_iter_remove(&iter);
    }
  }
  g_hash_table_insert(watcher->trees, g_strdup(tree), g_memdup2(&from_ms, sizeof from_ms));
}

static bool enters(const char *relative, void *user_data)
{
  return walk_enters(&((const RootWatcher *)user_data)->root, relative);
}

static bool wants(const char *name, void *user_data)
{
  return scan_is_video(name, ((const RootWatcher *)user_data)->root.extensions) && !settle_is_partial(name);
}

static void on_event(const WatchEvent *event, void *user_data)
{
  RootWatcher *watcher = user_data;
  g_mutex_lock(&watcher->lock);
  switch (event->kind) {
  case WATCH_FILE:
  case WATCH_FILE_GONE: {
    g_autofree char *relative = walk_join(event->directory, event->name);
    g_autofree char *path = walk_join(watcher->root.path, relative);
    if (walk_covers(&watcher->root, relative))
      expect(watcher, path, NULL);
    break;
  }
  case WATCH_TREE:
  case WATCH_TREE_GONE:
    look_through(watcher, event->directory, 0);
    break;
  case WATCH_LOST:
    watcher->lost = true;
    look_through(watcher, "", 0);
    break;
  }
  g_mutex_unlock(&watcher->lock);
}

/* --- looking at files --- */

static bool has_companion(const char *path)
{
  g_auto(GStrv) names = settle_companions(path);
  for (char **name = names; *name; name++)
    if (fs_exists(*name))
      return true;
  return false;
}

static SettleLook look_at(const char *path)
{
  SettleLook look = {.writers = FS_WRITERS_NONE};
  look.exists = fs_stat(path, &look.stat, NULL) && !look.stat.is_directory;
  int fd = look.exists ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
  if (fd >= 0) {
    look.writers = fs_writers(fd);
    close(fd);
  } else if (look.exists) {
    look.writers = FS_WRITERS_UNKNOWN;
  }
  return look;
}

/* What lies beside a file costs a dozen looks and counts only for one that would be taken. */
static SettleVerdict judge(const char *path, Settle *settle, int64_t window, int64_t at_ms)
{
  SettleLook look = look_at(path);
  Settle tried = *settle;
  if (look.exists && (settle->reason == SETTLE_UNFINISHED || settle_look(&tried, &look, window, at_ms) == SETTLE_TAKE))
    look.unfinished = has_companion(path);
  return settle_look(settle, &look, window, at_ms);
}

/* Looks at all files that are due. Nobody else changes an entry that is not ready, so that the lock need not be held while the
 * disk answers. */
static void look_at_files(RootWatcher *watcher)
{
  int64_t at_ms = now_ms(watcher), window = window_ms(watcher);
  g_autoptr(GPtrArray) due = g_ptr_array_new();
  GHashTableIter iter;
  gpointer path, value;
  g_mutex_lock(&watcher->lock);
  g_hash_table_iter_init(&iter, watcher->pending);
  while (g_hash_table_iter_next(&iter, &path, &value)) {
    const Pending *pending = value;
    if (!pending->ready && !pending->gone && settle_next_ms(&pending->settle, window) <= at_ms + TOGETHER_MS) {
      g_ptr_array_add(due, path);
      g_ptr_array_add(due, value);
    }
  }
  g_mutex_unlock(&watcher->lock);
  for (guint i = 0; i < due->len && !cancel_is_set(watcher->stop); i += 2) {
    Pending *pending = due->pdata[i + 1];
    SettleVerdict verdict = judge(due->pdata[i], &pending->settle, window, now_ms(watcher));
    g_mutex_lock(&watcher->lock);
    pending->ready = verdict == SETTLE_TAKE;
    pending->gone = verdict == SETTLE_GONE;
    g_mutex_unlock(&watcher->lock);
  }
}

/* --- taking --- */

/* Asked by the scan's threads, of the trees and directories that are looked through. */
static bool take(const char *path, const FileStat *stat, bool differs, void *user_data)
{
  RootWatcher *watcher = user_data;
  g_mutex_lock(&watcher->lock);
  Pending *pending = g_hash_table_lookup(watcher->pending, path);
  bool taken = pending && pending->ready && file_stat_same(&pending->settle.stat, stat);
  if (pending && pending->ready && !taken)
    pending->ready = false; /* it goes on changing */
  if (pending)
    pending->seen = *stat;
  else if (differs)
    expect(watcher, path, stat);
  g_mutex_unlock(&watcher->lock);
  return taken;
}

static void note_moving(RootWatcher *watcher, const FileStat *stat)
{
  if (stat->inode)
    g_hash_table_insert(watcher->moving, g_memdup2(&stat->inode, sizeof stat->inode), g_memdup2(stat, sizeof *stat));
}

/* A row whose file is gone may be that of one which is waited for under another name. */
static bool is_moving(const FileStat *stat, void *user_data)
{
  RootWatcher *watcher = user_data;
  GHashTableIter iter;
  gpointer value;
  g_mutex_lock(&watcher->lock);
  if (!watcher->moving) {
    watcher->moving = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_hash_table_iter_init(&iter, watcher->pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
      const Pending *pending = value;
      note_moving(watcher, &pending->seen);
      if (pending->settle.exists)
        note_moving(watcher, &pending->settle.stat);
    }
  }
  const FileStat *known = g_hash_table_lookup(watcher->moving, &stat->inode);
  bool moves = known && known->size_bytes == stat->size_bytes && known->mtime_ns == stat->mtime_ns;
  watcher->some_move = watcher->some_move || moves;
  g_mutex_unlock(&watcher->lock);
  return moves;
}

static void on_message(const char *level, const char *message, void *user_data)
{
  if (strcmp(level, "info") == 0)
    g_info("%s", message);
  else
    g_warning("%s", message);
}

/* What one look through is about. */
typedef struct {
  GPtrArray *trees, *directories, *gone; /* char *, ended by NULL */
  guint files;
} Round;

static void round_clear(Round *round)
{
  g_ptr_array_unref(round->trees);
  g_ptr_array_unref(round->directories);
  g_ptr_array_unref(round->gone);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Round, round_clear)

static bool in_trees(const Round *round, const char *relative)
{
  for (guint i = 0; i < round->trees->len; i++)
    if (lies_in(relative, round->trees->pdata[i]))
      return true;
  return false;
}

/* Moves the trees that are due out of the list; what is heard from now on is another round's. With the lock held. */
static void take_trees(RootWatcher *watcher, Round *round)
{
  GHashTableIter iter;
  gpointer tree, due;
  int64_t at_ms = now_ms(watcher);
  g_hash_table_iter_init(&iter, watcher->trees);
  while (g_hash_table_iter_next(&iter, &tree, &due))
    if (*(const int64_t *)due <= at_ms) {
      g_ptr_array_add(round->trees, g_strdup(tree));
      g_hash_table_iter_remove(&iter);
    }
}

static void add_file(RootWatcher *watcher, const char *path, const Pending *pending, GHashTable *directories, Round *round)
{
  if (!pending->ready && !pending->gone)
    return;
  const char *relative = walk_below(&watcher->root, path);
  const char *slash = strrchr(relative, '/');
  g_autofree char *directory = slash ? g_strndup(relative, (gsize)(slash - relative)) : g_strdup("");
  round->files++;
  if (in_trees(round, directory))
    return;
  if (pending->gone)
    g_ptr_array_add(round->gone, g_strdup(path));
  else if (g_hash_table_add(directories, g_strdup(directory)))
    g_ptr_array_add(round->directories, g_steal_pointer(&directory));
}

static Round round_make(RootWatcher *watcher)
{
  Round round = {.trees = g_ptr_array_new_with_free_func(g_free),
                 .directories = g_ptr_array_new_with_free_func(g_free),
                 .gone = g_ptr_array_new_with_free_func(g_free)};
  g_autoptr(GHashTable) directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer key, value;
  g_mutex_lock(&watcher->lock);
  if (watcher->missed && g_hash_table_size(watcher->pending) < PENDING_MAX / 2) {
    watcher->missed = false;
    look_through(watcher, "", 0);
  }
  take_trees(watcher, &round);
  g_hash_table_iter_init(&iter, watcher->pending);
  while (g_hash_table_iter_next(&iter, &key, &value))
    add_file(watcher, key, value, directories, &round);
  g_mutex_unlock(&watcher->lock);
  g_ptr_array_add(round.trees, NULL);
  g_ptr_array_add(round.directories, NULL);
  g_ptr_array_add(round.gone, NULL);
  return round;
}

static void queue_arrived(RootWatcher *watcher, const GArray *arrived)
{
  if (!arrived->len || !watcher->root.encode_new || watcher->root.profile_id == FIELD_NULL_INT || !watcher->params.desk)
    return;
  g_autoptr(GError) why = NULL;
  const TranscodeRequest request = {.file_ids = (const int64_t *)(const void *)arrived->data,
                                    .n_files = arrived->len,
                                    .root_id = FIELD_NULL_INT,
                                    .profile_id = FIELD_NULL_INT,
                                    .priority = PRIORITY_NORMAL};
  g_autoptr(GArray) jobs = transcode_enqueue(watcher->params.desk, &request, &why);
  if (!jobs)
    g_warning("%u files that came to \"%s\" could not be queued; queue them by hand: %s", arrived->len, watcher->root.path,
              why->message);
}

/* A file that is gone is looked for again as long as one that may be it is waited for. */
static gboolean is_dealt_with(gpointer path, gpointer value, gpointer user_data)
{
  const RootWatcher *watcher = user_data;
  Pending *pending = value;
  if (pending->gone && watcher->some_move)
    pending->gone = false;
  return pending->ready || pending->gone;
}

/* With the lock held. */
static void look_through_again(RootWatcher *watcher, const Round *round, int64_t from_ms)
{
  for (guint i = 0; round->trees->pdata[i]; i++)
    look_through(watcher, round->trees->pdata[i], from_ms);
}

/* Looks through what a round is about. A root that was frozen by it is not watched on: its change ends this watch. */
static bool look_through_all(RootWatcher *watcher, const Round *round, GError **error)
{
  g_autoptr(GArray) arrived = g_array_new(FALSE, FALSE, sizeof(int64_t));
  ScanProgress progress = {0};
  const ScanWatch ears = {.cancel = watcher->stop, .on_message = on_message, .user_data = watcher};
  const ScanChanges changes = {.trees = (const char *const *)round->trees->pdata,
                               .directories = round->directories->len > 1 ? (const char *const *)round->directories->pdata : NULL,
                               .gone = (const char *const *)round->gone->pdata,
                               .take = take,
                               .is_moving = is_moving,
                               .user_data = watcher,
                               .arrived = arrived};
  watcher->some_move = false;
  bool ok = scan_changes(watcher->params.scan, watcher->root.id, &changes, &ears, &progress, error);
  g_clear_pointer(&watcher->moving, g_hash_table_unref);
  if (!ok)
    return false;
  queue_arrived(watcher, arrived);
  g_mutex_lock(&watcher->lock);
  g_hash_table_foreach_remove(watcher->pending, is_dealt_with, watcher);
  if (watcher->some_move)
    look_through_again(watcher, round, now_ms(watcher) + window_ms(watcher));
  watcher->state.taken += progress.probed + progress.moved;
  if (g_strv_contains(changes.trees, ""))
    watcher->state.looked_at_ms = clock_now_ms(watcher->params.clock);
  g_mutex_unlock(&watcher->lock);
  return true;
}

static void set_mode(RootWatcher *watcher, WatchMode mode, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void set_mode(RootWatcher *watcher, WatchMode mode, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  char *sentence = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_mutex_lock(&watcher->lock);
  watcher->state.mode = (int)mode;
  watcher->state.falls_short = false;
  g_free(watcher->state.sentence);
  watcher->state.sentence = sentence;
  g_mutex_unlock(&watcher->lock);
}

static void try_again_later(RootWatcher *watcher, const Round *round, const GError *why)
{
  g_mutex_lock(&watcher->lock);
  look_through_again(watcher, round, 0);
  g_mutex_unlock(&watcher->lock);
  watcher->retry_ms = now_ms(watcher) + RETRY_MS;
  set_mode(watcher, WATCHED_WAITS, "%s It is tried again in %d seconds.", why->message, RETRY_MS / 1000);
}

/* --- how it is watched --- */

static void begin_polling(RootWatcher *watcher, bool falls_short, const char *why)
{
  g_clear_pointer(&watcher->watch, watch_free);
  watcher->polled_ms = now_ms(watcher);
  set_mode(watcher, WATCHED_POLLED, "It is looked through every %" G_GINT64_FORMAT " seconds%s%s", watcher->root.poll_s,
           *why ? ": " : ".", why);
  g_mutex_lock(&watcher->lock);
  watcher->state.falls_short = falls_short;
  g_mutex_unlock(&watcher->lock);
}

/* Listens anew, and has all looked through that happened until then. Where the kernel gives no more watches, the root is polled.
 * False if the root cannot be watched at all now. */
static bool begin(RootWatcher *watcher, GError **error)
{
  const char *kind = NULL;
  bool complete = watch_is_complete(watcher->root.path, &kind);
  g_clear_pointer(&watcher->watch, watch_free);
  watcher->lost = false;
  if (watcher->root.watch == WATCH_POLL || (watcher->root.watch == WATCH_AUTO && !complete)) {
    g_autofree char *why =
        kind ? g_strdup_printf("the kernel does not hear of all that happens in a file system of the kind %s.", kind)
             : g_strdup("");
    begin_polling(watcher, false, why);
    return true;
  }
  const WatchParams params = {.top = watcher->root.path,
                              .recursive = watcher->root.recursive,
                              .cross_filesystems = watcher->root.cross_filesystems,
                              .enters = enters,
                              .wants = wants,
                              .on_event = on_event,
                              .user_data = watcher,
                              .cancel = watcher->stop};
  g_autoptr(GError) why = NULL;
  watcher->watch = watch_new(&params, &why);
  if (watcher->watch) {
    set_mode(watcher, WATCHED_KERNEL, "The kernel tells of changes%s%s.",
             complete ? "" : ", but not of those that others make in ", complete ? "" : kind);
    g_mutex_lock(&watcher->lock);
    look_through(watcher, "", 0);
    g_mutex_unlock(&watcher->lock);
  } else if (reeve_error_code(why) == REEVE_ERROR_LIMIT) {
    g_warning("\"%s\" is polled: %s", watcher->root.path, why->message);
    begin_polling(watcher, true, why->message);
  } else {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  return true;
}

static void hear(RootWatcher *watcher)
{
  g_autoptr(GError) why = NULL;
  if (!watcher->watch || watch_read(watcher->watch, &why) || reeve_error_code(why) == REEVE_ERROR_CANCELLED)
    return;
  g_warning("\"%s\" is polled: %s", watcher->root.path, why->message);
  begin_polling(watcher, true, why->message);
  g_mutex_lock(&watcher->lock);
  look_through(watcher, "", 0);
  g_mutex_unlock(&watcher->lock);
}

/* --- telling --- */

static int longest_first(gconstpointer a, gconstpointer b)
{
  const WaitingFile *x = *(const WaitingFile *const *)a, *y = *(const WaitingFile *const *)b;
  return (x->since_ms > y->since_ms) - (x->since_ms < y->since_ms);
}

void root_watcher_state(RootWatcher *watcher, WatchState *ret_state)
{
  g_autoptr(GPtrArray) files = records_new(&waiting_file_table);
  GHashTableIter iter;
  gpointer path, value;
  g_mutex_lock(&watcher->lock);
  record_copy(&watch_state_table, &watcher->state, ret_state);
  ret_state->waiting = g_hash_table_size(watcher->pending);
  g_hash_table_iter_init(&iter, watcher->pending);
  while (g_hash_table_iter_next(&iter, &path, &value)) {
    const Pending *pending = value;
    WaitingFile *file = record_new(&waiting_file_table);
    record_clear(&waiting_file_table, file);
    *file = (WaitingFile){.path = g_utf8_make_valid(path, -1),
                          .size_bytes = pending->settle.exists ? pending->settle.stat.size_bytes : 0,
                          .since_ms = pending->noticed_ms,
                          .reason = g_strdup(settle_sentence(&pending->settle))};
    g_ptr_array_add(files, file);
  }
  g_mutex_unlock(&watcher->lock);
  g_ptr_array_sort(files, longest_first);
  if (files->len > WAITING_FILES_SHOWN)
    g_ptr_array_set_size(files, WAITING_FILES_SHOWN);
  g_clear_pointer(&ret_state->files, g_ptr_array_unref);
  ret_state->files = g_steal_pointer(&files);
}

/* The state as it is kept, or, with `news`, only what of it is news. */
static char *state_text(RootWatcher *watcher, bool news)
{
  WatchState state;
  root_watcher_state(watcher, &state);
  for (guint i = 0; news && i < state.files->len; i++)
    ((WaitingFile *)state.files->pdata[i])->size_bytes = 0;
  g_autoptr(json_t) json = json_from_record(&watch_state_table, &state, JSON_FULL);
  record_clear(&watch_state_table, &state);
  return json_text(json);
}

static bool is_waiting(RootWatcher *watcher)
{
  g_mutex_lock(&watcher->lock);
  bool waiting = g_hash_table_size(watcher->pending) > 0;
  g_mutex_unlock(&watcher->lock);
  return waiting;
}

static void note_directories(RootWatcher *watcher)
{
  const char *example = NULL;
  g_mutex_lock(&watcher->lock);
  WatchState *state = &watcher->state;
  state->directories = watcher->watch ? watch_directories(watcher->watch) : 0;
  state->unreadable = watcher->watch ? watch_unreadable(watcher->watch, &example) : 0;
  g_free(state->unreadable_example);
  state->unreadable_example = example ? g_utf8_make_valid(example, -1) : NULL;
  g_mutex_unlock(&watcher->lock);
}

/* Keeps the state where other servers and commands read it. */
static void say(RootWatcher *watcher)
{
  int64_t passed_ms = now_ms(watcher) - watcher->said_ms;
  watcher->has_more_to_say = watcher->said && passed_ms < SAY_NEWS_MS;
  if (watcher->has_more_to_say)
    return;
  note_directories(watcher);
  g_autofree char *news = state_text(watcher, true);
  if (g_strcmp0(news, watcher->said) == 0 && (passed_ms < SAY_MS || !is_waiting(watcher)))
    return;
  g_autofree char *text = state_text(watcher, false);
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(watcher->params.db, &why);
  watcher->said_ms = now_ms(watcher);
  if (!conn || !root_watch_say(conn, watcher->root.id, watcher->server, text, clock_now_ms(watcher->params.clock), &why)) {
    g_debug("How \"%s\" is watched was not kept: %s", watcher->root.path, why->message);
    return;
  }
  g_free(watcher->said);
  watcher->said = g_steal_pointer(&news);
  g_autofree char *event = g_strdup_printf("{\"root_id\":%" G_GINT64_FORMAT "}", watcher->root.id);
  if (watcher->params.scan->events)
    event_publish(watcher->params.scan->events, "watch", event);
}

/* --- its life --- */

static bool poll_is_due(const RootWatcher *watcher)
{
  return !watcher->watch && now_ms(watcher) - watcher->polled_ms >= watcher->root.poll_s * 1000;
}

/* Until something is due; -1: nothing is. */
static int64_t wait_ms(RootWatcher *watcher)
{
  int64_t at_ms = now_ms(watcher), window = window_ms(watcher), until_ms = INT64_MAX;
  GHashTableIter iter;
  gpointer value;
  if (!watcher->watch && watcher->state.mode == WATCHED_POLLED)
    until_ms = watcher->polled_ms + watcher->root.poll_s * 1000;
  if (watcher->has_more_to_say)
    until_ms = MIN(until_ms, watcher->said_ms + SAY_NEWS_MS);
  g_mutex_lock(&watcher->lock);
  g_hash_table_iter_init(&iter, watcher->trees);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    until_ms = MIN(until_ms, MAX(*(const int64_t *)value, watcher->retry_ms));
  g_hash_table_iter_init(&iter, watcher->pending);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const Pending *pending = value;
    int64_t next_ms = pending->ready || pending->gone ? watcher->retry_ms : settle_next_ms(&pending->settle, window);
    until_ms = MIN(until_ms, next_ms);
  }
  g_mutex_unlock(&watcher->lock);
  return until_ms == INT64_MAX ? -1 : MAX(until_ms - at_ms, 0);
}

static void wait_for_next(RootWatcher *watcher)
{
  int64_t timeout_ms = wait_ms(watcher);
  struct pollfd items[] = {{.fd = cancel_peek_fd(watcher->stop), .events = POLLIN},
                           {.fd = watcher->watch ? watch_peek_fd(watcher->watch) : -1, .events = POLLIN}};
  poll(items, G_N_ELEMENTS(items), timeout_ms < 0 ? -1 : (int)MIN(timeout_ms, G_MAXINT)); /* an interruption is as good */
}

/* Takes what has settled and looks through what must be. */
static void work(RootWatcher *watcher)
{
  if (now_ms(watcher) < watcher->retry_ms)
    return;
  if (poll_is_due(watcher)) {
    g_mutex_lock(&watcher->lock);
    look_through(watcher, "", 0);
    g_mutex_unlock(&watcher->lock);
  }
  g_auto(Round) round = round_make(watcher);
  if (round.trees->len == 1 && round.files == 0)
    return;
  g_autoptr(GError) why = NULL;
  bool ok = look_through_all(watcher, &round, &why) &&
            ((!watcher->lost && watcher->state.mode != WATCHED_WAITS) || begin(watcher, &why));
  watcher->polled_ms = now_ms(watcher);
  if (!ok && reeve_error_code(why) != REEVE_ERROR_CANCELLED)
    try_again_later(watcher, &round, why);
}

static gpointer run(gpointer data)
{
  RootWatcher *watcher = data;
  g_autoptr(GError) why = NULL;
  g_mutex_lock(&watcher->lock);
  look_through(watcher, "", 0); /* what changed while nobody watched */
  g_mutex_unlock(&watcher->lock);
  if (!begin(watcher, &why) && reeve_error_code(why) != REEVE_ERROR_CANCELLED)
    set_mode(watcher, WATCHED_WAITS, "%s", why->message);
  while (!cancel_is_set(watcher->stop)) {
    hear(watcher);
    look_at_files(watcher);
    work(watcher);
    say(watcher);
    wait_for_next(watcher);
  }
  return NULL;
}

RootWatcher *root_watcher_start(const RootWatcherParams *params, const Root *root)
{
  RootWatcher *watcher = g_new0(RootWatcher, 1);
  watcher->params = *params;
  watcher->server = g_strdup(params->server);
  record_copy(&root_table, root, &watcher->root);
  watcher->stop = cancel_new(NULL);
  g_mutex_init(&watcher->lock);
  watcher->pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  watcher->trees = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  record_init(&watch_state_table, &watcher->state);
  watcher->state.root_id = root->id;
  watcher->state.server = g_strdup(params->server);
  watcher->state.mode = WATCHED_WAITS;
  g_free(watcher->state.sentence);
  watcher->state.sentence = g_strdup("The watch begins.");
  watcher->thread = g_thread_new("watch", run, watcher);
  return watcher;
}

void root_watcher_stop(RootWatcher *watcher)
{
  if (!watcher)
    return;
  cancel_set(watcher->stop);
  g_thread_join(watcher->thread);
  cancel_unref(watcher->stop);
  g_clear_pointer(&watcher->watch, watch_free);
  record_clear(&watch_state_table, &watcher->state);
  record_clear(&root_table, &watcher->root);
  g_hash_table_unref(watcher->pending);
  g_hash_table_unref(watcher->trees);
  g_mutex_clear(&watcher->lock);
  g_free(watcher->server);
  g_free(watcher->said);
  g_free(watcher);
}

const Root *root_watcher_root(const RootWatcher *watcher)
{
  return &watcher->root;
}
