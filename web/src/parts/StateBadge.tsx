// The colours of states: one table for everything that has a state.
import { Badge, type BadgeProps } from "@mantine/core";
import { formatWord } from "../format.ts";

const COLORS: Record<string, string> = {
  running: "blue",
  pending: "gray",
  held: "violet",
  paused: "yellow",
  done: "moss",
  ready: "moss",
  replaced: "moss",
  active: "moss",
  encode: "moss",
  ok: "moss",
  damaged: "red",
  unreadable: "red",
  failed: "red",
  refuse: "red",
  frozen: "orange",
  missing: "orange",
  cancelled: "gray",
  skipped: "gray",
  skip: "gray",
  undone: "gray",
  "edit-undone": "gray",
  restored: "blue",
  nothing: "gray",
  edit: "blue",
  edited: "moss",
  remux: "yellow",
  linked: "violet",
  waiting: "yellow",
  unsupported: "gray",
  accepted: "moss",
  duplicate: "gray",
  ignored: "gray",
  unmapped: "orange",
  new: "gray",
  error: "red",
  warning: "yellow",
  info: "blue",
  debug: "gray",
};

interface StateBadgeProps extends Omit<BadgeProps, "color"> {
  state: string;
  label?: string;
  /** Said when one points at it. */
  title?: string | undefined;
}

export function StateBadge({ state, label, ...rest }: StateBadgeProps) {
  return (
    <Badge color={COLORS[state] ?? "gray"} size="sm" {...rest}>
      {label ?? formatWord(state)}
    </Badge>
  );
}
