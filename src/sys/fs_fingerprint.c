/* Decides by which bytes a file is known again after a move: its size and three samples. Test: tests/unit/sys/test_fs.c */
#include "sys/fs_internal.h"

#include "base/error.h"

#include <errno.h>
#include <sodium.h>

#define SAMPLE_BYTES (64 * 1024)
#define DIGEST_BYTES 16

/* Feeds [offset, offset + length) of the file to the hash. CONFLICT if the file ends before. */
static bool feed(crypto_generichash_state *state, int fd, const char *path, int64_t offset, int64_t length, GError **error)
{
  g_autofree unsigned char *buffer = g_malloc(SAMPLE_BYTES);
  while (length > 0) {
    ssize_t got = pread(fd, buffer, (size_t)MIN(length, SAMPLE_BYTES), offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fs_fail(error, errno, path, "cannot be read");
    if (got == 0) {
      g_autofree char *shown = g_utf8_make_valid(path, -1);
      return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" became shorter while it was read.", shown);
    }
    crypto_generichash_update(state, buffer, (unsigned long long)got);
    offset += got;
    length -= got;
  }
  return true;
}

static bool feed_samples(crypto_generichash_state *state, int fd, const char *path, int64_t size, GError **error)
{
  if (size <= 3 * SAMPLE_BYTES)
    return feed(state, fd, path, 0, size, error);
  return feed(state, fd, path, 0, SAMPLE_BYTES, error) &&
         feed(state, fd, path, size / 2 - SAMPLE_BYTES / 2, SAMPLE_BYTES, error) &&
         feed(state, fd, path, size - SAMPLE_BYTES, SAMPLE_BYTES, error);
}

char *fs_fingerprint(const char *path, GError **error)
{
  if (sodium_init() < 0) {
    fail(error, REEVE_ERROR_INTERNAL, "The cryptographic library cannot be initialised.");
    return NULL;
  }
  struct stat st;
  auto_close int fd = fs_open_regular(path, &st, error);
  if (fd < 0)
    return NULL;

  crypto_generichash_state state;
  crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
  guint64 size_le = GUINT64_TO_LE((guint64)st.st_size); /* the same digits on every machine */
  crypto_generichash_update(&state, (const unsigned char *)&size_le, sizeof size_le);
  if (!feed_samples(&state, fd, path, st.st_size, error))
    return NULL;
  unsigned char digest[DIGEST_BYTES];
  crypto_generichash_final(&state, digest, sizeof digest);
  char *hex = g_malloc(DIGEST_BYTES * 2 + 1);
  return sodium_bin2hex(hex, DIGEST_BYTES * 2 + 1, digest, sizeof digest);
}
