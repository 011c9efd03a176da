/* A file that cannot be changed in place gets a copy with the wanted flags in its place (S1). For src/tune only. */
#pragma once

#include "tune/item.h"

/* For an item whose outcome is REMUX, or EDIT and its links are to be broken: REPLACED with its history, or why not. The streams
 * are copied by ffmpeg where there is no room for the change, and held to the stream contract; else the file's bytes are copied
 * (by reflink where that can be) and the copy edited. */
void tune_item_replace(TuneItem *item);
