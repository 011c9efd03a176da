/* Decides how a tree of inotify watches follows a tree of directories.
 *
 * Each watched directory is a node, found by the kernel's number for its watch; its path is that of its parents' names. A
 * directory is watched before it is listed, so that what appears in it is either listed or heard of. The kernel follows a
 * directory that moves, we do not: what moved away is forgotten and what moved in is watched as if it were new, whichever is
 * heard first.
 *
 * Failpoints: "watch.init", "watch.add", "watch.overflow". Test: tests/unit/sys/test_watch.c */
#include "sys/watch.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "base/number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not IN_MODIFY: a file that is written tells when it is closed, and a copy of 100 GB need not wake anybody a million times. */
#define HEARD                                                                                                                    \
  (IN_CREATE | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |            \
   IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

enum { READ_BYTES = 64 * 1024, CANCEL_CHECK_NODES = 256, DEPTH_MAX = 512 };

typedef struct Node Node;
struct Node {
  int wd;
  uint32_t pass; /* in which it was last seen */
  Node *parent;  /* NULL: the top */
  Node *first_child, *previous, *next;
  char name[]; /* "" of the top */
};

struct Watch {
  WatchParams params;
  char *top;
  int fd;
  dev_t device;
  Node *root;
  GHashTable *nodes; /* wd -> Node, which it owns */
  uint32_t pass;
  int64_t unreadable;
  char *example;
  bool lost;
};

/* --- nodes --- */

static char *path_of(const Node *node, const char *name)
{
  const Node *chain[DEPTH_MAX];
  size_t depth = 0;
  for (; node && node->parent && depth < DEPTH_MAX; node = node->parent)
    chain[depth++] = node;
  GString *path = g_string_new(NULL);
  while (depth > 0)
    g_string_append_printf(path, "%s%s", path->len ? "/" : "", chain[--depth]->name);
  if (name)
    g_string_append_printf(path, "%s%s", path->len ? "/" : "", name);
  return g_string_free(path, FALSE);
}

static char *absolute(const Watch *watch, const char *relative)
{
  return *relative ? g_strconcat(watch->top, "/", relative, NULL) : g_strdup(watch->top);
}

static void detach(Node *node)
{
  if (node->previous)
    node->previous->next = node->next;
  else if (node->parent)
    node->parent->first_child = node->next;
  if (node->next)
    node->next->previous = node->previous;
  node->previous = node->next = NULL;
}

static void attach(Node *node, Node *parent)
{
  node->parent = parent;
  node->next = parent ? parent->first_child : NULL;
  if (node->next)
    node->next->previous = node;
  if (parent)
    parent->first_child = node;
}

static int depth_of(const Node *node)
{
  int depth = 0;
  for (; node; node = node->parent)
    depth++;
  return depth;
}

/* Forgets a node and all below it, the deepest first. */
static void forget(Watch *watch, Node *top)
{
  Node *node = top;
  while (node) {
    if (node->first_child) {
      node = node->first_child;
      continue;
    }
    Node *parent = node == top ? NULL : node->parent;
    inotify_rm_watch(watch->fd, node->wd); /* fails where the kernel has removed it already */
    detach(node);
    if (node == watch->root)
      watch->root = NULL;
    g_hash_table_remove(watch->nodes, GINT_TO_POINTER(node->wd));
    node = parent;
  }
}

static Node *child_named(const Node *parent, const char *name)
{
  for (Node *node = parent->first_child; node; node = node->next)
    if (strcmp(node->name, name) == 0)
      return node;
  return NULL;
}

/* --- watching --- */

int64_t watch_limit(void)
{
  g_autofree char *text = NULL;
  int64_t limit;
  if (!g_file_get_contents("/proc/sys/fs/inotify/max_user_watches", &text, NULL, NULL))
    return -1;
  return parse_int(g_strchomp(text), 0, INT64_MAX, &limit) ? limit : -1;
}

static bool fail_limit(const Watch *watch, GError **error)
{
  return fail(error, REEVE_ERROR_LIMIT,
              "The kernel lets this user watch no more directories (fs.inotify.max_user_watches is %" G_GINT64_FORMAT
              ", %u are watched in this root): raise it with \"sysctl fs.inotify.max_user_watches=1048576\".",
              watch_limit(), g_hash_table_size(watch->nodes));
}

static void note_unreadable(Watch *watch, const char *relative)
{
  watch->unreadable++;
  if (!watch->example)
    watch->example = g_strdup(relative);
}

/* The node of a directory, new or known by another path until now. *ret_node is NULL, with success, if it is not to be watched or
 * is not there any more; *ret_is_new says that its content is not known yet. */
static bool watch_directory(Watch *watch, Node *parent, const char *name, const char *relative, Node **ret_node, bool *ret_is_new,
                            GError **error)
{
  g_autofree char *path = absolute(watch, relative);
  int saved_errno = failpoint("watch.add");
  int wd = saved_errno ? -1 : inotify_add_watch(watch->fd, path, HEARD);
  *ret_node = NULL;
  *ret_is_new = false;
  if (wd < 0) {
    saved_errno = saved_errno ? saved_errno : errno;
    if (saved_errno == ENOSPC || saved_errno == ENOMEM)
      return fail_limit(watch, error);
    if (!parent)
      return fail_errno(error, saved_errno, "The directory \"%s\" cannot be watched", path);
    if (saved_errno == EACCES || saved_errno == ENAMETOOLONG || saved_errno == EIO)
      note_unreadable(watch, relative);
    return true; /* gone, or no directory any more: it was told of, or will be */
  }
  Node *node = g_hash_table_lookup(watch->nodes, GINT_TO_POINTER(wd));
  if (node && node->parent == parent && strcmp(node->name, name) == 0) {
    *ret_node = node;
    return true;
  }
  for (const Node *above = parent; node && above; above = above->parent)
    if (above == node)
      return true; /* a directory mounted in itself */
  if (node)
    forget(watch, node); /* it moved, and the kernel has not told of that yet; the watch goes, and is made anew */
  if (node && (wd = inotify_add_watch(watch->fd, path, HEARD)) < 0)
    return errno != ENOSPC || fail_limit(watch, error);
  gsize length = strlen(name) + 1;
  node = g_malloc0(sizeof(Node) + length);
  node->wd = wd;
  memcpy(node->name, name, length);
  attach(node, parent);
  g_hash_table_insert(watch->nodes, GINT_TO_POINTER(wd), node);
  *ret_node = node;
  *ret_is_new = true;
  return true;
}

static bool is_directory(int fd, const struct dirent *item)
{
  struct stat st;
  if (item->d_type != DT_UNKNOWN)
    return item->d_type == DT_DIR;
  return fstatat(fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* Adds the names of a node's directories that are to be watched. False if it is on another file system, and was forgotten. */
static bool list(Watch *watch, Node *node, GPtrArray *names)
{
  g_autofree char *relative = path_of(node, NULL);
  g_autofree char *path = absolute(watch, relative);
  struct stat st;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0) {
    if (errno == EACCES)
      note_unreadable(watch, relative);
    if (fd >= 0)
      close(fd);
    return true;
  }
  if (!node->parent)
    watch->device = st.st_dev;
  DIR *directory = st.st_dev != watch->device && !watch->params.cross_filesystems ? NULL : fdopendir(fd);
  if (!directory) {
    close(fd);
    forget(watch, node);
    return false;
  }
  for (struct dirent *item; (item = readdir(directory));) {
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 || !is_directory(dirfd(directory), item))
      continue;
    g_autofree char *child = path_of(node, item->d_name);
    if (watch->params.enters(child, watch->params.user_data))
      g_ptr_array_add(names, g_strdup(item->d_name));
  }
  closedir(directory);
  return true;
}

/* Watches what is in a node's directory and, of each directory that is new or of all (`refresh`), what is below. A stack of
 * numbers, not of nodes: one that is pushed may be forgotten before its turn. */
static bool descend(Watch *watch, Node *top, bool refresh, GError **error)
{
  g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(int));
  if (!watch->params.recursive)
    return true;
  g_array_append_val(stack, top->wd);
  for (guint n = 1; stack->len; n++) {
    if (n % CANCEL_CHECK_NODES == 0 && !cancel_check(watch->params.cancel, error))
      return false;
    Node *node = g_hash_table_lookup(watch->nodes, GINT_TO_POINTER(g_array_index(stack, int, stack->len - 1)));
    g_array_set_size(stack, stack->len - 1);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!node || depth_of(node) >= DEPTH_MAX || !list(watch, node, names))
      continue;
    int wd = node->wd;
    for (guint i = 0; i < names->len; i++) {
      node = g_hash_table_lookup(watch->nodes, GINT_TO_POINTER(wd));
      if (!node)
        break;
      g_autofree char *relative = path_of(node, names->pdata[i]);
      Node *child;
      bool is_new;
      if (!watch_directory(watch, node, names->pdata[i], relative, &child, &is_new, error))
        return false;
      if (child)
        child->pass = watch->pass;
      if (child && (is_new || refresh))
        g_array_append_val(stack, child->wd);
    }
  }
  return true;
}

Watch *watch_new(const WatchParams *params, GError **error)
{
  g_autoptr(Watch) watch = g_new0(Watch, 1);
  watch->params = *params;
  watch->top = g_strdup(params->top);
  watch->nodes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  int saved_errno = failpoint("watch.init");
  watch->fd = saved_errno ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watch->fd < 0) {
    saved_errno = saved_errno ? saved_errno : errno;
    if (saved_errno == EMFILE)
      fail(error, REEVE_ERROR_LIMIT,
           "The kernel lets this user listen for no more changes (fs.inotify.max_user_instances): raise it with "
           "\"sysctl fs.inotify.max_user_instances=1024\".");
    else
      fail_errno(error, saved_errno, "The kernel does not tell of changes");
    return NULL;
  }
  bool is_new;
  if (!watch_directory(watch, NULL, "", "", &watch->root, &is_new, error) || !descend(watch, watch->root, false, error))
    return NULL;
  return g_steal_pointer(&watch);
}

void watch_free(Watch *watch)
{
  if (!watch)
    return;
  g_hash_table_unref(watch->nodes);
  if (watch->fd >= 0)
    close(watch->fd); /* takes all watches along */
  g_free(watch->top);
  g_free(watch->example);
  g_free(watch);
}

int watch_peek_fd(const Watch *watch)
{
  return watch->fd;
}

int64_t watch_directories(const Watch *watch)
{
  return g_hash_table_size(watch->nodes);
}

int64_t watch_unreadable(const Watch *watch, const char **ret_example)
{
  *ret_example = watch->example;
  return watch->unreadable;
}

/* --- hearing --- */

static void tell(const Watch *watch, WatchKind kind, const char *directory, const char *name)
{
  watch->params.on_event(&(WatchEvent){kind, directory, name}, watch->params.user_data);
}

static void lose(Watch *watch)
{
  if (!watch->lost)
    tell(watch, WATCH_LOST, "", NULL);
  watch->lost = true;
}

static gboolean is_stale(gpointer wd, gpointer node, gpointer watch)
{
  return ((const Node *)node)->pass != ((const Watch *)watch)->pass;
}

/* Events were dropped: directories may have come and gone unheard. */
static bool refresh(Watch *watch, GError **error)
{
  watch->pass++;
  watch->unreadable = 0;
  g_clear_pointer(&watch->example, g_free);
  if (!watch->root)
    return true;
  watch->root->pass = watch->pass;
  if (!descend(watch, watch->root, true, error))
    return false;
  g_autoptr(GPtrArray) stale = g_ptr_array_new();
  GHashTableIter iter;
  gpointer wd, node;
  g_hash_table_iter_init(&iter, watch->nodes);
  while (g_hash_table_iter_next(&iter, &wd, &node))
    if (is_stale(wd, node, watch) && !is_stale(wd, ((const Node *)node)->parent, watch))
      g_ptr_array_add(stale, node); /* the top of what is gone; what is below goes with it */
  for (guint i = 0; i < stale->len; i++)
    forget(watch, stale->pdata[i]);
  tell(watch, WATCH_TREE, "", NULL);
  return true;
}

/* A directory that is in the place of `name` now, whatever was known by that name before. */
static bool directory_came(Watch *watch, Node *node, const char *name, GError **error)
{
  g_autofree char *relative = path_of(node, name);
  if (!watch->params.recursive || !watch->params.enters(relative, watch->params.user_data))
    return true;
  Node *child;
  bool is_new;
  if (!watch_directory(watch, node, name, relative, &child, &is_new, error) ||
      (child && is_new && !descend(watch, child, false, error)))
    return false;
  if (is_new)
    tell(watch, WATCH_TREE, relative, NULL);
  return true;
}

static void directory_left(Watch *watch, Node *node, const char *name)
{
  g_autofree char *relative = path_of(node, name);
  Node *child = child_named(node, name);
  if (child)
    forget(watch, child);
  if (watch->params.recursive && watch->params.enters(relative, watch->params.user_data))
    tell(watch, WATCH_TREE_GONE, relative, NULL);
}

static bool hear_directory(Watch *watch, Node *node, const struct inotify_event *event, GError **error)
{
  if (event->mask & (IN_CREATE | IN_MOVED_TO | IN_ATTRIB))
    return directory_came(watch, node, event->name, error);
  if (event->mask & (IN_DELETE | IN_MOVED_FROM))
    directory_left(watch, node, event->name);
  return true;
}

static void hear_file(Watch *watch, const Node *node, const struct inotify_event *event)
{
  if (!watch->params.wants(event->name, watch->params.user_data))
    return;
  g_autofree char *directory = path_of(node, NULL);
  tell(watch, event->mask & (IN_DELETE | IN_MOVED_FROM) ? WATCH_FILE_GONE : WATCH_FILE, directory, event->name);
}

static bool hear(Watch *watch, const struct inotify_event *event, GError **error)
{
  if (event->mask & IN_Q_OVERFLOW || failpoint("watch.overflow") != 0)
    return refresh(watch, error);
  Node *node = g_hash_table_lookup(watch->nodes, GINT_TO_POINTER(event->wd));
  if (!node)
    return true; /* of a watch that we have given up */
  bool is_top = node == watch->root;
  if (event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF)) {
    g_autofree char *relative = path_of(node, NULL);
    if (is_top)
      lose(watch);
    else if (event->mask & IN_UNMOUNT)
      tell(watch, WATCH_TREE_GONE, relative, NULL);
    if (event->mask & (IN_IGNORED | IN_UNMOUNT))
      forget(watch, node);
    return true;
  }
  if (event->mask & IN_MOVE_SELF) {
    if (is_top)
      lose(watch);
    return true; /* else the parents tell */
  }
  if (!event->len) /* facts of the directory itself, which its parent tells of as well */
    return true;
  if (event->mask & IN_ISDIR)
    return hear_directory(watch, node, event, error);
  hear_file(watch, node, event);
  return true;
}

bool watch_read(Watch *watch, GError **error)
{
  g_autofree char *buffer = g_malloc(READ_BYTES); /* aligned for every type */
  for (;;) {
    if (!cancel_check(watch->params.cancel, error))
      return false;
    ssize_t length = read(watch->fd, buffer, READ_BYTES);
    if (length < 0 && errno == EINTR)
      continue;
    if (length < 0 && errno == EAGAIN)
      return true;
    if (length < 0)
      return fail_errno(error, errno, "What changes in \"%s\" cannot be heard", watch->top);
    for (char *at = buffer; at < buffer + length;) {
      const struct inotify_event *event = (const void *)at;
      if (!hear(watch, event, error))
        return false;
      at += sizeof *event + event->len;
    }
  }
}

/* --- where it can be relied upon --- */

bool watch_is_complete(const char *path, const char **ret_name)
{
  /* statfs(2) and linux/magic.h; those that the latter lacks as the kernel's file systems define them. Overlay file systems are
   * heard in full as long as nobody writes to their layers directly, which their documentation forbids. */
  static const struct {
    unsigned long magic;
    const char *name;
  } shared[] = {
      {NFS_SUPER_MAGIC, "NFS"},   {0x517B, "SMB"},        {0xFF534D42, "CIFS"}, {0xFE534D42, "SMB"},
      {FUSE_SUPER_MAGIC, "FUSE"}, {0x01021997, "9P"},     {0x00C36400, "Ceph"}, {0x5346414F, "AFS"},
      {0x73757245, "Coda"},       {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"}, {0x786F4256, "VirtualBox"},
      {0x01161970, "GFS2"},       {0x7461636F, "OCFS2"},
  };
  struct statfs fs;
  *ret_name = NULL;
  if (statfs(path, &fs) != 0)
    return true;
  for (size_t i = 0; i < G_N_ELEMENTS(shared); i++)
    if ((unsigned long)(uint32_t)fs.f_type == shared[i].magic) {
      *ret_name = shared[i].name;
      return false;
    }
  return true;
}
