/* What an edit will write, decided before anything is written: ranges of bytes, each with what stands there now and what will.
 *
 * Thread-safety: a plan is a plain value; nobody changes it once it is made. */
#pragma once

#include "container/track.h"
#include "sys/fs.h"

typedef enum {
  EDIT_NOTHING,  /* the file is as wanted */
  EDIT_IN_PLACE, /* `ranges` make it so; the size stays */
  EDIT_REMUX,    /* cannot be had without moving the file's content: copy its streams into a new file through the replacement
                  * journal; `reason` says why */
} EditAction;
extern const EnumTable edit_action_table; /* "nothing", "in-place", "remux" */

/* The most that an edit in place writes, as the sum of its ranges. */
enum { EDIT_MAX_BYTES = 64 * 1024 };

/* Bytes [offset, offset + length): `before` and `after` have that one length, never 0. */
typedef struct {
  int64_t offset;
  GBytes *before, *after;
} EditRange;

typedef struct {
  int action;        /* EditAction */
  char *reason;      /* a finished sentence for people: how room was made, or why it cannot be */
  int64_t bytes;     /* that will be written; 0 unless IN_PLACE */
  GPtrArray *ranges; /* EditRange, ascending, not overlapping; empty unless IN_PLACE */
  GArray *edits;     /* TrackEdit: what was asked for, to be checked again in the written file */
  FileStat seen;     /* the file as it was when it was read; zeros if it was read from memory */
} EditPlan;
extern const FieldTable edit_plan_table; /* action, reason and bytes, for people and for the API */

void edit_plan_free(EditPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EditPlan, edit_plan_free)

/* Writes the ranges into a copy of the whole file. False, with nothing written, if what stands there is not what the plan saw. */
bool edit_plan_apply(const EditPlan *plan, void *bytes, size_t length);

/* ---- for the planners ---- */

/* A plan without ranges. Takes a copy of the edits, and `reason`. */
EditPlan *edit_plan_new(EditAction action, char *reason, const TrackEdit *edits, size_t n_edits);

/* Adds the places where `after` differs from `before`, `length` bytes each, which stand at `offset`. May be called for places in
 * any order that do not overlap. */
void edit_plan_add(EditPlan *plan, int64_t offset, const void *before, const void *after, size_t length);

/* Sorts and sums the ranges. A plan over EDIT_MAX_BYTES, or one whose ranges overlap (a file whose structures lie inside each
 * other), becomes REMUX. */
void edit_plan_finish(EditPlan *plan);

void edit_range_free(EditRange *range);
