// One job: where it stands, what it is about, what it said.
import { Alert, Anchor, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { jobLogQuery, jobQuery } from "../../api/queries.ts";
import { isActive, isAudioJob, isOver, type Job } from "../../api/types.ts";
import { fileName, formatDateTime, formatSpan, formatTime, formatWord } from "../../format.ts";
import { Ago } from "../../parts/Ago.tsx";
import { JobButtons } from "../../parts/JobButtons.tsx";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { Chunks } from "./Chunks.tsx";
import classes from "./Queue.module.css";
import { WhyNot } from "./WhyNot.tsx";

const LOG_MS = 2000;

function JobLog({ job }: { job: Job }) {
  const query = useInfiniteQuery({ ...jobLogQuery(job.id), refetchInterval: isOver(job) ? false : LOG_MS });
  const box = useRef<HTMLDivElement>(null);
  const lines = query.data?.pages.flatMap((page) => page.items) ?? [];
  const { length } = lines;
  useEffect(() => {
    if (box.current && !isOver(job)) box.current.scrollTop = box.current.scrollHeight;
  }, [length, job]);
  return (
    <Loaded query={query}>
      {() =>
        length === 0 ? (
          <Text size="sm" c="dimmed">
            It has said nothing yet.
          </Text>
        ) : (
          <>
            <div className={classes.log} ref={box} tabIndex={0} role="log" aria-label="Log of the job">
              {lines.map((line) => (
                <div key={line.id} className={classes.logLine} data-level={line.level}>
                  <time dateTime={new Date(line.at_ms).toISOString()}>{formatTime(line.at_ms)}</time>
                  {line.message}
                </div>
              ))}
            </div>
            {query.hasNextPage && (
              <Button variant="subtle" size="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show more of the log
              </Button>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function JobDetail({ job }: { job: Job }) {
  const took = job.started_at_ms && job.finished_at_ms ? job.finished_at_ms - job.started_at_ms : null;
  return (
    <Stack gap="md">
      <Group gap="xs">
        <StateBadge state={job.state} size="md" />
        <JobButtons job={job} name="The job" />
      </Group>
      {isActive(job) && <JobProgress job={job} />}
      <Chunks job={job} />
      {!isOver(job) && <WhyNot job={job} />}
      {job.error && (
        <Alert color={job.state === "failed" ? "red" : "gray"} p="sm">
          {job.error}
        </Alert>
      )}
      {isAudioJob(job) && (
        <Anchor component={Link} href={`/audio/batches/${job.id}`} size="sm">
          What came of each file
        </Anchor>
      )}
      <dl className={classes.facts}>
        <dt>Works on</dt>
        <dd>{job.file_id ? <Anchor component={Link} href={`/library/${job.file_id}`} size="sm">{job.title}</Anchor> : job.title}</dd>
        <dt>Kind</dt>
        <dd>{formatWord(job.kind)}</dd>
        <dt>Priority</dt>
        <dd>{formatWord(job.priority)}</dd>
        <dt>Added</dt>
        <dd>
          <Ago ms={job.created_at_ms} />
        </dd>
        {job.started_at_ms && (
          <>
            <dt>Started</dt>
            <dd>
              {formatDateTime(job.started_at_ms)}
              {took !== null && `, took ${formatSpan(took)}`}
            </dd>
          </>
        )}
        {job.lease_owner && (
          <>
            <dt>Worker</dt>
            <dd>{job.lease_owner}</dd>
          </>
        )}
        <dt>Attempts</dt>
        <dd>
          {job.attempts} of {job.max_attempts}
        </dd>
      </dl>
      <JobLog job={job} />
    </Stack>
  );
}

export function JobDrawer({ id, onClose }: { id: number | null; onClose: () => void }) {
  const query = useQuery({ ...jobQuery(id ?? 0), enabled: id !== null });
  return (
    <Drawer opened={id !== null} onClose={onClose} position="right" size="lg" title={query.data ? fileName(query.data.title) : `Job ${id ?? ""}`} closeButtonProps={{ "aria-label": "Close" }}>
      {id !== null && <Loaded query={query}>{(job) => <JobDetail job={job} />}</Loaded>}
    </Drawer>
  );
}
