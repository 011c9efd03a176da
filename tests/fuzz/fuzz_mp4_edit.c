/* The same for MP4 and QuickTime: another target, so that each keeps a corpus of its own. */
#include "fuzz_edit.h"
