// Other languages for some paths: a rule for each glob.
import { ActionIcon, Button, Input, Stack, Text } from "@mantine/core";
import type { AudioOverride } from "../../api/types.ts";
import { ChoiceInput } from "../../forms/ChoiceInput.tsx";
import { FieldInput, fieldLabel } from "../../forms/FieldInput.tsx";
import { fieldsOf, presets } from "../../forms/schema.ts";
import type { RecordForm } from "../../forms/useRecordForm.ts";
import { IconPlus, IconTrash } from "../../icons.ts";
import classes from "./Audio.module.css";
import { LanguageList } from "./LanguageList.tsx";

const fields = fieldsOf("AudioOverrideInput");

export function Overrides({ form, disabled }: { form: RecordForm; disabled: boolean }) {
  const overrides = (form.values.overrides ?? []) as AudioOverride[];
  const change = (index: number, name: string, value: unknown): void =>
    form.set(
      "overrides",
      overrides.map((each, at) => (at === index ? { ...each, [name]: value } : each)),
      `overrides.${index}.${name}`,
    );
  const error = overrides.length === 0 ? form.errorOf("overrides") : undefined;
  return (
    <Input.Wrapper labelElement="div" error={error}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          For paths below a folder, or of a certain form, other languages can come first: anime in Japanese, films for children in what they speak. Of several rules that fit, the most specific counts.
        </Text>
        {overrides.map((override, index) => (
          <div key={index} className={classes.override} role="group" aria-label={`Rule ${index + 1}`}>
            <div className={classes.overrideHead}>
              <Text size="sm" fw={600}>
                Rule {index + 1}
              </Text>
              {!disabled && (
                <ActionIcon variant="subtle" color="gray" aria-label={`Remove rule ${index + 1}`} onClick={() => form.set("overrides", overrides.filter((_, at) => at !== index))}>
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </div>
            <Stack gap="sm" miw={0}>
              {fields
                .filter(({ name }) => name !== "languages")
                .map(({ name, schema, required }) => {
                  const Control = schema.enum ? ChoiceInput : FieldInput;
                  return <Control key={name} name={name} schema={schema} required={required} disabled={disabled} value={override[name as keyof AudioOverride]} onChange={(value: unknown) => change(index, name, value)} error={form.errorOf(`overrides.${index}.${name}`)} />;
                })}
            </Stack>
            {fields
              .filter(({ name }) => name === "languages")
              .map(({ name, schema }) => (
                <LanguageList
                  key={name}
                  label={fieldLabel(name)}
                  description={schema.description}
                  name={`overrides.${index}.languages`}
                  value={override.languages}
                  onChange={(languages) => change(index, "languages", languages)}
                  errorOf={form.errorOf}
                  disabled={disabled}
                  lead={override.original === "first" || (override.original === "as-usual" && form.values.prefer_original === true) ? "The original language of the film" : undefined}
                />
              ))}
          </div>
        ))}
        {!disabled && (
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} style={{ alignSelf: "flex-start" }} onClick={() => form.set("overrides", [...overrides, presets("AudioOverrideInput")], "none")}>
            Add a rule for a path
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
