/* The table of the rules, in the order in which they are asked. Tests: tests/unit/release/test_decision.c */
#include "release/decision_rules.h"

#define RULE(rule_name, rule_flags, is_temporary, function, rule_help)                                                           \
  {                                                                                                                              \
    .name = (rule_name), .help = (rule_help), .temporary = (is_temporary), .flags = (rule_flags), .ask = (function)              \
  }

const DecisionRule decision_rules[] = {
    RULE("name", RULE_FIRST, false, rule_name, "The name is not that of a film."),
    RULE("movie", RULE_FIRST, false, rule_movie, "It is another film, or one that nobody knows."),
    RULE("size", RULE_ALWAYS, false, rule_size, "It is too small or too large for its quality and the running time."),
    RULE("maximum-size", RULE_ALWAYS, false, rule_maximum_size, "It is larger than any release may be."),
    RULE("quality", RULE_ALWAYS, false, rule_quality, "The profile does not take its quality."),
    RULE("format-score", RULE_ALWAYS, false, rule_format_score, "Its custom formats score less than the profile's minimum."),
    RULE("language", RULE_ALWAYS, false, rule_language, "It does not have the profile's language."),
    RULE("protocol", RULE_ALWAYS, false, rule_protocol, "The delay profile has its protocol switched off."),
    RULE("disc", RULE_ALWAYS, false, rule_disc, "It is a disc as it is, which nothing here can play."),
    RULE("terms", RULE_ALWAYS, false, rule_terms, "Its name lacks every demanded word, or holds a refused one."),
    RULE("indexer-flags", RULE_ALWAYS, false, rule_indexer_flags, "It has none of the flags that its indexer is to have."),
    RULE("seeders", RULE_TORRENT, false, rule_seeders, "Too few have all of it."),
    RULE("hardcoded-subs", RULE_ALWAYS, false, rule_hardcoded_subs, "Subtitles are burnt into its picture."),
    RULE("sample", RULE_ALWAYS, false, rule_sample, "It is a sample."),
    RULE("minimum-age", RULE_USENET, true, rule_minimum_age, "The post is too new."),
    RULE("retention", RULE_USENET, false, rule_retention, "The post is older than servers keep it."),
    RULE("indexer-away", RULE_ALWAYS, true, rule_indexer_away, "Its indexer failed and is left alone for a while."),
    RULE("blocklist", RULE_ALWAYS, false, rule_blocklist, "It failed before."),
    RULE("imported", RULE_ALWAYS, false, rule_imported, "The file that is there was made from it."),
    RULE("queue", RULE_ALWAYS, false, rule_queue, "What is on its way is as good."),
    RULE("upgrade", RULE_ALWAYS, false, rule_upgrade,
         "What is there is as good, is good enough, or would be once our own encode is done; or the profile does not upgrade."),
    RULE("repack", RULE_ALWAYS, false, rule_repack, "It mends a release that is not the one that is there."),
    RULE("proper", RULE_RSS_ONLY, false, rule_proper, "It mends a file that is to stay, or is older than a week."),
    RULE("history", RULE_RSS_ONLY, false, rule_history, "Something as good was fetched within the last hours."),
    RULE("delay", RULE_NOT_FOR_USERS, true, rule_delay, "The delay profile holds it back."),
    RULE("availability", RULE_NOT_FOR_USERS, false, rule_availability,
         "The film is not out yet, so the release is believed to be something else."),
    RULE("monitored", RULE_NOT_FOR_USERS, false, rule_monitored, "The film is not looked for."),
    RULE("indexer-tags", RULE_ALWAYS, false, rule_indexer_tags, "Its indexer is for films with other tags."),
    RULE("free-space", RULE_LAST, false, rule_free_space, "There is no room for it."),
};
const size_t n_decision_rules = G_N_ELEMENTS(decision_rules);

bool decision_rule_row(size_t n, DecisionRuleRow *ret_row)
{
  static const struct {
    RuleFlags flag;
    const char *when;
  } conditions[] = {
      {RULE_RSS_ONLY, "RSS only"}, {RULE_NOT_FOR_USERS, "not when a person searches"}, {RULE_TORRENT, "torrents"},
      {RULE_USENET, "usenet"},     {RULE_FIRST, "then nothing else is asked"},         {RULE_LAST, "when nothing else rejects"}};
  if (n >= n_decision_rules)
    return false;
  const DecisionRule *rule = &decision_rules[n];
  *ret_row = (DecisionRuleRow){.name = rule->name, .help = rule->help, .temporary = rule->temporary};
  for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++)
    if (rule->flags & conditions[i].flag)
      ret_row->when = conditions[i].when;
  return true;
}
