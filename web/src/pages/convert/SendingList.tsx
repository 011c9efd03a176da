// Files on their way, each with what can be done about it.
import { ActionIcon, Group, Progress, Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { formatBytes, formatPercent, formatSpan } from "../../format.ts";
import { IconPlayerPause, IconPlayerPlay, IconX } from "../../icons.ts";
import classes from "./Convert.module.css";
import { giveUp, pause, resume, type Sending } from "./sending.ts";

function Act({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function wordsOf(it: Sending): string | null {
  switch (it.state) {
    case "failed":
      return it.error;
    case "paused":
      return `Paused at ${formatBytes(it.sent)} of ${formatBytes(it.size)}`;
    case "asking":
      return "Sent";
    default:
      return [`${formatBytes(it.sent)} of ${formatBytes(it.size)}`, ...(it.pace === null ? [] : [`${formatBytes(it.pace)}/s`, `${formatSpan(((it.size - it.sent) / it.pace) * 1000)} left`])].join(" · ");
  }
}

function Row({ it }: { it: Sending }) {
  const part = it.size > 0 ? it.sent / it.size : 1;
  return (
    <li className={classes.sending} data-state={it.state}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={550} className="truncate">
          {it.name}
        </Text>
        <Group gap={2} wrap="nowrap">
          {it.state === "sending" && (
            <Act label={`Pause ${it.name}`} onClick={() => void pause(it.key)}>
              <IconPlayerPause size={16} />
            </Act>
          )}
          {(it.state === "paused" || it.state === "failed") && (
            <Act label={`Go on with ${it.name}`} onClick={() => resume(it.key)}>
              <IconPlayerPlay size={16} />
            </Act>
          )}
          {it.state !== "asking" && (
            <Act label={`Do not send ${it.name}`} onClick={() => void giveUp(it.key)}>
              <IconX size={16} />
            </Act>
          )}
        </Group>
      </Group>
      <Group gap="sm" wrap="nowrap">
        <Progress value={part * 100} size={6} color={it.state === "failed" ? "red" : it.state === "paused" ? "yellow" : "blue"} aria-label={`Sent of ${it.name}`} className={classes.bar} />
        <Text size="xs" className="numbers">
          {formatPercent(part)}
        </Text>
      </Group>
      <Text size="xs" c={it.state === "failed" ? "red" : "dimmed"} className="numbers" role={it.state === "failed" ? "alert" : undefined}>
        {wordsOf(it)}
      </Text>
    </li>
  );
}

export function SendingList({ sendings }: { sendings: readonly Sending[] }) {
  return (
    <ul className={classes.sendings} aria-label="Being sent">
      {sendings.map((it) => (
        <Row key={it.key} it={it} />
      ))}
    </ul>
  );
}
