/* The crash tests of the replacement journal, on one database. Returns what main() does.
 *
 * Thread-safety: none; for the thread that runs the tests. */
#pragma once

#include "store/db.h"

int replace_crash_main(int argc, char **argv, DbKind kind);
