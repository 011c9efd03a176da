/* Child processes: argument vectors (never a shell), own process group, limits, killable with all they started.
 *
 * A sandboxed child goes through this program's own hidden command `reeve __exec …`, which applies the sandbox to itself and then
 * executes the target: nothing but async-signal-safe calls run between fork and exec in the threaded daemon. Every child gets
 * PR_SET_PDEATHSIG SIGKILL: it dies with the thread that started it, so after a kill -9 of the daemon no encoder writes on.
 *
 * Thread-safety: a Child belongs to one thread, except child_kill, child_freeze, child_thaw, child_lower, child_raise and
 * child_active_ms, which any thread may call before child_free. */
#pragma once

#include "sys/cancel.h"
#include "sys/sandbox.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Child Child;

typedef enum { CHILD_NULL, CHILD_PIPE, CHILD_INHERIT } ChildStream;

typedef struct {
  const char *const *argv;        /* argv[0] is looked up in PATH if it has no slash */
  const char *const *environment; /* NAME=value entries added to ours, or NULL */
  const char *directory;          /* working directory, or NULL */
  ChildStream input, output, errors;
  int pass_fd; /* becomes descriptor 3 in the child; 0 or -1: none. The caller still closes its own copy. */
  int nice_increment;
  bool idle_io;           /* ionice idle class */
  const Sandbox *sandbox; /* NULL: none */
} ChildParams;

/* Starts a child and waits until it runs the program (or has failed to). NULL on error: NOT_FOUND if the program does not exist,
 * with its name; INVALID for a sandbox with no_files, which a program can only apply to itself. */
Child *child_spawn(const ChildParams *params, GError **error);

/* Kills and reaps what still runs, closes the pipes. NULL is fine. */
void child_free(Child *child);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Child, child_free)

pid_t child_pid(const Child *child);

/* The end to write to of a CHILD_PIPE input, which is the caller's to close from now on; -1 if there is none or it was taken. */
int child_take_input(Child *child);

/* What the child said and how it ended. */
typedef struct {
  int exit_code; /* -1 if a signal ended it */
  int signal;    /* 0 if it exited */
} ChildExit;

/* Called with each complete line, without its line end, of at most 64 KiB (longer ones are cut). Lines end at \n, \r or
 * \r\n; a last line without an end counts; a NUL byte is shown as '?'. Return false to kill the child. */
typedef bool (*ChildLine)(const char *line, void *user_data);

typedef struct {
  ChildLine on_output; /* for CHILD_PIPE output; NULL discards */
  ChildLine on_error;
  void *user_data;
  Cancel *cancel;     /* kills the process group: TERM, then KILL after grace_ms */
  int64_t silence_ms; /* > 0: kill if neither pipe gave a byte for so long; time frozen by child_freeze does not count */
  int64_t limit_ms;   /* > 0: kill after this long since its start in all; nor does frozen time count here */
  int grace_ms;       /* between TERM and KILL; 0 means KILL at once */
} ChildWatch;

/* Reads both pipes to their end and waits. True if the child ended by itself, whatever its exit code. Else CANCELLED (also if a
 * ChildLine returned false), TIMEOUT (silence or limit, the message says which), IO. In every case the child is reaped
 * afterwards, and what it left running in its process group is killed. Closes the input pipe first if nobody took it. */
bool child_watch(Child *child, const ChildWatch *watch, ChildExit *ret_exit, GError **error);

/* Runs to the end and collects output (capped at max_bytes each; what is over is dropped). For short helper runs. Any of
 * ret_output, ret_errors may be NULL, those that are not get a pipe whatever `params` says; the caller frees. */
bool child_run(const ChildParams *params, int64_t limit_ms, Cancel *cancel, size_t max_bytes, char **ret_output,
               char **ret_errors, ChildExit *ret_exit, GError **error);

/* The whole process group. */
void child_kill(Child *child, int signal_number);
void child_freeze(Child *child);
void child_thaw(Child *child);

/* Gives a running child less of the machine: niceness 19, the idle class of I/O, and half of the processors that it may use, one
 * at least; the niceness of the whole group, the processors of the child itself with all its threads. Said again while it is
 * lowered, it takes away again what threads have taken for themselves, as those of x265 do when they begin. */
void child_lower(Child *child);

/* Gives back what child_lower took. The niceness needs a privilege for that (CAP_SYS_NICE or RLIMIT_NICE, setpriority(2));
 * without it, it stays at 19, which costs nothing where nobody else wants the processors. */
void child_raise(Child *child);

/* Time since its start in which it was not frozen. */
int64_t child_active_ms(Child *child);

/* "exit code 1" or "signal 11 (Segmentation fault)"; the caller frees it. */
char *child_exit_describe(const ChildExit *exit);

/* The body of `reeve __exec`, with the arguments as main got them: applies what child_spawn packed into argv and executes the
 * target. Returns only on failure, with the exit code to use. */
int child_exec_main(int argc, char **argv);

/* The path by which this program can start itself: /proc/self/exe, which stays the same program when a new version is installed
 * meanwhile, or REEVE_BINARY in tests. Never freed. */
const char *child_self_path(void);
