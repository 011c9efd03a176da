/* Plans an edit of a file in memory, carries it out there, and holds the result to everything that is promised. For test
 * programs: all functions are static. */
#pragma once

#include "container/track_edit.h"
#include "structure.h"

#include <string.h>

static void assert_structure(const GByteArray *file)
{
  g_autofree char *problem = structure_problem(file->data, file->len);
  g_assert_cmpstr(problem, ==, NULL);
}

static GByteArray *copy_of(const GByteArray *file)
{
  return g_byte_array_append(g_byte_array_new(), file->data, file->len);
}

/* Every byte that differs lies in a range of the plan. */
static void assert_only_planned(const GByteArray *before, const GByteArray *after, const EditPlan *plan)
{
  g_autofree guint8 *restored = g_memdup2(after->data, after->len);
  g_assert_cmpuint(before->len, ==, after->len);
  for (guint i = 0; i < plan->ranges->len; i++) {
    const EditRange *range = plan->ranges->pdata[i];
    memcpy(restored + range->offset, g_bytes_get_data(range->before, NULL), g_bytes_get_size(range->before));
  }
  g_assert_cmpmem(restored, after->len, before->data, before->len);
}

/* All that is not a wish is as before. */
static void assert_same_but_flags(const TrackList *before, const TrackList *after, const TrackEdit *edits, size_t n_edits)
{
  TrackList copy;
  record_copy(&track_list_table, before, &copy);
  for (size_t i = 0; i < n_edits; i++)
    for (int flag = 0; flag < TRACK_N_FLAGS; flag++)
      if (track_edit_wish(&edits[i], flag) != WISH_LEAVE)
        track_set_flag(copy.tracks->pdata[edits[i].track], flag, track_edit_wish(&edits[i], flag) == WISH_ON);
  g_assert_true(record_equal(&track_list_table, &copy, after));
  record_clear(&track_list_table, &copy);
}

static EditPlan *edit_and_check(GByteArray *file, const TrackEdit *edits, size_t n_edits)
{
  GError *error = NULL;
  g_autoptr(GByteArray) before = copy_of(file);
  ByteSource source = byte_source_memory(file->data, file->len);
  assert_structure(file);
  g_autoptr(TrackList) list_before = tracks_parse(&source, NULL);
  EditPlan *plan = edit_plan_make(&source, edits, n_edits, &error);
  g_assert_no_error(error);
  g_test_message("  %s: %s (%d bytes)", enum_name(&edit_action_table, plan->action), plan->reason, (int)plan->bytes);
  g_assert_cmpint(plan->bytes, <=, EDIT_MAX_BYTES);
  g_assert_true((plan->action == EDIT_IN_PLACE) == (plan->ranges->len > 0));
  g_assert_true(edit_plan_apply(plan, file->data, file->len));
  assert_only_planned(before, file, plan);
  if (plan->action == EDIT_REMUX)
    return plan;
  assert_structure(file);
  g_autoptr(TrackList) list_after = tracks_parse(&source, &error);
  g_assert_no_error(error);
  assert_same_but_flags(list_before, list_after, edits, n_edits);
  g_autoptr(EditPlan) again = edit_plan_make(&source, edits, n_edits, &error);
  g_assert_no_error(error);
  g_assert_cmpint(again->action, ==, EDIT_NOTHING);
  return plan;
}
