/* Tells names that were written by people from those that a machine made up to hide what a post is. Test:
 * tests/unit/release/test_junk.c */
#include "release/junk.h"

#include <string.h>

enum {
  HASH_MIN_BYTES = 24,     /* a single word this long with a digit in it is a hash */
  RANDOM_MIN_BYTES = 10,   /* shorter words are left alone */
  RANDOM_NUMBER_BYTES = 13 /* "cgajsofuejsa501": one word and a number of three digits */
};

typedef enum { CHAR_DIGIT, CHAR_LOWER, CHAR_UPPER, CHAR_OTHER } CharKind;

static CharKind char_kind(char c)
{
  return g_ascii_isdigit(c) ? CHAR_DIGIT : g_ascii_islower(c) ? CHAR_LOWER : g_ascii_isupper(c) ? CHAR_UPPER : CHAR_OTHER;
}

typedef struct {
  int changes; /* from one kind of character to another, save a capital followed by small letters */
  int digits, lower, upper, other;
  size_t length;
} WordShape;

static WordShape shape_of(const Scan *scan, int i)
{
  const char *text = scan->text + scan->tokens[i].start;
  WordShape shape = {.length = (size_t)(scan->tokens[i].end - scan->tokens[i].start)};
  CharKind before = CHAR_OTHER;
  for (size_t k = 0; k < shape.length; k++) {
    CharKind kind = char_kind(text[k]);
    shape.digits += kind == CHAR_DIGIT;
    shape.lower += kind == CHAR_LOWER;
    shape.upper += kind == CHAR_UPPER;
    shape.other += kind == CHAR_OTHER;
    shape.changes += k > 0 && kind != before && !(before == CHAR_UPPER && kind == CHAR_LOWER);
    before = kind;
  }
  return shape;
}

bool junk_word(const Scan *scan, int i)
{
  WordShape shape = shape_of(scan, i);
  if (shape.length < RANDOM_MIN_BYTES || shape.other > 0 || shape.digits == 0 || shape.digits == (int)shape.length)
    return false;
  return shape.changes >= 3 && (size_t)shape.changes * 5 >= shape.length;
}

/* One word with a number of three digits behind it, all small or all capital: "AHFMZXGHEWD660". */
static bool is_random_number(const WordShape *shape)
{
  return shape->length >= RANDOM_NUMBER_BYTES && shape->digits == 3 && shape->changes == 1 && shape->other == 0 &&
         (shape->lower == 0 || shape->upper == 0);
}

static bool is_hexadecimal(const Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  for (size_t k = 0; k < length; k++)
    if (!g_ascii_isxdigit(fold[k]))
      return false;
  return length >= 16;
}

static bool one_word_is_junk(const Scan *scan)
{
  static const char *const known[] = {"abc", "b00bs", "123", "sample"};
  for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
    if (token_is(scan, 0, known[k]))
      return true;
  WordShape shape = shape_of(scan, 0);
  if (shape.length >= HASH_MIN_BYTES && shape.digits > 0 && shape.other == 0)
    return true;
  return shape.length >= 40 || is_random_number(&shape) || is_hexadecimal(scan, 0) || junk_word(scan, 0);
}

/* "Backup_72023S02-12": a counter and a date of a posting program. */
static bool is_backup(const Scan *scan)
{
  size_t length;
  if (scan->n_tokens < 2 || !token_is(scan, 0, "backup"))
    return false;
  const char *fold = token_fold(scan, 1, &length);
  return length >= 7 && g_ascii_isdigit(fold[0]) && memchr(fold, 's', length) != NULL && scan->n_tokens <= 3;
}

ReleaseRefusal junk_find(const Scan *scan)
{
  bool readable = false, password = false, post = false, strong = false;
  int random_bytes = 0, bytes = 0;
  for (int i = 0; i < scan->n_tokens; i++) {
    const Token *token = &scan->tokens[i];
    readable = readable || token->fold_end > token->fold_start;
    password = password || token_is(scan, i, "password");
    post = post || token_is(scan, i, "yenc");
    strong = strong || tag_is_strong(token) || token->kind == TAG_YEAR;
    bytes += token->end - token->start;
    random_bytes += junk_word(scan, i) ? token->end - token->start : 0;
  }
  if (!readable)
    return RELEASE_REFUSED_EMPTY;
  if (password && post)
    return RELEASE_REFUSED_ENCRYPTED;
  bool piece = scan->n_tokens == 3 && token_is(scan, 0, "vts"); /* VTS_01_1.VOB */
  bool abc = scan->n_tokens == 2 && token_is(scan, 0, "abc") && token_is(scan, 1, "xyz");
  if ((scan->n_tokens == 1 && one_word_is_junk(scan)) || abc || piece || is_backup(scan))
    return RELEASE_REFUSED_OBFUSCATED;
  if (!strong && random_bytes * 2 > bytes)
    return RELEASE_REFUSED_OBFUSCATED;
  return RELEASE_REFUSED_NOT;
}
