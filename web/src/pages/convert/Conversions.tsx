// What is made of the films that were sent: how far it is, and the way to have it.
import { ActionIcon, Button, Group, Progress, Table, Text, Tooltip } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, must } from "../../api/client.ts";
import { conversionsQuery } from "../../api/queries.ts";
import { useMay } from "../../app/session.ts";
import { formatBytes, formatClock, formatPercent, formatSpan } from "../../format.ts";
import { IconDownload, IconPlayerStop, IconTransform, IconTrash } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";
import { StackedTable } from "../../parts/StackedTable.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import classes from "./Convert.module.css";
import { describe, type Conversion } from "./words.ts";

/** What the job of a frozen or waiting conversion says, else its figures. */
function factsOf(it: Conversion): string {
  if (it.waiting) return it.waiting;
  return [...(it.fps ? [`${it.fps.toFixed(it.fps < 10 ? 1 : 0)} fps`] : []), ...(it.eta_ms !== null ? [`${formatSpan(it.eta_ms)} left`] : [])].join(" · ");
}

function Progressing({ it }: { it: Conversion }) {
  return (
    <div>
      <Group gap="sm" wrap="nowrap">
        <Progress value={it.progress * 100} size={6} color={it.waiting ? "yellow" : "moss"} aria-label={`Progress of ${it.name}`} className={classes.bar} />
        <Text size="sm" className="numbers">
          {formatPercent(it.progress)}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" className="numbers">
        {factsOf(it)}
      </Text>
    </div>
  );
}

function Outcome({ it }: { it: Conversion }) {
  switch (it.state) {
    case "processing":
      return <Progressing it={it} />;
    case "failed":
      return (
        <>
          <StateBadge state="failed" />
          <Text size="xs" c="dimmed" mt={4}>
            {it.error}
          </Text>
        </>
      );
    case "completed":
      return (
        <Text size="sm" c="dimmed" className="numbers">
          {formatBytes(it.size_bytes)} · {formatClock(it.duration_ms)} · kept for {formatSpan(it.expires_at_ms - Date.now())}
        </Text>
      );
    default:
      return (
        <>
          <StateBadge state={it.state === "queued" ? "pending" : it.state} label={it.state === "queued" ? "Waits for its turn" : "Cancelled"} />
          {it.waiting && (
            <Text size="xs" c="dimmed" mt={4}>
              {it.waiting}
            </Text>
          )}
        </>
      );
  }
}

function Actions({ it }: { it: Conversion }) {
  const mayOperate = useMay("operator");
  const params = { params: { path: { id: it.id } } };
  const changes = ["conversions", "jobs"];
  const cancel = useAction({ run: () => must(api.POST("/api/v1/conversions/{id}/cancel", params)), done: () => `${it.name} is called off.`, changes });
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/conversions/{id}", params)), done: () => `${it.name} is deleted.`, changes });
  const askRemove = async (): Promise<void> => {
    const sure = it.state !== "completed" || (await confirm({ title: "Delete this file?", text: it.name, action: "Delete", destructive: true }));
    if (sure) remove.mutate();
  };
  const running = it.state === "queued" || it.state === "processing";
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {it.state === "completed" && (
        <Button component="a" size="compact-sm" href={`/api/v1/conversions/${it.id}/file`} download={it.name} leftSection={<IconDownload size={15} />} aria-label={`Download ${it.name}`}>
          Download
        </Button>
      )}
      {mayOperate && running && (
        <Tooltip label="Call it off">
          <ActionIcon variant="subtle" color="gray" aria-label={`Call ${it.name} off`} loading={cancel.isPending} onClick={() => cancel.mutate()}>
            <IconPlayerStop size={17} />
          </ActionIcon>
        </Tooltip>
      )}
      {mayOperate && !running && (
        <Tooltip label="Delete">
          <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${it.name}`} loading={remove.isPending} onClick={() => void askRemove()}>
            <IconTrash size={17} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}

export function Conversions() {
  const query = useInfiniteQuery(conversionsQuery);
  return (
    <Card title="Conversions" flush>
      <Loaded query={query}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return items.length === 0 ? (
            <EmptyState small icon={IconTransform} title="Nothing was converted yet">
              Drop a film above. What becomes of it can be downloaded here, for as long as the settings keep it.
            </EmptyState>
          ) : (
            <>
              <StackedTable
                label="Conversions"
                width={640}
                head={
                  <>
                    <Table.Th>Film</Table.Th>
                    <Table.Th w="34%">State</Table.Th>
                    <Table.Th w="1%" aria-label="Actions" />
                  </>
                }
              >
                {items.map((it) => (
                  <Table.Tr key={it.id}>
                    <Table.Td data-wide className={classes.name}>
                      <Text size="sm" fw={550}>
                        {it.name}
                      </Text>
                      <Text size="xs" c="dimmed">
                        {describe(it)} · <Ago ms={it.created_at_ms} />
                      </Text>
                    </Table.Td>
                    <Table.Td data-wide>
                      <Outcome it={it} />
                    </Table.Td>
                    <Table.Td>
                      <Actions it={it} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </StackedTable>
              <MoreButton query={query} />
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
