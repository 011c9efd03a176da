/* What one member may hold: its rules, and reading it from text.
 * Test: tests/unit/base/test_field.c */
#include "base/field.h"

#include "base/error.h"
#include "base/number.h"

#include <math.h>
#include <string.h>

const Field *field_find(const FieldTable *table, const char *name)
{
  for (size_t i = 0; i < table->n_fields; i++)
    if (strcmp(table->fields[i].name, name) == 0)
      return &table->fields[i];
  return NULL;
}

static bool has_rule(const Field *field)
{
  return field->min != 0 || field->max != 0;
}

static bool has_max(const Field *field)
{
  return has_rule(field) && field->max >= field->min;
}

/* A double cannot hold every int64_t, so the bound is brought to the integer and not the other way round. */
static bool int_below(int64_t value, double bound)
{
  bound = ceil(bound);
  return bound >= 0x1p63 || (bound >= -0x1p63 && value < (int64_t)bound);
}

static bool int_above(int64_t value, double bound)
{
  bound = floor(bound);
  return bound < -0x1p63 || (bound < 0x1p63 && value > (int64_t)bound);
}

/* A bound as people write it: no exponent for whole numbers. */
static char *bound_text(double bound)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  const char *format = bound == floor(bound) && fabs(bound) <= 0x1p53 ? "%.0f" : "%.15g";
  return g_strdup(g_ascii_formatd(buffer, sizeof buffer, format, bound));
}

static char *range_complaint(const Field *field)
{
  g_autofree char *min = bound_text(field->min);
  g_autofree char *max = bound_text(field->max);
  return has_max(field) ? g_strdup_printf("must be from %s to %s", min, max) : g_strdup_printf("must be at least %s", min);
}

static char *int_complaint(const Field *field, int64_t value)
{
  if (value == FIELD_NULL_INT)
    return g_strdup_printf("must be more than %" G_GINT64_FORMAT, FIELD_NULL_INT);
  if (has_rule(field) && (int_below(value, field->min) || (has_max(field) && int_above(value, field->max))))
    return range_complaint(field);
  return NULL;
}

static char *real_complaint(const Field *field, double value)
{
  if (!isfinite(value))
    return g_strdup("must be a finite number");
  if (has_rule(field) && (value < field->min || (has_max(field) && value > field->max)))
    return range_complaint(field);
  return NULL;
}

static char *enum_complaint(const Field *field, int value)
{
  if (enum_name(field->values, value))
    return NULL;
  g_autofree char *choices = enum_choices(field->values);
  return g_strdup_printf("must be %s", choices);
}

/* The most bytes or items there may be, by the field's rule or by default. INFINITY if there is no limit. */
static double max_length(const Field *field)
{
  if (has_max(field))
    return field->max;
  if (field->kind == FIELD_KIND_TEXT)
    return FIELD_TEXT_MAX_BYTES;
  return field->kind == FIELD_KIND_RECORDS ? FIELD_RECORDS_MAX_ITEMS : INFINITY;
}

static bool has_length(const Field *field)
{
  return field->kind != FIELD_KIND_RECORD && field->kind >= FIELD_KIND_TEXT;
}

char *field_length_complaint(const Field *field, size_t length)
{
  if (!has_length(field))
    return NULL;
  bool too_short = (double)length < field->min;
  if (!too_short && (double)length <= max_length(field))
    return NULL;
  if (too_short && field->min == 1)
    return g_strdup("must not be empty");
  bool in_bytes = field->kind == FIELD_KIND_TEXT || field->kind == FIELD_KIND_JSON;
  double bound = too_short ? field->min : max_length(field);
  g_autofree char *number = bound_text(bound);
  return g_strdup_printf("must have at %s %s %s%s", too_short ? "least" : "most", number, in_bytes ? "byte" : "item",
                         bound == 1 ? "" : "s");
}

/* "host:port" or "[ipv6]:port". */
static bool is_address(const char *text)
{
  const char *colon = strrchr(text, ':');
  int64_t port;
  bool good = colon && colon > text && parse_int(colon + 1, 0, 65535, &port);
  return good && (strchr(text, ':') == colon || text[0] == '[');
}

static bool is_blank(const char *text)
{
  while (*text && g_unichar_isspace(g_utf8_get_char(text)))
    text = g_utf8_next_char(text);
  return !*text;
}

static char *text_complaint(const Field *field, const char *text)
{
  if (g_strcmp0(field->format, "address") == 0 && !is_address(text))
    return g_strdup("must be ADDRESS:PORT, such as 127.0.0.1:8460, 0.0.0.0:8460 or [::1]:8460");
  char *complaint = field_length_complaint(field, strlen(text));
  if (!complaint && !g_utf8_validate(text, -1, NULL))
    complaint = g_strdup("must be valid UTF-8");
  if (!complaint && field->min >= 1 && is_blank(text))
    complaint = g_strdup("must not be blank");
  return complaint;
}

static char *strings_complaint(const Field *field, char *const *strings)
{
  size_t n = 0;
  for (; strings && strings[n]; n++) {
    if (strlen(strings[n]) > FIELD_TEXT_MAX_BYTES)
      return g_strdup_printf("must have items of at most %d bytes", FIELD_TEXT_MAX_BYTES);
    if (!g_utf8_validate(strings[n], -1, NULL))
      return g_strdup("must have items of valid UTF-8");
  }
  return field_length_complaint(field, n);
}

char *field_complaint(const Field *field, const void *record)
{
  if (field_is_null(field, record))
    return NULL;
  const void *member = field_peek(field, record);
  switch (field->kind) {
  case FIELD_KIND_INT:
    return int_complaint(field, *(const int64_t *)member);
  case FIELD_KIND_REAL:
    return real_complaint(field, *(const double *)member);
  case FIELD_KIND_ENUM:
    return enum_complaint(field, *(const int *)member);
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON: {
    const char *text = *(char *const *)member;
    return text_complaint(field, text ? text : "");
  }
  case FIELD_KIND_STRINGS:
    return strings_complaint(field, *(char **const *)member);
  case FIELD_KIND_INTS: {
    const GArray *ints = *(GArray *const *)member;
    return field_length_complaint(field, ints ? ints->len : 0);
  }
  case FIELD_KIND_RECORDS: {
    const GPtrArray *records = *(GPtrArray *const *)member;
    return field_length_complaint(field, records ? records->len : 0);
  }
  case FIELD_KIND_BOOL:
  case FIELD_KIND_RECORD:
    return NULL;
  }
  g_assert_not_reached();
}

bool field_check(const Field *field, const void *record, GError **error)
{
  g_autofree char *complaint = field_complaint(field, record);
  return !complaint || fail(error, REEVE_ERROR_INVALID, "%s %s", field->name, complaint);
}

static bool set_bool(const Field *field, const char *text, bool *ret, GError **error)
{
  if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
    return fail(error, REEVE_ERROR_INVALID, "%s must be true or false", field->name);
  *ret = text[0] == 't';
  return true;
}

static bool set_int(const Field *field, const char *text, int64_t *ret, GError **error)
{
  if (!parse_int(text, INT64_MIN, INT64_MAX, ret))
    return fail(error, REEVE_ERROR_INVALID, "%s must be a whole number", field->name);
  /* It would mean that there is no value. */
  return *ret != FIELD_NULL_INT ||
         fail(error, REEVE_ERROR_INVALID, "%s must be more than %" G_GINT64_FORMAT, field->name, FIELD_NULL_INT);
}

static bool set_enum(const Field *field, const char *text, int *ret, GError **error)
{
  if (enum_value(field->values, text, ret))
    return true;
  g_autofree char *choices = enum_choices(field->values);
  return fail(error, REEVE_ERROR_INVALID, "%s must be %s", field->name, choices);
}

/* Spaces around items are for the eye. An empty text is an empty list; an empty item is kept, for the rules to judge. */
static char **split_list(const char *text)
{
  if (text[0] == '\0')
    return g_new0(char *, 1);
  char **items = g_strsplit(text, ",", -1);
  for (char **item = items; *item; item++)
    g_strstrip(*item);
  return items;
}

static bool set_ints(const Field *field, const char *text, GArray **ret, GError **error)
{
  g_auto(GStrv) items = split_list(text);
  g_autoptr(GArray) ints = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (char **item = items; *item; item++) {
    int64_t value;
    if (!parse_int(*item, INT64_MIN, INT64_MAX, &value))
      return fail(error, REEVE_ERROR_INVALID, "%s must be whole numbers separated by commas", field->name);
    g_array_append_val(ints, value);
  }
  *ret = g_steal_pointer(&ints);
  return true;
}

/* `member` is zeroed and of the size that the kind needs. */
static bool set_member(const Field *field, const char *text, void *member, GError **error)
{
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return set_bool(field, text, member, error);
  case FIELD_KIND_INT:
    return set_int(field, text, member, error);
  case FIELD_KIND_REAL:
    return parse_real(text, member) || fail(error, REEVE_ERROR_INVALID, "%s must be a number", field->name);
  case FIELD_KIND_ENUM:
    return set_enum(field, text, member, error);
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
    *(char **)member = g_strdup(text);
    return true;
  case FIELD_KIND_STRINGS:
    *(char ***)member = split_list(text);
    return true;
  case FIELD_KIND_INTS:
    return set_ints(field, text, member, error);
  case FIELD_KIND_RECORD:
  case FIELD_KIND_RECORDS:
    return fail(error, REEVE_ERROR_INVALID, "%s has parts of its own and cannot be set from one text", field->name);
  }
  g_assert_not_reached();
}

static bool empty_means_null(const Field *field)
{
  return (field->flags & FIELD_NULLABLE) &&
         (field->kind == FIELD_KIND_INT || field->kind == FIELD_KIND_REAL || field->kind == FIELD_KIND_ENUM);
}

bool field_set_text(const Field *field, void *record, const char *text, GError **error)
{
  if (text[0] == '\0' && empty_means_null(field)) {
    field_set_null(field, record);
    return true;
  }
  union {
    int64_t number;
    double real;
    void *pointer;
  } member = {0};
  Field alone = *field; /* the same rules for a member that stands by itself */
  alone.offset = 0;
  if (!set_member(&alone, text, &member, error))
    return false;
  if (!field_check(&alone, &member, error)) {
    field_clear(&alone, &member);
    return false;
  }
  field_clear(field, record);
  memcpy(field_at(field, record), &member, field_size(field));
  return true;
}
