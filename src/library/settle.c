/* Decides when a file is taken. Test: tests/unit/library/test_settle.c */
#include "library/settle.h"

#include <string.h>

enum {
  LOOKS_IN_WINDOW = 4, /* so that a change is seen, and the window begun anew, soon */
  LOOK_MIN_MS = 250,
  UNKNOWN_WINDOWS = 2,
  EMPTY_WINDOWS = 6,
};

static const EnumRow reason_rows[] = {
    {SETTLE_NEW, "new", "It was just found"},
    {SETTLE_GROWS, "grows", "It is still growing"},
    {SETTLE_RESTS, "rests", "It changed a moment ago"},
    {SETTLE_OPEN, "open", "A program has it open for writing"},
    {SETTLE_UNFINISHED, "unfinished", "A download of its name that has not ended lies beside it"},
    {SETTLE_EMPTY, "empty", "It is empty so far"},
    {SETTLE_AWAY, "away", "It is not there at this moment"},
};
const EnumTable settle_reason_table = ENUM_TABLE("SettleReason", reason_rows);

/* Of Firefox, youtube-dl and rsync-like tools, qBittorrent, Chrome, uTorrent, BitComet, aria2, Opera, Safari, FileZilla, Deluge
 * and those that say it in so many words. */
static const char *const endings[] = {".part",     ".!qB",      ".crdownload", ".!ut",     ".bc!", ".aria2", ".opdownload",
                                      ".download", ".filepart", ".unfinished", ".partial", ".tmp", ".temp"};

bool settle_is_partial(const char *name)
{
  if (name[0] == '.' || g_str_has_suffix(name, "~"))
    return true;
  for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
    if (strlen(name) > strlen(endings[i]) && g_ascii_strcasecmp(name + strlen(name) - strlen(endings[i]), endings[i]) == 0)
      return true;
  return false;
}

char **settle_companions(const char *name)
{
  char **names = g_new0(char *, G_N_ELEMENTS(endings) + 1);
  for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
    names[i] = g_strconcat(name, endings[i], NULL);
  return names;
}

static bool is_same(const Settle *settle, const SettleLook *look)
{
  return settle->exists == look->exists && (!look->exists || file_stat_same(&settle->stat, &look->stat));
}

/* What it must rest for, given what is known of it. */
static int64_t rest_ms(const SettleLook *look, int64_t window_ms)
{
  if (look->exists && look->stat.size_bytes == 0)
    return window_ms * EMPTY_WINDOWS;
  return look->exists && look->writers == FS_WRITERS_UNKNOWN ? window_ms * UNKNOWN_WINDOWS : window_ms;
}

static SettleReason reason_of(const SettleLook *look, bool changed)
{
  if (!look->exists)
    return SETTLE_AWAY;
  if (look->unfinished)
    return SETTLE_UNFINISHED;
  if (look->writers == FS_WRITERS_SOME)
    return SETTLE_OPEN;
  if (changed)
    return SETTLE_GROWS;
  return look->stat.size_bytes == 0 ? SETTLE_EMPTY : SETTLE_RESTS;
}

SettleVerdict settle_look(Settle *settle, const SettleLook *look, int64_t window_ms, int64_t now_ms)
{
  bool is_first = !settle->looked;
  bool changed = !is_first && !is_same(settle, look);
  bool unwatched = !is_first && (now_ms < settle->last_ms || now_ms - settle->last_ms > window_ms);
  bool is_held = look->exists && (look->unfinished || look->writers == FS_WRITERS_SOME);
  if (is_first)
    settle->first_ms = now_ms;
  if (is_first || changed || unwatched || is_held)
    settle->steady_ms = now_ms;
  settle->looked = true;
  settle->exists = look->exists;
  settle->stat = look->stat;
  settle->last_ms = now_ms;
  settle->reason = is_first && look->exists && !is_held ? SETTLE_NEW : reason_of(look, changed);
  if (now_ms - settle->steady_ms < rest_ms(look, window_ms))
    return SETTLE_WAIT;
  return look->exists ? SETTLE_TAKE : SETTLE_GONE;
}

int64_t settle_next_ms(const Settle *settle, int64_t window_ms)
{
  int64_t step_ms = MAX(window_ms / LOOKS_IN_WINDOW, MIN(LOOK_MIN_MS, window_ms));
  return settle->looked ? settle->last_ms + step_ms : settle->last_ms;
}

const char *settle_sentence(const Settle *settle)
{
  static const char *const sentences[] = {
      [SETTLE_NEW] = "It was just found, and is taken when it has not changed for a while.",
      [SETTLE_GROWS] = "It is still growing.",
      [SETTLE_RESTS] = "It changed a moment ago, and is taken when it has not changed for a while.",
      [SETTLE_OPEN] = "A program has it open for writing.",
      [SETTLE_UNFINISHED] = "A download of its name that has not ended lies beside it.",
      [SETTLE_EMPTY] = "It is empty so far.",
      [SETTLE_AWAY] = "It is not there at this moment.",
  };
  return sentences[settle->reason];
}
