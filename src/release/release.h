/* A release's name, read: what film it says it is, and of which quality, from whom, in which languages.
 *
 * A name is one that a tracker, an indexer or a person wrote: "The.Movie.2015.1080p.BluRay.x264-GROUP", a file's or a folder's
 * name, or a path, where the folder helps out when the file is called "abc.mkv". Nothing is looked up: the answer depends on
 * nothing but the arguments. Time is linear in the length of the name.
 *
 * Thread-safety: release_parse may be called from any thread; a Release belongs to who holds it. */
#pragma once

#include "release/language.h"
#include "release/quality.h"
#include "wire/json.h"

enum {
  RELEASE_NAME_MAX_BYTES = 4096, /* longer names are refused: no file system has such a path */
  RELEASE_FIRST_YEAR = 1870,     /* earlier numbers are not years: the oldest film is from 1888 */
  RELEASE_LAST_YEAR = 2034,      /* nor are later ones, unless the caller says so: "Blade Runner 2049" */
};

/* Why a name is not that of a film. */
typedef enum {
  RELEASE_REFUSED_NOT,        /* it is one */
  RELEASE_REFUSED_EMPTY,      /* no letter and no digit */
  RELEASE_REFUSED_TOO_LONG,   /* over RELEASE_NAME_MAX_BYTES */
  RELEASE_REFUSED_OBFUSCATED, /* a hash or a random name, which says nothing */
  RELEASE_REFUSED_ENCRYPTED,  /* a password-protected post */
  RELEASE_REFUSED_EPISODE,    /* an episode or a season of a series */
  RELEASE_REFUSED_NO_TITLE,   /* tags only */
  RELEASE_REFUSED_NO_SIGN,    /* words, but no year and no tag that would make it a film's name */
} ReleaseRefusal;
extern const EnumTable release_refusal_table; /* with a sentence in `help` */

/* Where the quality was read. */
typedef enum {
  RELEASE_FROM_NOTHING,
  RELEASE_FROM_NAME,
  RELEASE_FROM_EXTENSION, /* guessed by the file's kind */
} ReleaseOrigin;
extern const EnumTable release_origin_table; /* "unknown", "name", "extension" */

/* The fields that come from a part of the name. */
typedef enum {
  RELEASE_PART_TITLE,
  RELEASE_PART_YEAR,
  RELEASE_PART_EDITION,
  RELEASE_PART_SOURCE,
  RELEASE_PART_RESOLUTION,
  RELEASE_PART_MODIFIER,
  RELEASE_PART_REVISION,
  RELEASE_PART_GROUP,
  RELEASE_PART_LANGUAGES, /* the first one */
  RELEASE_PART_IMDB_ID,
  RELEASE_PART_TMDB_ID,
  RELEASE_PART_HARDCODED_SUBS,
  RELEASE_N_PARTS,
} ReleasePart;
extern const EnumTable release_part_table;

/* Bytes of the name as it was given. A length of 0: not in the name. */
typedef struct {
  uint32_t offset, length;
} ReleaseSpan;

typedef struct {
  bool accepted;                    /* false: not a film's name. Every other field holds what could be read all the same */
  int refusal;                      /* ReleaseRefusal */
  char *title;                      /* as one would write it: spaces for dots, acronyms kept ("R.I.P.D."); "" if none was found */
  char **titles;                    /* every title: the whole, and where it is "A AKA B", "A / B" or "A (aka B)" the parts too */
  int64_t year;                     /* 0: none */
  char *edition;                    /* as written, with spaces: "Extended Directors Cut"; "" if none */
  int source;                       /* QualitySource */
  int64_t resolution;               /* lines; that of the quality, or, where the quality does not say, the name's; 0: unknown */
  int modifier;                     /* QualityModifier */
  int quality;                      /* QualityId */
  int source_from, resolution_from; /* ReleaseOrigin */
  QualityRevision revision;
  char *group;          /* NULL: none */
  GArray *languages;    /* int64_t Languages, in the name's order, each once; empty: the name does not say */
  bool multi;           /* it says that there is more than one language ("MULTi", "Dual Audio"), maybe without naming them */
  char *imdb_id;        /* "tt1234567"; NULL: none */
  int64_t tmdb_id;      /* 0: none */
  char *hardcoded_subs; /* "KORSUB", or "Generic Hardcoded Subs" where the language is not said; NULL: none */
  bool scene;           /* written by the rules of the scene: dots, title, tags, "-GROUP" */
  bool disc;            /* a disc as it is: Blu-ray or DVD folders or image */
  bool episode;         /* has a season or an episode number */
  char *simple_name;    /* the name without folder and extension, the film's title replaced by "A.Movie" or "A Movie": what the
                         * expressions of custom formats are to be matched against, so that "Uncut Gems" is not uncut */
  ReleaseSpan parts[RELEASE_N_PARTS]; /* where each field comes from */
} Release;

/* Every field but `parts`, for JSON, OpenAPI and docs. */
extern const FieldTable release_table;

/* What kind of text a name is. */
typedef enum {
  RELEASE_NAME_ANY,   /* a path if it looks like one */
  RELEASE_NAME_TITLE, /* one name: a slash is a character of it */
  RELEASE_NAME_PATH,  /* a slash always parts folders */
} ReleaseNameKind;

typedef struct {
  ReleaseNameKind kind;
  int64_t last_year; /* years after it are words of the title; 0: RELEASE_LAST_YEAR */
} ReleaseOptions;

/* Reads a name of `length` bytes. `options` may be NULL. Bytes that are not UTF-8 count as "?", control characters as spaces.
 * Never NULL: what is not a film's name comes back with accepted false, and why in `refusal`. Free with release_free. */
Release *release_parse(const char *name, size_t length, const ReleaseOptions *options);
void release_free(Release *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Release, release_free)

/* Why a release was refused, as a sentence; NULL if it was not. */
const char *release_reason(const Release *release);

/* The release for people and scripts: {"accepted", "reason" (if refused), "title", "titles", "year", "edition", "source",
 * "resolution", "modifier", "quality" (its name), "revision": {"version", "real", "repack"}, "group", "languages" (keys of
 * language.h), "imdb_id", "tmdb_id", "hardcoded_subs", …, "parts": {"title": [offset, length], …}}. A new object. */
json_t *release_json(const Release *release);

/* A title, a group or a name reduced to what decides whether two are the same film: lower case, no accents, no punctuation, and
 * no a/an/and/of/or/the inside (it stays at either end). A text of digits and punctuation only is kept as it is. The caller frees
 * it. */
char *release_clean_title(const char *title);

/* "tt0000123" for "123", "tt123" or a URL's "tt0000123"; NULL if it holds no such id. The caller frees it. */
char *release_imdb_id(const char *text);
