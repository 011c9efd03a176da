// When something ends: never, after a while from now, or at the moment that was chosen before.
import { Select } from "@mantine/core";
import type { FieldInputProps } from "../../forms/FieldInput.tsx";
import { formatDateTime } from "../../format.ts";

const DAY_MS = 86_400_000;
const LIVES = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];
const AS_IT_IS = "as it is";

export function ExpiryInput({ value, onChange, error }: FieldInputProps) {
  const chosen = typeof value === "number" ? [{ value: AS_IT_IS, label: `On ${formatDateTime(value)}` }] : [];
  return (
    <Select
      label="Expires"
      data={[...chosen, ...LIVES]}
      allowDeselect={false}
      error={error}
      value={typeof value === "number" ? AS_IT_IS : ""}
      onChange={(life) => {
        if (life !== AS_IT_IS) onChange(life ? Date.now() + Number(life) * DAY_MS : null);
      }}
    />
  );
}
