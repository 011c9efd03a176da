/* Sealed secrets: what opens, what does not and why, and the key file. */
#include "base/error.h"
#include "base/failpoint.h"
#include "sys/fs.h"
#include "sys/secret_box.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  char *directory, *file;
} Place;

static void place_clear(Place *place)
{
  fs_remove_tree(place->directory, NULL);
  g_free(place->directory);
  g_free(place->file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static Place place_new(void)
{
  char *directory = g_dir_make_tmp("reeve-secret-XXXXXX", NULL);
  g_assert_nonnull(directory);
  return (Place){directory, g_build_filename(directory, SECRET_BOX_FILE, NULL)};
}

static char *seal(const Place *place, const char *text)
{
  g_autoptr(GError) error = NULL;
  char *sealed = secret_box_seal(place->directory, "purpose", text, &error);
  g_assert_no_error(error);
  return sealed;
}

static void assert_opens(const Place *place, const char *sealed, const char *text)
{
  g_autoptr(GError) error = NULL;
  char *opened = secret_box_open(place->directory, "purpose", sealed, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(opened, ==, text);
  secret_box_free(opened);
}

static void assert_refuses(const Place *place, const char *purpose, const char *sealed, ReeveErrorCode code, const char *word)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(secret_box_open(place->directory, purpose, sealed, &error));
  g_assert_error(error, REEVE_ERROR, (int)code);
  g_test_message("%s", error->message);
  g_assert_nonnull(strstr(error->message, word));
  g_assert_nonnull(strstr(error->message, "set "));
}

static void test_seal(void)
{
  g_auto(Place) place = place_new();
  g_autofree char *long_text = g_strnfill(4096, 'x');
  const char *const texts[] = {"", "a", "0123456789abcdef0123456789abcdef", "Schlüssel", long_text};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *sealed = seal(&place, texts[i]), *again = seal(&place, texts[i]);
    g_assert_cmpstr(sealed, !=, again);
    g_assert_true(strlen(texts[i]) < 2 || !strstr(sealed, texts[i]));
    assert_opens(&place, sealed, texts[i]);
    assert_opens(&place, again, texts[i]);
  }
  struct stat of;
  g_assert_cmpint(stat(place.file, &of), ==, 0);
  g_assert_cmpint(of.st_mode & 0777, ==, 0600);
  g_assert_cmpint(of.st_size, ==, 65);
  /* Nothing else was left there. */
  g_autoptr(GDir) entries = g_dir_open(place.directory, 0, NULL);
  g_assert_cmpstr(g_dir_read_name(entries), ==, SECRET_BOX_FILE);
  g_assert_null(g_dir_read_name(entries));
}

static void test_damage(void)
{
  g_auto(Place) place = place_new();
  g_autofree char *sealed = seal(&place, "hush");
  assert_refuses(&place, "other", sealed, REEVE_ERROR_CORRUPT, "damaged or changed");
  /* Each byte after the key's name, changed. */
  for (size_t i = 11; i < strlen(sealed); i++) {
    g_autofree char *changed = g_strdup(sealed);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    g_autoptr(GError) error = NULL;
    g_assert_null(secret_box_open(place.directory, "purpose", changed, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
  }
  static const char *const wrong[] = {
      "", "1.", "hush", "2.01234567.AAAA", "1.0123456.AAAA", "1.0123456g.AAAA", "1.012345678.AAAA"};
  for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
    assert_refuses(&place, "purpose", wrong[i], REEVE_ERROR_CORRUPT, "not sealed as this version");
  g_autofree char *name = g_strndup(sealed, 11);
  static const char *const tails[] = {"", "AAAA", "!", "AAAA===="};
  for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
    g_autofree char *text = g_strconcat(name, tails[i], NULL);
    assert_refuses(&place, "purpose", text, REEVE_ERROR_CORRUPT, "damaged or changed");
  }
}

static void test_lost_key(void)
{
  g_auto(Place) place = place_new();
  g_auto(Place) other = place_new();
  g_autofree char *sealed = seal(&place, "hush"), *foreign = seal(&other, "hush"), *kept = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(place.file, &kept, &length, NULL));
  assert_refuses(&place, "purpose", foreign, REEVE_ERROR_CONFLICT, "another installation");
  g_assert_cmpint(g_unlink(place.file), ==, 0);
  assert_refuses(&place, "purpose", sealed, REEVE_ERROR_NOT_FOUND, "is missing");
  g_assert_false(g_file_test(place.file, G_FILE_TEST_EXISTS)); /* only sealing makes one */
  g_autofree char *fresh = seal(&place, "new");
  assert_opens(&place, fresh, "new");
  assert_refuses(&place, "purpose", sealed, REEVE_ERROR_CONFLICT, "another");
  /* Put back, also by an editor that ends lines its own way, it counts at once. */
  g_autofree char *windows = g_strdup_printf("%.64s\r\n", kept);
  g_assert_true(g_file_set_contents(place.file, windows, -1, NULL));
  assert_opens(&place, sealed, "hush");
}

static void test_bad_file(void)
{
  g_auto(Place) place = place_new();
  g_autofree char *sealed = seal(&place, "hush"), *kept = NULL;
  g_assert_true(g_file_get_contents(place.file, &kept, NULL, NULL));
  g_autofree char *shorter = g_strndup(kept, 63), *longer = g_strconcat(kept, "00", NULL);
  const char *const contents[] = {"", "no key", shorter, longer};
  for (size_t i = 0; i < G_N_ELEMENTS(contents); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(place.file, contents[i], -1, NULL));
    assert_refuses(&place, "purpose", sealed, REEVE_ERROR_CORRUPT, "holds no key");
    g_assert_null(secret_box_seal(place.directory, "purpose", "x", &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
    g_autofree char *now = NULL;
    g_assert_true(g_file_get_contents(place.file, &now, NULL, NULL));
    g_assert_cmpstr(now, ==, contents[i]); /* never replaced */
  }
}

/* Whatever step of making the file fails, there is none afterwards, or a whole one. */
static void test_faults(void)
{
#ifdef REEVE_FAILPOINTS
  for (int step = 1;; step++) {
    g_auto(Place) place = place_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *rules = g_strdup_printf("*:%d=ENOSPC", step);
    failpoint_arm(rules);
    g_autofree char *sealed = secret_box_seal(place.directory, "purpose", "hush", &error);
    failpoint_arm(NULL);
    if (sealed) {
      g_assert_cmpint(step, >, 3);
      assert_opens(&place, sealed, "hush");
      return;
    }
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
    g_autofree char *again = seal(&place, "hush");
    assert_opens(&place, again, "hush");
    g_autoptr(GDir) entries = g_dir_open(place.directory, 0, NULL);
    g_assert_cmpstr(g_dir_read_name(entries), ==, SECRET_BOX_FILE);
    g_assert_null(g_dir_read_name(entries));
  }
#endif
}

static gpointer seal_one(gpointer data)
{
  return seal(data, "hush");
}

/* Who is first makes the key, and all have it. */
static void test_race(void)
{
  for (int round = 0; round < 20; round++) {
    g_auto(Place) place = place_new();
    GThread *threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
      threads[i] = g_thread_new("seal", seal_one, &place);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
      g_autofree char *sealed = g_thread_join(threads[i]);
      assert_opens(&place, sealed, "hush");
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/secret-box/seal", test_seal);
  g_test_add_func("/secret-box/damage", test_damage);
  g_test_add_func("/secret-box/lost-key", test_lost_key);
  g_test_add_func("/secret-box/bad-file", test_bad_file);
  g_test_add_func("/secret-box/faults", test_faults);
  g_test_add_func("/secret-box/race", test_race);
  return g_test_run();
}
