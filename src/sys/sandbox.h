/* What a child process may still do: Landlock where the kernel has it, seccomp, resource limits.
 *
 * Thread-safety: sandbox_apply affects the calling process and must run while it has one thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  bool no_network;                /* seccomp: socket() fails with EACCES for all families but AF_UNIX, with no_files for that
                                     too (pairs can still be made); no io_uring */
  bool no_exec;                   /* seccomp: no execve; threads can be started, processes cannot (EPERM) */
  bool no_files;                  /* Landlock: nothing in the file system can be opened, so nothing can be executed either: for
                                     sandbox_apply, not for child_spawn */
  const char *const *write_paths; /* Landlock: with these set, only below them may files be made or changed; everything may be
                                     read, and /dev/null, /dev/dri and /dev/nvidia* written. NULL: no rule */
  int64_t memory_bytes;           /* RLIMIT_AS; 0: none */
  int64_t cpu_seconds;            /* RLIMIT_CPU; 0: none */
  int64_t file_bytes;             /* RLIMIT_FSIZE; 0: none */
} Sandbox;

/* What this kernel gives. */
typedef struct {
  int landlock_abi; /* 0: none */
  bool seccomp;
} SandboxSupport;
SandboxSupport sandbox_support(void);

/* Applies to this process, for ever, and sets no_new_privs. A kernel without Landlock is not an error (the rest still holds, and
 * `doctor` says so); a kernel that has it and refuses is. */
bool sandbox_apply(const Sandbox *sandbox, GError **error);

/* As sandbox_apply, but with no_exec one execve stays allowed: the one whose path argument is this very pointer. For a process
 * that is about to become another, after which the pointer means nothing. */
bool sandbox_apply_before_exec(const Sandbox *sandbox, const char *except_path, GError **error);
