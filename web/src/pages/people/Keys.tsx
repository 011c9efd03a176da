import { ActionIcon, Alert, Button, Code, CopyButton, Group, Modal, Select, Table, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../../api/client.ts";
import { keysQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { SimpleForm } from "../../forms/SimpleForm.tsx";
import { formatDateTime } from "../../format.ts";
import { IconCopy, IconKey, IconPlus, IconTrash } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";

type ApiKey = Schemas["ApiKey"];
const DAY_MS = 86_400_000;
const LIVES = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

function KeyRow({ item }: { item: ApiKey }) {
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/keys/{id}", { params: { path: { id: item.id } } })), done: () => `The key ${item.name} opens nothing any more.`, changes: ["keys", "audit"] });
  const ask = async (): Promise<void> => {
    if (await confirm({ title: `Revoke the key ${item.name}?`, text: "Whatever uses it is refused from now on.", action: "Revoke", destructive: true })) remove.mutate();
  };
  return (
    <Table.Tr>
      <Table.Td fw={500}>{item.name}</Table.Td>
      <Table.Td className="mono">{item.prefix}…</Table.Td>
      <Table.Td>{item.scope}</Table.Td>
      <Table.Td c="dimmed">{item.last_used_at_ms ? <Ago ms={item.last_used_at_ms} /> : "never used"}</Table.Td>
      <Table.Td c="dimmed">{item.expires_at_ms ? formatDateTime(item.expires_at_ms) : "never"}</Table.Td>
      <Table.Td data-number>
        <Tooltip label="Revoke">
          <ActionIcon variant="subtle" color="red" aria-label={`Revoke ${item.name}`} onClick={() => void ask()}>
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      </Table.Td>
    </Table.Tr>
  );
}

function KeyShown({ text, onClose }: { text: string | null; onClose: () => void }) {
  return (
    <Modal opened={text !== null} onClose={onClose} title="Your new key" closeButtonProps={{ "aria-label": "Close" }} size="lg">
      <Alert color="yellow" mb="md">
        Copy it now. It is shown this once; afterwards not even Reeve knows it.
      </Alert>
      <Code block data-testid="new-key">
        {text}
      </Code>
      <Group justify="flex-end" mt="md">
        <CopyButton value={text ?? ""}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconCopy size={16} />} onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Modal>
  );
}

export function Keys() {
  const query = useQuery(keysQuery);
  const [adding, setAdding] = useState(false);
  const [life, setLife] = useState("");
  const [shown, setShown] = useState<string | null>(null);
  const add = (
    <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
      Make a key
    </Button>
  );
  return (
    <Card title="Keys for programs" flush actions={add}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={IconKey} title="No keys">
              A key lets a script or another program use the API, with no more rights than it needs.
            </EmptyState>
          ) : (
            <Table.ScrollContainer minWidth={620} scrollAreaProps={{ type: "auto", viewportProps: { tabIndex: 0, "aria-label": "API keys" } }}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Begins with</Table.Th>
                    <Table.Th>Allows</Table.Th>
                    <Table.Th>Last used</Table.Th>
                    <Table.Th>Expires</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((item) => (
                    <KeyRow key={item.id} item={item} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      <SimpleForm
        opened={adding}
        title="Make an API key"
        action="Make the key"
        record="ApiKeyInput"
        omit={["expires_at_ms"]}
        extra={<Select label="Expires" data={LIVES} allowDeselect={false} value={life} onChange={(value) => setLife(value ?? "")} />}
        save={(values) => must(api.POST("/api/v1/keys", { body: { ...values, expires_at_ms: life ? Date.now() + Number(life) * DAY_MS : null } as Schemas["ApiKeyInput"] }))}
        done={() => undefined}
        after={(made) => setShown(made.key)}
        changes={["keys", "audit"]}
        onClose={() => setAdding(false)}
      />
      <KeyShown text={shown} onClose={() => setShown(null)} />
      <Text size="xs" c="dimmed" px="md" pb="sm">
        A key goes into the header X-Api-Key, or after “Authorization: Bearer”.
      </Text>
    </Card>
  );
}
