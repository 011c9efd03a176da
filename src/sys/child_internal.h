/* What the child_*.c files share and nobody else includes. */
#pragma once

#include "sys/child.h"

#include <sched.h>
#include <sys/types.h>

/* Process numbers are used again by the kernel once a process is reaped, so every signal is sent, and the reaping done, under the
 * lock. */
struct Child {
  pid_t pid; /* also the number of the process group */
  int pidfd;
  int input_fd, output_fd, errors_fd; /* our ends, -1 if none or closed */
  int wake_fd;                        /* eventfd: child_thaw tells the watching thread to look at its deadlines again */
  char *name;                         /* of the program, for messages */
  int64_t started_ms;                 /* monotonic */
  GMutex lock;
  bool reaped;             /* guarded by lock, as all below */
  int64_t frozen_since_ms; /* 0: not frozen */
  int64_t frozen_total_ms;
  bool lowered;
  int nice_before, io_before; /* of the lowered; io_before -1: not known */
  cpu_set_t processors_before;
  bool has_processors_before;
};

/* <linux/ioprio.h> is younger than some of the headers that we build against. */
enum { IO_CLASS_IDLE = 3 << 13, IO_WHO_PROCESS = 1, IO_WHO_GROUP = 2 };

/* What a child that could not become its program writes to the status pipe, in one piece. The pipe closes by itself at exec. */
typedef struct {
  int saved_errno; /* not 0: `text` says what failed with it; 0: `code` and `text` are a finished error */
  int code;
  char text[1024];
} SpawnFailure;

/* Numbers of descriptors in the child. */
enum { CHILD_PASS_FD = 3, CHILD_STATUS_FD = 4 };

int64_t child_monotonic_ms(void);

/* To the whole group, if the child is not reaped yet. */
void child_signal_group(Child *child, int signal_number);

/* Kills what is left of the group, waits for the child to end and reaps it. False if its exit status was lost. */
bool child_reap(Child *child, int *ret_status, GError **error);

void child_close_fd(int *fd); /* and sets -1 */

/* Set for the process that is to become the program: one whose main() does not know `__exec` and starts a child itself would
 * start itself for ever, and is refused. */
#define CHILD_TRAMPOLINE_VARIABLE "REEVE_TRAMPOLINE"

/* The arguments of `reeve __exec` that make it become `program` with `argv`. The caller frees them with g_strfreev. */
char **child_exec_pack(const ChildParams *params, const char *program);
