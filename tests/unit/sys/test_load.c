/* What the figures in /proc mean. */
#include "sys/load.h"

static void test_stat(void)
{
  static const struct {
    const char *text;
    bool good;
    int64_t busy, total;
  } rows[] = {
      {"cpu  10 1 5 80 4 0 0 0 0 0\ncpu0 10 1 5 80 4 0 0 0 0 0\n", true, 16, 100},
      {"cpu  1 2 3 4 5 6 7 8\n", true, 27, 36},
      {"cpu  1 2 3 4 5 6 7\n", false, 0, 0},
      {"cpu0 1 2 3 4 5 6 7 8\n", false, 0, 0},
      {"cpu  1 2 x 4 5 6 7 8\n", false, 0, 0},
      {"", false, 0, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    CpuTimes times = {0};
    g_test_message("%s", rows[i].text);
    g_assert_true(load_parse_stat(rows[i].text, &times) == rows[i].good);
    g_assert_cmpint(times.busy, ==, rows[i].busy);
    g_assert_cmpint(times.total, ==, rows[i].total);
  }
}

static void test_memory(void)
{
  static const struct {
    const char *text;
    bool good;
    int64_t total, available;
  } rows[] = {
      {"MemTotal:       100 kB\nMemFree:  1 kB\nMemAvailable:    60 kB\n", true, 102400, 61440},
      {"MemAvailable:    60 kB\nMemTotal: 100 kB", true, 102400, 61440},
      {"MemTotal: 100 kB\n", false, 0, 0},
      {"MemTotal: 100\nMemAvailable: 60\n", false, 0, 0},
      {"MemTotal: -1 kB\nMemAvailable: 60 kB\n", false, 0, 0},
      {"", false, 0, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    MemoryUse memory = {0};
    g_test_message("%s", rows[i].text);
    g_assert_true(load_parse_meminfo(rows[i].text, &memory) == rows[i].good);
    g_assert_cmpint(memory.total_bytes, ==, rows[i].total);
    g_assert_cmpint(memory.available_bytes, ==, rows[i].available);
  }
}

static void test_average(void)
{
  double average[3] = {0};
  g_assert_true(load_parse_average("0.25 1.50 12.00 1/200 1234\n", average));
  g_assert_cmpfloat(average[0], ==, 0.25);
  g_assert_cmpfloat(average[1], ==, 1.5);
  g_assert_cmpfloat(average[2], ==, 12);
  g_assert_false(load_parse_average("0.25 1.50", average));
  g_assert_false(load_parse_average("", average));
}

static void test_percent(void)
{
  static const struct {
    CpuTimes before, after;
    double percent;
  } rows[] = {
      {{10, 100}, {60, 200}, 50}, {{10, 100}, {10, 200}, 0}, {{0, 0}, {100, 100}, 100},
      {{5, 5}, {5, 5}, 0},        {{60, 200}, {10, 100}, 0}, /* counters that were set back */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpfloat(load_cpu_percent(&rows[i].before, &rows[i].after), ==, rows[i].percent);
}

/* This machine's own. */
static void test_read(void)
{
  CpuTimes times;
  MemoryUse memory;
  double average[3];
  g_assert_true(load_read_cpu(&times) && times.total > times.busy && times.busy > 0);
  g_assert_true(load_read_memory(&memory) && memory.total_bytes >= memory.available_bytes && memory.available_bytes > 0);
  g_assert_true(load_read_average(average));
  g_assert_cmpint(load_own_memory(), >, 1 << 20);
  g_assert_cmpint(load_own_memory(), <, memory.total_bytes);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/load/stat", test_stat);
  g_test_add_func("/load/memory", test_memory);
  g_test_add_func("/load/average", test_average);
  g_test_add_func("/load/percent", test_percent);
  g_test_add_func("/load/read", test_read);
  return g_test_run();
}
