/* The rows of a root in 48 bytes each, so that a scan can tell an unchanged file without asking the database: 1,000,000 files
 * take under 64 MiB.
 *
 * A file is recognised by a 64-bit hash of its path together with its size, time and inode. Two paths with one hash do no harm:
 *   - Each is an entry of its own, and size, time and inode tell them apart. Two names of one hard-linked file with one hash are
 *     interchangeable: each sighting marks one entry that has not been seen.
 *   - A path without a row is taken for a known file only if hash, size, time and inode all agree: then it is that very file
 *     under another name, and the row keeps the old name a little longer. The hash is keyed anew for each scan, so the next one
 *     sees the move, and nobody can make names that collide.
 *   - Whatever does not agree is looked up by its path in the database, and whatever was not seen is looked for on the disk
 * before it is called missing. The index decides nothing but "unchanged".
 *
 * Thread-safety: scan_index_add from one thread, before the others; the rest from any thread. */
#pragma once

#include "sys/fs.h"

typedef struct ScanIndex ScanIndex;

ScanIndex *scan_index_new(int64_t expected_rows);
void scan_index_free(ScanIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScanIndex, scan_index_free)

uint64_t scan_index_hash(const ScanIndex *index, const char *bytes, size_t length);

/* A checksum over what a row says besides the file's identity: its device, its link count, its sidecars' names in order. */
uint32_t scan_index_extra(const ScanIndex *index, const FileStat *stat, const char *const *sidecars);

typedef enum {
  SCAN_ROW_PLAIN = 0,
  SCAN_ROW_MISSING = 1 << 0, /* the row says the file is missing: finding it is a change */
  SCAN_ROW_PENDING = 1 << 1, /* has not been probed, or not for a reason that lies in the file: finding it is work */
} ScanRowFlags;

void scan_index_add(ScanIndex *index, uint64_t hash, int64_t id, const FileStat *stat, uint32_t extra, ScanRowFlags flags);

/* Marks the row of an unchanged file as seen and returns true. False: look the path up. */
bool scan_index_match(ScanIndex *index, uint64_t hash, const FileStat *stat, uint32_t extra);

/* Marks a row as seen; `hash` is that of the path it had when it was added. False if it is not in the index. */
bool scan_index_see(ScanIndex *index, uint64_t hash, int64_t id);

int64_t scan_index_rows(const ScanIndex *index);  /* all */
int64_t scan_index_known(const ScanIndex *index); /* without those that were missing already */
size_t scan_index_bytes(const ScanIndex *index);

/* The next row that was not seen and was not missing: *cursor is 0 at first. False at the end. Only when no other thread uses the
 * index any more. */
bool scan_index_next_unseen(const ScanIndex *index, size_t *cursor, int64_t *ret_id);
