// The score that an encode must reach, in place of a quality. What the ffmpeg here cannot measure is not offered, and says why.
import { NumberInput, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { metricsQuery } from "../../api/queries.ts";
import type { FieldSchema } from "../../forms/schema.ts";

interface Control {
  value: unknown;
  onChange: (value: unknown) => void;
  error: string | undefined;
}

/** Where a score starts when a measure is chosen: what most people cannot tell from the source. */
const GOOD: Record<string, number> = { ssim: 0.97, vmaf: 95, xpsnr: 40 };
const STEP: Record<string, number> = { ssim: 0.001, vmaf: 0.5, xpsnr: 0.5 };

export function TargetMetric({ schema, value, onChange, error }: Control & { schema: FieldSchema }) {
  const metrics = useQuery(metricsQuery);
  const help = schema["x-enum-help"] ?? {};
  const missing = (metrics.data?.items ?? []).filter((it) => !it.available);
  const data = (schema.enum ?? []).flatMap((name) => {
    if (name === null) return [];
    const lacking = missing.find((it) => it.metric === name);
    const words = lacking?.reason ?? help[name];
    return [{ value: name, label: words ? `${name} – ${words}` : name, disabled: lacking !== undefined && name !== value }];
  });
  return <Select label="Target metric" description={schema.description} data={data} allowDeselect={false} value={typeof value === "string" ? value : "off"} onChange={onChange} error={error} />;
}

export function TargetScore({ metric, value, onChange, error }: Control & { metric: unknown }) {
  const metrics = useQuery(metricsQuery);
  const chosen = typeof metric === "string" ? metric : "off";
  const row = metrics.data?.items.find((it) => it.metric === chosen);
  const range = row ? `From ${row.floor_min} to ${row.floor_max}. ` : "";
  const start = GOOD[chosen];
  return (
    <NumberInput
      label="Target score"
      description={`${range}${start === undefined ? "" : `${start} is hard to tell from the source. `}The whole output is measured and never below it; the quality that just holds it is looked for with a few samples.`}
      value={typeof value === "number" && value !== 0 ? value : ""}
      placeholder={start === undefined ? "" : String(start)}
      onChange={(next) => onChange(next === "" ? 0 : Number(next))}
      decimalScale={4}
      step={STEP[chosen] ?? 1}
      allowNegative={false}
      clampBehavior="none"
      error={error}
    />
  );
}
