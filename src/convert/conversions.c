/* Decides what may be asked for and when it goes. Test: tests/unit/convert/test_conversions.c */
#include "convert/conversions_internal.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "convert/uploads_internal.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <string.h>

enum { EXPIRE_AT_ONCE = 1000 };

static const int64_t preset_keep_ms = 2 * 24 * 60 * 60 * 1000LL;
static const int64_t foreign_ms = 24 * 60 * 60 * 1000LL; /* what another server has is left to it for so long */

Conversions *conversions_new(const ConversionsParams *params)
{
  Conversions *it = g_new0(Conversions, 1);
  it->db = params->db;
  it->queue = params->queue;
  it->uploads = params->uploads;
  it->clock = params->clock;
  it->place = g_strdup(params->place);
  it->rules = (ConversionRules){.preset = convert_preset(CONVERT_PRESET_PRORES_PROXY), .keep_ms = preset_keep_ms};
  g_mutex_init(&it->lock);
  return it;
}

void conversions_free(Conversions *conversions)
{
  if (!conversions)
    return;
  g_free(conversions->place);
  g_mutex_clear(&conversions->lock);
  g_free(conversions);
}

static ConversionRules rules_now(Conversions *conversions)
{
  g_mutex_lock(&conversions->lock);
  ConversionRules rules = conversions->rules;
  g_mutex_unlock(&conversions->lock);
  return rules;
}

void conversions_set_rules(Conversions *conversions, const ConversionRules *rules)
{
  g_mutex_lock(&conversions->lock);
  conversions->rules = *rules;
  g_mutex_unlock(&conversions->lock);
}

ConvertChoice conversions_preset(Conversions *conversions)
{
  return rules_now(conversions).preset;
}

int64_t conversions_keep_ms(Conversions *conversions)
{
  return rules_now(conversions).keep_ms;
}

/* --- asking --- */

static void choose(const Upload *upload, const NewConversion *wanted, const ConversionRules *rules, Conversion *it)
{
  const ConvertChoice *choice = &wanted->choice;
  it->codec = choice->codec == FIELD_NULL_ENUM ? rules->preset.codec : choice->codec;
  it->resolution = choice->resolution == FIELD_NULL_ENUM ? rules->preset.resolution : choice->resolution;
  it->quality = choice->quality == FIELD_NULL_ENUM ? rules->preset.quality : choice->quality;
  g_free(it->name);
  it->name = recipe_name(upload->name, &(ConvertChoice){it->codec, it->resolution, it->quality});
}

/* The job knows what it is for by its row, which knows the job: so it has no payload. It is done where the file is. */
static bool add_job(Conversions *conversions, DbConn *conn, const Conversion *it, int64_t *ret_id, GError **error)
{
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(GStrvBuilder) needs = g_strv_builder_new();
  g_autofree char *place = conversions->place ? g_strconcat(QUEUE_PLACE_WORD, conversions->place, NULL) : NULL;
  g_strv_builder_add(needs, "server");
  if (place)
    g_strv_builder_add(needs, place);
  g_free(job->kind);
  g_free(job->title);
  g_free(job->payload);
  g_strfreev(job->needs);
  job->kind = g_strdup(CONVERT_JOB);
  job->title = g_strdup(it->name);
  job->payload = g_strdup("{}");
  job->needs = g_strv_builder_end(needs);
  job->state = JOB_PENDING;
  job->priority = PRIORITY_NORMAL;
  if (!queue_add(conversions->queue, conn, job, error))
    return false;
  *ret_id = job->id;
  return true;
}

static bool check_upload(const Upload *upload, GError **error)
{
  return upload->state == UPLOAD_COMPLETE ||
         fail(error, REEVE_ERROR_CONFLICT, "Not all of the upload %" G_GINT64_FORMAT " has come: send the rest first.",
              upload->id);
}

/* From here to the end of the transaction nobody deletes the upload; after it, the row keeps it. */
static bool hold_upload(DbConn *conn, int64_t id, GError **error)
{
  g_autoptr(Upload) upload = record_new(&upload_table);
  return record_lock(conn, &upload_table, id, upload, error) && check_upload(upload, error);
}

static bool insert(Conversions *conversions, Conversion *it, GError **error)
{
  failpoint("conversion.insert");
  {
    g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !hold_upload(conn, it->upload_id, error))
      return false;
    failpoint("conversion.locked");
    if (!add_job(conversions, conn, it, &it->job_id, error) || !record_insert(conn, &conversion_table, it, error) ||
        !db_commit(transaction, error))
      return false;
  }
  queue_publish(conversions->queue, it->job_id);
  return true;
}

bool conversions_create(Conversions *conversions, const NewConversion *wanted, Conversion *ret_conversion, GError **error)
{
  Upload upload;
  if (!uploads_get(conversions->uploads, wanted->upload_id, &upload, error))
    return false;
  ConversionRules rules = rules_now(conversions);
  int64_t now_ms = clock_now_ms(conversions->clock);
  g_autoptr(Conversion) it = record_new(&conversion_table);
  it->upload_id = upload.id;
  choose(&upload, wanted, &rules, it);
  g_free(it->directory);
  it->directory = uploads_new_path(conversions->uploads, "conversion");
  it->place = g_strdup(conversions->place);
  g_free(it->created_by);
  it->created_by = g_strdup(wanted->created_by);
  it->size_bytes = it->duration_ms = it->finished_at_ms = FIELD_NULL_INT;
  it->created_at_ms = now_ms;
  it->expires_at_ms = now_ms + rules.keep_ms;
  bool ok = insert(conversions, it, error);
  record_clear(&upload_table, &upload);
  return ok && conversions_get(conversions, it->id, ret_conversion, error);
}

/* --- looking --- */

bool conversions_get(Conversions *conversions, int64_t id, Conversion *ret_conversion, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
  return conn && conversion_row_get(conn, id, ret_conversion, error);
}

GPtrArray *conversions_page(Conversions *conversions, int64_t before_id, int64_t limit, int64_t *ret_next, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
  return conn ? conversion_row_page(conn, before_id, limit, ret_next, error) : NULL;
}

/* --- going --- */

static bool is_over(const Conversion *it)
{
  return it->state != CONVERSION_QUEUED && it->state != CONVERSION_PROCESSING;
}

bool conversions_cancel(Conversions *conversions, int64_t id, GError **error)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!conversions_get(conversions, id, it, error))
    return false;
  if (is_over(it))
    return fail(error, REEVE_ERROR_CONFLICT, "The conversion %" G_GINT64_FORMAT " is %s already.", id,
                enum_name(&conversion_state_table, it->state));
  return queue_cancel(conversions->queue, it->job_id, error);
}

/* Its files are here, if anywhere. */
static bool is_here(const Conversions *conversions, const Conversion *it)
{
  return !it->place || !conversions->place || strcmp(it->place, conversions->place) == 0;
}

static bool drop(Conversions *conversions, const Conversion *it, GError **error)
{
  if (!fs_remove_tree(it->directory, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
  return conn && record_delete(conn, &conversion_table, it->id, error);
}

/* A worker may have it, or its files are another server's: the row goes out of sight, and away with the next clean-up that finds
 * the job over. */
static bool discard(Conversions *conversions, const Conversion *it, GError **error)
{
  g_autoptr(GError) why = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
    if (!conn || !conversion_row_discard(conn, it->id, error))
      return false;
  }
  if (queue_cancel(conversions->queue, it->job_id, &why) || reeve_error_code(why) == REEVE_ERROR_CONFLICT ||
      reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return true; /* or it has ended by itself */
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

bool conversions_delete(Conversions *conversions, int64_t id, GError **error)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!conversions_get(conversions, id, it, error))
    return false;
  return is_over(it) && is_here(conversions, it) ? drop(conversions, it, error) : discard(conversions, it, error);
}

bool conversions_expire(Conversions *conversions, Cancel *cancel, int *ret_deleted, GError **error)
{
  int deleted = 0;
  int64_t now_ms = clock_now_ms(conversions->clock);
  g_autoptr(GPtrArray) rows = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
    rows = conn ? conversion_rows_expired(conn, now_ms, conversions_keep_ms(conversions), EXPIRE_AT_ONCE, error) : NULL;
  }
  for (guint i = 0; rows && i < rows->len && !cancel_is_set(cancel); i++) {
    const Conversion *it = rows->pdata[i];
    g_autoptr(GError) why = NULL;
    if (!is_here(conversions, it) && now_ms - it->expires_at_ms < foreign_ms)
      continue;
    if (drop(conversions, it, &why))
      deleted++;
    else if (reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) /* somebody deleted it meanwhile */
      g_warning("The expired conversion %" G_GINT64_FORMAT " is still there: %s", it->id, why->message);
  }
  if (rows && ret_deleted)
    *ret_deleted = deleted;
  return rows != NULL;
}
