/* Decides which paths below a root its globs take in: what is excluded is out, and where something is included, only that is in.
 * Test: tests/unit/library/test_scan_filter.c */
#include "library/scan_names.h"

#include "base/glob.h"
#include "library/scan.h"

static bool any_match(char *const *patterns, const char *relative_path)
{
  for (; patterns && *patterns; patterns++)
    if (**patterns && glob_match(*patterns, relative_path))
      return true;
  return false;
}

bool scan_is_included(const Root *root, const char *relative_path)
{
  bool takes_all = !root->include || !root->include[0];
  return (takes_all || any_match(root->include, relative_path)) && !any_match(root->exclude, relative_path);
}

bool scan_is_pruned(const Root *root, const char *relative_path)
{
  return any_match(root->exclude, relative_path);
}
