/* The rules of the decision and what they are asked with. Within the module only.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/decision.h"

typedef struct {
  const DecisionCase *input;
  const Decision *decision; /* without rejections */
  PatternScratch *scratch;
} RuleQuestion;

/* Why the release is rejected, as a finished sentence; NULL if it is not. The caller frees it. */
typedef char *(*RuleFunction)(const RuleQuestion *question);

/* When a rule is asked. */
typedef enum {
  RULE_ALWAYS = 0,
  RULE_RSS_ONLY = 1 << 0,
  RULE_NOT_FOR_USERS = 1 << 1, /* not when a person searches */
  RULE_TORRENT = 1 << 2,
  RULE_USENET = 1 << 3,
  RULE_FIRST = 1 << 4, /* when it rejects, nothing else is asked */
  RULE_LAST = 1 << 5,  /* asked only if nothing else rejects */
} RuleFlags;

typedef struct {
  const char *name, *help; /* see DecisionRuleRow */
  bool temporary;
  RuleFlags flags;
  RuleFunction ask;
} DecisionRule;
extern const DecisionRule decision_rules[];
extern const size_t n_decision_rules;

/* About the release itself. */
char *rule_name(const RuleQuestion *question);
char *rule_movie(const RuleQuestion *question);
char *rule_size(const RuleQuestion *question);
char *rule_maximum_size(const RuleQuestion *question);
char *rule_quality(const RuleQuestion *question);
char *rule_format_score(const RuleQuestion *question);
char *rule_language(const RuleQuestion *question);
char *rule_disc(const RuleQuestion *question);
char *rule_terms(const RuleQuestion *question);
char *rule_hardcoded_subs(const RuleQuestion *question);
char *rule_sample(const RuleQuestion *question);

/* About where it comes from, and when. */
char *rule_protocol(const RuleQuestion *question);
char *rule_indexer_flags(const RuleQuestion *question);
char *rule_indexer_tags(const RuleQuestion *question);
char *rule_indexer_away(const RuleQuestion *question);
char *rule_seeders(const RuleQuestion *question);
char *rule_minimum_age(const RuleQuestion *question);
char *rule_retention(const RuleQuestion *question);
char *rule_blocklist(const RuleQuestion *question);
char *rule_delay(const RuleQuestion *question);
char *rule_availability(const RuleQuestion *question);
char *rule_monitored(const RuleQuestion *question);
char *rule_free_space(const RuleQuestion *question);

/* About what is there or on its way. */
char *rule_imported(const RuleQuestion *question);
char *rule_queue(const RuleQuestion *question);
char *rule_upgrade(const RuleQuestion *question);
char *rule_repack(const RuleQuestion *question);
char *rule_proper(const RuleQuestion *question);
char *rule_history(const RuleQuestion *question);

/* True if both are known and the same but for case: names and hashes. */
bool rule_same_text(const char *a, const char *b);

/* True if the release is a later issue of the file's quality. */
bool rule_mends(const RuleQuestion *question, const HeldFile *file);
