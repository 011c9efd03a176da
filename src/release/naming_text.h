/* Titles and names turned into what may stand in a file's name. Within the module only.
 *
 * Every function returns a new text that the caller frees. The first four take any bytes and return valid UTF-8, except that
 * naming_title_the leaves what it is given as it is; the others take and return valid UTF-8.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/naming.h"

/* An ellipsis until the name is done, so that dots at its ends are not taken for separators: no title holds it. */
#define NAMING_ELLIPSIS "\001"

/* "Law & Order (UK)" is "Law and Order UK": without brackets, accents and marks between words. */
char *naming_clean_title(const char *title);

/* "The Flash (2010)" is "Flash, The (2010)"; with NAMING_CLEAN each part is cleaned: "Flash, The 2010". */
typedef enum { NAMING_AS_IS, NAMING_CLEAN } NamingCleaning;
char *naming_title_the(const char *title, NamingCleaning cleaning);

/* What a title is filed under: its first letter or digit, without article and accent, in capitals; "_" if it has none. */
char *naming_first_character(const char *title);

/* "EXTENDED director's cut" is "Extended Director's Cut"; IMAX, 3D, HDR, SDR and DV are in capitals. */
char *naming_edition(const char *edition);

/* At most |max_bytes| bytes, the ellipsis counted as three: cut at the end, or for a negative number at the start; never within a
 * character or before a combining mark. 0: as it is. */
char *naming_truncate(const char *text, int64_t max_bytes);

/* At most `max_bytes`, without an ellipsis. */
char *naming_cut(const char *text, size_t max_bytes);

/* A value without what `options` forbid in a name, and without separators in front. */
char *naming_clean_value(const char *value, const NamingOptions *options);

/* A whole component: no separator twice, none at the end, ellipses written out, no name that a device has. */
char *naming_finish(const char *component, const NamingOptions *options);
