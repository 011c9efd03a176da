/* The records of offers and of indexers' rules. Test: tests/unit/release/test_decision.c */
#include "release/offer.h"

static const EnumRow release_protocol_rows[] = {
    {PROTOCOL_UNKNOWN, "unknown", NULL},
    {PROTOCOL_USENET, "usenet", "An NZB file"},
    {PROTOCOL_TORRENT, "torrent", "A torrent or magnet link"},
};
const EnumTable release_protocol_table = ENUM_TABLE("ReleaseProtocol", release_protocol_rows);

static const Field release_offer_fields[] = {
    FIELD_TEXT(ReleaseOffer, guid, .max = 2048, .help = "The indexer's name for it."),
    FIELD_TEXT(ReleaseOffer, title, .flags = FIELD_REQUIRED, .min = 1, .max = RELEASE_NAME_MAX_BYTES,
               .help = "The release's name."),
    FIELD_INT(ReleaseOffer, indexer, .help = "Number of the indexer."),
    FIELD_ENUM(ReleaseOffer, protocol, release_protocol_table, .preset = "torrent", .help = "How it is downloaded."),
    FIELD_INT(ReleaseOffer, size_bytes, .max = 9.0e15, .help = "Size in bytes; 0: not known."),
    FIELD_INT(ReleaseOffer, published_ms, .help = "When it was published, epoch milliseconds."),
    FIELD_INT(ReleaseOffer, seeders, .flags = FIELD_NULLABLE, .max = 1e12, .help = "Who has all of it."),
    FIELD_INT(ReleaseOffer, peers, .flags = FIELD_NULLABLE, .max = 1e12, .help = "Who has or wants it."),
    FIELD_INT(ReleaseOffer, flags, .max = 65535, .help = "Bits of what the indexer says of it."),
    FIELD_TEXT(ReleaseOffer, info_hash, .max = 64, .help = "The torrent's hash, hexadecimal."),
    FIELD_TEXT(ReleaseOffer, imdb_id, .max = 16, .help = "IMDb's number of the film, with tt."),
    FIELD_INT(ReleaseOffer, tmdb_id, .max = 1e9, .help = "TMDB's number of the film; 0: not given."),
    FIELD_INTS(ReleaseOffer, languages, .max = 64, .help = "Numbers of the languages that the indexer states."),
};
const FieldTable release_offer_table = FIELD_TABLE(ReleaseOffer, "ReleaseOffer", NULL, release_offer_fields);

static const Field indexer_rules_fields[] = {
    FIELD_INT(IndexerRules, id, .help = "Number of the indexer."),
    FIELD_TEXT(IndexerRules, name, .max = 256, .help = "Its name."),
    FIELD_INT(IndexerRules, priority, .preset = "25", .min = 1, .max = 50,
              .help = "Of equal releases that of the lower one is taken."),
    FIELD_INT(IndexerRules, minimum_seeders, .preset = "1", .max = 1e6, .help = "Torrents with fewer seeders are refused."),
    FIELD_INT(IndexerRules, required_flags, .max = 65535, .help = "Bits, one of which a release must have; 0: none."),
    FIELD_INTS(IndexerRules, multi_languages, .max = 64, .help = "Numbers of the languages that MULTi stands for."),
    FIELD_INTS(IndexerRules, tags, .max = 256, .help = "Only films that share a tag use the indexer; none: all do."),
    FIELD_INT(IndexerRules, away_until_ms, .help = "It failed and is left alone until then, epoch milliseconds; 0: it is well."),
};
const FieldTable indexer_rules_table = FIELD_TABLE(IndexerRules, "IndexerRules", NULL, indexer_rules_fields);

const IndexerRules *indexer_rules_find(const GPtrArray *indexers, int64_t id)
{
  static const IndexerRules unset = {.name = (char *)"", .priority = INDEXER_PRIORITY_DEFAULT, .minimum_seeders = 1};
  for (guint i = 0; indexers && i < indexers->len; i++) {
    const IndexerRules *rules = indexers->pdata[i];
    if (rules->id == id)
      return rules;
  }
  return &unset;
}

int64_t release_offer_age_ms(const ReleaseOffer *offer, int64_t now_ms)
{
  return MAX(0, now_ms - offer->published_ms);
}

bool ids_have(const GArray *ids, int64_t id)
{
  for (guint i = 0; ids && i < ids->len; i++)
    if (g_array_index(ids, int64_t, i) == id)
      return true;
  return false;
}

bool ids_share(const GArray *a, const GArray *b)
{
  for (guint i = 0; a && i < a->len; i++)
    if (ids_have(b, g_array_index(a, int64_t, i)))
      return true;
  return false;
}
