/* The table of the rules, in the order in which they are asked. Tests: tests/unit/release/test_decision.c */
#include "release/decision_rules.h"

#define RULE(rule_name, rule_flags, rule_when, rule_temporary, function, rule_help)                                              \
  {                                                                                                                              \
    .row = {.name = (rule_name), .help = (rule_help), .when = (rule_when), .temporary = (rule_temporary)},                       \
    .flags = (rule_flags), .ask = (function)                                                                                     \
  }

const DecisionRule decision_rules[] = {
    RULE("name", RULE_FIRST, NULL, false, rule_name, "The name is not that of a film."),
    RULE("movie", RULE_FIRST, NULL, false, rule_movie, "It is another film, or one that nobody knows."),
    RULE("size", RULE_ALWAYS, NULL, false, rule_size, "It is too small or too large for its quality and the running time."),
    RULE("maximum-size", RULE_ALWAYS, NULL, false, rule_maximum_size, "It is larger than any release may be."),
    RULE("quality", RULE_ALWAYS, NULL, false, rule_quality, "The profile does not take its quality."),
    RULE("format-score", RULE_ALWAYS, NULL, false, rule_format_score,
         "Its custom formats score less than the profile's minimum."),
    RULE("language", RULE_ALWAYS, NULL, false, rule_language, "It does not have the profile's language."),
    RULE("protocol", RULE_ALWAYS, NULL, false, rule_protocol, "The delay profile has its protocol switched off."),
    RULE("disc", RULE_ALWAYS, NULL, false, rule_disc, "It is a disc as it is, which nothing here can play."),
    RULE("terms", RULE_ALWAYS, NULL, false, rule_terms, "Its name lacks every demanded word, or holds a refused one."),
    RULE("indexer-flags", RULE_ALWAYS, NULL, false, rule_indexer_flags, "It has none of the flags that its indexer is to have."),
    RULE("seeders", RULE_TORRENT, "torrents", false, rule_seeders, "Too few have all of it."),
    RULE("hardcoded-subs", RULE_ALWAYS, NULL, false, rule_hardcoded_subs, "Subtitles are burnt into its picture."),
    RULE("sample", RULE_ALWAYS, NULL, false, rule_sample, "It is a sample."),
    RULE("minimum-age", RULE_USENET, "usenet", true, rule_minimum_age, "The post is too new."),
    RULE("retention", RULE_USENET, "usenet", false, rule_retention, "The post is older than servers keep it."),
    RULE("indexer-away", RULE_ALWAYS, NULL, true, rule_indexer_away, "Its indexer failed and is left alone for a while."),
    RULE("blocklist", RULE_ALWAYS, NULL, false, rule_blocklist, "It failed before."),
    RULE("imported", RULE_ALWAYS, NULL, false, rule_imported, "The file that is there was made from it."),
    RULE("queue", RULE_ALWAYS, NULL, false, rule_queue, "What is on its way is as good."),
    RULE("upgrade", RULE_ALWAYS, NULL, false, rule_upgrade,
         "What is there is as good, is good enough, or would be once our own encode is done; or the profile does not upgrade."),
    RULE("repack", RULE_ALWAYS, NULL, false, rule_repack, "It mends a release that is not the one that is there."),
    RULE("proper", RULE_RSS_ONLY, "RSS", false, rule_proper, "It mends a file that is to stay, or is older than a week."),
    RULE("history", RULE_RSS_ONLY, "RSS", false, rule_history, "Something as good was fetched within the last hours."),
    RULE("delay", RULE_NOT_FOR_USERS, "not when a person searches", true, rule_delay, "The delay profile holds it back."),
    RULE("availability", RULE_NOT_FOR_USERS, "not when a person searches", false, rule_availability,
         "The film is not out yet, so the release is believed to be something else."),
    RULE("monitored", RULE_NOT_FOR_USERS, "not when a person searches", false, rule_monitored, "The film is not looked for."),
    RULE("indexer-tags", RULE_ALWAYS, NULL, false, rule_indexer_tags, "Its indexer is for films with other tags."),
    RULE("free-space", RULE_LAST, "when nothing else rejects", false, rule_free_space, "There is no room for it."),
};
const size_t n_decision_rules = G_N_ELEMENTS(decision_rules);

const DecisionRuleRow *decision_rule_row(size_t n)
{
  return n < n_decision_rules ? &decision_rules[n].row : NULL;
}
