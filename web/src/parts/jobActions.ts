// What can be done to a job in each state, and how the server is asked for it.
import { api, must } from "../api/client.ts";
import { isOver, type Job } from "../api/types.ts";

export type JobVerb = "pause" | "resume" | "cancel" | "retry" | "release";

export const VERB_LABEL: Record<JobVerb, string> = { pause: "Pause", resume: "Resume", cancel: "Cancel", retry: "Retry", release: "Release" };
export const VERB_DONE: Record<JobVerb, string> = { pause: "paused", resume: "resumed", cancel: "cancelled", retry: "put back into the queue", release: "released" };

export function verbsFor(job: Job): JobVerb[] {
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
