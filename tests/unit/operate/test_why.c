/* Which reasons are told for which job, by tables: a row a job and the workers that there are. */
#include "operate/why.h"

#include <string.h>

enum { NOW_MS = 1000000 };

typedef struct {
  const char *name;
  /* the job */
  JobState state;
  const char *kind, *waiting, *error, *owner, *needs;
  int64_t run_after_ms, root_id;
  bool root_frozen;
  /* the workers: "NAME:SLOTS/BUSY:ABILITIES:SHUT", separated by blanks; SHUT is "-", "schedule", "override" or "limit" */
  const char *workers;
  const char *codes; /* of the reasons, by commas */
  const char *part;  /* of the first sentence */
} WhyCase;

static const WhyCase cases[] = {
    {"done", JOB_DONE, "transcode", .workers = "a:1/0:ffmpeg:-", .codes = "ended", .part = "It is done."},
    {"failed", JOB_FAILED, "transcode", .error = "The disk is full.", .workers = "a:1/0:ffmpeg:-", .codes = "ended",
     .part = "It is failed: The disk is full."},
    {"held", JOB_HELD, "cleanup", .waiting = "Somebody must look at it first.", .workers = "", .codes = "held",
     .part = "Somebody must look"},
    {"held without a word", JOB_HELD, "transcode", .workers = "", .codes = "held", .part = "until somebody releases it"},
    {"paused", JOB_PAUSED, "transcode", .workers = "a:1/0:ffmpeg:schedule", .codes = "paused", .part = "Somebody paused it;"},
    {"paused while it ran", JOB_PAUSED, "transcode", .owner = "a", .workers = "a:1/1:ffmpeg:-", .codes = "paused",
     .part = "its work is frozen"},
    {"running", JOB_RUNNING, "transcode", .owner = "a", .workers = "a:1/1:ffmpeg:-", .codes = "running", .part = "It runs on a"},
    {"running, to be finished though the window is closed", JOB_RUNNING, "transcode", .owner = "a",
     .workers = "a:1/1:ffmpeg:schedule", .codes = "running", .part = "It runs on a"},
    {"frozen", JOB_RUNNING, "transcode", .owner = "a", .waiting = "It was hot.", .workers = "a:1/1:ffmpeg:limit",
     .codes = "limit", .part = "limit of a."},
    {"frozen by a worker that is silent", JOB_RUNNING, "transcode", .owner = "b", .waiting = "It was hot.",
     .workers = "a:1/1:ffmpeg:-", .codes = "limit", .part = "It was hot."},
    {"nothing keeps it", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:1/0:ffmpeg:-", .codes = "next",
     .part = "Nothing keeps it"},
    {"no worker", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "", .codes = "no-worker", .part = "reeve serve"},
    {"no slot free", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:2/2:ffmpeg:-", .codes = "no-slot-free",
     .part = "a runs 2 of 2 jobs"},
    {"no slots", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:0/0:ffmpeg:-", .codes = "no-slots",
     .part = "encode_slots is 0"},
    {"no encoder", JOB_PENDING, "transcode", .needs = "ffmpeg,encoder:hevc_nvenc", .workers = "a:1/0:ffmpeg:-",
     .codes = "ability", .part = "a cannot encode with hevc_nvenc"},
    {"no ffmpeg", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:1/0::-", .codes = "ability",
     .part = "a has no working ffmpeg"},
    {"a schedule", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:1/0:ffmpeg:schedule", .codes = "schedule",
     .part = "schedule of a."},
    {"a person", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:1/0:ffmpeg:override", .codes = "override",
     .part = "override of a."},
    {"a limit, of all workers", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:1/0:ffmpeg:limit b:1/1:ffmpeg:-",
     .codes = "limit,no-slot-free", .part = "limit of a."},
    {"one worker would take it", JOB_PENDING, "transcode", .needs = "ffmpeg", .workers = "a:1/0:ffmpeg:limit b:1/0:ffmpeg:-",
     .codes = "next", .part = "Nothing keeps it"},
    {"no schedule holds for a scan", JOB_PENDING, "scan", .needs = "server", .workers = "a:1/0:ffmpeg:schedule", .codes = "next",
     .part = "Nothing keeps it"},
    {"a retry", JOB_PENDING, "transcode", .error = "The share was away.", .run_after_ms = NOW_MS + 5000, .needs = "ffmpeg",
     .workers = "a:1/0:ffmpeg:-", .codes = "later",
     .part = "Attempt 1 of 3 failed, the next is at 1970-01-01 00:16:45 UTC: The share"},
    {"a retry in a closed window", JOB_PENDING, "transcode", .error = "The share was away.", .run_after_ms = NOW_MS + 5000,
     .needs = "ffmpeg", .workers = "a:1/0:ffmpeg:schedule", .codes = "later,schedule", .part = "Attempt 1 of 3"},
    {"no space", JOB_PENDING, "transcode", .waiting = "There is no space.", .run_after_ms = NOW_MS + 5000, .needs = "ffmpeg",
     .workers = "a:1/0:ffmpeg:-", .codes = "later",
     .part = "It is looked at again at 1970-01-01 00:16:45 UTC: There is no space."},
    {"a frozen root", JOB_PENDING, "transcode", .needs = "ffmpeg", .root_id = 1, .root_frozen = true, .workers = "a:1/0:ffmpeg:-",
     .codes = "root", .part = "The root /films is frozen, so the job would fail: It is empty."},
};

static GovernorState *make_state(const char *word, const char *kind)
{
  g_auto(GStrv) parts = g_strsplit(word, ":", 4);
  g_auto(GStrv) slots = g_strsplit(parts[1], "/", 2);
  GovernorState *state = record_new(&governor_state_table);
  state->worker = (g_free(state->worker), g_strdup(parts[0]));
  state->abilities = (g_strfreev(state->abilities), g_strsplit(parts[2], ",", -1));
  state->slots = records_new(&worker_slots_table);
  WorkerSlots *row = record_new(&worker_slots_table);
  row->kind = (g_free(row->kind), g_strdup(kind));
  row->slots = g_ascii_strtoll(slots[0], NULL, 10);
  row->busy = g_ascii_strtoll(slots[1], NULL, 10);
  row->governed = strcmp(kind, "transcode") == 0;
  g_ptr_array_add(state->slots, row);
  state->ruling.roots = records_new(&root_ruling_table);
  RootRuling *root = record_new(&root_ruling_table);
  g_assert_true(strcmp(parts[3], "-") == 0 || enum_value(&governor_rule_table, parts[3], &root->rule));
  root->root_id = FIELD_NULL_INT;
  root->may_start = root->rule == RULE_NONE;
  root->sentence = root->may_start ? NULL : g_strdup_printf("The %s of %s.", parts[3], parts[0]);
  g_ptr_array_add(state->ruling.roots, root);
  return state;
}

static Job *make_job(const WhyCase *it)
{
  Job *job = record_new(&job_table);
  job->id = 7;
  job->state = (int)it->state;
  job->kind = (g_free(job->kind), g_strdup(it->kind));
  job->waiting = g_strdup(it->waiting);
  job->error = g_strdup(it->error);
  job->lease_owner = g_strdup(it->owner);
  job->needs = (g_strfreev(job->needs), g_strsplit(it->needs ? it->needs : "", ",", -1));
  job->attempts = it->error || it->owner ? 1 : 0;
  job->max_attempts = 3;
  job->run_after_ms = it->run_after_ms;
  job->root_id = it->root_id ? it->root_id : FIELD_NULL_INT;
  return job;
}

static void test_cases(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const WhyCase *it = &cases[i];
    g_autoptr(Job) job = make_job(it);
    g_autoptr(Root) root = record_new(&root_table);
    root->path = (g_free(root->path), g_strdup("/films"));
    root->state = it->root_frozen ? ROOT_FROZEN : ROOT_ACTIVE;
    root->frozen_reason = g_strdup("It is empty.");
    g_autoptr(GPtrArray) states = records_new(&governor_state_table);
    g_auto(GStrv) words = g_strsplit(it->workers, " ", -1);
    for (char **word = words; *word; word++)
      g_ptr_array_add(states, make_state(*word, it->kind));
    JobWhy why;
    job_why(job, it->root_id ? root : NULL, states, NOW_MS, &why);
    g_autoptr(GString) codes = g_string_new(NULL);
    for (guint r = 0; r < why.reasons->len; r++) {
      const WhyReason *reason = why.reasons->pdata[r];
      g_string_append_printf(codes, "%s%s", r ? "," : "", enum_name(&why_code_table, reason->code));
      g_assert_true(g_str_has_suffix(reason->sentence, "."));
    }
    const char *first = ((const WhyReason *)why.reasons->pdata[0])->sentence;
    if (strcmp(codes->str, it->codes) != 0 || !strstr(first, it->part))
      g_error("%s: %s: %s", it->name, codes->str, first);
    g_assert_cmpint(why.runs, ==, strcmp(it->codes, "running") == 0);
    record_clear(&job_why_table, &why);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/why/cases", test_cases);
  return g_test_run();
}
