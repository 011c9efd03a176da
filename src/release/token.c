/* Cuts a name into words, brackets and what stands between them. A word is a run of letters, digits, marks and the punctuation
 * that people write inside words; everything else parts words. Test: tests/unit/release/test_token.c */
#include "release/token.h"

#include <string.h>

gunichar fold_char(gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum((char)c) ? (gunichar)g_ascii_tolower((char)c) : 0;
  if (c >= 0xFF01 && c <= 0xFF5E) /* Unicode, block "Halfwidth and Fullwidth Forms": ASCII moved up */
    return fold_char(c - 0xFEE0);
  if (g_unichar_ismark(c) || !g_unichar_isalnum(c))
    return 0;
  gunichar decomposed[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  gsize n = g_unichar_fully_decompose(c, FALSE, decomposed, G_N_ELEMENTS(decomposed));
  if (n > 1 && decomposed[0] < 0x250)
    c = decomposed[0];
  return g_unichar_tolower(c);
}

typedef enum { CLASS_WORD, CLASS_GAP, CLASS_OPEN, CLASS_CLOSE, CLASS_IGNORED } CharClass;

static const struct {
  gunichar open, close;
  char kind;
} bracket_pairs[] = {
    {'(', ')', '('},       {'[', ']', '['},       {'{', '}', '{'},       {0x3010, 0x3011, '['},
    {0xFF08, 0xFF09, '('}, {0xFF3B, 0xFF3D, '['}, {0xFF5B, 0xFF5D, '{'}, {0x300C, 0x300D, '['},
    {0x300E, 0x300F, '['}, {0x3014, 0x3015, '['}, {0x300A, 0x300B, '['},
};

static CharClass classify_other(gunichar c, unsigned *ret_gap, char *ret_kind)
{
  for (size_t i = 0; i < G_N_ELEMENTS(bracket_pairs); i++) {
    *ret_kind = bracket_pairs[i].kind;
    if (c == bracket_pairs[i].open)
      return CLASS_OPEN;
    if (c == bracket_pairs[i].close)
      return CLASS_CLOSE;
  }
  if (c >= 0xFF01 && c <= 0xFF5E)
    c -= 0xFEE0;
  switch (c) {
  case 0x2010: /* hyphens and dashes */
  case 0x2011:
  case 0x2012:
  case 0x2013:
  case 0x2014:
  case 0x2015:
    *ret_gap = GAP_HYPHEN;
    return CLASS_GAP;
  case 0x3001: /* ideographic comma */
    *ret_gap = GAP_COMMA;
    return CLASS_GAP;
  case '.':
  case 0x3002: /* ideographic full stop */
    *ret_gap = GAP_DOT;
    return CLASS_GAP;
  case 0x2022: /* bullet */
  case 0x201C: /* double quotation marks */
  case 0x201D:
  case 0x00AB:
  case 0x00BB:
    *ret_gap = GAP_OTHER;
    return CLASS_GAP;
  default:
    break;
  }
  if (c == 0xFEFF || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069))
    return CLASS_IGNORED; /* zero width and direction marks */
  if (g_unichar_isspace(c) || c == 0x2028 || c == 0x2029) {
    *ret_gap = GAP_SPACE;
    return CLASS_GAP;
  }
  if (g_unichar_iscntrl(c)) {
    *ret_gap = GAP_SPACE;
    return CLASS_GAP;
  }
  return CLASS_WORD;
}

static CharClass classify_ascii(char c, unsigned *ret_gap, char *ret_kind)
{
  switch (c) {
  case '.':
    *ret_gap = GAP_DOT;
    return CLASS_GAP;
  case '_':
    *ret_gap = GAP_UNDERSCORE;
    return CLASS_GAP;
  case '-':
    *ret_gap = GAP_HYPHEN;
    return CLASS_GAP;
  case ',':
    *ret_gap = GAP_COMMA;
    return CLASS_GAP;
  case '/':
  case '\\':
    *ret_gap = GAP_SLASH;
    return CLASS_GAP;
  case '+':
    *ret_gap = GAP_PLUS;
    return CLASS_GAP;
  case ';':
  case ':':
  case '|':
  case '~':
  case '=':
  case '*':
  case '"':
  case '<':
  case '>':
    *ret_gap = GAP_OTHER;
    return CLASS_GAP;
  case '(':
  case '[':
  case '{':
    *ret_kind = c;
    return CLASS_OPEN;
  case ')':
  case ']':
  case '}':
    *ret_kind = c == ')' ? '(' : c == ']' ? '[' : '{';
    return CLASS_CLOSE;
  default:
    if (c == ' ' || g_ascii_iscntrl(c)) {
      *ret_gap = GAP_SPACE;
      return CLASS_GAP;
    }
    return CLASS_WORD;
  }
}

/* A plus sign belongs to the word in "DD+", "DD+5" and "HDR10+", and parts words in "EN+ES" and "2.0+5.1". */
static bool plus_in_word(const char *text, size_t length, size_t at)
{
  char before = at > 0 ? text[at - 1] : '\0', after = at + 1 < length ? text[at + 1] : '\0';
  return g_ascii_isalnum(before) && !g_ascii_isalpha(after) && !(g_ascii_isdigit(before) && g_ascii_isdigit(after));
}

typedef struct {
  Scan *scan;
  unsigned gap;
  uint8_t stack[16];
  int depth;
  size_t fold_used;
  Token *word; /* being read, or NULL */
  bool lower, upper_first, upper_later;
  int n_letters;
} Cutter;

static void end_word(Cutter *cut, size_t at)
{
  Token *word = cut->word;
  if (!word)
    return;
  word->end = (uint16_t)at;
  word->fold_end = (uint16_t)cut->fold_used;
  word->letter_case = cut->n_letters == 0 ? CASE_NONE
                      : cut->upper_later  ? CASE_SHOUT
                      : cut->upper_first  ? CASE_TITLE
                                          : CASE_LOWER;
  cut->word = NULL;
}

static void begin_word(Cutter *cut, size_t at)
{
  Scan *scan = cut->scan;
  if (scan->n_tokens == SCAN_MAX_TOKENS)
    return;
  Token *word = &scan->tokens[scan->n_tokens];
  *word = (Token){.start = (uint16_t)at, .fold_start = (uint16_t)cut->fold_used, .gap = (uint16_t)cut->gap};
  if (cut->depth > 0) {
    word->bracket = cut->stack[cut->depth - 1];
    Bracket *bracket = &scan->brackets[word->bracket];
    if (bracket->first < 0)
      bracket->first = (int16_t)scan->n_tokens;
    for (int d = 0; d < cut->depth; d++) {
      Bracket *outer = &scan->brackets[cut->stack[d]];
      if (outer->first < 0)
        outer->first = (int16_t)scan->n_tokens;
      outer->last = (int16_t)scan->n_tokens;
    }
  }
  scan->n_tokens++;
  cut->word = word;
  cut->gap = 0;
  cut->lower = cut->upper_first = cut->upper_later = false;
  cut->n_letters = 0;
}

static void add_to_word(Cutter *cut, gunichar c)
{
  if (!cut->word)
    return;
  gunichar folded = c == '+' ? '+' : fold_char(c);
  if (!folded)
    return;
  if (g_unichar_isupper(c) || g_unichar_islower(c)) {
    if (g_unichar_isupper(c)) {
      if (cut->n_letters == 0)
        cut->upper_first = true;
      else
        cut->upper_later = true;
    }
    cut->n_letters++;
  }
  char *to = cut->scan->folded + cut->fold_used;
  if (folded < 0x80) {
    *to = (char)folded;
    cut->fold_used++;
  } else {
    cut->fold_used += (size_t)g_unichar_to_utf8(folded, to);
  }
}

static void open_bracket(Cutter *cut, size_t at, char kind)
{
  Scan *scan = cut->scan;
  cut->gap |= GAP_OPEN;
  if (cut->depth == (int)G_N_ELEMENTS(cut->stack) || scan->n_brackets + 1 >= SCAN_MAX_BRACKETS)
    return;
  int id = ++scan->n_brackets;
  scan->brackets[id] = (Bracket){.start = (uint16_t)at,
                                 .end = (uint16_t)scan->length,
                                 .first = -1,
                                 .last = -2,
                                 .parent = cut->depth > 0 ? cut->stack[cut->depth - 1] : 0,
                                 .kind = kind};
  cut->stack[cut->depth++] = (uint8_t)id;
}

/* Closes the innermost bracket of that kind and what was left open inside it; a close without an open is a separator. */
static void close_bracket(Cutter *cut, size_t after, char kind)
{
  cut->gap |= GAP_CLOSE;
  for (int d = cut->depth; d > 0; d--)
    if (cut->scan->brackets[cut->stack[d - 1]].kind == kind) {
      for (int inner = d; inner <= cut->depth; inner++)
        cut->scan->brackets[cut->stack[inner - 1]].end = (uint16_t)after;
      cut->depth = d - 1;
      return;
    }
}

void scan_text(Scan *scan, const char *text, size_t length)
{
  scan->text = text;
  scan->length = MIN(length, SCAN_MAX_BYTES);
  scan->n_tokens = scan->n_brackets = 0;
  Cutter cut = {.scan = scan};
  for (size_t i = 0; i < scan->length;) {
    unsigned char byte = (unsigned char)text[i];
    gunichar c = byte < 0x80 ? byte : g_utf8_get_char(text + i);
    size_t size = byte < 0x80 ? 1 : (size_t)g_utf8_skip[byte];
    unsigned gap = 0;
    char kind = 0;
    CharClass class = byte < 0x80 ? classify_ascii((char)byte, &gap, &kind) : classify_other(c, &gap, &kind);
    if (class == CLASS_GAP && byte == '+' && plus_in_word(text, scan->length, i))
      class = CLASS_WORD;
    switch (class) {
    case CLASS_WORD:
      if (!cut.word)
        begin_word(&cut, i);
      add_to_word(&cut, c);
      break;
    case CLASS_GAP:
      end_word(&cut, i);
      cut.gap |= gap;
      break;
    case CLASS_OPEN:
      end_word(&cut, i);
      open_bracket(&cut, i, kind);
      break;
    case CLASS_CLOSE:
      end_word(&cut, i);
      close_bracket(&cut, i + size, kind);
      break;
    case CLASS_IGNORED:
      break;
    }
    i += size;
  }
  end_word(&cut, scan->length);
}

bool token_is(const Scan *scan, int i, const char *word)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  return length == strlen(word) && memcmp(fold, word, length) == 0;
}

int token_number(const Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  if (length == 0 || length > 9)
    return -1;
  int number = 0;
  for (size_t k = 0; k < length; k++) {
    if (!g_ascii_isdigit(fold[k]))
      return -1;
    number = number * 10 + (fold[k] - '0');
  }
  return number;
}
