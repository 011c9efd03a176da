// What the governor says, for whoever looks at the screen: what is held back, by what, until when.
import type { Governor, Job } from "../api/types.ts";
import { formatDateTime } from "../format.ts";

type State = Governor["workers"][number];
type Ruling = State["ruling"]["roots"][number];

/** One thing that holds work back, on all workers and for all roots of which it is true. */
export interface Hold {
  key: string;
  rule: Ruling["rule"];
  sentence: string;
  /** null: all roots that have no schedule of their own. */
  roots: (number | null)[];
  workers: string[];
}

function keyOf(row: Ruling): string {
  return row.rule === "schedule" ? `schedule ${row.schedule_id ?? ""}` : row.rule === "override" ? `override ${row.edge_ms ?? ""}` : `limit ${row.sentence ?? ""}`;
}

const withOne = <Item>(items: readonly Item[], item: Item): Item[] => (items.includes(item) ? [...items] : [...items, item]);

export function holdsOf(governor: Governor): Hold[] {
  const holds = new Map<string, Hold>();
  for (const { worker, ruling } of governor.workers)
    for (const row of ruling.roots) {
      if (row.may_start && !row.frozen) continue;
      const key = keyOf(row);
      const known = holds.get(key) ?? { key, rule: row.rule, sentence: row.sentence ?? "Work is held back.", roots: [], workers: [] };
      holds.set(key, { ...known, roots: withOne(known.roots, row.root_id), workers: withOne(known.workers, worker) });
    }
  return [...holds.values()];
}

/** When a schedule or somebody's word changes something next; null: neither does. */
export function nextEdge(governor: Governor): number | null {
  const edges = governor.workers.flatMap(({ ruling }) => (ruling.next_edge_ms === null ? [] : [ruling.next_edge_ms]));
  return edges.length === 0 ? null : Math.min(...edges);
}

const BY: Record<Ruling["rule"], string> = { none: "It is held back", schedule: "A schedule holds it", override: "Somebody holds all work", limit: "A limit of the machine holds it" };

/** Why none of the workers that could take a waiting job may start it now: in short, and in the server's words. */
export function heldBack(governor: Governor | undefined, job: Job): { short: string; sentence: string } | null {
  if (!governor || job.state !== "pending") return null;
  const able = governor.workers.filter(({ slots }) => slots.some((slot) => slot.kind === job.kind && slot.slots > 0));
  const rows = able.map(({ slots, ruling }) =>
    slots.some((slot) => slot.kind === job.kind && slot.governed) ? (ruling.roots.find((row) => row.root_id === job.root_id) ?? ruling.roots.find((row) => row.root_id === null)) : undefined,
  );
  const [first] = rows;
  if (!first || rows.some((row) => row === undefined || row.may_start)) return null;
  const until = first.rule !== "limit" && first.edge_ms !== null ? ` until ${formatDateTime(first.edge_ms)}` : "";
  return { short: `${BY[first.rule]}${until}.`, sentence: first.sentence ?? BY[first.rule] };
}
