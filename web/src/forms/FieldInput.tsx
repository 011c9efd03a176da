// One field of a form, drawn from what its table says: the right control, the help, the limits, the server's complaint.
import { NumberInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { formatWord } from "../format.ts";
import { isNullable, typeOf, type FieldSchema } from "./schema.ts";

export interface FieldInputProps {
  name: string;
  schema: FieldSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string | undefined;
  label?: string | undefined;
  required?: boolean;
  disabled?: boolean;
}

const NO_CHOICE = "";

/** What a unit in a field's name means is said after the number. */
const SUFFIXES: [RegExp, string][] = [
  [/_bytes$/, "bytes"],
  [/_kbps$/, "kbit/s"],
  [/_percent$/, "%"],
  [/_days$/, "days"],
  [/_ms$/, "ms"],
  [/_s$/, "s"],
];

export function fieldLabel(name: string): string {
  return formatWord(SUFFIXES.reduce((text, [pattern]) => text.replace(pattern, ""), name)).replace(/\bhdr10 plus\b/i, "HDR10+");
}

function unitOf(name: string): string | undefined {
  return SUFFIXES.find(([pattern]) => pattern.test(name))?.[1];
}

function choices(schema: FieldSchema): { value: string; label: string }[] {
  const help = schema["x-enum-help"] ?? {};
  return (schema.enum ?? []).map((name) => (name === null ? { value: NO_CHOICE, label: "Any" } : { value: name, label: help[name] ? `${name} – ${help[name]}` : name }));
}

export function FieldInput({ name, schema, value, onChange, error, label, required = false, disabled = false }: FieldInputProps) {
  const common = { label: label ?? fieldLabel(name), description: schema.description, error, required, disabled, withAsterisk: required };
  if (schema.enum)
    return (
      <Select
        {...common}
        data={choices(schema)}
        allowDeselect={false}
        value={value === null || value === undefined ? NO_CHOICE : String(value)}
        onChange={(next) => onChange(next === NO_CHOICE ? null : next)}
      />
    );
  switch (typeOf(schema)) {
    case "boolean":
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "integer":
    case "number": {
      const unit = unitOf(name);
      return (
        <NumberInput
          {...common}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onChange(next === "" ? (isNullable(schema) ? null : 0) : Number(next))}
          allowDecimal={typeOf(schema) === "number"}
          decimalScale={4}
          step={typeOf(schema) === "number" ? 0.1 : 1}
          thousandSeparator=" "
          {...(schema.minimum === undefined ? {} : { min: schema.minimum, allowNegative: schema.minimum < 0 })}
          {...(schema.maximum === undefined ? {} : { max: schema.maximum })}
          clampBehavior="none"
          {...(unit ? { suffix: ` ${unit}` } : {})}
        />
      );
    }
    case "array":
      return (
        <TagsInput
          {...common}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
          placeholder={Array.isArray(value) && value.length > 0 ? "" : "Type and press Enter"}
          splitChars={[","]}
          acceptValueOnBlur
        />
      );
    default:
      return (
        <TextInput
          {...common}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.currentTarget.value === "" && isNullable(schema) ? null : event.currentTarget.value)}
          {...(schema.maxLength === undefined ? {} : { maxLength: schema.maxLength })}
          {...(schema.format === "path" ? { className: "path-input" } : {})}
        />
      );
  }
}
