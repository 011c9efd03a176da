// What the machine and its workers have to do.
import { Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { systemQuery, workersQuery } from "../../api/queries.ts";
import { formatBytes, formatPercent, formatWord } from "../../format.ts";
import { Card } from "../../parts/Card.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Meter } from "../../parts/Meter.tsx";
import classes from "./Dashboard.module.css";

function Resources() {
  const query = useQuery(systemQuery);
  return (
    <Loaded query={query} bones={<Skeleton height={120} />}>
      {(use) => (
        <div className={classes.meters}>
          {use.cpu_percent !== null && (
            <Meter
              label="Processor"
              part={use.cpu_percent / 100}
              value={formatPercent(use.cpu_percent / 100)}
              help={`${use.processors} processors; load ${[use.load_1, use.load_5, use.load_15].map((load) => load?.toFixed(1) ?? "–").join(", ")} over 1, 5 and 15 minutes`}
            />
          )}
          {use.memory_total_bytes !== null && use.memory_available_bytes !== null && (
            <Meter
              label="Memory"
              part={1 - use.memory_available_bytes / use.memory_total_bytes}
              value={`${formatBytes(use.memory_total_bytes - use.memory_available_bytes)} of ${formatBytes(use.memory_total_bytes)}`}
              help={`Reeve itself takes ${formatBytes(use.resident_bytes)}`}
            />
          )}
          {use.disks.map((disk) =>
            disk.free_bytes === null || disk.total_bytes === null ? (
              <Text key={disk.root_id} size="sm" c="dimmed">
                {disk.name || disk.path}: {disk.error ?? "not yet known"}
              </Text>
            ) : (
              <Meter key={disk.root_id} label={disk.name || disk.path} part={1 - disk.free_bytes / disk.total_bytes} value={`${formatBytes(disk.free_bytes)} free${disk.read_only ? ", read-only" : ""}`} help={disk.path} />
            ),
          )}
        </div>
      )}
    </Loaded>
  );
}

function Workers() {
  const query = useQuery(workersQuery);
  return (
    <Loaded query={query} bones={<Skeleton height={40} />}>
      {({ items }) => (
        <Stack gap="sm">
          {items.map((worker) => (
            <div key={worker.name}>
              <Text size="sm" fw={550} className="truncate">
                {worker.name}
              </Text>
              <Text size="xs" c="dimmed" className="numbers">
                {worker.slots.map((slot) => `${formatWord(slot.kind)} ${slot.busy}/${slot.slots}`).join(" · ")}
              </Text>
            </div>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

export function SystemCard() {
  return (
    <>
      <Card title="This machine">
        <Resources />
      </Card>
      <Card title="Workers">
        <Workers />
      </Card>
    </>
  );
}
