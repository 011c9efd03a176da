/* Words that a user demands of releases' names, or refuses.
 *
 * Thread-safety: a RestrictionTerms is constant once made. */
#pragma once

#include "release/offer.h"

typedef struct {
  int64_t id;
  char *name;
  bool enabled;
  char **required; /* terms, one of which a name must hold; empty: none needed */
  char **ignored;  /* terms, none of which a name may hold */
  int64_t indexer; /* id of the one that it is for; 0: all */
  GArray *tags;    /* int64_t; films that share one have it; none: all */
} ReleaseRestriction;
extern const FieldTable release_restriction_table;

/* A restriction ready to be asked. A term is a text that is looked for in any case, or /an expression/ with the letters i (any
 * case), m, s or x behind it. */
typedef struct RestrictionTerms RestrictionTerms;

/* NULL on error: INVALID or LIMIT, the sentence naming the restriction and the term. `restriction` must outlive the result. */
RestrictionTerms *restriction_terms_new(const ReleaseRestriction *restriction, GError **error);
void restriction_terms_free(RestrictionTerms *terms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RestrictionTerms, restriction_terms_free)

/* Why a name is refused, as a finished sentence; NULL if it is not, or if the restriction is off or not for this indexer and
 * film. The caller frees it. */
char *restriction_refusal(const RestrictionTerms *terms, const char *title, int64_t indexer, const GArray *tags,
                          PatternScratch *scratch);
