import { ActionIcon, Badge, Button, Group, Menu, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../../api/client.ts";
import { userQuery, usersQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { useSession } from "../../app/session.ts";
import { SimpleForm } from "../../forms/SimpleForm.tsx";
import { IconDotsVertical, IconPencil, IconPlus, IconTrash } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";

type User = Schemas["User"];

function UserRow({ user, onEdit }: { user: User; onEdit: () => void }) {
  const me = useSession();
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/users/{id}", { params: { path: { id: user.id } } })), done: () => `${user.name} is gone.`, changes: ["users", "audit"] });
  const ask = async (): Promise<void> => {
    if (await confirm({ title: `Remove ${user.name}?`, text: "All sessions of this user end at once. What the user did stays in the audit log.", action: "Remove", destructive: true })) remove.mutate();
  };
  return (
    <Table.Tr>
      <Table.Td fw={500}>
        {user.name} {user.id === me.id && <Badge size="sm" color="gray">you</Badge>} {user.disabled && <Badge size="sm" color="orange">disabled</Badge>}
      </Table.Td>
      <Table.Td>{user.role}</Table.Td>
      <Table.Td c="dimmed">{user.last_login_at_ms ? <Ago ms={user.last_login_at_ms} /> : "never"}</Table.Td>
      <Table.Td data-number>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${user.name}`}>
              <IconDotsVertical size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
              Edit
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void ask()}>
              Remove
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function Edit({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useQuery({ ...userQuery(id), staleTime: 0, gcTime: 0 });
  if (!query.data) return null;
  const { record: user, etag } = query.data;
  return (
    <SimpleForm
      opened
      title={`Edit ${user.name}`}
      action="Save"
      record="UserUpdate"
      initial={{ name: user.name, role: user.role, disabled: user.disabled, password: null }}
      etag={etag}
      save={({ password, ...values }, version) => must(api.PUT("/api/v1/users/{id}", { params: { path: { id } }, body: { ...values, ...(password ? { password } : {}) } as Schemas["UserUpdate"], ...version }))}
      done={(changed) => `${changed.name} is changed.`}
      changes={["users", "audit"]}
      onClose={onClose}
    />
  );
}

export function Users() {
  const query = useQuery(usersQuery);
  const [edited, setEdited] = useState<User | "new" | null>(null);
  const close = (): void => setEdited(null);
  return (
    <Card
      title="Who can sign in"
      flush
      actions={
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setEdited("new")}>
          Add a user
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) => (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Role</Table.Th>
                <Table.Th>Last sign-in</Table.Th>
                <Table.Th aria-label="Actions" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((user) => (
                <UserRow key={user.id} user={user} onEdit={() => setEdited(user)} />
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Loaded>
      <Group>
        <SimpleForm
          opened={edited === "new"}
          title="Add a user"
          action="Add"
          record="UserInput"
          save={(values) => must(api.POST("/api/v1/users", { body: values as Schemas["UserInput"] }))}
          done={(user) => `${user.name} can sign in now.`}
          changes={["users", "audit"]}
          onClose={close}
        />
        {edited !== null && edited !== "new" && <Edit id={edited.id} onClose={close} />}
      </Group>
    </Card>
  );
}
