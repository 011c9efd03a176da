/* `reeve predict`: what transcodes would come to. Test: tests/system/target.test.ts */
#include "cli/capability_cache.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/root.h"
#include "transcode/predict.h"

#include <math.h>

static void print_prediction(const Prediction *prediction)
{
  output_line("%s", prediction->summary);
  for (guint i = 0; i < prediction->left->len; i++) {
    const PredictionRest *rest = prediction->left->pdata[i];
    output_line("  %" G_GINT64_FORMAT " left alone: %s", rest->files, rest->reason);
  }
  if (prediction->looked_at < prediction->of_files)
    output_line("  %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " files were looked at; the others are taken to be like them.",
                prediction->looked_at, prediction->of_files);
  if (prediction->files > 0 && prediction->based_on == 0)
    output_line("  Nothing like these files was encoded here yet, so the range is wide.");
  else if (prediction->files > 0)
    output_line("  By what %" G_GINT64_FORMAT " past encodes came to.", prediction->based_on);
  if (isfinite(prediction->size_error_percent))
    output_line("  Predicted sizes were off by %.0f %% at the median of %" G_GINT64_FORMAT ".", prediction->size_error_percent,
                prediction->compared);
}

static bool fill_request(Service *service, const CommandContext *context, PredictionRequest *request, GError **error)
{
  const char *name = command_option(context, "profile");
  if (context->arguments[0]) {
    g_autoptr(Root) root = record_new(&root_table);
    if (!session_root(service, context->arguments[0], root, error))
      return false;
    request->root_id = root->id;
  }
  if (!name)
    return true;
  g_autoptr(DbConn) conn = db_acquire(service_db(service), error);
  g_autoptr(Profile) profile = conn ? session_profile(conn, name, error) : NULL;
  if (profile)
    request->profile_id = profile->id;
  return profile != NULL;
}

static bool predict(CommandContext *context, GError **error)
{
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  if (!service)
    return false;
  PredictionRequest request = {
      .root_id = FIELD_NULL_INT, .profile_id = FIELD_NULL_INT, .slots = (int)MAX(context->config.settings.encode_slots, 1)};
  if (!fill_request(service, context, &request, error))
    return false;
  g_autoptr(CapabilitySet) capabilities =
      capability_recall(context->config.ffmpeg, context->config.handbrake, interrupt_cancel(interrupt), NULL, NULL, error);
  Prediction prediction;
  if (!capabilities ||
      !transcode_predict(service_desk(service), &request, capabilities, interrupt_cancel(interrupt), &prediction, error))
    return false;
  if (context->json)
    output_record(&prediction_table, &prediction);
  else
    print_prediction(&prediction);
  record_clear(&prediction_table, &prediction);
  return true;
}

static const CommandOption options[] = {
    {"profile", "NAME", "Profile to predict with; without it each root's own"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "predict",
     .arguments = "[ROOT]",
     .min_arguments = 0,
     .max_arguments = 1,
     .options = options,
     .run = predict,
     .summary = "What transcoding a root, or the library, would save, and how long it would take",
     .details =
         "Makes a plan for each file (of large roots for one in so many) and looks at what past encodes like them came to.\n"
         "Nothing is changed."},
};
const CommandSet predict_commands = COMMAND_SET(NULL, rows);
