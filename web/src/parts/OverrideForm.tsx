// What somebody's word against the schedules is asked for: how long it holds, and what becomes of what runs.
import { Button, Group, NumberInput, Select, Text } from "@mantine/core";
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
/** The choices are those at the end of a window, said of a word that ends by itself. */
const RUNNING_HELP = { drain: "It is finished.", freeze: "It stands still, and goes on where it was afterwards." };

interface FormProps {
  allow: boolean;
  edgeMs: number | null;
  onClose: () => void;
}

export default function OverrideForm({ allow, edgeMs, onClose }: FormProps) {
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
      {!allow && running && <ChoiceInput name="running" label="What runs now" schema={{ ...running, description: "", "x-enum-help": RUNNING_HELP }} value={form.values.running} onChange={(value) => form.set("running", value)} error={form.errorOf("running")} />}
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
