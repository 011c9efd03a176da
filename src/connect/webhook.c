/* Decides what a message means. Test: tests/unit/connect/test_webhook.c; fuzzed by tests/fuzz/fuzz_webhook.c */
#include "connect/webhook.h"

#include "base/error.h"
#include "wire/json_pick.h"

#include <limits.h>
#include <string.h>

enum { MAX_NAME_BYTES = 1024, MAX_WORDS_BYTES = 4096, MAX_LANGUAGES = 64 };

static const EnumRow application_rows[] = {
    {WEBHOOK_SONARR, "sonarr", "Series"},
    {WEBHOOK_RADARR, "radarr", "Movies"},
    {WEBHOOK_LIDARR, "lidarr", "Music"},
};
const EnumTable webhook_application_table = ENUM_TABLE("WebhookApplication", application_rows);

static const EnumRow kind_rows[] = {
    {WEBHOOK_UNKNOWN, "unknown", "An event that this version does not know"},
    {WEBHOOK_TEST, "test", "A test from the settings page"},
    {WEBHOOK_GRAB, "grab", "A release was sent to a download client"},
    {WEBHOOK_IMPORT, "import", "Files came into the library"},
    {WEBHOOK_RENAME, "rename", "Files were renamed"},
    {WEBHOOK_ADD, "add", "A title was added"},
    {WEBHOOK_DELETE, "delete", "A title was removed"},
    {WEBHOOK_FILE_DELETE, "file-delete", "A file was deleted"},
    {WEBHOOK_FAILURE, "failure", "A download or an import failed"},
    {WEBHOOK_RETAG, "retag", "Tags of files were written"},
    {WEBHOOK_HEALTH, "health", "Its health changed"},
    {WEBHOOK_UPDATE, "update", "It was updated"},
    {WEBHOOK_INTERACTION, "interaction", "A download waits for a person"},
};
const EnumTable webhook_kind_table = ENUM_TABLE("WebhookKind", kind_rows);

/* Their names of events, compared without case. */
static const struct {
  const char *event;
  WebhookKind kind;
} events[] = {
    {"Test", WEBHOOK_TEST},
    {"Grab", WEBHOOK_GRAB},
    {"Download", WEBHOOK_IMPORT},
    {"Upgrade", WEBHOOK_IMPORT}, /* not theirs, but of scripts that speak for them */
    {"AlbumDownload", WEBHOOK_IMPORT},
    {"Rename", WEBHOOK_RENAME},
    {"SeriesAdd", WEBHOOK_ADD},
    {"MovieAdded", WEBHOOK_ADD},
    {"ArtistAdd", WEBHOOK_ADD},
    {"SeriesDelete", WEBHOOK_DELETE},
    {"MovieDelete", WEBHOOK_DELETE},
    {"ArtistDelete", WEBHOOK_DELETE},
    {"AlbumDelete", WEBHOOK_DELETE},
    {"EpisodeFileDelete", WEBHOOK_FILE_DELETE},
    {"MovieFileDelete", WEBHOOK_FILE_DELETE},
    {"DownloadFailure", WEBHOOK_FAILURE},
    {"ImportFailure", WEBHOOK_FAILURE},
    {"Retag", WEBHOOK_RETAG},
    {"Health", WEBHOOK_HEALTH},
    {"HealthRestored", WEBHOOK_HEALTH},
    {"ApplicationUpdate", WEBHOOK_UPDATE},
    {"ManualInteractionRequired", WEBHOOK_INTERACTION},
};

static const Field file_fields[] = {
    FIELD_INT(WebhookFile, id, .flags = FIELD_NULLABLE, .help = "The sender's id of the file."),
    FIELD_TEXT(WebhookFile, path, .flags = FIELD_NULLABLE, .help = "Where the sender sees it."),
    FIELD_TEXT(WebhookFile, previous_path, .flags = FIELD_NULLABLE, .help = "Where it was before it was renamed."),
    FIELD_TEXT(WebhookFile, recycle_path, .flags = FIELD_NULLABLE, .help = "Where it lies since it was deleted."),
    FIELD_TEXT(WebhookFile, quality, .flags = FIELD_NULLABLE, .help = "Its quality, in the sender's words."),
    FIELD_TEXT(WebhookFile, release, .flags = FIELD_NULLABLE, .help = "The release it came from."),
    FIELD_INT(WebhookFile, size_bytes, .flags = FIELD_NULLABLE, .help = "Its size in bytes."),
    FIELD_STRINGS(WebhookFile, languages, .help = "Its languages, by their English names."),
};
const FieldTable webhook_file_table = FIELD_TABLE(WebhookFile, "WebhookFile", NULL, file_fields);

static const Field event_fields[] = {
    FIELD_ENUM(WebhookEvent, application, webhook_application_table, .help = "Which program sent it."),
    FIELD_ENUM(WebhookEvent, kind, webhook_kind_table, .help = "What happened."),
    FIELD_TEXT(WebhookEvent, event, .help = "What happened, in the sender's word."),
    FIELD_TEXT(WebhookEvent, instance, .flags = FIELD_NULLABLE, .help = "The sender's name."),
    FIELD_TEXT(WebhookEvent, title, .flags = FIELD_NULLABLE, .help = "Of the movie, series or artist."),
    FIELD_INT(WebhookEvent, year, .flags = FIELD_NULLABLE, .help = "Of its first release."),
    FIELD_TEXT(WebhookEvent, folder, .flags = FIELD_NULLABLE, .help = "Its directory, as the sender sees it."),
    FIELD_INT(WebhookEvent, tmdb_id, .flags = FIELD_NULLABLE, .help = "Its id at The Movie Database."),
    FIELD_INT(WebhookEvent, tvdb_id, .flags = FIELD_NULLABLE, .help = "Its id at TheTVDB."),
    FIELD_TEXT(WebhookEvent, imdb_id, .flags = FIELD_NULLABLE, .help = "Its id at IMDb."),
    FIELD_TEXT(WebhookEvent, original_language, .flags = FIELD_NULLABLE,
               .help = "The language it was made in, by its English name."),
    FIELD_TEXT(WebhookEvent, quality, .flags = FIELD_NULLABLE, .help = "Of the first file, or of the release that was grabbed."),
    FIELD_TEXT(WebhookEvent, download_id, .flags = FIELD_NULLABLE, .help = "The download client's id."),
    FIELD_BOOL(WebhookEvent, is_upgrade, .help = "Whether other files made way for these."),
    FIELD_BOOL(WebhookEvent, deletes_files, .help = "Whether the files of a removed title were deleted."),
    FIELD_TEXT(WebhookEvent, delete_reason, .flags = FIELD_NULLABLE, .help = "Why a file was deleted, in the sender's word."),
    FIELD_TEXT(WebhookEvent, message, .flags = FIELD_NULLABLE, .help = "What the sender says about it."),
    FIELD_RECORDS(WebhookEvent, files, webhook_file_table, .max = WEBHOOK_MAX_FILES, .help = "The files that it is about."),
    FIELD_RECORDS(WebhookEvent, deleted_files, webhook_file_table, .max = WEBHOOK_MAX_FILES, .help = "The files that made way."),
};
const FieldTable webhook_event_table = FIELD_TABLE(WebhookEvent, "WebhookEvent", NULL, event_fields);

static WebhookKind kind_of(const char *event)
{
  for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
    if (g_ascii_strcasecmp(events[i].event, event) == 0)
      return events[i].kind;
  return WEBHOOK_UNKNOWN;
}

/* The thing that a message speaks of. */
static const json_t *title_of(const json_t *message, int *application)
{
  static const char *const names[] = {[WEBHOOK_SONARR] = "series", [WEBHOOK_RADARR] = "movie", [WEBHOOK_LIDARR] = "artist"};
  for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
    const json_t *title = json_pick(message, names[i]);
    if (json_is_object(title)) {
      *application = i;
      return title;
    }
  }
  return NULL;
}

/* "tt" and digits; the messages of tests have others. */
static char *pick_imdb_id(const json_t *object, const char *path)
{
  char *id = json_pick_text(object, path, 32);
  if (id && g_str_has_prefix(id, "tt") && id[2] && id[2 + strspn(id + 2, "0123456789")] == '\0')
    return id;
  g_free(id);
  return NULL;
}

/* Early versions give no path, but the folder and the path below it. */
static char *pick_path(const json_t *file, const char *whole, const char *below, const char *folder)
{
  char *path = json_pick_text(file, whole, PATH_MAX - 1);
  g_autofree char *rest = path ? NULL : json_pick_text(file, below, PATH_MAX - 1);
  if (!rest || !folder)
    return path;
  const char *separator = strchr(folder, '\\') && folder[0] != '/' ? "\\" : "/";
  return g_strconcat(folder, separator, rest, NULL);
}

static char **pick_languages(const json_t *file)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  const json_t *languages = json_pick_array(file, "languages");
  for (size_t i = 0; i < json_array_size(languages) && names->len < MAX_LANGUAGES; i++) {
    char *name = json_pick_text(json_array_get(languages, i), "name", MAX_NAME_BYTES);
    if (name)
      g_ptr_array_add(names, name);
  }
  /* Sonarr 3 has one. */
  char *single = names->len ? NULL : json_pick_text(file, "language.name", MAX_NAME_BYTES);
  if (single)
    g_ptr_array_add(names, single);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static bool add_file(GPtrArray *files, const json_t *json, const char *folder, GError **error)
{
  if (!json_is_object(json))
    return true;
  if (files->len >= WEBHOOK_MAX_FILES)
    return fail(error, REEVE_ERROR_LIMIT, "The webhook's message names more than %d files.", WEBHOOK_MAX_FILES);
  WebhookFile *file = record_new(&webhook_file_table);
  g_ptr_array_add(files, file);
  g_strfreev(file->languages);
  file->id = json_pick_positive(json, "id");
  file->path = pick_path(json, "path", "relativePath", folder);
  file->previous_path = pick_path(json, "previousPath", "previousRelativePath", folder);
  file->recycle_path = json_pick_text(json, "recycleBinPath", PATH_MAX - 1);
  file->quality = json_pick_text(json, "quality", MAX_NAME_BYTES);
  file->release = json_pick_text(json, "sceneName", MAX_NAME_BYTES);
  file->size_bytes = json_pick_positive(json, "size");
  file->languages = pick_languages(json);
  return true;
}

/* `name` is of a file or of a list of files. */
static bool add_files(GPtrArray *files, const json_t *message, const char *name, const char *folder, GError **error)
{
  const json_t *value = json_pick(message, name);
  if (!json_is_array(value))
    return add_file(files, value, folder, error);
  for (size_t i = 0; i < json_array_size(value); i++)
    if (!add_file(files, json_array_get(value, i), folder, error))
      return false;
  return true;
}

static bool read_files(const json_t *message, WebhookEvent *event, GError **error)
{
  static const char *const names[] = {"episodeFile", "episodeFiles",        "movieFile",         "trackFile",
                                      "trackFiles",  "renamedEpisodeFiles", "renamedMovieFiles", "renamedTrackFiles"};
  event->files = records_new(&webhook_file_table);
  event->deleted_files = records_new(&webhook_file_table);
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (!add_files(event->files, message, names[i], event->folder, error))
      return false;
  /* A list after an upgrade, a boolean when a title is removed. */
  return add_files(event->deleted_files, message, "deletedFiles", event->folder, error);
}

static void read_title(const json_t *message, WebhookEvent *event)
{
  const json_t *title = title_of(message, &event->application);
  event->title = json_pick_text(title, event->application == WEBHOOK_LIDARR ? "name" : "title", MAX_NAME_BYTES);
  event->year = json_pick_positive(title, "year");
  event->folder = json_pick_text(title, event->application == WEBHOOK_RADARR ? "folderPath" : "path", PATH_MAX - 1);
  event->tvdb_id = json_pick_positive(title, "tvdbId");
  event->tmdb_id = json_pick_positive(title, "tmdbId");
  event->imdb_id = pick_imdb_id(title, "imdbId");
  event->original_language = json_pick_text(title, "originalLanguage.name", MAX_NAME_BYTES);
  if (event->tmdb_id == FIELD_NULL_INT)
    event->tmdb_id = json_pick_positive(message, "remoteMovie.tmdbId");
  if (!event->imdb_id)
    event->imdb_id = pick_imdb_id(message, "remoteMovie.imdbId");
}

static bool read_message(const json_t *message, WebhookEvent *event, GError **error)
{
  event->event = json_pick_text(message, "eventType", MAX_NAME_BYTES);
  if (!event->event)
    return fail(
        error, REEVE_ERROR_INVALID,
        "The webhook's message has no eventType, so it is not of Sonarr, Radarr or Lidarr. Check what sends to this address.");
  event->kind = kind_of(event->event);
  read_title(message, event);
  if (!read_files(message, event, error))
    return false;
  event->instance = json_pick_text(message, "instanceName", MAX_NAME_BYTES);
  event->download_id = json_pick_text(message, "downloadId", MAX_NAME_BYTES);
  event->is_upgrade =
      json_pick_bool(message, "isUpgrade") || event->deleted_files->len > 0 || g_ascii_strcasecmp(event->event, "Upgrade") == 0;
  event->deletes_files = json_pick_bool(message, "deletedFiles");
  event->delete_reason = json_pick_text(message, "deleteReason", MAX_NAME_BYTES);
  event->message = json_pick_text(message, "message", MAX_WORDS_BYTES);
  const WebhookFile *first = event->files->len ? g_ptr_array_index(event->files, 0) : NULL;
  event->quality = first ? g_strdup(first->quality) : json_pick_text(message, "release.quality", MAX_NAME_BYTES);
  return true;
}

bool webhook_read(WebhookApplication sent_to, const char *body, size_t length, WebhookEvent *ret_event, GError **error)
{
  g_autoptr(json_t) message = json_parse(body, length, error);
  if (!message)
    return false;
  if (!json_is_object(message))
    return fail(error, REEVE_ERROR_INVALID,
                "The webhook's message is JSON, but not an object. Check what sends to this address.");
  WebhookEvent event = {.application = (int)sent_to};
  if (!read_message(message, &event, error)) {
    record_clear(&webhook_event_table, &event);
    return false;
  }
  *ret_event = event;
  return true;
}

bool webhook_acts(const WebhookEvent *event)
{
  return event->kind == WEBHOOK_IMPORT && event->application != WEBHOOK_LIDARR;
}

char *webhook_key(const WebhookEvent *event, const WebhookFile *file)
{
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, file->id);
  const char *parts[] = {enum_name(&webhook_application_table, event->application), event->instance,
                         file->id == FIELD_NULL_INT ? event->download_id : id, file->path};
  for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) /* each with its NUL, so that no two lists of parts look alike */
    g_checksum_update(sum, (const guchar *)(parts[i] ? parts[i] : ""), (gssize)strlen(parts[i] ? parts[i] : "") + 1);
  return g_strdup_printf("%s:%s", enum_name(&webhook_kind_table, event->kind), g_checksum_get_string(sum));
}
