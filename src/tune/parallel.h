/* The same for each of many, on a few threads. */
#pragma once

#include <stddef.h>

/* Calls `each` with 0 to n - 1, each once, on at most `threads` threads, the calling one included; returns when all have
 * returned. */
void parallel_each(size_t n, int threads, void (*each)(size_t index, void *user_data), void *user_data);
