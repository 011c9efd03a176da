/* Answers that are asked for again and again (every open page asks for the same lists), kept until anything in the database
 * changes. Only where the database can say so cheaply: on SQLite.
 *
 * Thread-safety: any thread. */
#pragma once

#include "store/db.h"

typedef struct AnswerCache AnswerCache;

/* Borrows the database. */
AnswerCache *answer_cache_new(Db *db);
void answer_cache_free(AnswerCache *cache);

/* The answer that was kept under this name, if nothing changed since it was made; the caller unrefs it. Else NULL; *ret_version
 * is then to be given to answer_cache_keep, or 0 if nothing can be kept. */
GBytes *answer_cache_find(AnswerCache *cache, const char *name, uint64_t *ret_version);

/* Keeps a copy of what was made after the find that gave the version. What is long, and names that are, are not kept. */
void answer_cache_keep(AnswerCache *cache, const char *name, uint64_t version, const char *text, size_t length);
