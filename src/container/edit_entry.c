/* Decides how an edit in progress is kept. Test: tests/unit/container/test_edit_entry.c */
#include "container/edit_entry.h"

#include "base/error.h"
#include "wire/json.h"

#include <string.h>

/* Base64 takes 4 bytes for 3. */
enum { MAX_BASE64_BYTES = EDIT_MAX_BYTES / 3 * 4 + 8, MAX_RANGES = EDIT_MAX_BYTES };

static const Field edit_entry_range_fields[] = {
    FIELD_INT(EditEntryRange, offset, .max = -1, .help = "First byte of the file."),
    FIELD_TEXT(EditEntryRange, before, .max = MAX_BASE64_BYTES, .help = "What stood there, in base64."),
    FIELD_TEXT(EditEntryRange, after, .max = MAX_BASE64_BYTES, .help = "What is to stand there, in base64."),
};
static const FieldTable edit_entry_range_table = FIELD_TABLE(EditEntryRange, "EditEntryRange", NULL, edit_entry_range_fields);

static const Field edit_entry_fields[] = {
    FIELD_TEXT(EditEntry, path, .flags = FIELD_REQUIRED, .max = 4 * 4096, .help = "The file, escaped."),
    FIELD_INT(EditEntry, device, .help = "Its device before the edit."),
    FIELD_INT(EditEntry, inode, .flags = FIELD_REQUIRED, .help = "Its inode."),
    FIELD_INT(EditEntry, size_bytes, .flags = FIELD_REQUIRED, .max = -1, .help = "Its size, which the edit keeps."),
    FIELD_INT(EditEntry, mtime_ns, .help = "Its time of change before the edit."),
    FIELD_RECORDS(EditEntry, ranges, edit_entry_range_table, .flags = FIELD_REQUIRED, .min = 1, .max = MAX_RANGES,
                  .help = "What is overwritten."),
};
const FieldTable edit_entry_table = FIELD_TABLE(EditEntry, "EditEntry", NULL, edit_entry_fields);

/* Bytes from 0x80 up stand for themselves where they are valid UTF-8. */
static char *escape_path(const char *path)
{
  char high[129] = "";
  for (int i = 0; i < 128; i++)
    high[i] = (char)(0x80 + i);
  return g_strescape(path, g_utf8_validate(path, -1, NULL) ? high : NULL);
}

static char *to_base64(GBytes *bytes)
{
  gsize length;
  const void *data = g_bytes_get_data(bytes, &length);
  return g_base64_encode(data, length);
}

EditEntry *edit_entry_new(const char *path, const EditPlan *plan)
{
  EditEntry *entry = record_new(&edit_entry_table);
  g_autofree char *absolute = g_canonicalize_filename(path, NULL);
  g_free(entry->path);
  entry->path = escape_path(absolute);
  entry->device = plan->seen.device;
  entry->inode = plan->seen.inode;
  entry->size_bytes = plan->seen.size_bytes;
  entry->mtime_ns = plan->seen.mtime_ns;
  if (!entry->ranges)
    entry->ranges = records_new(&edit_entry_range_table);
  for (guint i = 0; i < plan->ranges->len; i++) {
    const EditRange *from = plan->ranges->pdata[i];
    EditEntryRange *to = record_new(&edit_entry_range_table);
    to->offset = from->offset;
    g_free(to->before);
    g_free(to->after);
    to->before = to_base64(from->before);
    to->after = to_base64(from->after);
    g_ptr_array_add(entry->ranges, to);
  }
  return entry;
}

void edit_entry_free(EditEntry *entry)
{
  record_free(&edit_entry_table, entry);
}

char *edit_entry_path(const EditEntry *entry)
{
  return g_strcompress(entry->path ? entry->path : "");
}

static GBytes *from_base64(const char *text)
{
  gsize length;
  guchar *data = g_base64_decode(text ? text : "", &length);
  return g_bytes_new_take(data, length);
}

GPtrArray *edit_entry_ranges(const EditEntry *entry, GError **error)
{
  g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)edit_range_free);
  int64_t end = 0;
  for (guint i = 0; entry->ranges && i < entry->ranges->len; i++) {
    const EditEntryRange *from = entry->ranges->pdata[i];
    EditRange *range = g_new0(EditRange, 1);
    *range = (EditRange){from->offset, from_base64(from->before), from_base64(from->after)};
    g_ptr_array_add(ranges, range);
    int64_t length = (int64_t)g_bytes_get_size(range->before);
    if (length == 0 || length != (int64_t)g_bytes_get_size(range->after) || range->offset < end ||
        range->offset > entry->size_bytes - length) {
      fail(error, REEVE_ERROR_CORRUPT, "The journal of an interrupted edit of \"%s\" is damaged.", entry->path);
      return NULL;
    }
    end = range->offset + length;
  }
  return g_steal_pointer(&ranges);
}

char *edit_entry_text(const EditEntry *entry)
{
  g_autoptr(json_t) json = json_from_record(&edit_entry_table, entry, JSON_FULL);
  return json_text(json);
}

EditEntry *edit_entry_parse(const char *text, size_t length, GError **error)
{
  g_autoptr(GError) reason = NULL;
  g_autoptr(json_t) json = json_parse(text, length, &reason);
  g_autoptr(EditEntry) entry = record_new(&edit_entry_table);
  if (!json || !json_to_record(&edit_entry_table, json, JSON_CREATE, entry, NULL, &reason)) {
    fail(error, REEVE_ERROR_CORRUPT, "The journal of an interrupted edit cannot be read: %s", reason->message);
    return NULL;
  }
  return g_steal_pointer(&entry);
}
