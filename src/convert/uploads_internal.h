/* What the files of convert share and nobody else includes. */
#pragma once

#include "convert/uploads.h"

struct Uploads {
  Db *db;
  const Clock *clock;
  char *data_directory;
  GMutex rules_lock; /* guards the next two; taken last */
  char *directory;
  UploadRules rules;   /* its directory is the one above */
  GMutex lock;         /* guards the rest; never held while a disk or a writer is waited for */
  GHashTable *writers; /* int64_t * id -> UploadWriter: who may write; removed when it ends or another one takes over */
};

/* The rules as they are now, without the directory. */
UploadRules uploads_rules(Uploads *uploads);

/* A path in the directory where new files go, with a name that nobody can guess. The caller frees it. */
char *uploads_new_path(Uploads *uploads, const char *what);

/* Takes the writing from whoever has it, waiting for the write under way. */
void uploads_interrupt(Uploads *uploads, int64_t id);

/* Whether somebody writes to it. */
bool uploads_is_written(Uploads *uploads, int64_t id);
