/* What the figures in /proc mean. */
#include "sys/load.h"

#include <sys/wait.h>
#include <unistd.h>

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

static void test_pressure(void)
{
  double percent = -1;
  g_assert_true(load_parse_pressure("some avg10=12.50 avg60=1.00 avg300=0.10 total=1\nfull avg10=1.00 avg60=0 avg300=0 total=0\n",
                                    &percent));
  g_assert_cmpfloat(percent, ==, 12.5);
  g_assert_false(load_parse_pressure("full avg10=1.00\n", &percent));
  g_assert_false(load_parse_pressure("some avg10=", &percent));
  g_assert_false(load_parse_pressure("some avg10=101.0", &percent));
  g_assert_false(load_parse_pressure("", &percent));
}

static void test_process(void)
{
  int64_t ticks = -1;
  g_assert_true(load_parse_process("12 (a b) c) R 1 12 12 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5\n", &ticks));
  g_assert_cmpint(ticks, ==, 127);
  g_assert_false(load_parse_process("12 (x) R 1 12 12 0 -1 4194560 1 2 3 4 100 20 3", &ticks));
  g_assert_false(load_parse_process("", &ticks));
}

static void test_others(void)
{
  CpuTimes before = {10, 100}, after = {70, 200};
  g_assert_cmpfloat(load_others_percent(&before, &after, 50), ==, 10);
  g_assert_cmpfloat(load_others_percent(&before, &after, 0), ==, 60);
  g_assert_cmpfloat(load_others_percent(&before, &after, 90), ==, 0); /* figures of two moments */
  g_assert_cmpfloat(load_others_percent(&before, &after, -20), ==, 60);
  g_assert_cmpfloat(load_others_percent(&before, &before, 0), ==, 0);
}

/* What a child burns is ours, while it lives and after it was waited for. */
static void test_own(void)
{
  int64_t before, during, after;
  g_assert_true(load_read_own(&before));
  g_autoptr(GError) error = NULL;
  const char *const argv[] = {"sh", "-c", "(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read x)", NULL};
  int in, out;
  GPid pid;
  g_assert_true(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                         &pid, &in, &out, NULL, &error));
  char said;
  g_assert_cmpint(read(out, &said, 1), ==, 1);
  g_assert_true(load_read_own(&during));
  g_assert_cmpint(during, >, before);
  close(in);
  close(out);
  g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
  g_assert_true(load_read_own(&after));
  g_assert_cmpint(after, >=, during);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/load/pressure", test_pressure);
  g_test_add_func("/load/process", test_process);
  g_test_add_func("/load/others", test_others);
  g_test_add_func("/load/own", test_own);
  g_test_add_func("/load/stat", test_stat);
  g_test_add_func("/load/memory", test_memory);
  g_test_add_func("/load/average", test_average);
  g_test_add_func("/load/percent", test_percent);
  g_test_add_func("/load/read", test_read);
  return g_test_run();
}
