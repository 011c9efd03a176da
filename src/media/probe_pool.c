/* The pool of probing children, from the daemon's side: starting, lending and ending them, and asking them about one file.
 *
 * 1. A call takes one of `children` tokens before anything else, and gives it back last: whoever has a token may use an idle
 * child or have one started, and there are never more children than tokens.
 * 2. Children are started by the keeper thread only: a child dies with the thread that started it (sys/child.h), and the threads
 *    of a scan come and go.
 * 3. A child that did anything but answer in full is not lent again.
 *
 * Tested by tests/unit/media/test_probe_pool.c. */
#include "media/probe.h"

#include "base/error.h"
#include "media/libav.h"
#include "media/probe_protocol.h"
#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  DEFAULT_LIMIT_MS = 30 * 1000,
  DEFAULT_IDLE_MS = 60 * 1000,
  KEY_FRAMES_LIMIT_MS = 15 * 1000,          /* the job that asks has a lease of 30 s, which nobody renews before it runs */
  ALL_FRAMES_LIMIT_MS = 2 * 60 * 60 * 1000, /* the whole file is read: 100 GB at 14 MB/s */
  /* The child gives up by itself at the limit; it is killed if it has not answered so much later. */
  GRACE_MS = 500,
  DEATH_MS = 5000,
};
#define DEFAULT_MEMORY_BYTES (G_GINT64_CONSTANT(2) << 30)

typedef struct {
  Child *child;
  int socket;
  int64_t idle_since_us;
} ProbeChild;

/* One caller waiting for the keeper to start a child; lives on the caller's stack. */
typedef struct {
  bool done;
  ProbeChild *child; /* NULL: `error` says why */
  GError *error;
} Order;

struct ProbePool {
  ProbeParams params;
  int tokens; /* eventfd semaphore */
  GThread *keeper;
  GMutex lock; /* guards all below */
  GCond changed;
  GQueue idle;   /* ProbeChild; the one used last at the head */
  GQueue orders; /* Order */
  bool stopping;
  int surplus; /* tokens to be taken out of the game as they come back */
  int busy;    /* tokens that are out */
  int64_t good, failed;
};

static void probe_child_free(ProbeChild *child)
{
  if (child->socket >= 0)
    close(child->socket);
  child_free(child->child);
  g_free(child);
}

static ProbeChild *start_child(const ProbeParams *params, GError **error)
{
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    fail_errno(error, errno, "A socket for a probing process could not be made");
    return NULL;
  }
  g_autofree char *memory = g_strdup_printf("REEVE_PROBE_MEMORY=%" G_GINT64_FORMAT, params->memory_bytes);
  const char *const argv[] = {child_self_path(), "__probe", NULL};
  const char *const environment[] = {memory, NULL};
  const ChildParams child_params = {
      .argv = argv, .environment = environment, .errors = CHILD_INHERIT, .pass_fd = pair[1], .nice_increment = 5};
  Child *child = child_spawn(&child_params, error);
  close(pair[1]);
  if (!child) {
    close(pair[0]);
    return NULL;
  }
  ProbeChild *started = g_new0(ProbeChild, 1);
  started->child = child;
  started->socket = pair[0];
  return started;
}

static void fill_order(ProbePool *pool, Order *order)
{
  g_mutex_unlock(&pool->lock);
  ProbeChild *child = start_child(&pool->params, &order->error);
  g_mutex_lock(&pool->lock);
  order->child = child;
  order->done = true;
  g_cond_broadcast(&pool->changed);
}

/* Ends the child that has been idle longest, if that is long enough. */
static bool end_idle_child(ProbePool *pool)
{
  ProbeChild *oldest = g_queue_peek_tail(&pool->idle);
  if (!oldest || g_get_monotonic_time() - oldest->idle_since_us < pool->params.idle_ms * 1000)
    return false;
  g_queue_pop_tail(&pool->idle);
  g_mutex_unlock(&pool->lock);
  probe_child_free(oldest);
  g_mutex_lock(&pool->lock);
  return true;
}

static gpointer keeper_main(gpointer data)
{
  ProbePool *pool = data;
  bool has_children = false;
  g_mutex_lock(&pool->lock);
  while (!pool->stopping) {
    Order *order = g_queue_pop_head(&pool->orders);
    if (order) {
      fill_order(pool, order);
      has_children = true;
      continue;
    }
    if (end_idle_child(pool))
      continue;
    /* A child may come back without a signal here (that would be one wake-up a file): it is found at the next look. */
    if (has_children) {
      ProbeChild *oldest = g_queue_peek_tail(&pool->idle);
      int64_t from_us = oldest ? oldest->idle_since_us : g_get_monotonic_time();
      g_cond_wait_until(&pool->changed, &pool->lock, from_us + pool->params.idle_ms * 1000);
    } else
      g_cond_wait(&pool->changed, &pool->lock);
  }
  g_mutex_unlock(&pool->lock);
  return NULL;
}

ProbePool *probe_pool_new(const ProbeParams *params)
{
  ProbePool *pool = g_new0(ProbePool, 1);
  pool->params = *params;
  if (pool->params.children <= 0)
    pool->params.children = (int)g_get_num_processors();
  if (pool->params.limit_ms <= 0)
    pool->params.limit_ms = DEFAULT_LIMIT_MS;
  if (pool->params.memory_bytes <= 0)
    pool->params.memory_bytes = DEFAULT_MEMORY_BYTES;
  if (pool->params.idle_ms <= 0)
    pool->params.idle_ms = DEFAULT_IDLE_MS;
  g_mutex_init(&pool->lock);
  g_cond_init(&pool->changed);
  pool->tokens = eventfd((unsigned)pool->params.children, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  if (pool->tokens < 0)
    g_error("eventfd: %s", g_strerror(errno)); /* no descriptors at start: nothing could work */
  pool->keeper = g_thread_new("probe-keeper", keeper_main, pool);
  return pool;
}

void probe_pool_free(ProbePool *pool)
{
  if (!pool)
    return;
  g_mutex_lock(&pool->lock);
  pool->stopping = true;
  g_cond_broadcast(&pool->changed);
  g_mutex_unlock(&pool->lock);
  g_thread_join(pool->keeper);
  g_queue_clear_full(&pool->idle, (GDestroyNotify)probe_child_free);
  close(pool->tokens);
  g_cond_clear(&pool->changed);
  g_mutex_clear(&pool->lock);
  g_free(pool);
}

static bool take_token(ProbePool *pool, Cancel *cancel, GError **error)
{
  for (;;) {
    if (!cancel_check(cancel, error))
      return false;
    eventfd_t one;
    if (eventfd_read(pool->tokens, &one) == 0)
      return true;
    struct pollfd fds[] = {{pool->tokens, POLLIN, 0}, {cancel_peek_fd(cancel), POLLIN, 0}};
    (void)poll(fds, G_N_ELEMENTS(fds), -1);
  }
}

/* Back to the pool, unless there are too many. */
static void return_token(ProbePool *pool, bool good)
{
  g_mutex_lock(&pool->lock);
  pool->busy--;
  *(good ? &pool->good : &pool->failed) += 1;
  bool keep = pool->surplus == 0;
  pool->surplus -= !keep;
  g_mutex_unlock(&pool->lock);
  if (keep && eventfd_write(pool->tokens, 1) < 0)
    g_critical("A probe token could not be given back: %s", g_strerror(errno));
}

void probe_pool_set_children(ProbePool *pool, int children)
{
  int wanted = children > 0 ? children : (int)g_get_num_processors();
  g_mutex_lock(&pool->lock);
  int more = wanted - pool->params.children;
  pool->params.children = wanted;
  int cancelled = CLAMP(more, 0, pool->surplus); /* what was to leave stays instead */
  pool->surplus -= cancelled;
  more -= cancelled;
  /* Tokens that nobody uses leave at once, the others as they come back. */
  for (eventfd_t one; more < 0; more++)
    if (eventfd_read(pool->tokens, &one) != 0)
      pool->surplus++;
  if (more > 0 && eventfd_write(pool->tokens, (eventfd_t)more) < 0)
    g_critical("Probe tokens could not be added: %s", g_strerror(errno));
  g_mutex_unlock(&pool->lock);
}

ProbePoolStats probe_pool_stats(ProbePool *pool)
{
  g_mutex_lock(&pool->lock);
  ProbePoolStats stats = {.limit = pool->params.children,
                          .idle = (int)g_queue_get_length(&pool->idle),
                          .busy = pool->busy,
                          .good = pool->good,
                          .failed = pool->failed};
  g_mutex_unlock(&pool->lock);
  return stats;
}

/* An idle child has nothing to say: if its socket has news, it is that the child has ended. */
static bool is_alive(const ProbeChild *child)
{
  struct pollfd fd = {child->socket, POLLIN, 0};
  return poll(&fd, 1, 0) == 0;
}

static ProbeChild *borrow(ProbePool *pool, GError **error)
{
  g_mutex_lock(&pool->lock);
  Order order = {.child = g_queue_pop_head(&pool->idle)};
  while (order.child && !is_alive(order.child)) {
    probe_child_free(order.child);
    order.child = g_queue_pop_head(&pool->idle);
  }
  if (!order.child) {
    g_queue_push_tail(&pool->orders, &order);
    g_cond_broadcast(&pool->changed);
    while (!order.done)
      g_cond_wait(&pool->changed, &pool->lock);
  }
  g_mutex_unlock(&pool->lock);
  if (!order.child)
    g_propagate_error(error, order.error);
  return order.child;
}

static void give_back(ProbePool *pool, ProbeChild *child)
{
  child->idle_since_us = g_get_monotonic_time();
  g_mutex_lock(&pool->lock);
  g_queue_push_head(&pool->idle, child);
  g_mutex_unlock(&pool->lock);
}

static int open_media(const char *path, GError **error)
{
  /* Not to hang on a pipe that somebody put into the library. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    fail_errno(error, errno, "%s could not be opened", path);
    return -1;
  }
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
    return fd;
  close(fd);
  fail(error, REEVE_ERROR_INVALID, "%s is not a regular file.", path);
  return -1;
}

/* The end of a name that is too long for a request is kept: the extension is there. */
static void set_name(const char *path, ProbeRequest *request)
{
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  size_t length = strlen(name);
  if (length > PROBE_MAX_NAME)
    name += length - PROBE_MAX_NAME;
  g_strlcpy(request->name, name, sizeof request->name);
}

/* False if the child is gone. */
static bool send_request(const ProbeChild *child, const ProbeRequest *request, int fd)
{
  guint8 bytes[PROBE_REQUEST_HEADER + PROBE_MAX_NAME];
  size_t length = probe_request_write(request, bytes);
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {0};
  struct iovec part = {bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ssize_t sent;
  do
    sent = sendmsg(child->socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)length; /* the socket is empty between requests and takes far more than this at once */
}

typedef enum { RECEIVED, CHILD_GONE, CHILD_LATE, CALLER_CANCELLED } Receipt;

static Receipt receive(const ProbeChild *child, guint8 *bytes, size_t length, int64_t deadline_us, Cancel *cancel)
{
  for (size_t got = 0; got < length;) {
    ssize_t n = recv(child->socket, bytes + got, length - got, MSG_DONTWAIT);
    if (n > 0) {
      got += (size_t)n;
      continue;
    }
    if (n == 0 || (errno != EINTR && errno != EAGAIN))
      return CHILD_GONE;
    int64_t left_us = deadline_us - g_get_monotonic_time();
    if (left_us <= 0)
      return CHILD_LATE;
    struct pollfd fds[] = {{child->socket, POLLIN, 0}, {cancel_peek_fd(cancel), POLLIN, 0}};
    (void)poll(fds, G_N_ELEMENTS(fds), (int)MIN(left_us / 1000 + 1, G_MAXINT));
    if (fds[1].revents)
      return CALLER_CANCELLED;
  }
  return RECEIVED;
}

/* The sentence about a child that left in the middle of a request. */
static void fail_gone(ProbeChild *child, const char *path, GError **error)
{
  const ChildWatch watch = {.limit_ms = DEATH_MS};
  ChildExit how;
  if (!child_watch(child->child, &watch, &how, NULL)) {
    fail(error, REEVE_ERROR_INTERNAL, "%s could not be probed: the probing process stopped answering.", path);
    return;
  }
  g_autofree char *text = child_exit_describe(&how);
  fail(error, REEVE_ERROR_INTERNAL, "%s could not be probed: the probing process ended with %s%s.", path, text,
       how.signal ? "; the file is probably damaged" : "");
}

static void fail_receipt(Receipt receipt, int64_t limit_ms, ProbeChild *child, const char *path, GError **error)
{
  switch (receipt) {
  case CHILD_GONE:
    fail_gone(child, path, error);
    break;
  case CHILD_LATE:
    fail(error, REEVE_ERROR_TIMEOUT,
         "%s could not be probed within %.3g s; its disk does not answer, or the file makes the reader hang.", path,
         (double)limit_ms / 1000);
    break;
  case CALLER_CANCELLED:
    fail(error, REEVE_ERROR_CANCELLED, "The probe of %s was cancelled.", path);
    break;
  case RECEIVED:
    break;
  }
}

/* What one call wants to know. */
typedef struct {
  ProbeQuestion question;
  int64_t limit_ms;
  MediaInfo *info;   /* the answer to PROBE_MEDIA, */
  FrameIndex *index; /* or to the others */
} Inquiry;

static bool read_answer(int code, const guint8 *body, size_t length, const char *path, Inquiry *inquiry, GError **error)
{
  if (inquiry->question == PROBE_MEDIA)
    return (inquiry->info = probe_answer_read_body(code, body, length, path, error)) != NULL;
  return (inquiry->index = probe_answer_read_frames(code, body, length, path, error)) != NULL;
}

/* Asks one child. *ret_reusable is true if it answered in full, with a result or with an error. */
static bool ask(ProbeChild *child, const char *path, int fd, Cancel *cancel, Inquiry *inquiry, bool *ret_reusable, GError **error)
{
  ProbeRequest request = {.question = inquiry->question, .limit_ms = inquiry->limit_ms};
  set_name(path, &request);
  int64_t deadline_us = g_get_monotonic_time() + (inquiry->limit_ms + GRACE_MS) * 1000;
  guint8 header[PROBE_ANSWER_HEADER];
  Receipt receipt = send_request(child, &request, fd) ? receive(child, header, sizeof header, deadline_us, cancel) : CHILD_GONE;
  if (receipt != RECEIVED) {
    fail_receipt(receipt, inquiry->limit_ms, child, path, error);
    return false;
  }
  int code;
  size_t length;
  g_autoptr(GError) cause = NULL;
  if (!probe_answer_read_header(header, sizeof header, &code, &length, &cause))
    return fail(error, REEVE_ERROR_INTERNAL, "%s could not be probed: %s", path, cause->message);
  g_autofree guint8 *body = g_malloc(length + 1);
  receipt = receive(child, body, length, deadline_us, cancel);
  if (receipt != RECEIVED) {
    fail_receipt(receipt, inquiry->limit_ms, child, path, error);
    return false;
  }
  GError *answer = NULL;
  bool ok = read_answer(code, body, length, path, inquiry, &answer);
  *ret_reusable = ok || reeve_error_code(answer) != REEVE_ERROR_INTERNAL;
  if (answer)
    g_propagate_error(error, answer);
  return ok;
}

static bool inquire(ProbePool *pool, const char *path, Cancel *cancel, Inquiry *inquiry, GError **error)
{
  if (!take_token(pool, cancel, error))
    return false;
  g_mutex_lock(&pool->lock);
  pool->busy++;
  g_mutex_unlock(&pool->lock);
  bool ok = false;
  int fd = open_media(path, error);
  ProbeChild *child = fd >= 0 ? borrow(pool, error) : NULL;
  if (child) {
    bool reusable = false;
    ok = ask(child, path, fd, cancel, inquiry, &reusable, error);
    if (reusable)
      give_back(pool, child);
    else
      probe_child_free(child); /* kills what still runs */
  }
  if (fd >= 0)
    close(fd);
  return_token(pool, ok);
  return ok;
}

MediaInfo *probe_file(ProbePool *pool, const char *path, Cancel *cancel, GError **error)
{
  Inquiry inquiry = {.question = PROBE_MEDIA, .limit_ms = pool->params.limit_ms};
  return inquire(pool, path, cancel, &inquiry, error) ? inquiry.info : NULL;
}

FrameIndex *probe_key_frames(ProbePool *pool, const char *path, Cancel *cancel, GError **error)
{
  Inquiry inquiry = {.question = PROBE_KEY_FRAMES, .limit_ms = KEY_FRAMES_LIMIT_MS};
  return inquire(pool, path, cancel, &inquiry, error) ? inquiry.index : NULL;
}

FrameIndex *probe_frames(ProbePool *pool, const char *path, Cancel *cancel, GError **error)
{
  Inquiry inquiry = {.question = PROBE_ALL_FRAMES, .limit_ms = ALL_FRAMES_LIMIT_MS};
  return inquire(pool, path, cancel, &inquiry, error) ? inquiry.index : NULL;
}
