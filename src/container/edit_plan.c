/* Decides which bytes differ and that they are few. Test: tests/unit/container/test_edit_plan.c */
#include "container/edit_plan.h"

#include <string.h>

static const EnumRow edit_action_rows[] = {
    {EDIT_NOTHING, "nothing", "The file is as wanted"},
    {EDIT_IN_PLACE, "in-place", "A few bytes are rewritten where they stand"},
    {EDIT_REMUX, "remux", "The streams must be copied into a new file"},
};
const EnumTable edit_action_table = ENUM_TABLE("EditAction", edit_action_rows);

static const Field edit_plan_fields[] = {
    FIELD_ENUM(EditPlan, action, edit_action_table, .help = "What will be done."),
    FIELD_TEXT(EditPlan, reason, .help = "Why, in a sentence."),
    FIELD_INT(EditPlan, bytes, .help = "Bytes that will be written."),
};
const FieldTable edit_plan_table = FIELD_TABLE(EditPlan, "EditPlan", NULL, edit_plan_fields);

/* Equal bytes between two changes that are written along rather than split: a range costs a write. */
enum { MERGE_GAP_BYTES = 64 };

void edit_range_free(EditRange *range)
{
  g_bytes_unref(range->before);
  g_bytes_unref(range->after);
  g_free(range);
}

EditPlan *edit_plan_new(EditAction action, char *reason, const TrackEdit *edits, size_t n_edits)
{
  EditPlan *plan = g_new0(EditPlan, 1);
  plan->action = action;
  plan->reason = reason;
  plan->ranges = g_ptr_array_new_with_free_func((GDestroyNotify)edit_range_free);
  plan->edits = g_array_new(FALSE, FALSE, sizeof(TrackEdit));
  if (n_edits > 0)
    g_array_append_vals(plan->edits, edits, (guint)n_edits);
  return plan;
}

void edit_plan_free(EditPlan *plan)
{
  if (!plan)
    return;
  g_free(plan->reason);
  g_ptr_array_unref(plan->ranges);
  g_array_unref(plan->edits);
  g_free(plan);
}

void edit_plan_add(EditPlan *plan, int64_t offset, const void *before, const void *after, size_t length)
{
  const uint8_t *old = before, *new = after;
  size_t at = 0;
  while (at < length) {
    if (old[at] == new[at]) {
      at++;
      continue;
    }
    size_t end = at + 1; /* behind the last byte that differs */
    for (size_t i = end; i < length && i < end + MERGE_GAP_BYTES; i++)
      if (old[i] != new[i])
        end = i + 1;
    EditRange *range = g_new0(EditRange, 1);
    *range = (EditRange){offset + (int64_t)at, g_bytes_new(old + at, end - at), g_bytes_new(new + at, end - at)};
    g_ptr_array_add(plan->ranges, range);
    at = end;
  }
}

static int compare_ranges(const void *a, const void *b)
{
  const EditRange *left = *(EditRange *const *)a, *right = *(EditRange *const *)b;
  return (left->offset > right->offset) - (left->offset < right->offset);
}

static void turn_to_remux(EditPlan *plan, char *reason)
{
  g_free(plan->reason);
  plan->reason = reason;
  plan->action = EDIT_REMUX;
  plan->bytes = 0;
  g_ptr_array_set_size(plan->ranges, 0);
}

void edit_plan_finish(EditPlan *plan)
{
  g_ptr_array_sort(plan->ranges, compare_ranges);
  int64_t end = 0;
  bool overlap = false;
  for (guint i = 0; i < plan->ranges->len; i++) {
    const EditRange *range = plan->ranges->pdata[i];
    overlap |= range->offset < end;
    end = range->offset + (int64_t)g_bytes_get_size(range->after);
    plan->bytes += (int64_t)g_bytes_get_size(range->after);
  }
  if (overlap)
    turn_to_remux(plan, g_strdup("Parts of the file's header lie inside each other, so that none can be changed alone."));
  else if (plan->bytes > EDIT_MAX_BYTES)
    turn_to_remux(plan, g_strdup_printf("Making room would rewrite %" G_GINT64_FORMAT
                                        " bytes of the header, more than is done in place.",
                                        plan->bytes));
}

bool edit_plan_apply(const EditPlan *plan, void *bytes, size_t length)
{
  for (guint i = 0; i < plan->ranges->len; i++) {
    const EditRange *range = plan->ranges->pdata[i];
    gsize n;
    const void *before = g_bytes_get_data(range->before, &n);
    if (range->offset < 0 || (uint64_t)range->offset > length || n > length - (size_t)range->offset ||
        memcmp((char *)bytes + range->offset, before, n) != 0)
      return false;
  }
  for (guint i = 0; i < plan->ranges->len; i++) {
    const EditRange *range = plan->ranges->pdata[i];
    gsize n;
    const void *after = g_bytes_get_data(range->after, &n);
    memcpy((char *)bytes + range->offset, after, n);
  }
  return true;
}
