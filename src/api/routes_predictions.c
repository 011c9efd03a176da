/* What transcodes would come to, before any is asked for. Test: tests/system/target.test.ts */
#include "api/route.h"
#include "transcode/predict.h"

typedef struct {
  int64_t root;
  GArray *files;
  int64_t profile_id;
} PredictionInput;

static const Field prediction_input_fields[] = {
    FIELD_INT(PredictionInput, root, .flags = FIELD_NULLABLE, .min = 1, .max = 9e15,
              .help = "All files of a root; without it and files, all of the library."),
    FIELD_INTS(PredictionInput, files, .max = 10000, .help = "These files."),
    FIELD_INT(PredictionInput, profile_id, .flags = FIELD_NULLABLE, .help = "Profile to encode by; null: the roots' own."),
};
static const FieldTable prediction_input_table = FIELD_TABLE(PredictionInput, "PredictionInput", NULL, prediction_input_fields);

static bool predict(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  const PredictionInput *wanted = input;
  size_t n_files = wanted->files ? wanted->files->len : 0;
  if (n_files > 0 && wanted->root != FIELD_NULL_INT)
    return response_refuse(response, error, "files", "files and root exclude each other: name one of them");
  const CapabilitySet *capabilities = abilities_wait(services->abilities, request_cancel(request), error);
  if (!capabilities)
    return false;
  PredictionRequest asked = {
      .file_ids = n_files > 0 ? (const int64_t *)(const void *)wanted->files->data : NULL,
      .n_files = n_files,
      .root_id = wanted->root,
      .profile_id = wanted->profile_id,
      .slots = services->agent ? agent_slots(services->agent, "transcode") : 1,
  };
  Prediction prediction;
  if (!transcode_predict(services->desk, &asked, capabilities, request_cancel(request), &prediction, error))
    return false;
  response_record(response, &prediction_table, &prediction);
  record_clear(&prediction_table, &prediction);
  return true;
}

static const Route rows[] = {
    {"POST", "/api/v1/predictions", ACCESS_READ, ROUTE_SLOW | ROUTE_NAMES_PROFILE | ROUTE_CHANGES_NOTHING,
     .input = &prediction_input_table, .input_mode = JSON_CREATE, .output = &prediction_table, .status = 200, .handle = predict,
     .summary = "What transcoding the library, a root or a selection would save, and how long it would take."},
};
const RouteSet prediction_routes = {rows, G_N_ELEMENTS(rows)};
