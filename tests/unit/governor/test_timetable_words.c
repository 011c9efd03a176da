/* Windows in words, both ways. */
#include "governor/timetable_words.h"

#include "base/error.h"

#include <string.h>

static void test_text(void)
{
  static const struct {
    const char *windows, *text;
  } rows[] = {
      {"mon-wed 22:00-06:00", "Monday to Wednesday 22:00-06:00 (UTC)"},
      {"daily 22:00-06:00", "every day 22:00-06:00 (UTC)"},
      {"mon tue 08:00-12:00", "Monday and Tuesday 08:00-12:00 (UTC)"},
      {"mon wed fri 08:00-12:00", "Monday, Wednesday and Friday 08:00-12:00 (UTC)"},
      {"mon-wed fri 08:00-12:00", "Monday to Wednesday and Friday 08:00-12:00 (UTC)"},
      {"fri-sun mon 08:00-12:00", "Monday and Friday to Sunday 08:00-12:00 (UTC)"},
      {"sat-mon 00:00-24:00", "Monday, Saturday and Sunday 00:00-24:00 (UTC)"},
      {"sun 00:00-24:00, Monday-Friday 22:00-06:00", "Sunday 00:00-24:00, Monday to Friday 22:00-06:00 (UTC)"},
      {"  SAT   sun\t10:00-11:00 ", "Saturday and Sunday 10:00-11:00 (UTC)"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    Timetable timetable = {.name = (char *)"x", .zone = (char *)"UTC"};
    timetable.windows = timetable_windows_parse(rows[i].windows, &error);
    g_assert_no_error(error);
    g_autofree char *text = timetable_text(&timetable);
    g_assert_cmpstr(text, ==, rows[i].text);
    g_assert_true(timetable_check(&timetable, NULL, NULL));
    g_ptr_array_unref(timetable.windows);
  }
  g_autofree char *nothing = timetable_text(&(Timetable){.zone = (char *)"UTC"});
  g_assert_cmpstr(nothing, ==, " (UTC)");
}

static void test_refused(void)
{
  static const char *const rows[] = {"",
                                     "mon",
                                     "22:00-06:00",
                                     "mon 22:00",
                                     "mon-frx 22:00-06:00",
                                     "mon 22:00-06:00 tue",
                                     "mon 22:00-06:00,",
                                     "montag 22:00-06:00",
                                     "mon-tue-wed 08:00-09:00"};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    if (timetable_windows_parse(rows[i], &error))
      g_error("\"%s\" was understood", rows[i]);
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/timetable-words/text", test_text);
  g_test_add_func("/timetable-words/refused", test_refused);
  return g_test_run();
}
