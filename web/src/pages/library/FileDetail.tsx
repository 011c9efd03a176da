// One file: what is in it, what a transcode would do, what was done before.
import { Alert, Anchor, Badge, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "wouter";
import { fileQuery, historyQuery, someJobsQuery } from "../../api/queries.ts";
import type { LibraryFile } from "../../api/types.ts";
import { fileName, formatBitRate, formatBytes, formatClock, formatCodec, formatDateTime, formatWord, splitPath } from "../../format.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { Crumb } from "../../parts/Crumb.tsx";
import { Failure, Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { Thumbnail } from "../../parts/Thumbnail.tsx";
import { HistoryTable } from "../history/HistoryTable.tsx";
import { AudioCard } from "./AudioCard.tsx";
import { HdrBadge } from "./columns.tsx";
import classes from "./FileDetail.module.css";
import { HealthCard } from "./HealthCard.tsx";
import { PlanCard } from "./PlanCard.tsx";
import { Streams } from "./Streams.tsx";

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ file }: { file: LibraryFile }) {
  return (
    <dl className={classes.facts}>
      <Fact name="Size">{formatBytes(file.size_bytes)}</Fact>
      <Fact name="Length">{formatClock(file.duration_ms)}</Fact>
      <Fact name="Video">
        {formatCodec(file.video_codec)} {file.width ? `${file.width} × ${file.height}` : ""} <HdrBadge hdr={file.hdr} />
      </Fact>
      <Fact name="Bit rate">{formatBitRate(file.bit_rate_bps)}</Fact>
      <Fact name="Container">{file.container ?? "–"}</Fact>
      <Fact name="Changed">{formatDateTime(file.mtime_ns / 1e6)}</Fact>
      <Fact name="Added">
        <Ago ms={file.found_at_ms} />
      </Fact>
      {file.link_count > 1 && <Fact name="Hard links">{file.link_count} names</Fact>}
      {file.sidecars.length > 0 && <Fact name="Beside it">{file.sidecars.join(", ")}</Fact>}
    </dl>
  );
}

function Verdicts({ file }: { file: LibraryFile }) {
  if (!file.verdicts?.length) return null;
  return (
    <Card title="Learnt by trying">
      <Stack gap="xs">
        {file.verdicts.map((verdict) => (
          <Text key={verdict.id} size="sm">
            {verdict.reason}{" "}
            <Text span c="dimmed" size="xs">
              <Ago ms={verdict.created_at_ms} />
            </Text>
          </Text>
        ))}
      </Stack>
    </Card>
  );
}

function FileHistory({ id }: { id: number }) {
  const query = useInfiniteQuery(historyQuery({ file: id }));
  const jobs = useQuery(someJobsQuery({ file: id }, 5));
  return (
    <Card title="What was done to it" flush>
      <Loaded query={query}>
        {(data) => {
          const entries = data.pages.flatMap((page) => page.items);
          return entries.length > 0 ? (
            <HistoryTable entries={entries} brief />
          ) : (
            <Text size="sm" c="dimmed" px="md" pb="md">
              Nothing yet.
            </Text>
          );
        }}
      </Loaded>
      {jobs.data && jobs.data.items.length > 0 && (
        <Table>
          <Table.Tbody>
            {jobs.data.items.map((job) => (
              <Table.Tr key={job.id}>
                <Table.Td>
                  <Anchor component={Link} href={`/queue?tab=${job.state}&job=${job.id}`} size="sm">
                    Job {job.id}, {formatWord(job.kind).toLowerCase()}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <StateBadge state={job.state} />
                </Table.Td>
                <Table.Td c="dimmed">{job.error}</Table.Td>
                <Table.Td data-number c="dimmed">
                  <Ago ms={job.updated_at_ms} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

function Detail({ file }: { file: LibraryFile }) {
  const isDamaged = file.health !== null && file.health !== "ok";
  return (
    <>
      <Card>
        <div className={classes.top}>
          <Thumbnail file={file.state === "ready" && file.video_codec ? file.id : null} large />
          <Facts file={file} />
        </div>
      </Card>
      {file.error && (
        <Alert color="red" title="This file cannot be read">
          {file.error}
        </Alert>
      )}
      {isDamaged && <HealthCard file={file} />}
      {file.media && (
        <>
          <PlanCard file={file} />
          <AudioCard file={file} />
          <Card title={`Streams (${file.media.streams.length})`} flush>
            <Streams streams={file.media.streams} />
          </Card>
        </>
      )}
      {!isDamaged && <HealthCard file={file} />}
      <Verdicts file={file} />
      <FileHistory id={file.id} />
    </>
  );
}

export default function FileDetail() {
  const id = Number(useParams<{ id: string }>().id);
  const query = useQuery({ ...fileQuery(id), enabled: Number.isSafeInteger(id) && id > 0 });
  const file = query.data;
  return (
    <Page
      title={file ? fileName(file.path) : "File"}
      crumbs={<Crumb href="/library">Library</Crumb>}
      description={
        file && (
          <Group component="span" gap="xs" display="inline-flex">
            <span className="mono">{splitPath(file.path).directory}</span>
            {file.state !== "ready" && <StateBadge state={file.state} />}
            {file.missing_since_ms && <Badge color="orange" size="sm">missing since {formatDateTime(file.missing_since_ms)}</Badge>}
          </Group>
        )
      }
    >
      {query.error ? <Failure error={query.error} /> : file ? <Detail file={file} /> : <Stack><Skeleton height={150} /><Skeleton height={150} /></Stack>}
    </Page>
  );
}
