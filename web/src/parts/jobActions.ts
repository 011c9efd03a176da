// What can be done to a job in each state, and how the server is asked for it.
import type { UseMutationResult } from "@tanstack/react-query";
import { api, must } from "../api/client.ts";
import { isAudioJob, isOver, type Job } from "../api/types.ts";
import { confirm, useAction } from "./feedback.tsx";

const VERBS = ["release", "pause", "resume", "cancel", "retry"] as const;
export type JobVerb = (typeof VERBS)[number];

export const VERB_LABEL: Record<JobVerb, string> = { pause: "Pause", resume: "Resume", cancel: "Cancel", retry: "Retry", release: "Release" };
export const VERB_DONE: Record<JobVerb, string> = { pause: "paused", resume: "resumed", cancel: "cancelled", retry: "put back into the queue", release: "released" };

/** Those that the server names, where it does; else those that make sense. */
export function verbsFor(job: Job): JobVerb[] {
  const named = "actions" in job && Array.isArray(job.actions) ? (job.actions as unknown[]) : null;
  return named ? VERBS.filter((verb) => named.includes(verb)) : sensibleVerbs(job);
}

function sensibleVerbs(job: Job): JobVerb[] {
  switch (job.state) {
    case "held":
      return ["release", "cancel"];
    case "pending":
    case "running":
      return ["pause", "cancel"];
    case "paused":
      return ["resume", "cancel"];
    default:
      return isOver(job) && job.state !== "done" ? ["retry"] : [];
  }
}

export function doToJob(verb: JobVerb, id: number): Promise<Job> {
  const params = { params: { path: { id } } };
  switch (verb) {
    case "pause":
      return must(api.POST("/api/v1/jobs/{id}/pause", params));
    case "resume":
      return must(api.POST("/api/v1/jobs/{id}/resume", params));
    case "cancel":
      return must(api.POST("/api/v1/jobs/{id}/cancel", params));
    case "retry":
      return must(api.POST("/api/v1/jobs/{id}/retry", params));
    case "release":
      return must(api.POST("/api/v1/jobs/{id}/release", params));
  }
}

/** Does it, after a question where something would be lost. */
export function useJobVerb(job: Job, name: string): { choose: (verb: JobVerb) => void; act: UseMutationResult<Job, Error, JobVerb> } {
  const act = useAction({ run: (verb: JobVerb) => doToJob(verb, job.id), done: (_, verb) => `${name} is ${VERB_DONE[verb]}.`, changes: ["jobs", "stats"] });
  const ask = async (verb: JobVerb): Promise<void> => {
    const loses = verb === "cancel" && job.state !== "pending" && job.state !== "held";
    const text = isAudioJob(job)
      ? `${name} stops. Files that it has changed already stay changed, and can be undone in the history; the others stay as they are.`
      : `What ${name} has done so far is thrown away. Its file stays as it is.`;
    if (!loses || (await confirm({ title: "Cancel this job?", text, action: "Cancel the job", destructive: true }))) act.mutate(verb);
  };
  return { act, choose: (verb) => void ask(verb) };
}
