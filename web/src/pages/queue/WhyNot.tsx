// Why a job does not run now, in the server's words: what matters most first, and when it may be over.
import { Alert, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { governorQuery, jobWhyQuery } from "../../api/queries.ts";
import type { Job } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatAgo, formatDateTime } from "../../format.ts";
import { nextEdge } from "../../parts/governor.ts";
import { OverrideButton } from "../../parts/OverrideButton.tsx";

export function WhyNot({ job }: { job: Job }) {
  const mayOperate = useMay("operator");
  const { data: why } = useQuery(jobWhyQuery(job.id));
  const { data: governor } = useQuery(governorQuery);
  const reasons = (why?.reasons ?? []).filter(({ code }) => code !== "running" && code !== "ended");
  if (!why || reasons.length === 0) return null;
  const isNext = reasons.every(({ code }) => code === "next");
  if (reasons.every(({ code }) => code === "parts")) return null; // the chunks are shown
  return (
    <Alert color={isNext ? "blue" : "yellow"} p="sm" title={why.runs ? "It runs, with less of the machine" : isNext ? "It is about to start" : "Why it does not run now"}>
      <Stack gap={6} align="flex-start">
        {reasons.map(({ code, sentence, until_ms: until }) => (
          <div key={sentence}>
            <Text size="sm">{sentence}</Text>
            {until !== null && (code === "schedule" || code === "override" || code === "later") && (
              <Text size="xs">
                Until {formatDateTime(until)}, {formatAgo(until)}
              </Text>
            )}
          </div>
        ))}
        {mayOperate && governor && reasons.some(({ code }) => code === "schedule") && <OverrideButton allow edgeMs={nextEdge(governor)} />}
      </Stack>
    </Alert>
  );
}
