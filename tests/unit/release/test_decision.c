#include "release/decision.h"

#include "profile.h"

#include <string.h>

static const int64_t minute_ms = 60 * 1000, hour_ms = 3600 * 1000, day_ms = 24 * 3600 * 1000LL,
                     now_ms = 2000 * 24 * 3600 * 1000LL, gib = 1LL << 30, mib = 1LL << 20;
static const char title[] = "The.Film.2015.1080p.BluRay.x264-GRP";

/* A release that every rule accepts, and everything that can make one reject. */
typedef struct {
  DecisionCase input;
  ReleaseOffer offer;
  Movie movie;
  QualityProfile *profile;
  DecisionSettings settings;
  DelayProfile delay;
  TranscodeTarget transcode;
  GrabbedRelease grabbed;
  HeldFile file;
  QueuedRelease queued;
  BlockedRelease blocked;
  IndexerRules indexer;
  ReleaseRestriction restriction;
  GPtrArray *definitions, *formats, *restrictions, *indexers, *files, *queue, *blocklist;
  GArray *one;
} Fixture;

static GPtrArray *list_of(gpointer item)
{
  GPtrArray *list = g_ptr_array_new();
  g_ptr_array_add(list, item);
  return list;
}

static void fixture_init(Fixture *f)
{
  *f = (Fixture){
      .movie = {.title = "The Film",
                .year = 2015,
                .running_minutes = 100,
                .original_language = LANGUAGE_ENGLISH,
                .monitored = true,
                .in_cinemas_ms = FIELD_NULL_INT,
                .physical_ms = now_ms - day_ms,
                .digital_ms = FIELD_NULL_INT,
                .minimum_availability = AVAILABLE_RELEASED},
      .settings = {.minimum_free_mb = 100, .handle_completed = true},
      .delay = {.enable_usenet = true, .enable_torrent = true, .preferred_protocol = PROTOCOL_TORRENT},
      .indexer = {.id = 4, .name = "Indexer", .priority = 25, .minimum_seeders = 1},
      .transcode = {.name = "hevc", .encodes = true},
      .offer = {.title = (char *)title,
                .indexer = 4,
                .protocol = PROTOCOL_TORRENT,
                .size_bytes = 8LL << 30,
                .published_ms = 1999 * 24 * 3600 * 1000LL,
                .seeders = 10,
                .peers = 12,
                .info_hash = "aa"},
      .profile = profile_named("HD-1080p"),
      .definitions = quality_definition_seeds(),
      .one = ids_of(1),
  };
  f->profile->cutoff = QUALITY_REMUX_1080P;
  f->profile->cutoff_format_score = 100;
  f->queued = (QueuedRelease){.title = "The.Film.2015.1080p.WEB-DL-X", .quality = {QUALITY_WEBDL_1080P, {.version = 1}}};
  f->file = (HeldFile){.name = "film.mkv", .quality = {QUALITY_WEBDL_1080P, {.version = 1}}, .added_ms = now_ms - 30 * day_ms};
  f->indexers = list_of(&f->indexer);
  f->files = list_of(&f->file);
  f->queue = list_of(&f->queued);
  f->blocklist = list_of(&f->blocked);
  f->input = (DecisionCase){.mode = DECIDE_RSS,
                            .now_ms = now_ms,
                            .movie = &f->movie,
                            .profile = f->profile,
                            .settings = &f->settings,
                            .delay = &f->delay,
                            .definitions = f->definitions,
                            .indexers = f->indexers,
                            .files = f->files,
                            .oldest_pending_ms = FIELD_NULL_INT,
                            .free_bytes = 100 * gib};
}

static void fixture_clear(Fixture *f)
{
  quality_profile_free(f->profile);
  g_array_unref(f->one);
  GPtrArray *lists[] = {f->definitions, f->formats, f->restrictions, f->indexers, f->files, f->queue, f->blocklist};
  for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
    g_clear_pointer(&lists[i], g_ptr_array_unref);
}

static void same_file(Fixture *f)
{
  f->file.quality.quality = QUALITY_BLURAY_1080P;
}

/* Each makes the case that a row is about. */
static void nothing(Fixture *f)
{
}
static void hash_name(Fixture *f)
{
  f->offer.title = "2d41d8cd98f00b204e9800998ecf8427e";
}
static void other_film(Fixture *f)
{
  f->movie.year = 1999;
}
static void unknown_film(Fixture *f)
{
  f->input.movie = NULL;
}
static void by_id(Fixture *f)
{
  f->movie.title = "Der Film";
  f->movie.tmdb_id = f->offer.tmdb_id = 7;
}
static void too_large(Fixture *f)
{
  f->offer.title = "The.Film.2015.1080p.WEB-DL-GRP";
  f->offer.size_bytes = 100 * 100 * mib + 1;
  same_file(f);
}
static void size_unknown(Fixture *f)
{
  f->offer.size_bytes = 0;
}
static void over_maximum(Fixture *f)
{
  f->settings.maximum_size_mb = 7168;
}
static void at_maximum(Fixture *f)
{
  f->settings.maximum_size_mb = 8192;
}
static void quality_not_taken(Fixture *f)
{
  f->offer.title = "The.Film.2015.2160p.BluRay.x265-GRP";
}
static void score_too_low(Fixture *f)
{
  f->profile->min_format_score = 1;
}
static void wrong_language(Fixture *f)
{
  f->offer.title = "The.Film.2015.French.1080p.BluRay.x264-GRP";
}
static void any_language(Fixture *f)
{
  wrong_language(f);
  f->profile->language = LANGUAGE_ANY;
}
static void language_by_indexer(Fixture *f)
{
  wrong_language(f);
  f->offer.languages = f->one; /* English */
}
static void multi_by_indexer(Fixture *f)
{
  f->offer.title = "The.Film.2015.MULTi.French.1080p.BluRay.x264-GRP";
  f->indexer.multi_languages = f->one;
}
static void protocol_off(Fixture *f)
{
  f->delay.enable_torrent = false;
}
static void a_disc(Fixture *f)
{
  f->offer.title = "The.Film.2015.1080p.COMPLETE.BLURAY-GRP";
  for (guint i = 0; i < f->profile->items->len; i++)
    ((QualityProfileItem *)f->profile->items->pdata[i])->allowed = true;
}
static void refused_word(Fixture *f)
{
  static char *words[] = {"x264", NULL};
  f->restriction = (ReleaseRestriction){.name = "R", .enabled = true, .ignored = words};
  f->restrictions = g_ptr_array_new_with_free_func((GDestroyNotify)restriction_terms_free);
  g_ptr_array_add(f->restrictions, restriction_terms_new(&f->restriction, NULL));
  f->input.restrictions = f->restrictions;
}
static void flag_missing(Fixture *f)
{
  f->indexer.required_flags = INDEXER_FLAG_FREELEECH | INDEXER_FLAG_INTERNAL;
}
static void flag_there(Fixture *f)
{
  flag_missing(f);
  f->offer.flags = INDEXER_FLAG_INTERNAL;
}
static void no_seeders(Fixture *f)
{
  f->offer.seeders = 0;
}
static void seeders_unknown(Fixture *f)
{
  f->offer.seeders = FIELD_NULL_INT;
}
static void post(Fixture *f)
{
  f->offer.protocol = PROTOCOL_USENET;
  f->offer.seeders = 0;
}
static void burnt_in(Fixture *f)
{
  f->offer.title = "The.Film.2015.KORSUB.1080p.BluRay.x264-GRP";
}
static void burnt_in_allowed(Fixture *f)
{
  static char *allowed[] = {"korsub", NULL};
  burnt_in(f);
  f->settings.allowed_hardcoded_subs = allowed;
}
static void a_sample(Fixture *f)
{
  f->offer.title = "The.Film.2015.1080p.BluRay.x264-GRP.sample";
  f->offer.size_bytes = 69 * mib;
}
static void young_post(Fixture *f)
{
  post(f);
  f->settings.minimum_age_minutes = 24 * 60 + 1;
}
static void old_post(Fixture *f)
{
  post(f);
  f->offer.published_ms = now_ms - 11 * day_ms;
  f->settings.retention_days = 10;
}
static void indexer_away(Fixture *f)
{
  f->indexer.away_until_ms = now_ms + 1;
}
static void blocked(Fixture *f)
{
  f->input.blocklist = f->blocklist;
  f->blocked = (BlockedRelease){.title = (char *)title, .indexer = 4, .protocol = PROTOCOL_TORRENT, .info_hash = "AA"};
}
static void blocked_other_hash(Fixture *f)
{
  blocked(f);
  f->blocked.info_hash = "bb";
}
static void blocked_by_name(Fixture *f)
{
  blocked(f);
  f->blocked.info_hash = "";
}
static void blocked_elsewhere(Fixture *f)
{
  blocked_by_name(f);
  f->blocked.indexer = 5;
}
static void blocked_post(Fixture *f)
{
  blocked_elsewhere(f);
  post(f);
  f->blocked.protocol = PROTOCOL_USENET;
  f->blocked.published_ms = f->offer.published_ms + 2 * minute_ms;
  f->blocked.size_bytes = f->offer.size_bytes - 2 * mib;
}
static void blocked_other_post(Fixture *f)
{
  blocked_post(f);
  f->blocked.size_bytes -= 1;
}
static void made_from_it(Fixture *f)
{
  f->file.has_source = true;
  f->file.source = f->file.quality;
  f->file.source_hash = "AA";
}
static void turned_out_worse(Fixture *f)
{
  f->grabbed = (GrabbedRelease){.title = (char *)title,
                                .quality = {QUALITY_BLURAY_1080P, {.version = 1}},
                                .imported = true,
                                .imported_as = {QUALITY_WEBDL_1080P, {.version = 1}}};
  f->input.grabbed = &f->grabbed;
}
static void queued_as_good(Fixture *f)
{
  f->input.queue = f->queue;
  f->queued.quality.quality = QUALITY_BLURAY_1080P;
}
static void queued_failed(Fixture *f)
{
  queued_as_good(f);
  f->queued.failed = true;
}
static void queued_worse(Fixture *f)
{
  f->input.queue = f->queue;
}
static void queued_proper(Fixture *f)
{
  queued_as_good(f);
  f->offer.title = "The.Film.2015.PROPER.1080p.BluRay.x264-GRP";
  f->settings.propers = PROPERS_DO_NOT_UPGRADE;
}
static void no_files(Fixture *f)
{
  f->input.files = NULL;
}
static void no_upgrades(Fixture *f)
{
  f->profile->upgrade_allowed = false;
}
static void becomes_the_same(Fixture *f)
{
  f->offer.title = "The.Film.2015.1080p.BluRay.REMUX.AVC-GRP";
  same_file(f);
  f->file.encoded = true;
  f->input.transcode = &f->transcode;
}
static void repack(Fixture *f)
{
  f->offer.title = "The.Film.2015.REPACK.1080p.BluRay.x264-GRP";
  f->file.group = "GRP";
  f->file.added_ms = now_ms - day_ms;
  same_file(f);
}
static void repack_of_others(Fixture *f)
{
  repack(f);
  f->file.group = "OTHER";
}
static void repack_of_nobody(Fixture *f)
{
  repack(f);
  f->file.group = NULL;
}
static void late_proper(Fixture *f)
{
  f->offer.title = "The.Film.2015.PROPER.1080p.BluRay.x264-GRP";
  same_file(f);
}
static void early_proper(Fixture *f)
{
  late_proper(f);
  f->file.added_ms = now_ms - 6 * day_ms;
}
static void late_proper_searched(Fixture *f)
{
  late_proper(f);
  f->input.mode = DECIDE_SEARCH;
}
static void fetched_lately(Fixture *f)
{
  f->grabbed = (GrabbedRelease){.title = "The.Film.2015.1080p.BluRay.x264-X",
                                .quality = {QUALITY_BLURAY_1080P, {.version = 1}},
                                .at_ms = now_ms - 11 * hour_ms,
                                .is_latest = true};
  f->input.grabbed = &f->grabbed;
}
static void fetched_long_ago(Fixture *f)
{
  fetched_lately(f);
  f->grabbed.at_ms = now_ms - 13 * hour_ms;
}
static void fetched_and_gone(Fixture *f)
{
  fetched_lately(f);
  f->grabbed.is_latest = false;
}
static void held_back(Fixture *f)
{
  f->delay.torrent_delay_minutes = 3 * 24 * 60;
}
static void held_back_for_users(Fixture *f)
{
  held_back(f);
  f->input.mode = DECIDE_USER_SEARCH;
}
static void not_out(Fixture *f)
{
  f->movie.physical_ms = now_ms + 1;
}
static void not_out_for_users(Fixture *f)
{
  not_out(f);
  f->input.mode = DECIDE_USER_SEARCH;
}
static void never_out(Fixture *f)
{
  f->movie.physical_ms = FIELD_NULL_INT;
}
static void out_early(Fixture *f)
{
  not_out(f);
  f->settings.availability_delay_days = -1;
}
static void unmonitored(Fixture *f)
{
  f->movie.monitored = false;
}
static void other_tags(Fixture *f)
{
  f->indexer.tags = f->one;
}
static void same_tags(Fixture *f)
{
  other_tags(f);
  f->movie.tags = f->one;
}
static void disk_full(Fixture *f)
{
  f->input.free_bytes = f->offer.size_bytes + 99 * mib;
}
static void disk_unknown(Fixture *f)
{
  f->input.free_bytes = FIELD_NULL_INT;
}
static void two_reasons(Fixture *f)
{
  no_seeders(f);
  unmonitored(f);
  disk_full(f); /* is not asked any more */
}

static const struct {
  const char *what;
  void (*set_up)(Fixture *f);
  const char *rules;  /* that reject, in order, with commas; "": accepted */
  const char *reason; /* in the first one's sentence; NULL: whatever */
} rows[] = {
    {"accepted", nothing, "", NULL},
    {"hash", hash_name, "name", "hash or random letters"},
    {"other film", other_film, "movie", "The release is \"The Film\" (2015), not \"The Film\" (1999)."},
    {"unknown film", unknown_film, "movie", "No film is known that would be \"The Film\"."},
    {"by id", by_id, "", NULL},
    {"too large", too_large, "size,upgrade", "It has 9.77 GiB; for WEBDL-1080p of 100 minutes it may have 9.77 GiB at most."},
    {"size unknown", size_unknown, "", NULL},
    {"over maximum", over_maximum, "maximum-size", "It has 8 GiB; no release may have more than 7 GiB."},
    {"at maximum", at_maximum, "", NULL},
    {"quality", quality_not_taken, "quality", "The profile \"HD-1080p\" does not take Bluray-2160p."},
    {"score", score_too_low, "format-score", "Its custom formats score 0; the profile \"HD-1080p\" takes 1 and more."},
    {"language", wrong_language, "language", "It is in French; the profile \"HD-1080p\" wants English."},
    {"any language", any_language, "", NULL},
    {"language by indexer", language_by_indexer, "", NULL},
    {"MULTi", multi_by_indexer, "", NULL},
    {"protocol", protocol_off, "protocol", "takes nothing by torrent"},
    {"disc", a_disc, "disc", "It is a disc as it is"},
    {"terms", refused_word, "terms", "The name holds \"x264\""},
    {"flags", flag_missing, "indexer-flags", "of the indexer \"Indexer\": freeleech, internal."},
    {"flag there", flag_there, "", NULL},
    {"seeders", no_seeders, "seeders", "It has 0 seeders; at least 1 are wanted."},
    {"seeders unknown", seeders_unknown, "", NULL},
    {"a post needs none", post, "", NULL},
    {"burnt in", burnt_in, "hardcoded-subs", "KORSUB"},
    {"burnt in and allowed", burnt_in_allowed, "", NULL},
    {"sample", a_sample, "sample", "less than 70 MiB"},
    {"young post", young_post, "minimum-age", "It is 1440 minutes old; posts are taken after 1441 minutes."},
    {"old post", old_post, "retention", "It is 11 days old"},
    {"indexer away", indexer_away, "indexer-away",
     "The indexer \"Indexer\" failed and is left alone until 1975-06-24 00:00 UTC."},
    {"blocked", blocked, "blocklist", "It is on the blocklist"},
    {"blocked, another hash", blocked_other_hash, "", NULL},
    {"blocked by name", blocked_by_name, "blocklist", NULL},
    {"blocked elsewhere", blocked_elsewhere, "", NULL},
    {"blocked post", blocked_post, "blocklist", NULL},
    {"another post", blocked_other_post, "", NULL},
    {"made from it", made_from_it, "imported", "The file \"film.mkv\" was made from this very release."},
    {"turned out worse", turned_out_worse, "imported",
     "It was fetched before and turned out to be WEBDL-1080p, not Bluray-1080p."},
    {"queued", queued_as_good, "queue",
     "\"The.Film.2015.1080p.WEB-DL-X\" is on its way; it is Bluray-1080p, score 0, and its custom formats"},
    {"queued and failed", queued_failed, "", NULL},
    {"queued and worse", queued_worse, "", NULL},
    {"queued, and no propers", queued_proper, "queue", "later issues of it are not fetched"},
    {"the same there", same_file, "upgrade",
     "The file that is there is Bluray-1080p, score 0, and its custom formats score as much"},
    {"nothing there", no_files, "", NULL},
    {"no upgrades", no_upgrades, "upgrade", "the quality profile does not upgrade files"},
    {"becomes the same", becomes_the_same, "upgrade", "The profile \"hevc\" would make Bluray-1080p of this Remux-1080p release"},
    {"repack", repack, "", NULL},
    {"repack of others", repack_of_others, "repack", "It is a repack by GRP, and the file that is there is by OTHER."},
    {"repack of nobody", repack_of_nobody, "repack", "it is not known whose"},
    {"late proper", late_proper, "proper", "has been there for 30 days"},
    {"early proper", early_proper, "", NULL},
    {"late proper in a search", late_proper_searched, "", NULL},
    {"fetched lately", fetched_lately, "history", "was fetched lately; it is Bluray-1080p"},
    {"fetched long ago", fetched_long_ago, "", NULL},
    {"fetched and gone", fetched_and_gone, "", NULL},
    {"held back", held_back, "delay", "until 1975-06-26 00:00 UTC"},
    {"held back, but a person asks", held_back_for_users, "", NULL},
    {"not out", not_out, "availability", "\"The Film\" is wanted once it is out, from 1975-06-24 00:00 UTC on."},
    {"not out, but a person asks", not_out_for_users, "", NULL},
    {"never out", never_out, "availability", "no date of that is known"},
    {"out early", out_early, "", NULL},
    {"unmonitored", unmonitored, "monitored", "\"The Film\" is not monitored."},
    {"other tags", other_tags, "indexer-tags", "The indexer \"Indexer\" is for films with its tags"},
    {"same tags", same_tags, "", NULL},
    {"disk full", disk_full, "free-space", "It needs 8 GiB, and of the 8.1 GiB that are free 100 MiB have to stay so."},
    {"disk unknown", disk_unknown, "", NULL},
    {"two reasons", two_reasons, "seeders,monitored", NULL},
};

static char *rules_of(const Decision *decision)
{
  g_autoptr(GString) rules = g_string_new(NULL);
  for (guint i = 0; i < decision->rejections->len; i++)
    g_string_append_printf(rules, "%s%s", i ? "," : "", ((const Rejection *)decision->rejections->pdata[i])->rule);
  return g_string_free(g_steal_pointer(&rules), FALSE);
}

static void test_rules(void)
{
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Fixture f;
    fixture_init(&f);
    rows[i].set_up(&f);
    g_autoptr(Decision) decision = decision_make(&f.input, &f.offer, scratch);
    g_autofree char *rules = rules_of(decision);
    const Rejection *first = decision->rejections->len ? decision->rejections->pdata[0] : NULL;
    if (strcmp(rules, rows[i].rules) != 0 || (rows[i].reason && !strstr(first->reason, rows[i].reason)))
      g_error("%s: \"%s\" %s", rows[i].what, rules, first ? first->reason : "");
    for (guint k = 0; k < decision->rejections->len; k++)
      g_assert_true(g_str_has_suffix(((const Rejection *)decision->rejections->pdata[k])->reason, "."));
    g_assert_true(decision_accepted(decision) == !*rows[i].rules);
    fixture_clear(&f);
  }
}

/* Each rule of the table has a row above that makes it reject. */
static void test_every_rule(void)
{
  DecisionRuleRow row;
  for (size_t r = 0; decision_rule_row(r, &row); r++) {
    bool tested = false;
    for (size_t i = 0; i < G_N_ELEMENTS(rows) && !tested; i++) {
      g_auto(GStrv) rules = g_strsplit(rows[i].rules, ",", -1);
      tested = g_strv_contains((const char *const *)rules, row.name);
    }
    if (!tested)
      g_error("No row makes the rule \"%s\" reject.", row.name);
  }
}

static void test_temporary(void)
{
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  Fixture f;
  fixture_init(&f);
  held_back(&f);
  indexer_away(&f);
  g_autoptr(Decision) later = decision_make(&f.input, &f.offer, scratch);
  g_assert_true(decision_temporary(later) && !decision_accepted(later));
  unmonitored(&f);
  g_autoptr(Decision) never = decision_make(&f.input, &f.offer, scratch);
  g_assert_false(decision_temporary(never));
  g_autoptr(Decision) bad = NULL;
  f.offer.title = "\xff\xfe.2015.1080p";
  bad = decision_make(&f.input, &f.offer, scratch);
  g_autoptr(json_t) json = decision_json(bad, NULL);
  g_assert_nonnull(json);
  fixture_clear(&f);
}

static void test_order(void)
{
  static const char formats[] =
      "[{\"name\": \"Hybrid\", \"specifications\": [{\"implementation\": \"ReleaseTitleSpecification\", "
      "\"fields\": {\"value\": \"\\\\bhybrid\\\\b\"}}]}]";
  static const char *const titles[] = {"The.Film.2015.2160p.BluRay.x265-GRP", /* not taken */
                                       "The.Film.2015.1080p.BluRay.x264-A",      "The.Film.2015.Hybrid.1080p.BluRay.x264-B",
                                       "The.Film.2015.1080p.BluRay.REMUX.AVC-C", "Another.Film.2015.1080p.BluRay.x264-D",
                                       "The.Film.2015.1080p.BluRay.x264-E"};
  static const char wanted[] = "CBAEGRPD";
  Fixture f;
  fixture_init(&f);
  f.input.formats = f.formats = custom_formats_parse(formats, strlen(formats), 9, NULL);
  profile_add_score(f.profile, 9, 25);
  ReleaseOffer offers[G_N_ELEMENTS(titles)];
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
    offers[i] = f.offer;
    offers[i].title = (char *)titles[i];
    g_ptr_array_add(list, &offers[i]);
  }
  g_autoptr(GPtrArray) decisions = decisions_make(&f.input, list);
  g_autoptr(GString) order = g_string_new(NULL);
  for (guint i = 0; i < decisions->len; i++)
    g_string_append(order, ((const Decision *)decisions->pdata[i])->release->group);
  g_assert_cmpstr(order->str, ==, wanted);
  g_autoptr(json_t) json = decision_json(decisions->pdata[1], f.formats);
  g_assert_cmpint(json_integer_value(json_object_get(json, "score")), ==, 25);
  g_assert_cmpstr(json_string_value(json_array_get(json_object_get(json, "formats"), 0)), ==, "Hybrid");
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/decision/rules", test_rules);
  g_test_add_func("/decision/every-rule", test_every_rule);
  g_test_add_func("/decision/temporary", test_temporary);
  g_test_add_func("/decision/order", test_order);
  return g_test_run();
}
