/* Decides where in a Matroska file a longer Tracks element finds room. Test: tests/unit/container/test_mkv.c */
#include "container/mkv_plan.h"

#include "base/error.h"
#include "container/mkv_ids.h"
#include "container/mkv_tracks.h"

#include <string.h>

typedef struct {
  const ByteSource *source;
  const MkvFile *file;
  const MkvTracks *tracks;
  EditPlan *plan;
} Planner;

/* A stretch of the file before and after. */
typedef struct {
  int64_t offset;
  size_t length;
  uint8_t *before, *after;
} Stretch;

static void stretch_clear(Stretch *stretch)
{
  g_free(stretch->before);
  g_free(stretch->after);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Stretch, stretch_clear)

/* `after` starts as a copy of what stands there. */
static bool stretch_read(const ByteSource *source, int64_t offset, int64_t end, Stretch *ret_stretch, GError **error)
{
  g_auto(Stretch) stretch = {.offset = offset, .length = (size_t)(end - offset)};
  stretch.before = g_malloc(stretch.length);
  if (!byte_source_read(source, offset, stretch.before, stretch.length, error))
    return false;
  stretch.after = g_memdup2(stretch.before, stretch.length);
  *ret_stretch = stretch;
  stretch.before = stretch.after = NULL;
  return true;
}

static void stretch_add(const Stretch *stretch, EditPlan *plan)
{
  edit_plan_add(plan, stretch->offset, stretch->before, stretch->after, stretch->length);
}

/* A Void's head over the bytes at `offset`, whose content stays what it is; nothing for a Void of no bytes. */
static void stretch_put_void(Stretch *stretch, int64_t offset, int64_t total, int max_width)
{
  uint8_t head[1 + EBML_MAX_SIZE_BYTES];
  if (total > 0)
    memcpy(stretch->after + (offset - stretch->offset), head, (size_t)ebml_void_head((uint64_t)total, max_width, head));
}

static void stretch_zero(Stretch *stretch, int64_t from, int64_t to)
{
  if (to > from)
    memset(stretch->after + (from - stretch->offset), 0, (size_t)(to - from));
}

/* ---- 1 to 3: at its place ---- */

enum { MAX_VOID_RUN = 64 };

/* Ends of the Tracks element and of the Voids directly behind it, one after the other. */
static guint room_behind(const Planner *planner, int64_t ends[1 + MAX_VOID_RUN])
{
  guint n = 0;
  ends[n++] = ebml_end(&planner->file->tracks);
  EbmlElement next;
  while (n <= MAX_VOID_RUN && ebml_read(planner->source, ends[n - 1], ebml_end(&planner->file->segment), &next, NULL) &&
         next.id == EBML_VOID && !next.size_unknown)
    ends[n++] = ebml_end(&next);
  return n;
}

/* Writes the element over itself and, as far as needed, over the Voids behind it. */
static bool put_at_its_place(Planner *planner, const GByteArray *element, int64_t end, int64_t gap, GError **error)
{
  int64_t start = planner->file->tracks.offset, element_end = start + element->len;
  int64_t old_end = ebml_end(&planner->file->tracks);
  /* What lies deep inside a Void stays, whatever it is; only the new Void's head is written. */
  int64_t last = MIN(end, MAX(old_end, element_end + MIN(gap, 1 + EBML_MAX_SIZE_BYTES)));
  g_auto(Stretch) stretch = {0};
  if (!stretch_read(planner->source, start, last, &stretch, error))
    return false;
  memcpy(stretch.after, element->data, element->len);
  stretch_zero(&stretch, element_end, old_end);
  stretch_put_void(&stretch, element_end, gap, planner->file->max_size_bytes);
  stretch_add(&stretch, planner->plan);
  return true;
}

static const struct {
  MkvSqueeze squeeze;
  MkvScope scope;
  const char *reason;
} attempts[] = {
    {MKV_SQUEEZE_SIZES, MKV_CHANGED_ENTRIES, NULL},
    {MKV_SQUEEZE_SIZES, MKV_ALL_ENTRIES, "Room is made by writing the sizes of all tracks' entries in fewer bytes."},
    {MKV_SQUEEZE_DEFAULTS, MKV_CHANGED_ENTRIES, "Room is made by leaving out values that are the default anyway."},
    {MKV_SQUEEZE_DEFAULTS, MKV_ALL_ENTRIES, "Room is made by leaving out values of all tracks that are the default anyway."},
};

static bool plan_at_its_place(Planner *planner, bool *ret_done, GError **error)
{
  int64_t ends[1 + MAX_VOID_RUN];
  guint n_ends = room_behind(planner, ends);
  int64_t start = planner->file->tracks.offset;
  for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
    g_autoptr(GByteArray) content = mkv_tracks_content(planner->tracks, attempts[i].squeeze, attempts[i].scope);
    for (guint end = 0; end < n_ends; end++) {
      int64_t gap;
      g_autoptr(GByteArray) element = mkv_tracks_element(planner->tracks, content, ends[end] - start, &gap);
      if (!element)
        continue;
      planner->plan->reason = g_strdup(attempts[i].reason ? attempts[i].reason
                                       : end > 0          ? "The track list grows into the unused space behind it."
                                                          : "The flags are changed where they stand.");
      *ret_done = true;
      return put_at_its_place(planner, element, ends[end], gap, error);
    }
  }
  *ret_done = false;
  return true;
}

/* ---- 4: with a Void elsewhere ---- */

/* Where an element of the front will stand. */
typedef struct {
  int64_t from, to;
} Move;

/* Makes the checksum right that is the first of the children at `data` (counted from the stretch's start), if one is. */
static void stretch_put_checksum(Stretch *stretch, int64_t data)
{
  EbmlElement first;
  ByteSource memory = byte_source_memory(stretch->after, stretch->length);
  if (!ebml_read(&memory, data, memory.size_bytes, &first, NULL) || first.id != EBML_CRC32 ||
      first.length != EBML_CRC32_DATA_BYTES)
    return;
  int64_t behind = ebml_end(&first);
  ebml_put_crc32(ebml_crc32(stretch->after + behind, (size_t)(memory.size_bytes - behind)), stretch->after + first.data);
}

/* Writes the new places into one SeekHead. *ret_fits is false if a place needs more bytes than its field has. */
static bool move_in_seek_head(const Planner *planner, guint index, const Move *moves, guint n_moves, Stretch *ret_stretch,
                              bool *ret_fits, GError **error)
{
  const MkvFile *file = planner->file;
  const EbmlElement *head = &g_array_index(file->seek_heads, EbmlElement, index);
  if (!stretch_read(planner->source, head->offset, ebml_end(head), ret_stretch, error))
    return false;
  bool fits = true, changed = false;
  for (guint i = 0; i < file->seeks->len; i++) {
    const MkvSeek *seek = &g_array_index(file->seeks, MkvSeek, i);
    for (guint m = 0; seek->head == index && m < n_moves; m++) {
      if (seek->target != moves[m].from)
        continue;
      uint64_t position = (uint64_t)(moves[m].to - file->segment.data);
      int64_t field_bytes = seek->position.length;
      changed = true;
      if (field_bytes < 8 && position >> 8 * field_bytes != 0)
        fits = false;
      else
        uint_to_bytes(position, ret_stretch->after + (seek->position.data - head->offset), (size_t)field_bytes);
    }
  }
  if (changed)
    stretch_put_checksum(ret_stretch, head->data - head->offset);
  *ret_fits = fits;
  return true;
}

/* Tells every SeekHead. Where *ret_fits is false the plan is as before. */
static bool update_seek_heads(Planner *planner, const Move *moves, guint n_moves, bool *ret_fits, GError **error)
{
  guint n = planner->file->seek_heads->len;
  g_autofree Stretch *stretches = g_new0(Stretch, n);
  bool ok = true, fits = true;
  for (guint i = 0; ok && fits && i < n; i++)
    ok = move_in_seek_head(planner, i, moves, n_moves, &stretches[i], &fits, error);
  for (guint i = 0; i < n; i++) {
    if (ok && fits)
      stretch_add(&stretches[i], planner->plan);
    stretch_clear(&stretches[i]);
  }
  *ret_fits = fits;
  return ok;
}

/* Elements of which nothing but SeekHeads knows where they stand. */
static bool may_shift(uint32_t id)
{
  return id == MKV_INFO || id == MKV_TAGS || id == MKV_CHAPTERS || id == MKV_ATTACHMENTS || id == MKV_CUES || id == EBML_VOID;
}

static const EbmlElement *front_element(const Planner *planner, guint index)
{
  return &g_array_index(planner->file->front, EbmlElement, index);
}

/* A shift: Tracks and the elements between it and a Void move by what Tracks grew, into the Void. Forwards, the Void is behind
 * Tracks and loses bytes at its start; backwards, it is before Tracks and loses bytes at its end. */
typedef struct {
  guint at, hole; /* indices into the front */
  const GByteArray *element;
  int64_t growth; /* bytes, positive */
  int64_t rest;   /* bytes that stay of the Void */
} Shift;

static bool may_shift_between(const Planner *planner, guint at, guint hole)
{
  for (guint i = MIN(at, hole); i <= MAX(at, hole); i++)
    if (i != at && !may_shift(front_element(planner, i)->id))
      return false;
  return true;
}

static bool shift_seek_heads(Planner *planner, const Shift *shift, bool *ret_fits, GError **error)
{
  bool forwards = shift->hole > shift->at;
  guint first = MIN(shift->at, shift->hole), last = MAX(shift->at, shift->hole), n_moves = 0;
  g_autofree Move *moves = g_new0(Move, last - first + 1);
  for (guint i = first; i <= last; i++)
    if (i != shift->hole && (i != shift->at || !forwards)) {
      int64_t from = front_element(planner, i)->offset;
      moves[n_moves++] = (Move){from, from + (forwards ? shift->growth : -shift->growth)};
    }
  return update_seek_heads(planner, moves, n_moves, ret_fits, error);
}

/* Tracks, what follows it, the head of the smaller Void. */
static bool shift_forwards(Planner *planner, const Shift *shift, GError **error)
{
  const EbmlElement *tracks = front_element(planner, shift->at), *gap = front_element(planner, shift->hole);
  int64_t void_start = gap->offset + shift->growth;
  g_auto(Stretch) body = {0};
  if (!stretch_read(planner->source, tracks->offset, void_start + MIN(shift->rest, 1 + EBML_MAX_SIZE_BYTES), &body, error))
    return false;
  memcpy(body.after, shift->element->data, shift->element->len);
  memcpy(body.after + shift->element->len, body.before + planner->tracks->total, (size_t)(gap->offset - ebml_end(tracks)));
  stretch_put_void(&body, void_start, shift->rest, planner->file->max_size_bytes);
  stretch_add(&body, planner->plan);
  return true;
}

/* The head of the smaller Void; what stands between, then Tracks. */
static bool shift_backwards(Planner *planner, const Shift *shift, GError **error)
{
  const EbmlElement *tracks = front_element(planner, shift->at), *gap = front_element(planner, shift->hole);
  size_t between = (size_t)(tracks->offset - ebml_end(gap));
  g_auto(Stretch) head = {0};
  g_auto(Stretch) body = {0};
  if (!stretch_read(planner->source, gap->offset, gap->offset + MIN(shift->rest, 1 + EBML_MAX_SIZE_BYTES), &head, error) ||
      !stretch_read(planner->source, ebml_end(gap) - shift->growth, ebml_end(tracks), &body, error))
    return false;
  stretch_put_void(&head, gap->offset, shift->rest, planner->file->max_size_bytes);
  memcpy(body.after, body.before + shift->growth, between);
  memcpy(body.after + between, shift->element->data, shift->element->len);
  stretch_add(&head, planner->plan);
  stretch_add(&body, planner->plan);
  return true;
}

static bool try_shift(Planner *planner, const GByteArray *content, guint at, guint hole, bool *ret_done, GError **error)
{
  const EbmlElement *gap = front_element(planner, hole), *tracks = front_element(planner, at);
  int64_t gap_bytes = ebml_end(gap) - gap->offset, old_bytes = (int64_t)planner->tracks->total;
  Shift shift = {.at = at, .hole = hole};
  g_autoptr(GByteArray) element = mkv_tracks_element(planner->tracks, content, old_bytes + gap_bytes, &shift.rest);
  int64_t between = hole > at ? gap->offset - ebml_end(tracks) : tracks->offset - ebml_end(gap);
  if (!element || (int64_t)element->len <= old_bytes || element->len + between > EDIT_MAX_BYTES ||
      !may_shift_between(planner, at, hole))
    return true;
  shift.element = element;
  shift.growth = (int64_t)element->len - old_bytes;
  bool fits;
  if (!shift_seek_heads(planner, &shift, &fits, error))
    return false;
  if (!fits)
    return true;
  planner->plan->reason = g_strdup("The track list grows into unused space near it; what stands between is shifted.");
  *ret_done = true;
  return hole > at ? shift_forwards(planner, &shift, error) : shift_backwards(planner, &shift, error);
}

/* Tracks moves into the Void; its old place becomes one. */
static bool try_move(Planner *planner, const GByteArray *content, guint hole, bool *ret_done, GError **error)
{
  const MkvFile *file = planner->file;
  const EbmlElement *gap = front_element(planner, hole);
  int64_t rest, gap_bytes = ebml_end(gap) - gap->offset;
  g_autoptr(GByteArray) element = mkv_tracks_element(planner->tracks, content, gap_bytes, &rest);
  if (!element || (int64_t)planner->tracks->total + element->len > EDIT_MAX_BYTES)
    return true;
  const Move move = {file->tracks.offset, gap->offset};
  bool fits;
  if (!update_seek_heads(planner, &move, 1, &fits, error))
    return false;
  if (!fits)
    return true;

  g_auto(Stretch) new_place = {0};
  g_auto(Stretch) old_place = {0};
  int64_t element_end = gap->offset + element->len;
  if (!stretch_read(planner->source, gap->offset, element_end + MIN(rest, 1 + EBML_MAX_SIZE_BYTES), &new_place, error) ||
      !stretch_read(planner->source, file->tracks.offset, ebml_end(&file->tracks), &old_place, error))
    return false;
  memcpy(new_place.after, element->data, element->len);
  stretch_put_void(&new_place, element_end, rest, file->max_size_bytes);
  stretch_zero(&old_place, file->tracks.offset, ebml_end(&file->tracks));
  stretch_put_void(&old_place, file->tracks.offset, (int64_t)planner->tracks->total, file->max_size_bytes);
  stretch_add(&new_place, planner->plan);
  stretch_add(&old_place, planner->plan);
  planner->plan->reason = g_strdup("The track list moves into unused space before the first picture.");
  *ret_done = true;
  return true;
}

/* The nearest Void that allows a shift, else the first that can take all of Tracks. */
static bool plan_with_a_void(Planner *planner, bool *ret_done, GError **error)
{
  const MkvFile *file = planner->file;
  g_autoptr(GByteArray) content = mkv_tracks_content(planner->tracks, MKV_SQUEEZE_SIZES, MKV_CHANGED_ENTRIES);
  guint at;
  bool in_front = mkv_file_in_front(file, file->tracks.offset, &at);
  *ret_done = false;
  for (guint distance = 1; in_front && distance < file->front->len; distance++)
    for (int side = 0; side < 2; side++) {
      guint hole = side == 0 ? at + distance : at - distance;
      if ((side == 0 ? hole >= file->front->len : distance > at) || front_element(planner, hole)->id != EBML_VOID)
        continue;
      if (!try_shift(planner, content, at, hole, ret_done, error))
        return false;
      if (*ret_done)
        return true;
    }
  for (guint hole = 0; hole < file->front->len; hole++) {
    if (front_element(planner, hole)->id != EBML_VOID)
      continue;
    if (!try_move(planner, content, hole, ret_done, error))
      return false;
    if (*ret_done)
      return true;
  }
  return true;
}

/* ---- the whole ---- */

/* The flags of version 4 make the header say 4 (RFC 9559 section 27.1: DocTypeVersion names the highest version used). */
static bool plan_version(Planner *planner, int version, GError **error)
{
  const MkvFile *file = planner->file;
  if (file->version >= (uint64_t)version)
    return true;
  g_auto(Stretch) header = {0};
  if (!stretch_read(planner->source, file->ebml.offset, ebml_end(&file->ebml), &header, error))
    return false;
  uint_to_bytes((uint64_t)version, header.after + file->doc_type_version.data, (size_t)file->doc_type_version.length);
  stretch_put_checksum(&header, file->ebml.data - file->ebml.offset);
  stretch_add(&header, planner->plan);
  return true;
}

/* A Segment with a checksum of its own: it covers every byte behind it, but is carried over from the old one. */
static bool plan_segment_checksum(Planner *planner, GError **error)
{
  const MkvFile *file = planner->file;
  const EbmlElement *first = file->front->len > 0 ? front_element(planner, 0) : NULL;
  if (!first || first->id != EBML_CRC32 || first->length != EBML_CRC32_DATA_BYTES)
    return true;
  uint8_t before[EBML_CRC32_DATA_BYTES], after[EBML_CRC32_DATA_BYTES];
  if (!byte_source_read(planner->source, first->data, before, sizeof before, error))
    return false;
  uint32_t crc = ebml_get_crc32(before);
  for (guint i = 0; i < planner->plan->ranges->len; i++) {
    const EditRange *range = planner->plan->ranges->pdata[i];
    int64_t length = (int64_t)g_bytes_get_size(range->before);
    if (range->offset >= ebml_end(first))
      crc = ebml_crc32_patched(crc, g_bytes_get_data(range->before, NULL), g_bytes_get_data(range->after, NULL), (size_t)length,
                               ebml_end(&file->segment) - range->offset - length);
  }
  ebml_put_crc32(crc, after);
  edit_plan_add(planner->plan, first->data, before, after, sizeof before);
  return true;
}

/* What no edit in place can do, whatever room there is; NULL if nothing. */
static const char *obstacle(const MkvFile *file, int version)
{
  if (file->n_tracks > 1)
    return "The file has several Tracks elements, and players differ in which they read.";
  if ((uint64_t)version > file->version && file->doc_type_version.length == 0)
    return "The flags are of Matroska version 4, and the file's header has no room to say so.";
  if (file->segment.size_unknown && file->front->len > 0 && g_array_index(file->front, EbmlElement, 0).id == EBML_CRC32)
    return "The file has a checksum over a Segment that does not say where it ends.";
  return NULL;
}

static bool plan_room(Planner *planner, int version, GError **error)
{
  bool done;
  if (!plan_at_its_place(planner, &done, error) || (!done && !plan_with_a_void(planner, &done, error)))
    return false;
  if (!done) {
    planner->plan->action = EDIT_REMUX;
    planner->plan->reason = g_strdup("The track list must grow, and there is no unused space for it before the first picture.");
    return true;
  }
  if (!plan_version(planner, version, error) || !plan_segment_checksum(planner, error))
    return false;
  edit_plan_finish(planner->plan);
  return true;
}

bool mkv_recognise(const uint8_t *head, size_t length)
{
  return length >= 4 && bytes_to_uint(head, 4) == MKV_EBML;
}

TrackList *mkv_list(const ByteSource *source, GError **error)
{
  g_autoptr(MkvFile) file = mkv_file_read(source, error);
  g_autoptr(MkvTracks) tracks = file ? mkv_tracks_read(source, file, error) : NULL;
  return tracks ? mkv_tracks_list(tracks, error) : NULL;
}

EditPlan *mkv_plan(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error)
{
  g_autoptr(MkvFile) file = mkv_file_read(source, error);
  g_autoptr(MkvTracks) tracks = file ? mkv_tracks_read(source, file, error) : NULL;
  g_autoptr(TrackList) list = tracks ? mkv_tracks_list(tracks, error) : NULL;
  if (!list || !track_edits_check(list, edits, n_edits, error))
    return NULL;
  if (track_list_satisfies(list, edits, n_edits, NULL))
    return edit_plan_new(EDIT_NOTHING, g_strdup("The flags are as wanted already."), edits, n_edits);

  int version;
  mkv_tracks_change(tracks, edits, n_edits, &version);
  const char *why_not = obstacle(file, version);
  if (why_not)
    return edit_plan_new(EDIT_REMUX, g_strdup(why_not), edits, n_edits);
  g_autoptr(EditPlan) plan = edit_plan_new(EDIT_IN_PLACE, NULL, edits, n_edits);
  Planner planner = {source, file, tracks, plan};
  return plan_room(&planner, version, error) ? g_steal_pointer(&plan) : NULL;
}
