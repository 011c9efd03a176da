// Adds a root, or changes one. The fields, their help and their limits are those of the server's table.
import { Button, Collapse, Group, Modal, Select, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { api, must } from "../../api/client.ts";
import { profilesQuery, rootQuery, schedulesQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { FieldInput } from "../../forms/FieldInput.tsx";
import { FolderPicker } from "../../forms/FolderPicker.tsx";
import { FormFrame } from "../../forms/FormFrame.tsx";
import { fieldsOf, presets } from "../../forms/schema.ts";
import { useRecordForm, type Values } from "../../forms/useRecordForm.ts";
import { useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";

const fields = fieldsOf("RootInput").filter(({ name }) => name !== "profile");
const names = fields.map(({ name }) => name);
const FIRST = ["name", "type"];
const CHOSEN = ["path", "profile_id", "schedule_id"]; // which have controls of their own
const only = (record: Values): Values => Object.fromEntries(names.map((name) => [name, record[name]]));

interface FormProps {
  id: number | null;
  initial: Values;
  etag: string | null;
  onClose: () => void;
}

function Form({ id, initial, etag, onClose }: FormProps) {
  const profiles = useQuery(profilesQuery);
  const schedules = useQuery(schedulesQuery);
  const everywhere = schedules.data?.items.find((schedule) => schedule.everywhere && schedule.enabled);
  const [all, { toggle }] = useDisclosure();
  const form = useRecordForm(initial, names, etag);
  const save = useAction({
    run: () => {
      const body = form.values as Schemas["RootInput"];
      if (id === null) return must(api.POST("/api/v1/roots", { body }));
      return form.send((version) => must(api.PUT("/api/v1/roots/{id}", { params: { path: { id } }, body, ...version })));
    },
    after: (root) => {
      onClose();
      if (id === null) scan.mutate(root.id);
    },
    done: () => (id === null ? undefined : "The root is changed."),
    changes: ["roots", "stats", "governor"],
    quiet: true,
  });
  const scan = useAction({ run: (root: number) => must(api.POST("/api/v1/roots/{id}/scan", { params: { path: { id: root } } })), done: () => "The root is added, and is being scanned.", changes: ["jobs", "stats", "roots"] });
  const input = ({ name, schema, required }: (typeof fields)[number]) => <FieldInput key={name} name={name} schema={schema} required={required} value={form.values[name]} onChange={(value) => form.set(name, value)} error={form.errorOf(name)} />;
  const describe = (name: string, value: unknown): string | undefined => {
    const of = name === "profile_id" ? profiles.data?.items : name === "schedule_id" ? schedules.data?.items : undefined;
    return of?.find((each) => each.id === value)?.name;
  };
  return (
    <FormFrame form={form} save={save} describe={describe}>
      {id === null && <FolderPicker first label="Path" description={fields.find(({ name }) => name === "path")?.schema.description} value={typeof form.values.path === "string" ? form.values.path : ""} onChange={(path) => form.set("path", path)} error={form.errorOf("path")} />}
      {fields.filter(({ name }) => FIRST.includes(name)).map(input)}
      <Select
        label="Profile"
        description="Profile that its files are encoded by unless another is chosen."
        clearable
        clearButtonProps={{ "aria-label": "No profile" }}
        data={(profiles.data?.items ?? []).map((profile) => ({ value: String(profile.id), label: profile.name }))}
        value={typeof form.values.profile_id === "number" ? String(form.values.profile_id) : null}
        onChange={(value) => form.set("profile_id", value === null ? null : Number(value))}
        error={form.errorOf("profile_id")}
      />
      <Select
        label="Schedule"
        description="When its files may be encoded."
        clearable
        clearButtonProps={{ "aria-label": "No schedule of its own" }}
        placeholder={everywhere ? `That which holds everywhere: ${everywhere.name}` : "None: at any time"}
        data={(schedules.data?.items ?? []).map((schedule) => ({ value: String(schedule.id), label: schedule.enabled ? schedule.name : `${schedule.name} (off)` }))}
        value={typeof form.values.schedule_id === "number" ? String(form.values.schedule_id) : null}
        onChange={(value) => form.set("schedule_id", value === null ? null : Number(value))}
        error={form.errorOf("schedule_id")}
      />
      <Button variant="subtle" color="gray" size="xs" onClick={toggle} aria-expanded={all} style={{ alignSelf: "flex-start" }}>
        {all ? "Fewer settings" : "More settings"}
      </Button>
      <Collapse expanded={all}>
        <Stack gap="md">{fields.filter(({ name }) => !FIRST.includes(name) && !CHOSEN.includes(name)).map(input)}</Stack>
      </Collapse>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={save.isPending}>
          {id === null ? "Add and scan" : "Save"}
        </Button>
      </Group>
    </FormFrame>
  );
}

function Edit({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useQuery({ ...rootQuery(id), staleTime: 0, gcTime: 0 });
  return <Loaded query={query}>{({ record, etag }) => <Form id={id} initial={only(record)} etag={etag} onClose={onClose} />}</Loaded>;
}

export function RootForm({ opened, id, onClose }: { opened: boolean; id: number | null; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={id === null ? "Add a root" : "Edit the root"} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && (id === null ? <Form id={null} initial={only(presets("RootInput"))} etag={null} onClose={onClose} /> : <Edit id={id} onClose={onClose} />)}
    </Modal>
  );
}
