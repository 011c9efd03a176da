/* How good an audio format is, for choosing among tracks of one language and for knowing what is lossless.
 *
 * Thread-safety: constant data. */
#pragma once

/* The order, worst first. Within lossy formats it follows what the formats are used for on discs and in streaming, not listening
 * tests at one bit rate: the bit rate is compared after the grade. */
typedef enum {
  AUDIO_GRADE_UNKNOWN,      /* a codec that the table does not have */
  AUDIO_GRADE_OLD,          /* MPEG-1 layers, WMA, AMR, RealAudio, G.7xx, ADPCM */
  AUDIO_GRADE_BASIC,        /* AC-3 */
  AUDIO_GRADE_MODERN,       /* AAC, Opus, Vorbis */
  AUDIO_GRADE_CINEMA,       /* E-AC-3, DTS */
  AUDIO_GRADE_HIGH,         /* DTS-HD High Resolution */
  AUDIO_GRADE_LOSSY_OBJECT, /* E-AC-3 with Atmos, AC-4, MPEG-H */
  AUDIO_GRADE_LOSSLESS,     /* PCM, FLAC, ALAC, TrueHD, DTS-HD Master Audio, … */
  AUDIO_GRADE_OBJECT,       /* TrueHD with Atmos, DTS:X */
} AudioGrade;

/* The grade of a codec, named as FFmpeg ("truehd"), Matroska ("A_TRUEHD") or MP4 ("ec-3") names it, with FFmpeg's profile
 * ("DTS-HD MA + DTS:X"). Where the profile does not say that there are objects (FFmpeg 5.1 knows no Atmos), the word in the title
 * does, for codecs that can have them. Each may be NULL. */
AudioGrade audio_grade(const char *codec, const char *profile, const char *title);
