/* The swap of a replacement: which single step comes next, decided from what lies on disk and nothing else, and the loop that
 * takes the steps. No step is remembered: after a crash the same look gives the step that was under way, so going on and
 * recovering are one piece of code.
 *
 * Private to replace*.c and trash*.c.
 *
 * Thread-safety: swap_next_step is pure; swap_run needs the stage lock (replace_lock.h) so that no two callers act on one
 * replacement. */
#pragma once

#include "store/replacement.h"
#include "sys/fs.h"

/* The names that a swap moves files between. */
typedef enum {
  PLACE_LIBRARY, /* source_path: the library's name for the original */
  PLACE_TARGET,  /* target_path, where it is another name than source_path */
  PLACE_STAGE,   /* stage_path: where the new file was made */
  PLACE_OLD,     /* a name in the stage directory for an original that has no other place */
  PLACE_TRASH,   /* trash_path, where the original is kept */
  N_PLACES,
} Place;

typedef enum {
  HOLDS_NOTHING,
  HOLDS_SOURCE,  /* the original as it was staged; in a trash of another file system, a whole copy of it */
  HOLDS_STAGED,  /* the new file, whole */
  HOLDS_CHANGED, /* the original's inode, written to since */
  HOLDS_BROKEN,  /* the new file's inode, but not its bytes */
  HOLDS_OTHER,   /* a stranger's file */
  N_OCCUPANTS,
} Occupant;

typedef struct {
  Occupant at[N_PLACES];
  bool same_name;              /* the target is the library's name; at[PLACE_TARGET] is then HOLDS_NOTHING and unused */
  bool aliased;                /* both names lead to one entry of a case-insensitive directory, which counts as PLACE_LIBRARY's */
  bool keeps_original;         /* there is a trash place */
  bool trash_elsewhere;        /* on another file system: the original is copied there, not moved */
  bool trash_ready;            /* the directory of the trash place exists */
  bool can_exchange, can_link; /* not yet known that the file system cannot */
} SwapLook;

typedef enum {
  STEP_DONE,       /* the new file has the target name, the original is kept where it should be */
  STEP_UNDONE,     /* the library's name is as it was, or somebody else's doing; nothing of ours is in the way */
  STEP_STUCK,      /* only a person can say what is right; nothing is changed */
  STEP_MAKE_TRASH, /* makes the directory of the trash place */
  STEP_COPY,       /* a verified, fsynced copy of `from` at `to` */
  STEP_LINK,       /* a second name */
  STEP_EXCHANGE,   /* both files change names at once */
  STEP_MOVE,       /* rename; `to` is free */
  STEP_MOVE_OVER,  /* rename; what `to` held has another name elsewhere, or is broken */
  STEP_REMOVE,     /* unlinks `from`, whose bytes have another name */
} StepKind;

typedef struct {
  StepKind kind;
  Place from, to;
  const char *why; /* for UNDONE and STUCK: part of a sentence, after "…: " */
} SwapStep;

typedef enum {
  SWAP_FORWARD, /* finish, where the new file is there whole; else put the original back */
  SWAP_BACK,    /* put the original back while the new file does not have the target name yet */
} SwapDirection;

/* Decides the next step. Pure. Each step leaves the original's bytes under some name of the look; repeating look and step ends
 * at DONE, UNDONE or STUCK. */
SwapStep swap_next_step(const SwapLook *look, SwapDirection direction);

typedef struct {
  bool is_done;     /* DONE, else UNDONE */
  bool is_trashed;  /* the trash place holds the original */
  FileStat trashed; /* of it */
  const char *why;  /* as in SwapStep */
} SwapEnd;

/* Takes steps until DONE or UNDONE, each followed by the fsync of the directories it changed. CONFLICT if it is STUCK; other
 * errors are the file system's. */
bool swap_run(const Replacement *replacement, SwapDirection direction, SwapEnd *ret_end, GError **error);

/* Looks at every place. Fails, rather than guessing, if one cannot be looked at. `ret_trashed` may be NULL. */
bool swap_look(const Replacement *replacement, SwapLook *ret_look, FileStat *ret_trashed, GError **error);

/* True if the file at `path` is the original that `replacement` recorded and did not change: same size and mtime, and the same
 * device and inode or, where those numbers do not survive a mount, the same fingerprint. NOT_FOUND if nothing is there. */
bool swap_is_source(const Replacement *replacement, const char *path, bool *ret_same, GError **error);

/* The new file, whole: size and fingerprint agree. */
bool swap_is_staged(const Replacement *replacement, const char *path, bool *ret_same, GError **error);
