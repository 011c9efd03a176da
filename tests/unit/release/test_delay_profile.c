#include "release/delay_profile.h"

#include "profile.h"

enum { MINUTE = 60 * 1000 };

static void test_choice(void)
{
  g_autoptr(GPtrArray) profiles = records_new(&delay_profile_table);
  static const struct {
    int64_t id, order, tag;
  } rows[] = {{1, 50, 0}, {2, 10, 7}, {3, 5, 8}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    DelayProfile *delay = record_new(&delay_profile_table);
    delay->id = rows[i].id;
    delay->order = rows[i].order;
    g_clear_pointer(&delay->tags, g_array_unref);
    delay->tags = ids_of(rows[i].tag);
    g_ptr_array_add(profiles, delay);
  }
  g_autoptr(GArray) seven = ids_of(7), none = ids_of(0);
  g_assert_cmpint(delay_profile_for(profiles, seven)->id, ==, 2);
  g_assert_cmpint(delay_profile_for(profiles, none)->id, ==, 1);
  g_assert_cmpint(delay_profile_for(profiles, NULL)->id, ==, 1);
  const DelayProfile *built_in = delay_profile_for(NULL, NULL);
  g_assert_cmpint(built_in->usenet_delay_minutes, ==, 0);
  g_assert_true(delay_profile_enables(built_in, PROTOCOL_TORRENT) && delay_profile_enables(built_in, PROTOCOL_USENET));
  DelayProfile no_torrents = {.enable_usenet = true};
  g_assert_false(delay_profile_enables(&no_torrents, PROTOCOL_TORRENT));
}

static void test_until(void)
{
  /* published at 0, asked at minute 30 */
  static const struct {
    const char *what;
    DelayProfile delay;
    int protocol, quality;
    int64_t score;
    bool mends;
    int64_t pending_minute; /* -1: none */
    int64_t want_minute;    /* 0: not held */
  } rows[] = {
      {"no delay", {0}, PROTOCOL_TORRENT, QUALITY_HDTV_720P, 0, false, -1, 0},
      {"held", {.torrent_delay_minutes = 60}, PROTOCOL_TORRENT, QUALITY_HDTV_720P, 0, false, -1, 60},
      {"the other protocol's", {.usenet_delay_minutes = 60}, PROTOCOL_TORRENT, QUALITY_HDTV_720P, 0, false, -1, 0},
      {"over", {.torrent_delay_minutes = 30}, PROTOCOL_TORRENT, QUALITY_HDTV_720P, 0, false, -1, 0},
      {"mends, preferred",
       {.torrent_delay_minutes = 60, .preferred_protocol = PROTOCOL_TORRENT},
       PROTOCOL_TORRENT,
       QUALITY_HDTV_720P,
       0,
       true,
       -1,
       0},
      {"mends, not preferred",
       {.torrent_delay_minutes = 60, .preferred_protocol = PROTOCOL_USENET},
       PROTOCOL_TORRENT,
       QUALITY_HDTV_720P,
       0,
       true,
       -1,
       60},
      {"the best",
       {.torrent_delay_minutes = 60, .preferred_protocol = PROTOCOL_TORRENT, .bypass_if_highest_quality = true},
       PROTOCOL_TORRENT,
       QUALITY_BLURAY_720P,
       0,
       false,
       -1,
       0},
      {"not the best",
       {.torrent_delay_minutes = 60, .preferred_protocol = PROTOCOL_TORRENT, .bypass_if_highest_quality = true},
       PROTOCOL_TORRENT,
       QUALITY_WEBDL_720P,
       0,
       false,
       -1,
       60},
      {"score",
       {.torrent_delay_minutes = 60, .preferred_protocol = PROTOCOL_TORRENT, .bypass_if_above_score = true, .minimum_score = 10},
       PROTOCOL_TORRENT,
       QUALITY_HDTV_720P,
       10,
       false,
       -1,
       0},
      {"too little score",
       {.torrent_delay_minutes = 60, .preferred_protocol = PROTOCOL_TORRENT, .bypass_if_above_score = true, .minimum_score = 10},
       PROTOCOL_TORRENT,
       QUALITY_HDTV_720P,
       9,
       false,
       -1,
       60},
      {"another one has waited", {.torrent_delay_minutes = 60}, PROTOCOL_TORRENT, QUALITY_HDTV_720P, 0, false, -31, 0},
      {"another one waits", {.torrent_delay_minutes = 60}, PROTOCOL_TORRENT, QUALITY_HDTV_720P, 0, false, 10, 60},
  };
  g_autoptr(QualityProfile) profile = profile_named("HD-720p");
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ReleaseOffer offer = {.protocol = rows[i].protocol};
    DelayQuestion question = {.offer = &offer,
                              .profile = profile,
                              .model = {rows[i].quality, {.version = 1}},
                              .score = rows[i].score,
                              .mends_file = rows[i].mends,
                              .oldest_pending_ms =
                                  rows[i].pending_minute == -1 ? FIELD_NULL_INT : rows[i].pending_minute * MINUTE,
                              .now_ms = 30 * MINUTE};
    int64_t until = delay_profile_until(&rows[i].delay, &question);
    if (until != rows[i].want_minute * MINUTE)
      g_error("%s: %" G_GINT64_FORMAT, rows[i].what, until);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/delay-profile/choice", test_choice);
  g_test_add_func("/delay-profile/until", test_until);
  return g_test_run();
}
