/* The languages that releases, profiles and custom formats speak of, with the numbers that the community's JSON (Radarr v3 API,
 * TRaSH guides, Recyclarr) uses for them.
 *
 * Thread-safety: constants only. */
#pragma once

#include "base/enum_table.h"

typedef enum {
  LANGUAGE_ORIGINAL = -2, /* whatever the film was made in; the caller knows the film and puts its language here */
  LANGUAGE_ANY = -1,      /* of profiles only */
  LANGUAGE_UNKNOWN = 0,
  LANGUAGE_ENGLISH,
  LANGUAGE_FRENCH,
  LANGUAGE_SPANISH,
  LANGUAGE_GERMAN,
  LANGUAGE_ITALIAN,
  LANGUAGE_DANISH,
  LANGUAGE_DUTCH,
  LANGUAGE_JAPANESE,
  LANGUAGE_ICELANDIC,
  LANGUAGE_CHINESE,
  LANGUAGE_RUSSIAN,
  LANGUAGE_POLISH,
  LANGUAGE_VIETNAMESE,
  LANGUAGE_SWEDISH,
  LANGUAGE_NORWEGIAN,
  LANGUAGE_FINNISH,
  LANGUAGE_TURKISH,
  LANGUAGE_PORTUGUESE,
  LANGUAGE_FLEMISH,
  LANGUAGE_GREEK,
  LANGUAGE_KOREAN,
  LANGUAGE_HUNGARIAN,
  LANGUAGE_HEBREW,
  LANGUAGE_LITHUANIAN,
  LANGUAGE_CZECH,
  LANGUAGE_HINDI,
  LANGUAGE_ROMANIAN,
  LANGUAGE_THAI,
  LANGUAGE_BULGARIAN,
  LANGUAGE_PORTUGUESE_BR,
  LANGUAGE_ARABIC,
  LANGUAGE_UKRAINIAN,
  LANGUAGE_PERSIAN,
  LANGUAGE_BENGALI,
  LANGUAGE_SLOVAK,
  LANGUAGE_LATVIAN,
  LANGUAGE_SPANISH_LATINO,
  LANGUAGE_CATALAN,
  LANGUAGE_CROATIAN,
  LANGUAGE_SERBIAN,
  LANGUAGE_BOSNIAN,
  LANGUAGE_ESTONIAN,
  LANGUAGE_TAMIL,
  LANGUAGE_INDONESIAN,
  LANGUAGE_TELUGU,
  LANGUAGE_MACEDONIAN,
  LANGUAGE_SLOVENIAN,
  LANGUAGE_MALAYALAM,
  LANGUAGE_KANNADA,
  LANGUAGE_ALBANIAN,
  LANGUAGE_AFRIKAANS,
  LANGUAGE_MARATHI,
  LANGUAGE_TAGALOG,
  LANGUAGE_URDU,
  LANGUAGE_ROMANSH,
  LANGUAGE_MONGOLIAN,
  LANGUAGE_GEORGIAN, /* 57: the last one */
} Language;

typedef struct {
  int id;           /* Language */
  const char *name; /* for people and for the Radarr API: "Portuguese (Brazil)" */
  const char *key;  /* one word, as `reeve parse` prints it: "PortugueseBR" */
  const char *code; /* ISO 639-1, or 639-2 where there is none; with a region where the language needs it ("pt-BR"); "" for
                     * Original, Any and Unknown */
} LanguageRow;

/* Every row, ordered by id from LANGUAGE_ORIGINAL on. */
extern const LanguageRow release_language_rows[];
extern const size_t n_language_rows;

/* id and key, for field tables. */
extern const EnumTable release_language_table;

/* The row of an id, or NULL if there is none. */
const LanguageRow *release_language_find(int id);

/* The row that has this name, key or code, in any case; NULL if there is none. */
const LanguageRow *release_language_named(const char *text);
