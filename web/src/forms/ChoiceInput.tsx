// A field with a few choices, all of them to be seen with what they mean.
import { Radio, Stack } from "@mantine/core";
import { formatWord } from "../format.ts";
import { fieldLabel, type FieldInputProps } from "./FieldInput.tsx";

export function ChoiceInput({ name, schema, value, onChange, error, label, disabled = false }: FieldInputProps) {
  const help = schema["x-enum-help"] ?? {};
  return (
    <Radio.Group label={label ?? fieldLabel(name)} description={schema.description} error={error} value={typeof value === "string" ? value : ""} onChange={onChange}>
      <Stack gap="xs" mt="xs">
        {(schema.enum ?? []).map((choice) => choice !== null && <Radio key={choice} size="xs" value={choice} label={formatWord(choice)} description={help[choice]} disabled={disabled} />)}
      </Stack>
    </Radio.Group>
  );
}
