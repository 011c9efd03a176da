/* Languages, however they are written: ISO 639-1 (de), 639-2/T (deu), 639-2/B (ger), 639-3, BCP 47 (de-DE), English names as
 * Sonarr and Radarr write them ("German", "Portuguese (Brazil)"), the language's own name ("Deutsch"), withdrawn codes (iw, in,
 * ji) and TMDB's own (cn is Cantonese, xx is no language). The table is generated from Debian's iso-codes and locales and from
 * src/media/languages.txt; why, and what a macrolanguage means here, is in docs/decisions/0013.
 *
 * Thread-safety: constant data, no shared state. Nothing here allocates unless it says so. */
#pragma once

#include <stdbool.h>

typedef struct Language Language; /* one row of the table: compare by address, never free */

typedef enum {
  LANGUAGE_NORMAL,
  LANGUAGE_UNDETERMINED, /* und: nobody said */
  LANGUAGE_NONE,         /* zxx: nothing is spoken */
  LANGUAGE_MULTIPLE,     /* mul */
  LANGUAGE_UNCODED,      /* mis: a language without a code */
  LANGUAGE_LOCAL,        /* qaa to qtz: means what those who wrote it agreed on */
} LanguageKind;

typedef struct {
  const Language *language;
  char region[4]; /* ISO 3166-1 ("BR") or UN M.49 ("419"), or "" */
} LanguageTag;

/* Reads a tag, code or name in any of those forms, in upper or lower case; NULL and "" are und. Of a BCP 47 tag the primary part,
 * an extended language (zh-yue) and the region count. False, and *ret_tag is left alone, if no such language is known. */
bool language_parse(const char *text, LanguageTag *ret_tag);

typedef enum {
  LANGUAGE_DIFFERENT,
  LANGUAGE_RELATED, /* may be meant: one is the macrolanguage of the other but not its chief member (zho and yue), or the regions
                     * are both given and differ (pt-BR and pt-PT) */
  LANGUAGE_EQUAL,   /* the same language, or a macrolanguage and what people mean by its name (nor and nob, zho and cmn) */
} LanguageMatch;

/* How well `have` is what was wanted. Symmetric. Two members of one macrolanguage are different (nob and nno, cmn and yue); so
 * are two different codes of the range qaa to qtz. und equals und only. */
LanguageMatch language_match(LanguageTag wanted, LanguageTag have);

LanguageKind language_kind(const Language *language);

/* "deu": ISO 639-3, which for every language that has one is its 639-2/T code. */
const char *language_code(const Language *language);

/* "de": its ISO 639-1 code, else that of its macrolanguage (khk is mn); NULL if neither has one. */
const char *language_short_code(const Language *language);

/* "German", for sentences. */
const char *language_name(const Language *language);

/* The well-known language whose name is nearest to a mistyped one ("Germn" German), or NULL if none is near. */
const Language *language_suggest(const char *text);

/* Questions about tags as they stand in files. A tag that the table does not know is equal to itself (its primary part, without
 * case). NULL, "" and "und" are one, and unknown. */
bool language_unknown(const char *text);

/* The very same language: nor and nob are two, de-DE and ger one. */
bool language_same(const char *a, const char *b);

/* Whether one of the wanted languages is equal or related to this one. `wanted` may be NULL. */
bool language_in(char *const *wanted, const char *text);

/* The ISO 639-2/T (or 639-3) code of a tag, or its primary part in lower case where the table has none. The caller frees it. */
char *language_terminology(const char *text);
