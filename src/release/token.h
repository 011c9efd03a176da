/* A name cut into words: the first step of reading it. Within the module only.
 *
 * Words are kept twice: where they stand in the name, and folded (lower case, no accents, full-width forms as plain ones,
 * punctuation dropped) one after the other in one buffer, so that "WEB-DL", "web dl" and "WEBDL" are the same six bytes there.
 *
 * Thread-safety: a Scan belongs to its caller; there is no other state. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
  SCAN_MAX_BYTES = 4096,
  SCAN_MAX_TOKENS = 768,   /* words beyond are not read */
  SCAN_MAX_BRACKETS = 128, /* brackets beyond count as separators */
};

/* What stands between a word and the one before it. */
typedef enum {
  GAP_SPACE = 1 << 0,
  GAP_DOT = 1 << 1,
  GAP_UNDERSCORE = 1 << 2,
  GAP_HYPHEN = 1 << 3,
  GAP_COMMA = 1 << 4,
  GAP_SLASH = 1 << 5,
  GAP_PLUS = 1 << 6,
  GAP_OTHER = 1 << 7,
  GAP_OPEN = 1 << 8,
  GAP_CLOSE = 1 << 9,
} Gap;
#define GAP_BRACKET (GAP_OPEN | GAP_CLOSE)
/* Between the parts of one term: "DTS-HD", "Blu ray", "H.264". */
#define GAP_LOOSE (GAP_SPACE | GAP_DOT | GAP_UNDERSCORE | GAP_HYPHEN)

/* How a word is written. */
typedef enum {
  CASE_NONE,  /* no letter of a script that has cases */
  CASE_LOWER, /* "french" */
  CASE_TITLE, /* "French" */
  CASE_SHOUT, /* "FRENCH", "LiMiTED": capitals after the first letter */
} WordCase;

/* What a word turned out to be. */
typedef enum {
  TAG_NONE,
  TAG_YEAR,       /* value: the year */
  TAG_SOURCE,     /* SourceTag */
  TAG_RESOLUTION, /* lines */
  TAG_REMUX,      /* RemuxTag */
  TAG_DISC,       /* DiscTag */
  TAG_CODEC,      /* CodecTag */
  TAG_AUDIO,
  TAG_CHANNELS,
  TAG_PICTURE,      /* HDR, bit depth, frame rate, 3D, aspect; PictureTag */
  TAG_LANGUAGE,     /* Language */
  TAG_MULTI,        /* MultiTag: more than one language, or subtitles in them */
  TAG_SUBS,         /* SubsTag */
  TAG_EDITION,      /* EditionTag */
  TAG_EDITION_NOUN, /* "Cut", "Edition", "Version": of an edition only after a word that makes it one */
  TAG_REVISION,     /* RevisionTag */
  TAG_SERVICE,      /* who streams it */
  TAG_SCENE,        /* words of the trade that tell nothing else: LIMITED, INTERNAL, READNFO */
  TAG_SIZE,         /* 1.4GB, 640kbps */
  TAG_CONTAINER,
  TAG_EPISODE,
  TAG_CHECKSUM,
  TAG_SITE,
  TAG_ID,       /* value: IdTag */
  TAG_GROUP,    /* a group that is known by name */
  TAG_REPOSTER, /* who posted it again: behind the group */
} TagKind;

typedef enum {
  TAG_IS_WEAK = 1 << 0,      /* may as well be a word of a title: counts beside other tags only */
  TAG_IS_PHRASE = 1 << 1,    /* of more than one word */
  TAG_IS_CONTINUED = 1 << 2, /* not its first word */
  TAG_IS_SHOUTED = 1 << 3,   /* counts only when written in capitals */
  TAG_IS_REJECTED = 1 << 4,  /* looked like a tag, and was none */
  TAG_IS_LATE = 1 << 5,      /* counts only after the title's end, never ends it */
} TagFlags;

typedef struct {
  uint16_t start, end;           /* bytes in the name */
  uint16_t fold_start, fold_end; /* bytes in the folded buffer */
  uint16_t gap;                  /* Gap flags before it */
  uint8_t bracket;               /* the innermost bracket it stands in, by index; 0: none */
  uint8_t letter_case;           /* WordCase */
  uint8_t kind;                  /* TagKind */
  uint8_t flags;                 /* TagFlags */
  uint8_t length;                /* words of the phrase, on its first word; else 0 */
  int32_t value;
} Token;

typedef struct {
  uint16_t start, end; /* bytes in the name, with the brackets */
  int16_t first, last; /* tokens; last < first: empty */
  uint8_t parent;
  char kind; /* '(' '[' '{' */
} Bracket;

typedef struct {
  const char *text; /* valid UTF-8, borrowed */
  size_t length;
  int n_tokens, n_brackets; /* brackets count from 1 */
  Token tokens[SCAN_MAX_TOKENS];
  Bracket brackets[SCAN_MAX_BRACKETS];
  char folded[SCAN_MAX_BYTES * 2];
  int last_year; /* see ReleaseOptions */
} Scan;

/* Cuts `text`, valid UTF-8 of at most SCAN_MAX_BYTES bytes, which must outlive the scan. Cannot fail. */
void scan_text(Scan *scan, const char *text, size_t length);

/* The folded word; not NUL-terminated, its length in *ret_length. */
static inline const char *token_fold(const Scan *scan, int i, size_t *ret_length)
{
  *ret_length = scan->tokens[i].fold_end - scan->tokens[i].fold_start;
  return scan->folded + scan->tokens[i].fold_start;
}

/* True if the folded word is `word`. */
bool token_is(const Scan *scan, int i, const char *word);

/* The word's number if it is digits only, at most nine; else -1. */
int token_number(const Scan *scan, int i);

/* One code point folded: 0 if it is dropped. Full-width forms, accents and case are gone after it. */
gunichar fold_char(gunichar c);
