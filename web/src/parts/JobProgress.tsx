// How far a job is: a bar, and the figures that its kind tells.
import { Progress } from "@mantine/core";
import { audioDetail, encodeDetail, scanDetail, searchDetail, type Job } from "../api/types.ts";
import { formatBytes, formatClock, formatCount, formatCounted, formatPercent, formatSpan } from "../format.ts";
import classes from "./JobProgress.module.css";

/** Short facts about what a running job does. */
export function progressFacts(job: Job): string[] {
  const encode = encodeDetail(job);
  if (encode)
    return [
      `${encode.fps.toFixed(encode.fps < 10 ? 1 : 0)} fps`,
      `${encode.speed.toFixed(encode.speed < 10 ? 2 : 1)}×`,
      ...(encode.passes > 1 ? [`pass ${encode.pass} of ${encode.passes}`] : []),
      ...(encode.predicted_bytes ? [`about ${formatBytes(encode.predicted_bytes)}`] : []),
      ...(encode.eta_ms !== null ? [`${formatSpan(encode.eta_ms)} left`] : []),
    ];
  const search = searchDetail(job);
  if (search) return ["Looking for the quality", `probe ${search.probe} of about ${search.probes}`, search.step === "encoding" ? "encoding samples" : "comparing them"];
  const scan = scanDetail(job);
  if (scan)
    return [
      `${formatCount(scan.found)} found`,
      `${formatCount(scan.probed)} probed`,
      ...(scan.per_second > 0 ? [`${Math.round(scan.per_second)} a second`] : []),
      ...(scan.eta_ms !== null ? [`${formatSpan(scan.eta_ms)} left`] : []),
    ];
  const audio = audioDetail(job);
  if (audio)
    return [
      audio.files === null ? formatCounted(audio.looked_at, "file") : `${formatCount(audio.looked_at)} of ${formatCounted(audio.files, "file")}`,
      ...(audio.edited + audio.replaced > 0 ? [`${formatCount(audio.edited + audio.replaced)} changed`] : []),
      ...(audio.failed > 0 ? [`${formatCount(audio.failed)} failed`] : []),
      ...(audio.per_second > 0 ? [`${audio.per_second < 10 ? audio.per_second.toFixed(1) : Math.round(audio.per_second)} a second`] : []),
    ];
  return job.started_at_ms ? [`since ${formatClock(Date.now() - job.started_at_ms)}`] : [];
}

export function JobProgress({ job, facts = true }: { job: Job; facts?: boolean }) {
  // A running job that waits is frozen: by a schedule, by a limit, or by somebody's word.
  const stands = job.state === "paused" ? "Paused" : job.waiting ? "Frozen" : null;
  return (
    <div className={classes.progress}>
      <div className={classes.line}>
        <Progress value={job.progress * 100} size={6} color={stands ? "yellow" : "moss"} aria-label={`Progress of ${job.title}`} className={classes.bar} />
        <span className={classes.percent}>{formatPercent(job.progress, job.progress < 0.1 ? 1 : 0)}</span>
      </div>
      {facts && <div className={classes.facts}>{(stands ? [stands] : progressFacts(job)).map((fact) => <span key={fact}>{fact}</span>)}</div>}
    </div>
  );
}
