#include "library/scan_index.h"

#include <string.h>

static FileStat stat_of(int64_t n)
{
  return (FileStat){.device = 1, .inode = 1000 + n, .size_bytes = 10 * n, .mtime_ns = 7 * n, .link_count = 1};
}

static void test_match(void)
{
  g_autoptr(ScanIndex) index = scan_index_new(2);
  for (int64_t n = 1; n <= 10000; n++) { /* many more than expected: it grows */
    FileStat stat = stat_of(n);
    g_autofree char *path = g_strdup_printf("/films/%d", (int)n);
    scan_index_add(index, scan_index_hash(index, path, strlen(path)), n, &stat, scan_index_extra(index, &stat, NULL),
                   SCAN_ROW_PLAIN);
  }
  g_assert_cmpint(scan_index_rows(index), ==, 10000);
  for (int64_t n = 1; n <= 10000; n++) {
    FileStat stat = stat_of(n);
    g_autofree char *path = g_strdup_printf("/films/%d", (int)n);
    uint64_t hash = scan_index_hash(index, path, strlen(path));
    uint32_t extra = scan_index_extra(index, &stat, NULL);
    FileStat larger = stat, later = stat, other = stat, linked = stat;
    larger.size_bytes++;
    later.mtime_ns++;
    other.inode++;
    linked.link_count++;
    g_assert_false(scan_index_match(index, hash, &larger, extra));
    g_assert_false(scan_index_match(index, hash, &later, extra));
    g_assert_false(scan_index_match(index, hash, &other, extra));
    g_assert_false(scan_index_match(index, hash, &linked, scan_index_extra(index, &linked, NULL)));
    g_assert_false(scan_index_match(index, hash + 1, &stat, extra));
    if (n % 2)
      g_assert_true(scan_index_match(index, hash, &stat, extra));
    else if (n % 4)
      g_assert_true(scan_index_see(index, hash, n));
  }
  size_t cursor = 0;
  int64_t id, unseen = 0;
  for (; scan_index_next_unseen(index, &cursor, &id); unseen++)
    g_assert_cmpint(id % 4, ==, 0);
  g_assert_cmpint(unseen, ==, 2500);
}

/* Two paths with one hash: each is matched by its own file, once. */
static void test_collision(void)
{
  g_autoptr(ScanIndex) index = scan_index_new(0);
  FileStat a = stat_of(1), b = stat_of(2);
  uint32_t extra = scan_index_extra(index, &a, NULL);
  scan_index_add(index, 42, 1, &a, extra, SCAN_ROW_PLAIN);
  scan_index_add(index, 42, 2, &b, extra, SCAN_ROW_PLAIN);
  scan_index_add(index, 42, 3, &b, extra, SCAN_ROW_PLAIN); /* another name of the same file */
  g_assert_true(scan_index_match(index, 42, &b, extra));
  g_assert_true(scan_index_match(index, 42, &b, extra));
  g_assert_false(scan_index_match(index, 42, &b, extra));
  size_t cursor = 0;
  int64_t id;
  g_assert_true(scan_index_next_unseen(index, &cursor, &id));
  g_assert_cmpint(id, ==, 1);
  g_assert_false(scan_index_next_unseen(index, &cursor, &id));
  g_assert_false(scan_index_see(index, 42, 9));
  g_assert_false(scan_index_see(index, 43, 1));
}

static void test_flags(void)
{
  g_autoptr(ScanIndex) index = scan_index_new(3);
  FileStat stat = stat_of(1);
  uint32_t extra = scan_index_extra(index, &stat, NULL);
  scan_index_add(index, 1, 1, &stat, extra, SCAN_ROW_MISSING);
  scan_index_add(index, 2, 2, &stat, extra, SCAN_ROW_PENDING);
  scan_index_add(index, 3, 3, &stat, extra, SCAN_ROW_PLAIN);
  g_assert_cmpint(scan_index_known(index), ==, 2);
  g_assert_false(scan_index_match(index, 1, &stat, extra)); /* it is back: that is news */
  g_assert_false(scan_index_match(index, 2, &stat, extra)); /* it is still to be probed */
  g_assert_true(scan_index_match(index, 3, &stat, extra));
  size_t cursor = 0;
  int64_t id;
  g_assert_true(scan_index_next_unseen(index, &cursor, &id));
  g_assert_cmpint(id, ==, 2);
  g_assert_false(scan_index_next_unseen(index, &cursor, &id)); /* what was missing is not missing anew */
}

static void test_extra(void)
{
  g_autoptr(ScanIndex) index = scan_index_new(0);
  FileStat stat = stat_of(1), moved = stat;
  moved.device++;
  const char *one[] = {"a.srt", NULL}, *two[] = {"a.srt", "b.srt", NULL}, *joined[] = {"a.srtb.srt", NULL}, *none[] = {NULL};
  uint32_t plain = scan_index_extra(index, &stat, NULL);
  g_assert_cmpuint(plain, ==, scan_index_extra(index, &stat, none));
  g_assert_cmpuint(plain, !=, scan_index_extra(index, &moved, NULL));
  g_assert_cmpuint(plain, !=, scan_index_extra(index, &stat, one));
  g_assert_cmpuint(scan_index_extra(index, &stat, two), !=, scan_index_extra(index, &stat, one));
  g_assert_cmpuint(scan_index_extra(index, &stat, two), !=, scan_index_extra(index, &stat, joined));
}

/* L9: a million files. */
static void test_memory(void)
{
  g_autoptr(ScanIndex) index = scan_index_new(1000000);
  FileStat stat = stat_of(1);
  for (int64_t n = 0; n < 1000000; n++)
    scan_index_add(index, scan_index_hash(index, (const char *)&n, sizeof n), n, &stat, 0, SCAN_ROW_PLAIN);
  g_assert_cmpuint(scan_index_bytes(index), <, 64 * 1024 * 1024);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scan_index/match", test_match);
  g_test_add_func("/scan_index/collision", test_collision);
  g_test_add_func("/scan_index/flags", test_flags);
  g_test_add_func("/scan_index/extra", test_extra);
  g_test_add_func("/scan_index/memory", test_memory);
  return g_test_run();
}
