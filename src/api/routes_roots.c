/* Library roots over HTTP (L1, L5). Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "library/allowed.h"
#include "library/roots.h"
#include "store/record_sql.h"

static bool get_roots(Request *request, void *input, Response *response, GError **error)
{
  return stored_page(request, &root_table, response, error);
}

static bool get_root(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &root_table, request_id(request), root, error))
    return false;
  response_record(response, &root_table, root);
  return true;
}

static bool check_trash_path(DbConn *conn, const ApiServices *services, const Root *root, Response *response, GError **error)
{
  if (!root->trash_path)
    return true;
  if (!g_path_is_absolute(root->trash_path))
    return response_refuse(response, error, "trash_path", "trash_path must be an absolute path, such as \"/srv/trash\"");
  g_autoptr(GError) why = NULL;
  if (allowed_place(conn, services->media_directories, root->trash_path, &why))
    return true;
  if (reeve_error_code(why) == REEVE_ERROR_DENIED)
    return response_refuse(response, error, "trash_path", "trash_path: %s", why->message);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool check_schedule_id(DbConn *conn, const Root *root, Response *response, GError **error)
{
  if (root->schedule_id == FIELD_NULL_INT)
    return true;
  g_autoptr(GPtrArray) found = record_with(conn, &timetable_table, "id", DB_INT(root->schedule_id), error);
  if (!found)
    return false;
  return found->len > 0 || response_refuse(response, error, "schedule_id",
                                           "schedule_id: There is no schedule %" G_GINT64_FORMAT ".", root->schedule_id);
}

/* The directories are taken as resolved here, so that no link can be changed after it was judged. */
static bool resolve_and_add(DbConn *conn, const ApiServices *services, Root *root, GError **error)
{
  char *path = allowed_directory(conn, services->media_directories, root->path, error);
  if (!path)
    return false;
  g_free(root->path);
  root->path = path;
  return root_add(conn, root, services->data_directory, services->clock, error);
}

/* Whatever is wrong with the directory is wrong with the input's path; only another root in the way is a conflict. */
static bool add_root(Request *request, Root *root, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  if (!conn || !check_trash_path(conn, services, root, response, error) || !check_schedule_id(conn, root, response, error))
    return false;
  g_autoptr(GError) why = NULL;
  if (resolve_and_add(conn, services, root, &why))
    return true;
  switch (reeve_error_code(why)) {
  case REEVE_ERROR_INVALID:
  case REEVE_ERROR_NOT_FOUND:
  case REEVE_ERROR_DENIED:
    return response_refuse(response, error, "path", "path: %s", why->message);
  default:
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
}

/* Whoever goes by the roots' settings looks at them again. */
static void tell_of_change(Request *request)
{
  warden_poke(request_services(request)->warden);
  watcher_poke(request_services(request)->watcher);
}

static bool post_root(Request *request, void *input, Response *response, GError **error)
{
  Root *root = input;
  if (!add_root(request, root, response, error))
    return false;
  tell_of_change(request);
  response_record(response, &root_table, root);
  return true;
}

static bool change_root(Request *request, DbConn *conn, Root *root, Response *response, GError **error)
{
  if (!record_lock(conn, &root_table, request_id(request), root, error) ||
      !response_unchanged(request, response, &root_table, root, error))
    return false;
  g_autofree char *path = g_strdup(root->path);
  g_autofree char *trash_path = g_strdup(root->trash_path);
  if (!request_apply(request, root, response, error) || !check_schedule_id(conn, root, response, error))
    return false;
  if (g_strcmp0(root->trash_path, trash_path) != 0 && !check_trash_path(conn, request_services(request), root, response, error))
    return false;
  if (g_strcmp0(root->path, path) != 0)
    return response_refuse(response, error, "path", "path cannot be changed; add the other directory as a root of its own");
  root->updated_at_ms = clock_now_ms(request_services(request)->clock);
  return record_update(conn, &root_table, root, error);
}

static bool patch_root(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !change_root(request, conn, root, response, error) || !db_commit(transaction, error))
    return false;
  tell_of_change(request);
  response_record(response, &root_table, root);
  return true;
}

/* What is not a setting stays as it is. */
static void keep_facts(Root *root, Root *stored)
{
  for (size_t i = 0; i < root_table.n_fields; i++) {
    const Field *field = &root_table.fields[i];
    if (!(field->flags & (FIELD_KEY | FIELD_READ_ONLY)))
      continue;
    field_clear(field, root);
    field_copy(field, stored, root);
  }
}

static bool replace_root(Request *request, DbConn *conn, Root *root, Response *response, GError **error)
{
  g_autoptr(Root) stored = record_new(&root_table);
  if (!record_lock(conn, &root_table, request_id(request), stored, error) ||
      !response_unchanged(request, response, &root_table, stored, error))
    return false;
  if (g_strcmp0(root->trash_path, stored->trash_path) != 0 &&
      !check_trash_path(conn, request_services(request), root, response, error))
    return false;
  if (!check_schedule_id(conn, root, response, error))
    return false;
  if (g_strcmp0(root->path, stored->path) != 0)
    return response_refuse(response, error, "path", "path cannot be changed; add the other directory as a root of its own");
  keep_facts(root, stored);
  root->updated_at_ms = clock_now_ms(request_services(request)->clock);
  return record_update(conn, &root_table, root, error);
}

static bool put_root(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !replace_root(request, conn, input, response, error) || !db_commit(transaction, error))
    return false;
  tell_of_change(request);
  response_record(response, &root_table, input);
  return true;
}

static bool check_unchanged(Request *request, DbConn *conn, Response *response, GError **error)
{
  g_autoptr(Root) stored = record_new(&root_table);
  return record_get(conn, &root_table, request_id(request), stored, error) &&
         response_unchanged(request, response, &root_table, stored, error);
}

static bool delete_root(Request *request, void *input, Response *response, GError **error)
{
  {
    g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
    if (!conn || !check_unchanged(request, conn, response, error) || !root_delete(conn, request_id(request), error))
      return false;
  }
  tell_of_change(request);
  return true;
}

static bool confirm_root(Request *request, void *input, Response *response, GError **error)
{
  if (!root_confirm(request_services(request)->scan, request_id(request), error))
    return false;
  tell_of_change(request);
  return get_root(request, NULL, response, error);
}

static bool post_scan(Request *request, void *input, Response *response, GError **error)
{
  JobMade made = {0};
  if (!stored_scan(request, request_id(request), &made.job, error))
    return false;
  response_record(response, &job_made_table, &made);
  return true;
}

static bool get_watches(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  bool watching = !services->settings || watch_is_on(services->settings);
  g_autoptr(GPtrArray) states = conn ? watch_states(conn, watching, clock_now_ms(services->clock), error) : NULL;
  if (states)
    response_list(response, &watch_state_table, states, NULL);
  return states != NULL;
}

static const Route rows[] = {
    {"GET", "/api/v1/roots", ACCESS_READ, ROUTE_LISTS, .output = &root_table, .status = 200, .handle = get_roots,
     .summary = "All library roots."},
    {"POST", "/api/v1/roots", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_NAMES_PROFILE | ROUTE_TAGGED | ROUTE_ONCE, .input = &root_table,
     .input_mode = JSON_CREATE, .output = &root_table, .status = 201, .handle = post_root,
     .summary = "Adds a directory to the library."},
    {"GET", "/api/v1/roots/{id}", ACCESS_READ, ROUTE_TAGGED, .output = &root_table, .status = 200, .handle = get_root,
     .summary = "One root."},
    {"PUT", "/api/v1/roots/{id}", ACCESS_ADMIN, ROUTE_NAMES_PROFILE | ROUTE_TAGGED, .input = &root_table,
     .input_mode = JSON_CREATE, .output = &root_table, .status = 200, .handle = put_root,
     .summary = "Replaces all settings; what is not given takes its default, the path must be the same."},
    {"PATCH", "/api/v1/roots/{id}", ACCESS_ADMIN, ROUTE_NAMES_PROFILE | ROUTE_TAGGED, .input = &root_table,
     .input_mode = JSON_UPDATE, .output = &root_table, .status = 200, .handle = patch_root,
     .summary = "Changes what is given; the path cannot be."},
    {"DELETE", "/api/v1/roots/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .status = 204, .handle = delete_root,
     .summary = "Forgets a root. Its files stay on the disk."},
    {"POST", "/api/v1/roots/{id}/confirm", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_TAGGED, .output = &root_table, .status = 200,
     .handle = confirm_root, .summary = "Someone looked: a frozen root is right as it is now."},
    {"GET", "/api/v1/watches", ACCESS_READ, ROUTE_WHOLE_LIST, .output = &watch_state_table, .status = 200, .handle = get_watches,
     .summary = "How changes in each root are noticed, and which files are waited for."},
    {"POST", "/api/v1/roots/{id}/scan", ACCESS_OPERATE, ROUTE_ONCE, .output = &job_made_table, .status = 202, .handle = post_scan,
     .summary = "Scans a root; a scan that has not ended is the answer too."},
};
const RouteSet root_routes = {rows, G_N_ELEMENTS(rows)};
