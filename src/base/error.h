/* The one error domain. Fallible functions return bool or a pointer and take `GError **` last; the message is one
 * finished sentence: what happened, to what, and what the reader can do. Library layers return errors, services log them once.
 *
 * Thread-safety: everything here may be called from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
  REEVE_ERROR_INVALID,         /* the caller's input breaks a rule that the message names */
  REEVE_ERROR_NOT_FOUND,       /* no such thing */
  REEVE_ERROR_CONFLICT,        /* the thing is not in a state that allows this; look again and retry by hand */
  REEVE_ERROR_UNAUTHENTICATED, /* no valid credential was shown */
  REEVE_ERROR_DENIED,          /* the credential, or the operating system, does not allow it */
  REEVE_ERROR_IO,              /* a read or write failed */
  REEVE_ERROR_NO_SPACE,        /* a file system is full, or would be */
  REEVE_ERROR_UPSTREAM,        /* another service or program answered badly */
  REEVE_ERROR_TIMEOUT,         /* a time limit ran out */
  REEVE_ERROR_CANCELLED,       /* someone asked for it to stop */
  REEVE_ERROR_LIMIT,           /* a size or rate cap was met */
  REEVE_ERROR_CORRUPT,         /* bytes do not follow their format */
  REEVE_ERROR_UNAVAILABLE,     /* a service this needs is away for now */
  REEVE_ERROR_INTERNAL,        /* a defect in Reeve */
} ReeveErrorCode;

typedef struct {
  const char *name;  /* stable, in JSON answers and logs: "not-found" */
  const char *title; /* for people: "Not found" */
  int http_status;
  int exit_code;  /* of the command line */
  bool retryable; /* trying the same again later may work, without a person */
} ReeveErrorRow;

#define REEVE_ERROR (reeve_error_quark())
GQuark reeve_error_quark(void);

/* The row of a code. Cannot fail: an unknown code gives INTERNAL's row. */
const ReeveErrorRow *reeve_error_row(int code);

/* The code of any error: its own if it is of our domain, else INTERNAL. `error` may be NULL (INTERNAL). */
ReeveErrorCode reeve_error_code(const GError *error);

/* Sets *error and returns false, so that a caller can write `return fail(error, REEVE_ERROR_IO, "…")`. */
bool fail(GError **error, ReeveErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The code that fits an errno value: ENOENT not-found, EACCES denied, ENOSPC and EDQUOT no-space, ECANCELED cancelled, else io.
 */
ReeveErrorCode reeve_error_code_from_errno(int saved_errno);

/* As fail(), with ": <strerror>" appended and the code taken from `saved_errno`. */
bool fail_errno(GError **error, int saved_errno, const char *format, ...) G_GNUC_PRINTF(3, 4);
