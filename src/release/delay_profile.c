/* The record of a delay profile and what it holds back. Test: tests/unit/release/test_delay_profile.c */
#include "release/delay_profile.h"

static const Field delay_profile_fields[] = {
    FIELD_INT(DelayProfile, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the delay profile."),
    FIELD_INT(DelayProfile, order, .max = 1e9, .help = "Of those that fit, the lowest one counts."),
    FIELD_INTS(DelayProfile, tags, .max = 256, .help = "Films that share a tag have it; none: all films."),
    FIELD_BOOL(DelayProfile, enable_usenet, .preset = "true", .help = "Releases on usenet may be taken."),
    FIELD_BOOL(DelayProfile, enable_torrent, .preset = "true", .help = "Torrents may be taken."),
    FIELD_ENUM(DelayProfile, preferred_protocol, release_protocol_table, .preset = "usenet", .help = "Of equal releases, these."),
    FIELD_INT(DelayProfile, usenet_delay_minutes, .max = 1e6, .help = "Minutes for which releases on usenet are held."),
    FIELD_INT(DelayProfile, torrent_delay_minutes, .max = 1e6, .help = "Minutes for which torrents are held."),
    FIELD_BOOL(DelayProfile, bypass_if_highest_quality, .preset = "true", .help = "The profile's best quality is not held."),
    FIELD_BOOL(DelayProfile, bypass_if_above_score, .help = "Releases of at least the minimum score are not held."),
    FIELD_INT(DelayProfile, minimum_score, .min = -1e9, .max = 1e9, .help = "That score."),
};
const FieldTable delay_profile_table = FIELD_TABLE(DelayProfile, "DelayProfile", "delay_profiles", delay_profile_fields);

const DelayProfile *delay_profile_for(const GPtrArray *profiles, const GArray *tags)
{
  static const DelayProfile built_in = {.order = INT64_MAX,
                                        .enable_usenet = true,
                                        .enable_torrent = true,
                                        .preferred_protocol = PROTOCOL_USENET,
                                        .bypass_if_highest_quality = true};
  const DelayProfile *best = &built_in;
  for (guint i = 0; profiles && i < profiles->len; i++) {
    const DelayProfile *delay = profiles->pdata[i];
    bool fits = !delay->tags || delay->tags->len == 0 || ids_share(delay->tags, tags);
    if (fits && delay->order < best->order)
      best = delay;
  }
  return best;
}

bool delay_profile_enables(const DelayProfile *delay, int protocol)
{
  return protocol == PROTOCOL_USENET ? delay->enable_usenet : protocol == PROTOCOL_TORRENT ? delay->enable_torrent : true;
}

static int best_allowed(const QualityProfile *profile)
{
  int best = -1;
  for (guint i = 0; profile->items && i < profile->items->len; i++)
    if (((const QualityProfileItem *)profile->items->pdata[i])->allowed)
      best = (int)i;
  return best;
}

int64_t delay_profile_until(const DelayProfile *delay, const DelayQuestion *question)
{
  const ReleaseOffer *offer = question->offer;
  int64_t minutes = offer->protocol == PROTOCOL_USENET ? delay->usenet_delay_minutes : delay->torrent_delay_minutes;
  int64_t delay_ms = minutes * 60 * 1000, until = offer->published_ms + delay_ms;
  if (minutes <= 0 || until <= question->now_ms)
    return 0;
  if (offer->protocol == delay->preferred_protocol) {
    bool best = quality_profile_index(question->profile, question->model.quality) >= best_allowed(question->profile);
    if (question->mends_file || (delay->bypass_if_highest_quality && best) ||
        (delay->bypass_if_above_score && question->score >= delay->minimum_score))
      return 0;
  }
  bool waited = question->oldest_pending_ms != FIELD_NULL_INT && question->now_ms - question->oldest_pending_ms > delay_ms;
  return waited ? 0 : until;
}
