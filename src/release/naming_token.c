/* The grammar of tokens, and the table of what they give. Test: tests/unit/release/test_naming.c */
#include "release/naming_token.h"

#include "base/number.h"
#include "release/naming_text.h"

#include <string.h>

static const char prefix_characters[] = "-{ ._[(", suffix_characters[] = "-} ._)]", separator_characters[] = "- ._";

static size_t word_length(const char *at)
{
  size_t length = 0;
  while (g_ascii_isalnum(at[length]))
    length++;
  return length;
}

static bool is_argument_character(char c)
{
  return g_ascii_isalnum(c) || (guchar)c >= 0x80 || (c && strchr(" ,|+-&'#_", c));
}

/* Behind the colon at `at`: an argument does not end in a dash or blank, which belong to the suffix. */
static size_t argument_length(const char *at)
{
  size_t length = 0;
  while (is_argument_character(at[length]))
    length++;
  while (length > 0 && (at[length - 1] == '-' || at[length - 1] == ' '))
    length--;
  return length;
}

/* The token whose own brace is at `open`; its suffix runs to the last brace that fits. */
static bool read_group(const char *open, NamingToken *token)
{
  const char *at = open + 1;
  token->prefix = at;
  token->prefix_length = strspn(at, prefix_characters);
  at += token->prefix_length;
  size_t first = word_length(at), gap = first ? strspn(at + first, separator_characters) : 0;
  size_t second = gap ? word_length(at + first + gap) : 0;
  if (first == 0)
    return false;
  token->name = at;
  token->name_length = second ? first + gap + second : first;
  token->separator = second ? at[first] : '\0';
  at += token->name_length;
  token->argument = at + 1;
  token->argument_length = *at == ':' ? argument_length(at + 1) : 0;
  if (token->argument_length)
    at += 1 + token->argument_length;
  size_t length = strspn(at, suffix_characters);
  while (length > 0 && at[length - 1] != '}')
    length--;
  if (length == 0)
    return false;
  token->suffix = at;
  token->suffix_length = length - 1;
  token->end = at + length;
  return true;
}

bool naming_token_at(const char *at, NamingToken *ret_token)
{
  NamingToken token = {.start = at, .lead = at};
  size_t braces = strspn(at, "{"), word = word_length(at + braces);
  if (braces > 0 && word > 0 && at[braces + word] == '-' && at[braces + word + 1] == '{') {
    token.lead_length = braces + word + 1;
    if (read_group(at + token.lead_length, &token) && token.suffix_length > 0 && memchr(token.suffix, '}', token.suffix_length)) {
      *ret_token = token;
      return true;
    }
  }
  token = (NamingToken){.start = at, .lead = at};
  if (*at != '{' || !read_group(at, &token))
    return false;
  *ret_token = token;
  return true;
}

bool naming_token_length(const NamingToken *token, int64_t *ret_bytes)
{
  g_autofree char *text = g_strndup(token->argument, token->argument_length);
  return token->argument_length && parse_int(text, -NAMING_TEMPLATE_MAX_BYTES, NAMING_TEMPLATE_MAX_BYTES, ret_bytes);
}

static const char *movie_title(const NamingFacts *facts, const char *argument)
{
  g_auto(GStrv) codes = g_strsplit(argument ? argument : "", "|", -1);
  for (char **code = codes; *code; code++) {
    const LanguageRow *language = **code ? release_language_named(*code) : NULL;
    for (guint i = 0; language && facts->movie->translations && i < facts->movie->translations->len; i++) {
      const MovieTranslation *translation = facts->movie->translations->pdata[i];
      if (translation->language == language->id && translation->title && *translation->title)
        return translation->title;
    }
  }
  return facts->movie->title ? facts->movie->title : "";
}

static char *value_title(const NamingFacts *facts, const char *argument)
{
  return g_strdup(movie_title(facts, argument));
}

static char *value_clean_title(const NamingFacts *facts, const char *argument)
{
  return naming_clean_title(movie_title(facts, argument));
}

static char *value_title_the(const NamingFacts *facts, const char *argument)
{
  return naming_title_the(movie_title(facts, argument), NAMING_AS_IS);
}

static char *value_clean_title_the(const NamingFacts *facts, const char *argument)
{
  return naming_title_the(movie_title(facts, argument), NAMING_CLEAN);
}

static char *value_first_character(const NamingFacts *facts, const char *argument)
{
  return naming_first_character(movie_title(facts, argument));
}

static char *value_original_title(const NamingFacts *facts, const char *argument)
{
  return g_strdup(facts->movie->original_title);
}

static char *value_clean_original_title(const NamingFacts *facts, const char *argument)
{
  return naming_clean_title(facts->movie->original_title ? facts->movie->original_title : "");
}

static char *value_certification(const NamingFacts *facts, const char *argument)
{
  return g_strdup(facts->movie->certification);
}

static char *value_collection(const NamingFacts *facts, const char *argument)
{
  return g_strdup(facts->movie->collection);
}

static char *value_collection_the(const NamingFacts *facts, const char *argument)
{
  return naming_title_the(facts->movie->collection ? facts->movie->collection : "", NAMING_AS_IS);
}

static char *number(int64_t value)
{
  return value > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, value) : NULL;
}

static char *value_year(const NamingFacts *facts, const char *argument)
{
  return number(facts->movie->year);
}

static char *value_imdb_id(const NamingFacts *facts, const char *argument)
{
  return g_strdup(facts->movie->imdb_id);
}

static char *value_tmdb_id(const NamingFacts *facts, const char *argument)
{
  return number(facts->movie->tmdb_id);
}

static const char *quality_word(const NamingFacts *facts)
{
  return facts->quality_title ? facts->quality_title : quality_find(facts->quality.quality)->name;
}

static const char *proper_word(const NamingFacts *facts)
{
  if (facts->quality.revision.version <= 1)
    return "";
  return facts->quality.revision.repack ? "Repack" : "Proper";
}

static const char *real_word(const NamingFacts *facts)
{
  return facts->quality.revision.real > 0 ? "REAL" : "";
}

static char *value_quality_full(const NamingFacts *facts, const char *argument)
{
  const char *proper = proper_word(facts), *real = real_word(facts);
  return g_strconcat(quality_word(facts), *proper ? " " : "", proper, *real ? " " : "", real, NULL);
}

static char *value_quality_title(const NamingFacts *facts, const char *argument)
{
  return g_strdup(quality_word(facts));
}

static char *value_quality_proper(const NamingFacts *facts, const char *argument)
{
  return g_strdup(proper_word(facts));
}

static char *value_quality_real(const NamingFacts *facts, const char *argument)
{
  return g_strdup(real_word(facts));
}

static char *value_edition(const NamingFacts *facts, const char *argument)
{
  return facts->edition ? naming_edition(facts->edition) : NULL;
}

static char *value_group(const NamingFacts *facts, const char *argument)
{
  return g_strdup(facts->group);
}

/* Extensions have at most four letters and digits, and are no number: what else stands behind a dot is part of the name. */
const char *naming_extension(const char *file_name)
{
  enum { MOST = 4 };
  const char *dot = strrchr(file_name, '.'), *end = file_name + strlen(file_name);
  if (!dot || dot == file_name)
    return end;
  size_t length = word_length(dot + 1);
  bool is_extension = dot[1 + length] == '\0' && length > 0 && length <= MOST && strspn(dot + 1, "0123456789") < length;
  return is_extension ? dot : end;
}

static char *without_extension(const char *name)
{
  return name ? g_strndup(name, (gsize)(naming_extension(name) - name)) : NULL;
}

static char *value_original_file_name(const NamingFacts *facts, const char *argument)
{
  return without_extension(facts->file_name);
}

static char *value_original_name(const NamingFacts *facts, const char *argument)
{
  return facts->scene_name && *facts->scene_name ? g_strdup(facts->scene_name) : without_extension(facts->file_name);
}

static char *value_formats(const NamingFacts *facts, const char *argument)
{
  bool excludes = argument && *argument == '-';
  g_auto(GStrv) names = g_strsplit(argument ? argument + excludes : "", ",", -1);
  g_autoptr(GString) shown = g_string_new(NULL);
  for (guint i = 0; facts->formats && i < facts->formats->len; i++) {
    const CustomFormat *format = facts->formats->pdata[i];
    bool listed = g_strv_contains((const char *const *)names, format->name);
    if (format->include_when_renaming && (!argument || listed != excludes))
      g_string_append_printf(shown, "%s%s", shown->len ? " " : "", format->name);
  }
  return g_string_free(g_steal_pointer(&shown), FALSE);
}

static char *value_format(const NamingFacts *facts, const char *argument)
{
  return argument && *argument != '-' && !strchr(argument, ',') ? value_formats(facts, argument) : NULL;
}

static const char *release_name(const NamingFacts *facts)
{
  return facts->scene_name && *facts->scene_name ? facts->scene_name : facts->file_name;
}

static char *value_video_codec(const NamingFacts *facts, const char *argument)
{
  return facts->media ? naming_video_codec(facts->media, release_name(facts)) : NULL;
}

static char *value_audio_codec(const NamingFacts *facts, const char *argument)
{
  return facts->media ? naming_audio_codec(facts->media, release_name(facts)) : NULL;
}

static char *value_channels(const NamingFacts *facts, const char *argument)
{
  return facts->media ? naming_audio_channels(facts->media) : NULL;
}

static char *value_audio_languages(const NamingFacts *facts, const char *argument)
{
  return facts->media ? naming_languages(facts->media->audio_languages, argument, NAMING_NOT_ENGLISH_ALONE) : NULL;
}

static char *value_all_audio_languages(const NamingFacts *facts, const char *argument)
{
  return facts->media ? naming_languages(facts->media->audio_languages, argument, NAMING_ALL_LANGUAGES) : NULL;
}

static char *value_subtitle_languages(const NamingFacts *facts, const char *argument)
{
  return facts->media ? naming_languages(facts->media->subtitle_languages, argument, NAMING_ALL_LANGUAGES) : NULL;
}

static char *value_bit_depth(const NamingFacts *facts, const char *argument)
{
  return facts->media ? number(facts->media->bit_depth) : NULL;
}

static char *value_range(const NamingFacts *facts, const char *argument)
{
  return facts->media && facts->media->hdr != NAMING_HDR_NONE ? g_strdup("HDR") : NULL;
}

static char *value_range_type(const NamingFacts *facts, const char *argument)
{
  return facts->media ? g_strdup(enum_name(&naming_hdr_table, facts->media->hdr)) : NULL;
}

static char *value_three_d(const NamingFacts *facts, const char *argument)
{
  return facts->media && facts->media->three_d ? g_strdup("3D") : NULL;
}

static char *value_media_simple(const NamingFacts *facts, const char *argument)
{
  g_autofree char *video = value_video_codec(facts, NULL), *audio = value_audio_codec(facts, NULL);
  return video ? g_strdup_printf("%s %s", video, audio) : NULL;
}

static char *value_media_full(const NamingFacts *facts, const char *argument)
{
  g_autofree char *simple = value_media_simple(facts, NULL), *audio = value_audio_languages(facts, NULL),
                  *subtitles = value_subtitle_languages(facts, NULL);
  return simple ? g_strdup_printf("%s %s %s", simple, audio, subtitles) : NULL;
}

static const NamingTokenKind kinds[] = {
    {{"Movie Title", "The film's title"}, NAMING_TOKEN_IS_TITLE, value_title},
    {{"Movie CleanTitle", "The same without brackets, accents and marks"}, NAMING_TOKEN_IS_TITLE, value_clean_title},
    {{"Movie TitleThe", "The same with its article behind: Matrix, The"}, NAMING_TOKEN_IS_TITLE, value_title_the},
    {{"Movie CleanTitleThe", "Both"}, NAMING_TOKEN_IS_TITLE, value_clean_title_the},
    {{"Movie OriginalTitle", "The title where it was made"}, NAMING_TOKEN_IS_ORIGINAL, value_original_title},
    {{"Movie CleanOriginalTitle", "The same without brackets, accents and marks"},
     NAMING_TOKEN_IS_ORIGINAL,
     value_clean_original_title},
    {{"Movie TitleFirstCharacter", "The letter or digit that it is filed under"}, NAMING_TOKEN_LANGUAGES, value_first_character},
    {{"Movie Certification", "Who may see it: PG-13"}, NAMING_TOKEN_CUTS, value_certification},
    {{"Movie Collection", "The series of films that it belongs to"}, NAMING_TOKEN_CUTS, value_collection},
    {{"Movie CollectionThe", "The same with its article behind"}, NAMING_TOKEN_CUTS, value_collection_the},
    {{"Release Year", "The film's year"}, NAMING_TOKEN_NO_FLAGS, value_year},
    {{"ImdbId", "IMDb's number: tt0133093"}, NAMING_TOKEN_KEY, value_imdb_id},
    {{"TmdbId", "TMDB's number"}, NAMING_TOKEN_KEY, value_tmdb_id},
    {{"Quality Full", "Quality with Proper, Repack and REAL"}, NAMING_TOKEN_NO_FLAGS, value_quality_full},
    {{"Quality Title", "Quality: Bluray-1080p"}, NAMING_TOKEN_NO_FLAGS, value_quality_title},
    {{"Quality Proper", "Proper or Repack, if it is one"}, NAMING_TOKEN_NO_FLAGS, value_quality_proper},
    {{"Quality Real", "REAL, if it says so"}, NAMING_TOKEN_NO_FLAGS, value_quality_real},
    {{"Edition Tags", "Edition: Director's Cut"}, NAMING_TOKEN_CUTS, value_edition},
    {{"Release Group", "Who made the release"}, NAMING_TOKEN_CUTS, value_group},
    {{"Original Title", "The release's name, else the file's"}, NAMING_TOKEN_IS_ORIGINAL, value_original_name},
    {{"Original Filename", "The file's name as it was"}, NAMING_TOKEN_IS_ORIGINAL, value_original_file_name},
    {{"Custom Formats", "Custom formats that match and are to be shown"}, NAMING_TOKEN_FILTERS, value_formats},
    {{"Custom Format", "One custom format, if it matches: {Custom Format:NAME}"}, NAMING_TOKEN_NAMES, value_format},
    {{"MediaInfo Simple", "Video and audio codec"}, NAMING_TOKEN_NO_FLAGS, value_media_simple},
    {{"MediaInfo Full", "The same with the languages of audio and subtitles"}, NAMING_TOKEN_NO_FLAGS, value_media_full},
    {{"MediaInfo Video", "Video codec"}, NAMING_TOKEN_NO_FLAGS, value_video_codec},
    {{"MediaInfo VideoCodec", "Video codec: x265"}, NAMING_TOKEN_NO_FLAGS, value_video_codec},
    {{"MediaInfo VideoBitDepth", "Bits for each colour: 10"}, NAMING_TOKEN_NO_FLAGS, value_bit_depth},
    {{"MediaInfo VideoDynamicRange", "HDR, if it is"}, NAMING_TOKEN_NO_FLAGS, value_range},
    {{"MediaInfo VideoDynamicRangeType", "HDR10, HLG, DV HDR10, …"}, NAMING_TOKEN_NO_FLAGS, value_range_type},
    {{"MediaInfo 3D", "3D, if it is"}, NAMING_TOKEN_NO_FLAGS, value_three_d},
    {{"MediaInfo Audio", "Audio codec"}, NAMING_TOKEN_NO_FLAGS, value_audio_codec},
    {{"MediaInfo AudioCodec", "Audio codec: TrueHD Atmos"}, NAMING_TOKEN_NO_FLAGS, value_audio_codec},
    {{"MediaInfo AudioChannels", "Channels: 7.1"}, NAMING_TOKEN_NO_FLAGS, value_channels},
    {{"MediaInfo AudioLanguages", "Languages of the sound, unless only English"}, NAMING_TOKEN_FILTERS, value_audio_languages},
    {{"MediaInfo AudioLanguagesAll", "Languages of the sound"}, NAMING_TOKEN_FILTERS, value_all_audio_languages},
    {{"MediaInfo SubtitleLanguages", "Languages of the subtitles"}, NAMING_TOKEN_FILTERS, value_subtitle_languages},
};

const NamingTokenRow *naming_token_row(size_t n)
{
  return n < G_N_ELEMENTS(kinds) ? &kinds[n].row : NULL;
}

/* Whether the letters and digits of two names are the same, whatever stands between them. */
static bool same_name(const char *a, size_t a_length, const char *b)
{
  const char *end = a + a_length;
  for (;; a++, b++) {
    while (a < end && !g_ascii_isalnum(*a))
      a++;
    while (*b && !g_ascii_isalnum(*b))
      b++;
    if (a == end || !*b)
      return a == end && !*b;
    if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
      return false;
  }
}

const NamingTokenKind *naming_token_kind(const NamingToken *token)
{
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (same_name(token->name, token->name_length, kinds[i].row.name))
      return &kinds[i];
  return NULL;
}

char *naming_token_value(const NamingToken *token, const NamingFacts *facts, size_t title_max_bytes)
{
  const NamingTokenKind *kind = naming_token_kind(token);
  int64_t max_bytes = 0;
  bool has_length = naming_token_length(token, &max_bytes);
  bool cuts = kind && (kind->flags & NAMING_TOKEN_CUTS) && has_length;
  g_autofree char *argument = token->argument_length && !cuts ? g_strndup(token->argument, token->argument_length) : NULL;
  g_autofree char *raw = kind ? kind->value(facts, argument) : NULL;
  g_autofree char *value = g_utf8_make_valid(raw ? raw : "", -1);
  g_strdelimit(value, NAMING_ELLIPSIS, ' ');
  if (title_max_bytes && kind && (kind->flags & NAMING_TOKEN_TITLE) && (!cuts || (size_t)ABS(max_bytes) > title_max_bytes)) {
    max_bytes = max_bytes < 0 ? -(int64_t)title_max_bytes : (int64_t)title_max_bytes;
    cuts = true;
  }
  return cuts ? naming_truncate(value, max_bytes) : g_steal_pointer(&value);
}
