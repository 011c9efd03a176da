import { ActionIcon, Alert, Button, Group, Modal, Table, Text, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../../api/client.ts";
import { keyQuery, keysQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { SimpleForm } from "../../forms/SimpleForm.tsx";
import { formatDateTime } from "../../format.ts";
import { IconKey, IconPencil, IconPlus, IconTrash } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { CopyField } from "../../parts/CopyField.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { confirm, toastError, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { ExpiryInput } from "./ExpiryInput.tsx";

type ApiKey = Schemas["ApiKey"];
const INPUTS = { expires_at_ms: ExpiryInput };

function KeyRow({ item, onEdit }: { item: ApiKey; onEdit: () => void }) {
  const client = useQueryClient();
  const remove = useAction({
    run: (etag: string | null) => must(api.DELETE("/api/v1/keys/{id}", { params: { path: { id: item.id } }, ...(etag === null ? {} : { headers: { "If-Match": etag } }) })),
    done: () => `The key ${item.name} opens nothing any more.`,
    changes: ["keys", "audit"],
  });
  // What is confirmed is what goes: the key as it was when the question was asked.
  const ask = async (): Promise<void> => {
    try {
      const { record, etag } = await client.fetchQuery({ ...keyQuery(item.id), staleTime: 0 });
      const used = record.last_used_at_ms === null ? "It was never used." : `It was last used on ${formatDateTime(record.last_used_at_ms)}.`;
      if (await confirm({ title: `Revoke the key ${record.name}?`, text: `Whatever uses it is refused from now on. ${used}`, action: "Revoke", destructive: true })) remove.mutate(etag);
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Table.Tr>
      <Table.Td fw={500}>{item.name}</Table.Td>
      <Table.Td className="mono">{item.prefix}…</Table.Td>
      <Table.Td>{item.scope}</Table.Td>
      <Table.Td c="dimmed">{item.last_used_at_ms ? <Ago ms={item.last_used_at_ms} /> : "never used"}</Table.Td>
      <Table.Td c="dimmed">{item.expires_at_ms ? formatDateTime(item.expires_at_ms) : "never"}</Table.Td>
      <Table.Td data-number>
        <Tooltip label="Edit">
          <ActionIcon variant="subtle" color="gray" aria-label={`Edit ${item.name}`} onClick={onEdit}>
            <IconPencil size={16} />
          </ActionIcon>
        </Tooltip>
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
      <CopyField label="Key" value={text ?? ""} testId="new-key" />
      <Group justify="flex-end" mt="md">
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Modal>
  );
}

/** What is changed is the key as it is when the form opens; a later change of somebody else's is asked about. */
function Edit({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useQuery({ ...keyQuery(id), staleTime: 0, gcTime: 0 });
  if (!query.data) return null;
  const { record: key, etag } = query.data;
  return (
    <SimpleForm
      opened
      title={`Edit the key ${key.name}`}
      action="Save"
      record="KeyUpdateUpdate"
      initial={{ name: key.name, expires_at_ms: key.expires_at_ms }}
      etag={etag}
      inputs={INPUTS}
      save={(values, version) => must(api.PATCH("/api/v1/keys/{id}", { params: { path: { id } }, body: values, ...version }))}
      done={(changed) => `The key ${changed.name} is changed.`}
      changes={["keys", "audit"]}
      onClose={onClose}
    />
  );
}

export function Keys() {
  const query = useQuery(keysQuery);
  const [edited, setEdited] = useState<number | "new" | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const add = (
    <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setEdited("new")}>
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
                    <KeyRow key={item.id} item={item} onEdit={() => setEdited(item.id)} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      <SimpleForm
        opened={edited === "new"}
        title="Make an API key"
        action="Make the key"
        record="ApiKeyInput"
        inputs={INPUTS}
        save={(values) => must(api.POST("/api/v1/keys", { body: values as Schemas["ApiKeyInput"] }))}
        done={() => undefined}
        after={(made) => setShown(made.key)}
        changes={["keys", "audit"]}
        onClose={() => setEdited(null)}
      />
      {typeof edited === "number" && <Edit id={edited} onClose={() => setEdited(null)} />}
      <KeyShown text={shown} onClose={() => setShown(null)} />
      <Text size="xs" c="dimmed" px="md" pb="sm">
        A key goes into the header X-Api-Key, or after “Authorization: Bearer”.
      </Text>
    </Card>
  );
}
