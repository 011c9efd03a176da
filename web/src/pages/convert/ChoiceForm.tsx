// What films become: a preset, and what of it is another one.
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { presetsQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import classes from "./Convert.module.css";
import type { Choice } from "./sending.ts";
import { describe, QUALITIES, RESOLUTIONS, sizeWord } from "./words.ts";

type Preset = Schemas["ConversionPreset"];
type PresetName = NonNullable<Choice["preset"]>;
type Quality = Preset["quality"];
type Resolution = Preset["resolution"];

const OWN = "own";

export function ChoiceForm({ choice, onChange }: { choice: Choice; onChange: (choice: Choice) => void }) {
  const presets = useQuery(presetsQuery).data?.items ?? [];
  const preset = presets.find((it) => it.name === choice.preset);
  const made = preset && { codec: preset.codec, resolution: choice.resolution ?? preset.resolution, quality: choice.quality ?? preset.quality };
  // What was changed may be another preset.
  const like = made && presets.find((it) => it.codec === made.codec && it.resolution === made.resolution && it.quality === made.quality);
  const items = presets.map((it) => ({ value: it.name, label: describe(it) }));
  return (
    <div className={classes.choice}>
      <Select
        label="They become"
        description={like ? like.help.replace(/^[^:]*: /, "").replace(/^./, (letter) => letter.toUpperCase()) : "As chosen beside"}
        data={made && !like ? [{ value: OWN, label: describe(made) }, ...items] : items}
        value={made ? (like?.name ?? OWN) : null}
        allowDeselect={false}
        onChange={(name) => {
          if (name && name !== OWN) onChange({ preset: name as PresetName });
        }}
      />
      <Select
        label="Picture"
        data={RESOLUTIONS.map((value) => ({ value, label: sizeWord(value) }))}
        value={made?.resolution ?? null}
        allowDeselect={false}
        onChange={(resolution: Resolution | null) => onChange({ ...choice, resolution })}
      />
      <Select
        label="Quality"
        data={Object.entries(QUALITIES[made?.codec ?? "prores"]).map(([value, label]) => ({ value: value as Quality, label }))}
        value={made?.quality ?? null}
        allowDeselect={false}
        onChange={(quality: Quality | null) => onChange({ ...choice, quality })}
      />
    </div>
  );
}
