/* How programs show who they are on routes that others call (ROUTE_HOOK): by a key, also where they can set no header, or by a
 * signature of the body.
 *
 * A signature counts only while the setting webhook_secret is there. One that is shown then must be right, whatever else is
 * shown with it: a body that was changed on its way is not taken because its sender also has a key.
 *
 * Thread-safety: as Request. */
#pragma once

#include "api/http.h"

#define HOOK_SIGNATURE_HEADER "X-Webhook-Signature"
#define HOOK_SIGNATURE_HELP                                                                                                      \
  "HMAC-SHA256 of the body by the webhook secret, in hex, with or without \"sha256=\": instead of a key."

/* The key in the address (?apikey=), or the password of basic authentication; NULL without one, and on other routes. The caller
 * frees it. */
char *hook_key(const Request *request);

/* Whether the request shows a signature, right or wrong, where that has a meaning. */
bool hook_is_signed(const Request *request);

/* UNAUTHENTICATED while there is no secret to check signatures with. */
bool hook_takes_signatures(Request *request, GError **error);

/* Judges a signed request, whose body is there. UNAUTHENTICATED if the signature is wrong, which the lock-out counts like a wrong
 * password; LIMIT, with the response's status and Retry-After, where that was too often. Without a secret it counts for nothing,
 * and whoever showed a key as well is let in by that. */
bool hook_check_signature(Request *request, Response *response, GError **error);
