/* How changes are merged, stored and told. Rows of the table "settings" named "live.NAME" are ours, the value being JSON.
 * Test: tests/unit/operate/test_live_settings.c */
#include "operate/live_settings.h"

#include "base/error.h"
#include "store/setting.h"

#include <math.h>
#include <string.h>

#define PREFIX "live."
#define CHANNEL "reeve_settings"

enum { WATCHERS_MAX = 16 };

struct LiveSettings {
  Db *db;
  const Clock *clock;
  Settings base;
  guint listener;
  GThread *reader;   /* reads again when somebody else changed something */
  GMutex apply_lock; /* held while the database is read and watchers are called */
  GMutex lock;       /* guards all below */
  GCond news;
  bool stale, ends;
  Settings current;
  json_t *changed; /* what the database holds */
  struct {
    SettingsWatcher call;
    void *user_data;
  } watchers[WATCHERS_MAX];
  size_t n_watchers;
};

/* --- reading --- */

/* A setting that a newer or older Reeve knew is left alone. */
static void take_row(const char *name, const char *text, void *object)
{
  g_autoptr(json_t) value = json_parse(text, strlen(text), NULL);
  if (value && field_find(&settings_table, name + strlen(PREFIX)))
    json_object_set(object, name + strlen(PREFIX), value);
}

static json_t *read_rows(DbConn *conn, GError **error)
{
  g_autoptr(json_t) object = json_object();
  return setting_each(conn, PREFIX, take_row, object, error) ? g_steal_pointer(&object) : NULL;
}

/* The base with the changes on top; one that does not fit any more is passed over. */
static void merge(const Settings *base, const json_t *changed, Settings *ret_merged)
{
  record_copy(&settings_table, base, ret_merged);
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)changed, name, value)
  {
    g_autoptr(json_t) one = json_object();
    json_object_set(one, name, value);
    g_autoptr(GError) why = NULL;
    if (!json_to_record(&settings_table, one, JSON_UPDATE, ret_merged, NULL, &why))
      g_warning("The stored setting %s is passed over: %s.", name, why->message);
  }
}

/* With apply_lock held. */
static void take_over(LiveSettings *live, json_t *take_changed)
{
  Settings merged, before;
  merge(&live->base, take_changed, &merged);
  g_mutex_lock(&live->lock);
  bool same = record_equal(&settings_table, &merged, &live->current);
  before = live->current;
  live->current = merged;
  json_decref(live->changed);
  live->changed = take_changed;
  size_t n = same ? 0 : live->n_watchers;
  g_mutex_unlock(&live->lock);
  record_clear(&settings_table, &before);
  /* Nobody else writes `current` while apply_lock is held. */
  for (size_t i = 0; i < n; i++)
    live->watchers[i].call(&live->current, live->watchers[i].user_data);
}

bool live_settings_reload(LiveSettings *live, GError **error)
{
  g_mutex_lock(&live->apply_lock);
  json_t *changed = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(live->db, error);
    changed = conn ? read_rows(conn, error) : NULL;
  }
  if (changed)
    take_over(live, changed);
  g_mutex_unlock(&live->apply_lock);
  return changed != NULL;
}

/* On the database's own thread, which must not wait. */
static void hear(const char *channel, const char *payload, void *user_data)
{
  LiveSettings *live = user_data;
  g_mutex_lock(&live->lock);
  live->stale = true;
  g_cond_signal(&live->news);
  g_mutex_unlock(&live->lock);
}

static gpointer read_news(gpointer data)
{
  LiveSettings *live = data;
  for (;;) {
    g_mutex_lock(&live->lock);
    while (!live->stale && !live->ends)
      g_cond_wait(&live->news, &live->lock);
    bool ends = live->ends;
    live->stale = false;
    g_mutex_unlock(&live->lock);
    if (ends)
      return NULL;
    g_autoptr(GError) why = NULL;
    if (!live_settings_reload(live, &why))
      g_warning("Changed settings could not be read; they are looked at again later: %s", why->message);
  }
}

LiveSettings *live_settings_new(Db *db, const Settings *base, const Clock *clock, GError **error)
{
  g_autoptr(LiveSettings) live = g_new0(LiveSettings, 1);
  live->db = db;
  live->clock = clock;
  g_mutex_init(&live->apply_lock);
  g_mutex_init(&live->lock);
  g_cond_init(&live->news);
  record_copy(&settings_table, base, &live->base);
  if (live->base.log_level == FIELD_NULL_ENUM)
    live->base.log_level = LOG_AT_INFO;
  record_copy(&settings_table, &live->base, &live->current);
  live->changed = json_object();
  if (!live_settings_reload(live, error))
    return NULL;
  live->listener = db_listen(db, CHANNEL, hear, live);
  live->reader = g_thread_new("settings", read_news, live);
  return g_steal_pointer(&live);
}

void live_settings_free(LiveSettings *live)
{
  if (!live)
    return;
  if (live->reader) {
    db_unlisten(live->db, live->listener);
    g_mutex_lock(&live->lock);
    live->ends = true;
    g_cond_signal(&live->news);
    g_mutex_unlock(&live->lock);
    g_thread_join(live->reader);
  }
  record_clear(&settings_table, &live->base);
  record_clear(&settings_table, &live->current);
  json_decref(live->changed);
  g_cond_clear(&live->news);
  g_mutex_clear(&live->lock);
  g_mutex_clear(&live->apply_lock);
  g_free(live);
}

void live_settings_get(LiveSettings *live, Settings *ret_settings)
{
  g_mutex_lock(&live->lock);
  record_copy(&settings_table, &live->current, ret_settings);
  g_mutex_unlock(&live->lock);
}

int64_t live_settings_int(LiveSettings *live, int64_t (*read)(const Settings *settings))
{
  g_mutex_lock(&live->lock);
  int64_t value = read(&live->current);
  g_mutex_unlock(&live->lock);
  return value;
}

void live_settings_watch(LiveSettings *live, SettingsWatcher watcher, void *user_data)
{
  g_mutex_lock(&live->apply_lock);
  g_mutex_lock(&live->lock);
  g_assert(live->n_watchers < WATCHERS_MAX);
  live->watchers[live->n_watchers].call = watcher;
  live->watchers[live->n_watchers++].user_data = user_data;
  g_mutex_unlock(&live->lock);
  watcher(&live->current, user_data);
  g_mutex_unlock(&live->apply_lock);
}

/* --- changing --- */

static bool first_of(const GPtrArray *errors, GError **error)
{
  return errors->len == 0 || fail(error, REEVE_ERROR_INVALID, "%s", ((const FieldError *)errors->pdata[0])->message);
}

/* What the database would hold after the changes; NULL if the whole would not be good. */
static json_t *changed_after(LiveSettings *live, const json_t *stored, const json_t *changes, GPtrArray *errors, GError **error)
{
  g_autoptr(json_t) after = json_copy((json_t *)stored);
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)changes, name, value)
  {
    if (!field_find(&settings_table, name))
      field_errors_add(errors, name, "%.60s is no setting", name);
    else if (json_is_null(value))
      json_object_del(after, name);
    else
      json_object_set(after, name, value);
  }
  Settings draft;
  g_autoptr(GError) why = NULL;
  record_copy(&settings_table, &live->base, &draft);
  if (json_to_record(&settings_table, after, JSON_UPDATE, &draft, errors, &why))
    settings_check(&draft, errors);
  record_clear(&settings_table, &draft);
  return first_of(errors, error) ? g_steal_pointer(&after) : NULL;
}

static bool store_one(DbConn *conn, const char *name, const json_t *value, const Clock *clock, GError **error)
{
  g_autofree char *key = g_strconcat(PREFIX, name, NULL);
  if (json_is_null(value))
    return setting_remove(conn, key, error);
  g_autofree char *text = json_text(value);
  return setting_put(conn, key, text, clock, error);
}

bool live_settings_put_in(LiveSettings *live, DbConn *conn, const json_t *changes, GPtrArray *errors, GError **error)
{
  g_autoptr(GPtrArray) own = errors ? g_ptr_array_ref(errors) : field_errors_new();
  if (!json_is_object(changes))
    return fail(error, REEVE_ERROR_INVALID, "The settings must be a JSON object.");
  g_autoptr(json_t) stored = read_rows(conn, error);
  g_autoptr(json_t) after = stored ? changed_after(live, stored, changes, own, error) : NULL;
  if (!after)
    return false;
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)changes, name, value)
  {
    if (!store_one(conn, name, value, live->clock, error))
      return false;
  }
  return db_notify(conn, CHANNEL, "changed", error);
}

bool live_settings_put(LiveSettings *live, const json_t *changes, const char *expected_tag, GPtrArray *errors, GError **error)
{
  {
    g_autoptr(DbConn) conn = db_acquire(live->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !settings_lock(conn, error))
      return false;
    g_autofree char *tag = live_settings_tag(live);
    if (expected_tag && strcmp(expected_tag, tag) != 0)
      return fail(error, REEVE_ERROR_CONFLICT, "The settings were changed meanwhile; look at them again.");
    if (!live_settings_put_in(live, conn, changes, errors, error) || !db_commit(transaction, error))
      return false;
  }
  return live_settings_reload(live, error);
}

json_t *live_settings_changed(LiveSettings *live)
{
  g_mutex_lock(&live->lock);
  json_t *copy = json_deep_copy(live->changed);
  g_mutex_unlock(&live->lock);
  return copy;
}

char *live_settings_tag(LiveSettings *live)
{
  Settings settings;
  live_settings_get(live, &settings);
  g_autoptr(json_t) object = json_from_record(&settings_table, &settings, JSON_FULL);
  record_clear(&settings_table, &settings);
  g_autofree char *text = json_text(object);
  char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
  digest[16] = '\0';
  return digest;
}

/* --- showing --- */

typedef enum { SETTING_STANDARD, SETTING_ADVANCED } SettingLevel;
static const EnumRow setting_level_rows[] = {{SETTING_STANDARD, "standard", "What most want to see"},
                                             {SETTING_ADVANCED, "advanced", "Shown when asked for"}};
static const EnumTable setting_level_table = ENUM_TABLE("SettingLevel", setting_level_rows);

static const EnumRow kind_rows[] = {{FIELD_KIND_BOOL, "bool", "true or false"},
                                    {FIELD_KIND_INT, "int", "A whole number"},
                                    {FIELD_KIND_ENUM, "enum", "One of its values"},
                                    {FIELD_KIND_TEXT, "text", "Text"},
                                    {FIELD_KIND_STRINGS, "strings", "A list of texts"}};
static const EnumTable kind_table = ENUM_TABLE("SettingKind", kind_rows);

static const Field view_fields[] = {
    FIELD_TEXT(SettingView, name, .help = "Name of the setting."),
    FIELD_JSON(SettingView, value, .help = "What is in force."),
    {.name = "default",
     .kind = FIELD_KIND_JSON,
     .offset = FIELD_OFFSET(SettingView, preset, char *),
     .help = "What the configuration says, in force unless it is changed here."},
    FIELD_TEXT(SettingView, section, .help = "What it belongs to."),
    FIELD_ENUM(SettingView, level, setting_level_table, .help = "Whether it is shown at once."),
    FIELD_TEXT(SettingView, help, .help = "What it does."),
    FIELD_ENUM(SettingView, kind, kind_table, .help = "What it holds."),
    FIELD_STRINGS(SettingView, values, .help = "What an enum may be."),
    FIELD_REAL(SettingView, min, .flags = FIELD_NULLABLE, .help = "The least it may be."),
    FIELD_REAL(SettingView, max, .flags = FIELD_NULLABLE, .help = "The most it may be."),
    FIELD_BOOL(SettingView, secret,
               .help = "It is not shown: value and default are null. It can be set, and taken away by null."),
    FIELD_BOOL(SettingView, is_set, .help = "Whether a secret is there."),
};
const FieldTable setting_view_table = FIELD_TABLE(SettingView, "Setting", NULL, view_fields);

static char *value_json(const Field *field, const Settings *settings)
{
  if (field->flags & FIELD_SECRET)
    return g_strdup("null");
  g_autoptr(json_t) value = json_from_field(field, settings, JSON_PUBLIC);
  return json_text(value);
}

static SettingView *view_of(const Field *field, const Settings *current, const Settings *base)
{
  SettingView *view = record_new(&setting_view_table);
  record_clear(&setting_view_table, view);
  bool ranged = field->kind == FIELD_KIND_INT && (field->min != 0 || field->max != 0);
  g_autoptr(GStrvBuilder) values = g_strv_builder_new();
  for (size_t i = 0; field->values && i < field->values->n_rows; i++)
    g_strv_builder_add(values, field->values->rows[i].name);
  *view = (SettingView){
      .name = g_strdup(field->name),
      .value = value_json(field, current),
      .preset = value_json(field, base),
      .section = g_strdup(settings_section(field)),
      .level = field->flags & FIELD_ADVANCED ? SETTING_ADVANCED : SETTING_STANDARD,
      .help = g_strdup(field->help),
      .kind = (int)field->kind,
      .values = g_strv_builder_end(values),
      .min = ranged ? field->min : NAN,
      .max = ranged ? field->max : NAN,
      .secret = (field->flags & FIELD_SECRET) != 0,
      .is_set = (field->flags & FIELD_SECRET) && !field_is_null(field, current),
  };
  return view;
}

GPtrArray *live_settings_view(LiveSettings *live)
{
  GPtrArray *views = records_new(&setting_view_table);
  Settings current;
  live_settings_get(live, &current);
  for (size_t i = 0; i < settings_table.n_fields; i++)
    g_ptr_array_add(views, view_of(&settings_table.fields[i], &current, &live->base));
  record_clear(&settings_table, &current);
  return views;
}
