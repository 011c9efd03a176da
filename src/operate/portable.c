/* What is carried to another installation and how it is taken over there. Test: tests/unit/operate/test_portable.c */
#include "operate/portable.h"

#include "base/error.h"
#include "encode/profile.h"
#include "governor/timetable.h"
#include "library/allowed.h"
#include "library/roots.h"
#include "store/record_sql.h"

#include <string.h>

static const Field result_fields[] = {
    FIELD_INT(ImportResult, settings, .help = "Settings that were set."),
    FIELD_INT(ImportResult, profiles_added, .help = "Profiles that were made."),
    FIELD_INT(ImportResult, profiles_changed, .help = "Profiles that were changed."),
    FIELD_INT(ImportResult, schedules_added, .help = "Schedules that were made."),
    FIELD_INT(ImportResult, schedules_changed, .help = "Schedules that were changed."),
    FIELD_INT(ImportResult, roots_added, .help = "Roots that were added."),
    FIELD_INT(ImportResult, roots_changed, .help = "Roots that were changed."),
};
const FieldTable import_result_table = FIELD_TABLE(ImportResult, "ImportResult", NULL, result_fields);

static const Field portable_fields[] = {
    FIELD_INT(Portable, reeve_settings, .flags = FIELD_REQUIRED, .min = 1, .max = PORTABLE_FORMAT,
              .help = "Version of the document's format."),
    FIELD_TEXT(Portable, version, .help = "Version of the Reeve that made it."),
    FIELD_JSON(Portable, settings, .help = "Settings by name, those that were changed."),
    FIELD_JSON(Portable, profiles, .help = "Array of profiles, as POST /profiles takes them."),
    FIELD_JSON(Portable, schedules, .help = "Array of schedules, as POST /schedules takes them."),
    FIELD_JSON(Portable, roots,
               .help = "Array of roots, as POST /roots takes them, with \"profile\" and \"schedule\" for their names."),
};
const FieldTable portable_table = FIELD_TABLE(Portable, "Portable", NULL, portable_fields);

/* --- export --- */

/* What a person decides: no numbers, no times, nothing that Reeve found out. */
static json_t *decided(const FieldTable *table, const void *record)
{
  json_t *object = json_from_record(table, record, JSON_PUBLIC);
  for (size_t i = 0; i < table->n_fields; i++)
    if (table->fields[i].flags & (FIELD_KEY | FIELD_READ_ONLY))
      json_object_del(object, table->fields[i].name);
  return object;
}

/* What a root names by number, by name: `reference` is "profile", the number stands in "profile_id". */
typedef struct {
  const char *reference, *number;
  const FieldTable *table;
} Reference;
static const Reference profile_reference = {"profile", "profile_id", &profile_table};
static const Reference schedule_reference = {"schedule", "schedule_id", &timetable_table};

static int64_t id_of(const FieldTable *table, const void *record)
{
  return *(const int64_t *)field_peek(field_find(table, "id"), record);
}

static json_t *name_of(const FieldTable *table, const GPtrArray *records, const json_t *id)
{
  for (guint i = 0; json_is_integer(id) && i < records->len; i++)
    if (id_of(table, records->pdata[i]) == json_integer_value(id))
      return json_string(*(char *const *)field_peek(field_find(table, "name"), records->pdata[i]));
  return json_null();
}

static void export_reference(const Reference *it, const GPtrArray *records, json_t *object)
{
  json_object_set_new(object, it->reference, name_of(it->table, records, json_object_get(object, it->number)));
  json_object_del(object, it->number);
}

static json_t *export_roots(const GPtrArray *roots, const GPtrArray *profiles, const GPtrArray *schedules)
{
  json_t *list = json_array();
  for (guint i = 0; i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    if (root_is_one_off(root))
      continue;
    json_t *object = decided(&root_table, root);
    export_reference(&profile_reference, profiles, object);
    export_reference(&schedule_reference, schedules, object);
    json_array_append_new(list, object);
  }
  return list;
}

/* What was changed, without what nobody else may know: a document is passed on. */
static json_t *export_settings(LiveSettings *live)
{
  json_t *changed = live_settings_changed(live);
  for (size_t i = 0; i < settings_table.n_fields; i++)
    if (settings_table.fields[i].flags & FIELD_SECRET)
      json_object_del(changed, settings_table.fields[i].name);
  return changed;
}

static json_t *export_all(const FieldTable *table, const GPtrArray *records)
{
  json_t *list = json_array();
  for (guint i = 0; i < records->len; i++)
    json_array_append_new(list, decided(table, records->pdata[i]));
  return list;
}

json_t *portable_export(Db *db, LiveSettings *live, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(db, error);
  g_autoptr(DbTransaction) snapshot = conn ? db_begin_snapshot(conn, error) : NULL;
  g_autoptr(GPtrArray) profiles = snapshot ? record_all(conn, &profile_table, "name", error) : NULL;
  g_autoptr(GPtrArray) schedules = profiles ? record_all(conn, &timetable_table, "name", error) : NULL;
  g_autoptr(GPtrArray) roots = schedules ? record_all(conn, &root_table, "path", error) : NULL;
  if (!roots)
    return NULL;
  return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o}", "reeve_settings", PORTABLE_FORMAT, "version", REEVE_VERSION, "settings",
                   export_settings(live), "profiles", export_all(&profile_table, profiles), "schedules",
                   export_all(&timetable_table, schedules), "roots", export_roots(roots, profiles, schedules));
}

/* --- import --- */

typedef struct {
  DbConn *conn;
  const PortableTarget *target;
  GPtrArray *errors;
  const char *place; /* "profiles.3", for complaints */
  ImportResult *result;
} Import;

/* Complaints about one record, under its place. False if the database failed. */
static void complain(Import *import, const char *field, const char *message)
{
  g_autofree char *path = *field ? g_strdup_printf("%s.%s", import->place, field) : g_strdup(import->place);
  field_errors_add(import->errors, path, "%s: %s", import->place, message);
}

static void complain_rule(const char *field, const char *message, void *import)
{
  complain(import, field, message);
}

/* Reads an object into a record; complaints are collected. */
static bool read_record(Import *import, const FieldTable *table, const json_t *object, JsonMode mode, void *record)
{
  g_autoptr(GPtrArray) own = field_errors_new();
  g_autoptr(GError) why = NULL;
  if (json_to_record(table, object, mode, record, own, &why))
    return true;
  for (guint i = 0; i < own->len; i++) {
    const FieldError *it = own->pdata[i];
    complain(import, it->field, it->message);
  }
  if (own->len == 0)
    complain(import, "", why->message);
  return false;
}

static bool import_profile(Import *import, const json_t *object, GError **error)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  if (!read_record(import, &profile_table, object, JSON_CREATE, profile) || !profile_check(profile, complain_rule, import))
    return true;
  g_autoptr(GPtrArray) found = record_with(import->conn, &profile_table, "name", DB_TEXT(profile->name), error);
  if (!found)
    return false;
  profile->updated_at_ms = clock_now_ms(import->target->clock);
  if (found->len == 0) {
    profile->created_at_ms = profile->updated_at_ms;
    import->result->profiles_added++;
    return record_insert(import->conn, &profile_table, profile, error);
  }
  const Profile *stored = found->pdata[0];
  profile->id = stored->id;
  profile->version = stored->version + 1;
  profile->seeded = stored->seeded;
  profile->created_at_ms = stored->created_at_ms;
  import->result->profiles_changed++;
  return record_update(import->conn, &profile_table, profile, error);
}

/* As the route does it: names are unique, and one schedule at most holds everywhere. */
static bool schedule_fits(Import *import, const Timetable *timetable, bool *ret_fits, GError **error)
{
  *ret_fits = true;
  if (!timetable->everywhere)
    return true;
  g_autoptr(GPtrArray) found = record_with(import->conn, &timetable_table, "everywhere", DB_INT(1), error);
  for (guint i = 0; found && i < found->len; i++) {
    const Timetable *other = found->pdata[i];
    if (other->id == timetable->id)
      continue;
    g_autofree char *message = g_strdup_printf("the schedule %s holds everywhere already", other->name);
    complain(import, "everywhere", message);
    *ret_fits = false;
  }
  return found != NULL;
}

static bool import_schedule(Import *import, const json_t *object, GError **error)
{
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  if (!read_record(import, &timetable_table, object, JSON_CREATE, timetable) ||
      !timetable_check(timetable, complain_rule, import))
    return true;
  g_autoptr(GPtrArray) found = record_with(import->conn, &timetable_table, "name", DB_TEXT(timetable->name), error);
  const Timetable *stored = found && found->len ? found->pdata[0] : NULL;
  timetable->created_at_ms = timetable->updated_at_ms = clock_now_ms(import->target->clock);
  if (stored) {
    timetable->id = stored->id;
    timetable->created_at_ms = stored->created_at_ms;
  }
  bool fits = false;
  if (!found || !schedule_fits(import, timetable, &fits, error) || !fits)
    return found != NULL;
  import->result->schedules_changed += stored != NULL;
  import->result->schedules_added += stored == NULL;
  return stored ? record_update(import->conn, &timetable_table, timetable, error)
                : record_insert(import->conn, &timetable_table, timetable, error);
}

/* "profile": a name or null -> its number. What is not named is left out. */
static bool import_reference(Import *import, const Reference *it, json_t *object, bool *good, GError **error)
{
  const json_t *name = json_object_get(object, it->reference);
  const char *text = json_string_value(name);
  if (!name) {
    json_object_del(object, it->number); /* numbers are another installation's */
    return true;
  }
  g_autoptr(GPtrArray) found = record_with(import->conn, it->table, "name", DB_TEXT(text ? text : ""), error);
  if (!found)
    return false;
  if (!json_is_null(name) && found->len == 0) {
    g_autofree char *message = g_strdup_printf("there is no %s of this name", it->reference);
    complain(import, it->reference, message);
    *good = false;
  }
  json_object_set_new(object, it->number, found->len ? json_integer(id_of(it->table, found->pdata[0])) : json_null());
  json_object_del(object, it->reference);
  return true;
}

/* What is wrong with a directory is a complaint; what is wrong with the database ends the import. Takes `why`. */
static bool complain_of(Import *import, const char *field, GError *why, GError **error)
{
  switch (reeve_error_code(why)) {
  case REEVE_ERROR_INVALID:
  case REEVE_ERROR_NOT_FOUND:
  case REEVE_ERROR_DENIED:
  case REEVE_ERROR_CONFLICT:
    complain(import, field, why->message);
    g_error_free(why);
    return true;
  default:
    g_propagate_error(error, why);
    return false;
  }
}

/* Puts the resolved directory into the root, so that no link can be turned after it was judged. */
static bool resolve_path(Import *import, Root *root, GError **error)
{
  const PortableTarget *target = import->target;
  if (!target->is_held)
    return true;
  char *path = allowed_directory(import->conn, target->media_directories, root->path, error);
  if (!path)
    return false;
  g_free(root->path);
  root->path = path;
  return true;
}

static bool check_trash(Import *import, const char *trash_path, GError **error)
{
  const PortableTarget *target = import->target;
  if (!trash_path)
    return true;
  if (!g_path_is_absolute(trash_path))
    return fail(error, REEVE_ERROR_INVALID, "The trash directory \"%s\" must be an absolute path.", trash_path);
  return !target->is_held || allowed_place(import->conn, target->media_directories, trash_path, error);
}

static bool add_root(Import *import, Root *root, GError **error)
{
  GError *why = NULL;
  if (!check_trash(import, root->trash_path, &why))
    return complain_of(import, "trash_path", why, error);
  if (!resolve_path(import, root, &why) ||
      !root_add_in(import->conn, root, import->target->data_directory, import->target->clock, &why))
    return complain_of(import, "path", why, error);
  import->result->roots_added++;
  return true;
}

static bool update_root(Import *import, Root *root, const char *trash_path_before, GError **error)
{
  GError *why = NULL;
  if (g_strcmp0(root->trash_path, trash_path_before) != 0 && !check_trash(import, root->trash_path, &why))
    return complain_of(import, "trash_path", why, error);
  root->updated_at_ms = clock_now_ms(import->target->clock);
  import->result->roots_changed++;
  return record_update(import->conn, &root_table, root, error);
}

static bool import_root(Import *import, const json_t *given, GError **error)
{
  g_autoptr(json_t) object = json_copy((json_t *)given);
  const char *path = json_string_value(json_object_get(object, "path"));
  bool good = true;
  if (!import_reference(import, &profile_reference, object, &good, error) ||
      !import_reference(import, &schedule_reference, object, &good, error))
    return false;
  g_autoptr(GPtrArray) found = record_with(import->conn, &root_table, "path", DB_TEXT(path ? path : ""), error);
  if (!found || !good)
    return found != NULL;
  g_autoptr(Root) fresh = record_new(&root_table);
  Root *root = found->len ? found->pdata[0] : fresh;
  g_autofree char *trash_path_before = g_strdup(root->trash_path);
  if (!read_record(import, &root_table, object, found->len ? JSON_UPDATE : JSON_CREATE, root))
    return true;
  return found->len ? update_root(import, root, trash_path_before, error) : add_root(import, root, error);
}

typedef bool (*ImportOne)(Import *import, const json_t *object, GError **error);

static bool import_list(Import *import, const json_t *document, const char *name, ImportOne one, GError **error)
{
  const json_t *list = json_object_get(document, name);
  if (list && !json_is_array(list)) {
    field_errors_add(import->errors, name, "%s must be a list", name);
    return true;
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    g_autofree char *place = g_strdup_printf("%s.%zu", name, i);
    const json_t *object = json_array_get(list, i);
    import->place = place;
    if (!json_is_object(object))
      complain(import, "", "must be an object");
    else if (!one(import, object, error))
      return false;
  }
  return true;
}

static bool import_settings(Import *import, const json_t *document, GError **error)
{
  const json_t *settings = json_object_get(document, "settings");
  g_autoptr(GError) why = NULL;
  guint complaints = import->errors->len;
  const PortableTarget *target = import->target;
  if (!settings)
    return true;
  if (target->is_held && !live_settings_check_places(import->conn, target->media_directories, settings, import->errors, error))
    return false;
  if (import->errors->len > complaints)
    return true;
  if (!live_settings_put_in(import->target->live, import->conn, settings, import->errors, &why)) {
    if (reeve_error_code(why) == REEVE_ERROR_INVALID)
      return true; /* the complaints say it */
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  import->result->settings = (int64_t)json_object_size(settings);
  return true;
}

static bool first_complaint(const GPtrArray *errors, GError **error)
{
  return errors->len == 0 || fail(error, REEVE_ERROR_INVALID, "%s", ((const FieldError *)errors->pdata[0])->message);
}

static bool check_document(const json_t *document, GPtrArray *errors, GError **error)
{
  static const char *const known[] = {"reeve_settings", "version", "settings", "profiles", "schedules", "roots", NULL};
  const char *name;
  json_t *value;
  json_int_t format = json_integer_value(json_object_get(document, "reeve_settings"));
  if (format < 1)
    field_errors_add(errors, "reeve_settings", "reeve_settings is missing: this is no export of Reeve's settings.");
  else if (format > PORTABLE_FORMAT)
    field_errors_add(errors, "reeve_settings", "reeve_settings: this export was made by a newer Reeve.");
  json_object_foreach((json_t *)document, name, value)
  {
    if (!g_strv_contains(known, name))
      field_errors_add(errors, name, "%.60s is not known", name);
  }
  return first_complaint(errors, error);
}

static bool import_all(Import *import, const json_t *document, GError **error)
{
  if (!check_document(document, import->errors, error) || !import_settings(import, document, error) ||
      !import_list(import, document, "profiles", import_profile, error) ||
      !import_list(import, document, "schedules", import_schedule, error) ||
      !import_list(import, document, "roots", import_root, error))
    return false;
  return first_complaint(import->errors, error);
}

bool portable_import(const PortableTarget *target, const json_t *document, GPtrArray *errors, ImportResult *ret_result,
                     GError **error)
{
  g_autoptr(GPtrArray) own = errors ? g_ptr_array_ref(errors) : field_errors_new();
  ImportResult result = {0};
  {
    g_autoptr(DbConn) conn = db_acquire(target->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    Import import = {.conn = conn, .target = target, .errors = own, .result = &result};
    if (!transaction || !import_all(&import, document, error) || !db_commit(transaction, error))
      return false;
  }
  *ret_result = result;
  return live_settings_reload(target->live, error);
}
