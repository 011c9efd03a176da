/* What must hold for any list of tracks. The seed is GLib's: --seed repeats a failure. */
#include "audio_fixture.h"

enum { ROUNDS = 3000 };

#define PICK(list) ((list)[g_test_rand_int_range(0, G_N_ELEMENTS(list))])

static const char *const languages[] = {"eng", "en",  "ger",   "deu", "de-DE", "fra",  "jpn",   NULL,
                                        "und", "xqz", "qaa",   "zxx", "mul",   "nob",  "nno",   "nor",
                                        "chi", "yue", "pt-BR", "por", "",      "\xff", "pt-PT", "cmn"};
static const char *const titles[] = {NULL, NULL, NULL, "Commentary", "AD", "Isolated Score", "Stereo", "SDH", "Forced", "\xff x"};
static const char *const codecs[] = {"aac", "ac3", "truehd", "flac", NULL, "dts", "A_EAC3"};
static const char *const settings[] = {"languages=de,en",
                                       "languages=no,zh,pt-BR;commentary=last",
                                       "",
                                       "languages=und,ja;prefer_original=false;subtitles=forced-only",
                                       "languages=fr;subtitles=by-language;subtitle_languages=en,de",
                                       "languages=en;override /a=de,ignored"};
static const char *const originals[] = {NULL, "ja", "de", "cn", "no", "xyzzy", "xx", "pt", "German"};

static AudioTrack random_track(int64_t index)
{
  return (AudioTrack){.index = index,
                      .type = g_test_rand_int_range(0, 3) ? STREAM_AUDIO : STREAM_SUBTITLE,
                      .flags = g_test_rand_int_range(0, 2) ? g_test_rand_int_range(0, 64) : g_test_rand_int_range(0, 2),
                      .language = PICK(languages),
                      .title = PICK(titles),
                      .codec = PICK(codecs),
                      .channels = g_test_rand_int_range(0, 4) ? g_test_rand_int_range(1, 9) : FIELD_NULL_INT,
                      .bit_rate_bps = g_test_rand_int_range(0, 2) ? g_test_rand_int_range(1, 4) * 64000 : FIELD_NULL_INT};
}

static FixtureFile *random_file(void)
{
  FixtureFile *file = fixture_file_new();
  file->n_tracks = (size_t)g_test_rand_int_range(0, 12);
  for (size_t i = 0; i < file->n_tracks; i++)
    file->tracks[i] = random_track(100 + (int64_t)i);
  return file;
}

static guint defaults_after(const AudioChoice *choice, StreamType type)
{
  guint n = 0;
  for (guint i = 0; i < choice->tracks->len; i++)
    n += fixture_flags(choice, i)->type == (int)type && fixture_flags(choice, i)->is_default;
  return n;
}

static void apply(FixtureFile *file, const AudioChoice *choice)
{
  for (size_t i = 0; i < file->n_tracks; i++) {
    const TrackFlags *flags = fixture_flags(choice, i);
    file->tracks[i].flags &= ~(unsigned)(AUDIO_TRACK_DEFAULT | AUDIO_TRACK_FORCED);
    file->tracks[i].flags |= (flags->is_default ? AUDIO_TRACK_DEFAULT : 0) | (flags->is_forced ? AUDIO_TRACK_FORCED : 0);
  }
}

static void check_choice(const FixtureFile *file, const AudioChoice *choice, const AudioPolicy *policy)
{
  bool changes = false;
  g_assert_cmpuint(choice->tracks->len, ==, file->n_tracks);
  g_assert_true(g_utf8_validate(choice->reason, -1, NULL));
  for (size_t i = 0; i < file->n_tracks; i++) {
    const TrackFlags *flags = fixture_flags(choice, i);
    bool changed = flags->is_default != flags->was_default || flags->is_forced != flags->was_forced;
    changes |= changed;
    if (choice->decision == AUDIO_LEAVE_ALONE || (flags->type == STREAM_SUBTITLE && policy->subtitles == SUBTITLE_FLAGS_OFF))
      g_assert_false(changed);
    if (flags->type == STREAM_AUDIO) {
      g_assert_cmpint(flags->is_forced, ==, flags->was_forced);
      if (choice->decision == AUDIO_SELECT)
        g_assert_cmpint(flags->is_default, ==, flags->index == choice->track);
    }
  }
  g_assert_cmpint(choice->changes, ==, changes);
  if (choice->decision == AUDIO_SELECT)
    g_assert_cmpuint(defaults_after(choice, STREAM_AUDIO), ==, 1);
  if (choice->decision == AUDIO_SELECT && policy->subtitles != SUBTITLE_FLAGS_OFF)
    g_assert_cmpuint(defaults_after(choice, STREAM_SUBTITLE), <=, 1);
}

/* One default afterwards; and once carried out, the same choice again, which changes nothing. */
static void test_once_is_enough(void)
{
  guint selected = 0;
  for (int round = 0; round < ROUNDS; round++) {
    g_autoptr(FixtureFile) file = random_file();
    g_autoptr(AudioPolicy) policy = fixture_policy(PICK(settings));
    const char *original = PICK(originals), *path = g_test_rand_int_range(0, 2) ? "/a/b.mkv" : NULL;
    g_autoptr(AudioChoice) choice = fixture_choose(file, original, policy, path);
    check_choice(file, choice, policy);
    selected += choice->decision == AUDIO_SELECT;
    apply(file, choice);
    g_autoptr(AudioChoice) again = fixture_choose(file, original, policy, path);
    g_assert_false(again->changes);
    g_assert_cmpint(again->decision, ==, choice->decision);
    g_assert_cmpint(again->track, ==, choice->track);
  }
  g_assert_cmpuint(selected, >, ROUNDS / 4); /* the lists are such that there is something to check */
}

/* What a track is like, for comparing without its place and flags of the moment. */
static bool alike(const AudioTrack *a, const AudioTrack *b)
{
  return g_strcmp0(a->language, b->language) == 0 && g_strcmp0(a->title, b->title) == 0 && g_strcmp0(a->codec, b->codec) == 0 &&
         a->channels == b->channels && a->bit_rate_bps == b->bit_rate_bps &&
         (a->flags & ~(unsigned)AUDIO_TRACK_DEFAULT) == (b->flags & ~(unsigned)AUDIO_TRACK_DEFAULT);
}

/* In another order the same kind of track is chosen, and of those alike the first. Titles, tags and formats that rank alike
 * though they differ in text are kept out: between those the place decides. */
static void test_order_of_tracks(void)
{
  static const char *const plain_languages[] = {"eng", "ger", "jpn", "fra", NULL};
  static const char *const plain_codecs[] = {"aac", "ac3", "flac"};
  guint selected = 0;
  for (int round = 0; round < ROUNDS; round++) {
    g_autoptr(FixtureFile) file = fixture_file_new(), shuffled = fixture_file_new();
    g_autoptr(AudioPolicy) policy = fixture_policy(PICK(settings));
    const char *original = PICK(originals);
    file->n_tracks = shuffled->n_tracks = (size_t)g_test_rand_int_range(1, 10);
    for (size_t i = 0; i < file->n_tracks; i++) {
      file->tracks[i] = random_track((int64_t)i);
      file->tracks[i].type = STREAM_AUDIO;
      file->tracks[i].language = PICK(plain_languages);
      file->tracks[i].codec = PICK(plain_codecs);
      file->tracks[i].title = NULL;
      file->tracks[i].channels = g_test_rand_int_range(1, 3) * 2;
      file->tracks[i].bit_rate_bps = g_test_rand_int_range(1, 3) * 64000;
      file->tracks[i].flags &= AUDIO_TRACK_DEFAULT | AUDIO_TRACK_COMMENTARY;
    }
    memcpy(shuffled->tracks, file->tracks, sizeof file->tracks);
    for (size_t i = shuffled->n_tracks; i > 1; i--) {
      size_t k = (size_t)g_test_rand_int_range(0, (gint32)i);
      AudioTrack kept = shuffled->tracks[i - 1];
      shuffled->tracks[i - 1] = shuffled->tracks[k];
      shuffled->tracks[k] = kept;
    }
    g_autoptr(AudioChoice) a = fixture_choose(file, original, policy, NULL), b = fixture_choose(shuffled, original, policy, NULL);
    g_assert_cmpint(a->decision, ==, b->decision);
    if (a->decision == AUDIO_LEAVE_ALONE)
      continue;
    selected++;
    g_assert_true(alike(&file->tracks[a->track], &file->tracks[b->track]));
    for (size_t i = 0; shuffled->tracks[i].index != b->track; i++)
      g_assert_false(alike(&shuffled->tracks[i], &file->tracks[b->track]));
  }
  g_assert_cmpuint(selected, >, ROUNDS / 4);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/choice-property/once", test_once_is_enough);
  g_test_add_func("/audio/choice-property/order", test_order_of_tracks);
  return g_test_run();
}
