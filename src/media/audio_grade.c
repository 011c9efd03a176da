/* Decides which of two audio formats is the better one. Test: tests/unit/media/test_audio_grade.c */
#include "media/audio_grade.h"

#include "base/fold.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* What else must be looked at before the grade is known. */
typedef enum { FAMILY_PLAIN, FAMILY_TRUEHD, FAMILY_EAC3, FAMILY_DTS } CodecFamily;

typedef struct {
  const char *name; /* a star at its end stands for anything */
  AudioGrade grade;
  CodecFamily family;
} CodecRow;

/* FFmpeg's names (libavcodec's codec descriptors), Matroska's (the codec registry of RFC 9559) and the sample entries of MP4
 * (mp4ra.org), without case. */
static const CodecRow codec_rows[] = {
    {"truehd", AUDIO_GRADE_LOSSLESS, FAMILY_TRUEHD},
    {"a_truehd", AUDIO_GRADE_LOSSLESS, FAMILY_TRUEHD},
    {"mlpa", AUDIO_GRADE_LOSSLESS, FAMILY_TRUEHD},
    {"eac3", AUDIO_GRADE_CINEMA, FAMILY_EAC3},
    {"a_eac3", AUDIO_GRADE_CINEMA, FAMILY_EAC3},
    {"ec-3", AUDIO_GRADE_CINEMA, FAMILY_EAC3},
    {"dts", AUDIO_GRADE_CINEMA, FAMILY_DTS},
    {"a_dts", AUDIO_GRADE_CINEMA, FAMILY_DTS},
    {"dtsc", AUDIO_GRADE_CINEMA, FAMILY_DTS},
    {"dtsh", AUDIO_GRADE_HIGH, FAMILY_DTS},
    {"dtsl", AUDIO_GRADE_LOSSLESS, FAMILY_DTS},
    {"a_dts/lossless", AUDIO_GRADE_LOSSLESS, FAMILY_DTS},
    {"dtsx", AUDIO_GRADE_OBJECT, FAMILY_PLAIN},
    {"dtse", AUDIO_GRADE_BASIC, FAMILY_PLAIN},
    {"a_dts/express", AUDIO_GRADE_BASIC, FAMILY_PLAIN},
    {"pcm_*", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"a_pcm*", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"lpcm", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"ipcm", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"fpcm", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"sowt", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"twos", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"in24", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"in32", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"fl32", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"fl64", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"flac", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"a_flac", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"alac", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"a_alac", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"mlp", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"a_mlp", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"tta", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"a_tta1", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"wavpack", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"a_wavpack4", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"ape", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"wmalossless", AUDIO_GRADE_LOSSLESS, FAMILY_PLAIN},
    {"ac4", AUDIO_GRADE_LOSSY_OBJECT, FAMILY_PLAIN},
    {"ac-4", AUDIO_GRADE_LOSSY_OBJECT, FAMILY_PLAIN},
    {"mpegh_3d_audio", AUDIO_GRADE_LOSSY_OBJECT, FAMILY_PLAIN},
    {"mhm1", AUDIO_GRADE_LOSSY_OBJECT, FAMILY_PLAIN},
    {"mha1", AUDIO_GRADE_LOSSY_OBJECT, FAMILY_PLAIN},
    {"aac*", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"a_aac*", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"mp4a", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"opus", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"a_opus", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"vorbis", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"a_vorbis", AUDIO_GRADE_MODERN, FAMILY_PLAIN},
    {"ac3", AUDIO_GRADE_BASIC, FAMILY_PLAIN},
    {"a_ac3*", AUDIO_GRADE_BASIC, FAMILY_PLAIN},
    {"ac-3", AUDIO_GRADE_BASIC, FAMILY_PLAIN},
    {"mp1", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"mp2", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"mp3", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {".mp3", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"a_mpeg/*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"a_ms/acm", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"wma*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"amr_*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"samr", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"sawb", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"adpcm_*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"ra_*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"cook", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"sipr", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"a_real/*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"qdm2", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"speex", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"gsm*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
    {"g72*", AUDIO_GRADE_OLD, FAMILY_PLAIN},
};

static const CodecRow *find_codec(const char *codec)
{
  for (size_t i = 0; i < G_N_ELEMENTS(codec_rows); i++) {
    const char *name = codec_rows[i].name;
    size_t length = strcspn(name, "*");
    /* Where there is no star, the NUL is compared too. */
    if (g_ascii_strncasecmp(codec, name, name[length] ? length : length + 1) == 0)
      return &codec_rows[i];
  }
  return NULL;
}

/* Whether profile or title says so, in whole words. */
static bool says(const char *profile, const char *title, const char *words)
{
  const char *texts[] = {profile, title};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    char folded[256], padded[sizeof folded + 2], wanted[32];
    if (!texts[i])
      continue;
    fold_words(texts[i], strlen(texts[i]), folded, sizeof folded);
    g_snprintf(padded, sizeof padded, " %s ", folded);
    g_snprintf(wanted, sizeof wanted, " %s ", words);
    if (strstr(padded, wanted))
      return true;
  }
  return false;
}

static AudioGrade dts_grade(const char *profile, const char *title, AudioGrade otherwise)
{
  if (says(profile, title, "dts x"))
    return AUDIO_GRADE_OBJECT;
  if (says(profile, title, "dts hd ma") || says(profile, title, "dts hd master audio"))
    return AUDIO_GRADE_LOSSLESS;
  if (says(profile, title, "dts hd hra"))
    return AUDIO_GRADE_HIGH;
  return says(profile, NULL, "dts express") ? AUDIO_GRADE_BASIC : otherwise;
}

AudioGrade audio_grade(const char *codec, const char *profile, const char *title)
{
  const CodecRow *row = codec ? find_codec(codec) : NULL;
  if (!row)
    return AUDIO_GRADE_UNKNOWN;
  switch (row->family) {
  case FAMILY_DTS:
    return dts_grade(profile, title, row->grade);
  case FAMILY_TRUEHD:
    return says(profile, title, "atmos") ? AUDIO_GRADE_OBJECT : row->grade;
  case FAMILY_EAC3:
    return says(profile, title, "atmos") ? AUDIO_GRADE_LOSSY_OBJECT : row->grade;
  case FAMILY_PLAIN:
    break;
  }
  return row->grade;
}
