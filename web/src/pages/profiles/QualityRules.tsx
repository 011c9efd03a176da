// The qualities of a profile: one row for each encoder family and size of picture.
import { ActionIcon, Button, Input, NumberInput, Select, Stack } from "@mantine/core";
import editor from "../../forms/Editor.module.css";
import { fieldsOf } from "../../forms/schema.ts";
import { IconPlus, IconX } from "../../icons.ts";
import classes from "./Profiles.module.css";

interface Rule {
  family: string | null;
  resolution: string;
  quality: number;
}

const NEW_QUALITY = 22;
const fields = Object.fromEntries(fieldsOf("QualityRuleInput").map(({ name, schema }) => [name, schema]));
const choices = (name: string): { value: string; label: string }[] =>
  (fields[name]?.enum ?? []).map((value) => ({ value: value ?? "", label: value === null ? "Any encoder" : value === "any" ? "Any size" : value }));

interface QualityRulesProps {
  description: string | undefined;
  value: unknown;
  onChange: (rules: Rule[]) => void;
  error: string | undefined;
}

export function QualityRules({ description, value, onChange, error }: QualityRulesProps) {
  const rules = Array.isArray(value) ? (value as Rule[]) : [];
  const change = (index: number, changes: Partial<Rule>): void => onChange(rules.map((rule, at) => (at === index ? { ...rule, ...changes } : rule)));
  return (
    <Input.Wrapper label="Qualities" labelElement="div" description={description} error={error} className={editor.wide}>
      <Stack gap="xs" mt="xs">
        {rules.map((rule, index) => (
          <div key={index} className={classes.rule}>
            <Select aria-label={`Encoder family of rule ${index + 1}`} data={choices("family")} allowDeselect={false} value={rule.family ?? ""} onChange={(family) => change(index, { family: family || null })} />
            <Select aria-label={`Size of picture of rule ${index + 1}`} data={choices("resolution")} allowDeselect={false} value={rule.resolution} onChange={(resolution) => change(index, { resolution: resolution ?? "any" })} />
            <NumberInput aria-label={`Quality of rule ${index + 1}`} value={rule.quality} onChange={(quality) => change(index, { quality: Number(quality) })} min={fields.quality?.minimum ?? 0} max={fields.quality?.maximum ?? 255} allowDecimal={false} clampBehavior="none" />
            <ActionIcon variant="subtle" color="gray" size="input-sm" aria-label={`Remove rule ${index + 1}`} onClick={() => onChange(rules.filter((_, at) => at !== index))}>
              <IconX size={16} />
            </ActionIcon>
          </div>
        ))}
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => onChange([...rules, { family: null, resolution: "any", quality: NEW_QUALITY }])} style={{ alignSelf: "flex-start" }}>
          Add a quality
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
