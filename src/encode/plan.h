/* The encode plan: a pure function from what a file is, what the profile wants and what the machine can do, to what will be done
 * to each stream and why, the commands and the predicted size. The dry run, the API and the interface show this record; transcode
 * executes it. */
#pragma once

#include "encode/chunk.h"
#include "encode/profile.h"
#include "encode/quality_search.h"
#include "media/media_info.h"

typedef enum { PLAN_ENCODE, PLAN_SKIP, PLAN_REFUSE /* cannot be done as asked: the reason says what to change */ } PlanDecision;
extern const EnumTable plan_decision_table;

/* Why a file is left alone; stored with the verdict so that it is counted and filtered. */
typedef enum {
  SKIP_NONE,
  SKIP_NO_VIDEO,
  SKIP_ALREADY_TARGET,
  SKIP_NOT_ELIGIBLE,
  SKIP_LOW_BIT_RATE,
  SKIP_TOO_SMALL,
  SKIP_TOO_NEW,
  SKIP_HARD_LINKED,
  SKIP_DOLBY_VISION,
  SKIP_HDR10_PLUS,
  SKIP_TRIED_BEFORE,
  SKIP_DAMAGED,
  SKIP_NO_ENCODER,
  SKIP_CONTAINER,
  SKIP_ALPHA,
  SKIP_CAPTIONS,
  SKIP_ORDERED_CHAPTERS,
  SKIP_CROP_MARKS,
} SkipCode;
extern const EnumTable skip_code_table;

typedef enum { ACTION_KEEP, ACTION_CONVERT, ACTION_DROP, ACTION_ADD } StreamActionKind;
extern const EnumTable stream_action_table;

typedef struct {
  int64_t source_index;        /* for ACTION_ADD: the stream it is made from */
  int64_t output_index;        /* FIELD_NULL_INT if dropped */
  int type;                    /* StreamType */
  int action;                  /* StreamActionKind */
  char *from_codec, *to_codec; /* to_codec NULL if dropped */
  char *language;
  char *title;         /* wanted on the output; NULL: none */
  char **dispositions; /* wanted on the output */
  int64_t channels;    /* of audio on the output, else FIELD_NULL_INT */
  char *reason;        /* one sentence naming the rule */
} StreamAction;
extern const FieldTable stream_action_record_table;

typedef struct {
  char **arguments; /* argv after the program */
  bool preparatory; /* takes a moment and is no pass of its own: cover art is unpacked so that it can be attached again */
} PlanCommand;
extern const FieldTable plan_command_table;

typedef struct {
  int decision; /* PlanDecision */
  int skip;     /* SkipCode */
  char *reason; /* for the whole, in words */
  char **warnings;
  int engine;          /* EncodeEngine */
  char *encoder;       /* "libx265" */
  double quality;      /* NAN with a bit rate */
  bool searches;       /* the quality is looked for first, from `quality` on */
  char *filters;       /* the chain that the picture goes through before it is encoded; NULL: none */
  char **sample;       /* the encode of samples, with the places in it that sample.h fills; empty without a target score */
  char *container;     /* "mkv" */
  char *extension;     /* ".mkv" */
  GPtrArray *actions;  /* StreamAction: every source stream exactly once, in source order, then the added ones */
  GPtrArray *commands; /* PlanCommand, run one after another (two passes) */
  char **needs;        /* capability words a worker must have */
  int64_t predicted_min_bytes, predicted_bytes, predicted_max_bytes;
  int64_t width, height; /* of the output video */
  char *pixel_format;    /* as it is handed to the encoder; NULL if the video is copied */
  int64_t bit_depth;     /* of the output video */
  char *color_space;     /* if the plan changes it, else NULL: the source was RGB */
  char *color_range;     /* "tv" if the plan changes it, else NULL: as the source */
  char *frame_rate;      /* "30/1" if the plan lowers it, else NULL: every frame of the source */
  bool tone_mapped;      /* the output is SDR although the source is not */
  bool captions_lost;    /* the profile gives the closed captions up */
} EncodePlan;
extern const FieldTable encode_plan_table;

/* The commands of a film that is encoded in chunks: those of one chunk, which write its video with its times in the film into a
 * NUT file, or those that join the chunks with everything else of the source, the chunks being listed in PLAN_CHUNK_LIST of the
 * directory that they are run in. */
typedef struct {
  const ChunkRange *chunk; /* NULL: the join */
  int64_t threads;         /* of a chunk's encoder; 0: its own choice */
  int64_t lead_us;         /* for the join: how long after the start of the source the first chunk begins */
} PlanPart;
#define PLAN_CHUNK_LIST "chunks.txt"

/* What else the decision depends on. */
typedef struct {
  const MediaInfo *media;
  const Profile *profile;
  const CapabilitySet *capabilities;
  const char *file_name; /* for the extension */
  int64_t age_s;         /* since the last change */
  int64_t link_count;
  bool links_allowed;       /* the root's policy lets a hard-linked file be replaced */
  bool tried_before;        /* a verdict says: with this profile version it was not worth it */
  const char *tried_reason; /* that verdict's sentence */
  bool force;  /* do not skip for size, age, codec or verdict; never overrides safety (damage, Dolby Vision, links, container) */
  bool copies; /* a copy of every stream as it is has its own reason (flags that are set anew) and is worth the work */
  const char *exclude_family; /* an encoder family that has just failed on this file (fallback), or NULL */
  const char *crop;           /* "w:h:x:y" measured before, or NULL */
  const QualityFound *found;  /* the quality that a search came to or tries (then its score is NAN); NULL: not looked for yet */
  const PlanPart *part;       /* NULL: the whole film in one run */
} PlanInput;

/* Cannot fail: what cannot be done is a plan that says so. The caller frees it. */
EncodePlan *encode_plan(const PlanInput *input);
void encode_plan_free(EncodePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EncodePlan, encode_plan_free)

/* In `commands`, these stand for the paths that are known only when it runs; encode_command puts them in. The pass log is the
 * beginning of the names of all temporary files (pass statistics, unpacked cover art): whoever runs the commands removes what
 * starts with it. */
#define PLAN_INPUT "{input}"
#define PLAN_OUTPUT "{output}"
#define PLAN_PASS_LOG "{passlog}"

/* How many of the commands are passes over the film, for progress_parser_new. */
int64_t encode_plan_passes(const EncodePlan *plan);

/* The argument vector of one command, NULL-terminated, `program` first. Paths go in as they are ("file:" is prefixed for ffmpeg
 * so that no name can be taken for an option or a protocol). The caller frees it with g_strfreev. */
char **encode_command(const EncodePlan *plan, size_t index, const char *program, const char *input, const char *output,
                      const char *pass_log);
