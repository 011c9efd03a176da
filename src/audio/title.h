/* What the title of a track says about it, in the languages that titles are commonly written in.
 *
 * Thread-safety: constant data. Never allocates. */
#pragma once

typedef enum {
  TITLE_PLAIN = 0,
  TITLE_COMMENTARY = 1 << 0,       /* someone talks about the film */
  TITLE_DESCRIPTIVE = 1 << 1,      /* the film, with what is to be seen told */
  TITLE_HEARING_IMPAIRED = 1 << 2, /* the film, made clearer for those who hear badly; of subtitles: with sounds written out */
  TITLE_NO_SPEECH = 1 << 3,        /* music or effects alone, karaoke */
  TITLE_FORCED = 1 << 4,           /* of subtitles: only what is not understood anyway */
  TITLE_CAPTIONS = 1 << 5,         /* of subtitles: "CC", which in an audio title may be anything */
} TitleMeaning;

/* TitleMeaning bits. `title` may be NULL and need not be UTF-8; what is beyond its first few hundred characters does not count.
 */
unsigned title_meaning(const char *title);
