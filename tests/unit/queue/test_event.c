/* Events in this process: numbers, blocks, coming back with an id, falling behind. Between servers: test_event_bridge.c */
#include "queue/event.h"

#include "waker.h"

#include <stdlib.h>
#include <string.h>

static int64_t id_of(const char *block)
{
  g_assert_true(g_str_has_prefix(block, "id: "));
  return strtoll(block + 4, NULL, 10);
}

/* The block without its id line. */
static void assert_rest(const char *block, const char *expected)
{
  g_assert_nonnull(block);
  g_assert_cmpstr(strchr(block, '\n') + 1, ==, expected);
}

static void test_block(void)
{
  static const struct {
    const char *data, *in_block;
  } rows[] = {
      {"{}", "event: job\ndata: {}\n\n"},
      {"{\"a\": 1}", "event: job\ndata: {\"a\": 1}\n\n"},
      {"{\n  \"a\": 1\r\n}", "event: job\ndata: {   \"a\": 1  }\n\n"},
      {"{\"a\":\"line\\nline\"}", "event: job\ndata: {\"a\":\"line\\nline\"}\n\n"},
  };
  g_autoptr(EventBus) bus = event_bus_new(NULL, 0);
  g_auto(Waker) waker = {0};
  g_autoptr(EventSubscription) subscription = event_subscribe(bus, -1, waker_wake, &waker);
  g_assert_null(event_take(subscription));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    event_publish(bus, "job", rows[i].data);
    g_autofree char *block = event_take(subscription);
    assert_rest(block, rows[i].in_block);
  }
  g_assert_null(event_take(subscription));
  g_assert_cmpint(waker.count, ==, G_N_ELEMENTS(rows));
}

static void test_coming_back(void)
{
  g_autoptr(EventBus) bus = event_bus_new(NULL, 8);
  g_auto(Waker) waker = {0};
  g_autoptr(EventSubscription) first = event_subscribe(bus, -1, waker_wake, &waker);
  event_publish(bus, "job", "{\"n\":1}");
  event_publish(bus, "job", "{\"n\":2}");
  event_publish(bus, "job", "{\"n\":3}");
  g_autofree char *one = event_take(first);

  g_autoptr(EventSubscription) again = event_subscribe(bus, id_of(one), waker_wake, &waker);
  g_autofree char *two = event_take(again), *three = event_take(again), *none = event_take(again);
  assert_rest(two, "event: job\ndata: {\"n\":2}\n\n");
  assert_rest(three, "event: job\ndata: {\"n\":3}\n\n");
  g_assert_null(none);
  g_assert_cmpint(id_of(two), ==, id_of(one) + 1);

  g_autoptr(EventSubscription) up_to_date = event_subscribe(bus, id_of(three), waker_wake, &waker);
  g_assert_null(event_take(up_to_date));
}

static void test_unknown_ids_are_lost(void)
{
  static const int64_t ids[] = {0, 7, INT64_MAX};
  g_autoptr(EventBus) bus = event_bus_new(NULL, 8);
  event_publish(bus, "job", "{}");
  g_auto(Waker) waker = {0};
  for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
    g_autoptr(EventSubscription) subscription = event_subscribe(bus, ids[i], waker_wake, &waker);
    g_autofree char *lost = event_take(subscription), *none = event_take(subscription);
    assert_rest(lost, "event: lost\ndata: {}\n\n");
    g_assert_null(none);
    /* The lost block's id is one to come back with. */
    g_autoptr(EventSubscription) again = event_subscribe(bus, id_of(lost), waker_wake, &waker);
    g_assert_null(event_take(again));
  }
}

static void test_falling_behind(void)
{
  g_autoptr(EventBus) bus = event_bus_new(NULL, 3);
  g_auto(Waker) waker = {0};
  g_autoptr(EventSubscription) subscription = event_subscribe(bus, -1, waker_wake, &waker);
  for (int i = 1; i <= 5; i++) {
    g_autofree char *data = g_strdup_printf("{\"n\":%d}", i);
    event_publish(bus, "job", data);
  }
  g_autofree char *lost = event_take(subscription), *three = event_take(subscription), *four = event_take(subscription),
                  *five = event_take(subscription), *none = event_take(subscription);
  assert_rest(lost, "event: lost\ndata: {}\n\n");
  assert_rest(three, "event: job\ndata: {\"n\":3}\n\n");
  assert_rest(four, "event: job\ndata: {\"n\":4}\n\n");
  assert_rest(five, "event: job\ndata: {\"n\":5}\n\n");
  g_assert_null(none);
  g_assert_cmpint(id_of(three), ==, id_of(lost) + 1);
}

static void test_unsubscribed_is_silent(void)
{
  g_autoptr(EventBus) bus = event_bus_new(NULL, 3);
  g_auto(Waker) waker = {0};
  EventSubscription *subscription = event_subscribe(bus, -1, waker_wake, &waker);
  event_publish(bus, "job", "{}");
  event_unsubscribe(subscription);
  event_publish(bus, "job", "{}");
  g_assert_cmpint(waker.count, ==, 1);
}

enum { THREADS = 4, EVENTS_EACH = 500 };

static void *publish_many(void *bus)
{
  for (int i = 0; i < EVENTS_EACH; i++)
    event_publish(bus, "job", "{}");
  return NULL;
}

static void test_threads(void)
{
  g_autoptr(EventBus) bus = event_bus_new(NULL, THREADS * EVENTS_EACH);
  g_auto(Waker) waker = {0};
  g_autoptr(EventSubscription) subscription = event_subscribe(bus, -1, waker_wake, &waker);
  GThread *threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("publisher", publish_many, bus);
  int64_t last_id = -1;
  for (int taken = 0; taken < THREADS * EVENTS_EACH;) {
    g_autofree char *block = event_take(subscription);
    if (!block) {
      waker_wait(&waker, taken);
      continue;
    }
    g_assert_true(last_id < 0 || id_of(block) == last_id + 1);
    last_id = id_of(block);
    taken++;
  }
  for (int i = 0; i < THREADS; i++)
    g_thread_join(threads[i]);
  g_assert_null(event_take(subscription));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/event/block", test_block);
  g_test_add_func("/event/coming_back", test_coming_back);
  g_test_add_func("/event/unknown_ids_are_lost", test_unknown_ids_are_lost);
  g_test_add_func("/event/falling_behind", test_falling_behind);
  g_test_add_func("/event/unsubscribed_is_silent", test_unsubscribed_is_silent);
  g_test_add_func("/event/threads", test_threads);
  return g_test_run();
}
