import { Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { auditQuery } from "../../api/queries.ts";
import { IconShield } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";

export function Audit() {
  const query = useInfiniteQuery(auditQuery);
  return (
    <Card title="What was changed, by whom" flush>
      <Loaded query={query}>
        {(data) => {
          const entries = data.pages.flatMap((page) => page.items);
          if (entries.length === 0)
            return (
              <EmptyState icon={IconShield} title="Nothing yet">
                Everything that somebody changes stands here.
              </EmptyState>
            );
          return (
            <Table.ScrollContainer minWidth={680} scrollAreaProps={{ type: "auto", viewportProps: { tabIndex: 0, "aria-label": "Audit log" } }}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>When</Table.Th>
                    <Table.Th>Who</Table.Th>
                    <Table.Th>What</Table.Th>
                    <Table.Th>To what</Table.Th>
                    <Table.Th>From</Table.Th>
                    <Table.Th data-number>Result</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {entries.map((entry) => (
                    <Table.Tr key={entry.id}>
                      <Table.Td c="dimmed">
                        <Ago ms={entry.at_ms} />
                      </Table.Td>
                      <Table.Td fw={500}>
                        {entry.actor} {entry.actor_kind === "key" && "(key)"}
                      </Table.Td>
                      <Table.Td className="mono">{entry.action}</Table.Td>
                      <Table.Td>{entry.target}</Table.Td>
                      <Table.Td className="numbers" c="dimmed">
                        {entry.address}
                      </Table.Td>
                      <Table.Td data-number>{entry.status === 0 ? "done" : entry.status}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          );
        }}
      </Loaded>
      <MoreButton query={query} />
    </Card>
  );
}
