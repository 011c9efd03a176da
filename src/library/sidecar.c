/* Decides which names a scan takes in, and which files beside a video belong to it. Test: tests/unit/library/test_scan_names.c */
#include "library/scan.h"
#include "library/scan_names.h"

#include <string.h>

/* The longest extension that is compared; longer ones are nobody's. */
enum { EXTENSION_BYTES = 15 };

static const char *const video_extensions[] = {"mkv", "mp4",  "m4v", "mov", "avi", "webm", "ts",  "m2ts", "mts",
                                               "mpg", "mpeg", "wmv", "flv", "ogv", "vob",  "mxf", "3gp"};

static const char *const sidecar_extensions[] = {
    "srt", "ass",  "ssa", "sub",  "idx",  "sup", "vtt",  "smi", "ttml", /* subtitles */
    "nfo", "xml",  "txt", "edl",  "bif",                                /* descriptions, cut lists, preview strips */
    "jpg", "jpeg", "png", "webp", "tbn",  "gif",                        /* posters and stills */
    "mka", "mks",  "ac3", "dts",  "eac3", "aac", "flac",                /* further tracks kept outside */
};

/* Whole names that no scan enters, as they are written by Synology, QNAP, Windows, macOS and fsck. What begins with a dot is
 * left out too: .reeve-trash and .reeve-tmp-*, .Trash-1000, .AppleDouble, ._resource-forks, .snapshots. */
static const char *const ignored_names[] = {"@eaDir",
                                            "@Recycle",
                                            "@Recently-Snapshot",
                                            "#recycle",
                                            "#snapshot",
                                            "$RECYCLE.BIN",
                                            "System Volume Information",
                                            "lost+found",
                                            "Network Trash Folder",
                                            "Temporary Items"};

/* The part behind the last dot, in lower case; false if the name has none, begins with its only dot, or if it is too long. */
static bool extension_of(const char *name, char ret_extension[static EXTENSION_BYTES + 1])
{
  const char *dot = strrchr(name, '.');
  if (!dot || dot == name || strlen(dot + 1) > EXTENSION_BYTES)
    return false;
  size_t length = 0;
  for (const char *p = dot + 1; *p; p++)
    ret_extension[length++] = g_ascii_tolower(*p);
  ret_extension[length] = '\0';
  return length > 0;
}

bool scan_is_video(const char *name, char *const *extra)
{
  char extension[EXTENSION_BYTES + 1];
  if (!extension_of(name, extension))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS(video_extensions); i++)
    if (strcmp(extension, video_extensions[i]) == 0)
      return true;
  for (; extra && *extra; extra++)
    if (g_ascii_strcasecmp(extension, *extra) == 0)
      return true;
  return false;
}

bool sidecar_is_kind(const char *name)
{
  char extension[EXTENSION_BYTES + 1];
  if (!extension_of(name, extension))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS(sidecar_extensions); i++)
    if (strcmp(extension, sidecar_extensions[i]) == 0)
      return true;
  return false;
}

bool scan_is_ignored(const char *name)
{
  if (*name == '.')
    return true;
  if (!strchr("@#$SlNT", *name)) /* most names need no comparison */
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS(ignored_names); i++)
    if (strcmp(name, ignored_names[i]) == 0)
      return true;
  return false;
}

bool scan_is_visible(const char *relative_path)
{
  g_auto(GStrv) components = g_strsplit(relative_path, "/", -1);
  for (char **component = components; *component; component++)
    if (scan_is_ignored(*component))
      return false;
  return true;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* NULL is an entry like any other to GLib's arrays. */
static void free_list(void *list)
{
  if (list)
    g_ptr_array_unref(list);
}

/* The first video (plus one) of the longest stem that `name` continues; 0 if there is none. */
static size_t owner_of(GHashTable *first_by_stem, const char *name)
{
  g_autofree char *stem = g_strdup(name);
  for (char *cut = strrchr(stem, '.'); cut && cut > stem;) {
    *cut = '\0';
    size_t first = GPOINTER_TO_SIZE(g_hash_table_lookup(first_by_stem, stem));
    if (first)
      return first;
    char *dot = strrchr(stem, '.'), *dash = strrchr(stem, '-');
    cut = MAX(dot, dash);
  }
  return 0;
}

GPtrArray *sidecars_assign(const char *const *videos, size_t n_videos, GPtrArray *sidecars)
{
  GPtrArray *lists = g_ptr_array_new_full((guint)n_videos, free_list);
  g_ptr_array_set_size(lists, (gint)n_videos);
  if (!sidecars->len)
    return lists;

  /* Film.mkv and Film.mp4 have one stem and share what lies beside them: a chain of positions plus one. */
  g_autoptr(GHashTable) first_by_stem = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autofree size_t *next = g_new0(size_t, n_videos);
  for (size_t i = 0; i < n_videos; i++) {
    const char *dot = strrchr(videos[i], '.');
    char *stem = dot ? g_strndup(videos[i], (gsize)(dot - videos[i])) : g_strdup(videos[i]);
    next[i] = GPOINTER_TO_SIZE(g_hash_table_lookup(first_by_stem, stem));
    g_hash_table_replace(first_by_stem, stem, GSIZE_TO_POINTER(i + 1));
  }

  g_ptr_array_sort(sidecars, compare_names);
  for (guint s = 0; s < sidecars->len; s++) {
    for (size_t i = owner_of(first_by_stem, sidecars->pdata[s]); i; i = next[i - 1]) {
      GPtrArray **list = (GPtrArray **)&lists->pdata[i - 1];
      if (!*list)
        *list = g_ptr_array_new();
      if ((*list)->len < SIDECARS_MAX)
        g_ptr_array_add(*list, sidecars->pdata[s]);
    }
  }
  for (size_t i = 0; i < n_videos; i++)
    if (lists->pdata[i])
      g_ptr_array_add(lists->pdata[i], NULL);
  return lists;
}
