/* Decides what each kind of error means to HTTP, to the shell and to the retry logic. Test: tests/unit/base/test_error.c */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>

static const ReeveErrorRow rows[] = {
    [REEVE_ERROR_INVALID] = {"invalid", "Invalid input", 422, 2, false},
    [REEVE_ERROR_NOT_FOUND] = {"not-found", "Not found", 404, 3, false},
    [REEVE_ERROR_CONFLICT] = {"conflict", "Conflict", 409, 4, false},
    [REEVE_ERROR_UNAUTHENTICATED] = {"unauthenticated", "Not signed in", 401, 5, false},
    [REEVE_ERROR_DENIED] = {"denied", "Not allowed", 403, 6, false},
    [REEVE_ERROR_IO] = {"io", "Input/output error", 500, 7, true},
    [REEVE_ERROR_NO_SPACE] = {"no-space", "Not enough space", 507, 8, true},
    [REEVE_ERROR_UPSTREAM] = {"upstream", "Another service failed", 502, 9, true},
    [REEVE_ERROR_TIMEOUT] = {"timeout", "Timed out", 504, 10, true},
    [REEVE_ERROR_CANCELLED] = {"cancelled", "Cancelled", 409, 11, false},
    [REEVE_ERROR_LIMIT] = {"limit", "Over a limit", 413, 12, false},
    [REEVE_ERROR_CORRUPT] = {"corrupt", "Damaged data", 422, 13, false},
    [REEVE_ERROR_UNAVAILABLE] = {"unavailable", "Not available now", 503, 14, true},
    [REEVE_ERROR_INTERNAL] = {"internal", "Internal error", 500, 1, false},
};

/* The formatter would put spaces into the quark's name. */
/* clang-format off */
G_DEFINE_QUARK(reeve-error, reeve_error)
/* clang-format on */

const ReeveErrorRow *reeve_error_row(int code)
{
  if (code < 0 || code >= (int)G_N_ELEMENTS(rows))
    code = REEVE_ERROR_INTERNAL;
  return &rows[code];
}

ReeveErrorCode reeve_error_code(const GError *error)
{
  if (error && error->domain == REEVE_ERROR && error->code >= 0 && error->code < (int)G_N_ELEMENTS(rows))
    return (ReeveErrorCode)error->code;
  return REEVE_ERROR_INTERNAL;
}

static void set_message(GError **error, ReeveErrorCode code, const char *format, va_list args, const char *suffix)
{
  if (!error)
    return;
  g_autofree char *message = g_strdup_vprintf(format, args);
  g_set_error(error, REEVE_ERROR, (int)code, "%s%s%s", message, suffix ? ": " : "", suffix ? suffix : "");
}

bool fail(GError **error, ReeveErrorCode code, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  set_message(error, code, format, args, NULL);
  va_end(args);
  return false;
}

ReeveErrorCode reeve_error_code_from_errno(int saved_errno)
{
  switch (saved_errno) {
  case ENOENT:
  case ENOTDIR:
    return REEVE_ERROR_NOT_FOUND;
  case EACCES:
  case EPERM:
  case EROFS:
    return REEVE_ERROR_DENIED;
  case ENOSPC:
  case EDQUOT:
    return REEVE_ERROR_NO_SPACE;
  case EEXIST:
  case EBUSY:
    return REEVE_ERROR_CONFLICT;
  case ECANCELED:
    return REEVE_ERROR_CANCELLED;
  case ETIMEDOUT:
    return REEVE_ERROR_TIMEOUT;
  case EMFILE:
  case ENFILE:
  case ENOMEM:
  case EAGAIN:
    return REEVE_ERROR_UNAVAILABLE; /* the machine has none left just now */
  default:
    return REEVE_ERROR_IO;
  }
}

bool fail_errno(GError **error, int saved_errno, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  set_message(error, reeve_error_code_from_errno(saved_errno), format, args, g_strerror(saved_errno));
  va_end(args);
  return false;
}
