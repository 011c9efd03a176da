/* The program: hidden commands of child processes first, since they must not pay for anything else, then the command line.
 * Test: the system tests run it. */
#include "cli/command.h"
#include "media/probe.h"
#include "sys/child.h"

#include <string.h>

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  return cli_main(argc, argv);
}
