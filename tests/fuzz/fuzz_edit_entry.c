/* An edit's journal entry, as a crash or a stranger may have left it. */
#include "container/edit_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(EditEntry) entry = edit_entry_parse((const char *)data, size, NULL);
  g_autoptr(GPtrArray) ranges = entry ? edit_entry_ranges(entry, NULL) : NULL;
  int64_t end = 0;
  for (guint i = 0; ranges && i < ranges->len; i++) {
    const EditRange *range = ranges->pdata[i];
    g_assert_true(range->offset >= end && g_bytes_get_size(range->before) == g_bytes_get_size(range->after));
    end = range->offset + (int64_t)g_bytes_get_size(range->after);
    g_assert_true(end <= entry->size_bytes);
  }
  return 0;
}
