/* What the words of a name mean: the second step of reading it. Within the module only.
 *
 * Thread-safety: a Scan belongs to its caller. */
#pragma once

#include "release/token.h"

/* Gives every word of the scan its meaning by itself and with its neighbours (kind, flags, value, length). Whether a word that
 * may as well belong to a title counts is settled later, by tag_settle. */
void tag_words(Scan *scan);

/* True if the word is, or goes on, a tag that counts. */
static inline bool tag_counts(const Token *token)
{
  return token->kind != TAG_NONE && !(token->flags & TAG_IS_REJECTED);
}

/* True if the word means the same wherever it stands, so that no title holds it. */
static inline bool tag_is_strong(const Token *token)
{
  return token->kind != TAG_NONE && token->kind != TAG_YEAR && !(token->flags & (TAG_IS_WEAK | TAG_IS_REJECTED));
}

/* First word of the phrase that word i is of. */
int tag_head(const Scan *scan, int i);

/* The word behind the phrase that word i is of. */
int tag_after(const Scan *scan, int i);

/* Whether the name writes its letters such that capitals say something: false if it is all lower or all upper case. */
bool tag_capitals_tell(const Scan *scan);

/* True if a word that counts in capitals only is written so, or is in a name that is all in one case. */
bool tag_case_fits(const Scan *scan, int i, bool capitals_tell);

/* Rejects the words of the title, from title_first up to title_end, and every weak word elsewhere that no strong one, no year and
 * no bracket of its own speaks for. `year` is the year's word, or -1. */
void tag_settle(Scan *scan, int title_first, int title_end, int year);
