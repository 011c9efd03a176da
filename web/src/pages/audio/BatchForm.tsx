// Starts a batch: all of a root, a folder, or some files. The fields, their help and their limits are those of the server's table.
import { Button, Group, Input, MultiSelect, SegmentedControl, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, must } from "../../api/client.ts";
import { filesQuery, rootsQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { FieldInput } from "../../forms/FieldInput.tsx";
import { FolderPicker } from "../../forms/FolderPicker.tsx";
import { FormFrame } from "../../forms/FormFrame.tsx";
import { fieldsOf, presets } from "../../forms/schema.ts";
import { useRecordForm } from "../../forms/useRecordForm.ts";
import { fileName } from "../../format.ts";
import { IconPlayerPlay } from "../../icons.ts";
import { useAction } from "../../parts/feedback.tsx";
import classes from "./Audio.module.css";

const RECORD = "AudioBatchRequestInput";
const fields = fieldsOf(RECORD).filter(({ name }) => name !== "policy");
const helpOf = (name: string): string | undefined => fields.find((field) => field.name === name)?.schema.description;
const names = fields.map(({ name }) => name);
const PAUSE_MS = 300;

type What = "root" | "path" | "files";
const WHAT: { value: What; label: string }[] = [
  { value: "root", label: "A root" },
  { value: "path", label: "A folder" },
  { value: "files", label: "Some files" },
];

/** Files by their names; those that are chosen stay, whatever is searched for next. */
function FilesChoice({ value, onChange, error }: { value: readonly number[]; onChange: (files: number[]) => void; error: string | undefined }) {
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search, PAUSE_MS);
  const [known, setKnown] = useState<ReadonlyMap<number, string>>(new Map());
  const found = useInfiniteQuery(filesQuery({ state: "ready", ...(asked ? { q: asked } : {}) }));
  const items = new Map([...known, ...(found.data?.pages[0]?.items ?? []).map((file): [number, string] => [file.id, file.path])]);
  return (
    <MultiSelect
      label="Files"
      placeholder="Search the library"
      searchable
      hidePickedOptions
      nothingFoundMessage="No file is called that"
      filter={({ options }) => options}
      data={Array.from(items, ([id, path]) => ({ value: String(id), label: fileName(path) }))}
      value={value.map(String)}
      onChange={(ids) => {
        const numbers = ids.map(Number);
        setKnown(new Map(numbers.map((id) => [id, items.get(id) ?? String(id)])));
        onChange(numbers);
      }}
      searchValue={search}
      onSearchChange={setSearch}
      error={error}
    />
  );
}

export function BatchForm() {
  const [, go] = useLocation();
  const mayBrowse = useMay("admin");
  const roots = useQuery(rootsQuery);
  const [what, setWhat] = useState<What>("root");
  const form = useRecordForm(presets(RECORD), names);
  const items = roots.data?.items ?? [];
  const root = typeof form.values.root === "number" ? form.values.root : (items[0]?.id ?? null);
  const files = (form.values.files ?? []) as number[];
  const isDry = form.values.dry_run === true;
  const start = useAction({
    run: () => {
      const chosen = what === "root" ? { root } : what === "path" ? { path: form.values.path } : { files };
      return must(api.POST("/api/v1/audio/batches", { body: { ...chosen, dry_run: isDry, priority: form.values.priority } as Schemas["AudioBatchRequestInput"] }));
    },
    after: ({ job }) => go(`/audio/batches/${job}`),
    changes: ["jobs", "stats"],
    quiet: true,
  });
  const ready = what === "root" ? root !== null : what === "path" ? Boolean(form.values.path) : files.length > 0;
  const rest = fields.filter(({ name }) => !["root", "path", "files"].includes(name));
  return (
    <FormFrame form={form} save={start}>
      <div className={classes.form}>
        <Input.Wrapper label="Which files" labelElement="div">
          <SegmentedControl fullWidth mt={4} aria-label="Which files" data={WHAT} value={what} onChange={(value) => setWhat(value)} />
        </Input.Wrapper>
        {what === "root" && (
          <Select
            label="Root"
            description={helpOf("root")}
            data={items.map((item) => ({ value: String(item.id), label: item.name || item.path }))}
            allowDeselect={false}
            value={root === null ? null : String(root)}
            onChange={(id) => form.set("root", Number(id))}
            error={form.errorOf("root")}
          />
        )}
        {what === "path" && <FolderPicker label="Folder" description={helpOf("path")} value={typeof form.values.path === "string" ? form.values.path : ""} onChange={(path) => form.set("path", path)} error={form.errorOf("path")} browse={mayBrowse} />}
        {what === "files" && <FilesChoice value={files} onChange={(ids) => form.set("files", ids)} error={form.errorOf("files")} />}
        {rest.map(({ name, schema, required }) => (
          <FieldInput key={name} name={name} schema={schema} required={required} value={form.values[name]} onChange={(value) => form.set(name, value)} error={form.errorOf(name)} />
        ))}
      </div>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={520}>
          {isDry ? "No file is changed." : "Only marks of tracks are changed, a few bytes in each file, by the policy that is saved. Each change can be undone."}
        </Text>
        <Button type="submit" leftSection={<IconPlayerPlay size={16} />} disabled={!ready} loading={start.isPending}>
          {isDry ? "Start the dry run" : "Start the batch"}
        </Button>
      </Group>
    </FormFrame>
  );
}
