/* When a file has stopped growing: each row is the life of a file, look by look. */
#include "library/settle.h"

#include <string.h>

enum { WINDOW = 1000, LOOKS_MAX = 16 };

/* At `at` (ms) the file is seen so; `size` -1: it is not there. */
typedef struct {
  int64_t at, size, mtime, inode;
  FsWriters writers;
  bool unfinished;
  SettleVerdict verdict;
  SettleReason reason;
} Moment;

typedef struct {
  const char *name;
  Moment moments[LOOKS_MAX]; /* ends with at == 0 after the first */
} Life;

#define SEEN(ms, bytes, time, v, r)                                                                                              \
  {                                                                                                                              \
    .at = (ms), .size = (bytes), .mtime = (time), .inode = 1, .verdict = (v), .reason = (r)                                      \
  }
#define AWAY(ms, v)                                                                                                              \
  {                                                                                                                              \
    .at = (ms), .size = -1, .verdict = (v), .reason = SETTLE_AWAY                                                                \
  }

static const Life lives[] = {
    {"stays as it is",
     {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(501, 9, 5, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(1001, 9, 5, SETTLE_TAKE, SETTLE_RESTS)}},
    {"one look is not enough, however old the file is", {SEEN(100000, 9, 5, SETTLE_WAIT, SETTLE_NEW)}},
    {"grows slowly",
     {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(901, 10, 6, SETTLE_WAIT, SETTLE_GROWS),
      SEEN(1801, 11, 7, SETTLE_WAIT, SETTLE_GROWS), SEEN(2701, 11, 7, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(2801, 11, 7, SETTLE_TAKE, SETTLE_RESTS)}},
    {"pauses for less than the window, and goes on",
     {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(901, 9, 5, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(1000, 12, 8, SETTLE_WAIT, SETTLE_GROWS), SEEN(1900, 12, 8, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(2000, 12, 8, SETTLE_TAKE, SETTLE_RESTS)}},
    {"is set up at its full size and filled: only the time moves",
     {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(801, 9, 6, SETTLE_WAIT, SETTLE_GROWS),
      SEEN(1601, 9, 7, SETTLE_WAIT, SETTLE_GROWS), SEEN(2601, 9, 7, SETTLE_TAKE, SETTLE_RESTS)}},
    {"its time jumps back, as a copying program sets it at the end",
     {SEEN(1, 9, 500, SETTLE_WAIT, SETTLE_NEW), SEEN(900, 9, 3, SETTLE_WAIT, SETTLE_GROWS),
      SEEN(1800, 9, 3, SETTLE_WAIT, SETTLE_RESTS), SEEN(1900, 9, 3, SETTLE_TAKE, SETTLE_RESTS)}},
    {"another file is renamed over it",
     {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW),
      {.at = 900, .size = 9, .mtime = 5, .inode = 2, .verdict = SETTLE_WAIT, .reason = SETTLE_GROWS},
      {.at = 1900, .size = 9, .mtime = 5, .inode = 2, .verdict = SETTLE_TAKE, .reason = SETTLE_RESTS}}},
    {"is renamed to its name at the end",
     {AWAY(1, SETTLE_WAIT), SEEN(500, 9, 5, SETTLE_WAIT, SETTLE_GROWS), SEEN(1000, 9, 5, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(1500, 9, 5, SETTLE_TAKE, SETTLE_RESTS)}},
    {"is deleted meanwhile", {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW), AWAY(600, SETTLE_WAIT), AWAY(1600, SETTLE_GONE)}},
    {"is deleted and comes back",
     {AWAY(1, SETTLE_WAIT), AWAY(900, SETTLE_WAIT), SEEN(1000, 7, 9, SETTLE_WAIT, SETTLE_GROWS),
      SEEN(2000, 7, 9, SETTLE_TAKE, SETTLE_RESTS)}},
    {"the machine sleeps: nobody looked, and nobody wrote",
     {SEEN(1, 9, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(3600001, 9, 5, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(3601001, 9, 5, SETTLE_TAKE, SETTLE_RESTS)}},
    {"the clock goes back",
     {SEEN(5000, 9, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(100, 9, 5, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(1100, 9, 5, SETTLE_TAKE, SETTLE_RESTS)}},
    {"is held open for long without a change",
     {{.at = 1, .size = 9, .mtime = 5, .inode = 1, .writers = FS_WRITERS_SOME, .verdict = SETTLE_WAIT, .reason = SETTLE_OPEN},
      {.at = 901, .size = 9, .mtime = 5, .inode = 1, .writers = FS_WRITERS_SOME, .verdict = SETTLE_WAIT, .reason = SETTLE_OPEN},
      {.at = 1801, .size = 9, .mtime = 5, .inode = 1, .writers = FS_WRITERS_SOME, .verdict = SETTLE_WAIT, .reason = SETTLE_OPEN},
      SEEN(2700, 9, 5, SETTLE_WAIT, SETTLE_RESTS),
      SEEN(2801, 9, 5, SETTLE_TAKE, SETTLE_RESTS)}},
    {"writers cannot be known: two windows",
     {{.at = 1, .size = 9, .mtime = 5, .inode = 1, .writers = FS_WRITERS_UNKNOWN, .verdict = SETTLE_WAIT, .reason = SETTLE_NEW},
      {.at = 1001,
       .size = 9,
       .mtime = 5,
       .inode = 1,
       .writers = FS_WRITERS_UNKNOWN,
       .verdict = SETTLE_WAIT,
       .reason = SETTLE_RESTS},
      {.at = 2001,
       .size = 9,
       .mtime = 5,
       .inode = 1,
       .writers = FS_WRITERS_UNKNOWN,
       .verdict = SETTLE_TAKE,
       .reason = SETTLE_RESTS}}},
    {"a place holder beside its download",
     {{.at = 1, .size = 0, .mtime = 5, .inode = 1, .unfinished = true, .verdict = SETTLE_WAIT, .reason = SETTLE_UNFINISHED},
      {.at = 1001, .size = 0, .mtime = 5, .inode = 1, .unfinished = true, .verdict = SETTLE_WAIT, .reason = SETTLE_UNFINISHED},
      {.at = 1501, .size = 9, .mtime = 6, .inode = 2, .verdict = SETTLE_WAIT, .reason = SETTLE_GROWS},
      {.at = 2501, .size = 9, .mtime = 6, .inode = 2, .verdict = SETTLE_TAKE, .reason = SETTLE_RESTS}}},
    {"is empty: six windows",
     {SEEN(1, 0, 5, SETTLE_WAIT, SETTLE_NEW), SEEN(1001, 0, 5, SETTLE_WAIT, SETTLE_EMPTY),
      SEEN(2001, 0, 5, SETTLE_WAIT, SETTLE_EMPTY), SEEN(3001, 0, 5, SETTLE_WAIT, SETTLE_EMPTY),
      SEEN(4001, 0, 5, SETTLE_WAIT, SETTLE_EMPTY), SEEN(5001, 0, 5, SETTLE_WAIT, SETTLE_EMPTY),
      SEEN(6001, 0, 5, SETTLE_TAKE, SETTLE_EMPTY)}},
};

static void test_lives(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(lives); i++) {
    Settle settle = {0};
    for (size_t n = 0; n < LOOKS_MAX && (n == 0 || lives[i].moments[n].at); n++) {
      const Moment *it = &lives[i].moments[n];
      SettleLook look = {.exists = it->size >= 0, .writers = it->writers, .unfinished = it->unfinished};
      if (look.exists)
        look.stat = (FileStat){.device = 1, .inode = it->inode, .size_bytes = it->size, .mtime_ns = it->mtime};
      SettleVerdict verdict = settle_look(&settle, &look, WINDOW, it->at);
      if (verdict != it->verdict || settle.reason != it->reason)
        g_error("%s, look %zu: %d for %s", lives[i].name, n, verdict, enum_name(&settle_reason_table, settle.reason));
      g_assert_cmpstr(settle_sentence(&settle) + strlen(settle_sentence(&settle)) - 1, ==, ".");
    }
  }
}

/* Looks come often enough that a window is never found unwatched, and never in a tight loop. */
static void test_next(void)
{
  static const int64_t windows[] = {1, 100, 1000, 10000, 3600000};
  for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
    Settle settle = {0};
    SettleLook look = {.exists = true, .stat = {.size_bytes = 5}};
    int64_t now = 1, looks = 1;
    while (settle_look(&settle, &look, windows[i], now) == SETTLE_WAIT) {
      int64_t next = settle_next_ms(&settle, windows[i]);
      g_assert_cmpint(next, >, now);
      g_assert_cmpint(next - now, <=, windows[i]);
      now = next;
      g_assert_cmpint(++looks, <=, 10);
    }
  }
}

static void test_names(void)
{
  static const struct {
    const char *name;
    bool partial;
  } rows[] = {
      {"Film.mkv", false},
      {"Film.mkv.part", true},
      {"Film.mkv.PART", true},
      {"Film.mkv.!qB", true},
      {"Film.mkv.crdownload", true},
      {"Film.mkv~", true},
      {".Film.mkv.xYz12", true},
      {"Film part 1.mkv", false},
      {"Film.part.mkv", false},
      {".part", true},
      {"part", false},
      {"Film.mkv.filepart", true},
      {"Film.mkv.aria2", true},
      {"~Film.mkv", false},
      {"Film\xff.mkv.part", true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (settle_is_partial(rows[i].name) != rows[i].partial)
      g_error("%s", rows[i].name);
  g_auto(GStrv) names = settle_companions("Film.mkv");
  g_assert_true(g_strv_contains((const char *const *)names, "Film.mkv.part"));
  for (char **name = names; *name; name++)
    g_assert_true(settle_is_partial(*name));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/settle/lives", test_lives);
  g_test_add_func("/settle/next", test_next);
  g_test_add_func("/settle/names", test_names);
  return g_test_run();
}
