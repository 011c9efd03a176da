/* Decides which quality to try next, and when enough is known. Test: tests/unit/encode/test_quality_search.c */
#include "encode/quality_search.h"

#include <math.h>

static const Field quality_found_fields[] = {
    FIELD_REAL(QualityFound, quality, .flags = FIELD_NULLABLE, .help = "Quality in the encoder's scale."),
    FIELD_REAL(QualityFound, score, .flags = FIELD_NULLABLE, .help = "Score of the samples at this quality."),
    FIELD_INT(QualityFound, video_bytes, .flags = FIELD_NULLABLE, .help = "Bytes of the whole picture, by the samples."),
    FIELD_INT(QualityFound, probes, .help = "How many qualities were tried; 0: none was looked for."),
    FIELD_BOOL(QualityFound, whole, .help = "The samples were the whole film."),
};
const FieldTable quality_found_table = FIELD_TABLE(QualityFound, "QualityFound", NULL, quality_found_fields);

static const double tiny = 1e-6;

/* quality_loss per number of a scale of 51, as H.264 and HEVC have it; longer scales have shorter steps. Slopes that were
 * measured count within a factor of four: noise on a flat curve makes any. */
static const double typical_slope = 0.11, slope_factor = 4;

/* No jump is longer than this part of the scale: a slope says little about what is far away. */
static const double longest_jump = 0.3;

static double snap_down(const QualityGoal *goal, double quality)
{
  double steps = floor((quality - goal->min) / goal->step + tiny);
  return CLAMP(goal->min + steps * goal->step, goal->min, goal->max);
}

static double prior_slope(const QualityGoal *goal)
{
  return typical_slope * 51 / MAX(goal->max - goal->min, 1);
}

static double loss(const QualityGoal *goal, double score)
{
  return quality_loss(goal->metric, score);
}

/* The trials on both sides of the floor; NULL where there is none. */
typedef struct {
  const QualityProbe *holds; /* the coarsest that holds it */
  const QualityProbe *fails; /* the finest coarser than that which does not */
  const QualityProbe *next;  /* to `holds`, else to `fails`: the nearest other trial, for the slope */
} Sides;

static Sides find_sides(const QualityGoal *goal, const QualityProbe *probes, size_t n)
{
  Sides sides = {0};
  for (size_t i = 0; i < n; i++)
    if (probes[i].score >= goal->floor && (!sides.holds || probes[i].quality > sides.holds->quality))
      sides.holds = &probes[i];
  for (size_t i = 0; i < n; i++)
    if (probes[i].score < goal->floor && (!sides.holds || probes[i].quality > sides.holds->quality) &&
        (!sides.fails || probes[i].quality < sides.fails->quality))
      sides.fails = &probes[i];
  const QualityProbe *from = sides.holds ? sides.holds : sides.fails;
  for (size_t i = 0; i < n; i++)
    if (&probes[i] != from &&
        (!sides.next || fabs(probes[i].quality - from->quality) < fabs(sides.next->quality - from->quality)))
      sides.next = &probes[i];
  return sides;
}

static double slope_near(const QualityGoal *goal, const Sides *sides)
{
  const QualityProbe *a = sides->holds ? sides->holds : sides->fails;
  const QualityProbe *b = sides->fails && sides->fails != a ? sides->fails : sides->next;
  double prior = prior_slope(goal);
  if (!b || fabs(a->quality - b->quality) < tiny)
    return prior;
  double measured = (loss(goal, b->score) - loss(goal, a->score)) / (b->quality - a->quality);
  return CLAMP(measured, prior / slope_factor, prior * slope_factor);
}

static double jump(const QualityGoal *goal, double wanted)
{
  return CLAMP(wanted, goal->step, MAX(goal->step, (goal->max - goal->min) * longest_jump));
}

static SearchStep try_it(double quality)
{
  return (SearchStep){.state = SEARCH_TRY, .quality = quality};
}

static SearchStep end(SearchState state, const QualityProbe *probes, const QualityProbe *probe)
{
  return (SearchStep){.state = state, .quality = probe->quality, .index = (size_t)(probe - probes)};
}

static SearchStep finer(const QualityGoal *goal, const QualityProbe *probes, size_t n, const Sides *sides)
{
  const QualityProbe *finest = sides->fails;
  if (finest->quality <= goal->min + tiny || n >= QUALITY_SEARCH_MOST)
    return end(SEARCH_UNREACHABLE, probes, finest);
  double missing = (loss(goal, finest->score) - loss(goal, goal->floor)) / slope_near(goal, sides);
  return try_it(snap_down(goal, finest->quality - jump(goal, missing)));
}

static bool is_enough(const QualityGoal *goal, size_t n, const Sides *sides, double slope)
{
  const QualityProbe *holds = sides->holds;
  if (holds->quality >= goal->max - tiny || n >= QUALITY_SEARCH_MOST)
    return true;
  if (sides->fails && sides->fails->quality - holds->quality <= goal->step + tiny)
    return true;
  double above = holds->score - goal->floor, tolerance = quality_metric_row(goal->metric)->tolerance;
  if (above > tolerance)
    return false;
  bool step_would_fail = loss(goal, holds->score) + slope * goal->step > loss(goal, goal->floor);
  return step_would_fail || n >= QUALITY_SEARCH_TYPICAL;
}

/* A line between two points that bend the same way nears the floor from one side only; after some trials the middle is surer. */
static double between(const QualityGoal *goal, const Sides *sides, size_t n)
{
  double low = sides->holds->quality, high = sides->fails->quality;
  double at = loss(goal, sides->holds->score), until = loss(goal, sides->fails->score), wanted = loss(goal, goal->floor);
  double part = until - at > tiny && n <= QUALITY_SEARCH_TYPICAL ? (wanted - at) / (until - at) : 0.5;
  return CLAMP(snap_down(goal, low + part * (high - low)), low + goal->step, high - goal->step);
}

SearchStep quality_search_next(const QualityGoal *goal, const QualityProbe *probes, size_t n)
{
  if (n == 0)
    return try_it(snap_down(goal, goal->start));
  Sides sides = find_sides(goal, probes, n);
  if (!sides.holds)
    return finer(goal, probes, n, &sides);
  double slope = slope_near(goal, &sides);
  if (is_enough(goal, n, &sides, slope))
    return end(SEARCH_FOUND, probes, sides.holds);
  if (sides.fails)
    return try_it(between(goal, &sides, n));
  double room = (loss(goal, goal->floor) - loss(goal, sides.holds->score)) / slope;
  return try_it(snap_down(goal, sides.holds->quality + jump(goal, room)));
}
