/* A release as an indexer offers it, and what is set for that indexer.
 *
 * Thread-safety: records belong to who holds them. */
#pragma once

#include "release/format_condition.h"

typedef enum { PROTOCOL_UNKNOWN, PROTOCOL_USENET, PROTOCOL_TORRENT } ReleaseProtocol; /* numbers of the API */
extern const EnumTable release_protocol_table;                                        /* "unknown", "usenet", "torrent" */

enum { INDEXER_PRIORITY_DEFAULT = 25 };

typedef struct {
  char *guid; /* the indexer's name for it */
  char *title;
  int64_t indexer;        /* id */
  int protocol;           /* ReleaseProtocol */
  int64_t size_bytes;     /* 0: not known */
  int64_t published_ms;   /* epoch */
  int64_t seeders, peers; /* FIELD_NULL_INT: not known; peers count seeders too */
  int64_t flags;          /* IndexerFlags */
  char *info_hash;        /* of a torrent, hexadecimal; "" if not known */
  char *imdb_id;          /* "tt0133093"; "" if not known */
  int64_t tmdb_id;        /* 0: not known */
  GArray *languages;      /* int64_t Languages that the indexer states; empty: it does not */
} ReleaseOffer;
extern const FieldTable release_offer_table;

/* What a user set for an indexer, and how it is doing. */
typedef struct {
  int64_t id;
  char *name;
  int64_t priority;        /* lower is better */
  int64_t minimum_seeders; /* torrents with fewer are refused */
  int64_t required_flags;  /* IndexerFlags, one of which a release must have; 0: none needed */
  GArray *multi_languages; /* int64_t Languages that "MULTi" stands for there */
  GArray *tags;            /* int64_t; if any, only films that share one use the indexer */
  int64_t away_until_ms;   /* it failed and is left alone until then; 0: it is well */
} IndexerRules;
extern const FieldTable indexer_rules_table;

/* The rules of an indexer; those of a new one if `indexers` (of IndexerRules; may be NULL) does not have it. */
const IndexerRules *indexer_rules_find(const GPtrArray *indexers, int64_t id);

/* Whole hours and so on are rounded down; a release of the future is of age 0. */
int64_t release_offer_age_ms(const ReleaseOffer *offer, int64_t now_ms);

/* True if the two lists of ids share one. Either may be NULL. */
bool ids_share(const GArray *a, const GArray *b);
bool ids_have(const GArray *ids, int64_t id);
