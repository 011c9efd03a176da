#include "connect/webhook.h"

#include "base/error.h"
#include "json_subset.h"

#define SERIES                                                                                                                   \
  "'series':{'id':12,'title':'Kite','path':'/tv/Kite (2023)','tvdbId':424536,'tmdbId':209867,'imdbId':'tt22248376','year':2023," \
  "'originalLanguage':{'id':8,'name':'Japanese'}}"
#define EPISODE_FILE(n)                                                                                                          \
  "{'id':300" n ",'path':'/tv/Kite (2023)/S1/" n ".mkv','quality':'WEBDL-1080p','size':7,'sceneName':'Kite.S01E0" n "'}"
#define MOVIE                                                                                                                    \
  "'movie':{'id':7,'title':'Dune','year':2024,'folderPath':'/films/Dune (2024)','tmdbId':693134,'imdbId':'tt15239678',"          \
  "'originalLanguage':{'id':1,'name':'English'}}"
#define MOVIE_FILE                                                                                                               \
  "{'id':55,'path':'/films/Dune (2024)/d.mkv','quality':'Bluray-1080p','size':9,'languages':[{'id':1,'name':'English'}]}"

/* What each message says, as far as the row tells. */
static const struct {
  WebhookApplication sent_to;
  const char *body, *says;
} rows[] = {
    {WEBHOOK_SONARR,
     "{'series':{'id':1,'title':'Test Title','path':'C:\\\\testpath','tvdbId':1234,'tmdbId':0},'eventType':'Test'}",
     "{'kind':'test','application':'sonarr','tvdb_id':1234,'tmdb_id':null,'imdb_id':null,'files':[],'folder':'C:\\\\testpath'}"},
    {WEBHOOK_RADARR,
     "{'movie':{'id':1,'title':'Test "
     "Title','folderPath':'C:\\\\testpath','tmdbId':0},'remoteMovie':{'tmdbId':1234,'imdbId':'5678'},"
     "'eventType':'Test'}",
     "{'kind':'test','tmdb_id':1234,'imdb_id':null,'instance':null}"},
    {WEBHOOK_SONARR,
     "{" SERIES ",'release':{'quality':'WEBDL-1080p','releaseTitle':'Kite'},'downloadId':'39FF','eventType':'Grab'}",
     "{'kind':'grab','quality':'WEBDL-1080p','download_id':'39FF','files':[]}"},
    {WEBHOOK_SONARR,
     "{" SERIES ",'episodes':[{'id':901}],'episodeFile':" EPISODE_FILE("1") ",'isUpgrade':false,'downloadId':'39FF',"
                                                                            "'eventType':'Download','instanceName':'Sonarr 4K'}",
     "{'kind':'import','event':'Download','instance':'Sonarr 4K','is_upgrade':false,'title':'Kite','year':2023,'tvdb_id':424536,"
     "'tmdb_id':209867,'imdb_id':'tt22248376','original_language':'Japanese','quality':'WEBDL-1080p','folder':'/tv/Kite (2023)',"
     "'files':[{'id':3001,'path':'/tv/Kite (2023)/S1/1.mkv','size_bytes':7,'release':'Kite.S01E01'}],'deleted_files':[]}"},
    {WEBHOOK_SONARR, /* all of a season once more */
     "{" SERIES ",'episodeFiles':[" EPISODE_FILE("1") "," EPISODE_FILE("2") "],'fileCount':2,'eventType':'Download'}",
     "{'kind':'import','is_upgrade':false,'files':[{'id':3001},{'id':3002,'path':'/tv/Kite (2023)/S1/2.mkv'}]}"},
    {WEBHOOK_SONARR,
     "{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'isUpgrade':true,'deletedFiles':[{'id':2999,'path':'/tv/old.mkv',"
                                                    "'recycleBinPath':'/bin/old.mkv'}],'eventType':'Download'}",
     "{'kind':'import','is_upgrade':true,'deletes_files':false,'deleted_files':[{'id':2999,'path':'/tv/old.mkv','recycle_path':'/"
     "bin/old.mkv'}]}"},
    {WEBHOOK_RADARR, "{" MOVIE ",'movieFile':" MOVIE_FILE ",'isUpgrade':false,'eventType':'Download','instanceName':'Radarr'}",
     "{'kind':'import','application':'radarr','tmdb_id':693134,'imdb_id':'tt15239678','tvdb_id':null,'original_language':'"
     "English',"
     "'files':[{'id':55,'path':'/films/Dune (2024)/d.mkv','languages':['English']}]}"},
    {WEBHOOK_RADARR,
     "{'movie':{'title':'Dune','folderPath':'/films/Dune'},'movieFile':{'relativePath':'sub/d.mkv'},'eventType':'Download'}",
     "{'files':[{'id':null,'path':'/films/Dune/sub/d.mkv'}]}"}, /* as early versions say it */
    {WEBHOOK_RADARR, "{'movie':{'folderPath':'D:\\\\Films\\\\Dune'},'movieFile':{'relativePath':'d.mkv'},'eventType':'Download'}",
     "{'files':[{'path':'D:\\\\Films\\\\Dune\\\\d.mkv'}]}"},
    {WEBHOOK_SONARR,
     "{'series':{'title':'Kite'},'episodeFile':{'relativePath':'d.mkv','language':{'name':'French'}},'eventType':'Download'}",
     "{'files':[{'path':null,'languages':['French']}]}"}, /* Sonarr 3 */
    {WEBHOOK_RADARR, "{" MOVIE ",'movieFile':" MOVIE_FILE ",'eventType':'Upgrade'}",
     "{'kind':'import','event':'Upgrade','is_upgrade':true}"},
    {WEBHOOK_SONARR,
     "{" SERIES
     ",'renamedEpisodeFiles':[{'id':3001,'path':'/tv/b.mkv','previousPath':'/tv/a.mkv','previousRelativePath':'a.mkv'}],"
     "'eventType':'Rename'}",
     "{'kind':'rename','files':[{'path':'/tv/b.mkv','previous_path':'/tv/a.mkv'}]}"},
    {WEBHOOK_RADARR,
     "{" MOVIE ",'renamedMovieFiles':[{'relativePath':'b.mkv','previousRelativePath':'a.mkv'}],'eventType':'Rename'}",
     "{'kind':'rename','files':[{'path':'/films/Dune (2024)/b.mkv','previous_path':'/films/Dune (2024)/a.mkv'}]}"},
    {WEBHOOK_SONARR, "{" SERIES ",'eventType':'SeriesAdd'}", "{'kind':'add','files':[]}"},
    {WEBHOOK_RADARR, "{" MOVIE ",'addMethod':'list','eventType':'MovieAdded'}", "{'kind':'add'}"},
    {WEBHOOK_SONARR, "{" SERIES ",'deletedFiles':true,'eventType':'SeriesDelete'}",
     "{'kind':'delete','deletes_files':true,'is_upgrade':false,'deleted_files':[]}"},
    {WEBHOOK_RADARR, "{" MOVIE ",'deletedFiles':false,'movieFolderSize':5,'eventType':'MovieDelete'}",
     "{'kind':'delete','deletes_files':false,'title':'Dune'}"},
    {WEBHOOK_SONARR, "{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'deleteReason':'upgrade','eventType':'EpisodeFileDelete'}",
     "{'kind':'file-delete','delete_reason':'upgrade','files':[{'id':3001}]}"},
    {WEBHOOK_RADARR, "{" MOVIE ",'movieFile':" MOVIE_FILE ",'deleteReason':'manual','eventType':'MovieFileDelete'}",
     "{'kind':'file-delete','delete_reason':'manual','files':[{'id':55}]}"},
    {WEBHOOK_RADARR,
     "{'level':'error','message':'Unable to communicate','type':'DownloadClientCheck','eventType':'Health','instanceName':'R'}",
     "{'kind':'health','application':'radarr','message':'Unable to communicate','title':null,'year':null}"},
    {WEBHOOK_SONARR, "{'level':'error','message':'fine again','eventType':'HealthRestored'}",
     "{'kind':'health','event':'HealthRestored'}"},
    {WEBHOOK_SONARR, "{'message':'updated','previousVersion':'4.0.1','newVersion':'4.0.2','eventType':'ApplicationUpdate'}",
     "{'kind':'update','message':'updated'}"},
    {WEBHOOK_RADARR, "{" MOVIE ",'downloadInfo':{'quality':'X'},'eventType':'ManualInteractionRequired'}",
     "{'kind':'interaction'}"},
    {WEBHOOK_LIDARR,
     "{'artist':{'name':'Band','path':'/music/Band'},'trackFiles':[{'id':401,'path':'/music/Band/"
     "1.flac'},{'id':402}],'eventType':'Download'}",
     "{'kind':'import','application':'lidarr','title':'Band','folder':'/music/"
     "Band','files':[{'id':401},{'id':402,'path':null}]}"},
    {WEBHOOK_LIDARR, "{'artist':{'name':'Band'},'eventType':'Retag'}", "{'kind':'retag'}"},
    {WEBHOOK_LIDARR, "{'quality':'FLAC','eventType':'DownloadFailure'}", "{'kind':'failure'}"},
    /* pasted into the wrong program's address */
    {WEBHOOK_RADARR, "{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'eventType':'Download'}",
     "{'application':'sonarr','title':'Kite'}"},
    /* an event of tomorrow is kept, with what is known of it */
    {WEBHOOK_SONARR, "{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'eventType':'FileSang'}",
     "{'kind':'unknown','event':'FileSang','title':'Kite','files':[{'id':3001}]}"},
    {WEBHOOK_SONARR, "{'eventType':'download'}", "{'kind':'import','event':'download','files':[]}"},
    /* anything may be of another kind than it should be */
    {WEBHOOK_SONARR,
     "{'series':{'title':7,'path':[],'tvdbId':'x','tmdbId':1.5,'imdbId':true,'year':{},'originalLanguage':'German'},'episodeFile'"
     ":[[],7,null,"
     "{'id':'3001','path':null,'size':-1,'languages':{'name':'x'}}],'deletedFiles':'yes','isUpgrade':'true','instanceName':{},"
     "'eventType':'Download'}",
     "{'kind':'import','title':null,'year':null,'folder':null,'tvdb_id':null,'tmdb_id':null,'imdb_id':null,'original_language':"
     "null,"
     "'is_upgrade':false,'deletes_files':false,'instance':null,'files':[{'id':null,'path':null,'size_bytes':null,'languages':[]}]"
     "}"},
    {WEBHOOK_RADARR, "{'movie':[1],'movieFile':'x','eventType':'Download'}", "{'application':'radarr','files':[]}"},
};

static void test_messages(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *body = quoted(rows[i].body);
    WebhookEvent event;
    g_autoptr(GError) error = NULL;
    if (!webhook_read(rows[i].sent_to, body, strlen(body), &event, &error))
      g_error("row %zu: %s", i, error->message);
    assert_says(&webhook_event_table, &event, rows[i].says);
    record_clear(&webhook_event_table, &event);
  }
}

static void test_refused(void)
{
  static const struct {
    const char *body;
    ReeveErrorCode code;
  } bad[] = {
      {"", REEVE_ERROR_INVALID},
      {"nonsense", REEVE_ERROR_INVALID},
      {"[]", REEVE_ERROR_INVALID},
      {"'Test'", REEVE_ERROR_INVALID},
      {"{}", REEVE_ERROR_INVALID},
      {"{'eventType':''}", REEVE_ERROR_INVALID},
      {"null", REEVE_ERROR_INVALID},
      {"{'eventType':7}", REEVE_ERROR_INVALID},
      {"{'eventType':'Test'", REEVE_ERROR_INVALID},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autofree char *body = quoted(bad[i].body);
    WebhookEvent event;
    g_autoptr(GError) error = NULL;
    g_assert_false(webhook_read(WEBHOOK_SONARR, body, strlen(body), &event, &error));
    g_assert_error(error, REEVE_ERROR, (int)bad[i].code);
  }
}

static void test_many_files(void)
{
  for (int more = 0; more < 2; more++) {
    g_autoptr(GString) body = g_string_new("{\"eventType\":\"Download\",\"episodeFiles\":[{}");
    for (int i = 1; i < WEBHOOK_MAX_FILES + more; i++)
      g_string_append(body, ",{}");
    g_string_append(body, "]}");
    WebhookEvent event;
    g_autoptr(GError) error = NULL;
    bool ok = webhook_read(WEBHOOK_SONARR, body->str, body->len, &event, &error);
    g_assert_true(ok == !more);
    if (ok)
      record_clear(&webhook_event_table, &event);
    else
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  }
}

static void read_quoted(const char *text, WebhookEvent *ret_event)
{
  g_autofree char *body = quoted(text);
  g_autoptr(GError) error = NULL;
  webhook_read(WEBHOOK_SONARR, body, strlen(body), ret_event, &error);
  g_assert_no_error(error);
}

/* The key of a message's file, by number. */
static char *key_of(const char *text, guint file)
{
  WebhookEvent event;
  read_quoted(text, &event);
  char *key = webhook_key(&event, g_ptr_array_index(event.files, file));
  record_clear(&webhook_event_table, &event);
  return key;
}

static void test_keys(void)
{
#define ONE "{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'instanceName':'A','downloadId':'X','eventType':'Download'"
  static const struct {
    const char *body;
    guint file;
    bool same; /* as the first */
  } messages[] = {
      {ONE "}", 0, true},
      {ONE ",'isUpgrade':true}", 0, true},
      {"{" SERIES ",'episodeFiles':[" EPISODE_FILE("2") "," EPISODE_FILE("1") "],'instanceName':'A','eventType':'Download'}", 1,
       true},
      {"{" SERIES ",'episodeFiles':[" EPISODE_FILE("2") "," EPISODE_FILE("1") "],'instanceName':'A','eventType':'Download'}", 0,
       false},
      {"{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'instanceName':'B','eventType':'Download'}", 0, false},
      {"{" SERIES ",'episodeFile':" EPISODE_FILE("1") ",'instanceName':'A','eventType':'EpisodeFileDelete'}", 0, false},
      {"{" SERIES ",'episodeFile':{'id':4001,'path':'/tv/Kite (2023)/S1/1.mkv'},'instanceName':'A','eventType':'Download'}", 0,
       false},
      {"{" SERIES
       ",'episodeFile':{'path':'/tv/Kite (2023)/S1/1.mkv'},'instanceName':'A','downloadId':'X','eventType':'Download'}",
       0, false},
  };
  g_autofree char *first = key_of(messages[0].body, 0);
  g_assert_true(g_str_has_prefix(first, "import:") && strlen(first) <= 80);
  for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
    g_autofree char *key = key_of(messages[i].body, messages[i].file);
    if (g_str_equal(first, key) != messages[i].same)
      g_error("message %zu", i);
  }
}

/* Without ids, two files of one download are still two. */
static void test_keys_without_ids(void)
{
  static const char body[] =
      "{'series':{},'episodeFiles':[{'path':'/tv/1.mkv'},{'path':'/tv/2.mkv'},{'path':'/tv/1.mkv'}],'downloadId':'X',"
      "'eventType':'Download'}";
  g_autofree char *first = key_of(body, 0), *second = key_of(body, 1), *again = key_of(body, 2);
  g_assert_cmpstr(first, !=, second);
  g_assert_cmpstr(first, ==, again);
}

static void test_acts(void)
{
  static const struct {
    const char *body;
    bool acts;
  } messages[] = {
      {"{'eventType':'Download'}", true},
      {"{'eventType':'Upgrade'}", true},
      {"{'eventType':'Test'}", false},
      {"{'eventType':'Grab'}", false},
      {"{'eventType':'Rename'}", false},
      {"{'eventType':'Tomorrow'}", false},
      {"{'artist':{},'eventType':'Download'}", false}, /* music */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
    WebhookEvent event;
    read_quoted(messages[i].body, &event);
    g_assert_true(webhook_acts(&event) == messages[i].acts);
    record_clear(&webhook_event_table, &event);
  }
}

static void test_table(void)
{
  WebhookEvent event;
  WebhookFile file;
  record_init(&webhook_event_table, &event);
  record_init(&webhook_file_table, &file);
  record_clear(&webhook_event_table, &event);
  record_clear(&webhook_file_table, &file);
}

/* Recorded or constructed messages, where REEVE_SAMPLES names a directory of them: arr/webhook-NAME-VERSION/EVENT.json. */
static void test_samples(void)
{
  const char *samples = g_getenv("REEVE_SAMPLES");
  g_autofree char *top = samples ? g_build_filename(samples, "arr", NULL) : NULL;
  g_autoptr(GDir) directories = top ? g_dir_open(top, 0, NULL) : NULL;
  if (!directories) {
    g_test_skip("REEVE_SAMPLES names no directory of samples");
    return;
  }
  int messages = 0;
  for (const char *directory; (directory = g_dir_read_name(directories));) {
    if (!g_str_has_prefix(directory, "webhook-"))
      continue;
    g_autofree char *path = g_build_filename(top, directory, NULL);
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    for (const char *name; (name = g_dir_read_name(names));) {
      g_autofree char *file = g_build_filename(path, name, NULL), *body = NULL;
      gsize length;
      g_assert_true(g_file_get_contents(file, &body, &length, NULL));
      json_t *object = json_loadb(body, length, 0, NULL);
      bool is_message = json_object_get(object, "eventType") != NULL; /* requests lie beside them */
      json_decref(object);
      if (!is_message)
        continue;
      WebhookEvent event;
      g_autoptr(GError) error = NULL;
      webhook_read(WEBHOOK_SONARR, body, length, &event, &error);
      g_assert_no_error(error);
      if (event.kind == WEBHOOK_UNKNOWN)
        g_error("%s is an unknown event", file);
      bool about_files = webhook_acts(&event) || event.kind == WEBHOOK_RENAME || event.kind == WEBHOOK_FILE_DELETE;
      if (about_files && event.files->len == 0)
        g_error("%s has no file", file);
      for (guint i = 0; i < event.files->len; i++)
        g_assert_nonnull(((WebhookFile *)event.files->pdata[i])->path);
      record_clear(&webhook_event_table, &event);
      messages++;
    }
  }
  g_assert_cmpint(messages, >, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/webhook/messages", test_messages);
  g_test_add_func("/webhook/refused", test_refused);
  g_test_add_func("/webhook/many-files", test_many_files);
  g_test_add_func("/webhook/keys", test_keys);
  g_test_add_func("/webhook/keys-without-ids", test_keys_without_ids);
  g_test_add_func("/webhook/acts", test_acts);
  g_test_add_func("/webhook/table", test_table);
  g_test_add_func("/webhook/samples", test_samples);
  return g_test_run();
}
