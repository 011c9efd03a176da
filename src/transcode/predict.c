/* Decides what is looked at for a prediction, and puts its parts together. Test: tests/unit/transcode/test_predict.c */
#include "transcode/predict.h"

#include "base/error.h"
#include "store/file_sample.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "transcode/desk.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

enum { PAST_MOST = 1000, CANCEL_EVERY = 50 };

static const Field rest_fields[] = {
    FIELD_TEXT(PredictionRest, code, .flags = FIELD_READ_ONLY, .help = "Why, in one word."),
    FIELD_TEXT(PredictionRest, reason, .flags = FIELD_READ_ONLY, .help = "Why, in words."),
    FIELD_INT(PredictionRest, files, .flags = FIELD_READ_ONLY, .help = "How many files."),
};
const FieldTable prediction_rest_table = FIELD_TABLE(PredictionRest, "PredictionRest", NULL, rest_fields);

static const Field prediction_fields[] = {
    FIELD_TEXT(Prediction, summary, .flags = FIELD_READ_ONLY, .help = "All of it in a sentence."),
    FIELD_INT(Prediction, files, .flags = FIELD_READ_ONLY, .help = "Files that are worth it."),
    FIELD_INT(Prediction, files_left, .flags = FIELD_READ_ONLY, .help = "Files that are left alone or would not get smaller."),
    FIELD_INT(Prediction, looked_at, .flags = FIELD_READ_ONLY,
              .help = "Files that were looked at; where there are many, the others are taken to be like them."),
    FIELD_INT(Prediction, of_files, .flags = FIELD_READ_ONLY, .help = "Files that there are."),
    FIELD_INT(Prediction, bytes_before, .flags = FIELD_READ_ONLY, .help = "Bytes of the files that are worth it."),
    FIELD_INT(Prediction, saved_min_bytes, .flags = FIELD_READ_ONLY, .help = "Bytes saved at least."),
    FIELD_INT(Prediction, saved_bytes, .flags = FIELD_READ_ONLY, .help = "Bytes saved probably."),
    FIELD_INT(Prediction, saved_max_bytes, .flags = FIELD_READ_ONLY, .help = "Bytes saved at most."),
    FIELD_REAL(Prediction, seconds_min, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Time at least, in s; null before files like these were encoded here."),
    FIELD_REAL(Prediction, seconds, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Time probably, in s."),
    FIELD_REAL(Prediction, seconds_max, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Time at most, in s."),
    FIELD_INT(Prediction, slots, .flags = FIELD_READ_ONLY, .help = "Encodes at a time."),
    FIELD_INT(Prediction, based_on, .flags = FIELD_READ_ONLY,
              .help = "Past encodes that the sizes are taken from; 0: none yet, the model of the encoder speaks."),
    FIELD_RECORDS(Prediction, left, prediction_rest_table, .flags = FIELD_READ_ONLY, .help = "Why files are left alone."),
    FIELD_REAL(Prediction, size_error_percent, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "By how much predicted sizes were off at the median, in percent."),
    FIELD_REAL(Prediction, time_error_percent, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "By how much predicted times were off at the median, in percent."),
    FIELD_INT(Prediction, compared, .flags = FIELD_READ_ONLY,
              .help = "Predictions that could be compared with what came of them."),
};
const FieldTable prediction_table = FIELD_TABLE(Prediction, "Prediction", NULL, prediction_fields);

/* One prediction in the making. */
typedef struct {
  TranscodeDesk *desk;
  const CapabilitySet *capabilities;
  Cancel *cancel;
  ForecastBook *book;
  GHashTable *rest; /* code -> count of files looked at, as double with the weight of their root */
  Prediction *result;
  ForecastTotal total;
  int slots;
} Predicting;

static void count_rest(GHashTable *rest, const char *code)
{
  int64_t n = GPOINTER_TO_SIZE(g_hash_table_lookup(rest, code));
  g_hash_table_insert(rest, (gpointer)code, GSIZE_TO_POINTER((gsize)(n + 1)));
}

static void look_at(Predicting *p, const FileSample *file, const Root *root, const Profile *profile, ForecastSum *sum,
                    GHashTable *rest)
{
  g_autoptr(json_t) json = file->media ? json_parse(file->media, strlen(file->media), NULL) : NULL;
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  if (!json || !json_to_record(&media_info_table, json, JSON_TRUSTED, media, NULL, NULL)) {
    forecast_add_left(sum);
    count_rest(rest, enum_name(&skip_code_table, SKIP_DAMAGED));
    return;
  }
  g_autofree char *name = g_path_get_basename(file->path);
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){
      .media = media,
      .profile = profile,
      .capabilities = p->capabilities,
      .file_name = name,
      .age_s = MAX(0, clock_now_ms(p->desk->replace.clock) - file->mtime_ns / 1000000) / 1000,
      .link_count = file->link_count,
      .links_allowed = root->link_policy != LINKS_SKIP,
      .tried_before = file->tried,
  });
  if (plan->decision != PLAN_ENCODE) {
    forecast_add_left(sum);
    count_rest(rest, plan->decision == PLAN_SKIP ? enum_name(&skip_code_table, plan->skip) : "refused");
    return;
  }
  Forecast forecast = forecast_file(p->book, profile->name, plan, media);
  int64_t doubtful = sum->doubtful;
  forecast_add(sum, &forecast, media->size_bytes, profile->min_saving_percent);
  if (sum->doubtful > doubtful)
    count_rest(rest, "not-smaller");
}

static const char *rest_words(const char *code)
{
  if (strcmp(code, "refused") == 0)
    return "Cannot be done as the profile asks";
  for (size_t i = 0; i < skip_code_table.n_rows; i++)
    if (strcmp(skip_code_table.rows[i].name, code) == 0 && skip_code_table.rows[i].help)
      return skip_code_table.rows[i].help;
  return "Would probably not get smaller by the profile's margin";
}

/* Adds a root's, or a selection's, sums to the whole. */
static void add_part(Predicting *p, const ForecastSum *sum, GHashTable *rest, int64_t files)
{
  ForecastTotal part = forecast_total(sum, files, p->slots);
  ForecastTotal *total = &p->total;
  total->encode += part.encode;
  total->left += part.left;
  total->doubtful += part.doubtful;
  total->bytes_before += part.bytes_before;
  total->saved_bytes.low += part.saved_bytes.low;
  total->saved_bytes.likely += part.saved_bytes.likely;
  total->saved_bytes.high += part.saved_bytes.high;
  total->seconds.low += part.seconds.low;
  total->seconds.likely += part.seconds.likely;
  total->seconds.high += part.seconds.high;
  p->result->looked_at += sum->looked_at;
  p->result->of_files += MAX(files, sum->looked_at);
  p->result->based_on = MAX(p->result->based_on, sum->based_on);
  double weight = sum->looked_at > 0 ? MAX((double)files / (double)sum->looked_at, 1) : 1;
  GHashTableIter iter;
  gpointer code, n;
  g_hash_table_iter_init(&iter, rest);
  while (g_hash_table_iter_next(&iter, &code, &n)) {
    int64_t before = GPOINTER_TO_SIZE(g_hash_table_lookup(p->rest, code));
    int64_t more = llround((double)GPOINTER_TO_SIZE(n) * weight);
    g_hash_table_insert(p->rest, code, GSIZE_TO_POINTER((gsize)(before + more)));
  }
}

static bool look_at_all(Predicting *p, const GPtrArray *files, int64_t of_files, const Root *root, const Profile *profile,
                        GError **error)
{
  ForecastSum sum = {0};
  g_autoptr(GHashTable) rest = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < files->len; i++) {
    if (i % CANCEL_EVERY == 0 && p->cancel && cancel_is_set(p->cancel))
      return fail(error, REEVE_ERROR_CANCELLED, "The prediction was cancelled.");
    look_at(p, files->pdata[i], root, profile, &sum, rest);
  }
  add_part(p, &sum, rest, of_files);
  return true;
}

/* Root, profile and files are read before anything is computed, and the connection is given back. */
static bool predict_root(Predicting *p, int64_t root_id, int64_t profile_id, bool named, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_autoptr(GPtrArray) files = NULL;
  int64_t count = 0;
  {
    g_autoptr(DbConn) conn = db_acquire(p->desk->replace.db, error);
    if (!conn || !record_get(conn, &root_table, root_id, root, error))
      return false;
    if (profile_id == FIELD_NULL_INT)
      profile_id = root->profile_id;
    if (profile_id == FIELD_NULL_INT)
      return !named || fail(error, REEVE_ERROR_INVALID, "Name a profile: the root %s has none of its own.", root->path);
    if (!record_get(conn, &profile_table, profile_id, profile, error) || !file_ready_count(conn, root_id, &count, error))
      return false;
    int64_t stride = MAX((count + PREDICTION_MOST - 1) / PREDICTION_MOST, 1);
    files = file_sample(conn, root_id, stride, profile_id, profile->version, error);
  }
  return files && look_at_all(p, files, count, root, profile, error);
}

static bool predict_roots(Predicting *p, int64_t profile_id, GError **error)
{
  g_autoptr(GPtrArray) roots = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(p->desk->replace.db, error);
    roots = conn ? record_all(conn, &root_table, NULL, error) : NULL;
  }
  for (guint i = 0; roots && i < roots->len; i++)
    if (!predict_root(p, ((const Root *)roots->pdata[i])->id, profile_id, false, error))
      return false;
  return roots != NULL;
}

/* Each file with its own root's profile; of many, every n-th. */
static bool predict_file(Predicting *p, int64_t file_id, int64_t profile_id, ForecastSum *sum, GHashTable *rest, GError **error)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(Profile) profile = record_new(&profile_table);
  FileSample *sample = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(p->desk->replace.db, error);
    if (!conn || !record_get(conn, &file_table, file_id, file, error) ||
        !record_get(conn, &root_table, file->root_id, root, error))
      return false;
    if (profile_id == FIELD_NULL_INT && (profile_id = root->profile_id) == FIELD_NULL_INT)
      return fail(error, REEVE_ERROR_INVALID, "Name a profile: the root %s has none of its own.", root->path);
    if (!record_get(conn, &profile_table, profile_id, profile, error))
      return false;
    if (file->state == FILE_READY && !(sample = file_sample_of(conn, file_id, profile_id, profile->version, error)))
      return false;
  }
  if (sample) {
    look_at(p, sample, root, profile, sum, rest);
    record_free(&file_sample_table, sample);
  } else {
    forecast_add_left(sum);
    count_rest(rest, enum_name(&skip_code_table, SKIP_DAMAGED));
  }
  return true;
}

static bool predict_files(Predicting *p, const PredictionRequest *request, GError **error)
{
  ForecastSum sum = {0};
  g_autoptr(GHashTable) rest = g_hash_table_new(g_str_hash, g_str_equal);
  size_t stride = MAX((request->n_files + PREDICTION_MOST - 1) / PREDICTION_MOST, 1);
  for (size_t i = 0; i < request->n_files; i += stride) {
    if (p->cancel && cancel_is_set(p->cancel))
      return fail(error, REEVE_ERROR_CANCELLED, "The prediction was cancelled.");
    if (!predict_file(p, request->file_ids[i], request->profile_id, &sum, rest, error))
      return false;
  }
  add_part(p, &sum, rest, (int64_t)request->n_files);
  return true;
}

static int compare_rest(const void *a, const void *b)
{
  const PredictionRest *x = *(PredictionRest *const *)a, *y = *(PredictionRest *const *)b;
  return x->files != y->files ? (x->files < y->files ? 1 : -1) : strcmp(x->code, y->code);
}

static void finish(Predicting *p)
{
  Prediction *result = p->result;
  const ForecastTotal *total = &p->total;
  g_free(result->summary);
  result->summary = forecast_words(total);
  result->files = total->encode;
  result->files_left = total->left + total->doubtful;
  result->bytes_before = llround(total->bytes_before);
  result->saved_min_bytes = llround(total->saved_bytes.low);
  result->saved_bytes = llround(total->saved_bytes.likely);
  result->saved_max_bytes = llround(total->saved_bytes.high);
  result->seconds_min = total->seconds.low;
  result->seconds = total->seconds.likely;
  result->seconds_max = total->seconds.high;
  result->slots = p->slots;
  if (!result->left)
    result->left = records_new(&prediction_rest_table);
  GHashTableIter iter;
  gpointer code, n;
  g_hash_table_iter_init(&iter, p->rest);
  while (g_hash_table_iter_next(&iter, &code, &n)) {
    PredictionRest *rest = record_new(&prediction_rest_table);
    record_clear(&prediction_rest_table, rest);
    *rest = (PredictionRest){.code = g_strdup(code), .reason = g_strdup(rest_words(code)), .files = GPOINTER_TO_SIZE(n)};
    g_ptr_array_add(result->left, rest);
  }
  g_ptr_array_sort(result->left, compare_rest);
}

bool transcode_predict(TranscodeDesk *desk, const PredictionRequest *request, const CapabilitySet *capabilities, Cancel *cancel,
                       Prediction *ret_prediction, GError **error)
{
  g_autoptr(GPtrArray) past = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
    past = conn ? history_past(conn, PAST_MOST, error) : NULL;
  }
  if (!past)
    return false;
  Prediction prediction;
  record_init(&prediction_table, &prediction);
  g_autoptr(ForecastBook) book = forecast_book_new(past);
  g_autoptr(GHashTable) rest = g_hash_table_new(g_str_hash, g_str_equal);
  Predicting p = {.desk = desk,
                  .capabilities = capabilities,
                  .cancel = cancel,
                  .book = book,
                  .rest = rest,
                  .result = &prediction,
                  .slots = MAX(request->slots, 1)};
  bool ok = request->n_files > 0                 ? predict_files(&p, request, error)
            : request->root_id != FIELD_NULL_INT ? predict_root(&p, request->root_id, request->profile_id, true, error)
                                                 : predict_roots(&p, request->profile_id, error);
  if (!ok) {
    record_clear(&prediction_table, &prediction);
    return false;
  }
  ForecastError off = forecast_error(past);
  prediction.size_error_percent = off.size_percent;
  prediction.time_error_percent = off.time_percent;
  prediction.compared = off.compared;
  finish(&p);
  *ret_prediction = prediction;
  return true;
}

bool desk_forecast(TranscodeDesk *desk, const DeskCase *it, const EncodePlan *plan, Forecast *ret_forecast, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  g_autoptr(GPtrArray) past = conn ? history_past(conn, PAST_MOST, error) : NULL;
  if (!past)
    return false;
  g_autoptr(ForecastBook) book = forecast_book_new(past);
  *ret_forecast = forecast_file(book, it->profile.name, plan, it->media);
  return true;
}
