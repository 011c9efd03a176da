/* The contract: a right output passes, and each kind of damage is named: src/encode/contract.c, contract_stream.c,
 * contract_video.c. */
#include "encode/contract.h"
#include "fixture.h"

#define HDR10                                                                                                                    \
  "video hevc 3840x2160 bit_rate_bps=60000000 bit_depth=10 hdr=hdr10 color_transfer=smpte2084 color_primaries=bt2020 "           \
  "color_space=bt2020nc color_range=tv start_ms=0 frames=86400 "                                                                 \
  "mastering_display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1) content_light=1000,400"
static const char *const film[] = {HDR10,
                                   "audio truehd 8 eng default title=Main start_ms=0",
                                   "audio ac3 6 ger comment title=Regie",
                                   "subtitle subrip eng forced",
                                   "attachment ttf font.ttf font/ttf",
                                   "video mjpeg 600x900 attached_pic @filename=cover.jpg @mimetype=image/jpeg",
                                   NULL};

static void add_chapters(MediaInfo *media)
{
  for (int i = 0; i < 3; i++) {
    Chapter *chapter = record_new(&chapter_table);
    chapter->start_ms = i * 1000000;
    chapter->end_ms = (i + 1) * 1000000;
    g_free(chapter->title);
    chapter->title = g_strdup_printf("Part %d", i + 1);
    g_ptr_array_add(media->chapters, chapter);
  }
}

static void add_tag(GPtrArray *tags, const char *name, const char *value)
{
  Tag *tag = record_new(&tag_table);
  g_free(tag->name);
  g_free(tag->value);
  tag->name = g_strdup(name);
  tag->value = g_strdup(value);
  g_ptr_array_add(tags, tag);
}

static MediaInfo *film_new(void)
{
  MediaInfo *media = fixture_media("mkv", 3600000, 4500000000, film);
  add_chapters(media);
  add_tag(media->tags, "title", "The Film");
  add_tag(media->tags, "encoder", "some muxer");
  return media;
}

/* What the plan makes of it, as a probe would show it: the source's streams with smaller size and another writer. */
static MediaInfo *output_new(const MediaInfo *source)
{
  MediaInfo *output = record_new(&media_info_table);
  record_clear(&media_info_table, output);
  record_copy(&media_info_table, source, output);
  output->size_bytes = 2000000000;
  g_free(((Tag *)g_ptr_array_index(output->tags, 1))->value);
  ((Tag *)g_ptr_array_index(output->tags, 1))->value = g_strdup("another muxer");
  return output;
}

static StreamInfo *stream(MediaInfo *media, guint n)
{
  return g_ptr_array_index(media->streams, n);
}

static void set(MediaInfo *media, guint n, const char *field, const char *value)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(field_set_text(field_find(&stream_info_table, field), stream(media, n), value, &error));
}

static void nothing(MediaInfo *output)
{
}
static void drop_audio(MediaInfo *output)
{
  g_ptr_array_remove_index(output->streams, 2);
  for (guint i = 2; i < output->streams->len; i++)
    stream(output, i)->index = i;
}
static void drop_cover(MediaInfo *output)
{
  g_ptr_array_remove_index(output->streams, 5);
}
static void extra_stream(MediaInfo *output)
{
  fixture_stream(output, "audio aac 2");
}
static void swap_audio(MediaInfo *output)
{
  StreamInfo *a = stream(output, 1), *b = stream(output, 2);
  output->streams->pdata[1] = b;
  output->streams->pdata[2] = a;
  b->index = 1;
  a->index = 2;
}
static void wrong_language(MediaInfo *output)
{
  set(output, 1, "language", "jpn");
}
static void same_language(MediaInfo *output)
{
  set(output, 2, "language", "deu");
}
static void lost_default(MediaInfo *output)
{
  set(output, 1, "dispositions", "");
}
static void added_default(MediaInfo *output)
{
  set(output, 2, "dispositions", "comment,default");
}
static void lost_forced(MediaInfo *output)
{
  set(output, 3, "dispositions", "");
}
static void lost_title(MediaInfo *output)
{
  g_clear_pointer(&stream(output, 2)->title, g_free);
}
static void stereo(MediaInfo *output)
{
  stream(output, 2)->channels = 2;
}
static void other_codec(MediaInfo *output)
{
  set(output, 1, "codec", "ac3");
}
static void cut_short(MediaInfo *output)
{
  output->duration_ms -= 10000;
}
static void rounded(MediaInfo *output)
{
  output->duration_ms += 700;
}
static void frames_lost(MediaInfo *output)
{
  stream(output, 0)->frames -= 1000;
}
static void audio_cut(MediaInfo *output)
{
  stream(output, 1)->duration_ms = 3000000;
}
static void chapter_lost(MediaInfo *output)
{
  g_ptr_array_remove_index(output->chapters, 1);
}
static void chapter_renamed(MediaInfo *output)
{
  Chapter *chapter = g_ptr_array_index(output->chapters, 1);
  g_free(chapter->title);
  chapter->title = g_strdup("Part 9");
}
static void chapter_moved(MediaInfo *output)
{
  ((Chapter *)g_ptr_array_index(output->chapters, 1))->start_ms += 5000;
}
static void font_renamed(MediaInfo *output)
{
  set(output, 4, "file_name", "other.ttf");
}
static void cover_as_track(MediaInfo *output)
{
  set(output, 5, "dispositions", "");
}
static void tag_lost(MediaInfo *output)
{
  g_ptr_array_remove_index(output->tags, 0);
}
static void eight_bits(MediaInfo *output)
{
  stream(output, 0)->bit_depth = 8;
}
static void sdr(MediaInfo *output)
{
  set(output, 0, "hdr", "sdr");
}
static void mastering_lost(MediaInfo *output)
{
  g_clear_pointer(&stream(output, 0)->mastering_display, g_free);
}
static void mastering_rounded(MediaInfo *output)
{
  set(output, 0, "mastering_display", "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)");
  g_free(stream(output, 0)->mastering_display);
  stream(output, 0)->mastering_display = g_strdup("G(13250,34501)B(7499,3000)R(34000,16000)WP(15635,16450)L(10000000,2)");
}
static void mastering_wrong(MediaInfo *output)
{
  g_free(stream(output, 0)->mastering_display);
  stream(output, 0)->mastering_display = g_strdup("G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(40000000,1)");
}
static void light_lost(MediaInfo *output)
{
  g_clear_pointer(&stream(output, 0)->content_light, g_free);
}
static void primaries_lost(MediaInfo *output)
{
  set(output, 0, "color_primaries", "bt709");
}
static void full_range(MediaInfo *output)
{
  set(output, 0, "color_range", "pc");
}
static void smaller_picture(MediaInfo *output)
{
  stream(output, 0)->width = 1920;
}
static void turned_picture(MediaInfo *output)
{
  stream(output, 0)->width = 2160;
  stream(output, 0)->height = 3840;
}
static void wrong_shape(MediaInfo *output)
{
  set(output, 0, "sample_aspect", "4:3");
}
static void late_audio(MediaInfo *output)
{
  stream(output, 1)->start_ms = 500;
}
static void grown(MediaInfo *output)
{
  output->size_bytes = 4600000000;
}
static void hardly_smaller(MediaInfo *output)
{
  output->size_bytes = 4400000000;
}
static void other_container(MediaInfo *output)
{
  g_free(output->container);
  output->container = g_strdup("mp4");
}
static void empty(MediaInfo *output)
{
  g_ptr_array_set_size(output->streams, 0);
}

static const struct {
  const char *name;
  void (*damage)(MediaInfo *output);
  const char *rule; /* NULL: passes */
} rows[] = {
    {"right", nothing, NULL},
    {"dropped audio", drop_audio, "streams"},
    {"dropped cover", drop_cover, "streams"},
    {"extra stream", extra_stream, "streams"},
    {"swapped audio", swap_audio, "streams"},
    {"no streams", empty, "streams"},
    {"wrong language", wrong_language, "language"},
    {"same language, other code", same_language, NULL},
    {"lost default", lost_default, "disposition"},
    {"added default", added_default, "disposition"},
    {"lost forced", lost_forced, "disposition"},
    {"lost title", lost_title, "title"},
    {"fewer channels", stereo, "channels"},
    {"other codec", other_codec, "streams"},
    {"cut short", cut_short, "duration"},
    {"rounded", rounded, NULL},
    {"frames lost", frames_lost, "frames"},
    {"chapter lost", chapter_lost, "chapters"},
    {"chapter renamed", chapter_renamed, "chapters"},
    {"chapter moved", chapter_moved, "chapters"},
    {"font renamed", font_renamed, "attachments"},
    {"cover as a track", cover_as_track, "disposition"},
    {"tag lost", tag_lost, "tags"},
    {"8 bits", eight_bits, "bit-depth"},
    {"sdr", sdr, "hdr"},
    {"mastering lost", mastering_lost, "hdr"},
    {"mastering rounded", mastering_rounded, NULL},
    {"mastering wrong", mastering_wrong, "hdr"},
    {"light level lost", light_lost, "hdr"},
    {"primaries", primaries_lost, "color"},
    {"full range", full_range, "color"},
    {"smaller picture", smaller_picture, "resolution"},
    {"turned picture", turned_picture, NULL},
    {"wrong shape", wrong_shape, "aspect"},
    {"late audio", late_audio, "sync"},
    {"grown", grown, "size"},
    {"hardly smaller", hardly_smaller, "size"},
    {"other container", other_container, "container"},
};

static void test_damage(void)
{
  g_autoptr(MediaInfo) source = film_new();
  g_autoptr(EncodePlan) plan = fixture_plan(source, "eligible_codecs=hevc", NULL);
  g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(MediaInfo) output = output_new(source);
    rows[i].damage(output);
    g_autoptr(GPtrArray) breaches =
        contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = 5});
    if ((breaches->len == 0) != !rows[i].rule)
      g_error("%s: %u breaches, first: %s", rows[i].name, breaches->len,
              breaches->len ? ((ContractBreach *)g_ptr_array_index(breaches, 0))->message : "none");
    bool found = !rows[i].rule;
    for (guint k = 0; k < breaches->len; k++) {
      const ContractBreach *breach = g_ptr_array_index(breaches, k);
      found |= g_strcmp0(breach->rule, rows[i].rule) == 0;
      g_assert_true(g_str_has_suffix(breach->message, "."));
    }
    if (!found)
      g_error("%s: not named %s but %s", rows[i].name, rows[i].rule, ((ContractBreach *)g_ptr_array_index(breaches, 0))->rule);
  }
}

static void test_stream_durations(void)
{
  g_autoptr(MediaInfo) source = film_new();
  stream(source, 1)->duration_ms = 3600000;
  g_autoptr(EncodePlan) plan = fixture_plan(source, "eligible_codecs=hevc", NULL);
  g_autoptr(MediaInfo) output = output_new(source);
  audio_cut(output);
  g_autoptr(GPtrArray) breaches =
      contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = -1});
  g_assert_cmpuint(breaches->len, ==, 1);
}

/* Frames that an MP4's edit list hides are stated all the same. */
static void test_hidden_frames(void)
{
  static const struct {
    int64_t hidden_ms, missing;
    bool passes;
  } cuts[] = {{10000, 240, true},           {10000, 0, true},  {10000, 1000, false},     {10000, -1000, false},
              {FIELD_NULL_INT, 240, false}, {300, 240, false}, {FIELD_NULL_INT, 0, true}};
  for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
    g_autoptr(MediaInfo) source = film_new();
    StreamInfo *video = stream(source, 0);
    video->hidden_ms = cuts[i].hidden_ms;
    g_free(video->frame_rate);
    video->frame_rate = g_strdup("24/1");
    g_autoptr(EncodePlan) plan = fixture_plan(source, "eligible_codecs=hevc", NULL);
    g_autoptr(MediaInfo) output = output_new(source);
    stream(output, 0)->frames -= cuts[i].missing;
    g_autoptr(GPtrArray) breaches =
        contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = -1});
    if ((breaches->len == 0) != cuts[i].passes)
      g_error("%" G_GINT64_FORMAT " ms hidden, %" G_GINT64_FORMAT " frames missing: %u breaches", cuts[i].hidden_ms,
              cuts[i].missing, breaches->len);
  }
}

/* A Matroska file that begins at 5 s states its end (ffmpeg) or its length (mkvmerge) as the duration; the output begins at 0. */
static void test_late_start(void)
{
  static const struct {
    const char *container;
    int64_t source_ms, output_ms;
    bool passes;
  } starts[] = {{"mkv", 3605000, 3600000, true},
                {"mkv", 3600000, 3600000, true},
                {"mkv", 3605000, 3590000, false},
                {"webm", 3605000, 3600000, true},
                {"mp4", 3605000, 3600000, false}};
  for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
    g_autoptr(MediaInfo) source = film_new();
    g_free(source->container);
    source->container = g_strdup(starts[i].container);
    source->start_ms = 5000;
    source->duration_ms = starts[i].source_ms;
    g_autoptr(EncodePlan) plan = fixture_plan(source, "eligible_codecs=hevc;container=mkv", NULL);
    g_autoptr(MediaInfo) output = output_new(source);
    g_free(output->container);
    output->container = g_strdup("mkv");
    output->start_ms = 0;
    output->duration_ms = starts[i].output_ms;
    g_autoptr(GPtrArray) breaches =
        contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = -1});
    if ((breaches->len == 0) != starts[i].passes)
      g_error("row %zu: %s", i, breaches->len ? ((ContractBreach *)g_ptr_array_index(breaches, 0))->message : "passes");
  }
}

static void test_captions(void)
{
  static const struct {
    const char *settings;
    bool found, passes;
  } captions[] = {{"codec=h264", true, true}, {"codec=h264", false, false}, {"drop_unsupported=true", false, true}};
  for (size_t i = 0; i < G_N_ELEMENTS(captions); i++) {
    g_autoptr(MediaInfo) source = FIXTURE_MKV("video mpeg2video 1920x1080 closed_captions=true");
    g_autoptr(EncodePlan) plan = fixture_plan(source, captions[i].settings, NULL);
    g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
    g_autoptr(MediaInfo) output = FIXTURE_MKV("video h264 1920x1080");
    set(output, 0, "codec", fixture_action(plan, 0)->to_codec);
    stream(output, 0)->closed_captions = captions[i].found;
    g_autoptr(GPtrArray) breaches =
        contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = -1});
    g_assert_cmpuint(breaches->len, ==, captions[i].passes ? 0 : 1);
  }
}

static void test_size_is_optional(void)
{
  g_autoptr(MediaInfo) source = film_new();
  g_autoptr(EncodePlan) plan = fixture_plan(source, "eligible_codecs=hevc", NULL);
  g_autoptr(MediaInfo) output = output_new(source);
  grown(output);
  g_autoptr(GPtrArray) breaches =
      contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = -1});
  g_assert_cmpuint(breaches->len, ==, 0);
}

/* What MP4 changes by itself is explained, what it loses is not. */
static void test_mp4(void)
{
  const char *lines[] = {"video h264 1920x1080 bit_rate_bps=8000000", "audio aac 2 eng title=Main",
                         "subtitle subrip eng hearing_impaired", NULL};
  g_autoptr(MediaInfo) source = fixture_media("mkv", 3600000, 4500000000, lines);
  add_chapters(source);
  add_tag(source->tags, "MY_TAG", "lost, with a warning");
  g_autoptr(EncodePlan) plan = fixture_plan(source, "container=mp4", NULL);
  const char *made[] = {"video hevc 1920x1080 default codec_tag=hvc1 @handler_name=VideoHandler",
                        "audio aac 2 eng default @handler_name=Main", "subtitle mov_text eng default hearing_impaired captions",
                        "data bin_data text", NULL};
  g_autoptr(MediaInfo) output = fixture_media("mp4", 3600020, 2000000000, made);
  add_chapters(output);
  g_autoptr(GPtrArray) good = contract_check(&(ContractInput){.plan = plan, .source = source, .output = output});
  if (good->len)
    g_error("%s", ((ContractBreach *)g_ptr_array_index(good, 0))->message);
  Tag *handler = g_ptr_array_index(stream(output, 1)->tags, 0);
  g_free(handler->value);
  handler->value = g_strdup("SoundHandler");
  g_autoptr(GPtrArray) bad = contract_check(&(ContractInput){.plan = plan, .source = source, .output = output});
  g_assert_cmpuint(bad->len, ==, 1);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/contract/late-start", test_late_start);
  g_test_add_func("/encode/contract/hidden-frames", test_hidden_frames);
  g_test_add_func("/encode/contract/captions", test_captions);
  g_test_add_func("/encode/contract/damage", test_damage);
  g_test_add_func("/encode/contract/stream-durations", test_stream_durations);
  g_test_add_func("/encode/contract/size-optional", test_size_is_optional);
  g_test_add_func("/encode/contract/mp4", test_mp4);
  return g_test_run();
}
