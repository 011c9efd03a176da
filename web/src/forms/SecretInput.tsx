// A field that nobody reads over the shoulder.
import { PasswordInput } from "@mantine/core";
import { fieldLabel, type FieldInputProps } from "./FieldInput.tsx";

export interface SecretInputProps extends FieldInputProps {
  placeholder?: string;
}

export function SecretInput({ name, schema, value, onChange, error, label, required = false, placeholder }: SecretInputProps) {
  return (
    <PasswordInput
      label={label ?? fieldLabel(name)}
      description={schema.description}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ "aria-label": "Show what is typed" }}
      required={required}
      {...(placeholder ? { placeholder } : {})}
      error={error}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.value)}
    />
  );
}
