/* When leases are not looked at: src/queue/patience.c. */
#include "queue/patience.h"

#include <glib.h>

/* Looks, in seconds of the wall clock. */
static void test_looks(void)
{
  static const struct {
    int64_t at_s;
    bool asked;
    int64_t gap_s;
  } looks[] = {
      {1000, false, 0}, {1005, false, 0},       {1010, false, 0},   /* every five seconds, as it should be */
      {1025, false, 0},                                             /* a slow one */
      {1100, true, 75}, {1105, true, 0},        {1110, true, 0},    /* the machine slept */
      {1115, false, 0}, {1120, false, 0},                           /* workers had their time */
      {1140, true, 20}, {1156, true, 16},       {1161, true, 0},    /* twice in a row */
      {1171, false, 0}, {500, true, -671},      {505, true, 0},     /* set back */
      {515, false, 0},  {900000, true, 899485}, {900015, false, 0}, /* set forward */
  };
  Patience patience = {0};
  for (gsize i = 0; i < G_N_ELEMENTS(looks); i++) {
    int64_t gap_ms = -1;
    bool asked = patience_asked(&patience, looks[i].at_s * 1000, &gap_ms);
    g_test_message("look %zu at %" G_GINT64_FORMAT " s", i, looks[i].at_s);
    g_assert_cmpint(asked, ==, looks[i].asked);
    g_assert_cmpint(gap_ms, ==, looks[i].gap_s * 1000);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/patience/looks", test_looks);
  return g_test_run();
}
