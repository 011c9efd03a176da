// Films that were sent and are still there: made into something else without sending them again, or deleted.
import { ActionIcon, Button, Group, Table, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, must } from "../../api/client.ts";
import { uploadsQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { formatBytes, formatPercent, formatSpan } from "../../format.ts";
import { IconTrash } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { useAction } from "../../parts/feedback.tsx";
import { StackedTable } from "../../parts/StackedTable.tsx";
import classes from "./Convert.module.css";
import type { Choice } from "./sending.ts";

type Upload = Schemas["Upload"];

function Row({ it, choice }: { it: Upload; choice: Choice }) {
  const params = { params: { path: { id: it.id } } };
  const convert = useAction({ run: () => must(api.POST("/api/v1/conversions", { body: { upload: it.id, ...choice } })), changes: ["conversions", "jobs"] });
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/uploads/{id}", params)), done: () => `${it.name} is deleted.`, changes: ["uploads"] });
  const whole = it.state === "complete";
  return (
    <Table.Tr>
      <Table.Td data-wide className={classes.name}>
        <Text size="sm" fw={550}>
          {it.name}
        </Text>
        <Text size="xs" c="dimmed" className="numbers">
          {whole ? formatBytes(it.size_bytes) : `${formatPercent(it.size_bytes ? it.received_bytes / it.size_bytes : 0)} of ${formatBytes(it.size_bytes)}: drop it again to go on`} · kept for {formatSpan(it.expires_at_ms - Date.now())}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          {whole && (
            <Button size="compact-sm" variant="default" aria-label={`Convert ${it.name}`} loading={convert.isPending} onClick={() => convert.mutate()}>
              Convert
            </Button>
          )}
          <Tooltip label="Delete">
            <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${it.name}`} loading={remove.isPending} onClick={() => remove.mutate()}>
              <IconTrash size={17} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

export function Sent({ choice, busy }: { choice: Choice; busy: ReadonlySet<string> }) {
  const items = (useQuery(uploadsQuery).data?.items ?? []).filter((it) => it.state === "complete" || !busy.has(it.name));
  if (items.length === 0) return null;
  return (
    <Card title="Films on the server" flush>
      <StackedTable
        label="Films on the server"
        width={320}
        head={
          <>
            <Table.Th>Film</Table.Th>
            <Table.Th aria-label="Actions" />
          </>
        }
      >
        {items.map((it) => (
          <Row key={it.id} it={it} choice={choice} />
        ))}
      </StackedTable>
    </Card>
  );
}
