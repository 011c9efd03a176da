// One profile as a form, beside what it would do to a file. The fields, their help and their limits are those of the server's table.
import { Button, Group, Skeleton, Stack, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useParams } from "wouter";
import { api, must } from "../../api/client.ts";
import { profileQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import editor from "../../forms/Editor.module.css";
import { FieldInput } from "../../forms/FieldInput.tsx";
import { FormFrame } from "../../forms/FormFrame.tsx";
import { fieldsOf, presets, type NamedField } from "../../forms/schema.ts";
import { useRecordForm, type RecordForm, type Values } from "../../forms/useRecordForm.ts";
import { Card } from "../../parts/Card.tsx";
import { Crumb } from "../../parts/Crumb.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { Preview } from "./Preview.tsx";
import { QualityRules } from "./QualityRules.tsx";
import { TargetMetric, TargetScore } from "./Target.tsx";

const fields = fieldsOf("ProfileInput");
const names = fields.map(({ name }) => name);

/** Where a field stands. What the server adds later is under "Other" until it is given a place. */
const SECTIONS: Record<string, readonly string[]> = {
  "": ["name", "description"],
  Video: ["codec", "encoders", "cpu_fallback", "qualities", "target_metric", "target_score", "preset", "tune", "bit_depth", "max_height", "max_frame_rate", "two_pass", "video_bit_rate_kbps", "engine", "chunking", "chunk_seconds", "extra_arguments"],
  Picture: ["deinterlace", "crop_black_bars", "denoise", "tone_map"],
  "Audio and subtitles": ["audio", "audio_languages", "audio_codec", "audio_bit_rate_kbps", "add_stereo_downmix", "subtitles", "subtitle_languages"],
  Container: ["container", "drop_unsupported"],
  "Which files": ["eligible_codecs", "min_bits_per_pixel", "min_size_bytes", "min_age_s", "keep_dolby_vision", "keep_hdr10_plus"],
  "When it replaces": ["min_saving_percent", "min_ssim", "decode_check", "keep_original_days"],
};
const placed = new Set(Object.values(SECTIONS).flat());
const sections: [string, NamedField[]][] = [
  ...Object.entries(SECTIONS).map(([title, members]): [string, NamedField[]] => [title, members.flatMap((name) => fields.filter((field) => field.name === name))]),
  ["Other", fields.filter(({ name }) => !placed.has(name))],
];

function Field({ field, form }: { field: NamedField; form: RecordForm }) {
  const { name, schema, required } = field;
  const common = { value: form.values[name], onChange: (value: unknown) => form.set(name, value), error: form.errorOf(name) };
  if (name === "target_metric") return <TargetMetric schema={schema} {...common} />;
  if (name === "target_score") return form.values.target_metric === "off" && !common.error ? null : <TargetScore metric={form.values.target_metric} {...common} />;
  if (name === "qualities") return <QualityRules description={schema.description} {...common} />;
  return <FieldInput name={name} schema={schema} required={required} {...common} />;
}

interface FormProps {
  id: number | null;
  initial: Values;
  etag: string | null;
}

function Form({ id, initial, etag }: FormProps) {
  const [, go] = useLocation();
  const mayChange = useMay("admin");
  const [advanced, setAdvanced] = useState(false);
  const form = useRecordForm(initial, names, etag);
  const save = useAction({
    run: () => {
      const body = form.values as unknown as Schemas["ProfileInput"];
      if (id === null) return must(api.POST("/api/v1/profiles", { body }));
      return form.send((version) => must(api.PUT("/api/v1/profiles/{id}", { params: { path: { id } }, body, ...version })));
    },
    done: (profile) => `The profile ${profile.name} is saved.`,
    after: () => go("/profiles"),
    changes: ["profiles"],
    quiet: true,
  });
  const leave = async (): Promise<void> => {
    if (!form.isChanged || (await confirm({ title: "Leave without saving?", text: "What you have changed here is lost.", action: "Leave", destructive: true }))) go("/profiles");
  };
  const isShown = (field: NamedField): boolean => advanced || !field.schema["x-advanced"] || form.errorOf(field.name) !== undefined;
  return (
    <FormFrame form={form} save={save}>
      <div className={editor.editor}>
        <Stack gap="md" miw={0}>
          {sections.map(([title, members]) => {
            const shown = members.filter(isShown);
            return shown.length === 0 ? null : (
              <Card key={title} {...(title ? { title } : {})}>
                <div className={editor.section}>
                  {shown.map((field) => (
                    <Field key={field.name} field={field} form={form} />
                  ))}
                </div>
              </Card>
            );
          })}
        </Stack>
        <Preview values={form.values} />
      </div>
      <Group justify="space-between" className={editor.bar}>
        <Switch label="Show advanced fields" checked={advanced} onChange={(event) => setAdvanced(event.currentTarget.checked)} />
        {mayChange && (
          <Group gap="xs">
            <Button variant="default" onClick={() => void leave()}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={id !== null && !form.isChanged}>
              Save
            </Button>
          </Group>
        )}
      </Group>
    </FormFrame>
  );
}

const only = (record: Values): Values => Object.fromEntries(names.map((name) => [name, record[name]]));

function Stored({ id, copy }: { id: number; copy: boolean }) {
  const query = useQuery({ ...profileQuery(id), staleTime: 0, gcTime: 0 });
  return (
    <Loaded query={query} bones={<Skeleton height={400} />}>
      {({ record, etag }) => {
        const values = only(record);
        return copy ? <Form id={null} initial={{ ...values, name: `${record.name} copy` }} etag={null} /> : <Form id={id} initial={values} etag={etag} />;
      }}
    </Loaded>
  );
}

export default function ProfileEditor() {
  const { id } = useParams<{ id: string }>();
  const from = useUrlState().get("from");
  const isNew = id === "new";
  const stored = useQuery({ ...profileQuery(Number(id)), enabled: !isNew });
  return (
    <Page
      title={isNew ? "New profile" : (stored.data?.record.name ?? "Profile")}
      crumbs={<Crumb href="/profiles">Profiles</Crumb>}
    >
      {isNew && !from ? <Form id={null} initial={presets("ProfileInput")} etag={null} /> : <Stored key={from ?? id} id={Number(from ?? id)} copy={isNew} />}
    </Page>
  );
}
