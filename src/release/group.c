/* Finds a release's group: "[Group] " before the title, "-GROUP" at the end, "[GROUP]" at the end, "(… x265 10bit Group)", or one
 * that is known by sight; less what reposters, sites and languages add behind it. Test: tests/unit/release/test_parse.c */
#include "release/group.h"

#include "release/lexicon.h"

#include <string.h>

static bool hyphen_before(const Scan *scan, int i)
{
  return scan->tokens[i].start > 0 && scan->text[scan->tokens[i].start - 1] == '-';
}

static ReleaseSpan span_between(const Scan *scan, int first, int end)
{
  return (ReleaseSpan){scan->tokens[first].start, (uint32_t)(scan->tokens[end - 1].end - scan->tokens[first].start)};
}

static bool all_digits(const Scan *scan, int i)
{
  return token_number(scan, i) >= 0;
}

/* The outermost bracket that closes behind word i, not reaching back to `first`; 0 if none. */
static int closing_bracket(const Scan *scan, int i, int first)
{
  int found = 0;
  for (int b = scan->tokens[i].bracket; b; b = scan->brackets[b].parent)
    if (scan->brackets[b].last == i && scan->brackets[b].first >= first)
      found = b;
  return found;
}

/* Words that a group never is called by, when they stand at its place. */
static bool never_group(const Scan *scan, int i)
{
  const Token *token = &scan->tokens[i];
  if (token->flags & TAG_IS_CONTINUED || token->fold_end == token->fold_start || all_digits(scan, i))
    return true;
  switch (token->kind) {
  case TAG_LANGUAGE:
    return !(token->flags & TAG_IS_REJECTED);
  case TAG_RESOLUTION:
  case TAG_SIZE:
  case TAG_CHANNELS:
  case TAG_YEAR:
  case TAG_EPISODE:
  case TAG_CHECKSUM:
  case TAG_SUBS:
  case TAG_SITE:
  case TAG_ID:
  case TAG_REMUX:
    return true;
  case TAG_AUDIO:
  case TAG_PICTURE:
  case TAG_SOURCE:
    return !(token->flags & TAG_IS_WEAK);
  default:
    return token->length > 1;
  }
}

/* Behind word `end`, what was added to a finished name does not count: sites, checksums, containers, reposters. Returns the new
 * end. */
static int peel(const Scan *scan, int first, int end)
{
  while (end - 1 > first) {
    int last = end - 1, head = tag_head(scan, last);
    const Token *token = &scan->tokens[head];
    bool repost = token->kind == TAG_REPOSTER || (all_digits(scan, last) && token->end - token->start < 3);
    bool two_hyphens = hyphen_before(scan, last) && last - 1 > first && hyphen_before(scan, last - 1);
    bool plain_container = token->kind == TAG_CONTAINER && !token->bracket;
    if (token->kind == TAG_SITE || token->kind == TAG_CHECKSUM || plain_container || (repost && two_hyphens))
      end = head;
    else if (token->kind == TAG_REMUX && two_hyphens)
      end = head;
    else if (token->kind == TAG_LANGUAGE && !token->bracket && last - 1 > first && hyphen_before(scan, last - 1) &&
             scan->tokens[last - 1].kind == TAG_NONE && !(token->gap & GAP_BRACKET))
      end = head;
    else
      break;
  }
  return end;
}

/* A group known by sight that ends before `end`. */
static bool find_known(const Scan *scan, int end, ReleaseSpan *ret_span)
{
  int head = tag_head(scan, end - 1);
  const Token *token = &scan->tokens[head];
  if (token->kind != TAG_GROUP || !tag_counts(token))
    return false;
  *ret_span = span_between(scan, head, end);
  return true;
}

/* "GROUP@TRACKER" is of GROUP; "h@mster" is one word. */
static ReleaseSpan cut_at_sign(const Scan *scan, ReleaseSpan span)
{
  const char *text = scan->text + span.offset, *at = memchr(text, '@', span.length);
  if (at && at - text >= 3)
    span.length = (uint32_t)(at - text);
  return span;
}

/* "-GROUP" before `end`, brackets behind it passed by. */
static bool find_hyphened(const Scan *scan, int first, int end, ReleaseSpan *ret_span)
{
  for (int bracket; end - 1 > first && (bracket = closing_bracket(scan, end - 1, first + 1)) != 0;) {
    int inside = scan->brackets[bracket].first;
    const char *before = scan->text + scan->brackets[bracket].start;
    if (scan->brackets[bracket].start > 0 && before[-1] == '-' && inside == end - 1 && !never_group(scan, inside)) {
      *ret_span = span_between(scan, inside, end); /* "-[GROUP]" */
      return true;
    }
    bool number = inside == end - 1 && all_digits(scan, inside) && scan->tokens[inside].gap == GAP_OPEN;
    if (number && hyphen_before(scan, inside - 1) && !never_group(scan, inside - 1)) { /* "-de[42]" */
      *ret_span = span_between(scan, inside - 1, inside);
      ret_span->length = scan->brackets[bracket].end - ret_span->offset;
      return true;
    }
    if (scan->brackets[bracket].kind == '(' && hyphen_before(scan, end - 1) && !tag_counts(&scan->tokens[end - 1]))
      break; /* "(… x265-GROUP)" */
    end = peel(scan, first, inside);
  }
  int at = end - 1, stop = end;
  while (at > first && !hyphen_before(scan, at) && scan->tokens[at].kind == TAG_NONE &&
         (scan->tokens[at].gap == GAP_DOT || scan->tokens[at].gap == GAP_UNDERSCORE)) {
    stop = scan->tokens[at].gap == GAP_DOT ? at : stop; /* "-TrTd_TeaM" is one name, "-BEN.THE.MEN" is BEN */
    at--;
  }
  if (at <= first || !hyphen_before(scan, at) || never_group(scan, at))
    return false;
  const Token *before = &scan->tokens[at - 1];
  bool after_tag = tag_counts(before) || before->kind == TAG_YEAR;
  bool glued = scan->tokens[at].gap == GAP_HYPHEN && stop == end;
  bool any_tag = false;
  for (int i = first; i < at && !any_tag; i++)
    any_tag = tag_is_strong(&scan->tokens[i]);
  if (!after_tag && !(glued && any_tag))
    return false;
  *ret_span = cut_at_sign(scan, span_between(scan, at, stop));
  return true;
}

/* "[GROUP]" before `end`: a bracket that holds one name and no tag. */
static bool find_boxed(const Scan *scan, int first, int end, ReleaseSpan *ret_span)
{
  int b = scan->tokens[end - 1].bracket;
  const Bracket *bracket = &scan->brackets[b];
  if (!b || bracket->last != end - 1 || bracket->first <= first || (bracket->kind != '[' && !bracket->parent))
    return false;
  bool glued = bracket->start > 0 && g_ascii_isalnum(scan->text[bracket->start - 1]); /* "x264 - ROUGH[PublicHD]" */
  if (glued && !tag_counts(&scan->tokens[bracket->first - 1]))
    return false;
  for (int i = bracket->first; i < end; i++)
    if (never_group(scan, i) || tag_counts(&scan->tokens[i]) ||
        (i > bracket->first && scan->tokens[i].gap & ~(unsigned)(GAP_HYPHEN | GAP_DOT | GAP_UNDERSCORE)))
      return false;
  *ret_span = span_between(scan, bracket->first, end);
  return true;
}

/* "(1080p BluRay x265 10bit Group)", "(… English - Group)": the last word of a bracket full of tags. */
static bool find_in_tags(const Scan *scan, int first, int end, ReleaseSpan *ret_span)
{
  int b = scan->tokens[end - 1].bracket;
  const Bracket *bracket = &scan->brackets[b];
  if (!b || bracket->kind != '(' || bracket->last != end - 1 || bracket->first <= first || bracket->last - bracket->first < 3)
    return false;
  if (!tag_counts(&scan->tokens[bracket->first]) || tag_counts(&scan->tokens[end - 1]) || never_group(scan, end - 1))
    return false;
  if (scan->tokens[end - 1].gap & ~(unsigned)(GAP_SPACE | GAP_HYPHEN))
    return false;
  int strange = 0;
  for (int i = bracket->first; i < end - 1; i++)
    strange += !tag_counts(&scan->tokens[i]);
  if (strange * 3 > bracket->last - bracket->first)
    return false;
  *ret_span = span_between(scan, end - 1, end);
  return true;
}

bool group_find(const Scan *scan, const TitlePlace *place, ReleaseSpan *ret_span)
{
  if (place->lead_bracket) {
    const Bracket *bracket = &scan->brackets[place->lead_bracket];
    bool site = false;
    for (int i = bracket->first; i <= bracket->last; i++)
      site = site || scan->tokens[i].kind == TAG_SITE;
    if (!site && bracket->last >= bracket->first) {
      *ret_span = span_between(scan, bracket->first, bracket->last + 1);
      return true;
    }
  }
  int first = MAX(place->end - 1, 0);
  int end = peel(scan, first, scan->n_tokens);
  if (end - 1 <= first)
    return false;
  return find_known(scan, end, ret_span) || find_hyphened(scan, first, end, ret_span) || find_boxed(scan, first, end, ret_span) ||
         find_in_tags(scan, first, end, ret_span);
}
