/* NVML as it is opened at run time, by a library of its names (fake_nvml.c). */
#include "sys/gpu.h"

#include <math.h>

static void test_reads(void)
{
  g_setenv("FAKE_NVML", "ok", TRUE);
  g_autoptr(Gpus) gpus = gpus_open(FAKE_NVML_PATH);
  g_assert_nonnull(gpus);
  GpuUse use = gpus_read(gpus);
  g_assert_cmpfloat(use.use_percent, ==, 70);
  g_assert_cmpfloat(use.celsius, ==, 66);
  g_setenv("FAKE_NVML", "lost", TRUE); /* the driver went away while we looked */
  use = gpus_read(gpus);
  g_assert_true(isnan(use.use_percent) && isnan(use.celsius));
}

static void test_absent(void)
{
  g_setenv("FAKE_NVML", "no-driver", TRUE);
  g_assert_null(gpus_open(FAKE_NVML_PATH));
  g_assert_null(gpus_open("libno-such-library.so.1"));
  g_assert_null(gpus_open("libc.so.6")); /* a library of other names */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/gpu/reads", test_reads);
  g_test_add_func("/gpu/absent", test_absent);
  return g_test_run();
}
