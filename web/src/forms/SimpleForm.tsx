// A dialog over one input of the API: its fields, the server's complaints, and a button.
import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useAction } from "../parts/feedback.tsx";
import { FieldInput } from "./FieldInput.tsx";
import { SecretInput } from "./SecretInput.tsx";
import { fieldsOf, presets } from "./schema.ts";
import { StaleDialog } from "./StaleDialog.tsx";
import { useRecordForm, type Values, type Version } from "./useRecordForm.ts";

interface SimpleFormProps<Output> {
  title: string;
  action: string;
  /** Name of the input's schema. */
  record: string;
  /** What is there already; the presets without it. */
  initial?: Values;
  /** The version of what is there. */
  etag?: string | null;
  omit?: readonly string[];
  /** A field that is not the API's. */
  extra?: ReactNode;
  save: (values: Values, version: Version) => Promise<Output>;
  done: (output: Output) => string | undefined;
  after?: (output: Output) => void;
  changes: readonly string[];
  onClose: () => void;
}

function Fields<Output>({ action, record, initial, etag = null, omit = [], extra, save, done, after, changes, onClose }: SimpleFormProps<Output>) {
  const [fields] = useState(() => fieldsOf(record).filter(({ name }) => !omit.includes(name)));
  const names = fields.map(({ name }) => name);
  const form = useRecordForm(initial ?? presets(record), names, etag);
  const act = useAction({
    run: () => form.send((version) => save(form.values, version)),
    done,
    after: (output) => {
      onClose();
      after?.(output);
    },
    changes,
    quiet: true,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        form.dismiss();
        act.mutate(undefined, { onError: form.fail });
      }}
      noValidate
    >
      <Stack gap="md">
        {form.error && (
          <Alert color="red" role="alert">
            {form.error}
          </Alert>
        )}
        {fields.map(({ name, schema, required }) => {
          const Input = schema.writeOnly ? SecretInput : FieldInput;
          return <Input key={name} name={name} schema={schema} required={required} value={form.values[name]} onChange={(value: unknown) => form.set(name, value)} error={form.errorOf(name)} />;
        })}
        {extra}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={act.isPending}>
            {action}
          </Button>
        </Group>
      </Stack>
      <StaleDialog form={form} />
    </form>
  );
}

export function SimpleForm<Output>({ opened, ...props }: SimpleFormProps<Output> & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={props.onClose} title={props.title} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && <Fields {...props} />}
    </Modal>
  );
}
