/* The tracks of a video file as its container lists them, and what someone wants changed about them.
 *
 * Thread-safety: plain records and constant tables. */
#pragma once

#include "base/field.h"

typedef enum { FORMAT_MATROSKA, FORMAT_WEBM, FORMAT_MP4, FORMAT_MOV } ContainerKind;
extern const EnumTable container_kind_table; /* "matroska", "webm", "mp4", "mov" */

/* OTHER: chapter titles, time codes, buttons, hints: no player offers these to choose from, and they are never edited. */
typedef enum { TRACK_VIDEO, TRACK_AUDIO, TRACK_SUBTITLE, TRACK_OTHER } TrackType;
extern const EnumTable track_type_table;

/* What a track says about itself. Absent flags of the file have the value that its format gives them. */
typedef enum {
  TRACK_DEFAULT, /* Matroska FlagDefault; in MP4 the track_enabled bit of tkhd, which players take for the same */
  TRACK_FORCED,
  TRACK_ORIGINAL,
  TRACK_COMMENTARY,
  TRACK_HEARING_IMPAIRED,
  TRACK_VISUAL_IMPAIRED,
  TRACK_N_FLAGS,
} TrackFlag;

typedef struct {
  int64_t number;     /* Matroska TrackNumber, MP4 track_ID */
  char *uid;          /* Matroska TrackUID in decimal digits (it can pass INT64_MAX); NULL in MP4 */
  int type;           /* TrackType */
  char *codec;        /* as the container names it: "A_AC3", "hvc1"; NULL if it does not */
  char *language;     /* the ISO 639-2 code as stored; Matroska's default is "eng"; NULL: none, or one that MP4 cannot spell */
  char *language_tag; /* BCP 47; where it is present players ignore `language`; NULL: none */
  char *name;         /* NULL: none */
  int64_t channels;   /* of audio, as the container says; MP4 often says 2 for more. FIELD_NULL_INT: not audio, or not said */
  char *crop;         /* of video: what players cut off, "left:top:right:bottom" in pixels; NULL: nothing */
  bool is_disabled;   /* Matroska FlagEnabled is 0: players do not offer it. Never in MP4, where that bit is the default flag */
  bool is_default, is_forced, is_original, is_commentary, is_hearing_impaired, is_visual_impaired;
} Track;
extern const FieldTable track_table;

/* In file order, which is the order of ffprobe's and mkvmerge's tracks; the position in the list is the track's index. */
typedef struct {
  int container; /* ContainerKind */
  GPtrArray *tracks;
  bool ordered_chapters; /* Matroska: chapters say which parts are shown, and in which order (EditionFlagOrdered, RFC 9559 20.1.3)
                          */
} TrackList;
extern const FieldTable track_list_table;

TrackList *track_list_new(ContainerKind container);
void track_list_free(TrackList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrackList, track_list_free)

/* The n-th track of a type (0-based) and its index; NULL past the end. ret_index may be NULL. */
const Track *track_list_nth(const TrackList *list, TrackType type, size_t n, size_t *ret_index);

typedef enum { WISH_LEAVE, WISH_OFF, WISH_ON } Wish;
extern const EnumTable wish_table; /* "leave", "off", "on" */

/* Wishes for one track. */
typedef struct {
  int64_t track;                                                                                  /* its index in the TrackList */
  int is_default, is_forced, is_original, is_commentary, is_hearing_impaired, is_visual_impaired; /* Wish */
} TrackEdit;
extern const FieldTable track_edit_table;

/* The same members by flag, for code that treats all flags alike. */
bool track_flag(const Track *track, TrackFlag flag);
void track_set_flag(Track *track, TrackFlag flag, bool value);
Wish track_edit_wish(const TrackEdit *edit, TrackFlag flag);
const char *track_flag_label(TrackFlag flag); /* for messages: "default", "hearing impaired" */

/* The edits that make the n-th track of a type its only default: ON for that one, OFF for the others of its type. NOT_FOUND if
 * there is none. The caller owns the array of TrackEdit. */
GArray *track_edits_for_default(const TrackList *list, TrackType type, size_t n, GError **error);

/* INVALID if an edit names a track that is not in the list, one of type OTHER, or one named before. */
bool track_edits_check(const TrackList *list, const TrackEdit *edits, size_t n_edits, GError **error);

/* Whether every wish is already so. The edits are checked ones. If not and ret_why is not NULL, it says what differs, for
 * messages ("track 2: default is on"); the caller frees it. */
bool track_list_satisfies(const TrackList *list, const TrackEdit *edits, size_t n_edits, char **ret_why);
