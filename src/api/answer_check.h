/* In the test build, each JSON answer is held to the table that its route declares, and each route that answered well is noted,
 * so that the tests know which were never asked. Nothing of it is in a release.
 *
 * Thread-safety: any thread. */
#pragma once

#include "api/route.h"

/* INTERNAL, naming the place, if the text is not what the row says about answers with this status. */
bool answer_check(const Route *route, int status, const GString *text, GError **error);

/* Lines in the file that REEVE_ROUTE_LOG names: "route METHOD PATH" for each row there is, "used METHOD PATH" for each that
 * answered well, once a server. NULL, which the others take, without that variable and in a release. */
typedef struct RouteLog RouteLog;
RouteLog *route_log_new(void);
void route_log_add(RouteLog *log, const Route *route);
void route_log_free(RouteLog *log);
