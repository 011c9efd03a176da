// The audio policy as a form, beside what it would do. The fields, their help and their limits are those of the server's table.
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { Link } from "wouter";
import { api, mustTagged } from "../../api/client.ts";
import { audioPolicyQuery } from "../../api/queries.ts";
import type { AudioOverride } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { ChoiceInput } from "../../forms/ChoiceInput.tsx";
import editor from "../../forms/Editor.module.css";
import { FieldInput, fieldLabel } from "../../forms/FieldInput.tsx";
import { FormFrame } from "../../forms/FormFrame.tsx";
import { fieldsOf, type NamedField } from "../../forms/schema.ts";
import { useRecordForm, type RecordForm, type Values } from "../../forms/useRecordForm.ts";
import { languageName } from "../../languages.ts";
import { Card } from "../../parts/Card.tsx";
import { useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { LanguageList } from "./LanguageList.tsx";
import { Overrides } from "./Overrides.tsx";
import { Preview } from "./Preview.tsx";

const fields = fieldsOf("AudioPolicyInput");
const names = fields.map(({ name }) => name);
const only = (record: Values): Values => Object.fromEntries(names.map((name) => [name, record[name]]));

/** Where a field stands. What the server adds later is under "Other" until it is given a place. */
const SECTIONS: Record<string, readonly string[]> = {
  "Which language": ["prefer_original", "languages", "commentary"],
  "Other languages for some paths": ["overrides"],
  Subtitles: ["subtitles", "subtitle_languages"],
};
const placed = new Set(Object.values(SECTIONS).flat());
const sections: [string, NamedField[]][] = [
  ...Object.entries(SECTIONS).map(([title, members]): [string, NamedField[]] => [title, members.flatMap((name) => fields.filter((field) => field.name === name))]),
  ["Other", fields.filter(({ name }) => !placed.has(name))],
];
const LANGUAGE_LISTS = ["languages", "subtitle_languages"];

const inWords = (languages: readonly string[]): string => languages.map(languageName).join(", ") || "–";

/** For the table of a stale edit. */
function describe(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  if (LANGUAGE_LISTS.includes(name)) return inWords(value as string[]);
  if (name !== "overrides") return undefined;
  return (value as AudioOverride[]).map(({ glob, languages, original }) => `${glob}: ${inWords(languages)}${original === "as-usual" ? "" : `, original ${original}`}`).join("; ") || "–";
}

function Field({ field: { name, schema, required }, form, disabled }: { field: NamedField; form: RecordForm; disabled: boolean }) {
  if (name === "overrides") return <Overrides form={form} disabled={disabled} />;
  if (LANGUAGE_LISTS.includes(name)) {
    // Which subtitles somebody reads counts for one rule only.
    if (name === "subtitle_languages" && form.values.subtitles !== "by-language" && !form.errorOf(name)) return null;
    return (
      <LanguageList
        label={fieldLabel(name)}
        description={schema.description}
        name={name}
        value={(form.values[name] ?? []) as string[]}
        onChange={(languages) => form.set(name, languages)}
        errorOf={form.errorOf}
        disabled={disabled}
        lead={name === "languages" && form.values.prefer_original === true ? "The original language of the film" : undefined}
      />
    );
  }
  const Control = schema.enum ? ChoiceInput : FieldInput;
  return <Control name={name} schema={schema} required={required} disabled={disabled} value={form.values[name]} onChange={(value) => form.set(name, value)} error={form.errorOf(name)} />;
}

function Form({ initial, etag }: { initial: Values; etag: string | null }) {
  const mayChange = useMay("admin");
  const form = useRecordForm(initial, names, etag);
  const save = useAction({
    run: () => form.send((version) => mustTagged(api.PUT("/api/v1/audio/policy", { body: form.values, ...version }))),
    done: () => "The policy is saved. It counts for every job that begins from now on.",
    after: ({ record, etag: next }) => form.saved(record, next),
    changes: ["audio-policy", "audio-preview"],
    quiet: true,
  });
  return (
    <FormFrame form={form} save={save} describe={describe}>
      <div className={editor.editor}>
        <Stack gap="md" miw={0}>
          {sections.map(([title, members]) =>
            members.length === 0 ? null : (
              <Card key={title} title={title}>
                <Stack gap="md">
                  {members.map((field) => (
                    <Fragment key={field.name}>
                      <Field field={field} form={form} disabled={!mayChange} />
                      {field.name === "prefer_original" && form.values.prefer_original === true && (
                        <Text size="xs" c="dimmed">
                          What a film was made in is known from Sonarr and Radarr, or else from The Movie Database, if the {mayChange ? <Link href="/settings">settings</Link> : "settings"} hold a key for it.
                        </Text>
                      )}
                    </Fragment>
                  ))}
                </Stack>
              </Card>
            ),
          )}
        </Stack>
        <Preview values={form.values} />
      </div>
      {mayChange ? (
        <Group justify="space-between" className={editor.bar}>
          <Text size="sm" c="dimmed">
            {form.isChanged ? "Not saved yet." : ""}
          </Text>
          <Group gap="xs">
            <Button variant="default" disabled={!form.isChanged} onClick={() => form.saved(form.loaded, form.etag)}>
              Discard
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!form.isChanged}>
              Save
            </Button>
          </Group>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          Only an administrator can change the policy.
        </Text>
      )}
    </FormFrame>
  );
}

export function PolicyEditor() {
  const query = useQuery({ ...audioPolicyQuery, staleTime: 0, gcTime: 0 });
  return (
    <Loaded query={query} bones={<Skeleton height={420} />}>
      {({ record, etag }) => <Form initial={only(record)} etag={etag} />}
    </Loaded>
  );
}
