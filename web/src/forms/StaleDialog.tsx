// Somebody else changed a record while it was being edited (412): shows what, and lets the person choose.
import { Button, Group, Modal, Table, Text } from "@mantine/core";
import { formatDateTime, formatValue } from "../format.ts";
import { fieldLabel } from "./FieldInput.tsx";
import { same, type RecordForm } from "./useRecordForm.ts";

interface StaleDialogProps {
  form: RecordForm;
  describe?: ((name: string, value: unknown) => string | undefined) | undefined;
}

export function StaleDialog({ form: { loaded, values, current, takeTheirs, keepMine, dismiss }, describe }: StaleDialogProps) {
  const words = (name: string, value: unknown): string => describe?.(name, value) ?? (name.endsWith("_at_ms") && typeof value === "number" ? formatDateTime(value) : formatValue(value));
  const changed = current ? Object.keys(values).filter((name) => name in current && !same(current[name], loaded[name])) : [];
  return (
    <Modal opened={current !== null} onClose={dismiss} size="lg" title="This was changed meanwhile" closeButtonProps={{ "aria-label": "Close" }}>
      <Text size="sm" mb="md">
        Somebody else saved other values while you were editing. Nothing of yours was saved yet.
      </Text>
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ type: "auto", viewportProps: { tabIndex: 0, "aria-label": "What was changed" } }}>
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
                <Table.Td c="dimmed">{words(name, loaded[name])}</Table.Td>
                <Table.Td fw={600}>{words(name, current?.[name])}</Table.Td>
                <Table.Td>{words(name, values[name])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={takeTheirs}>
          Take theirs
        </Button>
        <Button onClick={keepMine}>Keep mine, and go on editing</Button>
      </Group>
    </Modal>
  );
}
