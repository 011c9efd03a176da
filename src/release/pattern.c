/* Compiles and matches expressions within budgets, and adds to PCRE2 the lookbehinds that .NET has. Test:
 * tests/unit/release/test_pattern.c */
#include "release/pattern.h"

#include "base/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

enum {
  JIT_STACK_FIRST_BYTES = 32 * 1024,
  JIT_STACK_MAX_BYTES = 512 * 1024,
  MAX_NESTING = 100,        /* of parentheses */
  LOOKBEHIND_END = 255,     /* number of the callout that ends a lookbehind's own expression */
  MAX_LOOKBEHIND_DEPTH = 4, /* lookbehinds of any length inside one another */
};

typedef struct {
  pcre2_code *code;
  bool negative;
} Lookbehind;

struct Pattern {
  pcre2_code *code;
  bool compiled;       /* to the machine's own code */
  GArray *lookbehinds; /* Lookbehind, by the number of their callout; NULL: PCRE2 reads the expression as it stands */
};

struct PatternScratch {
  pcre2_match_context *context;
  pcre2_jit_stack *jit_stack;
  pcre2_match_data *data;
};

/* One match with lookbehinds of its own, for the callout. */
typedef struct {
  const Pattern *pattern;
  size_t end; /* where the lookbehind that is being looked at has to end */
  int depth;
  int64_t *left; /* of PATTERN_BEHIND_STARTS */
  bool stopped;
} Behind;

static void set_limits(pcre2_match_context *context, uint32_t match_limit)
{
  pcre2_set_match_limit(context, match_limit);
  pcre2_set_depth_limit(context, PATTERN_DEPTH_LIMIT);
  pcre2_set_heap_limit(context, PATTERN_HEAP_LIMIT_KIB);
}

static void lookbehind_clear(gpointer data)
{
  Lookbehind *behind = data;
  pcre2_code_free(behind->code);
}

void pattern_free(Pattern *pattern)
{
  if (!pattern)
    return;
  pcre2_code_free(pattern->code);
  g_clear_pointer(&pattern->lookbehinds, g_array_unref);
  g_free(pattern);
}

PatternScratch *pattern_scratch_new(void)
{
  PatternScratch *scratch = g_new0(PatternScratch, 1);
  scratch->context = pcre2_match_context_create(NULL);
  scratch->jit_stack = pcre2_jit_stack_create(JIT_STACK_FIRST_BYTES, JIT_STACK_MAX_BYTES, NULL);
  scratch->data = pcre2_match_data_create(1, NULL);
  if (!scratch->context || !scratch->data)
    g_error("There is no memory for matching expressions.");
  set_limits(scratch->context, PATTERN_MATCH_LIMIT);
  pcre2_jit_stack_assign(scratch->context, NULL, scratch->jit_stack);
  return scratch;
}

void pattern_scratch_free(PatternScratch *scratch)
{
  if (!scratch)
    return;
  pcre2_match_context_free(scratch->context);
  pcre2_jit_stack_free(scratch->jit_stack);
  pcre2_match_data_free(scratch->data);
  g_free(scratch);
}

static pcre2_code *compile(const char *text, size_t length, uint32_t options, int *ret_code, size_t *ret_offset)
{
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit(context, MAX_NESTING);
  pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, length, options, ret_code, ret_offset, context);
  pcre2_compile_context_free(context);
  return code;
}

/* Behind a construct that starts at `at`: an escape, a class, a comment or one character. */
static size_t next_item(const char *text, size_t length, size_t at)
{
  if (text[at] == '\\') {
    if (at + 1 < length && text[at + 1] == 'Q') {
      const char *end = g_strstr_len(text + at, (gssize)(length - at), "\\E");
      return end ? (size_t)(end - text) + 2 : length;
    }
    return MIN(at + 2, length);
  }
  if (g_str_has_prefix(text + at, "(?#")) {
    const char *end = memchr(text + at, ')', length - at);
    return end ? (size_t)(end - text) + 1 : length;
  }
  if (text[at] != '[')
    return at + 1;
  at += at + 1 < length && text[at + 1] == '^' ? 2 : 1;
  for (bool first = true; at < length; first = false) {
    if (text[at] == ']' && !first)
      return at + 1;
    if (g_str_has_prefix(text + at, "[:")) {
      const char *end = g_strstr_len(text + at, (gssize)(length - at), ":]");
      at = end ? (size_t)(end - text) + 2 : at + 1;
    } else {
      at = text[at] == '\\' ? next_item(text, length, at) : at + 1;
    }
  }
  return length;
}

/* The parenthesis that closes the group opened at `at`; `length` if there is none. */
static size_t group_end(const char *text, size_t length, size_t at)
{
  int depth = 0;
  while (at < length) {
    if (text[at] == '(' && !g_str_has_prefix(text + at, "(?#"))
      depth++;
    else if (text[at] == ')' && --depth == 0)
      return at;
    at = next_item(text, length, at);
  }
  return length;
}

static bool is_lookbehind(const char *at)
{
  return g_str_has_prefix(at, "(?<=") || g_str_has_prefix(at, "(?<!");
}

/* True if the expression refers to a group by number or name, which would be another one once lookbehinds are taken out. */
static bool refers_back(const char *text, size_t length)
{
  for (size_t at = 0; at < length; at = next_item(text, length, at)) {
    if (text[at] == '\\' && at + 1 < length && (strchr("123456789kg", text[at + 1])))
      return true;
    if (g_str_has_prefix(text + at, "(?R") || g_str_has_prefix(text + at, "(?&") || g_str_has_prefix(text + at, "(?(") ||
        (g_str_has_prefix(text + at, "(?") && at + 2 < length && g_ascii_isdigit(text[at + 2])))
      return true;
  }
  return false;
}

static bool split_lookbehinds(Pattern *pattern, const char *text, size_t length, uint32_t options, int depth, GString *rest,
                              GError **error);

/* Makes the lookbehind's expression one of its own: found by matching it anywhere and asking where it ends. */
static bool add_lookbehind(Pattern *pattern, const char *text, size_t length, bool negative, uint32_t options, int depth,
                           GError **error)
{
  if (depth > MAX_LOOKBEHIND_DEPTH || pattern->lookbehinds->len >= PATTERN_MAX_LOOKBEHINDS)
    return fail(error, REEVE_ERROR_LIMIT, "The expression holds too many lookbehinds of any length.");
  g_autoptr(GString) inner = g_string_new("(?:");
  if (!split_lookbehinds(pattern, text, length, options, depth, inner, error))
    return false;
  g_string_append_printf(inner, ")(?C%d)", LOOKBEHIND_END);
  int code;
  size_t offset;
  Lookbehind behind = {.negative = negative};
  behind.code = compile(inner->str, inner->len,
                        options | PCRE2_NO_AUTO_POSSESS | PCRE2_NO_START_OPTIMIZE | PCRE2_NO_DOTSTAR_ANCHOR, &code, &offset);
  if (!behind.code)
    return fail(error, REEVE_ERROR_INVALID, "The expression holds a lookbehind that cannot be read: \"%.*s\".", (int)length,
                text);
  g_array_append_val(pattern->lookbehinds, behind);
  return true;
}

/* Appends `text` to `rest` with each lookbehind replaced by a callout of its number. */
static bool split_lookbehinds(Pattern *pattern, const char *text, size_t length, uint32_t options, int depth, GString *rest,
                              GError **error)
{
  size_t at = 0;
  while (at < length) {
    size_t next;
    if (is_lookbehind(text + at)) {
      size_t end = group_end(text, length, at);
      if (end == length)
        return fail(error, REEVE_ERROR_INVALID, "The expression holds a lookbehind that is not closed.");
      if (!add_lookbehind(pattern, text + at + 4, end - at - 4, text[at + 3] == '!', options, depth + 1, error))
        return false;
      g_string_append_printf(rest, "(?C%u)", pattern->lookbehinds->len - 1);
      next = end + 1;
    } else {
      next = next_item(text, length, at);
      g_string_append_len(rest, text + at, (gssize)(next - at));
    }
    at = next;
  }
  return true;
}

/* PCRE2 says by number why it does not take a lookbehind; the numbers of later versions are not in the header of earlier ones. */
static bool is_lookbehind_error(int code)
{
  enum { NOT_FIXED = 125, VARIABLE_TOO_LONG = 187, TOO_COMPLICATED = 135, VARIABLE_LIMIT = 200 };
  return code == NOT_FIXED || code == VARIABLE_TOO_LONG || code == TOO_COMPLICATED || code == VARIABLE_LIMIT;
}

static bool fail_compile(GError **error, const char *text, int code, size_t offset)
{
  char why[256] = "";
  pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
  size_t length = strlen(text);
  const char *valid_to;
  g_utf8_validate(text, (gssize)MIN(offset, length), &valid_to);
  return fail(error, REEVE_ERROR_INVALID, "The expression cannot be read at character %ld: %s.",
              g_utf8_strlen(text, valid_to - text) + 1, why);
}

Pattern *pattern_new(const char *text, PatternFlags flags, GError **error)
{
  size_t length = strlen(text), offset;
  int code;
  if (length > PATTERN_MAX_BYTES) {
    fail(error, REEVE_ERROR_LIMIT, "The expression has %zu bytes; at most %d are read.", length, PATTERN_MAX_BYTES);
    return NULL;
  }
  if (!g_utf8_validate(text, (gssize)length, NULL)) {
    fail(error, REEVE_ERROR_INVALID, "The expression is not UTF-8.");
    return NULL;
  }
  for (size_t at = 0; at < length; at = next_item(text, length, at))
    if (g_str_has_prefix(text + at, "(?C")) { /* ours alone; .NET has none */
      fail(error, REEVE_ERROR_INVALID, "The expression cannot be read at character %ld: callouts are not allowed.",
           g_utf8_strlen(text, (gssize)at) + 1);
      return NULL;
    }
  uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_ALT_BSUX | PCRE2_NEVER_BACKSLASH_C;
  if (flags & PATTERN_IGNORE_CASE)
    options |= PCRE2_CASELESS;
  g_autoptr(Pattern) pattern = g_new0(Pattern, 1);
  pattern->code = compile(text, length, options, &code, &offset);
  if (!pattern->code && is_lookbehind_error(code) && !refers_back(text, length)) {
    g_autoptr(GString) rest = g_string_sized_new(length);
    pattern->lookbehinds = g_array_new(FALSE, FALSE, sizeof(Lookbehind));
    g_array_set_clear_func(pattern->lookbehinds, lookbehind_clear);
    if (!split_lookbehinds(pattern, text, length, options, 0, rest, error))
      return NULL;
    pattern->code = compile(rest->str, rest->len, options, &code, &offset);
    offset = 0;
  }
  if (!pattern->code) {
    fail_compile(error, text, code, offset);
    return NULL;
  }
  pattern->compiled = pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
  return g_steal_pointer(&pattern);
}

static int on_callout(pcre2_callout_block *block, void *user_data);

/* Whether the lookbehind's expression matches some bytes that end at `end`. */
static bool looks_behind(Behind *outer, const Lookbehind *behind, const char *subject, size_t length, size_t end)
{
  Behind inner = *outer;
  inner.end = end;
  inner.depth++;
  *outer->left -= (int64_t)end + 1;
  if (inner.depth > MAX_LOOKBEHIND_DEPTH + 1 || *outer->left < 0) {
    outer->stopped = true;
    return false;
  }
  pcre2_match_context *context = pcre2_match_context_create(NULL);
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  set_limits(context, PATTERN_BEHIND_LIMIT);
  pcre2_set_callout(context, on_callout, &inner);
  int result = pcre2_match(behind->code, (PCRE2_SPTR)subject, length, 0, PCRE2_NO_UTF_CHECK, data, context);
  pcre2_match_data_free(data);
  pcre2_match_context_free(context);
  outer->stopped = outer->stopped || inner.stopped || (result < 0 && result != PCRE2_ERROR_NOMATCH);
  return result >= 0;
}

/* PCRE2 asks: 0 go on, 1 no match this way, less than 0 give up. */
static int on_callout(pcre2_callout_block *block, void *user_data)
{
  Behind *state = user_data;
  if (block->callout_number == LOOKBEHIND_END)
    return block->current_position == state->end ? 0 : 1;
  const Lookbehind *behind = &g_array_index(state->pattern->lookbehinds, Lookbehind, block->callout_number);
  bool found = looks_behind(state, behind, (const char *)block->subject, block->subject_length, block->current_position);
  if (state->stopped)
    return PCRE2_ERROR_CALLOUT;
  return found != behind->negative ? 0 : 1;
}

PatternOutcome pattern_match(const Pattern *pattern, PatternScratch *scratch, const char *subject)
{
  size_t length = strlen(subject);
  if (length > PATTERN_SUBJECT_MAX_BYTES) {
    const char *valid_to;
    g_utf8_validate(subject, PATTERN_SUBJECT_MAX_BYTES, &valid_to);
    length = (size_t)(valid_to - subject);
  }
  int64_t left = PATTERN_BEHIND_STARTS;
  int result;
  Behind behind = {.pattern = pattern, .left = &left};
  if (pattern->lookbehinds)
    pcre2_set_callout(scratch->context, on_callout, &behind);
  if (pattern->compiled)
    result = pcre2_jit_match(pattern->code, (PCRE2_SPTR)subject, length, 0, PCRE2_NO_UTF_CHECK, scratch->data, scratch->context);
  else
    result = pcre2_match(pattern->code, (PCRE2_SPTR)subject, length, 0, PCRE2_NO_UTF_CHECK, scratch->data, scratch->context);
  if (pattern->lookbehinds)
    pcre2_set_callout(scratch->context, NULL, NULL);
  if (result >= 0)
    return PATTERN_MATCHES;
  return result == PCRE2_ERROR_NOMATCH ? PATTERN_MISSES : PATTERN_STOPPED;
}
