#include "audio/policy.h"

#include "audio_fixture.h"
#include "wire/yaml.h"

static void test_defaults(void)
{
  g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table);
  AudioOverride override;
  record_init(&audio_override_table, &override);
  record_clear(&audio_override_table, &override);
  g_assert_true(policy->prefer_original);
  g_assert_cmpint(policy->commentary, ==, COMMENTARY_AVOID);
  g_assert_cmpint(policy->subtitles, ==, SUBTITLE_FLAGS_OFF);
  g_assert_true(audio_policy_check(policy, NULL));
}

static void test_yaml_and_json(void)
{
  const char *yaml =
      "languages: [fra, English]\nprefer_original: false\ncommentary: last\nsubtitles: by-language\n"
      "subtitle_languages: [en]\noverrides:\n  - glob: /media/anime/**\n    languages: [ja]\n    original: first\n";
  g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table), back = record_new(&audio_policy_table);
  g_autoptr(GPtrArray) errors = field_errors_new();
  g_autoptr(GError) error = NULL;
  yaml_to_record(&audio_policy_table, "policy.yaml", yaml, strlen(yaml), policy, errors, &error);
  g_assert_no_error(error);
  g_assert_true(audio_policy_check(policy, errors));
  g_assert_cmpstr(policy->languages[1], ==, "English");
  g_assert_cmpint(policy->commentary, ==, COMMENTARY_LAST);
  g_assert_cmpint(((AudioOverride *)policy->overrides->pdata[0])->original, ==, OVERRIDE_ORIGINAL_FIRST);
  g_autoptr(json_t) json = json_from_record(&audio_policy_table, policy, JSON_PUBLIC);
  json_to_record(&audio_policy_table, json, JSON_CREATE, back, errors, &error);
  g_assert_no_error(error);
  g_assert_true(record_equal(&audio_policy_table, policy, back));
}

static void test_check(void)
{
  static const struct {
    const char *settings;
    const char *field, *part; /* of the first message; NULL: clean */
    guint n;
  } rows[] = {
      {"languages=fra,eng", NULL, NULL, 0},
      {"languages=de,German (Austria)", "languages.1", "stands at languages.0 already", 1},
      {"languages=und,mul,qaa", NULL, NULL, 0},
      {"languages=pt-BR,pt-PT,pt", NULL, NULL, 0},
      {"languages=xyzzy", "languages.0", "\"xyzzy\" is no language that is known; write a code", 1},
      {"languages=eng,Germn", "languages.1", "did you mean German (deu)?", 1},
      {"languages=eng,,fra", "languages.1", "empty text", 1},
      {"languages=ger,fra,deu", "languages.2", "\"deu\" is German, which stands at languages.0 already", 1},
      {"languages=xyzzy,xyzzy", "languages.0", "xyzzy", 2},
      {"subtitles=by-language", "subtitle_languages", "List at least one language", 1},
      {"subtitles=by-language;subtitle_languages=en", NULL, NULL, 0},
      {"subtitle_languages=Englsh", "subtitle_languages.0", "English (eng)", 1},
      {"override /a/**=ger", NULL, NULL, 0},
      {"override /a/**=ignored", NULL, NULL, 0},
      {"override /a/**=", "overrides.0.languages", "this changes nothing", 1},
      {"override /a/[b=ger", "overrides.0.glob", "has a bracket that is never closed", 1},
      {"override /a\\=ger", "overrides.0.glob", "backslash", 1},
      {"override =ger", "overrides.0.glob", "The glob \"\" is empty.", 1},
      {"override /a=ger;override /a=fra", "overrides.1.glob", "stands at overrides.0 already", 1},
      {"override /a=ger;override /b=Frnch", "overrides.1.languages.0", "French (fra)", 1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AudioPolicy) policy = fixture_policy(rows[i].settings);
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_test_message("row %zu: %s", i, rows[i].settings);
    g_assert_cmpint(audio_policy_check(policy, errors), ==, rows[i].field == NULL);
    g_assert_cmpuint(errors->len, ==, rows[i].n);
    g_assert_cmpint(audio_policy_check(policy, NULL), ==, rows[i].field == NULL);
    if (errors->len == 0)
      continue;
    const FieldError *first = errors->pdata[0];
    g_assert_cmpstr(first->field, ==, rows[i].field);
    if (!strstr(first->message, rows[i].part) || !g_str_has_prefix(first->message, rows[i].field))
      g_error("%s", first->message);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/policy/defaults", test_defaults);
  g_test_add_func("/audio/policy/yaml-and-json", test_yaml_and_json);
  g_test_add_func("/audio/policy/check", test_check);
  return g_test_run();
}
