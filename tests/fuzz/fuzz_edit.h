/* What the fuzz targets of track edits share: the first four bytes choose two edits, the rest is the file. Whatever it is, a plan
 * must keep its promises: only planned bytes change, few of them, the result is a file that reads as wanted, and one whose
 * structure was right has a right one after. */
#pragma once

#include "container/track_edit.h"
#include "structure.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_CHOICE_BYTES = 4 };

static TrackEdit fuzz_edit(const uint8_t choice[2])
{
  int wishes = choice[1];
  return (TrackEdit){
      .track = choice[0] % 8,
      .is_default = wishes % 3,
      .is_forced = wishes / 3 % 3,
      .is_commentary = wishes / 9 % 3,
      .is_hearing_impaired = wishes / 27 % 3,
  };
}

static void fuzz_check_written(const EditPlan *plan, const TrackList *before, const uint8_t *file, size_t length)
{
  ByteSource source = byte_source_memory(file, length);
  const TrackEdit *edits = (const TrackEdit *)plan->edits->data;
  g_autoptr(TrackList) after = tracks_parse(&source, NULL);
  g_assert_nonnull(after);
  g_assert_true(track_list_satisfies(after, edits, plan->edits->len, NULL));
  for (size_t i = 0; i < plan->edits->len; i++)
    for (int flag = 0; flag < TRACK_N_FLAGS; flag++)
      if (track_edit_wish(&edits[i], flag) != WISH_LEAVE)
        track_set_flag(before->tracks->pdata[edits[i].track], flag, track_edit_wish(&edits[i], flag) == WISH_ON);
  g_assert_true(record_equal(&track_list_table, before, after));
  g_autoptr(EditPlan) again = edit_plan_make(&source, edits, plan->edits->len, NULL);
  g_assert_true(again && again->action == EDIT_NOTHING);
}

static void fuzz_edit_file(const uint8_t *choices, const uint8_t *original, size_t length)
{
  const TrackEdit edits[] = {fuzz_edit(choices), fuzz_edit(choices + 2)};
  ByteSource source = byte_source_memory(original, length);
  GError *error = NULL;
  g_autoptr(TrackList) before = tracks_parse(&source, &error);
  g_assert_true((before == NULL) == (error != NULL));
  g_clear_error(&error);
  g_autoptr(EditPlan) plan = edit_plan_make(&source, edits, 1 + (edits[0].track != edits[1].track), &error);
  g_assert_true((plan == NULL) == (error != NULL));
  g_clear_error(&error);
  if (!plan || plan->action != EDIT_IN_PLACE)
    return;
  g_assert_true(plan->bytes <= EDIT_MAX_BYTES && plan->ranges->len > 0);
  g_autofree uint8_t *file = g_memdup2(original, length);
  g_assert_true(edit_plan_apply(plan, file, length));
  fuzz_check_written(plan, before, file, length);
  g_autofree char *problem_before = structure_problem(original, length);
  g_autofree char *problem_after = problem_before ? NULL : structure_problem(file, length);
  g_assert_cmpstr(problem_after, ==, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size > FUZZ_CHOICE_BYTES)
    fuzz_edit_file(data, data + FUZZ_CHOICE_BYTES, size - FUZZ_CHOICE_BYTES);
  return 0;
}
