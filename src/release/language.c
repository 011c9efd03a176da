/* The languages' numbers, names and codes. Test: tests/unit/release/test_language.c */
#include "release/language.h"

const LanguageRow release_language_rows[] = {
    {LANGUAGE_ORIGINAL, "Original", "Original", ""},
    {LANGUAGE_ANY, "Any", "Any", ""},
    {LANGUAGE_UNKNOWN, "Unknown", "Unknown", ""},
    {LANGUAGE_ENGLISH, "English", "English", "en"},
    {LANGUAGE_FRENCH, "French", "French", "fr"},
    {LANGUAGE_SPANISH, "Spanish", "Spanish", "es"},
    {LANGUAGE_GERMAN, "German", "German", "de"},
    {LANGUAGE_ITALIAN, "Italian", "Italian", "it"},
    {LANGUAGE_DANISH, "Danish", "Danish", "da"},
    {LANGUAGE_DUTCH, "Dutch", "Dutch", "nl"},
    {LANGUAGE_JAPANESE, "Japanese", "Japanese", "ja"},
    {LANGUAGE_ICELANDIC, "Icelandic", "Icelandic", "is"},
    {LANGUAGE_CHINESE, "Chinese", "Chinese", "zh"},
    {LANGUAGE_RUSSIAN, "Russian", "Russian", "ru"},
    {LANGUAGE_POLISH, "Polish", "Polish", "pl"},
    {LANGUAGE_VIETNAMESE, "Vietnamese", "Vietnamese", "vi"},
    {LANGUAGE_SWEDISH, "Swedish", "Swedish", "sv"},
    {LANGUAGE_NORWEGIAN, "Norwegian", "Norwegian", "no"},
    {LANGUAGE_FINNISH, "Finnish", "Finnish", "fi"},
    {LANGUAGE_TURKISH, "Turkish", "Turkish", "tr"},
    {LANGUAGE_PORTUGUESE, "Portuguese", "Portuguese", "pt"},
    {LANGUAGE_FLEMISH, "Flemish", "Flemish", "nl-BE"},
    {LANGUAGE_GREEK, "Greek", "Greek", "el"},
    {LANGUAGE_KOREAN, "Korean", "Korean", "ko"},
    {LANGUAGE_HUNGARIAN, "Hungarian", "Hungarian", "hu"},
    {LANGUAGE_HEBREW, "Hebrew", "Hebrew", "he"},
    {LANGUAGE_LITHUANIAN, "Lithuanian", "Lithuanian", "lt"},
    {LANGUAGE_CZECH, "Czech", "Czech", "cs"},
    {LANGUAGE_HINDI, "Hindi", "Hindi", "hi"},
    {LANGUAGE_ROMANIAN, "Romanian", "Romanian", "ro"},
    {LANGUAGE_THAI, "Thai", "Thai", "th"},
    {LANGUAGE_BULGARIAN, "Bulgarian", "Bulgarian", "bg"},
    {LANGUAGE_PORTUGUESE_BR, "Portuguese (Brazil)", "PortugueseBR", "pt-BR"},
    {LANGUAGE_ARABIC, "Arabic", "Arabic", "ar"},
    {LANGUAGE_UKRAINIAN, "Ukrainian", "Ukrainian", "uk"},
    {LANGUAGE_PERSIAN, "Persian", "Persian", "fa"},
    {LANGUAGE_BENGALI, "Bengali", "Bengali", "bn"},
    {LANGUAGE_SLOVAK, "Slovak", "Slovak", "sk"},
    {LANGUAGE_LATVIAN, "Latvian", "Latvian", "lv"},
    {LANGUAGE_SPANISH_LATINO, "Spanish (Latino)", "SpanishLatino", "es-419"},
    {LANGUAGE_CATALAN, "Catalan", "Catalan", "ca"},
    {LANGUAGE_CROATIAN, "Croatian", "Croatian", "hr"},
    {LANGUAGE_SERBIAN, "Serbian", "Serbian", "sr"},
    {LANGUAGE_BOSNIAN, "Bosnian", "Bosnian", "bs"},
    {LANGUAGE_ESTONIAN, "Estonian", "Estonian", "et"},
    {LANGUAGE_TAMIL, "Tamil", "Tamil", "ta"},
    {LANGUAGE_INDONESIAN, "Indonesian", "Indonesian", "id"},
    {LANGUAGE_TELUGU, "Telugu", "Telugu", "te"},
    {LANGUAGE_MACEDONIAN, "Macedonian", "Macedonian", "mk"},
    {LANGUAGE_SLOVENIAN, "Slovenian", "Slovenian", "sl"},
    {LANGUAGE_MALAYALAM, "Malayalam", "Malayalam", "ml"},
    {LANGUAGE_KANNADA, "Kannada", "Kannada", "kn"},
    {LANGUAGE_ALBANIAN, "Albanian", "Albanian", "sq"},
    {LANGUAGE_AFRIKAANS, "Afrikaans", "Afrikaans", "af"},
    {LANGUAGE_MARATHI, "Marathi", "Marathi", "mr"},
    {LANGUAGE_TAGALOG, "Tagalog", "Tagalog", "tl"},
    {LANGUAGE_URDU, "Urdu", "Urdu", "ur"},
    {LANGUAGE_ROMANSH, "Romansh", "Romansh", "rm"},
    {LANGUAGE_MONGOLIAN, "Mongolian", "Mongolian", "mn"},
    {LANGUAGE_GEORGIAN, "Georgian", "Georgian", "ka"},
};
const size_t n_language_rows = G_N_ELEMENTS(release_language_rows);

/* EnumTable wants rows of its own; the test proves that they are those above. */
static const EnumRow release_language_enum_rows[] = {
    {LANGUAGE_ORIGINAL, "Original", NULL},
    {LANGUAGE_ANY, "Any", NULL},
    {LANGUAGE_UNKNOWN, "Unknown", NULL},
    {LANGUAGE_ENGLISH, "English", NULL},
    {LANGUAGE_FRENCH, "French", NULL},
    {LANGUAGE_SPANISH, "Spanish", NULL},
    {LANGUAGE_GERMAN, "German", NULL},
    {LANGUAGE_ITALIAN, "Italian", NULL},
    {LANGUAGE_DANISH, "Danish", NULL},
    {LANGUAGE_DUTCH, "Dutch", NULL},
    {LANGUAGE_JAPANESE, "Japanese", NULL},
    {LANGUAGE_ICELANDIC, "Icelandic", NULL},
    {LANGUAGE_CHINESE, "Chinese", NULL},
    {LANGUAGE_RUSSIAN, "Russian", NULL},
    {LANGUAGE_POLISH, "Polish", NULL},
    {LANGUAGE_VIETNAMESE, "Vietnamese", NULL},
    {LANGUAGE_SWEDISH, "Swedish", NULL},
    {LANGUAGE_NORWEGIAN, "Norwegian", NULL},
    {LANGUAGE_FINNISH, "Finnish", NULL},
    {LANGUAGE_TURKISH, "Turkish", NULL},
    {LANGUAGE_PORTUGUESE, "Portuguese", NULL},
    {LANGUAGE_FLEMISH, "Flemish", NULL},
    {LANGUAGE_GREEK, "Greek", NULL},
    {LANGUAGE_KOREAN, "Korean", NULL},
    {LANGUAGE_HUNGARIAN, "Hungarian", NULL},
    {LANGUAGE_HEBREW, "Hebrew", NULL},
    {LANGUAGE_LITHUANIAN, "Lithuanian", NULL},
    {LANGUAGE_CZECH, "Czech", NULL},
    {LANGUAGE_HINDI, "Hindi", NULL},
    {LANGUAGE_ROMANIAN, "Romanian", NULL},
    {LANGUAGE_THAI, "Thai", NULL},
    {LANGUAGE_BULGARIAN, "Bulgarian", NULL},
    {LANGUAGE_PORTUGUESE_BR, "PortugueseBR", NULL},
    {LANGUAGE_ARABIC, "Arabic", NULL},
    {LANGUAGE_UKRAINIAN, "Ukrainian", NULL},
    {LANGUAGE_PERSIAN, "Persian", NULL},
    {LANGUAGE_BENGALI, "Bengali", NULL},
    {LANGUAGE_SLOVAK, "Slovak", NULL},
    {LANGUAGE_LATVIAN, "Latvian", NULL},
    {LANGUAGE_SPANISH_LATINO, "SpanishLatino", NULL},
    {LANGUAGE_CATALAN, "Catalan", NULL},
    {LANGUAGE_CROATIAN, "Croatian", NULL},
    {LANGUAGE_SERBIAN, "Serbian", NULL},
    {LANGUAGE_BOSNIAN, "Bosnian", NULL},
    {LANGUAGE_ESTONIAN, "Estonian", NULL},
    {LANGUAGE_TAMIL, "Tamil", NULL},
    {LANGUAGE_INDONESIAN, "Indonesian", NULL},
    {LANGUAGE_TELUGU, "Telugu", NULL},
    {LANGUAGE_MACEDONIAN, "Macedonian", NULL},
    {LANGUAGE_SLOVENIAN, "Slovenian", NULL},
    {LANGUAGE_MALAYALAM, "Malayalam", NULL},
    {LANGUAGE_KANNADA, "Kannada", NULL},
    {LANGUAGE_ALBANIAN, "Albanian", NULL},
    {LANGUAGE_AFRIKAANS, "Afrikaans", NULL},
    {LANGUAGE_MARATHI, "Marathi", NULL},
    {LANGUAGE_TAGALOG, "Tagalog", NULL},
    {LANGUAGE_URDU, "Urdu", NULL},
    {LANGUAGE_ROMANSH, "Romansh", NULL},
    {LANGUAGE_MONGOLIAN, "Mongolian", NULL},
    {LANGUAGE_GEORGIAN, "Georgian", NULL},
};
const EnumTable release_language_table = ENUM_TABLE("Language", release_language_enum_rows);

const LanguageRow *release_language_find(int id)
{
  if (id < LANGUAGE_ORIGINAL || id > LANGUAGE_GEORGIAN)
    return NULL;
  return &release_language_rows[id - LANGUAGE_ORIGINAL];
}

const LanguageRow *release_language_named(const char *text)
{
  for (size_t i = 0; i < n_language_rows; i++) {
    const LanguageRow *row = &release_language_rows[i];
    if (g_ascii_strcasecmp(text, row->name) == 0 || g_ascii_strcasecmp(text, row->key) == 0 ||
        (*row->code && g_ascii_strcasecmp(text, row->code) == 0))
      return row;
  }
  return NULL;
}
