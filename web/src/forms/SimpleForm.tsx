// A dialog over one input of the API: its fields, the server's complaints, and a button.
import { Button, Group, Modal } from "@mantine/core";
import { useState, type ComponentType } from "react";
import { useAction } from "../parts/feedback.tsx";
import { FieldInput, type FieldInputProps } from "./FieldInput.tsx";
import { FormFrame } from "./FormFrame.tsx";
import { SecretInput } from "./SecretInput.tsx";
import { fieldsOf, presets } from "./schema.ts";
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
  /** Fields that have a control of their own. */
  inputs?: Readonly<Record<string, ComponentType<FieldInputProps>>>;
  save: (values: Values, version: Version) => Promise<Output>;
  done: (output: Output) => string | undefined;
  after?: (output: Output) => void;
  changes: readonly string[];
  onClose: () => void;
}

function Fields<Output>({ action, record, initial, etag = null, inputs = {}, save, done, after, changes, onClose }: SimpleFormProps<Output>) {
  const [fields] = useState(() => fieldsOf(record));
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
    <FormFrame form={form} save={act}>
      {fields.map(({ name, schema, required }) => {
        const Input = inputs[name] ?? (schema.writeOnly ? SecretInput : FieldInput);
        return <Input key={name} name={name} schema={schema} required={required} value={form.values[name]} onChange={(value: unknown) => form.set(name, value)} error={form.errorOf(name)} />;
      })}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={act.isPending}>
          {action}
        </Button>
      </Group>
    </FormFrame>
  );
}

export function SimpleForm<Output>({ opened, ...props }: SimpleFormProps<Output> & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={props.onClose} title={props.title} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && <Fields {...props} />}
    </Modal>
  );
}
