/* Reads a name: takes a path apart, reads file and folder each by itself, and lets the folder help where the file says nothing.
 * Test: tests/unit/release/test_parse.c */
#include "release/release.h"

#include "release/fields.h"
#include "release/group.h"
#include "release/junk.h"
#include "release/lexicon.h"
#include "release/quality_read.h"
#include "release/title.h"

#include <string.h>

/* One folder or file of the name. */
typedef struct {
  char *text;    /* NUL-terminated copy */
  size_t length; /* without the extension */
  size_t offset; /* in the whole name */
  bool reversed; /* written backwards; offsets are mirrored */
  const FileKind *kind;
  ReleaseRefusal refusal;
  TitlePlace place;
  int n_strong; /* tags that no title holds */
  QualityEvidence evidence;
  Release *release;
} Part;

static void part_clear(Part *part)
{
  g_free(part->text);
  release_free(part->release);
}

/* Bytes that are not UTF-8 become "?", so that offsets stay true. */
static char *valid_copy(const char *name, size_t length)
{
  char *copy = g_malloc(length + 1);
  memcpy(copy, name, length);
  copy[length] = '\0';
  for (char *bad = copy; (size_t)(bad - copy) < length;) {
    const char *end;
    if (g_utf8_validate(bad, (gssize)(length - (size_t)(bad - copy)), &end))
      break;
    bad = copy + (end - copy);
    *bad++ = '?';
  }
  return copy;
}

static bool is_slash(char c)
{
  return c == '/' || c == '\\';
}

/* The extension's start (the dot), or `end` if the name has none that is known. */
static size_t find_extension(const char *name, size_t start, size_t end, const FileKind **ret_kind)
{
  *ret_kind = NULL;
  for (size_t dot = end; dot > start + 1 && end - dot < 8; dot--)
    if (name[dot - 1] == '.') {
      *ret_kind = file_kind_find(name + dot, end - dot);
      return *ret_kind ? dot - 1 : end;
    }
  return end;
}

static size_t trim_right(const char *name, size_t start, size_t end)
{
  while (end > start && (name[end - 1] == ' ' || name[end - 1] == '\r' || name[end - 1] == '\t' || name[end - 1] == '\n'))
    end--;
  return end;
}

/* A slash parts folders if nothing but folders can be meant: at the start, behind a drive, or before a file's name. A slash
 * between spaces parts two titles, and one inside "Ukr/Eng" is of a name that is no path. */
static bool is_path(const char *name, size_t length)
{
  if (length > 1 && is_slash(name[0]))
    return true;
  if (length > 2 && g_ascii_isalpha(name[0]) && name[1] == ':' && is_slash(name[2]))
    return true;
  const FileKind *kind;
  find_extension(name, 0, length, &kind);
  return kind != NULL;
}

/* Start of the last folder or file before `end`. */
static size_t component_start(const char *name, size_t end)
{
  for (size_t i = end; i > 0; i--)
    if (is_slash(name[i - 1])) {
      bool spaced = i >= 2 && i < end && name[i - 2] == ' ' && name[i] == ' ';
      if (!spaced)
        return i;
    }
  return 0;
}

/* Names written backwards hold a resolution written backwards. */
static bool is_reversed(const char *text, size_t length)
{
  static const char *const marks[] = {"p027", "p0801", "p0612"};
  for (size_t k = 0; k < G_N_ELEMENTS(marks); k++) {
    const char *at = g_strstr_len(text, (gssize)length, marks[k]);
    size_t n = strlen(marks[k]);
    if (at && (at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[n]))
      return true;
  }
  return false;
}

static void count_tags(Part *part, const Scan *scan)
{
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    part->n_strong +=
        tag_is_strong(token) && token->kind != TAG_SITE && token->kind != TAG_CHECKSUM && token->kind != TAG_EPISODE;
  }
}

/* The name with its title replaced, so that no expression is misled by the title. */
static char *simple_name(const Part *part)
{
  const TitlePlace *place = &part->place;
  if (place->stop <= place->start)
    return g_strndup(part->text, part->length);
  bool spaces = memchr(part->text, ' ', part->length) != NULL;
  return g_strdup_printf("%.*s%s%.*s", (int)place->start, part->text, spaces ? "A Movie" : "A.Movie",
                         (int)(part->length - place->stop), part->text + place->stop);
}

static void add_title(Release *release, char *title)
{
  guint n = release->titles ? g_strv_length(release->titles) : 0;
  for (guint i = 0; i < n; i++)
    if (strcmp(release->titles[i], title) == 0) {
      g_free(title);
      return;
    }
  release->titles = g_renew(char *, release->titles, n + 2);
  release->titles[n] = title;
  release->titles[n + 1] = NULL;
}

/* A bracket behind the title: "(aka Other)" or "(Other)". */
static void add_other_title(const Scan *scan, const TitlePlace *place, Release *release)
{
  const Bracket *bracket = &scan->brackets[place->other_title];
  g_autofree char *text = title_text(scan->text, scan->tokens[bracket->first].start, scan->tokens[bracket->last].end);
  const char *from = text;
  static const char *const prefixes[] = {"aka ", "a.k.a. ", "a.k.a ", "AKA: ", "or "};
  for (size_t k = 0; k < G_N_ELEMENTS(prefixes); k++)
    if (g_ascii_strncasecmp(text, prefixes[k], strlen(prefixes[k])) == 0)
      from = text + strlen(prefixes[k]);
  if (*from)
    add_title(release, g_strdup(from));
}

static void read_title(const Scan *scan, const TitlePlace *place, Release *release)
{
  if (place->year_word >= 0) {
    const Token *token = &scan->tokens[place->year_word];
    release->year = place->year;
    release->parts[RELEASE_PART_YEAR] = (ReleaseSpan){token->start, 4};
  }
  if (place->stop <= place->start)
    return;
  g_autofree char *text = title_text(scan->text, place->start, place->stop);
  g_strfreev(release->titles);
  release->titles = title_split(text);
  g_free(release->title);
  release->title = g_strdup(release->titles[0]);
  release->parts[RELEASE_PART_TITLE] = (ReleaseSpan){(uint32_t)place->start, (uint32_t)(place->stop - place->start)};
  if (place->other_title)
    add_other_title(scan, place, release);
  if (place->year_leads && !scan->tokens[place->year_word].bracket) /* "2001 A Space Odyssey": who knows */
    add_title(release, title_text(scan->text, scan->tokens[place->year_word].start, place->stop));
}

static Release *new_release(void)
{
  Release *release = record_new(&release_table);
  release->languages = g_array_new(FALSE, FALSE, sizeof(int64_t));
  return release;
}

/* Reads one component by itself. */
static void part_read(Part *part, Scan *scan, int last_year)
{
  part->reversed = is_reversed(part->text, part->length);
  if (part->reversed) {
    char *text = g_utf8_strreverse(part->text, (gssize)part->length);
    g_free(part->text);
    part->text = text;
  }
  part->text[part->length] = '\0';
  Release *release = part->release = new_release();
  scan->last_year = last_year;
  scan_text(scan, part->text, part->length);
  tag_words(scan);
  part->refusal = junk_find(scan);
  title_find(scan, &part->place);
  count_tags(part, scan);
  tag_settle(scan, part->place.first, part->place.end, part->place.year_word);
  read_title(scan, &part->place, release);
  fields_edition(scan, &part->place, release);
  fields_revision(scan, release);
  fields_languages(scan, release);
  fields_ids(scan, release);
  fields_hardcoded_subs(scan, release);
  fields_episode(scan, release);
  ReleaseSpan group;
  if (group_find(scan, &part->place, &group)) {
    release->group = g_strndup(part->text + group.offset, group.length);
    release->parts[RELEASE_PART_GROUP] = group;
    for (int i = 0; i < scan->n_tokens; i++) /* a group called "BD" is no Blu-ray */
      if (scan->tokens[i].start >= group.offset && scan->tokens[i].end <= group.offset + group.length)
        scan->tokens[i].flags |= TAG_IS_REJECTED;
  }
  quality_gather(scan, &part->evidence);
  release->scene = fields_scene(scan, &part->place, release);
  g_free(release->simple_name);
  release->simple_name = simple_name(part);
}

/* Folders that hold a film's pieces and say nothing about it. */
static bool is_piece_folder(const char *name, size_t length)
{
  static const char *const names[] = {"video_ts", "bdmv",   "stream", "subs", "sample", "proof",
                                      "disc1",    "disc 1", "cd1",    "cd2",  "cd3"};
  for (size_t k = 0; k < G_N_ELEMENTS(names); k++)
    if (strlen(names[k]) == length && g_ascii_strncasecmp(name, names[k], length) == 0)
      return true;
  return false;
}

static void shift_span(const Part *part, ReleaseSpan *span)
{
  if (!span->length)
    return;
  if (part->reversed)
    span->offset = (uint32_t)(part->length - span->offset - span->length);
  span->offset += (uint32_t)part->offset;
}

/* Makes the part's offsets those of the whole name. */
static void shift_spans(Part *part)
{
  for (int i = 0; i < RELEASE_N_PARTS; i++)
    shift_span(part, &part->release->parts[i]);
  shift_span(part, &part->evidence.source_span);
  shift_span(part, &part->evidence.lines_span);
  shift_span(part, &part->evidence.modifier_span);
}

/* Whether the folder says more about the film than the file in it. */
static bool folder_leads(const Part *file, const Part *folder)
{
  const Release *a = file->release, *b = folder->release;
  bool folder_says = b->title[0] && (b->year || folder->n_strong > 0);
  if (!folder_says || folder->refusal != RELEASE_REFUSED_NOT)
    return false;
  if (file->refusal != RELEASE_REFUSED_NOT || !a->title[0])
    return true;
  if (a->year)
    return false;
  return b->year || file->n_strong == 0 || folder->n_strong >= file->n_strong;
}

static void take_text(char **to, char **from)
{
  if (*to && **to)
    return;
  g_free(*to);
  *to = g_steal_pointer(from);
}

static void take_span(Release *to, const Release *from, ReleasePart part)
{
  if (!to->parts[part].length)
    to->parts[part] = from->parts[part];
}

/* Fills what `to` lacks from the other component. */
static void fill_from(Release *to, Release *from, bool group_too)
{
  if (!to->year && from->year) {
    to->year = from->year;
    take_span(to, from, RELEASE_PART_YEAR);
  }
  if (!to->edition[0] && from->edition[0])
    take_span(to, from, RELEASE_PART_EDITION);
  take_text(&to->edition, &from->edition);
  if (to->edition == NULL)
    to->edition = g_strdup("");
  if (from->edition == NULL)
    from->edition = g_strdup("");
  if (group_too && !to->group && from->group) {
    take_span(to, from, RELEASE_PART_GROUP);
    to->group = g_steal_pointer(&from->group);
  }
  if (!to->imdb_id && from->imdb_id) {
    take_span(to, from, RELEASE_PART_IMDB_ID);
    to->imdb_id = g_steal_pointer(&from->imdb_id);
  }
  if (!to->tmdb_id && from->tmdb_id) {
    take_span(to, from, RELEASE_PART_TMDB_ID);
    to->tmdb_id = from->tmdb_id;
  }
  if (!to->hardcoded_subs && from->hardcoded_subs) {
    take_span(to, from, RELEASE_PART_HARDCODED_SUBS);
    to->hardcoded_subs = g_steal_pointer(&from->hardcoded_subs);
  }
  if (to->languages->len == 0 && from->languages->len > 0) {
    take_span(to, from, RELEASE_PART_LANGUAGES);
    g_array_append_vals(to->languages, from->languages->data, from->languages->len);
  }
  if (to->revision.version == 1 && to->revision.real == 0 && from->parts[RELEASE_PART_REVISION].length) {
    take_span(to, from, RELEASE_PART_REVISION);
    to->revision = from->revision;
  }
  to->multi = to->multi || from->multi;
  to->episode = to->episode || from->episode;
}

/* Words, of which each could be one of a language: for names that have nothing else to show. */
static bool reads_like_words(const Part *part, const Scan *scan)
{
  int words = 0;
  for (int i = 0; i < scan->n_tokens; i++) {
    const Token *token = &scan->tokens[i];
    bool word = token->fold_end > token->fold_start;
    if (word && junk_word(scan, i))
      return false;
    words += word;
  }
  return words >= 2 || (words == 1 && part->kind && part->kind->is_video && token_number(scan, 0) < 0);
}

static ReleaseRefusal judge(const Part *lead, const Release *release, bool words)
{
  if (lead->refusal != RELEASE_REFUSED_NOT)
    return lead->refusal;
  if (!release->title[0])
    return release->episode ? RELEASE_REFUSED_EPISODE : RELEASE_REFUSED_NO_TITLE;
  if (release->episode)
    return RELEASE_REFUSED_EPISODE;
  if (!release->year && lead->n_strong == 0 && !words)
    return RELEASE_REFUSED_NO_SIGN;
  return RELEASE_REFUSED_NOT;
}

static void part_init(Part *part, const char *name, size_t start, size_t end, bool may_have_extension)
{
  *part = (Part){.offset = start};
  size_t stop = may_have_extension ? find_extension(name, start, end, &part->kind) : end;
  part->length = trim_right(name, start, stop) - start;
  part->text = g_strndup(name + start, part->length);
}

static Release *refuse(ReleaseRefusal refusal)
{
  Release *release = new_release();
  release->refusal = refusal;
  return release;
}

/* The component before byte `end`, with folders that say nothing passed by. */
static bool find_folder(const char *name, size_t end, size_t *ret_start, size_t *ret_end)
{
  while (end > 0) {
    size_t stop = end;
    while (stop > 0 && is_slash(name[stop - 1]))
      stop--;
    if (stop == 0)
      return false;
    size_t start = component_start(name, stop);
    if (!is_piece_folder(name + start, stop - start)) {
      *ret_start = start;
      *ret_end = stop;
      return true;
    }
    end = start;
  }
  return false;
}

Release *release_parse(const char *name, size_t length, const ReleaseOptions *options)
{
  ReleaseNameKind name_kind = options ? options->kind : RELEASE_NAME_ANY;
  int last_year = options && options->last_year ? (int)options->last_year : RELEASE_LAST_YEAR;
  length = trim_right(name, 0, length);
  if (length > RELEASE_NAME_MAX_BYTES)
    return refuse(RELEASE_REFUSED_TOO_LONG);
  if (length == 0)
    return refuse(RELEASE_REFUSED_EMPTY);
  g_autofree char *text = valid_copy(name, length);
  bool path = name_kind == RELEASE_NAME_PATH || (name_kind == RELEASE_NAME_ANY && is_path(text, length));
  size_t end = length;
  while (path && end > 1 && is_slash(text[end - 1]))
    end--;
  size_t start = path ? component_start(text, end) : 0, folder_start, folder_end;
  Scan scan;
  Part file, folder = {0};
  bool has_folder = path && start > 0 && find_folder(text, start, &folder_start, &folder_end);
  if (has_folder) {
    part_init(&folder, text, folder_start, folder_end, false);
    part_read(&folder, &scan, last_year);
  }
  part_init(&file, text, start, end, true);
  part_read(&file, &scan, last_year);
  bool words = reads_like_words(&file, &scan);
  shift_spans(&file);
  bool folder_first = has_folder && folder_leads(&file, &folder);
  Part *lead = folder_first ? &folder : &file;
  Release *release = lead->release;
  if (has_folder) {
    shift_spans(&folder);
    Part *other = folder_first ? &file : &folder;
    if (folder_first) {
      quality_evidence_fill(&file.evidence, &folder.evidence);
      fill_from(release, other->release, file.n_strong > folder.n_strong);
    } else if (other->n_strong > 0 || other->release->year || other->release->tmdb_id || other->release->imdb_id) {
      if (!quality_evidence_any(&file.evidence))
        quality_evidence_fill(&file.evidence, &folder.evidence);
      fill_from(release, other->release, other->n_strong > 0);
    }
  }
  quality_decide(&file.evidence, file.kind, release);
  release->refusal = judge(lead, release, words);
  release->accepted = release->refusal == RELEASE_REFUSED_NOT;
  lead->release = NULL;
  part_clear(&file);
  part_clear(&folder);
  return release;
}
