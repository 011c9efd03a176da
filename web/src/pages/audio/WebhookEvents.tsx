// What Sonarr and Radarr said lately, what was made of it, and why nothing where nothing was done.
import { Alert, Anchor, Select, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { webhookEventsQuery } from "../../api/queries.ts";
import type { WebhookEvent } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatWord } from "../../format.ts";
import { IconMessageDots } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";
import { StackedTable } from "../../parts/StackedTable.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { MESSAGE_LABEL } from "./words.ts";

const SENDERS = ["sonarr", "radarr"];

function Row({ event }: { event: WebhookEvent }) {
  return (
    <Table.Tr>
      <Table.Td c="dimmed">
        <Ago ms={event.received_at_ms} />
      </Table.Td>
      <Table.Td>
        {formatWord(event.application)}
        {event.instance && event.instance.toLowerCase() !== event.application && (
          <Text size="xs" c="dimmed">
            {event.instance}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-wide>
        <Text size="sm" fw={500}>
          {event.event}
        </Text>
        {event.title && (
          <Text size="xs" c="dimmed">
            {event.title}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <StateBadge state={event.outcome} label={MESSAGE_LABEL[event.outcome]} />
      </Table.Td>
      <Table.Td c="dimmed" data-wide>
        {event.reason}{" "}
        {event.jobs.map((job) => (
          <Anchor key={job} component={Link} href={`/audio/batches/${job}`} size="sm" mr={6} underline="always">
            Job {job}
          </Anchor>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}

export function WebhookEvents() {
  const url = useUrlState();
  const mayChange = useMay("admin");
  const sender = SENDERS.find((each) => each === url.get("from"));
  const query = useInfiniteQuery(webhookEventsQuery(sender));
  const filter = (
    <Select
      size="xs"
      w={170}
      aria-label="Messages of"
      placeholder="Of all senders"
      clearable
      clearButtonProps={{ "aria-label": "Of all senders" }}
      data={SENDERS.map((value) => ({ value, label: `Of ${formatWord(value)}` }))}
      value={sender ?? null}
      onChange={(value) => url.set({ from: value ?? undefined })}
    />
  );
  return (
    <Card title="Messages of the last 30 days" flush actions={filter}>
      <Loaded query={query}>
        {(data) => {
          const events = data.pages.flatMap((page) => page.items);
          if (events.length === 0)
            return (
              <EmptyState small icon={IconMessageDots} title="No messages yet">
                Set up the connection in Sonarr or Radarr as it is described above, and press “Test” there.
              </EmptyState>
            );
          return (
            <>
              {events.some((event) => event.outcome === "unmapped") && (
                <Alert color="yellow" p="xs" mx="md" mb="xs">
                  Some messages are about files that are not in the library. Where the sender sees other paths than Reeve,{" "}
                  {mayChange ? (
                    <Anchor component={Link} href="/settings" c="inherit" size="sm" underline="always">
                      set the path mappings
                    </Anchor>
                  ) : (
                    "an administrator sets the path mappings"
                  )}
                  , such as /tv=/srv/media/tv.
                </Alert>
              )}
              <StackedTable
                label="Messages"
                width={720}
                head={
                  <>
                    <Table.Th>When</Table.Th>
                    <Table.Th>From</Table.Th>
                    <Table.Th>Said</Table.Th>
                    <Table.Th>Outcome</Table.Th>
                    <Table.Th w="45%">Why</Table.Th>
                  </>
                }
              >
                {events.map((event) => (
                  <Row key={event.id} event={event} />
                ))}
              </StackedTable>
            </>
          );
        }}
      </Loaded>
      <MoreButton query={query} />
    </Card>
  );
}
