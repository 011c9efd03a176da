/* Text as people compare it, for tables of words and names: "Hörfilm – Director’s Cut" is "horfilm directors cut".
 *
 * Thread-safety: no shared state. */
#pragma once

#include <stddef.h>

/* Writes the words of `text` (UTF-8; `length` bytes) to `buffer`, NUL-terminated, and returns the bytes before the NUL. Lower
 * case; compatibility forms and accents taken apart (Unicode's NFKD, character by character) and the accents U+0300 to U+036F
 * left out; Latin letters that have no decomposition become their plain neighbours (ß ss, ø o, ł l, ı i, …); apostrophes vanish;
 * every other run of what is no letter, digit or mark is one space, none at the ends. A byte that is no UTF-8 separates words
 * too. Text that finds no room is cut off at a whole character. Never allocates; `size` must be at least 1. Folding a folded text
 * changes nothing. */
size_t fold_words(const char *text, size_t length, char *buffer, size_t size);
