/* Any bytes as a message of Sonarr, Radarr or Lidarr: what is read must be a record that survives a round trip, and no path in
 * it, mapped, may be anything but one of ours. */
#include "connect/path_map.h"
#include "connect/webhook.h"
#include "wire/json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *theirs)
{
  PathMapping mappings[] = {{.from = (char *)"/tv", .to = (char *)"/mnt/tv"}, {.from = (char *)"D:\\", .to = (char *)"/mnt/d"}};
  gpointer items[] = {&mappings[0], &mappings[1]};
  GPtrArray list = {.pdata = items, .len = G_N_ELEMENTS(items)};
  g_autofree char *reason = NULL, *ours = path_map(&list, theirs, &reason);
  g_assert_true((ours == NULL) == (reason != NULL));
  g_assert_true(!reason || g_str_has_suffix(reason, "."));
  g_assert_true(!ours || (ours[0] == '/' && !strstr(ours, "//") && !g_str_has_suffix(ours, "/..") && !strstr(ours, "/../")));
  g_autofree char *again_reason = NULL, *again = ours ? path_map(NULL, ours, &again_reason) : NULL;
  g_assert_cmpstr(ours, ==, again); /* already as it should be */
}

static void check_files(const WebhookEvent *event, const GPtrArray *files)
{
  for (guint i = 0; i < files->len; i++) {
    const WebhookFile *file = g_ptr_array_index(files, i);
    check_path(file->path);
    check_path(file->previous_path);
    g_autofree char *key = webhook_key(event, file);
    g_assert_cmpuint(strlen(key), <=, 80);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  WebhookEvent event;
  g_autoptr(GError) error = NULL;
  if (!webhook_read(WEBHOOK_SONARR, (const char *)data, size, &event, &error)) {
    g_assert_nonnull(error);
    return 0;
  }
  check_files(&event, event.files);
  check_files(&event, event.deleted_files);
  check_path(event.folder);

  WebhookEvent back;
  record_init(&webhook_event_table, &back);
  g_autoptr(json_t) object = json_from_record(&webhook_event_table, &event, JSON_FULL);
  json_to_record(&webhook_event_table, object, JSON_TRUSTED, &back, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(record_equal(&webhook_event_table, &event, &back));
  record_clear(&webhook_event_table, &event);
  record_clear(&webhook_event_table, &back);
  return 0;
}
