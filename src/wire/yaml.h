/* YAML -> the same JSON tree, with the place of each value kept, so that configuration is validated by field table like
 * everything else and errors name line and column. */
#pragma once

#include "wire/json.h"

/* Reads one document into `record`. ${NAME} in values is replaced from the environment (an unset name is an error; $$ is a dollar
 * sign). Each error's message ends with " (line L, column C)". An empty document leaves the defaults. Anchors and aliases,
 * several documents, duplicate keys and depth over 16 are refused; size cap 1 MiB. `name` is the file's name for messages. The
 * record is unchanged on failure. */
bool yaml_to_record(const FieldTable *table, const char *name, const char *text, size_t length, void *record, GPtrArray *errors,
                    GError **error);
