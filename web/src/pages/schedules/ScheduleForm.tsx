// Adds a schedule, or changes one. The fields, their help and their limits are those of the server's table.
import { Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, must } from "../../api/client.ts";
import { scheduleQuery } from "../../api/queries.ts";
import type { Schemas, TimeWindow } from "../../api/types.ts";
import { ChoiceInput } from "../../forms/ChoiceInput.tsx";
import { FieldInput } from "../../forms/FieldInput.tsx";
import { FormFrame } from "../../forms/FormFrame.tsx";
import { fieldsOf, presets } from "../../forms/schema.ts";
import { useRecordForm, type Values } from "../../forms/useRecordForm.ts";
import { useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { windowText } from "./week.ts";
import { FIRST_WINDOWS, Windows } from "./Windows.tsx";
import { ZoneInput } from "./ZoneInput.tsx";

const fields = fieldsOf("ScheduleInput");
const names = fields.map(({ name }) => name);
const only = (record: Values): Values => Object.fromEntries(names.map((name) => [name, record[name]]));

/** Nights, where whoever makes it is. */
const first = (): Values => ({ ...only(presets("ScheduleInput")), windows: FIRST_WINDOWS, zone: Intl.DateTimeFormat().resolvedOptions().timeZone });

const EVERYWHERE = "everywhere";
const SOME = "some";

interface FormProps {
  id: number | null;
  initial: Values;
  etag: string | null;
  onClose: () => void;
}

function Form({ id, initial, etag, onClose }: FormProps) {
  const form = useRecordForm(initial, names, etag);
  const save = useAction({
    run: () => {
      const body = form.values as Schemas["ScheduleInput"];
      if (id === null) return must(api.POST("/api/v1/schedules", { body }));
      return form.send((version) => must(api.PUT("/api/v1/schedules/{id}", { params: { path: { id } }, body, ...version })));
    },
    done: (schedule) => `The schedule ${schedule.name} is saved, and in force.`,
    after: onClose,
    changes: ["schedules", "governor"],
    quiet: true,
  });
  const field = (name: string) => {
    const { schema = {}, required = false } = fields.find((each) => each.name === name) ?? {};
    return { name, schema, required, value: form.values[name], onChange: (value: unknown) => form.set(name, value), error: form.errorOf(name) };
  };
  const describe = (name: string, value: unknown): string | undefined => (name === "windows" && Array.isArray(value) ? (value as TimeWindow[]).map(windowText).join("; ") : undefined);
  return (
    <FormFrame form={form} save={save} describe={describe}>
      <FieldInput {...field("name")} />
      <ZoneInput {...field("zone")} />
      <Windows form={form} description={`${field("windows").schema.description ?? ""} A window belongs to the day it starts on.`} />
      <ChoiceInput {...field("at_end")} label="At the end of a window" schema={{ ...field("at_end").schema, description: "" }} />
      <Radio.Group label="Holds for" value={form.values.everywhere === true ? EVERYWHERE : SOME} onChange={(next) => form.set("everywhere", next === EVERYWHERE)} error={form.errorOf("everywhere")}>
        <Stack gap="xs" mt="xs">
          <Radio size="xs" value={EVERYWHERE} label="Everywhere" description="All roots that name no schedule of their own; one schedule at most can." />
          <Radio size="xs" value={SOME} label="Some roots" description="Those that name it, each in its own settings." />
        </Stack>
      </Radio.Group>
      <FieldInput {...field("enabled")} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={save.isPending}>
          {id === null ? "Add" : "Save"}
        </Button>
      </Group>
    </FormFrame>
  );
}

function Edit({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useQuery({ ...scheduleQuery(id), staleTime: 0, gcTime: 0 });
  return <Loaded query={query}>{({ record, etag }) => <Form id={id} initial={only(record)} etag={etag} onClose={onClose} />}</Loaded>;
}

export function ScheduleForm({ opened, id, onClose }: { opened: boolean; id: number | null; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={id === null ? "Add a schedule" : "Edit the schedule"} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && (id === null ? <Form id={null} initial={first()} etag={null} onClose={onClose} /> : <Edit id={id} onClose={onClose} />)}
    </Modal>
  );
}
