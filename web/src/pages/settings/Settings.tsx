// What can be changed while the server runs. The list, its help and its limits are the server's; what is saved is in force at once.
import { ActionIcon, Alert, Button, FileButton, Group, Skeleton, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, must, mustTagged } from "../../api/client.ts";
import { settingsQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import editor from "../../forms/Editor.module.css";
import { FieldInput, fieldLabel } from "../../forms/FieldInput.tsx";
import { FormFrame } from "../../forms/FormFrame.tsx";
import { SecretInput } from "../../forms/SecretInput.tsx";
import type { FieldSchema } from "../../forms/schema.ts";
import { same, useRecordForm, type RecordForm, type Values } from "../../forms/useRecordForm.ts";
import { formatValue } from "../../format.ts";
import { IconArrowBackUp, IconDownload, IconTrash, IconUpload } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { confirm, toastError, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import classes from "./Settings.module.css";

type Setting = Schemas["Setting"];

const TYPES: Record<Setting["kind"], string> = { bool: "boolean", int: "integer", enum: "string", text: "string", strings: "array" };

/** A setting as a field of a form. */
function schemaOf(setting: Setting): FieldSchema {
  return {
    type: TYPES[setting.kind],
    description: setting.help,
    ...(setting.kind === "enum" ? { enum: setting.default === null ? [null, ...setting.values] : [...setting.values] } : {}),
    ...(setting.min === null ? {} : { minimum: setting.min }),
    ...(setting.max === null ? {} : { maximum: setting.max }),
  };
}

/** What a form holds of a secret that is to be taken away; null keeps what there is. */
const CLEARED = "";

/** A secret is not shown, so it is kept, typed anew, or taken away. */
function SecretRow({ setting, form }: { setting: Setting; form: RecordForm }) {
  const value = form.values[setting.name];
  const isCleared = value === CLEARED;
  const isThere = setting.is_set || setting.problem !== null;
  const set = (next: unknown): void => form.set(setting.name, next);
  return (
    <Stack gap={6} align="stretch" className={classes.secret}>
      <SecretInput name={setting.name} schema={schemaOf(setting)} value={value} onChange={set} error={form.errorOf(setting.name)} {...(isThere && !isCleared ? { placeholder: setting.is_set ? "Kept, and not shown" : "Stored, and not to be read" } : {})} />
      {setting.problem && !isCleared && (
        <Alert color="red" p="xs" title="It cannot be read, and so is not in use">
          <Text size="sm">{setting.problem}</Text>
        </Alert>
      )}
      {isCleared && (
        <Text size="xs" c="var(--mantine-color-error)" role="status">
          It is taken away when you save.
        </Text>
      )}
      {isThere && (
        <Button variant="subtle" color={isCleared ? "gray" : "red"} size="compact-xs" leftSection={isCleared ? <IconArrowBackUp size={14} /> : <IconTrash size={14} />} onClick={() => set(isCleared ? null : CLEARED)} style={{ alignSelf: "flex-start" }}>
          {isCleared ? `Keep the ${fieldLabel(setting.name)}` : `Take the ${fieldLabel(setting.name)} away`}
        </Button>
      )}
    </Stack>
  );
}

function Row({ setting, form }: { setting: Setting; form: RecordForm }) {
  if (setting.secret) return <SecretRow setting={setting} form={form} />;
  const value = form.values[setting.name];
  const isPreset = same(value, setting.default);
  const field = { name: setting.name, schema: schemaOf(setting), value, onChange: (next: unknown) => form.set(setting.name, next), error: form.errorOf(setting.name) };
  return (
    <div className={classes.row}>
      <div className={classes.input}>
        <FieldInput {...field} />
      </div>
      <Tooltip label={`Back to what the configuration says: ${formatValue(setting.default)}`}>
        <ActionIcon variant="subtle" color="gray" aria-label={`Reset ${setting.name}`} disabled={isPreset} data-hidden={isPreset || undefined} className={classes.reset} onClick={() => form.set(setting.name, setting.default)}>
          <IconArrowBackUp size={17} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

const valuesOf = (items: readonly Setting[]): Values => Object.fromEntries(items.map((setting) => [setting.name, setting.value]));

/** As the server is told: null puts the configuration's value in force again, and takes a secret away. */
const sentOf = (setting: Setting, value: unknown): unknown => (setting.secret ? value === CLEARED : same(value, setting.default)) ? null : value;

/** Only what differs is sent. */
function changesOf(items: readonly Setting[], form: RecordForm): Values {
  const changed = items.filter((setting) => !same(form.values[setting.name], form.loaded[setting.name]));
  return Object.fromEntries(changed.map((setting) => [setting.name, sentOf(setting, form.values[setting.name])]));
}

function Form({ items, etag }: { items: readonly Setting[]; etag: string | null }) {
  const [advanced, setAdvanced] = useState(false);
  const form = useRecordForm(valuesOf(items), items.map((setting) => setting.name), etag);
  const save = useAction({
    run: () => form.send((version) => mustTagged(api.PUT("/api/v1/settings", { body: changesOf(items, form), ...version }))),
    done: () => "Saved, and in force.",
    after: ({ record, etag: next }) => form.saved(valuesOf(record.items), next),
    changes: ["settings"],
    quiet: true,
  });
  const sections = [...new Set(items.map((setting) => setting.section))];
  const isShown = (setting: Setting): boolean => advanced || setting.level === "standard" || form.errorOf(setting.name) !== undefined;
  return (
    <FormFrame form={form} save={save}>
      {sections.map((section) => {
        const shown = items.filter((setting) => setting.section === section && isShown(setting));
        return shown.length === 0 ? null : (
          <Card key={section} title={section}>
            <div className={classes.section}>
              {shown.map((setting) => (
                <Row key={setting.name} setting={setting} form={form} />
              ))}
            </div>
          </Card>
        );
      })}
      <Group justify="space-between" className={editor.bar}>
        <Switch label="Show advanced settings" checked={advanced} onChange={(event) => setAdvanced(event.currentTarget.checked)} />
        <Button type="submit" disabled={!form.isChanged} loading={save.isPending}>
          Save
        </Button>
      </Group>
    </FormFrame>
  );
}

function ImportButton({ onDone }: { onDone: () => void }) {
  const client = useQueryClient();
  const load = useAction({
    run: (document: Schemas["PortableInput"]) => must(api.POST("/api/v1/settings/import", { body: document })),
    done: (result) => `Imported: ${result.settings} settings, ${result.profiles_added + result.profiles_changed} profiles, ${result.roots_added + result.roots_changed} roots.`,
    after: () => void client.refetchQueries({ queryKey: ["settings"] }).then(onDone),
    changes: ["settings", "profiles", "roots"],
  });
  const read = async (file: File | null): Promise<void> => {
    if (!file) return;
    let document: unknown;
    try {
      document = JSON.parse(await file.text());
    } catch {
      toastError(new Error(`${file.name} is not a document that Reeve has exported: it is not JSON.`));
      return;
    }
    if (await confirm({ title: "Import settings?", text: `The settings, profiles and roots of ${file.name} take the place of those of the same name. It happens all at once, or not at all if anything in it is wrong.`, action: "Import" })) load.mutate(document as Schemas["PortableInput"]);
  };
  return (
    <FileButton accept="application/json,.json" onChange={(file) => void read(file)} inputProps={{ "aria-label": "File to import" }}>
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconUpload size={16} />} loading={load.isPending}>
          Import
        </Button>
      )}
    </FileButton>
  );
}

export default function Settings() {
  const query = useQuery(settingsQuery);
  // The form keeps what is being typed, whatever is loaded meanwhile; an import begins it anew.
  const [imports, setImports] = useState(0);
  return (
    <Page
      title="Settings"
      description="What is saved here is in force at once, on every server that shares this database."
      actions={
        <>
          <ImportButton onDone={() => setImports((count) => count + 1)} />
          <Button component="a" href="/api/v1/settings/export" download="reeve-settings.json" variant="default" leftSection={<IconDownload size={16} />}>
            Export
          </Button>
        </>
      }
    >
      <Loaded query={query} bones={<Skeleton height={420} />}>
        {({ record, etag }) => <Form key={imports} items={record.items} etag={etag} />}
      </Loaded>
    </Page>
  );
}
