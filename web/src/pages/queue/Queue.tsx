// Jobs by state: what runs, what waits and in which order, what needs a person.
import { Badge, Tabs } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { jobsQuery, statsQuery } from "../../api/queries.ts";
import type { JobState, LibraryStats } from "../../api/types.ts";
import { formatCount, formatSpan } from "../../format.ts";
import { IconListDetails } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { HeldBack, HoldButton } from "../../parts/HeldBack.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";
import { Page } from "../../parts/Page.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { BulkBar } from "./BulkBar.tsx";
import { JobDrawer } from "./JobDrawer.tsx";
import { JobList } from "./JobList.tsx";
import classes from "./Queue.module.css";

interface Tab {
  state: JobState;
  label: string;
  count: (stats: LibraryStats) => number;
  empty: { title: string; text: string };
}

const TABS: readonly Tab[] = [
  { state: "running", label: "Running", count: (stats) => stats.jobs_running, empty: { title: "Nothing runs", text: "Choose files in the library and transcode them; they are worked on here, one after the other." } },
  { state: "pending", label: "Waiting", count: (stats) => stats.jobs_pending, empty: { title: "Nothing waits", text: "Everything that was asked for is done or under way." } },
  { state: "held", label: "Held", count: (stats) => stats.jobs_held, empty: { title: "Nothing is held", text: "Jobs that need a person's word before they start wait here." } },
  { state: "paused", label: "Paused", count: (stats) => stats.jobs_paused, empty: { title: "Nothing is paused", text: "A paused encode keeps its progress and goes on where it stopped." } },
  { state: "failed", label: "Failed", count: (stats) => stats.jobs_failed, empty: { title: "Nothing has failed", text: "A job that fails leaves its file as it was; its reason and its log stand here." } },
  { state: "done", label: "Done", count: (stats) => stats.jobs_done, empty: { title: "Nothing is done yet", text: "Jobs that ended well are kept here for a while." } },
  { state: "skipped", label: "Skipped", count: (stats) => stats.jobs_skipped, empty: { title: "Nothing was skipped", text: "Files that are not worth encoding are left alone, with the reason." } },
  { state: "cancelled", label: "Cancelled", count: (stats) => stats.jobs_cancelled, empty: { title: "Nothing was cancelled", text: "What somebody stopped stands here and can be put back into the queue." } },
];

function JobsOf({ tab, onOpen }: { tab: Tab; onOpen: (id: number) => void }) {
  const query = useInfiniteQuery(jobsQuery({ state: tab.state }));
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const jobs = useMemo(() => query.data?.pages.flatMap((page) => page.items).filter((job) => job.state === tab.state) ?? [], [query.data, tab.state]);
  const chosen = jobs.filter((job) => selected.has(job.id));
  return (
    <>
      {chosen.length > 0 && <BulkBar jobs={chosen} state={tab.state} onDone={() => setSelected(new Set())} />}
      <Card flush>
        <Loaded query={query}>
          {() =>
            jobs.length === 0 ? (
              <EmptyState icon={IconListDetails} title={tab.empty.title}>
                {tab.empty.text}
              </EmptyState>
            ) : (
              <JobList jobs={jobs} sortable={tab.state === "pending"} selected={selected} onSelect={setSelected} onOpen={onOpen} />
            )
          }
        </Loaded>
        <MoreButton query={query} />
      </Card>
    </>
  );
}

export default function Queue() {
  const url = useUrlState();
  const stats = useQuery(statsQuery);
  const [first] = TABS;
  const tab = TABS.find((each) => each.state === url.get("tab")) ?? first;
  if (!tab) return null;
  const job = Number(url.get("job"));
  const waiting = (stats.data?.jobs_pending ?? 0) + (stats.data?.jobs_running ?? 0);
  return (
    <Page title="Queue" description={stats.data && (waiting === 0 ? "Everything is done." : stats.data.eta_s === null ? `${formatCount(waiting)} jobs to go` : `${formatCount(waiting)} jobs to go, about ${formatSpan(stats.data.eta_s * 1000)}`)} actions={<HoldButton />}>
      {(tab.state === "running" || tab.state === "pending") && <HeldBack />}
      <Tabs value={tab.state} onChange={(state) => url.set({ tab: state ?? undefined, job: undefined })} keepMounted={false}>
        <Tabs.List className={classes.tabs}>
          {TABS.map((each) => {
            const count = stats.data ? each.count(stats.data) : 0;
            return (
              <Tabs.Tab
                key={each.state}
                value={each.state}
                rightSection={
                  count > 0 && (
                    <Badge size="sm" color={each.state === "failed" ? "red" : each.state === "held" ? "violet" : "gray"} className="numbers">
                      {formatCount(count)}
                    </Badge>
                  )
                }
              >
                {each.label}
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
        {TABS.map((each) => (
          <Tabs.Panel key={each.state} value={each.state} pt="md">
            <div className={classes.panel}>
              <JobsOf tab={each} onOpen={(id) => url.set({ job: String(id) })} />
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
      <JobDrawer id={Number.isSafeInteger(job) && job > 0 ? job : null} onClose={() => url.set({ job: undefined })} />
    </Page>
  );
}
