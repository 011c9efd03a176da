/* Parsing Matroska, planning an edit of its track flags, and what the edit makes of the file. */
#include "fuzz_edit.h"
