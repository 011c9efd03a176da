/* Names, admission and facts of a replacement. */
#include "base/error.h"
#include "library/replace_internal.h"

#include <string.h>

#define GIB ((int64_t)1024 * 1024 * 1024)

static void test_target_path(void)
{
  static const struct {
    const char *source, *extension, *target; /* NULL target: refused */
  } rows[] = {
      {"/l/Film.mkv", NULL, "/l/Film.mkv"},
      {"/l/Film.mkv", ".mkv", "/l/Film.mkv"},
      {"/l/Film.avi", ".mkv", "/l/Film.mkv"},
      {"/l/Film.MKV", ".mkv", "/l/Film.mkv"},
      {"/l/Film.part1.avi", ".mkv", "/l/Film.part1.mkv"},
      {"/l.d/Film", ".mkv", "/l.d/Film.mkv"},
      {"/l/.hidden", ".mkv", "/l/.hidden.mkv"},
      {"/l/Film 2.0 (1999)", ".mp4", "/l/Film 2.mp4"},
      {"/l/Fílm.avi", ".mp4", "/l/Fílm.mp4"},
      {"/Film.avi", ".mkv", "/Film.mkv"},
      {"/l/Film.avi", "mkv", NULL},
      {"/l/Film.avi", ".", NULL},
      {"/l/Film.avi", "./../x", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *target = replace_target_path(rows[i].source, rows[i].extension, &error);
    g_assert_cmpstr(target, ==, rows[i].target);
    if (!rows[i].target)
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
  g_autofree char *stem = g_strnfill(252, 'x');
  g_autofree char *longest = g_strdup_printf("/l/%s.ts", stem);
  g_autoptr(GError) error = NULL;
  g_autofree char *target = replace_target_path(longest, ".webm", &error);
  g_assert_null(target);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_case_only(void)
{
  g_assert_true(replace_differs_in_case_only("/l/Film.MKV", "/l/Film.mkv"));
  g_assert_true(replace_differs_in_case_only("/l/FÍLM.mkv", "/l/fílm.mkv"));
  g_assert_false(replace_differs_in_case_only("/l/Film.mkv", "/l/Film.mkv"));
  g_assert_false(replace_differs_in_case_only("/l/Film.avi", "/l/Film.mkv"));
  g_assert_true(replace_differs_in_case_only("/l/\xff.MKV", "/l/\xff.mkv"));
}

static void test_stage_directory(void)
{
  g_autofree char *a = replace_stage_directory("/l/Film.mkv", 7), *b = replace_stage_directory("/l/Film.mkv", 7);
  g_assert_true(g_str_has_prefix(a, "/l/.reeve-tmp-7-"));
  g_assert_cmpuint(strlen(a), ==, strlen("/l/.reeve-tmp-7-") + 16);
  g_assert_cmpstr(a, !=, b);
  g_autofree char *top = replace_stage_directory("/Film.mkv", 7);
  g_assert_true(g_str_has_prefix(top, "/.reeve-tmp-7-"));
}

static void test_admission(void)
{
  static const struct {
    const char *what;
    int64_t new_bytes, promised, trash_bytes, library_free, trash_free, reserve;
    bool same_device, fits;
    const char *message; /* a part of it */
  } rows[] = {
      {"fits", GIB, 0, 0, 3 * GIB, 0, GIB, false, true, NULL},
      {"exactly", GIB, 0, 0, 2 * GIB, 0, GIB, false, true, NULL},
      {"one byte short", GIB + 1, 0, 0, 2 * GIB, 0, GIB, false, false, "for the new file"},
      {"figures", GIB * 14 / 10, 0, 0, GIB * 11 / 10, 0, GIB, false, false,
       "\"/l/Film.mkv\" needs 1.4 GiB for the new file; 1.1 GiB free on the file system of \"/l\", keeping 1 GiB"},
      {"promised", GIB, GIB, 0, GIB * 5 / 2, 0, GIB, false, false, "1 GiB spoken for"},
      {"trash full", GIB, 0, 2 * GIB, 9 * GIB, 2 * GIB, GIB, false, false,
       "needs 2 GiB for the copy of the original in the trash; 2 GiB free on the file system of \"/t\""},
      {"trash fits", GIB, 0, 2 * GIB, 9 * GIB, 3 * GIB, GIB, false, true, NULL},
      {"both on one", GIB, 0, 2 * GIB, 3 * GIB, 3 * GIB, GIB, true, false, "needs 3 GiB for the new file and the copy"},
      {"nothing needed on a full disk", 0, 0, 0, 0, 0, GIB, false, true, NULL},
      {"more reserved than free", GIB, 0, 0, GIB, 0, 5 * GIB, false, false, "keeping 5 GiB"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ReplaceNeed need = {
        .path = "/l/Film.mkv",
        .new_bytes = rows[i].new_bytes,
        .promised_bytes = rows[i].promised,
        .trash_bytes = rows[i].trash_bytes,
        .library = {.device = 1, .free_bytes = rows[i].library_free},
        .trash = {.device = rows[i].same_device ? 1 : 2, .free_bytes = rows[i].trash_free},
        .library_directory = "/l",
        .trash_directory = "/t",
        .reserve_bytes = rows[i].reserve,
    };
    g_autoptr(GError) error = NULL;
    if (replace_admit(&need, &error) != rows[i].fits)
      g_error("%s: %s", rows[i].what, error ? error->message : "was admitted");
    if (rows[i].fits)
      continue;
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
    if (!strstr(error->message, rows[i].message))
      g_error("%s: \"%s\" lacks \"%s\"", rows[i].what, error->message, rows[i].message);
  }
  ReplaceNeed read_only = {.path = "/l/Film.mkv", .library = {.read_only = true}, .library_directory = "/l"};
  g_autoptr(GError) error = NULL;
  g_assert_false(replace_admit(&read_only, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
}

static void test_facts(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *staged = facts_with_int(NULL, FACT_KEEP_DAYS, 3);
  g_autofree char *joined = facts_join(staged, "{\"profile\":\"TV\",\"keep_days\":99,\"seconds\":2.5}", &error);
  g_assert_no_error(error);
  g_assert_cmpint(facts_int(joined, FACT_KEEP_DAYS, 7), ==, 3); /* the caller's do not hide the journal's */
  g_assert_cmpfloat(facts_real(joined, "seconds"), ==, 2.5);
  g_autofree char *profile = facts_text(joined, "profile"), *missing = facts_text(joined, "encoder");
  g_assert_cmpstr(profile, ==, "TV");
  g_assert_null(missing);
  g_autofree char *named = facts_with_texts(joined, FACT_RELINK, (const char *const[]){"/l/a", "/l/\xff", "/l/b", NULL});
  g_auto(GStrv) names = facts_texts(named, FACT_RELINK);
  g_assert_cmpuint(g_strv_length(names), ==, 2);
  g_assert_cmpstr(names[1], ==, "/l/b");
  g_auto(GStrv) none = facts_texts(NULL, FACT_RELINK);
  g_assert_cmpuint(g_strv_length(none), ==, 0);
  g_autofree char *array = facts_join(NULL, "[1]", &error);
  g_assert_null(array);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_relink_path(void)
{
  Replacement same = {.source_path = (char *)"/l/a.mkv", .target_path = (char *)"/l/a.mkv"};
  Replacement other = {.source_path = (char *)"/l/a.avi", .target_path = (char *)"/l/a.mkv"};
  g_autofree char *kept = relink_path(&same, "/s/seed.dat"), *moved = relink_path(&other, "/s/seed.avi");
  g_assert_cmpstr(kept, ==, "/s/seed.dat");
  g_assert_cmpstr(moved, ==, "/s/seed.mkv");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/replace/plan/target-path", test_target_path);
  g_test_add_func("/replace/plan/case-only", test_case_only);
  g_test_add_func("/replace/plan/stage-directory", test_stage_directory);
  g_test_add_func("/replace/plan/admission", test_admission);
  g_test_add_func("/replace/plan/facts", test_facts);
  g_test_add_func("/replace/plan/relink-path", test_relink_path);
  return g_test_run();
}
