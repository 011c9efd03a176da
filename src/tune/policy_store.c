/* Where the policy is kept. Test: tests/unit/tune/test_tune.c */
#include "tune/policy_store.h"

#include "store/setting.h"
#include "wire/json.h"

#include <string.h>

static const char setting_name[] = "audio_policy";

bool policy_load(DbConn *conn, AudioPolicy *ret_policy, GError **error)
{
  bool found = false;
  g_autoptr(GError) problem = NULL;
  g_autofree char *text = setting_get(conn, setting_name, &found, &problem);
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  if (!found)
    return true;
  g_autoptr(json_t) json = json_parse(text, strlen(text), error);
  return json && json_to_record(&audio_policy_table, json, JSON_TRUSTED, ret_policy, NULL, error);
}

bool policy_save(DbConn *conn, const AudioPolicy *policy, const Clock *clock, GError **error)
{
  g_autoptr(json_t) json = json_from_record(&audio_policy_table, policy, JSON_FULL);
  g_autofree char *text = json_text(json);
  return setting_put(conn, setting_name, text, clock, error);
}
