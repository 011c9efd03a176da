// Default tracks of many files at once: what was started, how far it is, and a form that starts more.
import { Anchor, Badge, Button, Group, Stack } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { jobsQuery, rootsQuery } from "../../api/queries.ts";
import { audioDetail, isActive, isDryRun, isOver, type Job } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatCount, formatCounted } from "../../format.ts";
import { IconFolders, IconVolume } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { JobButtons } from "../../parts/JobButtons.tsx";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import classes from "./Audio.module.css";
import { BatchForm } from "./BatchForm.tsx";
import { OUTCOMES } from "./words.ts";

/** "28 changed, 1 has hard links". */
function summary(job: Job): string {
  const detail = audioDetail(job);
  if (!detail) return job.error ?? job.waiting ?? "";
  const counted = OUTCOMES.filter(({ outcome }) => detail[outcome] > 0).map(({ outcome, label }) => `${formatCount(detail[outcome])} ${label.charAt(0).toLowerCase()}${label.slice(1)}`);
  return counted.join(", ") || formatCounted(detail.looked_at, "file");
}

function Batch({ job, title }: { job: Job; title: string }) {
  return (
    <li className={classes.batch}>
      <div>
        <Anchor component={Link} href={`/audio/batches/${job.id}`} c="inherit" size="sm" fw={500} className="truncate" title={job.title}>
          {title}
        </Anchor>
        <Group gap={6}>
          <StateBadge state={job.state} />
          {isDryRun(job) && <Badge color="gray" size="sm">dry run</Badge>}
          <span className={classes.sub}>
            <Ago ms={job.finished_at_ms ?? job.created_at_ms} />
          </span>
        </Group>
      </div>
      <div>{isActive(job) ? <JobProgress job={job} /> : <span className={classes.sub}>{summary(job)}</span>}</div>
      <Group gap="xs" wrap="nowrap">
        {!isOver(job) && <JobButtons job={job} name="The batch" />}
      </Group>
    </li>
  );
}

export function Batches() {
  const mayOperate = useMay("operator");
  const mayChange = useMay("admin");
  const roots = useQuery(rootsQuery);
  const query = useInfiniteQuery(jobsQuery({ kind: "audio-batch" }));
  const nameOf = (job: Job): string => roots.data?.items.find((root) => root.id === job.root_id && root.path === job.title)?.name || job.title;
  if (roots.data?.items.length === 0)
    return (
      <Card>
        <EmptyState icon={IconFolders} title="No files yet" action={mayChange && <Button component={Link} href="/roots?add=root">Add a root</Button>}>
          A batch sets the default tracks of files in the library. Add the directory that holds your films or shows first.
        </EmptyState>
      </Card>
    );
  return (
    <Stack gap="md">
      {mayOperate && (
        <Card title="Start a batch">
          <BatchForm />
        </Card>
      )}
      <Card title="Batches" flush>
        <Loaded query={query}>
          {(data) => {
            const jobs = data.pages.flatMap((page) => page.items);
            return jobs.length === 0 ? (
              <EmptyState small icon={IconVolume} title="No batches yet">
                {mayOperate ? "Begin with a dry run: it says for each file what would be done to it and why, and changes nothing." : "What operators start is listed here."}
              </EmptyState>
            ) : (
              <ul className={classes.batches} aria-label="Batches">
                {jobs.map((job) => (
                  <Batch key={job.id} job={job} title={nameOf(job)} />
                ))}
              </ul>
            );
          }}
        </Loaded>
        <MoreButton query={query} />
      </Card>
    </Stack>
  );
}
