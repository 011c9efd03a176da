/* Decides how a tree is walked in parallel: a shared stack of directories, taken from the top so that it stays short, and a few
 * threads that read one directory each at a time. Test: tests/unit/library/test_scan_walk.c */
#include "library/walk.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "library/scan.h"
#include "library/scan_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CANCEL_CHECK_ENTRIES = 1024 }; /* a directory may hold millions */

typedef struct {
  const WalkParams *params;
  int root_fd;
  dev_t root_device;
  char *trash;         /* the root's own trash below it, relative; NULL */
  GHashTable *shallow; /* char *: directories whose own directories are passed by; NULL: none */
  GMutex lock;         /* guards all that follows */
  GCond changed;
  GPtrArray *stack;    /* of char *: directories to read, relative to the root, "" for itself */
  GPtrArray *links;    /* of char *: links met, to be looked at when the stack is empty; only if they are followed */
  GHashTable *visited; /* DirectoryId set; only if links are followed */
  int busy;            /* threads that read a directory and may add to the stack */
  bool is_over;
} Walk;

typedef struct {
  dev_t device;
  ino_t inode;
} DirectoryId;

typedef struct {
  size_t name; /* offset in Reader.names */
  ino_t inode;
  unsigned char type; /* DT_* */
} Entry;

/* What one thread uses again for each directory. */
typedef struct {
  Walk *walk;
  GByteArray *names;   /* NUL-terminated names, one behind the other */
  GArray *entries;     /* Entry: what may be a video */
  GArray *sidecars;    /* size_t: offsets in names */
  GPtrArray *children; /* of char *: directories to add to the stack */
  GPtrArray *links;    /* of char * */
  GArray *files;       /* WalkFile, built last, when names do not move any more */
} Reader;

char *walk_join(const char *directory, const char *name)
{
  if (!*name)
    return g_strdup(directory);
  bool has_slash = g_str_has_suffix(directory, "/"); /* only "/" itself */
  return g_strconcat(directory, has_slash || !*directory ? "" : "/", name, NULL);
}

static char *absolute(const Walk *walk, const char *relative)
{
  return walk_join(walk->params->root->path, relative);
}

const char *walk_below(const Root *root, const char *path)
{
  size_t length = strlen(root->path);
  if (strcmp(root->path, "/") == 0)
    return path + 1;
  return strncmp(path, root->path, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static guint hash_directory(gconstpointer key)
{
  const DirectoryId *id = key;
  return (guint)(id->inode ^ (id->inode >> 32) ^ (id->device * 31));
}

static gboolean same_directory(gconstpointer a, gconstpointer b)
{
  const DirectoryId *x = a, *y = b;
  return x->inode == y->inode && x->device == y->device;
}

/* The trash of a root is no part of its library, wherever it is. */
static bool is_trash(const char *trash, const char *relative)
{
  size_t length = trash ? strlen(trash) : 0;
  return length && strncmp(relative, trash, length) == 0 && (relative[length] == '\0' || relative[length] == '/');
}

static char *trash_below(const Root *root)
{
  const char *relative = root->trash_path ? walk_below(root, root->trash_path) : NULL;
  return g_strdup(relative);
}

bool walk_covers(const Root *root, const char *relative_path)
{
  g_autofree char *trash = trash_below(root);
  const char *slash = strrchr(relative_path, '/');
  return scan_is_video(slash ? slash + 1 : relative_path, root->extensions) && scan_is_visible(relative_path) &&
         (root->recursive || !slash) && !is_trash(trash, relative_path) && scan_is_included(root, relative_path);
}

bool walk_enters(const Root *root, const char *relative_path)
{
  g_autofree char *trash = trash_below(root);
  return root->recursive && scan_is_visible(relative_path) && !is_trash(trash, relative_path) &&
         !scan_is_pruned(root, relative_path);
}

static bool has_globs(const Root *root)
{
  return (root->include && root->include[0]) || (root->exclude && root->exclude[0]);
}

static void report(const Walk *walk, WalkTrouble trouble, const char *relative, int saved_errno)
{
  g_autofree char *path = absolute(walk, relative);
  walk->params->on_trouble(trouble, path, saved_errno, walk->params->user_data);
}

static void note_directory(Reader *reader, const char *relative, const char *name)
{
  const Root *root = reader->walk->params->root;
  if (!root->recursive || (reader->walk->shallow && g_hash_table_contains(reader->walk->shallow, relative)))
    return;
  g_autofree char *child = walk_join(relative, name);
  if (is_trash(reader->walk->trash, child) || (has_globs(root) && scan_is_pruned(root, child)))
    return;
  g_ptr_array_add(reader->children, g_steal_pointer(&child));
}

static void note_file(Reader *reader, const char *relative, const struct dirent *item)
{
  const Root *root = reader->walk->params->root;
  bool is_video = scan_is_video(item->d_name, root->extensions);
  if (!is_video && !sidecar_is_kind(item->d_name))
    return;
  if (is_video && has_globs(root)) {
    g_autofree char *path = walk_join(relative, item->d_name);
    if (!scan_is_included(root, path))
      return;
  }
  Entry entry = {.name = reader->names->len, .inode = item->d_ino, .type = item->d_type};
  g_byte_array_append(reader->names, (const guint8 *)item->d_name, (guint)strlen(item->d_name) + 1);
  if (is_video)
    g_array_append_val(reader->entries, entry);
  else
    g_array_append_val(reader->sidecars, entry.name);
}

/* Sorts one name by what the directory says it is; a stat only where it says nothing. */
static void note_entry(Reader *reader, int fd, const char *relative, struct dirent *item)
{
  if (scan_is_ignored(item->d_name))
    return;
  if (item->d_type == DT_UNKNOWN) {
    struct stat st;
    if (fstatat(fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
      item->d_type = IFTODT(st.st_mode);
  }
  if (item->d_type == DT_DIR)
    note_directory(reader, relative, item->d_name);
  else if (item->d_type == DT_LNK && reader->walk->params->root->follow_links)
    g_ptr_array_add(reader->links, walk_join(relative, item->d_name));
  else if (item->d_type == DT_REG)
    note_file(reader, relative, item);
}

/* All names of a directory. False if they could not all be read: what is there is then not known, and half a directory must not
 * be taken for a whole one, as sidecars would seem to be gone. */
static bool read_names(Reader *reader, DIR *directory, const char *relative)
{
  Walk *walk = reader->walk;
  for (size_t n = 1;; n++) {
    errno = failpoint("walk.readdir");
    struct dirent *item = errno ? NULL : readdir(directory);
    if (!item && errno) {
      report(walk, WALK_UNREADABLE, relative, errno);
      return false;
    }
    if (!item)
      return true;
    if (n % CANCEL_CHECK_ENTRIES == 0 && cancel_is_set(walk->params->cancel))
      return false;
    note_entry(reader, dirfd(directory), relative, item);
  }
}

static int compare_inodes(gconstpointer a, gconstpointer b)
{
  ino_t x = ((const Entry *)a)->inode, y = ((const Entry *)b)->inode;
  return (x > y) - (x < y);
}

/* Looks at one video; false if it is to be left out. */
static bool look_at(const Walk *walk, int fd, const char *relative, const char *name, FileStat *ret_stat)
{
  struct stat st;
  int saved_errno = failpoint("walk.stat");
  if (!saved_errno && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    saved_errno = errno;
  if (saved_errno) {
    if (saved_errno == ENOENT) /* gone since its name was read */
      return false;
    g_autofree char *path = walk_join(relative, name);
    report(walk, WALK_UNREADABLE, path, saved_errno);
    return false;
  }
  if (!S_ISREG(st.st_mode) || (st.st_dev != walk->root_device && !walk->params->root->cross_filesystems))
    return false;
  *ret_stat = (FileStat){
      .device = (int64_t)st.st_dev,
      .inode = (int64_t)st.st_ino,
      .size_bytes = st.st_size,
      .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
      .link_count = (int64_t)st.st_nlink,
  };
  return true;
}

static void report_files(Reader *reader, int fd, const char *relative, dev_t device)
{
  Walk *walk = reader->walk;
  /* Inodes lie on the disk in the order of their numbers, names do not: on a spinning disk this saves most of the seeks. */
  g_array_sort(reader->entries, compare_inodes);
  for (guint i = 0; i < reader->entries->len; i++) {
    if (i % CANCEL_CHECK_ENTRIES == CANCEL_CHECK_ENTRIES - 1 && cancel_is_set(walk->params->cancel))
      return;
    WalkFile file = {.name = (char *)reader->names->data + g_array_index(reader->entries, Entry, i).name};
    if (look_at(walk, fd, relative, file.name, &file.stat))
      g_array_append_val(reader->files, file);
  }

  g_autofree const char **names = g_new(const char *, reader->files->len + 1);
  for (guint i = 0; i < reader->files->len; i++)
    names[i] = g_array_index(reader->files, WalkFile, i).name;
  g_autoptr(GPtrArray) sidecars = g_ptr_array_new();
  for (guint i = 0; i < reader->sidecars->len; i++)
    g_ptr_array_add(sidecars, reader->names->data + g_array_index(reader->sidecars, size_t, i));
  g_autoptr(GPtrArray) lists = sidecars_assign(names, reader->files->len, sidecars);
  for (guint i = 0; i < lists->len; i++)
    if (lists->pdata[i])
      g_array_index(reader->files, WalkFile, i).sidecars = (const char *const *)((GPtrArray *)lists->pdata[i])->pdata;

  g_autofree char *path = absolute(walk, relative);
  WalkDirectory directory = {path, (int64_t)device, (const WalkFile *)reader->files->data, reader->files->len};
  walk->params->on_directory(&directory, walk->params->user_data);
}

/* False if a directory has been read before, by another way. */
static bool visit_first(Walk *walk, const struct stat *st)
{
  if (!walk->visited)
    return true;
  DirectoryId *id = g_new(DirectoryId, 1);
  *id = (DirectoryId){st->st_dev, st->st_ino};
  g_mutex_lock(&walk->lock);
  bool is_first = g_hash_table_add(walk->visited, id);
  g_mutex_unlock(&walk->lock);
  return is_first;
}

/* -1 if it cannot be opened or is not to be read; what there is to say was said. */
static int open_directory(Walk *walk, const char *relative, struct stat *ret_stat)
{
  int saved_errno = failpoint("walk.opendir");
  int fd = saved_errno ? -1 : openat(walk->root_fd, *relative ? relative : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat(fd, ret_stat) != 0) {
    saved_errno = saved_errno ? saved_errno : errno;
    /* Removed, or replaced by something else, since its name was read: there is nothing in it. */
    bool is_gone = saved_errno == ENOENT || saved_errno == ENOTDIR || saved_errno == ELOOP;
    if (!is_gone)
      report(walk, WALK_UNREADABLE, relative, saved_errno);
  } else if (ret_stat->st_dev != walk->root_device && !walk->params->root->cross_filesystems) {
    report(walk, WALK_OTHER_FILESYSTEM, relative, 0);
  } else if (visit_first(walk, ret_stat)) {
    return fd;
  }
  if (fd >= 0)
    close(fd);
  return -1;
}

static void read_directory(Reader *reader, const char *relative)
{
  struct stat st;
  int fd = open_directory(reader->walk, relative, &st);
  if (fd < 0)
    return;
  DIR *directory = fdopendir(fd);
  if (!directory) {
    report(reader->walk, WALK_UNREADABLE, relative, errno);
    close(fd);
    return;
  }
  g_byte_array_set_size(reader->names, 0);
  g_array_set_size(reader->entries, 0);
  g_array_set_size(reader->sidecars, 0);
  g_array_set_size(reader->files, 0);
  if (read_names(reader, directory, relative))
    report_files(reader, fd, relative, st.st_dev);
  closedir(directory);
}

static void move_all(GPtrArray *from, GPtrArray *to)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add(to, g_steal_pointer(&from->pdata[i]));
  g_ptr_array_set_size(from, 0);
}

static gpointer reader_thread(gpointer data)
{
  Walk *walk = data;
  Reader reader = {
      .walk = walk,
      .names = g_byte_array_new(),
      .entries = g_array_new(FALSE, FALSE, sizeof(Entry)),
      .sidecars = g_array_new(FALSE, FALSE, sizeof(size_t)),
      .children = g_ptr_array_new(),
      .links = g_ptr_array_new(),
      .files = g_array_new(FALSE, FALSE, sizeof(WalkFile)),
  };
  g_mutex_lock(&walk->lock);
  while (!walk->is_over) {
    if (!walk->stack->len) {
      g_cond_wait(&walk->changed, &walk->lock);
      continue;
    }
    g_autofree char *relative = g_ptr_array_steal_index(walk->stack, walk->stack->len - 1);
    walk->busy++;
    g_mutex_unlock(&walk->lock);
    if (!cancel_is_set(walk->params->cancel))
      read_directory(&reader, relative);
    g_mutex_lock(&walk->lock);
    walk->busy--;
    move_all(reader.children, walk->stack);
    move_all(reader.links, walk->links);
    g_cond_broadcast(&walk->changed);
  }
  g_mutex_unlock(&walk->lock);
  g_byte_array_unref(reader.names);
  g_array_unref(reader.entries);
  g_array_unref(reader.sidecars);
  g_ptr_array_unref(reader.children);
  g_ptr_array_unref(reader.links);
  g_array_unref(reader.files);
  return NULL;
}

/* Reads what is on the stack and all that is below it. */
static void drain(Walk *walk)
{
  g_mutex_lock(&walk->lock);
  g_cond_broadcast(&walk->changed);
  while (walk->stack->len || walk->busy)
    g_cond_wait(&walk->changed, &walk->lock);
  g_mutex_unlock(&walk->lock);
}

/* The stage directories and the trash are never the library's, whatever leads there. */
static bool is_ours(const Walk *walk, const char *relative)
{
  return is_trash(walk->trash, relative) || g_str_has_prefix(relative, ".reeve-") || strstr(relative, "/.reeve-");
}

/* A link to a file in a directory that the walk did not enter: reported alone, once, under its real path. */
static void report_linked_file(Walk *walk, const char *relative, GHashTable *reported)
{
  const char *slash = strrchr(relative, '/');
  const char *name = slash ? slash + 1 : relative;
  g_autofree char *parent = slash ? g_strndup(relative, (gsize)(slash - relative)) : g_strdup("");
  g_autofree char *parent_path = absolute(walk, parent);
  struct stat st;
  if (!scan_is_video(name, walk->params->root->extensions) || !scan_is_included(walk->params->root, relative) ||
      stat(parent_path, &st) != 0)
    return;
  DirectoryId id = {st.st_dev, st.st_ino};
  if (g_hash_table_contains(walk->visited, &id) || !g_hash_table_add(reported, g_strdup(relative)))
    return;
  WalkFile file = {.name = name};
  if (!look_at(walk, walk->root_fd, "", relative, &file.stat))
    return;
  WalkDirectory directory = {parent_path, (int64_t)st.st_dev, &file, 1};
  walk->params->on_directory(&directory, walk->params->user_data);
}

/* Resolves a link and goes on from where it leads. Called when no thread is busy, so what they share may be read. */
static void follow(Walk *walk, const char *link, GHashTable *reported)
{
  const Root *root = walk->params->root;
  g_autofree char *path = absolute(walk, link);
  g_autofree char *target = realpath(path, NULL); /* g_free and free are the same since GLib 2.46 */
  struct stat st;
  if (!target || stat(target, &st) != 0) {
    report(walk, WALK_LINK_BROKEN, link, errno);
    return;
  }
  if (strcmp(target, root->path) == 0)
    return; /* up to the top: all of it is walked */
  const char *relative = walk_below(root, target);
  if (!relative) {
    if (S_ISDIR(st.st_mode) || scan_is_video(target, root->extensions))
      report(walk, WALK_LINK_OUTSIDE, link, 0);
  } else if (S_ISREG(st.st_mode) && !is_ours(walk, relative)) {
    report_linked_file(walk, relative, reported);
  } else if (S_ISDIR(st.st_mode) && !is_ours(walk, relative) && root->recursive && !scan_is_pruned(root, relative)) {
    g_mutex_lock(&walk->lock);
    g_ptr_array_add(walk->stack, g_strdup(relative));
    g_mutex_unlock(&walk->lock);
    drain(walk);
  }
}

static int compare_links(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Links wait until all that is reached without them has been read, so that what is found does not hang on which thread was
 * first. */
static void follow_links(Walk *walk, GHashTable *reported)
{
  g_autoptr(GPtrArray) links = g_steal_pointer(&walk->links);
  walk->links = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_sort(links, compare_links);
  for (guint i = 0; i < links->len && !cancel_is_set(walk->params->cancel); i++)
    follow(walk, links->pdata[i], reported);
}

static void run(Walk *walk)
{
  g_autoptr(GPtrArray) threads = g_ptr_array_new();
  g_autoptr(GHashTable) reported = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (int i = 0; i < walk->params->threads; i++)
    g_ptr_array_add(threads, log_thread_new("walk", reader_thread, walk));
  drain(walk);
  while (walk->links->len && !cancel_is_set(walk->params->cancel))
    follow_links(walk, reported);
  g_mutex_lock(&walk->lock);
  walk->is_over = true;
  g_cond_broadcast(&walk->changed);
  g_mutex_unlock(&walk->lock);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join(threads->pdata[i]);
}

/* Where the walk begins. */
static void add_starts(Walk *walk)
{
  const WalkParams *params = walk->params;
  if (!params->trees && !params->directories)
    g_ptr_array_add(walk->stack, g_strdup(""));
  for (const char *const *tree = params->trees; tree && *tree; tree++)
    g_ptr_array_add(walk->stack, g_strdup(*tree));
  if (params->directories)
    walk->shallow = g_hash_table_new(g_str_hash, g_str_equal);
  for (const char *const *directory = params->directories; directory && *directory; directory++) {
    g_hash_table_add(walk->shallow, (char *)*directory);
    g_ptr_array_add(walk->stack, g_strdup(*directory));
  }
}

bool walk_tree(const WalkParams *params, GError **error)
{
  struct stat st;
  int saved_errno = failpoint("walk.open_root");
  int fd = saved_errno ? -1 : open(params->root->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0) {
    saved_errno = saved_errno ? saved_errno : errno;
    if (fd >= 0)
      close(fd);
    g_autofree char *shown = g_utf8_make_valid(params->root->path, -1);
    return fail_errno(error, saved_errno, "The directory \"%s\" cannot be read", shown);
  }
  Walk walk = {
      .params = params,
      .root_fd = fd,
      .root_device = st.st_dev,
      .trash = trash_below(params->root),
      .stack = g_ptr_array_new_with_free_func(g_free),
      .links = g_ptr_array_new_with_free_func(g_free),
      .visited = params->root->follow_links ? g_hash_table_new_full(hash_directory, same_directory, g_free, NULL) : NULL,
  };
  g_mutex_init(&walk.lock);
  g_cond_init(&walk.changed);
  add_starts(&walk);
  run(&walk);
  g_mutex_clear(&walk.lock);
  g_cond_clear(&walk.changed);
  g_ptr_array_unref(walk.stack);
  g_ptr_array_unref(walk.links);
  g_clear_pointer(&walk.visited, g_hash_table_unref);
  g_clear_pointer(&walk.shallow, g_hash_table_unref);
  g_free(walk.trash);
  close(fd);
  return cancel_check(params->cancel, error);
}
