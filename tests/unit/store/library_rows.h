/* Rows for tests, with as little said as the test needs. */
#pragma once

#include "store/file.h"
#include "store/job.h"
#include "store/record_sql.h"
#include "store/replacement.h"
#include "store/root.h"

static inline int64_t add_root(DbConn *conn, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Root) root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(path);
  record_insert(conn, &root_table, root, &error);
  g_assert_no_error(error);
  return root->id;
}

/* `file` comes from record_new and is freed; gives its id. */
static inline int64_t add_file(DbConn *conn, LibraryFile *file, int64_t root_id, const char *path)
{
  g_autoptr(GError) error = NULL;
  file->root_id = root_id;
  g_free(file->path);
  file->path = g_strdup(path);
  record_insert(conn, &file_table, file, &error);
  g_assert_no_error(error);
  int64_t id = file->id;
  library_file_free(file);
  return id;
}

static inline int64_t add_job(DbConn *conn, const char *kind, JobState state, JobPriority priority, double position)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Job) job = record_new(&job_table);
  g_free(job->kind);
  job->kind = g_strdup(kind);
  job->state = state;
  job->priority = priority;
  job->position = position;
  record_insert(conn, &job_table, job, &error);
  g_assert_no_error(error);
  return job->id;
}
