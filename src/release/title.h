/* Where a name's title and year are: the third step of reading it. Within the module only.
 *
 * Thread-safety: a Scan belongs to its caller. */
#pragma once

#include "release/tag.h"

typedef struct {
  int first, end;     /* the title's words: from first to before end; equal if there is none */
  size_t start, stop; /* its bytes in the name */
  int year_word;      /* -1: none */
  int year;           /* 0: none */
  bool year_leads;    /* the year stands before the title: "2008 The Incredible Hulk", "(1995) Movie Name" */
  int other_title;    /* bracket behind the title that holds another one: "Battle Royale (Batoru Rowaiaru)"; 0: none */
  int lead_bracket;   /* "[Group]" before the title; 0: none */
} TitlePlace;

/* Finds them. The scan's words must have been tagged and not settled. */
void title_find(const Scan *scan, TitlePlace *ret_place);

/* The words of an edition that start at word i, such as "Extended", "15th Anniversary Edition" or "Ultimate Rekall Edition": the
 * word behind them; i if none does. */
int edition_end(const Scan *scan, int i, int end);

/* The bytes [start, stop) of a name as a person would write them: dots and underscores become spaces, save in acronyms
 * ("U.N.C.L.E.") and, in names that are written with spaces, behind "Dr." and the like. The caller frees it. */
char *title_text(const char *name, size_t start, size_t stop);

/* All titles in a text that title_text made: itself, and where it is "A AKA B" or "A / B" or "A (aka B)" its parts. Writes the
 * first with "AKA" spelled so. NULL-terminated; the caller frees it. */
char **title_split(const char *text);
