/* Decides where a film is sampled and puts the places into commands. Test: tests/unit/encode/test_sample.c */
#include "encode/sample.h"

#include "encode/plan_internal.h"

#include <string.h>

/* One more place for so much of a film: two hours have as many as there are at most. */
static const int64_t ms_per_place = 10 * 60 * 1000;

GArray *sample_places(int64_t duration_ms)
{
  GArray *places = g_array_new(FALSE, FALSE, sizeof(SamplePlace));
  SamplePlace place = {0};
  if (duration_ms <= SAMPLE_WHOLE_MS) {
    g_array_append_val(places, place);
    return places;
  }
  int64_t n = CLAMP(duration_ms / ms_per_place, SAMPLE_PLACES_MIN, SAMPLE_PLACES_MAX);
  int64_t first = duration_ms / 20, room = duration_ms - 2 * first;
  for (int64_t i = 0; i < n; i++) {
    int64_t middle = first + room * (2 * i + 1) / (2 * n);
    place = (SamplePlace){.from_ms = middle - SAMPLE_LENGTH_MS / 2, .length_ms = SAMPLE_LENGTH_MS};
    g_array_append_val(places, place);
  }
  return places;
}

bool sample_is_whole(const GArray *places)
{
  return g_array_index(places, SamplePlace, 0).length_ms == 0;
}

static void add(GPtrArray *argv, const char *text)
{
  g_ptr_array_add(argv, g_strdup(text));
}

static void add_seconds(GPtrArray *argv, const char *option, int64_t ms)
{
  add(argv, option);
  g_ptr_array_add(argv, g_strdup_printf("%" G_GINT64_FORMAT ".%03d", ms / 1000, (int)(ms % 1000)));
}

static void add_places(const SampleInput *input, GPtrArray *argv)
{
  for (guint i = 0; i < input->places->len; i++) {
    const SamplePlace *place = &g_array_index(input->places, SamplePlace, i);
    if (place->length_ms > 0) {
      add_seconds(argv, "-ss", place->from_ms);
      add_seconds(argv, "-t", place->length_ms);
    }
    if (plan_lacks_timestamps(input->media)) {
      add(argv, "-fflags");
      add(argv, "+genpts");
    }
    add(argv, "-i");
    g_ptr_array_add(argv, g_strconcat("file:", input->source, NULL));
  }
}

/* The pictures of all places one after the other, then the plan's filters; `first` is the number of the first place's input. */
static void append_source(const SampleInput *input, guint first, GString *graph)
{
  const StreamInfo *video = media_info_video(input->media);
  for (guint i = 0; i < input->places->len; i++)
    g_string_append_printf(graph, "[%u:%" G_GINT64_FORMAT "]", first + i, video->index);
  if (input->places->len > 1)
    g_string_append_printf(graph, "concat=n=%u,", input->places->len);
  g_string_append(graph, input->plan->filters ? input->plan->filters : "null");
}

char **sample_encode(const SampleInput *input, const char *program)
{
  GPtrArray *argv = g_ptr_array_new();
  add(argv, program);
  for (char **argument = input->plan->sample; *argument; argument++) {
    if (strcmp(*argument, PLAN_SAMPLE_INPUTS) == 0) {
      add_places(input, argv);
    } else if (g_str_has_prefix(*argument, PLAN_SAMPLE_GRAPH)) {
      g_autoptr(GString) graph = g_string_new(NULL);
      append_source(input, 0, graph);
      g_string_append(graph, *argument + strlen(PLAN_SAMPLE_GRAPH));
      add(argv, graph->str);
    } else if (strcmp(*argument, PLAN_OUTPUT) == 0) {
      g_ptr_array_add(argv, g_strconcat("file:", input->output, NULL));
    } else
      add(argv, *argument);
  }
  g_ptr_array_add(argv, NULL);
  return (char **)g_ptr_array_free(argv, FALSE);
}

char *sample_comparison(const SampleInput *input, QualityMetric metric, GPtrArray *argv)
{
  const char *format = input->plan->bit_depth > 8 ? "yuv420p10le" : "yuv420p";
  add(argv, "-i");
  g_ptr_array_add(argv, g_strconcat("file:", input->output, NULL));
  add_places(input, argv);
  g_autofree char *comparison = quality_comparison(metric);
  g_autoptr(GString) graph = g_string_new(NULL);
  append_source(input, 1, graph);
  g_string_append_printf(graph, ",format=%s[reference];[0:V:0]format=%s[result];%s", format, format, comparison);
  return g_string_free(g_steal_pointer(&graph), FALSE);
}

char **sample_compare(const SampleInput *input, QualityMetric metric, const char *program)
{
  static const char *const globals[] = {"-nostdin", "-hide_banner", "-nostats", "-v", "info"};
  GPtrArray *argv = g_ptr_array_new();
  add(argv, program);
  for (size_t i = 0; i < G_N_ELEMENTS(globals); i++)
    add(argv, globals[i]);
  char *graph = sample_comparison(input, metric, argv);
  add(argv, "-filter_complex");
  g_ptr_array_add(argv, graph);
  static const char *const rest[] = {"-map", "[compared]", "-f", "null", "-", NULL};
  for (size_t i = 0; i < G_N_ELEMENTS(rest); i++)
    add(argv, rest[i]);
  return (char **)g_ptr_array_free(argv, FALSE);
}
