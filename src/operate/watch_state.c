/* What is said of a root that nobody watches. Test: tests/unit/operate/test_watcher.c */
#include "operate/watch_state.h"

#include "library/roots.h"
#include "store/record_sql.h"
#include "store/root_watch.h"

#include <string.h>

static const EnumRow mode_rows[] = {
    {WATCHED_NOT, "off", "Changes are noticed by scans only"},
    {WATCHED_WAITS, "waits", "It is to be watched, but cannot be yet"},
    {WATCHED_KERNEL, "inotify", "The kernel tells of changes"},
    {WATCHED_POLLED, "poll", "It is looked through again and again"},
};
const EnumTable watch_mode_table = ENUM_TABLE("WatchMode", mode_rows);

static const Field waiting_fields[] = {
    FIELD_TEXT(WaitingFile, path, .help = "Its path."),
    FIELD_INT(WaitingFile, size_bytes, .help = "Its size so far, in bytes."),
    FIELD_INT(WaitingFile, since_ms, .help = "When it was noticed, in ms since 1970."),
    FIELD_TEXT(WaitingFile, reason, .help = "Why it is not taken yet."),
};
const FieldTable waiting_file_table = FIELD_TABLE(WaitingFile, "WaitingFile", NULL, waiting_fields);

static const Field state_fields[] = {
    FIELD_INT(WatchState, root_id, .help = "The root."),
    FIELD_TEXT(WatchState, server, .flags = FIELD_NULLABLE, .help = "The server that watches it; null: none."),
    FIELD_ENUM(WatchState, mode, watch_mode_table, .help = "How changes are noticed."),
    FIELD_TEXT(WatchState, sentence, .help = "The same in words, with what stands in the way."),
    FIELD_BOOL(WatchState, falls_short,
               .help = "Whether it is polled only because the kernel cannot tell of changes now; the sentence says why."),
    FIELD_INT(WatchState, directories, .help = "Directories that the kernel watches."),
    FIELD_INT(WatchState, unreadable, .help = "Directories that cannot be watched as they may not be read."),
    FIELD_TEXT(WatchState, unreadable_example, .flags = FIELD_NULLABLE, .help = "One of them, below the root."),
    FIELD_INT(WatchState, waiting, .help = "Files that were noticed and are not taken yet."),
    FIELD_RECORDS(WatchState, files, waiting_file_table, .max = WAITING_FILES_SHOWN,
                  .help = "The first of them, those that wait longest before others."),
    FIELD_INT(WatchState, taken, .help = "Files taken since the watch began."),
    FIELD_INT(WatchState, looked_at_ms, .flags = FIELD_NULLABLE,
              .help = "When all of it was last looked through, in ms since 1970."),
};
const FieldTable watch_state_table = FIELD_TABLE(WatchState, "WatchState", NULL, state_fields);

static int64_t read_watching(const Settings *settings)
{
  return settings->watching;
}

bool watch_is_on(LiveSettings *settings)
{
  return live_settings_int(settings, read_watching);
}

char *watch_objection(const Root *root, bool watching)
{
  if (!root->enabled)
    return g_strdup("The root is switched off.");
  if (!watching)
    return g_strdup("Watching is switched off in the settings.");
  if (root->watch == WATCH_OFF)
    return g_strdup("The root is not watched: changes are noticed by scans.");
  if (root->state == ROOT_FROZEN)
    return g_strdup_printf("The root is frozen until somebody confirms it: %s", root->frozen_reason ? root->frozen_reason : "");
  if (root->device == FIELD_NULL_INT)
    return g_strdup("The root is watched as soon as it has been scanned.");
  return NULL;
}

static WatchState *state_of_unwatched(const Root *root, bool watching)
{
  WatchState *state = record_new(&watch_state_table);
  state->root_id = root->id;
  g_free(state->sentence);
  state->sentence = watch_objection(root, watching);
  bool wanted = root->enabled && watching && root->watch != WATCH_OFF;
  state->mode = wanted ? WATCHED_WAITS : WATCHED_NOT;
  if (!state->sentence)
    state->sentence = g_strdup("No server watches it at this moment.");
  return state;
}

static void take(int64_t root_id, const char *text, void *user_data)
{
  g_autoptr(json_t) json = json_parse(text, strlen(text), NULL);
  WatchState *state = record_new(&watch_state_table);
  if (json && json_to_record(&watch_state_table, json, JSON_TRUSTED, state, NULL, NULL) && state->root_id == root_id)
    g_hash_table_insert(user_data, &state->root_id, state);
  else
    record_free(&watch_state_table, state);
}

static void free_state(gpointer state)
{
  record_free(&watch_state_table, state);
}

GPtrArray *watch_states(DbConn *conn, bool watching, int64_t now_ms, GError **error)
{
  g_autoptr(GPtrArray) roots = record_all(conn, &root_table, NULL, error);
  g_autoptr(GHashTable) said = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_state);
  if (!roots || !root_watch_each(conn, now_ms, take, said, error))
    return NULL;
  GPtrArray *states = records_new(&watch_state_table);
  for (guint i = 0; i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    if (root_is_one_off(root))
      continue;
    g_autofree char *objection = watch_objection(root, watching);
    WatchState *state = objection ? NULL : g_hash_table_lookup(said, &root->id);
    if (state)
      g_hash_table_steal(said, &root->id);
    g_ptr_array_add(states, state ? state : state_of_unwatched(root, watching));
  }
  return states;
}
