/* The words that title.c looks for, for it and its test only. */
#pragma once

#include "audio/title.h"

#include <stddef.h>

typedef enum {
  MATCH_WORD, /* the phrase stands between spaces or ends */
  MATCH_STEM, /* a word begins with it: endings, compounds */
  MATCH_PART, /* anywhere in a word: compounds of which it is not the first part, scripts that have no spaces */
} TitleMatch;

typedef struct {
  const char *phrase; /* ASCII ones are folded (base/fold.h); others are folded when they are looked for */
  TitleMatch match;
  TitleMeaning meaning;
} TitleWord;

/* In the order in which they are looked for: what has been found is taken out of the title, so longer words that contain shorter
 * ones come first. */
extern const TitleWord title_words[];
extern const size_t title_words_count;

/* Before one of the words, each takes its meaning away: "no commentary". Ends with NULL. */
extern const char *const title_negations[];
