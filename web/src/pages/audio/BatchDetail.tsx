// One batch, or the job that a message of Sonarr or Radarr made: how far it is, and what came of each file.
import { Alert, Anchor, Badge, Button, Chip, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "wouter";
import { api, must } from "../../api/client.ts";
import { audioResultsQuery, jobQuery } from "../../api/queries.ts";
import { audioDetail, isActive, isDryRun, isOver, type AudioFileResult, type Job, type Schemas } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { fileName, formatBytes, formatCount, formatCounted, formatSpan, splitPath } from "../../format.ts";
import { IconArrowBackUp, IconPlayerPlay, IconVolume } from "../../icons.ts";
import { languageName } from "../../languages.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { Crumb } from "../../parts/Crumb.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { useAction } from "../../parts/feedback.tsx";
import { JobButtons } from "../../parts/JobButtons.tsx";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { Failure, Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";
import { Page } from "../../parts/Page.tsx";
import { StackedTable } from "../../parts/StackedTable.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { useUndo } from "../../parts/useUndo.ts";
import { useUrlState } from "../../parts/useUrlState.ts";
import classes from "./Audio.module.css";
import { OutcomeBadge } from "./Outcome.tsx";
import { OUTCOMES, outcomeLabel } from "./words.ts";

const RESULTS_MS = 2000;

function UndoResult({ result }: { result: AudioFileResult }) {
  const undo = useUndo();
  const mayOperate = useMay("operator");
  const { history_id: id } = result;
  if (id === null || !mayOperate) return null;
  const name = fileName(result.path);
  return (
    <Button
      variant="default"
      size="compact-xs"
      leftSection={<IconArrowBackUp size={14} />}
      loading={undo.isPending}
      disabled={undo.isSuccess}
      aria-label={`Undo the change of ${name}`}
      onClick={() => undo.mutate({ id, said: `${name} becomes what it was before.` })}
    >
      Undo
    </Button>
  );
}

function Result({ result }: { result: AudioFileResult }) {
  return (
    <Table.Tr>
      <Table.Td maw={0} w="32%" data-wide>
        <Text size="sm" fw={500} className="truncate" title={result.path}>
          {result.file_id ? (
            <Anchor component={Link} href={`/library/${result.file_id}`} c="inherit" inherit>
              {fileName(result.path)}
            </Anchor>
          ) : (
            fileName(result.path)
          )}
        </Text>
        <Text size="xs" c="dimmed" className="truncate" title={result.path}>
          {splitPath(result.path).directory}
        </Text>
      </Table.Td>
      <Table.Td>
        <OutcomeBadge outcome={result.outcome} />
      </Table.Td>
      <Table.Td>{result.language && languageName(result.language)}</Table.Td>
      <Table.Td c="dimmed" data-wide>
        {result.reason}
      </Table.Td>
      <Table.Td data-number c="dimmed">
        {result.bytes > 0 && formatBytes(result.bytes)}
      </Table.Td>
      <Table.Td data-number>
        <UndoResult result={result} />
      </Table.Td>
    </Table.Tr>
  );
}

function Results({ job }: { job: Job }) {
  const url = useUrlState();
  const outcome = url.get("outcome");
  const query = useInfiniteQuery({ ...audioResultsQuery(job.id, outcome), refetchInterval: isOver(job) ? false : RESULTS_MS });
  const detail = audioDetail(job);
  const shown = OUTCOMES.filter((each) => (detail?.[each.outcome] ?? 0) > 0 || each.outcome === outcome);
  return (
    <Card title="What came of each file" flush>
      {shown.length > 0 && (
        <Chip.Group value={outcome ?? ""} onChange={(value) => url.set({ outcome: String(value) })}>
          <div className={classes.counts} role="group" aria-label="Files with this outcome">
            <Chip value="" size="xs">
              All {formatCount(detail?.looked_at)}
            </Chip>
            {shown.map((each) => (
              <Chip key={each.outcome} value={each.outcome} size="xs">
                {each.label} {formatCount(detail?.[each.outcome])}
              </Chip>
            ))}
          </div>
        </Chip.Group>
      )}
      <Loaded query={query}>
        {(data) => {
          const results = data.pages.flatMap((page) => page.items);
          if (results.length === 0)
            return (
              <EmptyState small icon={IconVolume} title={outcome ? `No file: ${outcomeLabel(outcome).toLowerCase()}` : isOver(job) ? "No file was looked at" : "No file has been looked at yet"}>
                {outcome ? "Choose another outcome above." : isOver(job) ? "There was no film of the library where it looked. Scan the root if there should be." : "Each file stands here as soon as it is done."}
              </EmptyState>
            );
          return (
            <StackedTable
              label="Outcomes"
              width={820}
              head={
                <>
                  <Table.Th>File</Table.Th>
                  <Table.Th>Outcome</Table.Th>
                  <Table.Th>Language</Table.Th>
                  <Table.Th>Why</Table.Th>
                  <Table.Th data-number>Written</Table.Th>
                  <Table.Th aria-label="Actions" />
                </>
              }
            >
              {results.map((result) => (
                <Result key={result.id} result={result} />
              ))}
            </StackedTable>
          );
        }}
      </Loaded>
      <MoreButton query={query} />
    </Card>
  );
}

/** What a dry run was asked to look at, to be done now. */
function DoIt({ job }: { job: Job }) {
  const [, go] = useLocation();
  const payload = job.payload as { root_id: number | null; file_ids: number[]; path: string | null; has_policy: boolean; policy: Schemas["AudioPolicyInput"] };
  const start = useAction({
    run: () => {
      const chosen = payload.path !== null ? { path: payload.path } : payload.file_ids.length > 0 ? { files: payload.file_ids } : { root: payload.root_id };
      return must(api.POST("/api/v1/audio/batches", { body: { ...chosen, priority: job.priority, dry_run: false, ...(payload.has_policy ? { policy: payload.policy } : {}) } }));
    },
    after: (made) => go(`/audio/batches/${made.job}`),
    changes: ["jobs", "stats"],
  });
  return (
    <Button size="compact-sm" leftSection={<IconPlayerPlay size={15} />} loading={start.isPending} onClick={() => start.mutate()}>
      Do it now
    </Button>
  );
}

function Progress({ job }: { job: Job }) {
  const mayOperate = useMay("operator");
  const detail = audioDetail(job);
  const took = job.started_at_ms && job.finished_at_ms ? job.finished_at_ms - job.started_at_ms : null;
  return (
    <Card>
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <StateBadge state={job.state} size="md" />
            {isDryRun(job) && <Badge color="gray">dry run</Badge>}
            <Text size="sm" c="dimmed">
              {job.state === "pending" ? (job.waiting ?? "Waits for its turn.") : took !== null && detail ? `${formatCounted(detail.looked_at, "file")} in ${took < 1000 ? "less than a second" : formatSpan(took)}, ` : ""}
              {job.finished_at_ms && <Ago ms={job.finished_at_ms} />}
            </Text>
          </Group>
          <Group gap="xs">
            <JobButtons job={job} name="The batch" />
            {mayOperate && job.state === "done" && isDryRun(job) && detail && detail.edit + detail.remux > 0 && <DoIt job={job} />}
            <Button component={Link} href={`/queue?tab=${job.state}&job=${job.id}`} size="compact-sm" variant="subtle">
              Log
            </Button>
          </Group>
        </Group>
        {isActive(job) && <JobProgress job={job} />}
        {job.error && (
          <Alert color={job.state === "failed" ? "red" : "gray"} p="sm">
            {job.error}
          </Alert>
        )}
      </Stack>
    </Card>
  );
}

export default function BatchDetail() {
  const id = Number(useParams<{ id: string }>().id);
  const query = useQuery({ ...jobQuery(id), enabled: Number.isSafeInteger(id) && id > 0 });
  const job = query.data;
  return (
    <Page
      title={job ? (job.kind === "audio" ? fileName(job.title) : `Batch ${job.id}`) : "Batch"}
      crumbs={<Crumb href={job?.kind === "audio" ? "/audio?tab=webhooks" : "/audio?tab=batches"}>Audio</Crumb>}
      description={job && <span className={job.title.startsWith("/") ? "mono" : ""}>{job.title}</span>}
    >
      {query.error ? (
        <Failure error={query.error} />
      ) : job ? (
        <>
          <Progress job={job} />
          <Results job={job} />
        </>
      ) : (
        <Skeleton height={160} />
      )}
    </Page>
  );
}
