/* Which files of hwmon are a processor's temperature. */
#include "sys/sensor.h"

#include "sys/fs.h"

#include <math.h>

typedef struct {
  const char *name;
  const char *files; /* "DEVICE/FILE=CONTENT", separated by blanks */
  double celsius;    /* NAN: none */
} SensorCase;

static const SensorCase cases[] = {
    {"no device", "", NAN},
    {"Intel", "hwmon0/name=coretemp hwmon0/temp1_input=61000 hwmon0/temp2_input=63500 hwmon0/temp2_crit=100000", 63.5},
    {"AMD beside a disk that is hotter", "hwmon0/name=nvme hwmon0/temp1_input=80000 hwmon1/name=k10temp hwmon1/temp1_input=45125",
     45.125},
    {"a system on a chip", "hwmon0/name=cpu_thermal hwmon0/temp1_input=48312", 48.312},
    {"two of them, the hotter counts",
     "hwmon0/name=coretemp hwmon0/temp1_input=50000 hwmon1/name=coretemp hwmon1/temp1_input=70000", 70},
    {"only a disk", "hwmon0/name=drivetemp hwmon0/temp1_input=40000", NAN},
    {"no reading", "hwmon0/name=coretemp hwmon0/temp1_input=N/A hwmon0/temp2_input=-128000 hwmon0/temp3_input=255000", NAN},
    {"one of them reads", "hwmon0/name=coretemp hwmon0/temp1_input= hwmon0/temp2_input=52000", 52},
    {"below zero", "hwmon0/name=k10temp hwmon0/temp1_input=-5000", -5},
    {"no name", "hwmon0/temp1_input=50000", NAN},
};

static void make_files(const char *directory, const char *files)
{
  g_auto(GStrv) parts = g_strsplit(files, " ", -1);
  for (char **part = parts; *part && **part; part++) {
    g_auto(GStrv) pair = g_strsplit(*part, "=", 2);
    g_autofree char *path = g_build_filename(directory, pair[0], NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *content = g_strconcat(pair[1], "\n", NULL);
    g_assert_true(fs_mkdirs(parent, 0700, NULL));
    g_assert_true(g_file_set_contents(path, content, -1, NULL));
  }
}

static void test_cases(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const SensorCase *it = &cases[i];
    g_autofree char *directory = g_dir_make_tmp("reeve-sensor-XXXXXX", NULL);
    make_files(directory, it->files);
    double celsius = NAN;
    bool found = sensor_read_processors(directory, &celsius);
    if (found != !isnan(it->celsius) || (found && fabs(celsius - it->celsius) > 0.0001))
      g_error("%s: %g", it->name, celsius);
    g_assert_true(fs_remove_tree(directory, NULL));
  }
  double untouched = 1;
  g_assert_false(sensor_read_processors("/nonexistent/hwmon", &untouched));
  g_assert_cmpfloat(untouched, ==, 1);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/sensor/cases", test_cases);
  return g_test_run();
}
