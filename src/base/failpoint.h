/* Named places where tests make an operation fail or kill the process. Compiled to nothing without -DREEVE_FAILPOINTS.
 *
 * REEVE_FAIL holds rules separated by commas:
 *   name:N          at the N-th time this point is passed, die as by kill -9
 *   name:N=ENOSPC   at the N-th time, fail with that errno (ENOSPC, EIO, EACCES, EXDEV, EOPNOTSUPP, ENOENT, EROFS, EMFILE)
 *   name:*=EIO      every time
 *   *:N             at the N-th point passed, whichever it is; with =ERRNO, fail there
 * A name may end in '*' ("fs.*:3"); it then counts all the points it fits. REEVE_FAIL_TRACE=FILE appends the name of each point
 * passed, a line each. A rule that cannot be understood ends the process, lest a test pass for nothing.
 *
 * A unit test may also have something done at a point (failpoint_call): what another thread or process does at just that moment.
 *
 * Thread-safety: counting is under a lock; with several threads the order of points is theirs. */
#pragma once

#ifdef REEVE_FAILPOINTS
#include <stdbool.h>

/* 0: go on; else the errno the caller must behave as if it had got. May not return. */
int failpoint(const char *name);

/* Puts these rules, counting from 0, in place of REEVE_FAIL's; NULL or "" is none. REEVE_FAIL_TRACE is read anew. For unit tests
 * that look at one operation many times in one process. */
void failpoint_arm(const char *rules);

/* Has `function` called with `data` at the next passing of `name`, and then no more, before the rules are looked at. Points that
 * it passes itself are passed as ever. NULL takes it back, and says whether it was still to be called. */
typedef void (*FailpointFunction)(void *data);
bool failpoint_call(const char *name, FailpointFunction function, void *data);
#else
static inline int failpoint(const char *name)
{
  (void)name;
  return 0;
}
#endif
