// Somebody else changed a record while it was being edited (412): shows what, and lets the person choose.
import { Button, Group, Modal, Table, Text } from "@mantine/core";
import { ApiError } from "../api/problem.ts";
import { fieldLabel } from "./FieldInput.tsx";

export type Values = Record<string, unknown>;

const isValues = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** The record as it is now, if that is what the error is about. */
export function currentOf(error: unknown): Values | null {
  if (!(error instanceof ApiError) || error.status !== 412) return null;
  const current: unknown = error.problem?.current;
  return isValues(current) ? current : null;
}

function show(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.join(", ") || "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

interface StaleDialogProps {
  /** As the form loaded it, as the form has it now, as the server has it now. */
  loaded: Values;
  mine: Values;
  current: Values | null;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
  onClose: () => void;
}

export function StaleDialog({ loaded, mine, current, onTakeTheirs, onKeepMine, onClose }: StaleDialogProps) {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const changed = current ? Object.keys(mine).filter((name) => name in current && !same(current[name], loaded[name])) : [];
  return (
    <Modal opened={current !== null} onClose={onClose} size="lg" title="This was changed meanwhile" closeButtonProps={{ "aria-label": "Close" }}>
      <Text size="sm" mb="md">
        Somebody else saved other values while you were editing. Nothing of yours was saved yet.
      </Text>
      {changed.length > 0 && (
        <Table withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th>When you began</Table.Th>
              <Table.Th>Theirs, now</Table.Th>
              <Table.Th>Yours</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changed.map((name) => (
              <Table.Tr key={name}>
                <Table.Td>{fieldLabel(name)}</Table.Td>
                <Table.Td c="dimmed">{show(loaded[name])}</Table.Td>
                <Table.Td fw={600}>{show(current?.[name])}</Table.Td>
                <Table.Td>{show(mine[name])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onTakeTheirs}>
          Take theirs
        </Button>
        <Button onClick={onKeepMine}>Keep mine, and go on editing</Button>
      </Group>
    </Modal>
  );
}
