/* What each kind of condition reads from JSON and asks of a release. Test: tests/unit/release/test_format_condition.c */
#include "release/format_condition.h"

#include "base/error.h"
#include "base/number.h"

#include <math.h>
#include <string.h>

static const EnumRow kind_rows[] = {
    {CONDITION_SOURCE, "SourceSpecification", "Where the picture comes from"},
    {CONDITION_RESOLUTION, "ResolutionSpecification", "How many lines the quality has"},
    {CONDITION_MODIFIER, "QualityModifierSpecification", "What was done to the picture"},
    {CONDITION_INDEXER_FLAG, "IndexerFlagSpecification", "What the indexer says of it"},
    {CONDITION_LANGUAGE, "LanguageSpecification", "A language that it has"},
    {CONDITION_SIZE, "SizeSpecification", "How large it is, in GiB"},
    {CONDITION_YEAR, "YearSpecification", "The film's year"},
    {CONDITION_GROUP, "ReleaseGroupSpecification", "An expression found in the release group"},
    {CONDITION_EDITION, "EditionSpecification", "An expression found in the edition"},
    {CONDITION_TITLE, "ReleaseTitleSpecification", "An expression found in the release's name"},
};
const EnumTable format_condition_kind_table = ENUM_TABLE("FormatConditionKind", kind_rows);

static const EnumRow indexer_flag_rows[] = {
    {INDEXER_FLAG_FREELEECH, "freeleech", "Downloading costs nothing"},
    {INDEXER_FLAG_HALFLEECH, "halfleech", "Downloading costs half"},
    {INDEXER_FLAG_DOUBLE_UPLOAD, "double-upload", "Uploading counts twice"},
    {INDEXER_FLAG_PTP_GOLDEN, "ptp-golden", "Golden popcorn"},
    {INDEXER_FLAG_PTP_APPROVED, "ptp-approved", "Approved by staff"},
    {INDEXER_FLAG_INTERNAL, "internal", "Made by a group of the tracker"},
    {INDEXER_FLAG_SCENE, "scene", "A scene release"},
    {INDEXER_FLAG_FREELEECH_75, "freeleech-75", "Downloading costs a quarter"},
    {INDEXER_FLAG_FREELEECH_25, "freeleech-25", "Downloading costs three quarters"},
    {INDEXER_FLAG_NUKED, "nuked", "Declared bad"},
};
const EnumTable indexer_flag_table = ENUM_TABLE("IndexerFlag", indexer_flag_rows);

/* What a kind reads from its fields. */
typedef enum { VALUE_NUMBER, VALUE_EXPRESSION, VALUE_RANGE } ValueKind;

static ValueKind value_kind(int kind)
{
  if (kind >= CONDITION_GROUP)
    return VALUE_EXPRESSION;
  return kind == CONDITION_SIZE || kind == CONDITION_YEAR ? VALUE_RANGE : VALUE_NUMBER;
}

void format_condition_free(FormatCondition *condition)
{
  if (!condition)
    return;
  g_free(condition->name);
  pattern_free(condition->pattern);
  g_free(condition);
}

/* A field of either form; NULL if it is not there. */
static const json_t *field_of(const json_t *fields, const char *name)
{
  if (json_is_object(fields))
    return json_object_get(fields, name);
  size_t i;
  const json_t *field;
  json_array_foreach(fields, i, field)
  {
    const char *own = json_string_value(json_object_get(field, "name"));
    if (own && strcmp(own, name) == 0)
      return json_object_get(field, "value");
  }
  return NULL;
}

static bool read_number(const json_t *fields, const char *name, double *ret_value, GError **error)
{
  const json_t *json = field_of(fields, name);
  double value;
  if (json_is_number(json))
    value = json_number_value(json);
  else if (!json_is_string(json) || !parse_real(json_string_value(json), &value))
    return fail(error, REEVE_ERROR_INVALID, "its field \"%s\" must be a number", name);
  if (!(fabs(value) <= 1e15))
    return fail(error, REEVE_ERROR_INVALID, "its field \"%s\" is out of range", name);
  *ret_value = value;
  return true;
}

static bool read_value(FormatCondition *condition, const json_t *fields, GError **error)
{
  double value;
  if (!read_number(fields, "value", &value, error))
    return false;
  if (value != floor(value))
    return fail(error, REEVE_ERROR_INVALID, "its field \"value\" must be a whole number");
  condition->value = (int64_t)value;
  condition->except = json_is_true(field_of(fields, "exceptLanguage"));
  if (condition->kind == CONDITION_LANGUAGE && !release_language_find((int)CLAMP(condition->value, INT_MIN, INT_MAX)))
    return fail(error, REEVE_ERROR_INVALID, "there is no language number %" G_GINT64_FORMAT, condition->value);
  return true;
}

static bool read_expression(FormatCondition *condition, const json_t *fields, GError **error)
{
  const json_t *json = field_of(fields, "value");
  if (!json_is_string(json) || json_string_length(json) == 0)
    return fail(error, REEVE_ERROR_INVALID, "its field \"value\" must be an expression");
  condition->pattern = pattern_new(json_string_value(json), PATTERN_IGNORE_CASE, error);
  return condition->pattern != NULL;
}

static bool read_fields(FormatCondition *condition, const json_t *fields, GError **error)
{
  if (!json_is_object(fields) && !json_is_array(fields))
    return fail(error, REEVE_ERROR_INVALID, "its \"fields\" must be an object or a list");
  switch (value_kind(condition->kind)) {
  case VALUE_EXPRESSION:
    return read_expression(condition, fields, error);
  case VALUE_RANGE:
    return read_number(fields, "min", &condition->min, error) && read_number(fields, "max", &condition->max, error);
  default:
    return read_value(condition, fields, error);
  }
}

FormatCondition *format_condition_from_json(const json_t *json, GError **error)
{
  const char *name = json_string_value(json_object_get(json, "name"));
  const char *implementation = json_string_value(json_object_get(json, "implementation"));
  int kind;
  if (!json_is_object(json)) {
    fail(error, REEVE_ERROR_INVALID, "Each of \"specifications\" must be an object.");
    return NULL;
  }
  if (!name)
    name = implementation ? implementation : "";
  if (!implementation || !enum_value(&format_condition_kind_table, implementation, &kind)) {
    g_autofree char *choices = enum_choices(&format_condition_kind_table);
    fail(error, REEVE_ERROR_INVALID, "The condition \"%s\" has the implementation \"%s\"; it must be %s.", name,
         implementation ? implementation : "", choices);
    return NULL;
  }
  g_autoptr(FormatCondition) condition = g_new0(FormatCondition, 1);
  condition->name = g_strdup(name);
  condition->kind = kind;
  condition->negate = json_is_true(json_object_get(json, "negate"));
  condition->required = json_is_true(json_object_get(json, "required"));
  g_autoptr(GError) why = NULL;
  if (!read_fields(condition, json_object_get(json, "fields"), &why)) {
    bool sentence = g_str_has_suffix(why->message, ".");
    fail(error, reeve_error_code(why), "The condition \"%s\" cannot be used: %s%s", name, why->message, sentence ? "" : ".");
    return NULL;
  }
  return g_steal_pointer(&condition);
}

static bool has_language(const FormatCondition *condition, const FormatFacts *facts)
{
  int64_t wanted = condition->value;
  if (wanted == LANGUAGE_ORIGINAL && facts->original_language != LANGUAGE_UNKNOWN)
    wanted = facts->original_language;
  for (guint i = 0; facts->languages && i < facts->languages->len; i++)
    if ((g_array_index(facts->languages, int64_t, i) == wanted) != condition->except)
      return true;
  return false;
}

static PatternOutcome find(const FormatCondition *condition, const char *text, PatternScratch *scratch)
{
  return text ? pattern_match(condition->pattern, scratch, text) : PATTERN_MISSES;
}

static PatternOutcome ask(const FormatCondition *condition, const FormatFacts *facts, PatternScratch *scratch)
{
  const double gib = 1024.0 * 1024 * 1024;
  bool has = false;
  switch ((FormatConditionKind)condition->kind) {
  case CONDITION_SOURCE:
    has = quality_find(facts->quality)->source == condition->value;
    break;
  case CONDITION_RESOLUTION:
    has = quality_find(facts->quality)->resolution == condition->value;
    break;
  case CONDITION_MODIFIER:
    has = quality_find(facts->quality)->modifier == condition->value;
    break;
  case CONDITION_INDEXER_FLAG:
    has = (facts->indexer_flags & condition->value) == condition->value;
    break;
  case CONDITION_LANGUAGE:
    has = has_language(condition, facts);
    break;
  case CONDITION_SIZE:
    has = (double)facts->size_bytes > condition->min * gib && (double)facts->size_bytes <= condition->max * gib;
    break;
  case CONDITION_YEAR:
    has = (double)facts->year >= condition->min && (double)facts->year <= condition->max;
    break;
  case CONDITION_GROUP:
    return find(condition, facts->group, scratch);
  case CONDITION_EDITION:
    return find(condition, facts->edition, scratch);
  case CONDITION_TITLE: {
    PatternOutcome outcome = find(condition, facts->title, scratch);
    return outcome == PATTERN_MISSES ? find(condition, facts->file_name, scratch) : outcome;
  }
  }
  return has ? PATTERN_MATCHES : PATTERN_MISSES;
}

PatternOutcome format_condition_test(const FormatCondition *condition, const FormatFacts *facts, PatternScratch *scratch)
{
  PatternOutcome outcome = ask(condition, facts, scratch);
  if (outcome == PATTERN_STOPPED || !condition->negate)
    return outcome;
  return outcome == PATTERN_MATCHES ? PATTERN_MISSES : PATTERN_MATCHES;
}
