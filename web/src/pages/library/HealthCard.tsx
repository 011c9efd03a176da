// Whether all of a file decodes, and where it does not.
import { Button, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, must } from "../../api/client.ts";
import { someJobsQuery } from "../../api/queries.ts";
import { isActive, type LibraryFile } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { fileName, formatClock, formatCount, formatCounted } from "../../format.ts";
import { IconStethoscope } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { useAction } from "../../parts/feedback.tsx";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { HEALTH_LABEL } from "./health.ts";

function Faults({ file }: { file: LibraryFile }) {
  const faults = file.faults ?? [];
  const shown = faults.reduce((sum, fault) => sum + fault.times, 0);
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th data-number w="4.5rem">
            At
          </Table.Th>
          <Table.Th>Fault</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {faults.map((fault, index) => (
          <Table.Tr key={index}>
            <Table.Td data-number>{formatClock(fault.at_ms)}</Table.Td>
            <Table.Td>
              {fault.message}
              {fault.times > 1 && <Text span c="dimmed" size="sm">{` ${formatCount(fault.times)} times`}</Text>}
            </Table.Td>
          </Table.Tr>
        ))}
        {shown < file.fault_count && (
          <Table.Tr>
            <Table.Td />
            <Table.Td c="dimmed">And {formatCount(file.fault_count - shown)} more.</Table.Td>
          </Table.Tr>
        )}
      </Table.Tbody>
    </Table>
  );
}

export function HealthCard({ file }: { file: LibraryFile }) {
  const mayOperate = useMay("operator");
  const jobs = useQuery(someJobsQuery({ file: file.id, kind: "health" }, 1));
  const latest = jobs.data?.items[0];
  const open = latest && (isActive(latest) || latest.state === "pending" || latest.state === "held") ? latest : undefined;
  const check = useAction({
    run: () => must(api.POST("/api/v1/jobs", { body: { kind: "health", file: file.id } })),
    done: () => `${fileName(file.path)} is being checked.`,
    changes: ["jobs", "stats"],
  });
  return (
    <Card
      title="Health"
      flush={file.fault_count > 0}
      actions={
        <>
          {file.health && <StateBadge state={file.health} label={HEALTH_LABEL[file.health]} />}
          {mayOperate && file.state !== "missing" && (
            <Button size="xs" variant="default" leftSection={<IconStethoscope size={15} />} loading={check.isPending} disabled={open !== undefined} onClick={() => check.mutate()}>
              Check now
            </Button>
          )}
        </>
      }
    >
      <Text size="sm" c="dimmed" {...(file.fault_count > 0 ? { px: "md", pb: "xs" } : {})}>
        {file.checked_at_ms === null ? (
          "It has not been checked since it last changed. A check decodes all of it and changes nothing."
        ) : (
          <>
            {file.health === "ok" ? "All of it decoded when it was checked " : `${formatCounted(file.fault_count, "fault")} when it was checked `}
            <Ago ms={file.checked_at_ms} />.
          </>
        )}
      </Text>
      {open?.state === "running" && <JobProgress job={open} />}
      {open && open.state !== "running" && (
        <Text size="sm" c="dimmed" {...(file.fault_count > 0 ? { px: "md", pb: "xs" } : {})}>
          A check waits for its turn.
        </Text>
      )}
      {file.fault_count > 0 && <Faults file={file} />}
    </Card>
  );
}
