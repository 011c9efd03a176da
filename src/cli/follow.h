/* Following jobs to their end, whoever runs them.
 *
 * Thread-safety: one thread. */
#pragma once

#include "cli/command.h"
#include "cli/service.h"

typedef struct {
  const CommandContext *context;
  Service *service;
  Cancel *interrupt; /* once set, the jobs are cancelled and then waited for */
  /* Called for each job when it has ended; NULL: a line about it is printed (with --json, the job). */
  void (*on_end)(const Job *job, void *user_data);
  void *user_data;
} FollowParams;

/* Waits until all jobs (int64_t ids) have ended, showing progress on a terminal. False with the first failed job's code if one
 * failed, CANCELLED if one was cancelled; skipped ones are fine. */
bool follow_jobs(const FollowParams *params, const GArray *ids, GError **error);
