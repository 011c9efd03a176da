/* What a password costs whoever guesses it, and us: one hash at a time, as the server does it. */
#include "auth/password.h"

#include <stdio.h>
#include <sys/resource.h>

int main(void)
{
  enum { ROUNDS = 20 };
  g_autofree char *hash = password_hash("correct horse", NULL);
  gint64 best_us = G_MAXINT64, sum_us = 0;
  for (int i = 0; i < ROUNDS; i++) {
    gint64 start_us = g_get_monotonic_time();
    if (!hash || !password_verify(hash, "correct horse"))
      return 1;
    gint64 took_us = g_get_monotonic_time() - start_us;
    best_us = MIN(best_us, took_us);
    sum_us += took_us;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%-58s %.1f ms (best), %.1f ms (mean of %d)\n", "password: one argon2id check, 64 MiB, 2 passes, 1 lane",
         (double)best_us / 1000, (double)sum_us / ROUNDS / 1000, ROUNDS);
  printf("%-58s %.1f MiB\n", "password: memory at the most", (double)usage.ru_maxrss / 1024);
  return 0;
}
