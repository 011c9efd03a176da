/* A template's tokens: where one stands, and what each one gives. Within the module only.
 *
 * Thread-safety: pure; constant tables. */
#pragma once

#include "release/naming.h"

/* A token in a template: lead "{edition-", prefix "[", name "Edition Tags", argument, suffix "]}". Bytes of the template. */
typedef struct {
  const char *start, *end; /* the whole of it */
  const char *lead, *prefix, *name, *argument, *suffix;
  size_t lead_length, prefix_length, name_length, argument_length, suffix_length; /* argument_length 0: none */
  char separator;                                                                 /* within the name; 0: none */
} NamingToken;

/* The token that the brace at `at` opens. False if it opens none. */
bool naming_token_at(const char *at, NamingToken *ret_token);

typedef enum {
  NAMING_TOKEN_NO_FLAGS = 0,
  NAMING_TOKEN_TITLE = 1 << 0,     /* tells films apart, and may be shortened when the name is too long */
  NAMING_TOKEN_KEY = 1 << 1,       /* tells films apart */
  NAMING_TOKEN_CUTS = 1 << 2,      /* takes a length */
  NAMING_TOKEN_LANGUAGES = 1 << 3, /* takes languages of titles */
  NAMING_TOKEN_FILTERS = 1 << 4,   /* takes a list of languages or formats */
  NAMING_TOKEN_NAMES = 1 << 5,     /* takes the name of a format, and needs it */
  NAMING_TOKEN_IS_ORIGINAL = NAMING_TOKEN_TITLE | NAMING_TOKEN_CUTS,
  NAMING_TOKEN_IS_TITLE = NAMING_TOKEN_IS_ORIGINAL | NAMING_TOKEN_LANGUAGES,
} NamingTokenFlags;

typedef struct {
  NamingTokenRow row;
  NamingTokenFlags flags;
  char *(*value)(const NamingFacts *facts, const char *argument); /* new text or NULL; `argument` NULL: none */
} NamingTokenKind;

/* What the token's name means; case and separators do not matter. NULL: there is no such token. */
const NamingTokenKind *naming_token_kind(const NamingToken *token);

/* The token's value, not yet cleaned; never NULL. `title_max_bytes` shortens titles further; 0: it does not. For a token without
 * a kind, and where nothing is known: "". */
char *naming_token_value(const NamingToken *token, const NamingFacts *facts, size_t title_max_bytes);

/* A length as an argument: "30", "-13". False if it is none. */
bool naming_token_length(const NamingToken *token, int64_t *ret_bytes);
