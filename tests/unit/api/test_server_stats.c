/* The dashboard's figures, files in detail, and profiles that travel, over HTTP. */
#include "server_fixture.h"

static int64_t add_file(const Fixture *f)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(f->db, &error);
  g_autoptr(Root) root = record_new(&root_table);
  root->path = (g_free(root->path), g_strdup("/films"));
  g_assert_true(record_insert(conn, &root_table, root, &error));
  g_autoptr(LibraryFile) file = record_new(&file_table);
  file->root_id = root->id;
  file->path = (g_free(file->path), g_strdup("/films/a.mkv"));
  file->state = FILE_READY;
  file->video_codec = g_strdup("h264");
  file->audio_languages = g_strdup("eng,deu");
  file->hdr = HDR_HLG;
  file->size_bytes = 1000;
  file->fingerprint = g_strdup("f00d");
  g_assert_true(record_insert(conn, &file_table, file, &error));
  Verdict verdict;
  record_init(&verdict_table, &verdict);
  verdict.fingerprint = (g_free(verdict.fingerprint), g_strdup("f00d"));
  verdict.profile_id = 1;
  verdict.code = (g_free(verdict.code), g_strdup("not-smaller"));
  g_assert_true(verdict_put(conn, &verdict, &error));
  record_clear(&verdict_table, &verdict);
  HistoryEntry entry;
  record_init(&history_table, &entry);
  entry.file_id = file->id;
  entry.bytes_saved = 40;
  entry.created_at_ms = clock_now_ms(clock_system());
  g_assert_true(record_insert(conn, &history_table, &entry, &error));
  record_clear(&history_table, &entry);
  return file->id;
}

static size_t count_items(const Fixture *f, const char *path)
{
  g_auto(Answer) page = call(f, SCOPE_READ, "GET", path, NULL);
  assert_status(&page, 200);
  return json_array_size(json_object_get(page.body, "items"));
}

static void test_figures(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_file(&f);
  g_auto(Answer) stats = call(&f, SCOPE_READ, "GET", "/api/v1/stats", NULL);
  assert_status(&stats, 200);
  g_assert_cmpint(answer_int(&stats, "library_bytes"), ==, 1000);
  g_assert_cmpint(answer_int(&stats, "bytes_saved"), ==, 40);
  g_assert_cmpint(answer_int(&stats, "eta_s"), ==, 0);
  g_auto(Answer) savings = call(&f, SCOPE_READ, "GET", "/api/v1/stats/savings?days=7&zone=Europe/Berlin", NULL);
  assert_status(&savings, 200);
  const json_t *days = json_object_get(savings.body, "items");
  g_assert_cmpuint(json_array_size(days), ==, 7);
  g_assert_cmpint(json_integer_value(json_object_get(json_array_get(days, 6), "bytes_saved")), ==, 40);
  static const struct {
    const char *query, *field;
  } bad[] = {{"days=0", "days"}, {"days=3661", "days"}, {"zone=Atlantis/City", "zone"}, {"zone=../../etc/passwd", "zone"}};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autofree char *path = g_strconcat("/api/v1/stats/savings?", bad[i].query, NULL);
    g_auto(Answer) refused = call(&f, SCOPE_READ, "GET", path, NULL);
    assert_field(&refused, bad[i].field);
  }
  g_assert_cmpuint(count_items(&f, "/api/v1/stats/codecs"), ==, 1);
  g_assert_cmpuint(count_items(&f, "/api/v1/workers"), ==, 0); /* the fixture has none */
  g_auto(Answer) system = call(&f, SCOPE_READ, "GET", "/api/v1/system", NULL);
  assert_status(&system, 200);
  g_assert_cmpint(answer_int(&system, "processors"), >, 0);
  fixture_clear(&f);
}

static void test_files(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_file(&f);
  static const struct {
    const char *query;
    size_t n;
  } rows[] = {
      {"hdr=hlg", 1},
      {"hdr=sdr", 0},
      {"min_size=1000", 1},
      {"min_size=1001", 0},
      {"max_size=999", 0},
      {"max_size=1000", 1},
      {"q=A.MKV", 1},
      {"audio_language=deu", 1},
      {"audio_language=fra", 0},
      {"codec=h264&state=ready", 1},
      {"codec=hevc", 0},
      {"container=mkv", 0},
      {"sort=size&descending=true", 1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strconcat("/api/v1/files?", rows[i].query, NULL);
    g_test_message("%s", path);
    g_assert_cmpuint(count_items(&f, path), ==, rows[i].n);
  }
  g_auto(Answer) file = call(&f, SCOPE_READ, "GET", "/api/v1/files/1", NULL);
  assert_status(&file, 200);
  const json_t *verdicts = json_object_get(file.body, "verdicts");
  g_assert_cmpstr(json_string_value(json_object_get(json_array_get(verdicts, 0), "code")), ==, "not-smaller");
  g_assert_cmpuint(count_items(&f, "/api/v1/files/1/history"), ==, 1);
  /* There is no such film, so there is no picture; nor is there an ffmpeg here. */
  g_auto(Answer) picture = call(&f, SCOPE_READ, "GET", "/api/v1/files/1/thumbnail", NULL);
  g_assert_cmpint(picture.status, >=, 400);
  g_assert_cmpint(json_integer_value(json_object_get(picture.body, "status")), ==, picture.status);
  fixture_clear(&f);
}

static void test_profiles(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) exported = call(&f, SCOPE_READ, "GET", "/api/v1/profiles/1/export", NULL);
  assert_status(&exported, 200);
  g_assert_nonnull(strstr(exported.head, "Content-Disposition: attachment; filename=\"hevc.json\""));
  json_t *profile = json_object_get(exported.body, "profile");
  g_assert_null(json_object_get(profile, "id"));
  g_auto(Answer) taken = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles/import", exported.text);
  assert_status(&taken, 409);
  json_object_set_new(profile, "name", json_string("hevc again"));
  g_autofree char *renamed = json_text(exported.body);
  g_auto(Answer) imported = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles/import", renamed);
  assert_status(&imported, 201);
  g_auto(Answer) original = call(&f, SCOPE_READ, "GET", "/api/v1/profiles/1", NULL);
  static const char *const same[] = {"codec", "encoders", "qualities", "min_saving_percent", "audio"};
  for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
    g_assert_true(json_equal(json_object_get(imported.body, same[i]), json_object_get(original.body, same[i])));

  static const struct {
    const char *body, *field;
  } bad[] = {
      {"{}", "profile"},
      {"{\"profile\":{}}", "profile.name"},
      {"{\"profile\":{\"name\":\"x\",\"codec\":\"realvideo\"}}", "profile.codec"},
      {"{\"profile\":{\"name\":\"x\",\"two_pass\":true}}", "profile.two_pass"},
      {"{\"profile\":{\"name\":\"x\",\"id\":7}}", "profile.id"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_test_message("%s", bad[i].body);
    g_auto(Answer) refused = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles/import", bad[i].body);
    assert_field(&refused, bad[i].field);
  }
  g_auto(Answer) preview =
      call(&f, SCOPE_READ, "POST", "/api/v1/profiles/preview", "{\"profile\":{\"name\":\"x\",\"two_pass\":true},\"file\":1}");
  assert_field(&preview, "profile.two_pass");
  fixture_clear(&f);
}

static void test_docs(void)
{
  Fixture f;
  fixture_init(&f);
  g_auto(Answer) page = call_with(&f, "GET", "/docs", NULL, NULL);
  assert_status(&page, 200);
  g_assert_nonnull(strstr(page.head, "script-src 'self'"));
  g_assert_null(strstr(page.head, "unsafe"));
  /* What the policy would not run must not be there, and nothing comes from elsewhere. */
  static const char *const refused[] = {"<style", " style=", " onclick=", "http://", "https://", "eval("};
  static const char *const files[] = {"/docs/docs.css", "/docs/docs.js"};
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
    g_assert_null(strstr(page.text, refused[i]));
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    g_auto(Answer) file = call_with(&f, "GET", files[i], NULL, NULL);
    assert_status(&file, 200);
    g_assert_nonnull(strstr(page.text, files[i]));
  }
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/stats/figures", test_figures);
  g_test_add_func("/stats/files", test_files);
  g_test_add_func("/stats/profiles", test_profiles);
  g_test_add_func("/stats/docs", test_docs);
  return g_test_run();
}
