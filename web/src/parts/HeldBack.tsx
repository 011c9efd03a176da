// What holds work back now, or lets it run against a schedule: what is in force, why, until when, and the way out of it for those who
// may. Nothing where nothing is in force.
import { Button, Group, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, must } from "../api/client.ts";
import { governorQuery, rootsQuery } from "../api/queries.ts";
import type { Governor } from "../api/types.ts";
import { useMay } from "../app/session.ts";
import { formatAgo, formatDateTime } from "../format.ts";
import { IconBolt, IconClock, IconHandStop } from "../icons.ts";
import { useAction } from "./feedback.tsx";
import { holdsOf, nextEdge, type Hold } from "./governor.ts";
import classes from "./HeldBack.module.css";
import { OverrideButton } from "./OverrideButton.tsx";

function useRootNames(): (ids: readonly (number | null)[]) => string {
  const roots = useQuery(rootsQuery);
  return (ids) =>
    ids
      .map((id) => {
        const root = roots.data?.items.find((each) => each.id === id);
        return id === null ? "roots without a schedule of their own" : root ? root.name || root.path : `root ${id}`;
      })
      .join(", ");
}

function titleOf(governor: Governor, holds: readonly Hold[]): string {
  if (governor.override) return governor.override.allow ? "Work runs, whatever the schedules say" : "All work is held";
  if (holds.length > 0) return "Work is held back";
  return "Work is held to less of the machine";
}

/** The sentences: what is held, and for whom where that is not for all; then what only lowers, and what cannot be held to. */
function Reasons({ governor, holds }: { governor: Governor; holds: readonly Hold[] }) {
  const nameRoots = useRootNames();
  const rulings = governor.workers.map(({ ruling }) => ruling);
  const isForSome = rulings.some(({ roots }) => roots.length > 1);
  const said = new Set(holds.map(({ sentence }) => sentence));
  const allowed = governor.override?.allow ? rulings.flatMap(({ roots }) => roots.flatMap((row) => (row.may_start && row.sentence ? [row.sentence] : []))) : [];
  const limits = rulings.flatMap(({ sentence }) => (sentence ? [sentence] : []));
  const more = [...new Set([...allowed, ...limits, ...rulings.flatMap(({ notices }) => notices)])].filter((sentence) => !said.has(sentence));
  return (
    <>
      {holds.map((hold) => (
        <Text key={hold.key} size="sm" className={classes.sentence}>
          {isForSome && hold.rule === "schedule" && <b>{nameRoots(hold.roots)}: </b>}
          {governor.workers.length > hold.workers.length && <b>{hold.workers.join(", ")}: </b>}
          {hold.sentence}
        </Text>
      ))}
      {more.map((sentence) => (
        <Text key={sentence} size="sm" className={classes.sentence}>
          {sentence}
        </Text>
      ))}
    </>
  );
}

export function HeldBack() {
  const mayOperate = useMay("operator");
  const { data: governor } = useQuery(governorQuery);
  const takeBack = useAction({ run: () => must(api.DELETE("/api/v1/governor/override")), done: () => "The schedules hold again.", changes: ["governor", "jobs"] });
  if (!governor) return null;
  const holds = holdsOf(governor);
  if (!governor.override && holds.length === 0 && !governor.workers.some(({ ruling }) => ruling.sentence || ruling.notices.length > 0)) return null;
  const edge = nextEdge(governor);
  const Icon = governor.override ? (governor.override.allow ? IconBolt : IconHandStop) : IconClock;
  return (
    <Paper component="section" withBorder className={classes.held} aria-label="What holds work back">
      <Icon size={20} stroke={1.7} className={classes.icon} />
      <div className={classes.text} role="status">
        <Text size="sm" fw={600}>
          {titleOf(governor, holds)}
        </Text>
        <Reasons governor={governor} holds={holds} />
        {edge !== null && (
          <Text size="xs" c="dimmed">
            Next change: {formatDateTime(edge)}, {formatAgo(edge)}
          </Text>
        )}
      </div>
      {mayOperate && (
        <Group gap="xs" className={classes.actions}>
          {governor.override && (
            <Button size="xs" variant="default" loading={takeBack.isPending} onClick={() => takeBack.mutate()}>
              Back to the schedules
            </Button>
          )}
          {!governor.override && holds.some(({ rule }) => rule === "schedule") && <OverrideButton allow edgeMs={edge} />}
        </Group>
      )}
    </Paper>
  );
}

/** The way to hold all work, where nothing of the kind is in force. */
export function HoldButton() {
  const mayOperate = useMay("operator");
  const { data: governor } = useQuery(governorQuery);
  return mayOperate && governor && !governor.override ? <OverrideButton allow={false} edgeMs={nextEdge(governor)} /> : null;
}
