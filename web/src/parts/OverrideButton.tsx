// Somebody's word against the schedules: lets work run outside their windows, or holds it inside, for as long as is chosen here.
import { Button, Group, Modal, NumberInput, Select, Text, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { api, must } from "../api/client.ts";
import type { Schemas } from "../api/types.ts";
import { ChoiceInput } from "../forms/ChoiceInput.tsx";
import { FormFrame } from "../forms/FormFrame.tsx";
import { fieldsOf, presets } from "../forms/schema.ts";
import { useRecordForm } from "../forms/useRecordForm.ts";
import { formatCounted, formatDateTime } from "../format.ts";
import { useAction } from "./feedback.tsx";

const EDGE = "edge";
const OTHER = "other";
const HOURS = [1, 2, 4, 8, 12, 24];
const HOUR_MS = 3_600_000;
const NAMES = ["until", "running"];

interface FormProps {
  allow: boolean;
  edgeMs: number | null;
  onClose: () => void;
}

function Form({ allow, edgeMs, onClose }: FormProps) {
  const [openedAt] = useState(() => Date.now());
  const [other, setOther] = useState(false);
  const form = useRecordForm({ until: edgeMs === null ? 4 : EDGE, running: presets("OverrideInput").running }, NAMES);
  const { until } = form.values;
  const give = useAction({
    run: () => must(api.POST("/api/v1/governor/override", { body: { ...form.values, allow } as Schemas["OverrideInput"] })),
    done: (given) => `${allow ? "Work may run" : "All work is held"} until ${formatDateTime(given.until_ms)}${given.by_edge ? ", or until each schedule changes before that" : ""}.`,
    after: onClose,
    changes: ["governor", "jobs"],
    quiet: true,
  });
  const running = fieldsOf("OverrideInput").find(({ name }) => name === "running")?.schema;
  return (
    <FormFrame form={form} save={give}>
      <Text size="sm">
        {allow ? "Work starts and goes on although a schedule is closed. Limits of the machine hold all the same." : "Nothing is started, whatever the schedules say. Nothing is lost: what runs is finished, or goes on where it stood."}
      </Text>
      <Select
        data-autofocus
        label="Until"
        allowDeselect={false}
        data={[
          ...(edgeMs === null ? [] : [{ value: EDGE, label: `The schedule changes by itself (${formatDateTime(edgeMs)})` }]),
          ...HOURS.map((hours) => ({ value: String(hours), label: `For ${formatCounted(hours, "hour")}, until ${formatDateTime(openedAt + hours * HOUR_MS)}` })),
          { value: OTHER, label: "Another number of hours" },
        ]}
        value={other ? OTHER : String(until)}
        onChange={(next) => {
          setOther(next === OTHER);
          form.set("until", next === EDGE ? EDGE : next === OTHER ? HOURS[0] : Number(next));
        }}
        error={other ? undefined : form.errorOf("until")}
      />
      {other && <NumberInput label="Hours" value={typeof until === "number" ? until : ""} onChange={(hours) => form.set("until", Number(hours))} decimalScale={2} clampBehavior="none" error={form.errorOf("until")} />}
      {!allow && running && <ChoiceInput name="running" label="What runs now" schema={{ ...running, description: "" }} value={form.values.running} onChange={(value) => form.set("running", value)} error={form.errorOf("running")} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={give.isPending}>
          {allow ? "Run anyway" : "Hold everything"}
        </Button>
      </Group>
    </FormFrame>
  );
}

export function OverrideButton({ allow, edgeMs, ...button }: { allow: boolean; edgeMs: number | null } & ButtonProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" {...button} onClick={open}>
        {allow ? "Run anyway until …" : "Hold everything until …"}
      </Button>
      <Modal opened={opened} onClose={close} title={allow ? "Run anyway" : "Hold everything"} closeButtonProps={{ "aria-label": "Close" }}>
        {opened && <Form allow={allow} edgeMs={edgeMs} onClose={close} />}
      </Modal>
    </>
  );
}
