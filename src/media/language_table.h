/* The shape of the generated table (tools/language_table.py), for language.c and its test only. Texts are offsets into one pool,
 * so that all of it is read-only and shared between processes. */
#pragma once

#include "media/language.h"

#include <glib.h>

enum { LANGUAGE_MAX_NAME = 96, LANGUAGE_NO_MACRO = 0xffff };

struct Language {
  char code[4];          /* ISO 639-3, or 639-2 for groups of languages */
  char two[3];           /* ISO 639-1, or "" */
  char bibliographic[4]; /* ISO 639-2/B where it differs, or "" */
  guint8 kind;           /* LanguageKind */
  guint8 is_chief;       /* what people mean by the macrolanguage's name */
  guint16 macro;         /* row of the macrolanguage, or LANGUAGE_NO_MACRO */
  guint32 name;          /* in the pool: English */
};
extern const Language language_rows[];
extern const size_t language_rows_count;

/* Every code, by the bytes of the code as a big-endian number, ascending. */
typedef struct {
  guint32 key;
  guint16 row;
} LanguageCode;
extern const LanguageCode language_codes[];
extern const size_t language_codes_count;

/* Every name, folded (base/fold.h), in the order of strcmp. */
typedef struct {
  guint32 name; /* in the pool */
  guint16 row;
  guint8 is_common; /* worth suggesting to someone who mistyped it */
  char region[4];
} LanguageName;
extern const LanguageName language_names[];
extern const size_t language_names_count;

extern const char language_pool[];
