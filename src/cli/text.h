/* Text on a terminal: width, what must not reach it raw, colours, numbers for people.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Columns that a text takes, East Asian wide characters two, combining ones none. */
int text_width(const char *text);

/* Valid UTF-8 in which what could start a line, move the cursor or turn the direction of text stands escaped: names of files come
 * from other people. The caller frees it. */
char *text_escape(const char *text);

/* `text`, or what of it fits `columns` with "…" in place of the middle. The caller frees it. */
char *text_shorten(const char *text, int columns);

typedef enum { COLOUR_NONE, COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW } Colour;

/* SGR sequences; "" for COLOUR_NONE. */
const char *colour_start(Colour colour);
const char *colour_end(Colour colour);

/* Whether a stream is a terminal that shows colours (NO_COLOR and TERM=dumb say no). */
bool text_coloured(FILE *stream);

/* Columns of the terminal behind a stream; 80 if it does not say. */
int text_columns(FILE *stream);

/* "2026-11-21 04:10" in local time; "–" for FIELD_NULL_INT. The caller frees it. */
char *text_time(int64_t at_ms);

/* "−48 %": how much smaller b is than a; "+3 %" if it is larger. The caller frees it. */
char *text_change(int64_t before, int64_t after);

/* "" for 1, else "s". */
const char *text_plural(int64_t n);

/* The nearest of `choices` (NULL-terminated) to a word that is none of them; NULL if none is near. Borrowed from choices. */
const char *text_nearest(const char *word, const char *const *choices);
