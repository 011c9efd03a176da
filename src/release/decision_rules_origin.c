/* Rules about where a release comes from, when it came, and whether it may be fetched now. Test:
 * tests/unit/release/test_decision.c */
#include "release/decision_rules.h"

#include "base/number.h"

static const int64_t minute_ms = 60 * 1000, day_ms = 24 * 3600 * 1000LL, mb = 1024 * 1024;

static const IndexerRules *indexer_of(const RuleQuestion *question)
{
  return indexer_rules_find(question->input->indexers, question->decision->offer->indexer);
}

static char *time_text(int64_t at_ms)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at_ms / 1000);
  return time ? g_date_time_format(time, "%Y-%m-%d %H:%M UTC") : g_strdup("then");
}

char *rule_protocol(const RuleQuestion *question)
{
  int protocol = question->decision->offer->protocol;
  if (delay_profile_enables(question->input->delay, protocol))
    return NULL;
  return g_strdup_printf("The delay profile of the film takes nothing by %s.", enum_name(&release_protocol_table, protocol));
}

char *rule_indexer_flags(const RuleQuestion *question)
{
  const IndexerRules *rules = indexer_of(question);
  if (!rules->required_flags || (rules->required_flags & question->decision->offer->flags))
    return NULL;
  g_autoptr(GString) wanted = g_string_new(NULL);
  for (size_t i = 0; i < indexer_flag_table.n_rows; i++)
    if (rules->required_flags & indexer_flag_table.rows[i].value)
      g_string_append_printf(wanted, "%s%s", wanted->len ? ", " : "", indexer_flag_table.rows[i].name);
  return g_strdup_printf("It has none of the flags that are demanded of the indexer \"%s\": %s.", rules->name, wanted->str);
}

char *rule_indexer_tags(const RuleQuestion *question)
{
  const IndexerRules *rules = indexer_of(question);
  if (!rules->tags || rules->tags->len == 0 || ids_share(rules->tags, question->input->movie->tags))
    return NULL;
  return g_strdup_printf("The indexer \"%s\" is for films with its tags, and this one has none of them.", rules->name);
}

char *rule_indexer_away(const RuleQuestion *question)
{
  const IndexerRules *rules = indexer_of(question);
  if (rules->away_until_ms <= question->input->now_ms)
    return NULL;
  g_autofree char *until = time_text(rules->away_until_ms);
  return g_strdup_printf("The indexer \"%s\" failed and is left alone until %s.", rules->name, until);
}

char *rule_seeders(const RuleQuestion *question)
{
  const IndexerRules *rules = indexer_of(question);
  int64_t seeders = question->decision->offer->seeders;
  if (seeders == FIELD_NULL_INT || seeders >= rules->minimum_seeders)
    return NULL;
  return g_strdup_printf("It has %" G_GINT64_FORMAT " seeders; at least %" G_GINT64_FORMAT " are wanted.", seeders,
                         rules->minimum_seeders);
}

char *rule_minimum_age(const RuleQuestion *question)
{
  int64_t least = question->input->settings->minimum_age_minutes;
  int64_t age = release_offer_age_ms(question->decision->offer, question->input->now_ms) / minute_ms;
  if (age >= least)
    return NULL;
  return g_strdup_printf("It is %" G_GINT64_FORMAT " minutes old; posts are taken after %" G_GINT64_FORMAT " minutes.", age,
                         least);
}

char *rule_retention(const RuleQuestion *question)
{
  int64_t most = question->input->settings->retention_days;
  int64_t age = release_offer_age_ms(question->decision->offer, question->input->now_ms) / day_ms;
  if (most <= 0 || age <= most)
    return NULL;
  return g_strdup_printf("It is %" G_GINT64_FORMAT " days old; servers keep posts for %" G_GINT64_FORMAT " days.", age, most);
}

/* As Radarr tells that two are the same: torrents by hash, else by name and indexer; posts by name and date, or by date and size
 * when another indexer lists them. */
static bool is_blocked(const BlockedRelease *blocked, const ReleaseOffer *offer)
{
  const int64_t nearly_ms = 2 * minute_ms, nearly_bytes = 2 * mb;
  if (blocked->protocol != offer->protocol)
    return false;
  bool hashes = blocked->info_hash && *blocked->info_hash && offer->info_hash && *offer->info_hash;
  if (offer->protocol == PROTOCOL_TORRENT && hashes)
    return rule_same_text(blocked->info_hash, offer->info_hash);
  if (!rule_same_text(blocked->title, offer->title))
    return false;
  if (offer->protocol == PROTOCOL_TORRENT)
    return blocked->indexer == offer->indexer;
  if (blocked->published_ms == offer->published_ms)
    return true;
  return blocked->indexer != offer->indexer && ABS(blocked->published_ms - offer->published_ms) <= nearly_ms &&
         ABS(blocked->size_bytes - offer->size_bytes) <= nearly_bytes;
}

char *rule_blocklist(const RuleQuestion *question)
{
  const GPtrArray *list = question->input->blocklist;
  for (guint i = 0; list && i < list->len; i++) {
    const BlockedRelease *blocked = list->pdata[i];
    if (is_blocked(blocked, question->decision->offer))
      return g_strdup_printf("It is on the blocklist, as \"%s\".", blocked->title ? blocked->title : "");
  }
  return NULL;
}

char *rule_delay(const RuleQuestion *question)
{
  const DecisionCase *input = question->input;
  bool mends = false;
  for (guint i = 0; input->files && i < input->files->len; i++)
    mends = mends || rule_mends(question, input->files->pdata[i]);
  int64_t until = delay_profile_until(input->delay, &(DelayQuestion){.offer = question->decision->offer,
                                                                     .profile = input->profile,
                                                                     .model = question->decision->model,
                                                                     .score = question->decision->score,
                                                                     .mends_file = mends,
                                                                     .oldest_pending_ms = input->oldest_pending_ms,
                                                                     .now_ms = input->now_ms});
  if (!until)
    return NULL;
  g_autofree char *text = time_text(until);
  return g_strdup_printf("The delay profile holds it back until %s, in case a better one comes.", text);
}

char *rule_availability(const RuleQuestion *question)
{
  const Movie *movie = question->input->movie;
  int64_t from = movie_available_from_ms(movie, question->input->settings->availability_delay_days);
  if (from <= question->input->now_ms)
    return NULL;
  if (from == INT64_MAX)
    return g_strdup_printf("\"%s\" is wanted once it is out, and no date of that is known.", movie->title);
  g_autofree char *text = time_text(from);
  return g_strdup_printf("\"%s\" is wanted once it is out, from %s on.", movie->title, text);
}

char *rule_monitored(const RuleQuestion *question)
{
  const Movie *movie = question->input->movie;
  return movie->monitored ? NULL : g_strdup_printf("\"%s\" is not monitored.", movie->title);
}

char *rule_free_space(const RuleQuestion *question)
{
  int64_t free_bytes = question->input->free_bytes, size = question->decision->offer->size_bytes;
  int64_t keep = question->input->settings->minimum_free_mb * mb;
  if (free_bytes == FIELD_NULL_INT || (free_bytes - size > 0 && free_bytes - size >= keep))
    return NULL;
  g_autofree char *needs = format_size(size), *has = format_size(free_bytes), *keeps = format_size(keep);
  return g_strdup_printf("It needs %s, and of the %s that are free %s have to stay so.", needs, has, keeps);
}
