/* The short addresses that small clients use (C7): the same uploads, conversions and settings in fewer words. They need a key or
 * a session as all others do (docs/decisions/0056). Test: tests/unit/api/test_conversions.c, tests/system/convert.test.ts */
#include "api/convert.h"

#include "base/error.h"
#include "base/number.h"
#include "convert/form_upload.h"

#include <math.h>
#include <string.h>

/* --- POST /upload/ --- */

typedef struct {
  char *file_id;
} FileAnswer;
static const Field file_fields[] = {FIELD_TEXT(FileAnswer, file_id, .help = "Number of the upload, for POST /convert/.")};
static const FieldTable file_answer_table = FIELD_TABLE(FileAnswer, "ShortUpload", NULL, file_fields);

static bool write_form(void *form, const void *bytes, size_t length, GError **error)
{
  return form_upload_write(form, bytes, length, error);
}

static void free_form(void *form)
{
  form_upload_free(form);
}

static bool receive_upload(Request *request, Response *response, BodySink *ret_sink, GError **error)
{
  const NewForm announced = {.content_type = request_header(request, "Content-Type"),
                             .field = "file",
                             .length_bytes = request_length(request),
                             .created_by = request_caller(request)->name};
  g_autoptr(GError) why = NULL;
  FormUpload *form = form_upload_new(request_services(request)->uploads, &announced, &why);
  if (form) {
    *ret_sink = (BodySink){.write = write_form, .free = free_form, .sink = form};
    return true;
  }
  if (reeve_error_code(why) == REEVE_ERROR_INVALID)
    response_status(response, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool post_upload(Request *request, void *input, Response *response, GError **error)
{
  Upload upload = {0};
  if (!form_upload_end(request_sink(request), &upload, error))
    return false;
  FileAnswer answer = {.file_id = g_strdup_printf("%" G_GINT64_FORMAT, upload.id)};
  response_record(response, &file_answer_table, &answer);
  record_clear(&file_answer_table, &answer);
  record_clear(&upload_table, &upload);
  return true;
}

/* --- POST /convert/ --- */

/* Described as texts: forms have nothing else. A number for file_id is fine, too. */
typedef struct {
  char *file_id, *codec, *resolution, *quality;
} ConvertInput;
static const Field convert_fields[] = {
    FIELD_TEXT(ConvertInput, file_id, .flags = FIELD_REQUIRED, .help = "What POST /upload/ answered with."),
    FIELD_TEXT(ConvertInput, resolution, .flags = FIELD_NULLABLE,
               .help = "source, 2160p, 1440p, 1080p, 720p, 540p or 360p; also written as 1280x720 or 720."),
    FIELD_TEXT(ConvertInput, quality, .flags = FIELD_NULLABLE, .help = "low, medium or high; also proxy, lt or hq."),
    FIELD_TEXT(ConvertInput, codec, .flags = FIELD_NULLABLE, .help = "prores, dnxhr, h264, hevc or av1."),
};
static const FieldTable convert_table = FIELD_TABLE(ConvertInput, "ShortConvertInput", NULL, convert_fields);

typedef struct {
  char *job_id;
} JobAnswer;
static const Field job_fields[] = {FIELD_TEXT(JobAnswer, job_id, .help = "For GET /status/{id}/ and GET /download/{id}/.")};
static const FieldTable job_answer_table = FIELD_TABLE(JobAnswer, "ShortConvert", NULL, job_fields);

/* The value as text, whether it came as one or as a number; NULL if it is absent or null. The caller frees it. */
static char *text_of(const json_t *body, const char *name)
{
  const json_t *value = json_object_get(body, name);
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  return json_is_string(value) && *json_string_value(value) ? g_strstrip(g_strdup(json_string_value(value))) : NULL;
}

typedef struct {
  const char *from, *to;
} Spelling;
static const Spelling resolutions[] = {{"original", "source"}, {"4k", "2160p"}};
static const Spelling qualities[] = {{"proxy", "low"}, {"lt", "medium"}, {"hq", "high"}};

/* "1280x720" and "720" are "720p". The caller frees it. */
static char *spelt(const char *text, const Spelling *spellings, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (g_ascii_strcasecmp(text, spellings[i].from) == 0)
      return g_strdup(spellings[i].to);
  const char *cross = strchr(text, 'x');
  const char *lines = cross ? cross + 1 : text;
  bool digits =
      *lines && strspn(lines, "0123456789") == strlen(lines) && (!cross || strspn(text, "0123456789") == (size_t)(cross - text));
  return digits ? g_strconcat(lines, "p", NULL) : g_ascii_strdown(text, -1);
}

static bool read_choice(const json_t *body, const char *name, const EnumTable *table, const Spelling *spellings, size_t n,
                        int *ret_value, Response *response, GError **error)
{
  g_autofree char *given = text_of(body, name);
  *ret_value = FIELD_NULL_ENUM;
  if (!given)
    return !json_object_get(body, name) || json_is_null(json_object_get(body, name)) ||
           json_is_string(json_object_get(body, name)) || response_refuse(response, error, name, "%s must be a text", name);
  g_autofree char *word = spelt(given, spellings, n);
  if (enum_value(table, word, ret_value))
    return true;
  g_autofree char *choices = enum_choices(table);
  return response_refuse(response, error, name, "%s must be %s", name, choices);
}

static bool check_names(const json_t *body, const FieldTable *table, Response *response, GError **error)
{
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)body, name, value)
  {
    if (!field_find(table, name))
      return response_refuse(response, error, name, "%.60s is not known here", name);
  }
  return true;
}

static bool post_convert(Request *request, void *input, Response *response, GError **error)
{
  const json_t *body = request_body(request);
  NewConversion wanted = {0};
  ConvertChoice *choice = &wanted.choice;
  if (!check_names(body, &convert_table, response, error))
    return false;
  g_autofree char *file_id = text_of(body, "file_id");
  if (!file_id)
    return response_refuse(response, error, "file_id", "file_id must be what POST /upload/ answered with");
  if (!read_choice(body, "codec", &convert_codec_table, NULL, 0, &choice->codec, response, error) ||
      !read_choice(body, "resolution", &convert_resolution_table, resolutions, G_N_ELEMENTS(resolutions), &choice->resolution,
                   response, error) ||
      !read_choice(body, "quality", &convert_quality_table, qualities, G_N_ELEMENTS(qualities), &choice->quality, response,
                   error))
    return false;
  if (!parse_int(file_id, 1, INT64_MAX, &wanted.upload_id))
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no upload %.60s.", file_id);
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!convert_ask(request, &wanted, it, error))
    return false;
  JobAnswer answer = {.job_id = g_strdup_printf("%" G_GINT64_FORMAT, it->id)};
  response_record(response, &job_answer_table, &answer);
  record_clear(&job_answer_table, &answer);
  return true;
}

/* --- GET /status/{id}/ --- */

typedef enum { SHORT_UPLOADED, SHORT_PROCESSING, SHORT_COMPLETED, SHORT_FAILED } ShortState;
static const EnumRow state_rows[] = {{SHORT_UPLOADED, "uploaded", "It waits for its turn"},
                                     {SHORT_PROCESSING, "processing", "It is worked on"},
                                     {SHORT_COMPLETED, "completed", "It can be downloaded"},
                                     {SHORT_FAILED, "failed", "It could not be made, or was called off"}};
static const EnumTable state_table = ENUM_TABLE("ShortState", state_rows);

typedef struct {
  int status;
  double progress;
  char *error;
} StatusAnswer;
static const Field status_fields[] = {
    FIELD_ENUM(StatusAnswer, status, state_table, .help = "How far it is."),
    FIELD_REAL(StatusAnswer, progress, .max = 100, .help = "How much is done, in percent."),
    FIELD_TEXT(StatusAnswer, error, .flags = FIELD_NULLABLE, .help = "Why it failed, else null."),
};
static const FieldTable status_table = FIELD_TABLE(StatusAnswer, "ShortStatus", NULL, status_fields);

static bool get_status(Request *request, void *input, Response *response, GError **error)
{
  static const int states[] = {[CONVERSION_QUEUED] = SHORT_UPLOADED,
                               [CONVERSION_PROCESSING] = SHORT_PROCESSING,
                               [CONVERSION_COMPLETED] = SHORT_COMPLETED,
                               [CONVERSION_FAILED] = SHORT_FAILED,
                               [CONVERSION_CANCELLED] = SHORT_FAILED};
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!conversions_get(request_services(request)->conversions, request_id(request), it, error))
    return false;
  const char *why = it->state == CONVERSION_CANCELLED ? "It was cancelled." : it->error;
  StatusAnswer answer = {.status = states[it->state], .progress = round(it->progress * 1000) / 10, .error = g_strdup(why)};
  response_record(response, &status_table, &answer);
  record_clear(&status_table, &answer);
  return true;
}

/* --- GET /system_load/ --- */

typedef struct {
  double cpu_percent, memory_percent, load_1, load_5, load_15;
  int64_t processors, sampled_at_ms;
} LoadAnswer;
static const Field load_fields[] = {
    FIELD_REAL(LoadAnswer, cpu_percent, .flags = FIELD_NULLABLE, .help = "Use of all processors together."),
    FIELD_REAL(LoadAnswer, memory_percent, .flags = FIELD_NULLABLE, .help = "Memory that is not available."),
    FIELD_REAL(LoadAnswer, load_1, .flags = FIELD_NULLABLE, .help = "Load over a minute."),
    FIELD_REAL(LoadAnswer, load_5, .flags = FIELD_NULLABLE, .help = "Load over five minutes."),
    FIELD_REAL(LoadAnswer, load_15, .flags = FIELD_NULLABLE, .help = "Load over a quarter of an hour."),
    FIELD_INT(LoadAnswer, processors, .help = "How many processors there are."),
    FIELD_INT(LoadAnswer, sampled_at_ms, .help = "When that was so, in ms since 1970."),
};
static const FieldTable load_table = FIELD_TABLE(LoadAnswer, "ShortSystemLoad", NULL, load_fields);

static bool get_load(Request *request, void *input, Response *response, GError **error)
{
  SystemUse use;
  record_init(&system_use_table, &use);
  system_sampler_read(request_services(request)->sampler, &use);
  double total = (double)use.memory_total_bytes, available = (double)use.memory_available_bytes;
  bool known = use.memory_total_bytes > 0 && use.memory_available_bytes >= 0;
  LoadAnswer answer = {.cpu_percent = use.cpu_percent,
                       .memory_percent = known ? round((total - available) / total * 1000) / 10 : NAN,
                       .load_1 = use.load_1,
                       .load_5 = use.load_5,
                       .load_15 = use.load_15,
                       .processors = use.processors,
                       .sampled_at_ms = use.sampled_at_ms};
  record_clear(&system_use_table, &use);
  response_record(response, &load_table, &answer);
  return true;
}

/* --- /settings/ --- */

typedef struct {
  int codec, resolution, quality;
  int64_t concurrency, retention_hours, upload_hours, cleanup_minutes, max_upload_gib;
  char *directory;
} ShortSettings;

/* Which settings they are. */
static const struct {
  const char *name, *setting;
} settings_names[] = {
    {"codec", "convert_codec"},           {"resolution", "convert_resolution"}, {"quality", "convert_quality"},
    {"concurrency", "convert_slots"},     {"retention_hours", "convert_hours"}, {"upload_hours", "upload_hours"},
    {"cleanup_minutes", "clean_minutes"}, {"max_upload_gib", "upload_cap_gib"}, {"directory", "upload_directory"},
};

static const Field settings_fields[] = {
    FIELD_ENUM(ShortSettings, codec, convert_codec_table, .help = "The setting convert_codec."),
    FIELD_ENUM(ShortSettings, resolution, convert_resolution_table, .help = "The setting convert_resolution."),
    FIELD_ENUM(ShortSettings, quality, convert_quality_table, .help = "The setting convert_quality."),
    FIELD_INT(ShortSettings, concurrency, .help = "The setting convert_slots."),
    FIELD_INT(ShortSettings, retention_hours, .help = "The setting convert_hours."),
    FIELD_INT(ShortSettings, upload_hours, .help = "The setting upload_hours."),
    FIELD_INT(ShortSettings, cleanup_minutes, .help = "The setting clean_minutes."),
    FIELD_INT(ShortSettings, max_upload_gib, .help = "The setting upload_cap_gib."),
    FIELD_TEXT(ShortSettings, directory, .flags = FIELD_NULLABLE, .help = "The setting upload_directory."),
};
static const FieldTable short_settings_table = FIELD_TABLE(ShortSettings, "ShortSettings", NULL, settings_fields);

static bool get_settings(Request *request, void *input, Response *response, GError **error)
{
  Settings now;
  live_settings_get(request_services(request)->settings, &now);
  ShortSettings answer = {.codec = now.convert_codec,
                          .resolution = now.convert_resolution,
                          .quality = now.convert_quality,
                          .concurrency = now.convert_slots,
                          .retention_hours = now.convert_hours,
                          .upload_hours = now.upload_hours,
                          .cleanup_minutes = now.clean_minutes,
                          .max_upload_gib = now.upload_cap_gib,
                          .directory = g_strdup(now.upload_directory)};
  record_clear(&settings_table, &now);
  response_record(response, &short_settings_table, &answer);
  record_clear(&short_settings_table, &answer);
  return true;
}

/* A form's text as what the setting is; what is none of it stays a text, which the settings refuse. */
static json_t *value_of(const char *setting, json_t *given)
{
  const Field *field = field_find(&settings_table, setting);
  int64_t number;
  if (field->kind == FIELD_KIND_INT && json_is_string(given) &&
      parse_int(json_string_value(given), INT64_MIN, INT64_MAX, &number))
    return json_integer(number);
  return json_incref(given);
}

static bool post_settings(Request *request, void *input, Response *response, GError **error)
{
  const json_t *body = request_body(request);
  g_autoptr(json_t) changes = json_object();
  if (!check_names(body, &short_settings_table, response, error))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS(settings_names); i++) {
    json_t *given = json_object_get(body, settings_names[i].name);
    if (given)
      json_object_set_new(changes, settings_names[i].setting, value_of(settings_names[i].setting, given));
  }
  return settings_allowed(request, changes, response, error) &&
         live_settings_put(request_services(request)->settings, changes, NULL, response->field_errors, error) &&
         get_settings(request, NULL, response, error);
}

static const Route rows[] = {
    {"POST", "/upload/", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_FORM, .output = &file_answer_table, .status = 200,
     .receive = receive_upload, .consumes = "multipart/form-data", .handle = post_upload,
     .summary = "Sends the file of a form's field \"file\"."},
    {"POST", "/convert/", ACCESS_OPERATE, ROUTE_FORM | ROUTE_ANY_BODY | ROUTE_ONCE, .input = &convert_table,
     .input_mode = JSON_UPDATE, .output = &job_answer_table, .status = 200, .handle = post_convert,
     .summary = "Has it converted, by JSON or a form; ProRes Proxy unless something else is said or set."},
    {"GET", "/status/{id}/", ACCESS_READ, .output = &status_table, .status = 200, .handle = get_status,
     .summary = "How far a conversion is."},
    {"GET", "/download/{id}/", ACCESS_READ, ROUTE_SLOW, .produces = "application/octet-stream", .status = 200,
     .handle = convert_download, .summary = "The file that was made; ranges are possible (206)."},
    {"GET", "/system_load/", ACCESS_READ, .output = &load_table, .status = 200, .handle = get_load,
     .summary = "How busy the machine is, as it was a moment ago."},
    {"GET", "/settings/", ACCESS_READ, .output = &short_settings_table, .status = 200, .handle = get_settings,
     .summary = "The settings of conversions."},
    {"POST", "/settings/", ACCESS_ADMIN, ROUTE_FORM | ROUTE_ANY_BODY, .input = &short_settings_table, .input_mode = JSON_UPDATE,
     .output = &short_settings_table, .status = 200, .handle = post_settings,
     .summary = "Changes those that are given, all or none, by JSON or a form."},
};
const RouteSet short_routes = {rows, G_N_ELEMENTS(rows)};
