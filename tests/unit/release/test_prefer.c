#include "release/prefer.h"

#include "profile.h"

enum { HOUR = 3600 * 1000 };
static const int64_t now_ms = 1000LL * 24 * HOUR;

/* Two releases that are alike but for what a row says; the first is the better one, or neither is. */
typedef struct {
  int quality, version;
  int64_t score, indexer, flags, seeders, peers, age_hours, size_bytes;
  int protocol;
} Side;

static void test_order(void)
{
  static const struct {
    const char *what;
    Side better, worse;
    bool equal, ignore_propers, flags_count;
  } rows[] = {
      {"quality", {QUALITY_BLURAY_1080P, 1}, {QUALITY_WEBDL_1080P, 2, .score = 900}},
      {"a group is one quality", {QUALITY_WEBDL_1080P, 1, .score = 1}, {QUALITY_WEBRIP_1080P, 1}},
      {"issue", {QUALITY_DVD, 2}, {QUALITY_DVD, 1, .score = 900}},
      {"issue, not preferred", {QUALITY_DVD, 1, .score = 900}, {QUALITY_DVD, 2}, .ignore_propers = true},
      {"protocol", {QUALITY_DVD, 1, .protocol = PROTOCOL_USENET}, {QUALITY_DVD, 1, .indexer = 1, .protocol = PROTOCOL_TORRENT}},
      {"indexer", {QUALITY_DVD, 1, .indexer = 1}, {QUALITY_DVD, 1, .indexer = 2, .seeders = 5000}},
      {"flags",
       {QUALITY_DVD, 1, .flags = INDEXER_FLAG_FREELEECH},
       {QUALITY_DVD, 1, .flags = INDEXER_FLAG_HALFLEECH},
       .flags_count = true},
      {"flags do not count", {QUALITY_DVD, 1, .flags = 1}, {QUALITY_DVD, 1}, .equal = true},
      {"seeders",
       {QUALITY_DVD, 1, .seeders = 100, .protocol = PROTOCOL_TORRENT},
       {QUALITY_DVD, 1, .seeders = 10, .protocol = PROTOCOL_TORRENT}},
      {"as many seeders",
       {QUALITY_DVD, 1, .seeders = 12, .protocol = PROTOCOL_TORRENT},
       {QUALITY_DVD, 1, .seeders = 10, .protocol = PROTOCOL_TORRENT},
       .equal = true},
      {"peers",
       {QUALITY_DVD, 1, .peers = 100, .protocol = PROTOCOL_TORRENT},
       {QUALITY_DVD, 1, .peers = 10, .protocol = PROTOCOL_TORRENT}},
      {"age", {QUALITY_DVD, 1, .protocol = PROTOCOL_USENET}, {QUALITY_DVD, 1, .age_hours = 2, .protocol = PROTOCOL_USENET}},
      {"age in days",
       {QUALITY_DVD, 1, .age_hours = 24 * 9, .protocol = PROTOCOL_USENET},
       {QUALITY_DVD, 1, .age_hours = 24 * 90, .protocol = PROTOCOL_USENET}},
      {"size, the larger",
       {QUALITY_BLURAY_1080P, 1, .size_bytes = 9LL << 30},
       {QUALITY_BLURAY_1080P, 1, .size_bytes = 8LL << 30}},
      {"size, nearly",
       {QUALITY_BLURAY_1080P, 1, .size_bytes = 9LL << 30},
       {QUALITY_BLURAY_1080P, 1, .size_bytes = (9LL << 30) + (50 << 20)},
       .equal = true},
      {"size, the nearer", {QUALITY_DVD, 1, .size_bytes = 9500LL << 20}, {QUALITY_DVD, 1, .size_bytes = 12000LL << 20}},
  };
  g_autoptr(QualityProfile) profile = profile_named("Any");
  g_autoptr(GPtrArray) definitions = quality_definition_seeds();
  g_autoptr(GPtrArray) indexers = records_new(&indexer_rules_table);
  for (int64_t id = 1; id <= 2; id++) {
    IndexerRules *rules = record_new(&indexer_rules_table);
    rules->id = id;
    rules->priority = id * 10;
    g_ptr_array_add(indexers, rules);
  }
  Movie movie = {.running_minutes = 100}; /* preferred: 9,500 MB */
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    DecisionSettings settings = {.propers = rows[i].ignore_propers ? PROPERS_DO_NOT_PREFER : PROPERS_PREFER_AND_UPGRADE,
                                 .prefer_indexer_flags = rows[i].flags_count};
    DecisionCase input = {.now_ms = now_ms,
                          .movie = &movie,
                          .profile = profile,
                          .settings = &settings,
                          .delay = delay_profile_for(NULL, NULL),
                          .definitions = definitions,
                          .indexers = indexers};
    Decision decisions[2];
    ReleaseOffer offers[2];
    for (int k = 0; k < 2; k++) {
      const Side *side = k ? &rows[i].worse : &rows[i].better;
      offers[k] = (ReleaseOffer){.protocol = side->protocol,
                                 .indexer = side->indexer,
                                 .flags = side->flags,
                                 .seeders = side->seeders,
                                 .peers = side->peers,
                                 .published_ms = now_ms - side->age_hours * HOUR,
                                 .size_bytes = side->size_bytes};
      decisions[k] = (Decision){.offer = &offers[k], .score = side->score, .model = {side->quality, {.version = side->version}}};
    }
    int order = prefer_compare(&input, &decisions[0], &decisions[1]);
    g_assert_cmpint(order, ==, -prefer_compare(&input, &decisions[1], &decisions[0]));
    if ((order > 0) == rows[i].equal || order < 0)
      g_error("%s: %d", rows[i].what, order);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/prefer/order", test_order);
  return g_test_run();
}
