/* Whether a file has stopped growing (L4): a small state machine over what is seen of it, with the time at which it was seen.
 * Pure: whoever asks looks at the file, at the times that settle_next_ms gives.
 *
 * A file has settled when size, mtime and inode were the same for a whole window, in looks that are no further apart than the
 * window, while nobody had it open for writing and no unfinished download lay beside it. Times are of a monotonic clock: setting
 * the wall clock settles nothing. A gap between two looks that is longer than the window (the machine slept, and with it whoever
 * writes) begins the window anew.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/enum_table.h"
#include "sys/fs.h"
#include "sys/fs_writers.h"

typedef enum {
  SETTLE_NEW,        /* not looked at often enough yet */
  SETTLE_GROWS,      /* size or time changed at the last look */
  SETTLE_RESTS,      /* has not changed for a while, but not for the whole window */
  SETTLE_OPEN,       /* somebody has it open for writing */
  SETTLE_UNFINISHED, /* a download of its name lies beside it */
  SETTLE_EMPTY,      /* holds nothing so far */
  SETTLE_AWAY,       /* is not there */
} SettleReason;
extern const EnumTable settle_reason_table;

typedef enum {
  SETTLE_WAIT,
  SETTLE_TAKE, /* it has settled */
  SETTLE_GONE, /* it is not there, and did not come back for a window */
} SettleVerdict;

/* One look. */
typedef struct {
  bool exists;
  FileStat stat;     /* if it exists */
  FsWriters writers; /* as above */
  bool unfinished;   /* one of settle_companions is there */
} SettleLook;

/* What is remembered of one file. Begins as {0}. */
typedef struct {
  FileStat stat;                        /* of the last look */
  int64_t first_ms, last_ms, steady_ms; /* first look, last look, since when nothing has changed */
  bool looked, exists;
  SettleReason reason;
} Settle;

/* Takes a look at `now_ms` into account. `window_ms` is at least 1. Where writers cannot be known the file must rest for two
 * windows, an empty one for six: it may be a place holder. */
SettleVerdict settle_look(Settle *settle, const SettleLook *look, int64_t window_ms, int64_t now_ms);

/* When to look next, for a file that waits. */
int64_t settle_next_ms(const Settle *settle, int64_t window_ms);

/* Why it waits, as a sentence without the file's name. A constant. */
const char *settle_sentence(const Settle *settle);

/* True for names of files that are not finished, by the endings and beginnings that programs give them: "Film.mkv.part",
 * "Film.mkv.!qB", "Film.mkv.crdownload", "Film.mkv~", ".Film.mkv.xYz12". */
bool settle_is_partial(const char *name);

/* The names that a download of `name` under way would lie beside it with: "Film.mkv.part", … The caller frees it with
 * g_strfreev. */
char **settle_companions(const char *name);
