import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "wouter";
import type { Job } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { fileName, formatCounted } from "../../format.ts";
import { IconBolt, IconPlayerPause, IconPlayerPlay } from "../../icons.ts";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { doToJob, VERB_DONE, type JobVerb } from "../../parts/jobActions.ts";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { Thumbnail } from "../../parts/Thumbnail.tsx";
import { useAction } from "../../parts/feedback.tsx";
import classes from "./Dashboard.module.css";

function ActiveJob({ job }: { job: Job }) {
  const mayOperate = useMay("operator");
  const verb: JobVerb = job.state === "paused" ? "resume" : "pause";
  const act = useAction({ run: () => doToJob(verb, job.id), done: () => `${fileName(job.title)} is ${VERB_DONE[verb]}.`, changes: ["jobs", "stats"] });
  const label = `${verb === "pause" ? "Pause" : "Resume"} ${fileName(job.title)}`;
  return (
    <div className={classes.job}>
      <Thumbnail file={job.file_id} />
      <div className={classes.jobBody}>
        <Link href={`/queue?tab=running&job=${job.id}`} className={`truncate ${classes.jobTitle}`} title={job.title}>
          {job.kind === "scan" ? `Scan of ${job.title}` : fileName(job.title)}
        </Link>
        <JobProgress job={job} />
      </div>
      {mayOperate && (
        <Tooltip label={verb === "pause" ? "Pause" : "Resume"}>
          <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => act.mutate()} loading={act.isPending}>
            {verb === "pause" ? <IconPlayerPause size={18} /> : <IconPlayerPlay size={18} />}
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

export function ActiveJobs({ jobs, waiting }: { jobs: readonly Job[]; waiting: number }) {
  if (jobs.length === 0)
    return (
      <EmptyState small icon={IconBolt} title="Nothing runs">
        {waiting > 0 ? (
          <>
            {formatCounted(waiting, "job")} in the queue. <Link href="/queue?tab=pending">What they wait for</Link>
          </>
        ) : (
          "Choose files in the library and transcode them; they appear here while they are worked on."
        )}
      </EmptyState>
    );
  return (
    <div className={classes.active}>
      {jobs.map((job) => (
        <ActiveJob key={job.id} job={job} />
      ))}
    </div>
  );
}
