// Chooses a directory of the server's, among those that may be used.
import { Alert, Button, Group, Modal, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { directoriesQuery } from "../api/queries.ts";
import { messageOf } from "../api/problem.ts";
import { IconArrowUp, IconFolder, IconFolderOpen } from "../icons.ts";
import { Bones } from "../parts/Loaded.tsx";
import classes from "./FolderPicker.module.css";

function Folders({ path, go }: { path: string | null; go: (path: string | null) => void }) {
  const query = useQuery(directoriesQuery(path));
  if (query.error)
    return (
      <Alert color="red" title="This folder cannot be looked into">
        <Text size="sm">{messageOf(query.error)}</Text>
        <Button variant="default" size="xs" mt="sm" onClick={() => go(null)}>
          Back to the beginning
        </Button>
      </Alert>
    );
  if (!query.data) return <Bones rows={6} />;
  const { items, parent, is_cut: isCut } = query.data;
  return (
    <div className={classes.list}>
      {path !== null && (
        <UnstyledButton className={classes.row} onClick={() => go(parent)}>
          <IconArrowUp size={17} stroke={1.7} />
          <span>{parent === null ? "All places" : "Up"}</span>
        </UnstyledButton>
      )}
      {items.map((item) => (
        <UnstyledButton key={item.path} className={classes.row} onClick={() => go(item.path)}>
          <IconFolder size={17} stroke={1.7} />
          <span className="truncate">{path === null ? item.path : item.name}</span>
        </UnstyledButton>
      ))}
      {items.length === 0 && (
        <Text size="sm" c="dimmed" p="sm">
          There are no folders in this one.
        </Text>
      )}
      {isCut && (
        <Text size="xs" c="dimmed" p="sm">
          There are more folders than are shown; type the path instead.
        </Text>
      )}
    </div>
  );
}

interface FolderPickerProps {
  label: string;
  description?: string | undefined;
  value: string;
  onChange: (path: string) => void;
  error?: string | undefined;
  placeholder?: string;
  /** Only those who may look into the server's folders can choose one; others write it. */
  browse?: boolean;
  /** The first field of a dialog. */
  first?: boolean;
}

export function FolderPicker({ label, description, value, onChange, error, placeholder = "/srv/films", browse = true, first = false }: FolderPickerProps) {
  const [at, setAt] = useState<string | null | undefined>(undefined);
  const close = (): void => setAt(undefined);
  return (
    <>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput data-autofocus={first || undefined} label={label} description={description} required value={value} error={error} onChange={(event) => onChange(event.currentTarget.value)} placeholder={placeholder} className={classes.input} />
        {browse && (
          <Button variant="default" leftSection={<IconFolderOpen size={16} />} onClick={() => setAt(value || null)}>
            Choose
          </Button>
        )}
      </Group>
      <Modal opened={at !== undefined} onClose={close} title="Choose a folder" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <Text size="sm" className={`mono ${classes.path}`}>
          {at ?? "Where folders may be chosen from"}
        </Text>
        {at !== undefined && <Folders path={at} go={setAt} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            disabled={!at}
            onClick={() => {
              if (at) onChange(at);
              close();
            }}
          >
            Choose this folder
          </Button>
        </Group>
      </Modal>
    </>
  );
}
