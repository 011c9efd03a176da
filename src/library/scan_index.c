/* Decides how a million rows are kept in memory: entries in blocks that never move, found through an open-addressing table of
 * their numbers. Test: tests/unit/library/test_scan_index.c */
#include "library/scan_index.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

enum {
  BLOCK_ENTRIES = 4096,
  SEEN = 1 << 16, /* among ScanRowFlags */
};

typedef struct {
  uint64_t hash;
  int64_t id;
  int64_t size_bytes, mtime_ns, inode;
  uint32_t extra;
  _Atomic uint32_t flags;
} Entry;

G_STATIC_ASSERT(sizeof(Entry) == 48);

struct ScanIndex {
  unsigned char key[crypto_shorthash_KEYBYTES];
  GPtrArray *blocks; /* of Entry[BLOCK_ENTRIES] */
  size_t n_entries, n_missing;
  uint32_t *slots; /* entry number + 1; 0: free; at most three quarters are in use */
  size_t n_slots;  /* a power of two */
};

static Entry *entry_at(const ScanIndex *index, size_t number)
{
  return (Entry *)index->blocks->pdata[number / BLOCK_ENTRIES] + number % BLOCK_ENTRIES;
}

static size_t slots_for(size_t entries)
{
  size_t n = 64;
  while (n / 4 * 3 < entries)
    n *= 2;
  return n;
}

ScanIndex *scan_index_new(int64_t expected_rows)
{
  ScanIndex *index = g_new0(ScanIndex, 1);
  crypto_shorthash_keygen(index->key);
  index->blocks = g_ptr_array_new_with_free_func(g_free);
  index->n_slots = slots_for((size_t)CLAMP(expected_rows, 0, UINT32_MAX / 2));
  index->slots = g_new0(uint32_t, index->n_slots);
  return index;
}

void scan_index_free(ScanIndex *index)
{
  if (!index)
    return;
  g_ptr_array_unref(index->blocks);
  g_free(index->slots);
  g_free(index);
}

uint64_t scan_index_hash(const ScanIndex *index, const char *bytes, size_t length)
{
  uint64_t hash;
  G_STATIC_ASSERT(sizeof hash == crypto_shorthash_BYTES);
  crypto_shorthash((unsigned char *)&hash, (const unsigned char *)bytes, length, index->key);
  return hash;
}

uint32_t scan_index_extra(const ScanIndex *index, const FileStat *stat, const char *const *sidecars)
{
  uint64_t parts[2] = {(uint64_t)stat->device, (uint64_t)stat->link_count};
  uint64_t extra = scan_index_hash(index, (const char *)parts, sizeof parts);
  for (; sidecars && *sidecars; sidecars++)
    extra = extra * 31 + scan_index_hash(index, *sidecars, strlen(*sidecars));
  return (uint32_t)(extra ^ (extra >> 32));
}

static void put_slot(ScanIndex *index, uint64_t hash, uint32_t number)
{
  size_t slot = hash & (index->n_slots - 1);
  while (index->slots[slot])
    slot = (slot + 1) & (index->n_slots - 1);
  index->slots[slot] = number + 1;
}

static void grow(ScanIndex *index)
{
  g_free(index->slots);
  index->n_slots *= 2;
  index->slots = g_new0(uint32_t, index->n_slots);
  for (size_t i = 0; i < index->n_entries; i++)
    put_slot(index, entry_at(index, i)->hash, (uint32_t)i);
}

void scan_index_add(ScanIndex *index, uint64_t hash, int64_t id, const FileStat *stat, uint32_t extra, ScanRowFlags flags)
{
  g_assert(index->n_entries < UINT32_MAX - 1);
  if (index->n_slots / 4 * 3 < index->n_entries + 1)
    grow(index);
  if (index->n_entries % BLOCK_ENTRIES == 0)
    g_ptr_array_add(index->blocks, g_new(Entry, BLOCK_ENTRIES));
  Entry *entry = entry_at(index, index->n_entries);
  *entry = (Entry){hash, id, stat->size_bytes, stat->mtime_ns, stat->inode, extra, flags};
  put_slot(index, hash, (uint32_t)index->n_entries++);
  index->n_missing += (flags & SCAN_ROW_MISSING) != 0;
}

/* The entries of a hash one after the other: *slot is the hash at first. NULL at the end. */
static Entry *next_of_hash(const ScanIndex *index, uint64_t hash, size_t *slot)
{
  for (;;) {
    uint32_t number = index->slots[*slot & (index->n_slots - 1)];
    ++*slot;
    if (!number)
      return NULL;
    Entry *entry = entry_at(index, number - 1);
    if (entry->hash == hash)
      return entry;
  }
}

bool scan_index_match(ScanIndex *index, uint64_t hash, const FileStat *stat, uint32_t extra)
{
  size_t slot = hash;
  for (Entry *entry; (entry = next_of_hash(index, hash, &slot));) {
    bool is_same = entry->size_bytes == stat->size_bytes && entry->mtime_ns == stat->mtime_ns && entry->inode == stat->inode &&
                   entry->extra == extra;
    uint32_t plain = SCAN_ROW_PLAIN;
    if (is_same && atomic_compare_exchange_strong(&entry->flags, &plain, SEEN))
      return true;
  }
  return false;
}

bool scan_index_see(ScanIndex *index, uint64_t hash, int64_t id)
{
  size_t slot = hash;
  for (Entry *entry; (entry = next_of_hash(index, hash, &slot));) {
    if (entry->id == id) {
      atomic_fetch_or(&entry->flags, SEEN);
      return true;
    }
  }
  return false;
}

int64_t scan_index_rows(const ScanIndex *index)
{
  return (int64_t)index->n_entries;
}

int64_t scan_index_known(const ScanIndex *index)
{
  return (int64_t)(index->n_entries - index->n_missing);
}

size_t scan_index_bytes(const ScanIndex *index)
{
  return sizeof *index + index->blocks->len * BLOCK_ENTRIES * sizeof(Entry) + index->n_slots * sizeof *index->slots;
}

bool scan_index_next_unseen(const ScanIndex *index, size_t *cursor, int64_t *ret_id)
{
  while (*cursor < index->n_entries) {
    const Entry *entry = entry_at(index, (*cursor)++);
    if (!(atomic_load(&entry->flags) & (SEEN | SCAN_ROW_MISSING))) {
      *ret_id = entry->id;
      return true;
    }
  }
  return false;
}
