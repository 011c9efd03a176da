// A film that is encoded in chunks: how many are done, and where each stands, in the order of the film.
import { Group, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { someJobsQuery } from "../../api/queries.ts";
import type { Job } from "../../api/types.ts";
import { formatPercent, formatWord } from "../../format.ts";
import classes from "./Chunks.module.css";

const MOST = 500;

const share = (chunk: Job): number => (chunk.state === "done" ? 1 : chunk.progress);

function says(chunk: Job, number: number): string {
  const running = chunk.state === "running" || (chunk.state === "paused" && chunk.progress > 0);
  return `Chunk ${number}: ${formatWord(chunk.state).toLowerCase()}${running ? `, ${formatPercent(chunk.progress)}` : ""}${chunk.error ? `: ${chunk.error}` : ""}`;
}

export function Chunks({ job }: { job: Job }) {
  const { data } = useQuery({ ...someJobsQuery({ parent: job.id, sort: "oldest" }, MOST), enabled: job.kind === "transcode" });
  const chunks = data?.items ?? [];
  if (chunks.length === 0) return null;
  const done = chunks.filter(({ state }) => state === "done").length;
  const whole = chunks.reduce((sum, chunk) => sum + share(chunk), 0) / chunks.length;
  return (
    <section aria-label="Chunks">
      <Group justify="space-between" mb={6}>
        <Text size="sm">
          {done} of {chunks.length} chunks encoded
        </Text>
        <Text size="sm" c="dimmed" className={classes.percent}>
          {formatPercent(whole)}
        </Text>
      </Group>
      <ol className={classes.chunks}>
        {chunks.map((chunk, index) => (
          <Tooltip key={chunk.id} label={says(chunk, index + 1)} multiline maw={360}>
            <li className={classes.chunk} data-state={chunk.state}>
              <span className={classes.fill} style={{ inlineSize: `${share(chunk) * 100}%` }} />
              <VisuallyHidden>{says(chunk, index + 1)}</VisuallyHidden>
            </li>
          </Tooltip>
        ))}
      </ol>
    </section>
  );
}
