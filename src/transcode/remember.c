/* Remembers the quality that a search found, so that the second run of the same work makes no samples. The key is made of all
 * that decides about the result: the content, the very arguments of the samples' encode and filters (which is what of a profile
 * matters), the score asked for, and the version of ffmpeg with its encoders. Test: tests/unit/transcode/test_desk.c */
#include "transcode/remember.h"

#include "store/lookup_cache.h"
#include "wire/json.h"

#include <string.h>

/* Encoders inside of ffmpeg are updated without a word of ffmpeg's. */
static const int64_t kept_ms = INT64_C(90) * 24 * 3600 * 1000;

static char *key_of(const SoughtQuality *sought)
{
  char score[G_ASCII_DTOSTR_BUF_SIZE];
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  const char *parts[] = {sought->fingerprint, sought->capabilities->ffmpeg_version, sought->plan->filters,
                         enum_name(&quality_metric_table, sought->profile->target_metric),
                         g_ascii_dtostr(score, sizeof score, sought->profile->target_score)};
  for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
    g_checksum_update(sum, (const guchar *)(parts[i] ? parts[i] : ""), parts[i] ? (gssize)strlen(parts[i]) + 1 : 1);
  for (char **argument = sought->plan->sample; argument && *argument; argument++)
    g_checksum_update(sum, (const guchar *)*argument, (gssize)strlen(*argument) + 1);
  return g_strconcat("quality-search:", g_checksum_get_string(sum), NULL);
}

bool quality_recall(DbConn *conn, const SoughtQuality *sought, int64_t now_ms, QualityFound *ret_found, bool *ret_known,
                    GError **error)
{
  *ret_known = false;
  if (!sought->fingerprint)
    return true;
  g_autofree char *key = key_of(sought);
  g_autoptr(GError) why = NULL;
  g_autofree char *text = lookup_cache_get(conn, key, now_ms, &why);
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  g_autoptr(json_t) json = text ? json_parse(text, strlen(text), NULL) : NULL;
  record_init(&quality_found_table, ret_found);
  /* What another version wrote and this one does not read is looked for anew. */
  *ret_known =
      json && json_to_record(&quality_found_table, json, JSON_TRUSTED, ret_found, NULL, NULL) && quality_is_found(ret_found);
  return true;
}

bool quality_keep(DbConn *conn, const SoughtQuality *sought, const QualityFound *found, int64_t now_ms, GError **error)
{
  if (!sought->fingerprint || !quality_is_found(found))
    return true;
  g_autofree char *key = key_of(sought);
  g_autoptr(json_t) json = json_from_record(&quality_found_table, found, JSON_FULL);
  g_autofree char *text = json_text(json);
  return lookup_cache_put(conn, key, text, now_ms + kept_ms, error);
}
