/* The name under which an upload is shown and offered for saving. It never becomes part of a path of ours. Pure.
 *
 * Thread-safety: no state. */
#pragma once

enum { UPLOAD_NAME_MAX_BYTES = 200 };

/* What is left of a name that a sender gave, which may be NULL and hold any bytes: its last part ("../../x" and "C:\\x" are
 * "x"), valid UTF-8, without control characters and those that turn the direction of a text, what Windows forbids as "_", no
 * space or dot at either end, at most UPLOAD_NAME_MAX_BYTES, where the ending is kept if it is a short one. "upload" if nothing
 * is left. A name made by this stays as it is. The caller frees it. */
char *upload_name(const char *given);
