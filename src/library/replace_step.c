/* Decides which step of a swap comes next, from what the names hold now: the pure half of the replacement journal.
 * Test: tests/unit/library/test_replace_step.c, which walks every state that crashes and strangers can bring about. */
#include "library/replace_swap.h"

static SwapStep step(StepKind kind, Place from, Place to)
{
  return (SwapStep){.kind = kind, .from = from, .to = to};
}

static SwapStep end(StepKind kind, const char *why)
{
  return (SwapStep){.kind = kind, .why = why};
}

static bool holds(const SwapLook *look, Place place, Occupant occupant)
{
  return look->at[place] == occupant;
}

/* The original, be it as it was or written to by someone who had it open. */
static bool holds_original(const SwapLook *look, Place place)
{
  return holds(look, place, HOLDS_SOURCE) || holds(look, place, HOLDS_CHANGED);
}

static bool holds_unexpected(const SwapLook *look, Place place)
{
  return holds(look, place, HOLDS_OTHER) || holds(look, place, HOLDS_CHANGED);
}

static Occupant at_target(const SwapLook *look)
{
  return look->at[look->same_name ? PLACE_LIBRARY : PLACE_TARGET];
}

static bool is_trash_taken(const SwapLook *look)
{
  return look->keeps_original && !holds(look, PLACE_TRASH, HOLDS_NOTHING) && !holds_original(look, PLACE_TRASH);
}

/* Takes the original off the library's name. It is moved and not unlinked, so that a stranger's file that got there since the
 * look is caught and put back instead of lost. A name of ours that already holds it is what a rename made of link and unlink left
 * half done: it goes first. */
static SwapStep retire_library(const SwapLook *look)
{
  if (holds(look, PLACE_OLD, HOLDS_NOTHING))
    return step(STEP_MOVE, PLACE_LIBRARY, PLACE_OLD);
  if (holds(look, PLACE_OLD, HOLDS_SOURCE))
    return step(STEP_REMOVE, PLACE_OLD, PLACE_OLD);
  return end(STEP_STUCK, "a file of another program is in the temporary directory");
}

/* Fills the trash from where the original is now, if it should be there and is not. False if nothing is left to do. */
static bool fill_trash(const SwapLook *look, Place from, SwapStep *ret_step)
{
  if (!look->keeps_original || holds_original(look, PLACE_TRASH))
    return false;
  if (is_trash_taken(look))
    *ret_step = end(STEP_STUCK, "its place in the trash is taken by another file");
  else if (!look->trash_ready)
    *ret_step = step(STEP_MAKE_TRASH, PLACE_TRASH, PLACE_TRASH);
  else
    *ret_step = step(look->trash_elsewhere ? STEP_COPY : STEP_MOVE, from, PLACE_TRASH);
  return true;
}

/* The library's name holds nothing, or a new file of ours that must go: the original comes back from wherever it is. */
static SwapStep put_back(const SwapLook *look, StepKind move)
{
  if (holds_original(look, PLACE_STAGE))
    return step(move, PLACE_STAGE, PLACE_LIBRARY);
  if (holds_original(look, PLACE_OLD))
    return step(move, PLACE_OLD, PLACE_LIBRARY);
  if (holds_original(look, PLACE_TRASH))
    return look->trash_elsewhere ? step(STEP_COPY, PLACE_TRASH, PLACE_OLD) : step(move, PLACE_TRASH, PLACE_LIBRARY);
  return move == STEP_MOVE_OVER ? end(STEP_STUCK, "the new file is damaged and the original is nowhere to be found")
                                : end(STEP_UNDONE, "neither the original nor the new file can be found");
}

static const char *const why_changed = "the file changed, or was replaced by another program, since the work on it began";

/* Somebody else's file has the library's name: it stays, and so does the original, in the trash. */
static SwapStep give_way(const SwapLook *look)
{
  if (!holds_original(look, PLACE_STAGE) && !holds_original(look, PLACE_OLD))
    return end(STEP_UNDONE, why_changed);
  if (!look->keeps_original)
    return end(STEP_STUCK, "another program put a file under its name meanwhile; the original is in the temporary directory");
  SwapStep kept;
  return fill_trash(look, holds_original(look, PLACE_STAGE) ? PLACE_STAGE : PLACE_OLD, &kept) ? kept
                                                                                              : end(STEP_UNDONE, why_changed);
}

static const char *why_undone(const SwapLook *look)
{
  if (holds(look, PLACE_LIBRARY, HOLDS_CHANGED))
    return why_changed;
  if (!look->same_name && !look->aliased && holds_unexpected(look, PLACE_TARGET))
    return "another file has the new name";
  if (is_trash_taken(look))
    return "its place in the trash is taken by another file";
  if (!holds(look, PLACE_STAGE, HOLDS_STAGED))
    return "the new file is missing or damaged";
  return "it was given up";
}

static SwapStep go_back(const SwapLook *look)
{
  bool is_ours = at_target(look) == HOLDS_STAGED || at_target(look) == HOLDS_BROKEN;
  if (!look->same_name && is_ours)
    return holds(look, PLACE_STAGE, HOLDS_NOTHING) ? step(STEP_MOVE, PLACE_TARGET, PLACE_STAGE)
                                                   : step(STEP_REMOVE, PLACE_TARGET, PLACE_TARGET);
  switch (look->at[PLACE_LIBRARY]) {
  case HOLDS_SOURCE:
  case HOLDS_CHANGED:
    /* What we put into the trash is another name of the same file, or a copy that nobody needs. */
    return holds_original(look, PLACE_TRASH) ? step(STEP_REMOVE, PLACE_TRASH, PLACE_TRASH) : end(STEP_UNDONE, why_undone(look));
  case HOLDS_NOTHING:
    return put_back(look, STEP_MOVE);
  case HOLDS_STAGED:
  case HOLDS_BROKEN:
    return put_back(look, STEP_MOVE_OVER);
  default:
    return give_way(look);
  }
}

/* The new file has the target name: the original's turn. */
static SwapStep finish(const SwapLook *look)
{
  bool is_retired = holds_original(look, PLACE_OLD) || holds_original(look, PLACE_STAGE) ||
                    (holds_original(look, PLACE_TRASH) && !look->trash_elsewhere);
  bool is_strange = holds(look, PLACE_LIBRARY, HOLDS_OTHER) || holds(look, PLACE_LIBRARY, HOLDS_BROKEN);
  if (!look->same_name && (holds(look, PLACE_LIBRARY, HOLDS_CHANGED) || (is_strange && !is_retired)))
    return go_back(look);
  SwapStep kept;
  if (!look->same_name && holds(look, PLACE_LIBRARY, HOLDS_SOURCE)) {
    if (is_trash_taken(look))
      return go_back(look);
    if (look->keeps_original && !look->trash_ready)
      return step(STEP_MAKE_TRASH, PLACE_TRASH, PLACE_TRASH);
    return look->trash_elsewhere && fill_trash(look, PLACE_LIBRARY, &kept) ? kept : retire_library(look);
  }
  if (holds_original(look, PLACE_STAGE) && fill_trash(look, PLACE_STAGE, &kept))
    return kept;
  if (holds_original(look, PLACE_OLD) && fill_trash(look, PLACE_OLD, &kept))
    return kept;
  return end(STEP_DONE, NULL);
}

/* Same name: the original stays reachable and the name never stands empty, where the file system allows. */
static SwapStep take_name(const SwapLook *look)
{
  /* Best, because what was under the name is seen before anything is lost. */
  if (look->can_exchange)
    return step(STEP_EXCHANGE, PLACE_STAGE, PLACE_LIBRARY);
  Place keep = look->keeps_original && !look->trash_elsewhere ? PLACE_TRASH : PLACE_OLD;
  if (holds(look, keep, HOLDS_NOTHING) && look->can_link)
    return step(STEP_LINK, PLACE_LIBRARY, keep);
  if (holds(look, keep, HOLDS_SOURCE) || holds(look, PLACE_TRASH, HOLDS_SOURCE))
    return step(STEP_MOVE_OVER, PLACE_STAGE, PLACE_LIBRARY);
  return retire_library(look);
}

/* The new file is still in the stage directory. */
static SwapStep begin(const SwapLook *look)
{
  /* Nothing under either name: between the two renames of a file system that can do no better. */
  if (holds(look, PLACE_LIBRARY, HOLDS_NOTHING) && at_target(look) == HOLDS_NOTHING)
    return step(STEP_MOVE, PLACE_STAGE, look->same_name ? PLACE_LIBRARY : PLACE_TARGET);
  bool is_blocked = !look->same_name && at_target(look) != HOLDS_NOTHING;
  if (is_blocked || !holds(look, PLACE_LIBRARY, HOLDS_SOURCE) || is_trash_taken(look))
    return go_back(look);
  if (look->keeps_original && !look->trash_ready)
    return step(STEP_MAKE_TRASH, PLACE_TRASH, PLACE_TRASH);
  if (look->trash_elsewhere && holds(look, PLACE_TRASH, HOLDS_NOTHING))
    return step(STEP_COPY, PLACE_LIBRARY, PLACE_TRASH);
  if (look->same_name)
    return take_name(look);
  return look->aliased ? retire_library(look) : step(STEP_MOVE, PLACE_STAGE, PLACE_TARGET);
}

SwapStep swap_next_step(const SwapLook *look, SwapDirection direction)
{
  /* A stranger's file that was caught by a move goes back first, whatever else is to be done. */
  if (holds(look, PLACE_LIBRARY, HOLDS_NOTHING) && holds_unexpected(look, PLACE_OLD))
    return step(STEP_MOVE, PLACE_OLD, PLACE_LIBRARY);
  if (look->same_name && holds(look, PLACE_LIBRARY, HOLDS_STAGED) && holds_unexpected(look, PLACE_STAGE))
    return look->can_exchange ? step(STEP_EXCHANGE, PLACE_STAGE, PLACE_LIBRARY)
                              : end(STEP_STUCK, "a file of another program was moved into the temporary directory");
  if (direction == SWAP_FORWARD && at_target(look) == HOLDS_STAGED)
    return finish(look);
  if (direction == SWAP_FORWARD && holds(look, PLACE_STAGE, HOLDS_STAGED))
    return begin(look);
  return go_back(look);
}
