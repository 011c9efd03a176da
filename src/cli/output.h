/* What commands print: results on standard output, remarks on standard error. Texts are escaped here.
 *
 * Thread-safety: one thread. */
#pragma once

#include "cli/command.h"
#include "cli/text.h"
#include "wire/json.h"

/* One line of results for people. */
void output_line(const char *format, ...) G_GNUC_PRINTF(1, 2);
void output_coloured(Colour colour, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One JSON value on a line. Takes the reference. */
void output_json(json_t *take_value);
void output_record(const FieldTable *table, const void *record);
void output_records(const FieldTable *table, const GPtrArray *records); /* as one array */

/* A remark for whoever sits there: on standard error, not with --quiet. */
void output_remark(const CommandContext *context, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* {"path":…, then the fields of `table`, or "error":{"code":…,"message":…}}. */
json_t *output_file_json(const char *path, const FieldTable *table, const void *record, const GError *error);
