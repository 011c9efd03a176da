/* Decides which policies could never do what was meant; the message names the field and what to write instead.
 * Test: tests/unit/audio/test_policy.c */
#include "audio/policy.h"

#include "base/glob.h"
#include "media/language.h"
#include "wire/json.h"

#include <string.h>

static void check_language(GPtrArray *found, const char *field, const char *text, LanguageTag *ret_tag)
{
  if (*text && language_parse(text, ret_tag))
    return;
  ret_tag->language = NULL;
  const Language *near = language_suggest(text);
  if (!*text)
    field_errors_add(found, field, "An empty text is no language; write und for tracks without a language.");
  else if (near)
    field_errors_add(found, field, "\"%s\" is no language that is known; did you mean %s (%s)?", text, language_name(near),
                     language_code(near));
  else
    field_errors_add(found, field,
                     "\"%s\" is no language that is known; write a code such as ger, deu or de, or a name such as German.", text);
}

static void check_languages(GPtrArray *found, const char *prefix, char *const *languages)
{
  size_t n = languages ? g_strv_length((char **)languages) : 0;
  g_autofree LanguageTag *tags = g_new0(LanguageTag, n + 1);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *field = g_strdup_printf("%s.%zu", prefix, i);
    check_language(found, field, languages[i], &tags[i]);
    for (size_t k = 0; tags[i].language && k < i; k++)
      if (tags[k].language == tags[i].language && strcmp(tags[k].region, tags[i].region) == 0) {
        field_errors_add(found, field, "\"%s\" is %s, which stands at %s.%zu already; take one of them out.", languages[i],
                         language_name(tags[i].language), prefix, k);
        break;
      }
  }
}

static void check_override(GPtrArray *found, const AudioPolicy *policy, guint n)
{
  const AudioOverride *override = g_ptr_array_index(policy->overrides, n);
  g_autofree char *glob_field = g_strdup_printf("overrides.%u.glob", n);
  g_autofree char *languages_field = g_strdup_printf("overrides.%u.languages", n);
  const char *glob = override->glob ? override->glob : "", *complaint = glob_complaint(glob);
  if (complaint)
    field_errors_add(found, glob_field, "The glob \"%s\" %s.", glob, complaint);
  for (guint k = 0; k < n; k++) {
    const AudioOverride *before = g_ptr_array_index(policy->overrides, k);
    if (g_strcmp0(before->glob, glob) == 0)
      field_errors_add(found, glob_field, "The glob \"%s\" stands at overrides.%u already, so this one would never count.", glob,
                       k);
  }
  check_languages(found, languages_field, override->languages);
  if (override->original == OVERRIDE_ORIGINAL_AS_USUAL && (!override->languages || !override->languages[0]))
    field_errors_add(found, languages_field,
                     "List at least one language, or say what becomes of the original language; else this changes nothing.");
}

bool audio_policy_check(const AudioPolicy *policy, GPtrArray *errors)
{
  g_autoptr(GPtrArray) found = field_errors_new();
  check_languages(found, "languages", policy->languages);
  check_languages(found, "subtitle_languages", policy->subtitle_languages);
  for (guint i = 0; policy->overrides && i < policy->overrides->len; i++)
    check_override(found, policy, i);
  if (policy->subtitles == SUBTITLE_FLAGS_LANGUAGE && (!policy->subtitle_languages || !policy->subtitle_languages[0]))
    field_errors_add(found, "subtitle_languages", "List at least one language, such as eng, or choose forced-only.");
  for (guint i = 0; errors && i < found->len; i++) {
    const FieldError *each = g_ptr_array_index(found, i);
    field_errors_add(errors, each->field, "%s: %s", each->field, each->message);
  }
  return found->len == 0;
}
