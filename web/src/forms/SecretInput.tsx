// A field that nobody reads over the shoulder.
import { PasswordInput } from "@mantine/core";
import { fieldLabel, type FieldInputProps } from "./FieldInput.tsx";

export function SecretInput({ name, schema, value, onChange, error, label, required = false }: FieldInputProps) {
  return (
    <PasswordInput
      label={label ?? fieldLabel(name)}
      description={schema.description}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ "aria-label": "Show what is typed" }}
      required={required}
      error={error}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.value)}
    />
  );
}
