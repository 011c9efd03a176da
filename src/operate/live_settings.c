/* How changes are merged, stored and told. Rows of the table "settings" named "live.NAME" are ours, the value being JSON; that of
 * a FIELD_SECRET is {"sealed": text} (sys/secret_box.h), or, from before secrets were sealed, the bare text.
 * Test: tests/unit/operate/test_live_settings.c */
#include "operate/live_settings.h"

#include "base/error.h"
#include "convert/uploads.h"
#include "library/allowed.h"
#include "store/setting.h"
#include "sys/secret_box.h"

#include <math.h>
#include <string.h>

#define PREFIX "live."
#define CHANNEL "reeve_settings"

enum { WATCHERS_MAX = 16 };

/* What the database holds. */
typedef struct {
  json_t *values;  /* by name, secrets opened */
  json_t *secrets; /* by name, as they are stored */
  json_t *unread;  /* of secrets that cannot be opened: why */
  bool has_bare;   /* a secret is not sealed yet */
} Stored;

static void stored_clear(Stored *stored)
{
  json_decref(stored->values);
  json_decref(stored->secrets);
  json_decref(stored->unread);
  *stored = (Stored){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Stored, stored_clear)

struct LiveSettings {
  Db *db;
  const Clock *clock;
  Settings base;
  char *directory; /* of the key that seals secrets */
  guint listener;
  GThread *reader;   /* reads again when somebody else changed something */
  GMutex apply_lock; /* held while the database is read and watchers are called */
  GMutex lock;       /* guards all below */
  GCond news;
  bool stale, ends;
  Settings current;
  Stored stored; /* what the database holds */
  struct {
    SettingsWatcher call;
    void *user_data;
  } watchers[WATCHERS_MAX];
  size_t n_watchers;
};

/* --- reading --- */

typedef struct {
  const char *directory;
  Stored *stored;
} Reading;

static void take_secret(const Reading *reading, const char *name, json_t *value)
{
  Stored *stored = reading->stored;
  const char *sealed = json_string_value(json_object_get(value, "sealed"));
  g_autoptr(GError) why = NULL;
  json_object_set(stored->secrets, name, value);
  if (!sealed) {
    stored->has_bare = true;
    json_object_set(stored->values, name, value);
    return;
  }
  char *text = secret_box_open(reading->directory, name, sealed, &why);
  if (text)
    json_object_set_new(stored->values, name, json_string(text));
  else
    json_object_set_new(stored->unread, name, json_string(why->message));
  secret_box_free(text);
}

/* A setting that a newer or older Reeve knew is left alone. */
static void take_row(const char *row, const char *text, void *user_data)
{
  const Reading *reading = user_data;
  const char *name = row + strlen(PREFIX);
  const Field *field = field_find(&settings_table, name);
  g_autoptr(json_t) value = json_parse(text, strlen(text), NULL);
  if (!value || !field)
    return;
  if (field->flags & FIELD_SECRET)
    take_secret(reading, name, value);
  else
    json_object_set(reading->stored->values, name, value);
}

static bool read_rows(const LiveSettings *live, DbConn *conn, Stored *ret_stored, GError **error)
{
  g_auto(Stored) stored = {.values = json_object(), .secrets = json_object(), .unread = json_object()};
  Reading reading = {.directory = live->directory, .stored = &stored};
  if (!setting_each(conn, PREFIX, take_row, &reading, error))
    return false;
  *ret_stored = stored;
  stored = (Stored){0};
  return true;
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

/* Once for each that was not known before. */
static void tell_of_unread(const json_t *known, const json_t *unread)
{
  const char *name;
  json_t *why;
  json_object_foreach((json_t *)unread, name, why)
  {
    if (!json_equal(json_object_get(known, name), why))
      g_warning("The secret %s cannot be read and counts as not set. %s", name, json_string_value(why));
  }
}

/* With apply_lock held. */
static void take_over(LiveSettings *live, Stored *take_stored)
{
  Settings merged, before;
  merge(&live->base, take_stored->values, &merged);
  tell_of_unread(live->stored.unread, take_stored->unread);
  g_mutex_lock(&live->lock);
  bool same = record_equal(&settings_table, &merged, &live->current);
  before = live->current;
  live->current = merged;
  stored_clear(&live->stored);
  live->stored = *take_stored;
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
  Stored stored;
  bool ok;
  {
    g_autoptr(DbConn) conn = db_acquire(live->db, error);
    ok = conn && read_rows(live, conn, &stored, error);
  }
  if (ok)
    take_over(live, &stored);
  g_mutex_unlock(&live->apply_lock);
  return ok;
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

static bool store_one(const LiveSettings *live, DbConn *conn, const char *name, const json_t *value, GError **error);

static bool seal_in(const LiveSettings *live, DbConn *conn, GError **error)
{
  g_auto(Stored) stored = {0};
  if (!settings_lock(conn, error) || !read_rows(live, conn, &stored, error))
    return false;
  const char *name;
  json_t *value;
  json_object_foreach(stored.secrets, name, value)
  {
    if (json_is_string(value) && !store_one(live, conn, name, value, error))
      return false;
  }
  return true;
}

/* Secrets from before they were sealed. They go on working if that fails. */
static bool seal_bare(LiveSettings *live, GError **error)
{
  if (!live->stored.has_bare)
    return true;
  g_autoptr(GError) why = NULL;
  bool ok = false;
  {
    g_autoptr(DbConn) conn = db_acquire(live->db, &why);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, &why) : NULL;
    ok = transaction && seal_in(live, conn, &why) && db_commit(transaction, &why);
  }
  if (!ok)
    g_warning("Secrets among the settings are still stored unsealed: %s", why->message);
  return !ok || live_settings_reload(live, error);
}

LiveSettings *live_settings_new(Db *db, const Settings *base, const char *directory, const Clock *clock, GError **error)
{
  g_autoptr(LiveSettings) live = g_new0(LiveSettings, 1);
  live->db = db;
  live->directory = g_strdup(directory);
  live->clock = clock;
  g_mutex_init(&live->apply_lock);
  g_mutex_init(&live->lock);
  g_cond_init(&live->news);
  record_copy(&settings_table, base, &live->base);
  if (live->base.log_level == FIELD_NULL_ENUM)
    live->base.log_level = LOG_AT_INFO;
  record_copy(&settings_table, &live->base, &live->current);
  if (!live_settings_reload(live, error) || !seal_bare(live, error))
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
  stored_clear(&live->stored);
  g_free(live->directory);
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

/* What only the machine knows, when it is set: a directory that cannot be written to would be found out by who sends something.
 */
static void check_on_disk(const json_t *changes, GPtrArray *errors)
{
  const char *directory = json_string_value(json_object_get(changes, "upload_directory"));
  g_autoptr(GError) why = NULL;
  if (errors->len == 0 && directory && !uploads_check_directory(directory, &why))
    field_errors_add(errors, "upload_directory", "upload_directory: %s", why->message);
}

bool live_settings_check_places(DbConn *conn, const char *const *configured, const json_t *changes, GPtrArray *errors,
                                GError **error)
{
  const char *directory = json_string_value(json_object_get(changes, "upload_directory"));
  g_autoptr(GError) why = NULL;
  if (!directory || allowed_place(conn, configured, directory, &why))
    return true;
  if (reeve_error_code(why) != REEVE_ERROR_DENIED && reeve_error_code(why) != REEVE_ERROR_INVALID) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  field_errors_add(errors, "upload_directory", "upload_directory: %s", why->message);
  return true;
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
  check_on_disk(changes, errors);
  return first_of(errors, error) ? g_steal_pointer(&after) : NULL;
}

/* As it is stored, and of a secret sealed; NULL on error. The caller frees it. */
static char *stored_text(const LiveSettings *live, const char *name, const json_t *value, GError **error)
{
  if (!(field_find(&settings_table, name)->flags & FIELD_SECRET))
    return json_text(value);
  g_autofree char *sealed = secret_box_seal(live->directory, name, json_string_value(value), error);
  g_autoptr(json_t) object = sealed ? json_pack("{s:s}", "sealed", sealed) : NULL;
  return object ? json_text(object) : NULL;
}

static bool store_one(const LiveSettings *live, DbConn *conn, const char *name, const json_t *value, GError **error)
{
  g_autofree char *key = g_strconcat(PREFIX, name, NULL);
  if (json_is_null(value))
    return setting_remove(conn, key, error);
  g_autofree char *text = stored_text(live, name, value, error);
  return text && setting_put(conn, key, text, live->clock, error);
}

bool live_settings_put_in(LiveSettings *live, DbConn *conn, const json_t *changes, GPtrArray *errors, GError **error)
{
  g_autoptr(GPtrArray) own = errors ? g_ptr_array_ref(errors) : field_errors_new();
  if (!json_is_object(changes))
    return fail(error, REEVE_ERROR_INVALID, "The settings must be a JSON object.");
  g_auto(Stored) stored = {0};
  g_autoptr(json_t) after =
      read_rows(live, conn, &stored, error) ? changed_after(live, stored.values, changes, own, error) : NULL;
  if (!after)
    return false;
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)changes, name, value)
  {
    if (!store_one(live, conn, name, value, error))
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
  json_t *copy = json_deep_copy(live->stored.values);
  g_mutex_unlock(&live->lock);
  return copy;
}

char *live_settings_tag(LiveSettings *live)
{
  /* Secrets as they are stored: what everybody may see must not be made of what nobody may guess. */
  g_mutex_lock(&live->lock);
  g_autoptr(json_t) object = json_from_record(&settings_table, &live->current, JSON_PUBLIC);
  json_object_set_new(object, "secrets", json_deep_copy(live->stored.secrets));
  g_mutex_unlock(&live->lock);
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
    FIELD_TEXT(SettingView, problem, .flags = FIELD_NULLABLE,
               .help = "Why a secret that is stored cannot be read, and so is not set."),
};
const FieldTable setting_view_table = FIELD_TABLE(SettingView, "Setting", NULL, view_fields);

static char *value_json(const Field *field, const Settings *settings)
{
  if (field->flags & FIELD_SECRET)
    return g_strdup("null");
  g_autoptr(json_t) value = json_from_field(field, settings, JSON_PUBLIC);
  return json_text(value);
}

static SettingView *view_of(const Field *field, const Settings *current, const Settings *base, const json_t *unread)
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
      .problem = g_strdup(json_string_value(json_object_get(unread, field->name))),
  };
  return view;
}

GPtrArray *live_settings_view(LiveSettings *live)
{
  GPtrArray *views = records_new(&setting_view_table);
  Settings current;
  live_settings_get(live, &current);
  g_mutex_lock(&live->lock);
  g_autoptr(json_t) unread = json_deep_copy(live->stored.unread);
  g_mutex_unlock(&live->lock);
  for (size_t i = 0; i < settings_table.n_fields; i++)
    g_ptr_array_add(views, view_of(&settings_table.fields[i], &current, &live->base, unread));
  record_clear(&settings_table, &current);
  return views;
}
