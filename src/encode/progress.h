/* Progress of a running encode, from `ffmpeg -progress` lines or HandBrakeCLI's JSON. */
#pragma once

#include "base/field.h"
#include "encode/profile.h"

typedef struct {
  double fraction; /* 0..1, never going back */
  double fps;
  double speed; /* times real time */
  int64_t frame;
  int64_t position_ms;
  int64_t eta_ms; /* FIELD_NULL_INT while unknown */
  int64_t output_bytes;
  int64_t predicted_bytes; /* of the whole output, FIELD_NULL_INT while too early */
  int64_t pass, passes;    /* 1-based */
} EncodeProgress;
extern const FieldTable encode_progress_table;

typedef struct ProgressParser ProgressParser;

ProgressParser *progress_parser_new(EncodeEngine engine, int64_t duration_ms, double frame_rate, int64_t passes);
/* What is encoded begins at this time of the film, which the program's own times count from the beginning of. */
void progress_parser_start_at(ProgressParser *parser, int64_t start_ms);
void progress_parser_free(ProgressParser *parser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProgressParser, progress_parser_free)

void progress_parser_next_pass(ProgressParser *parser);

/* Feeds one line; true if *ret_progress holds a new reading (written then only). `elapsed_ms` is the time since this pass began,
 * frozen time left out. Never fails: lines it does not know are ignored. */
bool progress_parser_line(ProgressParser *parser, const char *line, int64_t elapsed_ms, EncodeProgress *ret_progress);
