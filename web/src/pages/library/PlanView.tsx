// A plan: what would become of each stream, why, and how large the result may be.
import { Alert, Badge, List, Stack, Table, Text } from "@mantine/core";
import type { EncodePlan } from "../../api/types.ts";
import { formatBytes, formatCodec, formatPercent, formatWord } from "../../format.ts";
import { IconAlertTriangle } from "../../icons.ts";
import { StateBadge } from "../../parts/StateBadge.tsx";
import classes from "./PlanView.module.css";

const ACTION_COLOR: Record<string, string> = { keep: "gray", convert: "moss", drop: "red", add: "blue" };
const DECISION: Record<string, string> = { encode: "Would be encoded", skip: "Would be left alone", refuse: "Cannot be done as asked" };

interface PlanViewProps {
  plan: EncodePlan;
  sizeBytes: number;
  /** Has no room for a column of reasons: they stand below the streams. */
  narrow?: boolean;
}

export function PlanView({ plan, sizeBytes, narrow = false }: PlanViewProps) {
  return (
    <Stack gap="sm">
      <div className={classes.decision}>
        <StateBadge state={plan.decision} label={DECISION[plan.decision] ?? formatWord(plan.decision)} size="md" />
        <Text size="sm">{plan.reason}</Text>
      </div>
      {plan.warnings.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle size={17} />} p="xs">
          <List size="sm" spacing={2}>
            {plan.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {plan.predicted_bytes !== null && (
        <Text size="sm" className="numbers">
          {formatBytes(sizeBytes)} → <b>about {formatBytes(plan.predicted_bytes)}</b>{" "}
          <Text span c="dimmed" size="sm">
            {plan.predicted_bytes < sizeBytes ? `(${formatPercent(1 - plan.predicted_bytes / sizeBytes)} less; ` : "("}
            between {formatBytes(plan.predicted_min_bytes)} and {formatBytes(plan.predicted_max_bytes)})
          </Text>
        </Text>
      )}
      {plan.actions.length > 0 && (
        <Table.ScrollContainer minWidth={narrow ? 300 : 520} scrollAreaProps={{ type: "auto", viewportProps: { tabIndex: 0, "aria-label": "What becomes of each stream" } }}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Stream</Table.Th>
                <Table.Th>Action</Table.Th>
                <Table.Th>Codec</Table.Th>
                {!narrow && <Table.Th>Why</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {plan.actions.map((action) => (
                <Table.Tr key={`${action.source_index}-${action.output_index}-${action.action}`}>
                  <Table.Td>
                    {action.source_index} {formatWord(action.type).toLowerCase()}
                    {action.language ? `, ${action.language}` : ""}
                    {narrow && (
                      <Text size="xs" c="dimmed">
                        {action.reason}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Badge size="sm" color={ACTION_COLOR[action.action] ?? "gray"}>
                      {action.action}
                    </Badge>
                  </Table.Td>
                  <Table.Td>{action.from_codec === action.to_codec ? formatCodec(action.from_codec) : `${formatCodec(action.from_codec)} → ${formatCodec(action.to_codec)}`}</Table.Td>
                  {!narrow && <Table.Td c="dimmed">{action.reason}</Table.Td>}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
