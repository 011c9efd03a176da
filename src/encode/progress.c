/* Reads the progress of an encode. ffmpeg writes key=value lines in blocks that end with "progress="; HandBrakeCLI writes JSON
 * objects over several lines, of which a few keys are taken as they come. What is said is only shown, never believed: that an
 * encode is complete is decided by the contract. Test: tests/unit/encode/test_progress.c */
#include "encode/progress.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

static const Field encode_progress_fields[] = {
    FIELD_REAL(EncodeProgress, fraction, .max = 1, .help = "How much of the whole is done, 0 to 1."),
    FIELD_REAL(EncodeProgress, fps, .help = "Frames encoded per second."),
    FIELD_REAL(EncodeProgress, speed, .help = "Speed as a multiple of real time."),
    FIELD_INT(EncodeProgress, frame, .help = "Frames encoded in this pass."),
    FIELD_INT(EncodeProgress, position_ms, .help = "Position in the film, in ms."),
    FIELD_INT(EncodeProgress, eta_ms, .flags = FIELD_NULLABLE, .help = "Time left, in ms; empty while unknown."),
    FIELD_INT(EncodeProgress, output_bytes, .help = "Bytes written so far."),
    FIELD_INT(EncodeProgress, predicted_bytes, .flags = FIELD_NULLABLE, .help = "Size of the whole output as it looks now."),
    FIELD_INT(EncodeProgress, pass, .help = "Which pass this is, from 1."),
    FIELD_INT(EncodeProgress, passes, .help = "How many passes there are."),
};
const FieldTable encode_progress_table = FIELD_TABLE(EncodeProgress, "EncodeProgress", NULL, encode_progress_fields);

/* Below this much of the film a size says little: the encoder's look-ahead and the muxer's buffer hold back seconds of it. */
static const double min_fraction_for_size = 0.02, enough_fraction_for_size = 0.2;
static const int64_t min_position_for_size_ms = 30 * 1000;
static const int64_t min_elapsed_for_eta_ms = 2000;

struct ProgressParser {
  EncodeEngine engine;
  int64_t start_ms, duration_ms;
  double frame_rate;                               /* 0: unknown */
  int64_t pass_elapsed_before_ms, last_elapsed_ms; /* of finished passes; of this one */
  double pass_fraction;                            /* of this pass, never going back */
  EncodeProgress now;
};

ProgressParser *progress_parser_new(EncodeEngine engine, int64_t duration_ms, double frame_rate, int64_t passes)
{
  ProgressParser *parser = g_new0(ProgressParser, 1);
  parser->engine = engine;
  parser->duration_ms = MAX(duration_ms, 0);
  parser->frame_rate = frame_rate;
  parser->now =
      (EncodeProgress){.eta_ms = FIELD_NULL_INT, .predicted_bytes = FIELD_NULL_INT, .pass = 1, .passes = MAX(passes, 1)};
  return parser;
}

void progress_parser_start_at(ProgressParser *parser, int64_t start_ms)
{
  parser->start_ms = start_ms;
}

void progress_parser_free(ProgressParser *parser)
{
  g_free(parser);
}

void progress_parser_next_pass(ProgressParser *parser)
{
  if (parser->now.pass >= parser->now.passes)
    return;
  parser->pass_elapsed_before_ms += parser->last_elapsed_ms;
  parser->last_elapsed_ms = 0;
  parser->pass_fraction = 0;
  parser->now.pass++;
  parser->now.frame = parser->now.position_ms = parser->now.output_bytes = 0;
  parser->now.fps = parser->now.speed = 0;
}

static bool says_size(const ProgressParser *parser)
{
  return parser->pass_fraction >= enough_fraction_for_size ||
         (parser->pass_fraction >= min_fraction_for_size && parser->now.position_ms >= min_position_for_size_ms);
}

static void advance(ProgressParser *parser, double pass_fraction, int64_t elapsed_ms)
{
  EncodeProgress *now = &parser->now;
  if (isfinite(pass_fraction))
    parser->pass_fraction = MAX(parser->pass_fraction, CLAMP(pass_fraction, 0, 1));
  parser->last_elapsed_ms = MAX(elapsed_ms, 0);
  double whole = ((double)(now->pass - 1) + parser->pass_fraction) / (double)now->passes;
  now->fraction = MAX(now->fraction, MIN(whole, 1));
  int64_t elapsed = parser->pass_elapsed_before_ms + parser->last_elapsed_ms;
  now->eta_ms = now->fraction > 0 && elapsed >= min_elapsed_for_eta_ms
                    ? (int64_t)((double)elapsed * (1 - now->fraction) / now->fraction)
                    : FIELD_NULL_INT;
  now->predicted_bytes = now->pass == now->passes && now->output_bytes > 0 && says_size(parser)
                             ? (int64_t)((double)now->output_bytes / parser->pass_fraction)
                             : FIELD_NULL_INT;
}

/* A finite number of at least 0 from text with leading spaces ("  1976.5", " 0.764x" with suffix "x"). */
static bool read_real(const char *text, const char *suffix, double *ret)
{
  g_autofree char *copy = g_strstrip(g_strdup(text));
  double value = 0;
  if (*suffix && g_str_has_suffix(copy, suffix))
    copy[strlen(copy) - strlen(suffix)] = '\0';
  if (!parse_real(copy, &value) || value < 0)
    return false;
  *ret = value;
  return true;
}

static void read_int(const char *text, int64_t *ret)
{
  g_autofree char *copy = g_strstrip(g_strdup(text));
  parse_int(copy, 0, INT64_MAX, ret);
}

/* From version 7 on, out_time is where the last of all streams stands: subtitles that come once in ten minutes, or none at all
 * ("N/A"). The pictures know better. */
static void look_at_frames(ProgressParser *parser, int64_t elapsed_ms)
{
  EncodeProgress *now = &parser->now;
  int64_t by_frames_ms = parser->frame_rate > 0 ? (int64_t)((double)now->frame / parser->frame_rate * 1000) : 0;
  if (by_frames_ms <= now->position_ms)
    return;
  now->position_ms = parser->duration_ms > 0 ? MIN(by_frames_ms, parser->duration_ms) : by_frames_ms;
  if (elapsed_ms > 0)
    now->speed = (double)now->position_ms / (double)elapsed_ms;
}

static bool ffmpeg_line(ProgressParser *parser, const char *key, const char *value, int64_t elapsed_ms)
{
  EncodeProgress *now = &parser->now;
  int64_t microseconds = -1;
  if (strcmp(key, "frame") == 0)
    read_int(value, &now->frame);
  else if (strcmp(key, "fps") == 0)
    read_real(value, "", &now->fps);
  else if (strcmp(key, "speed") == 0)
    read_real(value, "x", &now->speed);
  else if (strcmp(key, "total_size") == 0)
    read_int(value, &now->output_bytes);
  else if (strcmp(key, "out_time_us") == 0) {
    /* not out_time_ms: it holds microseconds too */
    read_int(value, &microseconds);
    if (microseconds >= 0)
      now->position_ms = MAX(microseconds / 1000 - parser->start_ms, 0);
  } else if (strcmp(key, "progress") == 0) {
    look_at_frames(parser, elapsed_ms);
    double fraction = parser->duration_ms > 0 ? (double)now->position_ms / (double)parser->duration_ms : 0;
    advance(parser, fraction, elapsed_ms);
    return true;
  }
  return false;
}

/* `"Progress": 0.05128,` -> key and value in the same buffer. */
static bool split_json(char *line, char **ret_key, char **ret_value)
{
  char *key = strchr(line, '"'), *end = key ? strchr(key + 1, '"') : NULL;
  if (!end || end[1] != ':')
    return false;
  *end = '\0';
  *ret_key = key + 1;
  *ret_value = end + 2;
  size_t length = strlen(*ret_value);
  if (length > 0 && (*ret_value)[length - 1] == ',')
    (*ret_value)[length - 1] = '\0';
  return true;
}

/* In HandBrake's object the keys come in alphabetical order: Pass, PassCount, …, Progress, Rate, RateAvg, …, SequenceID. */
static bool handbrake_line(ProgressParser *parser, const char *key, const char *value, int64_t elapsed_ms)
{
  EncodeProgress *now = &parser->now;
  double fraction = 0;
  int64_t number = 0;
  if (strcmp(key, "PassCount") == 0) {
    read_int(value, &number);
    now->passes = MAX(now->passes, MIN(number, 3));
  } else if (strcmp(key, "Pass") == 0) {
    read_int(value, &number);
    if (number > now->pass && number <= MAX(now->passes, 2)) {
      now->passes = MAX(now->passes, number);
      progress_parser_next_pass(parser);
    }
  } else if (strcmp(key, "RateAvg") == 0)
    read_real(value, "", &now->fps);
  else if (strcmp(key, "Progress") == 0 && read_real(value, "", &fraction)) {
    now->position_ms = (int64_t)(MIN(fraction, 1) * (double)parser->duration_ms);
    if (elapsed_ms > 0)
      now->speed = (double)now->position_ms / (double)elapsed_ms;
    advance(parser, fraction, elapsed_ms);
    return true;
  }
  return false;
}

bool progress_parser_line(ProgressParser *parser, const char *line, int64_t elapsed_ms, EncodeProgress *ret_progress)
{
  g_autofree char *copy = g_strstrip(g_strdup(line));
  char *key = copy, *value = NULL;
  bool reading = false;
  if (parser->engine == ENGINE_HANDBRAKE)
    reading = split_json(copy, &key, &value) && handbrake_line(parser, key, value, elapsed_ms);
  else if ((value = strchr(copy, '='))) {
    *value++ = '\0';
    reading = ffmpeg_line(parser, key, value, elapsed_ms);
  }
  if (reading)
    *ret_progress = parser->now;
  return reading;
}
