/* Checking a file (L8): all of it is decoded in a sandbox that may write nowhere, and what is wrong is listed with its place.
 *
 * Thread-safety: any thread. */
#pragma once

#include "store/file.h"
#include "sys/child.h"
#include "sys/fs.h"

enum { CHECK_FAULTS_MAX = 100 }; /* listed; all are counted */

typedef struct {
  int health; /* FileHealth */
  int64_t fault_count;
  GPtrArray *faults;  /* FileFault, in order */
  int64_t decoded_ms; /* how far it could be decoded */
  double seconds;     /* that it took, frozen time left out */
  FileStat stat;      /* of what was checked: the same before and after; not in the table */
} CheckReport;
extern const FieldTable check_report_table;

typedef struct {
  const char *ffmpeg;
  int nice_increment;
  bool idle_io;
  Cancel *cancel;
  int64_t silence_ms;                              /* without a word from ffmpeg; 0: 5 min */
  void (*on_child)(Child *child, void *user_data); /* as TranscodeRunner's */
  void (*on_progress)(double fraction, const char *detail_json, void *user_data);
  void *user_data;
} CheckRunner;

/* Decodes the file. `duration_ms` is what its container says, or FIELD_NULL_INT. A damaged file is a report and no error. False:
 * CANCELLED, TIMEOUT (ffmpeg stopped saying anything), NOT_FOUND, UNAVAILABLE if the file changed meanwhile, UPSTREAM if ffmpeg
 * did not do its work for reasons that do not lie in the file. `ret_report` is cleared by the caller (check_report_table). */
bool check_file(const char *path, int64_t duration_ms, const CheckRunner *runner, CheckReport *ret_report, GError **error);

/* What a report says, in a sentence. The caller frees it. */
char *check_sentence(const CheckReport *report);
