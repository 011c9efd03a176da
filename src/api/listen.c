/* Decides what an address to listen on means. Test: tests/unit/api/test_listen.c */
#include "api/listen.h"

#include "base/error.h"
#include "base/number.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

/* "host:port" or "[host]:port". */
static bool split(const char *listen, char **ret_host, char **ret_port, GError **error)
{
  int64_t number;
  const char *colon = strrchr(listen, ':');
  bool bracketed = listen[0] == '[';
  size_t length = colon ? (size_t)(colon - listen) : 0;
  bool good = colon && length > 0 && parse_int(colon + 1, 0, 65535, &number);
  if (good && bracketed)
    good = length > 2 && colon[-1] == ']';
  else if (good)
    good = !memchr(listen, ':', length);
  if (!good)
    return fail(error, REEVE_ERROR_INVALID,
                "\"%s\" is no address to listen on; write it as 127.0.0.1:8460, or [::1]:8460 for IPv6.", listen);
  *ret_host = bracketed ? g_strndup(listen + 1, length - 2) : g_strndup(listen, length);
  *ret_port = g_strdup(colon + 1);
  return true;
}

static bool refuse(const char *listen, int saved_errno, GError **error)
{
  if (saved_errno == EADDRINUSE)
    return fail(error, REEVE_ERROR_CONFLICT, "%s is in use by another program; choose another address with --listen.", listen);
  if (saved_errno == EADDRNOTAVAIL)
    return fail(error, REEVE_ERROR_INVALID, "%s cannot be listened on: this machine does not have that address.", listen);
  return fail_errno(error, saved_errno, "%s cannot be listened on", listen);
}

static char *address_of(int fd)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
      getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) !=
          0)
    return g_strdup("?");
  return g_strdup_printf(strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static int open_socket(const char *listen_text, const struct addrinfo *info, GError **error)
{
  int one = 1, zero = 0;
  int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* A restart must not wait for connections of the last run to time out. */
  if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
      (info->ai_family != AF_INET6 ||
       setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero) == 0) && /* [::] is IPv4 too */
      bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
      listen(fd, BACKLOG) == 0)
    return fd;
  int saved_errno = errno;
  if (fd >= 0)
    close(fd);
  refuse(listen_text, saved_errno, error);
  return -1;
}

int listen_open(const char *listen, char **ret_address, GError **error)
{
  g_autofree char *host = NULL, *port = NULL;
  if (!split(listen, &host, &port, error))
    return -1;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  int problem = getaddrinfo(host, port, &hints, &found);
  if (problem != 0) {
    fail(error, REEVE_ERROR_INVALID, "%s cannot be listened on: %s.", listen, gai_strerror(problem));
    return -1;
  }
  int fd = open_socket(listen, found, error);
  freeaddrinfo(found);
  if (fd >= 0)
    *ret_address = address_of(fd);
  return fd;
}
