/* Having uploads converted, watching it and fetching the result (C2, C3). Test: tests/unit/api/test_conversions.c,
 * tests/system/convert.test.ts */
#include "api/convert.h"

#include "base/error.h"
#include "base/number.h"

/* --- asking --- */

typedef struct {
  int64_t upload;
  int preset, codec, resolution, quality;
} ConversionInput;

static const Field input_fields[] = {
    FIELD_INT(ConversionInput, upload, .flags = FIELD_REQUIRED, .min = 1, .max = 9e15, .help = "The upload to convert."),
    FIELD_ENUM(ConversionInput, preset, convert_preset_table, .flags = FIELD_NULLABLE,
               .help = "What it becomes; each of the others that is given counts instead of the preset's."),
    FIELD_ENUM(ConversionInput, codec, convert_codec_table, .flags = FIELD_NULLABLE,
               .help = "What it becomes; without it the setting convert_codec counts."),
    FIELD_ENUM(ConversionInput, resolution, convert_resolution_table, .flags = FIELD_NULLABLE,
               .help = "Size that its picture may have; without it the setting convert_resolution counts."),
    FIELD_ENUM(ConversionInput, quality, convert_quality_table, .flags = FIELD_NULLABLE,
               .help = "How close to the source; without it the setting convert_quality counts."),
};
static const FieldTable input_table = FIELD_TABLE(ConversionInput, "ConversionInput", NULL, input_fields);

bool convert_ask(Request *request, const NewConversion *wanted, Conversion *ret_conversion, GError **error)
{
  NewConversion named = *wanted;
  named.created_by = request_caller(request)->name;
  return conversions_create(request_services(request)->conversions, &named, ret_conversion, error);
}

static int first_of(int given, int otherwise)
{
  return given == FIELD_NULL_ENUM ? otherwise : given;
}

static bool post_conversion(Request *request, void *data, Response *response, GError **error)
{
  const ConversionInput *input = data;
  ConvertChoice choice = {input->codec, input->resolution, input->quality};
  if (input->preset != FIELD_NULL_ENUM) {
    ConvertChoice preset = convert_preset((ConvertPreset)input->preset);
    choice = (ConvertChoice){first_of(input->codec, preset.codec), first_of(input->resolution, preset.resolution),
                             first_of(input->quality, preset.quality)};
  }
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!convert_ask(request, &(NewConversion){.upload_id = input->upload, .choice = choice}, it, error))
    return false;
  response_record(response, &conversion_table, it);
  return true;
}

/* --- presets --- */

typedef struct {
  char *name, *help, *extension;
  int codec, resolution, quality;
} PresetView;

static const Field preset_fields[] = {
    FIELD_TEXT(PresetView, name, .help = "Its name."),
    FIELD_TEXT(PresetView, help, .help = "What it is for."),
    FIELD_ENUM(PresetView, codec, convert_codec_table, .help = "What it makes."),
    FIELD_ENUM(PresetView, resolution, convert_resolution_table, .help = "Size that the picture may have."),
    FIELD_ENUM(PresetView, quality, convert_quality_table, .help = "How close to the source."),
    FIELD_TEXT(PresetView, extension, .help = "How the names of its files end."),
};
static const FieldTable preset_table = FIELD_TABLE(PresetView, "ConversionPreset", NULL, preset_fields);

static bool get_presets(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(GPtrArray) views = records_new(&preset_table);
  for (size_t i = 0; i < convert_preset_table.n_rows; i++) {
    const EnumRow *row = &convert_preset_table.rows[i];
    ConvertChoice choice = convert_preset((ConvertPreset)row->value);
    PresetView *view = record_new(&preset_table);
    record_clear(&preset_table, view);
    *view = (PresetView){.name = g_strdup(row->name),
                         .help = g_strdup(row->help),
                         .extension = g_strdup(recipe_extension(choice.codec)),
                         .codec = choice.codec,
                         .resolution = choice.resolution,
                         .quality = choice.quality};
    g_ptr_array_add(views, view);
  }
  response_list(response, &preset_table, views, NULL);
  return true;
}

/* --- looking --- */

static bool get_conversion(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!conversions_get(request_services(request)->conversions, request_id(request), it, error))
    return false;
  response_record(response, &conversion_table, it);
  return true;
}

static bool get_conversions(Request *request, void *input, Response *response, GError **error)
{
  const char *after = request_text(request, "after");
  int64_t before_id = 0, next_id = 0;
  if (after && !parse_int(after, 1, INT64_MAX, &before_id))
    return response_refuse(response, error, "after", "after must be what \"next\" was");
  g_autoptr(GPtrArray) page =
      conversions_page(request_services(request)->conversions, before_id, request_limit(request), &next_id, error);
  if (!page)
    return false;
  g_autofree char *next = next_id ? g_strdup_printf("%" G_GINT64_FORMAT, next_id) : NULL;
  response_list(response, &conversion_table, page, next);
  return true;
}

bool convert_download(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!conversions_get(request_services(request)->conversions, request_id(request), it, error))
    return false;
  if (it->state != CONVERSION_COMPLETED)
    return fail(error, REEVE_ERROR_CONFLICT, "There is no file to download: the conversion %" G_GINT64_FORMAT " is %s.", it->id,
                enum_name(&conversion_state_table, it->state));
  g_autoptr(GError) why = NULL;
  const char *type = g_str_has_suffix(it->name, ".mov") ? "video/quicktime" : "video/mp4";
  if (response_download(request, response, type, it->path, it->name, &why))
    return true;
  if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return fail(error, REEVE_ERROR_NOT_FOUND,
                "The file of the conversion %" G_GINT64_FORMAT
                " is not on this server; with several servers on one database, ask "
                "the one that it was sent to.",
                it->id);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

/* --- ending --- */

static bool cancel_conversion(Request *request, void *input, Response *response, GError **error)
{
  return conversions_cancel(request_services(request)->conversions, request_id(request), error) &&
         get_conversion(request, NULL, response, error);
}

static bool delete_conversion(Request *request, void *input, Response *response, GError **error)
{
  return conversions_delete(request_services(request)->conversions, request_id(request), error);
}

static const Route rows[] = {
    {"GET", "/api/v1/conversions", ACCESS_READ, ROUTE_LISTS, .output = &conversion_table, .status = 200,
     .handle = get_conversions, .summary = "What is made of uploads, the newest first."},
    {"POST", "/api/v1/conversions", ACCESS_OPERATE, ROUTE_ONCE, .input = &input_table, .input_mode = JSON_CREATE,
     .output = &conversion_table, .status = 201, .handle = post_conversion,
     .summary = "Has an upload converted: by a preset, or by codec, resolution and quality, or as the settings say."},
    {"GET", "/api/v1/conversions/presets", ACCESS_READ, ROUTE_WHOLE_LIST, .output = &preset_table, .status = 200,
     .handle = get_presets, .summary = "Choices with a name."},
    {"GET", "/api/v1/conversions/{id}", ACCESS_READ, .output = &conversion_table, .status = 200, .handle = get_conversion,
     .summary = "One conversion, with progress and the time that is left."},
    {"GET", "/api/v1/conversions/{id}/file", ACCESS_READ, ROUTE_SLOW, .produces = "application/octet-stream", .status = 200,
     .handle = convert_download, .summary = "The file that was made; ranges are possible (206)."},
    {"POST", "/api/v1/conversions/{id}/cancel", ACCESS_OPERATE, .output = &conversion_table, .status = 200,
     .handle = cancel_conversion, .summary = "Calls a conversion off."},
    {"DELETE", "/api/v1/conversions/{id}", ACCESS_OPERATE, ROUTE_SLOW, .status = 204, .handle = delete_conversion,
     .summary = "Deletes a conversion and its file; one that is worked on is called off."},
};
const RouteSet conversion_routes = {rows, G_N_ELEMENTS(rows)};
