/* Secrets that we must be able to read again (keys of other services), sealed with a key that lies in a file of its own beside
 * the database, so that a copy of the database alone, a backup for one, says nothing. NaCl's secretbox (XSalsa20-Poly1305): what
 * was changed does not open.
 *
 * The key file is "secret.key" in the given directory: 64 hex digits and a line feed, mode 0600, owned like the directory. It is
 * made, durably, when the first secret is sealed, and never replaced. It is read each time, so that one that is put back counts
 * at once. Several servers of one database need the same file.
 *
 * If the file is lost, or is that of another installation, what was sealed cannot be opened, ever: secret_box_open says so, and
 * its callers take the secret for one that is not set. Nothing else is touched. What is sealed from then on has the key that is
 * there, or a new one.
 *
 * Sealed text is "1." + the key's name (8 hex digits) + "." + base64url of nonce, code and ciphertext.
 *
 * Thread-safety: any thread, and several processes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define SECRET_BOX_FILE "secret.key"

/* Seals a text for one purpose ("tmdb_key"): it opens for no other, so that nobody who can write to the database can have one
 * secret used as another. NULL if the file can be neither read nor made, CORRUPT if it holds no key. The caller frees it. */
char *secret_box_seal(const char *directory, const char *purpose, const char *text, GError **error);

/* The text. NULL: NOT_FOUND without a key file, CONFLICT if it is not the one the text was sealed with, CORRUPT if the file or
 * the sealed text is damaged. The messages say what to do, and
 * not which secret it is. The caller frees the text with secret_box_free. */
char *secret_box_open(const char *directory, const char *purpose, const char *sealed, GError **error);

/* Wipes and frees; NULL is fine. */
void secret_box_free(char *text);
