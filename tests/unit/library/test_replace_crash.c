/* The crash tests of the replacement journal on SQLite. */
#include "library/replace_crash.h"

int main(int argc, char **argv)
{
  return replace_crash_main(argc, argv, DB_SQLITE);
}
