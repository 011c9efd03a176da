/* The record of demanded and refused words, and how they are looked for. Test: tests/unit/release/test_restriction.c */
#include "release/restriction.h"

#include "base/error.h"

#include <string.h>

static const Field release_restriction_fields[] = {
    FIELD_INT(ReleaseRestriction, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the restriction."),
    FIELD_TEXT(ReleaseRestriction, name, .max = 256, .help = "Its name."),
    FIELD_BOOL(ReleaseRestriction, enabled, .preset = "true", .help = "It is used."),
    FIELD_STRINGS(ReleaseRestriction, required, .max = 256, .help = "Terms, one of which a name must hold."),
    FIELD_STRINGS(ReleaseRestriction, ignored, .max = 256, .help = "Terms, none of which a name may hold."),
    FIELD_INT(ReleaseRestriction, indexer, .help = "Number of the indexer that it is for; 0: all."),
    FIELD_INTS(ReleaseRestriction, tags, .max = 256, .help = "Films that share a tag have it; none: all films."),
};
const FieldTable release_restriction_table =
    FIELD_TABLE(ReleaseRestriction, "ReleaseRestriction", "release_restrictions", release_restriction_fields);

typedef struct {
  const char *text; /* borrowed */
  char *folded;     /* of a plain text */
  Pattern *pattern; /* of an expression */
} Term;

struct RestrictionTerms {
  const ReleaseRestriction *restriction;
  GArray *required, *ignored; /* Term */
};

static void term_clear(gpointer data)
{
  Term *term = data;
  g_free(term->folded);
  pattern_free(term->pattern);
}

/* "/…/im" as PCRE2 takes it: "(?m)…". False if the text is no expression. */
static bool split_expression(const char *text, char **ret_expression, PatternFlags *ret_flags)
{
  const char *end = strrchr(text, '/');
  if (text[0] != '/' || end == text || strspn(end + 1, "imsx") != strlen(end + 1))
    return false;
  g_autoptr(GString) expression = g_string_new(NULL);
  *ret_flags = PATTERN_NO_FLAGS;
  for (const char *flag = end + 1; *flag; flag++) {
    if (*flag == 'i')
      *ret_flags = PATTERN_IGNORE_CASE;
    else
      g_string_append_printf(expression, "(?%c)", *flag);
  }
  g_string_append_len(expression, text + 1, end - text - 1);
  *ret_expression = g_string_free(g_steal_pointer(&expression), FALSE);
  return true;
}

static GArray *read_terms(const ReleaseRestriction *restriction, char **texts, GError **error)
{
  g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(Term));
  g_array_set_clear_func(terms, term_clear);
  for (char **text = texts; text && *text; text++) {
    g_autofree char *expression = NULL;
    g_autoptr(GError) why = NULL;
    PatternFlags flags;
    Term term = {.text = *text};
    if (!**text)
      continue;
    if (!split_expression(*text, &expression, &flags)) {
      term.folded = g_utf8_casefold(*text, -1);
    } else if (!(term.pattern = pattern_new(expression, flags, &why))) {
      fail(error, reeve_error_code(why), "The term \"%s\" of the restriction \"%s\" cannot be used. %s", *text,
           restriction->name ? restriction->name : "", why->message);
      return NULL;
    }
    g_array_append_val(terms, term);
  }
  return g_steal_pointer(&terms);
}

RestrictionTerms *restriction_terms_new(const ReleaseRestriction *restriction, GError **error)
{
  g_autoptr(RestrictionTerms) terms = g_new0(RestrictionTerms, 1);
  terms->restriction = restriction;
  if (!(terms->required = read_terms(restriction, restriction->required, error)) ||
      !(terms->ignored = read_terms(restriction, restriction->ignored, error)))
    return NULL;
  return g_steal_pointer(&terms);
}

void restriction_terms_free(RestrictionTerms *terms)
{
  if (!terms)
    return;
  g_clear_pointer(&terms->required, g_array_unref);
  g_clear_pointer(&terms->ignored, g_array_unref);
  g_free(terms);
}

/* The first term that the title holds; NULL if it holds none. An expression that is stopped is not held. */
static const char *held_term(const GArray *terms, const char *title, const char *folded, PatternScratch *scratch)
{
  for (guint i = 0; i < terms->len; i++) {
    const Term *term = &g_array_index(terms, Term, i);
    if (term->pattern ? pattern_match(term->pattern, scratch, title) == PATTERN_MATCHES : strstr(folded, term->folded) != NULL)
      return term->text;
  }
  return NULL;
}

char *restriction_refusal(const RestrictionTerms *terms, const char *title, int64_t indexer, const GArray *tags,
                          PatternScratch *scratch)
{
  const ReleaseRestriction *restriction = terms->restriction;
  bool for_film = !restriction->tags || restriction->tags->len == 0 || ids_share(restriction->tags, tags);
  if (!restriction->enabled || !for_film || (restriction->indexer && restriction->indexer != indexer))
    return NULL;
  g_autofree char *folded = g_utf8_casefold(title, -1);
  const char *name = restriction->name ? restriction->name : "";
  const char *ignored = held_term(terms->ignored, title, folded, scratch);
  if (ignored)
    return g_strdup_printf("The name holds \"%s\", which the restriction \"%s\" refuses.", ignored, name);
  if (terms->required->len == 0 || held_term(terms->required, title, folded, scratch))
    return NULL;
  g_autofree char *wanted = g_strjoinv("\", \"", restriction->required);
  return g_strdup_printf("The name holds none of \"%s\", one of which the restriction \"%s\" demands.", wanted, name);
}
