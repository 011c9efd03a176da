/* Strict parsing of numbers that come from people and programs: the whole text must be one number in range. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Decimal, optional leading '-'. False on anything else, on overflow and outside [min, max]; *ret is then untouched. */
bool parse_int(const char *text, int64_t min, int64_t max, int64_t *ret);

/* As strtod in the C locale; refuses inf, nan and trailing text. */
bool parse_real(const char *text, double *ret);

/* A size: a number with an optional suffix K, M, G, T (powers of 1024, with or without "iB"). */
bool parse_size(const char *text, int64_t *ret_bytes);

/* A duration: a number with a unit ms, s, m, h or d; a bare number counts seconds. */
bool parse_duration(const char *text, int64_t *ret_ms);

/* "1.4 GiB", three significant digits; the caller frees it. */
char *format_size(int64_t bytes);

/* "1:02:03", or "4:05" below an hour; the caller frees it. */
char *format_duration(int64_t ms);
