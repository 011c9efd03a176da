/* One file of a job: looked at, changed, written down. For src/tune only.
 *
 * Thread-safety: an item belongs to one thread at a time. */
#pragma once

#include "audio/look.h"
#include "store/edit_journal.h"
#include "tune/original.h"

/* What a job does to each of its files. */
typedef struct {
  TuneContext *context;
  const TunePayload *payload;
  const AudioPolicy *policy;
  bool asks_original;
  TuneLinks links;
  bool gives_up; /* what still waits has failed */
  const TuneWatch *watch;
} TuneJob;

typedef struct {
  const TuneJob *job;
  LibraryFile *file; /* borrowed; its row, which is brought up to date as the file changes */
  const Root *root;  /* borrowed */
  bool looked;       /* else the job was stopped before its turn came, and it has no outcome */
  AudioLook look;
  char *detail;             /* for the history: JSON, of a file that is to be changed */
  char *fingerprint_before; /* of the row, once the file was edited */
  char *notice;             /* what could not be asked, or NULL */
  char *original_language;  /* that counted, or NULL */
  int original_source;      /* OriginalSource */
  GError *failure;          /* with FAILED and UNSUPPORTED */
  bool edited;              /* the row and the history are to be written */
  int64_t history_id;       /* FIELD_NULL_INT: none */
} TuneItem;

void tune_item_clear(TuneItem *item);

/* Looks at the file; the outcome is KEEP, EDIT, REMUX, LINKED, WAITING, UNSUPPORTED or FAILED. */
void tune_item_look(TuneItem *item);

/* The file has other names, and the policy says that it is to be parted from them. */
bool tune_item_breaks_links(const TuneItem *item);

/* Carries out an EDIT whose journal entry is prepared: EDITED, or why not. */
void tune_item_edit(TuneItem *item, EditJournal *journal);

void tune_item_set(TuneItem *item, AudioOutcome outcome, const char *why);
void tune_item_fail(TuneItem *item, GError *take_failure); /* FAILED, WAITING or UNSUPPORTED, by its code */

/* What waited has waited long enough: FAILED, with what it waited for. */
void tune_item_give_up(TuneItem *item);

/* The row of the result. To be freed by record_free. */
AudioFileResult *tune_item_result(const TuneItem *item, int64_t job_id);
