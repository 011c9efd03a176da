/* Dotted paths to the parts of an input, for this module: "rules.0.codec". A long key is cut short, so that an input cannot make
 * its own errors large. */
#pragma once

#include <glib.h>

/* Each returns the length to give back to json_path_pop. */
gsize json_path_push(GString *path, const char *key);
gsize json_path_push_index(GString *path, gsize index);
void json_path_pop(GString *path, gsize length);
