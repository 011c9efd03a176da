/* Decides how secrets are sealed and where their key lies. Test: tests/unit/sys/test_secret_box.c */
#include "sys/secret_box.h"

#include "base/error.h"
#include "sys/fs.h"
#include "sys/fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  KEY_BYTES = crypto_secretbox_KEYBYTES,
  KEY_DIGITS = 2 * KEY_BYTES,
  NAME_DIGITS = 8,
  HEAD_BYTES = 2 + NAME_DIGITS + 1, /* "1." name "." */
  FRAME_BYTES = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
};
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

typedef struct {
  unsigned char bytes[KEY_BYTES];
  char name[NAME_DIGITS + 1]; /* tells it from others, and says nothing about it */
} Key;

static void key_wipe(Key *key)
{
  sodium_memzero(key, sizeof *key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Key, key_wipe)

/* --- the file --- */

static bool is_key(const char *text, ssize_t length, unsigned char bytes[KEY_BYTES])
{
  size_t n = 0;
  return length >= KEY_DIGITS && sodium_hex2bin(bytes, KEY_BYTES, text, KEY_DIGITS, NULL, &n, NULL) == 0 && n == KEY_BYTES &&
         (size_t)length == KEY_DIGITS + strspn(text + KEY_DIGITS, "\r\n");
}

static void name_key(Key *key)
{
  unsigned char hash[crypto_generichash_BYTES];
  static const unsigned char what[] = "name";
  crypto_generichash(hash, sizeof hash, what, sizeof what, key->bytes, sizeof key->bytes);
  sodium_bin2hex(key->name, sizeof key->name, hash, NAME_DIGITS / 2);
}

/* NOT_FOUND if there is none. */
static bool read_key(const char *path, Key *ret_key, GError **error)
{
  char text[KEY_DIGITS + 8];
  auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fail_errno(error, errno, "The key file \"%s\" cannot be opened", path);
  ssize_t length = read(fd, text, sizeof text - 1);
  if (length < 0)
    return fail_errno(error, errno, "The key file \"%s\" cannot be read", path);
  text[length] = '\0';
  bool ok = is_key(text, length, ret_key->bytes);
  sodium_memzero(text, sizeof text);
  if (!ok)
    return fail(error, REEVE_ERROR_CORRUPT,
                "The key file \"%s\" holds no key; put the right one in its place, or remove it and set "
                "the secret again.",
                path);
  name_key(ret_key);
  return true;
}

/* Somebody who works as root must not make a file that the server cannot read. */
static bool give_to_owner(const char *path, const char *directory, GError **error)
{
  struct stat of;
  if (geteuid() != 0)
    return true;
  if (stat(directory, &of) != 0 || chown(path, of.st_uid, of.st_gid) != 0)
    return fail_errno(error, errno, "The key file \"%s\" cannot be given to the owner of its directory", path);
  return true;
}

/* Whole and on the disk before it has its name; whoever is first decides. */
static bool make_key(const char *directory, const char *path, GError **error)
{
  unsigned char bytes[KEY_BYTES];
  char text[KEY_DIGITS + 2];
  g_autoptr(GError) why = NULL;
  g_autofree char *draft = g_strdup_printf("%s.%08x", path, g_random_int());
  randombytes_buf(bytes, sizeof bytes);
  sodium_bin2hex(text, KEY_DIGITS + 1, bytes, sizeof bytes);
  text[KEY_DIGITS] = '\n';
  bool ok = fs_write_durable(draft, text, KEY_DIGITS + 1, 0600, &why) && give_to_owner(draft, directory, &why) &&
            fs_rename_new(draft, path, &why) && fs_fsync_dir(directory, &why);
  sodium_memzero(bytes, sizeof bytes);
  sodium_memzero(text, sizeof text);
  if (ok)
    return true;
  unlink(draft);
  if (reeve_error_code(why) == REEVE_ERROR_CONFLICT)
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool load_key(const char *directory, bool makes, Key *ret_key, GError **error)
{
  g_autofree char *path = g_build_filename(directory, SECRET_BOX_FILE, NULL);
  g_autoptr(GError) why = NULL;
  if (sodium_init() < 0)
    return fail(error, REEVE_ERROR_INTERNAL, "The system gives no random numbers.");
  if (read_key(path, ret_key, &why))
    return true;
  if (reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (makes)
    return make_key(directory, path, error) && read_key(path, ret_key, error);
  return fail(error, REEVE_ERROR_NOT_FOUND,
              "The key file \"%s\" is missing; put it back (it is not part of backups), or set the secret again.", path);
}

/* --- the box --- */

static void key_for(const Key *key, const char *purpose, unsigned char ret_key[KEY_BYTES])
{
  crypto_generichash(ret_key, KEY_BYTES, (const unsigned char *)purpose, strlen(purpose), key->bytes, sizeof key->bytes);
}

char *secret_box_seal(const char *directory, const char *purpose, const char *text, GError **error)
{
  g_auto(Key) key = {0};
  if (!load_key(directory, true, &key, error))
    return NULL;
  unsigned char own[KEY_BYTES];
  size_t length = strlen(text), n = FRAME_BYTES + length;
  g_autofree unsigned char *box = g_malloc(n);
  randombytes_buf(box, crypto_secretbox_NONCEBYTES);
  key_for(&key, purpose, own);
  crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)text, length, box, own);
  sodium_memzero(own, sizeof own);
  size_t room = sodium_base64_encoded_len(n, VARIANT);
  g_autofree char *encoded = g_malloc(room);
  return g_strdup_printf("1.%s.%s", key.name, sodium_bin2base64(encoded, room, box, n, VARIANT));
}

/* Of a key's name, what is between "1." and the next dot; false if it is not so. */
static bool read_head(const char *sealed, char ret_name[NAME_DIGITS + 1])
{
  if (strlen(sealed) < HEAD_BYTES || sealed[0] != '1' || sealed[1] != '.' || sealed[HEAD_BYTES - 1] != '.' ||
      strspn(sealed + 2, "0123456789abcdef") != NAME_DIGITS)
    return false;
  memcpy(ret_name, sealed + 2, NAME_DIGITS);
  ret_name[NAME_DIGITS] = '\0';
  return true;
}

static char *open_box(const Key *key, const char *purpose, const char *encoded)
{
  size_t room = strlen(encoded), n = 0;
  g_autofree unsigned char *box = g_malloc(room + 1);
  if (sodium_base642bin(box, room, encoded, room, NULL, &n, NULL, VARIANT) != 0 || n < FRAME_BYTES)
    return NULL;
  unsigned char own[KEY_BYTES];
  char *text = g_malloc0(n - FRAME_BYTES + 1);
  key_for(key, purpose, own);
  bool ok = crypto_secretbox_open_easy((unsigned char *)text, box + crypto_secretbox_NONCEBYTES, n - crypto_secretbox_NONCEBYTES,
                                       box, own) == 0;
  sodium_memzero(own, sizeof own);
  if (ok)
    return text;
  g_free(text);
  return NULL;
}

char *secret_box_open(const char *directory, const char *purpose, const char *sealed, GError **error)
{
  g_auto(Key) key = {0};
  char name[NAME_DIGITS + 1];
  if (!read_head(sealed, name)) {
    fail(error, REEVE_ERROR_CORRUPT, "It is not sealed as this version seals; set it again.");
    return NULL;
  }
  if (!load_key(directory, false, &key, error))
    return NULL;
  if (strcmp(name, key.name) != 0) {
    fail(error, REEVE_ERROR_CONFLICT,
         "It was sealed with the key %s, and \"%s/" SECRET_BOX_FILE
         "\" holds another (%s), of another installation; put the right "
         "file in its place, or set the secret again.",
         name, directory, key.name);
    return NULL;
  }
  char *text = open_box(&key, purpose, sealed + HEAD_BYTES);
  if (!text)
    fail(error, REEVE_ERROR_CORRUPT, "It was damaged or changed; set it again.");
  return text;
}

void secret_box_free(char *text)
{
  if (text)
    sodium_memzero(text, strlen(text));
  g_free(text);
}
