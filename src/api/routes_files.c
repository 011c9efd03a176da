/* Files of the library and what would be done to them. Test: tests/unit/api/test_server.c */
#include "api/http.h"
#include "api/stored.h"
#include "store/record_sql.h"
#include "store/replacement.h"

static const QueryParameter file_query[] = {
    {"root", FIELD_KIND_INT, NULL, "Files of this root."},
    {"codec", FIELD_KIND_TEXT, NULL, "Video codec, by ffprobe's name."},
    {"state", FIELD_KIND_ENUM, &file_state_table, "What is known about them."},
    {"container", FIELD_KIND_TEXT, NULL, "Container, such as mkv."},
    {"hdr", FIELD_KIND_ENUM, &hdr_class_table, "Dynamic range."},
    {"health", FIELD_KIND_ENUM, &file_health_table, "What the last check showed."},
    {"min_size", FIELD_KIND_INT, NULL, "Files of so many bytes or more."},
    {"max_size", FIELD_KIND_INT, NULL, "Files of so many bytes or less."},
    {"audio_language", FIELD_KIND_TEXT, NULL, "Files with an audio stream in this language, as the file calls it."},
    {"q", FIELD_KIND_TEXT, NULL, "Part of the path."},
    {"sort", FIELD_KIND_ENUM, &file_sort_table, "Order; path unless given."},
    {"descending", FIELD_KIND_BOOL, NULL, "The largest or last first."},
};

static const QueryParameter plan_query[] = {
    {"profile", FIELD_KIND_TEXT, NULL, "Name or number of a profile; the root's unless given."},
    {"force", FIELD_KIND_BOOL, NULL, "Do not skip for size, age, codec or an earlier verdict."},
};

static bool get_files(Request *request, void *input, Response *response, GError **error)
{
  int sort = request_enum(request, "sort");
  FileQuery query = {
      .root_id = request_int(request, "root"),
      .video_codec = request_text(request, "codec"),
      .state = request_enum(request, "state"),
      .container = request_text(request, "container"),
      .hdr = request_enum(request, "hdr"),
      .health = request_enum(request, "health"),
      .min_size_bytes = request_int(request, "min_size"),
      .max_size_bytes = request_int(request, "max_size"),
      .audio_language = request_text(request, "audio_language"),
      .text = request_text(request, "q"),
      .sort = sort == FIELD_NULL_ENUM ? FILE_SORT_PATH : sort,
      .descending = request_flag(request, "descending"),
      .after = request_text(request, "after"),
      .limit = request_limit(request),
  };
  g_autofree char *next = NULL;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) files = conn ? file_page(conn, &query, &next, error) : NULL;
  if (files)
    response_list(response, &file_table, files, next);
  return files != NULL;
}

static bool get_file(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &file_table, request_id(request), file, error))
    return false;
  if (file->fingerprint && !(file->verdicts = verdicts_of(conn, file->fingerprint, error)))
    return false;
  response_record(response, &file_table, file);
  return true;
}

/* Who has the picture already is told so before ffmpeg is. */
static bool get_thumbnail(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  {
    g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
    if (!conn || !record_get(conn, &file_table, request_id(request), file, error))
      return false;
  }
  g_autofree char *tag = thumbnail_tag(file);
  if (response_known(request, response, tag))
    return true;
  GBytes *bytes = thumbnail_get(request->server->thumbnails, file, request_cancel(request), error);
  if (bytes)
    response_bytes(response, "image/jpeg", bytes);
  return bytes != NULL;
}

static bool get_file_history(Request *request, void *input, Response *response, GError **error)
{
  HistoryQuery query = {.file_id = request_id(request),
                        .root_id = FIELD_NULL_INT,
                        .after = request_text(request, "after"),
                        .limit = request_limit(request)};
  g_autofree char *next = NULL;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &file_table, request_id(request), file, error))
    return false;
  g_autoptr(GPtrArray) entries = history_page(conn, &query, &next, error);
  if (entries)
    response_list(response, &history_table, entries, next);
  return entries != NULL;
}

static bool named_profile(Request *request, int64_t *ret_id, Response *response, GError **error)
{
  const char *text = request_text(request, "profile");
  *ret_id = FIELD_NULL_INT;
  if (!text)
    return true;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  return conn && stored_profile(conn, text, ret_id, response, error);
}

static bool get_plan(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  int64_t profile_id;
  if (!named_profile(request, &profile_id, response, error))
    return false;
  const CapabilitySet *capabilities = abilities_wait(services->abilities, request_cancel(request), error);
  g_autoptr(EncodePlan) plan = capabilities ? transcode_plan_file(services->desk, request_id(request), profile_id, capabilities,
                                                                  request_flag(request, "force"), error)
                                            : NULL;
  if (plan)
    response_record(response, &encode_plan_table, plan);
  return plan != NULL;
}

static const Route rows[] = {
    {"GET", "/api/v1/files", ACCESS_READ, ROUTE_LISTS | ROUTE_SLOW, .output = &file_table, .status = 200, .handle = get_files,
     ROUTE_QUERY(file_query), .summary = "Files of the library, without their media details."},
    {"GET", "/api/v1/files/{id}", ACCESS_READ, .output = &file_table, .status = 200, .handle = get_file,
     .summary = "One file, with everything that probing found."},
    {"GET", "/api/v1/files/{id}/plan", ACCESS_READ, ROUTE_SLOW, .output = &encode_plan_table, .status = 200, .handle = get_plan,
     ROUTE_QUERY(plan_query), .summary = "What a transcode would do to the file, and why."},
    {"GET", "/api/v1/files/{id}/history", ACCESS_READ, ROUTE_LISTS, .output = &history_table, .status = 200,
     .handle = get_file_history, .summary = "What was done to the file, the newest first."},
    {"GET", "/api/v1/files/{id}/thumbnail", ACCESS_READ, ROUTE_SLOW, .produces = "image/jpeg", .status = 200,
     .handle = get_thumbnail, .summary = "A small picture of the film; 409 where it can have none."},
};
const RouteSet file_routes = {rows, G_N_ELEMENTS(rows)};
