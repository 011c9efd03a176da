/* The index over the word tables: open addressing on the folded words, with a mark on each row at which words a longer term may
 * go on. Test: tests/unit/release/test_lexicon.c */
#include "release/lexicon.h"

#include <string.h>

enum {
  INDEX_SLOTS = 1 << 13,
  TERM_MAX_BYTES = 40,
  TERM_MAX_WORDS = 6,
};

typedef struct {
  const Word *word; /* NULL: only the start of longer terms */
  char key[TERM_MAX_BYTES];
  uint8_t length; /* 0: the slot is free */
  bool goes_on;
} Slot;

typedef struct {
  Slot slots[INDEX_SLOTS];
} Index;

static const WordTable *const tables[] = {
    &lexicon_source_words,  &lexicon_picture_words, &lexicon_codec_words,   &lexicon_audio_words, &lexicon_language_words,
    &lexicon_edition_words, &lexicon_trade_words,   &lexicon_service_words, &lexicon_group_words,
};

/* FNV-1a, 32 bits: draft-eastlake-fnv, section 2. */
#define HASH_START 2166136261u

static inline uint32_t hash_on(uint32_t hash, const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)text[i]) * 16777619u;
  return hash;
}

static const Slot *find_slot(const Index *index, uint32_t hash, const char *key, size_t length)
{
  for (uint32_t at = (hash ^ hash >> 15) % INDEX_SLOTS;; at = (at + 1) % INDEX_SLOTS) {
    const Slot *slot = &index->slots[at];
    if (slot->length == 0 || (slot->length == length && memcmp(slot->key, key, length) == 0))
      return slot;
  }
}

static Slot *claim_slot(Index *index, const char *key, size_t length)
{
  Slot *slot = (Slot *)find_slot(index, hash_on(HASH_START, key, length), key, length);
  slot->length = (uint8_t)length;
  memcpy(slot->key, key, length);
  return slot;
}

static void add_word(Index *index, const Word *word)
{
  char key[TERM_MAX_BYTES];
  size_t length = 0;
  for (const char *c = word->word; *c; c++) {
    if (*c == '-') {
      claim_slot(index, key, length)->goes_on = true;
      continue;
    }
    g_assert(length < sizeof key);
    key[length++] = *c;
  }
  Slot *slot = claim_slot(index, key, length);
  if (!slot->word) /* the first table wins */
    slot->word = word;
}

static const Index *index_get(void)
{
  static gsize built;
  if (g_once_init_enter(&built)) {
    Index *index = g_new0(Index, 1);
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
      for (size_t w = 0; w < tables[t]->n_words; w++)
        add_word(index, &tables[t]->words[w]);
    g_once_init_leave(&built, (gsize)index);
  }
  return (const Index *)built; /* NOLINT: kept for the life of the process */
}

const Word *lexicon_word(const char *word, size_t length)
{
  if (length == 0 || length >= TERM_MAX_BYTES)
    return NULL;
  return find_slot(index_get(), hash_on(HASH_START, word, length), word, length)->word;
}

const Word *lexicon_longest(const Scan *scan, int first, int *ret_n_tokens)
{
  const Index *index = index_get();
  const Token *from = &scan->tokens[first];
  const char *key = scan->folded + from->fold_start;
  const Word *best = NULL;
  uint32_t hash = HASH_START;
  for (int n = 1; n <= TERM_MAX_WORDS && first + n <= scan->n_tokens; n++) {
    const Token *last = &scan->tokens[first + n - 1];
    size_t length = last->fold_end - from->fold_start;
    if (length >= TERM_MAX_BYTES || last->fold_end == last->fold_start)
      break;
    if (n > 1 && (last->gap & ~(unsigned)GAP_LOOSE))
      break;
    hash = hash_on(hash, scan->folded + last->fold_start, (size_t)(last->fold_end - last->fold_start));
    const Slot *slot = find_slot(index, hash, key, length);
    if (slot->length == 0)
      break;
    if (slot->word) {
      best = slot->word;
      *ret_n_tokens = n;
    }
    if (!slot->goes_on)
      break;
  }
  return best;
}
