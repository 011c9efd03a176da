/* Decides what a child process is still allowed: files by Landlock, system calls by seccomp, amounts by resource limits.
 * Test: tests/unit/sys/test_sandbox.c */
#include "sys/sandbox.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Younger than the headers that we build against; the kernel's answer about its ABI says whether they may be used. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

/* struct landlock_ruleset_attr as of ABI 6; older kernels accept it as long as what they do not know is zero. */
typedef struct {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
} RulesetAttributes;

/* What only a file, not a directory, can be asked for; a rule on a file must hold nothing else. */
#define FILE_RIGHTS                                                                                                              \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |     \
   LANDLOCK_ACCESS_FS_IOCTL_DEV)

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

#define MAKE_RIGHTS                                                                                                              \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |     \
   LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE)

#define DEVICE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_IOCTL_DEV)

/* Hardware encoders, and what every program expects to be able to write to. */
static const char *const device_patterns[] = {"/dev/null", "/dev/dri", "/dev/nvidia*"};

static int landlock_abi(void)
{
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? (int)abi : 0;
}

static bool seccomp_works(void)
{
  uint32_t action = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

SandboxSupport sandbox_support(void)
{
  return (SandboxSupport){.landlock_abi = landlock_abi(), .seccomp = seccomp_works()};
}

static uint64_t known_rights(int abi)
{
  uint64_t rights = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1; /* ABI 1: the first thirteen */
  if (abi >= 2)
    rights |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3)
    rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
  if (abi >= 5)
    rights |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
  return rights;
}

static bool allow_path(int ruleset, const char *path, uint64_t rights, GError **error)
{
  int fd = open(path, O_PATH | O_CLOEXEC);
  struct stat st;
  bool ok = fd >= 0 && fstat(fd, &st) == 0;
  if (ok) {
    struct landlock_path_beneath_attr rule = {
        .allowed_access = S_ISDIR(st.st_mode) ? rights : rights & FILE_RIGHTS,
        .parent_fd = fd,
    };
    ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  }
  int saved_errno = errno;
  if (fd >= 0)
    close(fd);
  return ok || fail_errno(error, saved_errno, "The sandbox cannot be opened for \"%s\"", path);
}

static bool allow_devices(int ruleset, uint64_t known, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(device_patterns); i++) {
    glob_t found = {0};
    bool ok = true;
    if (glob(device_patterns[i], GLOB_NOSORT, NULL, &found) == 0)
      for (size_t k = 0; ok && k < found.gl_pathc; k++)
        ok = allow_path(ruleset, found.gl_pathv[k], known & DEVICE_RIGHTS, error);
    globfree(&found);
    if (!ok)
      return false;
  }
  return true;
}

static bool allow_writing(int ruleset, const Sandbox *sandbox, uint64_t known, GError **error)
{
  if (!allow_path(ruleset, "/", known & READ_RIGHTS, error) || !allow_devices(ruleset, known, error))
    return false;
  for (const char *const *path = sandbox->write_paths; *path; path++)
    if (!allow_path(ruleset, *path, known & (READ_RIGHTS | MAKE_RIGHTS), error))
      return false;
  return true;
}

/* A rule set denies what it handles and no rule allows: without rules, nothing can be opened. */
static bool restrict_files(const Sandbox *sandbox, GError **error)
{
  int abi = landlock_abi();
  if (abi == 0 || !(sandbox->no_files || sandbox->write_paths))
    return true;
  RulesetAttributes attributes = {.handled_access_fs = known_rights(abi)};
  if (abi >= 6) /* a captured child must not be able to kill the daemon, which runs as the same user */
    attributes.scoped = LANDLOCK_SCOPE_SIGNAL | (sandbox->no_network ? LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET : 0);
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (ruleset < 0)
    return fail_errno(error, errno, "The kernel refuses to make a Landlock rule set");
  bool ok = sandbox->no_files || allow_writing(ruleset, sandbox, attributes.handled_access_fs, error);
  if (ok && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
    ok = fail_errno(error, errno, "The kernel refuses to apply a Landlock rule set");
  close(ruleset);
  return ok;
}

/* Sockets fail as they do on a machine without network, so that programs give their ordinary message. io_uring can open sockets
 * without the system call that is refused here. Rule functions return 0 or a negative errno, as libseccomp's do. */
static int forbid_network(scmp_filter_ctx filter, bool no_files)
{
  const struct scmp_arg_cmp other_family = SCMP_A0(SCMP_CMP_NE, AF_UNIX);
  int result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0);
  if (result == 0)
    result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socketpair), 1, &other_family);
  /* Landlock does not see connect() on a socket's path: one that may open nothing may not talk to local services either. */
  if (result == 0)
    result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), no_files ? 0 : 1, &other_family);
  return result;
}

/* Threads, but no processes. clone3 keeps its flags in memory where a filter cannot look; libc takes ENOSYS as "use clone". */
static int forbid_exec(scmp_filter_ctx filter, const char *except_path)
{
#ifdef __s390__
  const struct scmp_arg_cmp not_thread = SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0);
#else
  const struct scmp_arg_cmp not_thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0);
#endif
  const struct scmp_arg_cmp other_path = SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)(uintptr_t)except_path);
  int result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execve), except_path ? 1 : 0, &other_path);
  if (result == 0)
    result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 0);
  if (result == 0)
    result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fork), 0);
  if (result == 0)
    result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(vfork), 0);
  if (result == 0)
    result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &not_thread);
  if (result == 0)
    result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  return result;
}

static bool restrict_calls(const Sandbox *sandbox, const char *except_path, GError **error)
{
  if (!sandbox->no_network && !sandbox->no_exec)
    return true;
  if (!seccomp_works())
    return fail(error, REEVE_ERROR_UNAVAILABLE, "This kernel has no seccomp filters, which the sandbox needs.");
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  int result = filter ? 0 : -ENOMEM;
  if (result == 0 && sandbox->no_network)
    result = forbid_network(filter, sandbox->no_files);
  if (result == 0 && sandbox->no_exec)
    result = forbid_exec(filter, except_path);
  if (result == 0)
    result = seccomp_load(filter);
  seccomp_release(filter);
  return result == 0 || fail_errno(error, -result, "The system call filter of the sandbox cannot be applied");
}

static bool limit(int resource, int64_t value, const char *what, GError **error)
{
  if (value <= 0)
    return true;
  struct rlimit now;
  if (getrlimit(resource, &now) != 0)
    return fail_errno(error, errno, "The limit of %s cannot be read", what);
  rlim_t wanted = MIN((rlim_t)value, now.rlim_max); /* a stricter limit from outside stays */
  const struct rlimit next = {.rlim_cur = wanted, .rlim_max = wanted};
  return setrlimit(resource, &next) == 0 || fail_errno(error, errno, "The limit of %s cannot be set", what);
}

bool sandbox_apply_before_exec(const Sandbox *sandbox, const char *except_path, GError **error)
{
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno(error, errno, "The kernel refuses no_new_privs, which the sandbox needs");
  /* The limit on memory comes last: making the filter needs some. */
  return restrict_files(sandbox, error) && restrict_calls(sandbox, except_path, error) &&
         limit(RLIMIT_FSIZE, sandbox->file_bytes, "file size", error) &&
         limit(RLIMIT_CPU, sandbox->cpu_seconds, "processor time", error) &&
         limit(RLIMIT_AS, sandbox->memory_bytes, "memory", error);
}

bool sandbox_apply(const Sandbox *sandbox, GError **error)
{
  return sandbox_apply_before_exec(sandbox, NULL, error);
}
