#include "library/scan_rows.h"
#include "library_fixture.h"

#ifdef REEVE_FAILPOINTS
#include "base/failpoint.h"
#endif

/* found, unchanged, probed, changed, moved, failed, missing */
#define ASSERT_PROGRESS(library, f, u, p, c, m, x, g)                                                                            \
  G_STMT_START                                                                                                                   \
  {                                                                                                                              \
    const ScanProgress *now = &(library).progress;                                                                               \
    g_autofree char *is = g_strdup_printf("found %d unchanged %d probed %d changed %d moved %d failed %d missing %d",            \
                                          (int)now->found, (int)now->unchanged, (int)now->probed, (int)now->changed,             \
                                          (int)now->moved, (int)now->failed, (int)now->missing);                                 \
    g_autofree char *should_be =                                                                                                 \
        g_strdup_printf("found %d unchanged %d probed %d changed %d moved %d failed %d missing %d", f, u, p, c, m, x, g);        \
    g_assert_cmpstr(is, ==, should_be);                                                                                          \
  }                                                                                                                              \
  G_STMT_END

/* Text files, which fail to be probed, but are files. */
static void add_texts(const Library *library, const char *directory, int n)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("%s/text %d.mkv", directory, i);
    g_autofree char *content = g_strdup_printf("%s %d is no film", directory, i);
    tree_write(library->tree, name, content);
  }
}

static void test_incremental(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "Films/a.mkv", 0);
  library_add_clip(&library, "Shows/1/b.mkv", 1);
  tree_write(library.tree, "Films/text.mkv", "no film");
  tree_write(library.tree, "Films/empty.mkv", "");
  tree_write(library.tree, "Films/readme.txt", "");
  tree_write(library.tree, "Films/a.en.srt", "");
  tree_write(library.tree, ".reeve-trash/1/old.mkv", "");
  library_scan(&library);
  ASSERT_PROGRESS(library, 4, 0, 4, 0, 0, 2, 0);
  g_assert_cmpint(library.progress.directories, ==, 4);
  g_assert_cmpint(library_count(&library, "1 = 1"), ==, 4);

  g_autoptr(LibraryFile) a = library_file(&library, "Films/a.mkv");
  g_assert_cmpint(a->state, ==, FILE_READY);
  g_assert_cmpstr(a->container, ==, "mkv");
  g_assert_cmpint(a->width, ==, 64);
  g_assert_cmpint(strlen(a->fingerprint), ==, 32);
  g_assert_cmpstr(a->sidecars[0], ==, "a.en.srt");
  g_assert_null(a->sidecars[1]);
  g_assert_cmpint(a->found_at_ms, ==, 1000000);
  g_autoptr(LibraryFile) text = library_file(&library, "Films/text.mkv");
  g_assert_cmpint(text->state, ==, FILE_FAILED);
  g_assert_nonnull(text->error);
  g_assert_nonnull(strstr(library.messages->str, "Films/text.mkv"));
  g_assert_nonnull(strstr(library.messages->str, "Films/empty.mkv"));
  g_autoptr(Root) root = library_root(&library);
  g_assert_cmpint(root->file_count, ==, 4);
  g_assert_cmpint(root->scanned_at_ms, ==, 1000000);
  g_assert_cmpint(root->device, ==, a->device);

  for (int i = 0; i < 2; i++) { /* what failed is not tried again */
    library_scan(&library);
    ASSERT_PROGRESS(library, 4, 4, 0, 0, 0, 0, 0);
    g_assert_cmpstr(library.messages->str, ==, "");
  }
}

static void test_changed(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  tree_write(library.tree, "b.mkv", "downloading");
  library_scan(&library);
  g_autoptr(LibraryFile) before = library_file(&library, "a.mkv");
  g_autoptr(LibraryFile) b = library_file(&library, "b.mkv");

  manual_clock_advance(&library.clock, 5000);
  library_add_clip(&library, "a.mkv", 1);
  library_add_clip(&library, "b.mkv", 0);
  library_scan(&library);
  ASSERT_PROGRESS(library, 2, 0, 2, 2, 0, 0, 0);
  g_autoptr(LibraryFile) after = library_file(&library, "a.mkv");
  g_assert_cmpint(after->id, ==, before->id);
  g_assert_cmpstr(after->fingerprint, !=, before->fingerprint);
  g_assert_cmpint(after->width, ==, 80);
  g_assert_cmpint(after->found_at_ms, ==, 1000000);
  g_assert_cmpint(after->probed_at_ms, ==, 1005000);
  g_autoptr(LibraryFile) good = library_file(&library, "b.mkv");
  g_assert_cmpint(good->id, ==, b->id);
  g_assert_cmpint(good->state, ==, FILE_READY);
  g_assert_null(good->error);

  tree_write(library.tree, "a.mkv", "overwritten"); /* what was known is known no more */
  library_scan(&library);
  ASSERT_PROGRESS(library, 2, 1, 1, 1, 0, 1, 0);
  g_autoptr(LibraryFile) bad = library_file(&library, "a.mkv");
  g_assert_cmpint(bad->id, ==, before->id);
  g_assert_null(bad->media);
  g_assert_null(bad->container);
}

static void test_sidecars(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  library_scan(&library);
  tree_write(library.tree, "a.nfo", "");
  tree_write(library.tree, "a-poster.jpg", "");
  tree_write(library.tree, "a.\xff.srt", "");
  library_scan(&library);
  ASSERT_PROGRESS(library, 1, 1, 0, 0, 0, 0, 0);
  g_autoptr(LibraryFile) two = library_file(&library, "a.mkv");
  g_autofree char *names = g_strjoinv(",", two->sidecars);
  g_assert_cmpstr(names, ==, "a-poster.jpg,a.nfo");
  g_assert_cmpint(two->state, ==, FILE_READY);
  g_assert_nonnull(two->media);
  tree_remove(library.tree, "a.nfo");
  library_scan(&library);
  ASSERT_PROGRESS(library, 1, 1, 0, 0, 0, 0, 0);
  g_autoptr(LibraryFile) one = library_file(&library, "a.mkv");
  g_assert_cmpint(g_strv_length(one->sidecars), ==, 1);
  g_assert_cmpint(one->probed_at_ms, ==, two->probed_at_ms);
}

static void test_moves(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "Films/a.mkv", 0);
  library_add_clip(&library, "Films/b.mkv", 1);
  add_texts(&library, "Texts", 3);
  library_scan(&library);
  g_autoptr(LibraryFile) a = library_file(&library, "Films/a.mkv");
  g_autoptr(LibraryFile) b = library_file(&library, "Films/b.mkv");
  g_autoptr(LibraryFile) text = library_file(&library, "Texts/text 1.mkv");

  tree_rename(library.tree, "Films/a.mkv", "Films/A (2001).mkv"); /* in its directory */
  tree_rename(library.tree, "Films/b.mkv", "Other/x/b.mp4");      /* to another */
  tree_rename(library.tree, "Texts", "Words");                    /* with its directory */
  library_scan(&library);
  ASSERT_PROGRESS(library, 5, 0, 0, 0, 5, 0, 0);
  g_autoptr(LibraryFile) a2 = library_file(&library, "Films/A (2001).mkv");
  g_autoptr(LibraryFile) b2 = library_file(&library, "Other/x/b.mp4");
  g_autoptr(LibraryFile) text2 = library_file(&library, "Words/text 1.mkv");
  g_assert_cmpint(a2->id, ==, a->id);
  g_assert_cmpint(b2->id, ==, b->id);
  g_assert_cmpint(text2->id, ==, text->id);
  g_assert_cmpint(a2->state, ==, FILE_READY);
  g_assert_cmpint(text2->state, ==, FILE_FAILED);
  g_assert_cmpstr(text2->error, ==, text->error);
  g_assert_cmpint(library_count(&library, "1 = 1"), ==, 5);

  /* By content: as when it was copied from one file system to another. */
  library_add_clip(&library, "Copied/a.mkv", 0);
  tree_remove(library.tree, "Films/A (2001).mkv");
  library_scan(&library);
  ASSERT_PROGRESS(library, 5, 4, 1, 0, 1, 0, 0);
  g_autoptr(LibraryFile) a3 = library_file(&library, "Copied/a.mkv");
  g_assert_cmpint(a3->id, ==, a->id);
  g_assert_cmpint(a3->found_at_ms, ==, a->found_at_ms);
  g_assert_cmpint(library_count(&library, "1 = 1"), ==, 5);

  /* A copy whose original is still there is a file of its own. */
  library_add_clip(&library, "Copied/a again.mkv", 0);
  library_scan(&library);
  ASSERT_PROGRESS(library, 6, 5, 1, 0, 0, 0, 0);
  g_assert_cmpint(library_count(&library, "1 = 1"), ==, 6);
}

/* Two files that take each other's names: each name keeps its row, and both rows are right. */
static void test_swap(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  library_add_clip(&library, "b.mkv", 1);
  library_scan(&library);
  g_autoptr(LibraryFile) a = library_file(&library, "a.mkv");
  g_autoptr(LibraryFile) b = library_file(&library, "b.mkv");
  tree_rename(library.tree, "a.mkv", "c.mkv");
  tree_rename(library.tree, "b.mkv", "a.mkv");
  tree_rename(library.tree, "c.mkv", "b.mkv");
  library_scan(&library);
  ASSERT_PROGRESS(library, 2, 0, 2, 2, 0, 0, 0);
  g_autoptr(LibraryFile) a2 = library_file(&library, "a.mkv");
  g_autoptr(LibraryFile) b2 = library_file(&library, "b.mkv");
  g_assert_cmpint(a2->id, ==, a->id);
  g_assert_cmpstr(a2->fingerprint, ==, b->fingerprint);
  g_assert_cmpint(a2->inode, ==, b->inode);
  g_assert_cmpint(b2->id, ==, b->id);
  g_assert_cmpint(b2->width, ==, 64);
}

static void test_hard_links(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  add_texts(&library, "Texts", 4);
  library_scan(&library);
  tree_link(library.tree, "a.mkv", "seeding/a.mkv.mkv");
  library_scan(&library);
  ASSERT_PROGRESS(library, 6, 5, 1, 0, 0, 0, 0);
  g_autoptr(LibraryFile) a = library_file(&library, "a.mkv");
  g_autoptr(LibraryFile) linked = library_file(&library, "seeding/a.mkv.mkv");
  g_assert_cmpint(a->id, !=, linked->id);
  g_assert_cmpint(a->inode, ==, linked->inode);
  g_assert_cmpint(a->link_count, ==, 2);
  g_assert_cmpint(linked->link_count, ==, 2);

  /* One of the names moves; the other stays. */
  tree_rename(library.tree, "seeding/a.mkv.mkv", "done/a.mkv");
  library_scan(&library);
  ASSERT_PROGRESS(library, 6, 5, 0, 0, 1, 0, 0);
  g_autoptr(LibraryFile) moved = library_file(&library, "done/a.mkv");
  g_assert_cmpint(moved->id, ==, linked->id);

  tree_remove(library.tree, "a.mkv");
  library_scan(&library);
  ASSERT_PROGRESS(library, 5, 5, 0, 0, 0, 0, 1);
  g_autoptr(LibraryFile) last = library_file(&library, "done/a.mkv");
  g_assert_cmpint(last->link_count, ==, 1);
}

static void test_missing(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  add_texts(&library, "Texts", 9);
  library_scan(&library);
  g_autoptr(LibraryFile) a = library_file(&library, "a.mkv");
  char *elsewhere = tree_new();
  g_autofree char *from = g_build_filename(library.tree, "a.mkv", NULL), *to = g_build_filename(elsewhere, "a.mkv", NULL);
  g_assert_cmpint(rename(from, to), ==, 0);
  library_scan(&library);
  ASSERT_PROGRESS(library, 9, 9, 0, 0, 0, 0, 1);
  g_autoptr(LibraryFile) missing = library_file(&library, "a.mkv");
  g_assert_cmpint(missing->id, ==, a->id);
  g_assert_cmpint(missing->state, ==, FILE_MISSING);
  g_assert_cmpint(missing->missing_since_ms, ==, 1000000);
  g_autoptr(Root) root = library_root(&library);
  g_assert_cmpint(root->file_count, ==, 9);
  library_scan(&library); /* it is missing only once */
  ASSERT_PROGRESS(library, 9, 9, 0, 0, 0, 0, 0);

  g_assert_cmpint(rename(to, from), ==, 0); /* the same file: nothing to probe */
  library_scan(&library);
  ASSERT_PROGRESS(library, 10, 10, 0, 0, 0, 0, 0);
  g_autoptr(LibraryFile) back = library_file(&library, "a.mkv");
  g_assert_cmpint(back->id, ==, a->id);
  g_assert_cmpint(back->state, ==, FILE_READY);
  g_assert_cmpint(back->missing_since_ms, ==, FIELD_NULL_INT);

  tree_remove(library.tree, "a.mkv");
  library_scan(&library);
  library_add_clip(&library, "Restored/a.mkv", 0); /* from a backup, somewhere else */
  library_scan(&library);
  ASSERT_PROGRESS(library, 10, 9, 1, 0, 1, 0, 0);
  g_autoptr(LibraryFile) restored = library_file(&library, "Restored/a.mkv");
  g_assert_cmpint(restored->id, ==, a->id);
  tree_free(elsewhere);
}

/* A file that the rules leave out from now on is no part of the library, and no loss either. */
static void test_excluded(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_texts(&library, "Films", 2);
  add_texts(&library, "Extras", 20);
  library_scan(&library);
  library_exec(&library, "UPDATE roots SET exclude = '[\"Extras\"]'");
  library_scan(&library);
  ASSERT_PROGRESS(library, 2, 2, 0, 0, 0, 0, 20);
  g_autoptr(LibraryFile) file = library_file(&library, "Extras/text 0.mkv");
  g_assert_cmpint(file->state, ==, FILE_MISSING);
  g_assert_nonnull(strstr(file->error, "rules"));
  library_exec(&library, "UPDATE roots SET exclude = '[]'");
  library_scan(&library);
  ASSERT_PROGRESS(library, 22, 2, 20, 20, 0, 20, 0);
  g_assert_cmpint(library_count(&library, "state = 'failed'"), ==, 22);
}

static void test_odd_names(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  g_autofree char *filler = g_strnfill(251, 'x');
  g_autofree char *longest = g_strconcat(filler, ".mkv", NULL);
  const char *names[] = {"new\nline.mkv",  "quote\"'.mkv", "-rf.mkv",   "back\\slash.mkv",
                         "per%s%cent.mkv", "Amélie ★.mkv", "tab\t.mkv", "; DROP TABLE files; --.mkv",
                         longest};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    library_add_clip(&library, names[i], 0);
  tree_write(library.tree, "bad\xff.mkv", "");
  tree_write(library.tree, "dir\xfe/b.mkv", "");
  library_scan(&library);
  int n = G_N_ELEMENTS(names);
  ASSERT_PROGRESS(library, n + 2, 0, n, 0, 0, 0, 0);
  g_assert_cmpint(library.progress.unreadable, ==, 2);
  g_assert_nonnull(strstr(library.messages->str, "bad\\377.mkv\" is left out"));
  for (int i = 0; i < n; i++) {
    g_autoptr(LibraryFile) file = library_file(&library, names[i]);
    g_assert_cmpint(file->state, ==, FILE_READY);
  }
  library_scan(&library);
  ASSERT_PROGRESS(library, n + 2, n, 0, 0, 0, 0, 0);
}

static void test_cancel(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_texts(&library, "a", 400);
  add_texts(&library, "b", 400);
  library.cancel = cancel_new(NULL);
  library.cancels_at_message = true; /* the first that fails */
  library_scan_fails(&library, REEVE_ERROR_CANCELLED, "cancelled");
  int64_t done = library_count(&library, "state = 'failed'");
  g_assert_cmpint(done, >, 0);
  g_assert_cmpint(done, <, 800);
  g_clear_pointer(&library.cancel, cancel_unref);
  library.cancels_at_message = false;
  library_scan(&library);
  ASSERT_PROGRESS(library, 800, (int)done, (int)(800 - done), 0, 0, (int)(800 - done), 0);
  g_assert_cmpint(library_count(&library, "state = 'failed'"), ==, 800);

  library.cancel = cancel_new(NULL); /* before it began */
  cancel_set(library.cancel);
  library_scan_fails(&library, REEVE_ERROR_CANCELLED, "cancelled");
  g_clear_pointer(&library.cancel, cancel_unref);
}

typedef struct {
  Library *library;
  bool was_refused;
  int calls;
} Second;

static void scan_again(const char *level, const char *message, void *user_data)
{
  Second *second = user_data;
  g_autoptr(GError) error = NULL;
  g_assert_false(scan_root(&second->library->context, second->library->root_id, NULL, NULL, &error));
  second->was_refused = g_error_matches(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
}

static void count_progress(const ScanProgress *progress, void *user_data)
{
  ((Second *)user_data)->calls++;
}

static void test_one_at_a_time(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  tree_write(library.tree, "a.mkv", "no film");
  Second second = {.library = &library};
  g_autoptr(GError) error = NULL;
  ScanWatch watch = {.on_message = scan_again, .on_progress = count_progress, .user_data = &second};
  g_assert_true(scan_root(&library.context, library.root_id, &watch, NULL, &error));
  g_assert_true(second.was_refused);
  g_assert_cmpint(second.calls, >=, 1);
  library_scan(&library);
  g_assert_false(scan_root(&library.context, 999, NULL, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

static void wake_nobody(void *user_data)
{
}

static void test_events(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  tree_write(library.tree, "a.mkv", "no film");
  g_autoptr(EventBus) events = event_bus_new(NULL, 100);
  library.context.events = events;
  EventSubscription *subscription = event_subscribe(events, -1, wake_nobody, NULL);
  library_scan(&library);
  g_autofree char *last = NULL;
  for (char *next; (next = event_take(subscription));) {
    g_free(last);
    last = next;
  }
  g_assert_nonnull(last);
  g_assert_nonnull(strstr(last, "\"state\":\"done\""));
  g_assert_nonnull(strstr(last, "\"found\":1"));
  event_unsubscribe(subscription);
}

/* What failed for a reason outside the file is tried again. */
static void test_retry(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  library_scan(&library);
  library_exec(&library, "UPDATE files SET state = 'failed', error = 'denied', media = NULL, probed_at_ms = NULL");
  library_scan(&library);
  ASSERT_PROGRESS(library, 1, 0, 1, 1, 0, 0, 0);
  g_autoptr(LibraryFile) file = library_file(&library, "a.mkv");
  g_assert_cmpint(file->state, ==, FILE_READY);
  g_autoptr(GError) denied = g_error_new(REEVE_ERROR, REEVE_ERROR_DENIED, "x");
  g_autoptr(GError) corrupt = g_error_new(REEVE_ERROR, REEVE_ERROR_CORRUPT, "x");
  g_assert_false(scan_error_is_final(denied));
  g_assert_true(scan_error_is_final(corrupt));
}

/* The numbers of file systems may change from boot to boot. */
static void test_device_renumbered(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a.mkv", 0);
  library_scan(&library);
  g_autoptr(LibraryFile) before = library_file(&library, "a.mkv");
  library_exec(&library, "UPDATE files SET device = device + 1000");
  library_scan(&library);
  ASSERT_PROGRESS(library, 1, 1, 0, 0, 0, 0, 0);
  g_autoptr(LibraryFile) after = library_file(&library, "a.mkv");
  g_assert_cmpint(after->device, ==, before->device);
}

#ifdef REEVE_FAILPOINTS
static void test_unreadable(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library.context.threads = 1;
  add_texts(&library, "only", 20);
  tree_write(library.tree, "top.mkv", "x");
  library_scan(&library);
  failpoint_arm("walk.opendir:2=EACCES");
  library_scan(&library);
  ASSERT_PROGRESS(library, 1, 1, 0, 0, 0, 0, 0);
  g_assert_cmpint(library.progress.unreadable, ==, 1);
  g_assert_nonnull(strstr(library.messages->str, "only\" cannot be read"));
  failpoint_arm("walk.stat:1=EIO");
  library_scan(&library);
  g_assert_cmpint(library.progress.missing, ==, 0);
  failpoint_arm("walk.open_root:1=EIO");
  library_scan_fails(&library, REEVE_ERROR_IO, "cannot be read");
  failpoint_arm(NULL);
  library_scan(&library);
  ASSERT_PROGRESS(library, 21, 21, 0, 0, 0, 0, 0);
}
#endif

static void test_many(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  int n = g_test_slow() ? 20000 : 2000;
  for (int i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("%d/%d.mkv", i % 100, i);
    tree_write(library.tree, name, "");
  }
  library_scan(&library);
  ASSERT_PROGRESS(library, n, 0, n, 0, 0, n, 0);
  g_test_timer_start();
  library_scan(&library);
  ASSERT_PROGRESS(library, n, n, 0, 0, 0, 0, 0);
  g_test_message("%d unchanged files in %.3f s", n, g_test_timer_elapsed());
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/scan/incremental", test_incremental);
  test_db_each("/scan/changed", test_changed);
  test_db_each("/scan/sidecars", test_sidecars);
  test_db_each("/scan/moves", test_moves);
  test_db_each("/scan/swap", test_swap);
  test_db_each("/scan/hard_links", test_hard_links);
  test_db_each("/scan/missing", test_missing);
  test_db_each("/scan/excluded", test_excluded);
  test_db_each("/scan/odd_names", test_odd_names);
  test_db_each("/scan/cancel", test_cancel);
  test_db_each("/scan/one_at_a_time", test_one_at_a_time);
  test_db_each("/scan/events", test_events);
  test_db_each("/scan/retry", test_retry);
  test_db_each("/scan/device_renumbered", test_device_renumbered);
#ifdef REEVE_FAILPOINTS
  test_db_each("/scan/unreadable", test_unreadable);
#endif
  test_db_each("/scan/many", test_many);
  int failed = g_test_run();
  clips_remove();
  return failed;
}
