// What goes on now and what has come of it so far.
import { Alert, Anchor, Button, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode } from "react";
import { Link } from "wouter";
import { rootsQuery, someJobsQuery, statsQuery } from "../../api/queries.ts";
import { isActive, type LibraryStats } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { bytesParts, formatCount, formatCounted, formatPercent, formatSpan } from "../../format.ts";
import { IconFolders } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { HeldBack, HoldButton } from "../../parts/HeldBack.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { ActiveJobs } from "./ActiveJobs.tsx";
import { Codecs } from "./Codecs.tsx";
import classes from "./Dashboard.module.css";
import { RecentJobs } from "./RecentJobs.tsx";
import { Savings } from "./Savings.tsx";
import { SystemCard } from "./SystemCard.tsx";

interface StatProps {
  label: string;
  value: string;
  unit?: string;
  detail?: ReactNode;
  href: string;
}

function Stat({ label, value, unit, detail, href }: StatProps) {
  return (
    <Link href={href} className={classes.stat}>
      <span className={classes.statLabel}>{label}</span>
      <span className={classes.statValue}>
        {value}
        {unit && <small>{unit}</small>}
      </span>
      <span className={classes.statDetail}>{detail}</span>
    </Link>
  );
}

function queueEta(stats: LibraryStats): string {
  if (stats.jobs_pending + stats.jobs_running === 0) return "nothing waits";
  return stats.eta_s === null ? `${formatCount(stats.jobs_running)} running` : `about ${formatSpan(stats.eta_s * 1000)} left`;
}

function Stats({ stats }: { stats: LibraryStats }) {
  const saved = bytesParts(stats.bytes_saved);
  const library = bytesParts(stats.library_bytes);
  return (
    <div className={classes.stats}>
      <Stat
        label="Space saved"
        {...saved}
        href="/history"
        detail={stats.bytes_before > 0 ? `${formatPercent(stats.bytes_saved / stats.bytes_before)} of ${formatCounted(stats.replaced, "replaced file")}` : "nothing replaced yet"}
      />
      <Stat
        label="Library"
        {...library}
        href="/library"
        detail={`${formatCounted(stats.files, "file")}${stats.files_failed > 0 ? `, ${formatCount(stats.files_failed)} unreadable` : ""}`}
      />
      <Stat label="In the queue" value={formatCount(stats.jobs_pending)} href="/queue?tab=pending" detail={queueEta(stats)} />
      <Stat
        label="Needs a look"
        value={formatCount(stats.jobs_failed + stats.jobs_held)}
        href={stats.jobs_held > 0 ? "/queue?tab=held" : "/queue?tab=failed"}
        detail={`${formatCount(stats.jobs_failed)} failed, ${formatCount(stats.jobs_held)} held`}
      />
      <Stat label="Trash" {...bytesParts(stats.trash_bytes)} href="/history" detail={`${formatCounted(stats.trash_entries, "original")} to bring back`} />
    </div>
  );
}

/** What checks found. */
function Damaged({ stats }: { stats: LibraryStats }) {
  const kinds = [
    { health: "damaged", count: stats.files_damaged },
    { health: "unreadable", count: stats.files_undecodable },
  ].filter(({ count }) => count > 0);
  const total = kinds.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  return (
    <Alert color="red" p="sm" title={`${formatCounted(total, "file")} ${total === 1 ? "is" : "are"} damaged`}>
      Not all of {total === 1 ? "it" : "them"} decoded when {total === 1 ? "it was" : "they were"} last checked.{" "}
      {kinds.map(({ health }, index) => (
        <Fragment key={health}>
          {index > 0 && " "}
          <Anchor component={Link} c="inherit" inherit underline="always" href={`/library?health=${health}&columns=size,codec,duration,health`}>
            {health === "damaged" ? "Show what is damaged" : "Show what does not decode at all"}
          </Anchor>
        </Fragment>
      ))}
    </Alert>
  );
}

function Welcome() {
  const mayAdd = useMay("admin");
  return (
    <Card>
      <EmptyState
        icon={IconFolders}
        title="No library yet"
        action={
          mayAdd && (
            <Button component={Link} href="/roots?add=root">
              Add a root
            </Button>
          )
        }
      >
        A root is a directory with films or shows. Reeve looks through it and changes nothing until you ask for a transcode.
      </EmptyState>
    </Card>
  );
}

export default function Dashboard() {
  const stats = useQuery(statsQuery);
  const roots = useQuery(rootsQuery);
  const running = useQuery(someJobsQuery({ state: "running" }, 20));
  const paused = useQuery(someJobsQuery({ state: "paused" }, 20));
  const active = [...(running.data?.items ?? []), ...(paused.data?.items ?? [])].filter(isActive);
  return (
    <Page title="Dashboard">
      <HeldBack />
      <Loaded query={stats} bones={<Skeleton height={104} />}>
        {(data) => <Stats stats={data} />}
      </Loaded>
      {stats.data && <Damaged stats={stats.data} />}
      {roots.data?.items.length === 0 ? (
        <Welcome />
      ) : (
        <div className={classes.columns}>
          <Stack gap="md" miw={0}>
            <Card title="Now" actions={<><HoldButton /><Anchor component={Link} href="/queue" size="sm">Queue</Anchor></>}>
              <Loaded query={running}>{() => <ActiveJobs jobs={active} waiting={stats.data?.jobs_pending ?? 0} />}</Loaded>
            </Card>
            <Savings />
            <Card title="Last finished" actions={<Anchor component={Link} href="/history" size="sm">History</Anchor>} flush>
              <RecentJobs />
            </Card>
          </Stack>
          <Stack gap="md" miw={0}>
            <Codecs />
            <SystemCard />
          </Stack>
        </div>
      )}
      {stats.data && stats.data.files_missing > 0 && (
        <Text size="sm" c="dimmed">
          Missing now, though they were there: {formatCounted(stats.data.files_missing, "file")}. <Anchor component={Link} href="/library?state=missing">Show them</Anchor>
        </Text>
      )}
    </Page>
  );
}
