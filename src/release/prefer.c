/* The order of preference among releases. Test: tests/unit/release/test_prefer.c */
#include "release/prefer.h"

#include <math.h>

static const int64_t mb = 1024 * 1024, hour_ms = 3600 * 1000;

static int compare(int64_t a, int64_t b)
{
  return a < b ? -1 : a > b;
}

static int by_quality(const DecisionCase *input, const Decision *a, const Decision *b)
{
  int quality = quality_profile_compare(input->profile, a->model.quality, b->model.quality);
  if (quality != 0 || input->settings->propers == PROPERS_DO_NOT_PREFER)
    return quality;
  return quality_revision_compare(&a->model.revision, &b->model.revision);
}

static int by_score(const DecisionCase *input, const Decision *a, const Decision *b)
{
  return compare(a->score, b->score);
}

static int by_protocol(const DecisionCase *input, const Decision *a, const Decision *b)
{
  int preferred = input->delay->preferred_protocol;
  return compare(a->offer->protocol == preferred, b->offer->protocol == preferred);
}

static int by_indexer(const DecisionCase *input, const Decision *a, const Decision *b)
{
  return compare(indexer_rules_find(input->indexers, b->offer->indexer)->priority,
                 indexer_rules_find(input->indexers, a->offer->indexer)->priority);
}

/* Radarr's weights. */
static int flag_worth(int64_t flags)
{
  static const struct {
    int64_t flag;
    int worth;
  } worths[] = {{INDEXER_FLAG_FREELEECH, 2},    {INDEXER_FLAG_DOUBLE_UPLOAD, 2}, {INDEXER_FLAG_PTP_GOLDEN, 2},
                {INDEXER_FLAG_PTP_APPROVED, 2}, {INDEXER_FLAG_INTERNAL, 2},      {INDEXER_FLAG_HALFLEECH, 1}};
  int worth = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(worths); i++)
    worth += flags & worths[i].flag ? worths[i].worth : 0;
  return worth;
}

static int by_flags(const DecisionCase *input, const Decision *a, const Decision *b)
{
  return input->settings->prefer_indexer_flags ? compare(flag_worth(a->offer->flags), flag_worth(b->offer->flags)) : 0;
}

/* 0 for none and not known; 10 and 30 are as good, 30 and 40 are not. */
static int64_t magnitude(int64_t count)
{
  return count == FIELD_NULL_INT || count <= 0 ? 0 : llround(log10((double)count));
}

static bool both_are(const Decision *a, const Decision *b, ReleaseProtocol protocol)
{
  return a->offer->protocol == (int)protocol && b->offer->protocol == (int)protocol;
}

static int by_peers(const DecisionCase *input, const Decision *a, const Decision *b)
{
  if (!both_are(a, b, PROTOCOL_TORRENT))
    return 0;
  int seeders = compare(magnitude(a->offer->seeders), magnitude(b->offer->seeders));
  return seeders ? seeders : compare(magnitude(a->offer->peers), magnitude(b->offer->peers));
}

static int64_t freshness(const Decision *decision, int64_t now_ms)
{
  enum { HOUR = 1000, DAY = 100, WEEK = 10 }; /* more than any magnitude of days */
  int64_t hours = release_offer_age_ms(decision->offer, now_ms) / hour_ms;
  if (hours < 1)
    return HOUR;
  if (hours <= 24)
    return DAY;
  return hours <= 7 * 24 ? WEEK : -magnitude(hours / 24);
}

static int by_age(const DecisionCase *input, const Decision *a, const Decision *b)
{
  return both_are(a, b, PROTOCOL_USENET) ? compare(freshness(a, input->now_ms), freshness(b, input->now_ms)) : 0;
}

static double preferred_bytes(const DecisionCase *input, int quality)
{
  int64_t minutes =
      input->movie && input->movie->running_minutes > 0 ? input->movie->running_minutes : QUALITY_RUNNING_TIME_DEFAULT;
  for (guint i = 0; input->definitions && i < input->definitions->len; i++) {
    const QualityDefinition *definition = input->definitions->pdata[i];
    if (definition->quality == quality)
      return definition->preferred_mb * (double)minutes * (double)mb; /* NAN: the larger the better */
  }
  return NAN;
}

static int64_t size_worth(const DecisionCase *input, const Decision *decision)
{
  const double step = 200.0 * (double)mb;
  double size = (double)decision->offer->size_bytes, preferred = preferred_bytes(input, decision->model.quality);
  return isfinite(preferred) ? -llround(fabs(size - preferred) / step) : llround(size / step);
}

static int by_size(const DecisionCase *input, const Decision *a, const Decision *b)
{
  return compare(size_worth(input, a), size_worth(input, b));
}

int prefer_compare(const DecisionCase *input, const Decision *a, const Decision *b)
{
  static int (*const steps[])(const DecisionCase *, const Decision *, const Decision *) = {
      by_quality, by_score, by_protocol, by_indexer, by_flags, by_peers, by_age, by_size};
  for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
    int order = steps[i](input, a, b);
    if (order)
      return order;
  }
  return 0;
}
