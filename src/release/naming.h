/* Names of files and folders by template: "{Movie Title} ({Release Year}) {[Quality Full]}".
 *
 * Tokens, and what they give, are Radarr's. A token stands in braces; what else stands inside them (blanks, dots, dashes,
 * brackets) appears only when the token has a value, and so does "{edition-{Edition Tags}}" with all its braces. The separator
 * within a token
 * ({Movie.Title}) replaces the value's blanks; {movie title} gives small letters and {MOVIE TITLE} capitals. Behind a colon:
 * {Movie Title:DE|FR} the title in the first of these languages that there is; {Movie Title:30} at most 30 bytes, {…:-30} the end
 * of it; {Custom Formats:A,B} only these, {Custom Formats:-A} not these; {MediaInfo AudioLanguages:EN+DE} only these in that
 * order, {…:-EN} not this, {…:EN+} with "-" for the others. "/" begins a folder.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/custom_format.h"
#include "release/movie.h"
#include "release/naming_media.h"
#include "release/quality_profile.h"

enum {
  NAMING_TEMPLATE_MAX_BYTES = 2048,
  NAMING_COMPONENT_MAX_BYTES = 255, /* of most file systems; NTFS counts UTF-16 units, of which there are never more than bytes */
  NAMING_PATH_MAX_BYTES = 4095,     /* PATH_MAX without the NUL */
};

/* Where names will live. */
typedef enum {
  NAMING_PORTABLE, /* what Linux, Windows and macOS take, as Radarr does it */
  NAMING_WINDOWS,  /* the same, and no name that ends in a dot, or is a device's */
  NAMING_POSIX,    /* all but "/" and control characters */
} NamingTarget;
extern const EnumTable naming_target_table; /* "portable", "windows", "posix" */

/* What becomes of a colon. */
typedef enum {
  NAMING_COLON_SMART, /* ": " becomes " - ", others "-" */
  NAMING_COLON_DELETE,
  NAMING_COLON_DASH,
  NAMING_COLON_SPACE_DASH,
  NAMING_COLON_SPACE_DASH_SPACE,
} NamingColon;
extern const EnumTable naming_colon_table; /* as in the API: "smart", "delete", "dash", "spaceDash", "spaceDashSpace" */

typedef struct {
  int target;                 /* NamingTarget */
  int colon;                  /* NamingColon */
  bool drop_illegal;          /* characters that may not stand are left out, else replaced */
  size_t max_component_bytes; /* 0: NAMING_COMPONENT_MAX_BYTES */
  size_t max_path_bytes;      /* of naming_path, with `folder`; 0: NAMING_PATH_MAX_BYTES */
} NamingOptions;

/* What a name is made of. Everything is borrowed; all but `movie` may be absent. */
typedef struct {
  const Movie *movie;
  const char *scene_name; /* as it was released; NULL: not known */
  const char *file_name;  /* as it is now, without folders; NULL: none */
  const char *edition;    /* NULL or "": none */
  const char *group;      /* NULL: none */
  QualityModel quality;
  const char *quality_title; /* NULL: the quality's name */
  const GPtrArray *formats;  /* const CustomFormat, those that match, in the order to show; NULL: none */
  const NamingMedia *media;  /* NULL: not probed */
} NamingFacts;

typedef enum { NAMING_FILE, NAMING_FOLDER } NamingKind;

/* Whether a template is one: every brace opens a token that exists, arguments fit their token, nothing in between is forbidden,
 * and the name will tell films apart. INVALID names the character, counted from 1. */
bool naming_check(const char *template, NamingKind kind, const NamingOptions *options, GError **error);

/* The name: components parted by "/", each within the limit (titles are shortened first, with an ellipsis, then the end is cut),
 * with `extension` (".mkv"; NULL or "": none) behind the last one. "" if no component is left. Braces that open no token stand
 * for themselves, unknown tokens are empty. The caller frees it. */
char *naming_render(const char *template, const NamingFacts *facts, const char *extension, const NamingOptions *options);

/* The same, behind `folder` (NULL or "": none). INVALID if nothing is left of the name, LIMIT if the path is too long. */
char *naming_path(const char *template, const NamingFacts *facts, const char *folder, const char *extension,
                  const NamingOptions *options, GError **error);

/* The extension of a file's name, with its dot: ".mkv"; "" if what stands behind the last dot is none, as in "A.Film.x264-GRP".
 * Within `file_name`. */
const char *naming_extension(const char *file_name);

/* A token that exists, for docs and forms. */
typedef struct {
  const char *name; /* "Movie Title" */
  const char *help;
} NamingTokenRow;
const NamingTokenRow *naming_token_row(size_t n); /* NULL past the end */
