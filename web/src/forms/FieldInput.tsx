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

const MIB = 1024 ** 2;

/** What a unit in a field's name means is said after the number. */
const SUFFIXES: [RegExp, string][] = [
  [/_bytes$/, "MiB"], // as people write it
  [/_mib$/, "MiB"],
  [/_gib$/, "GiB"],
  [/_kbps$/, "kbit/s"],
  [/_percent$/, "%"],
  [/_days$/, "days"],
  [/_ms$/, "ms"],
  [/_s$/, "s"],
];

/** Said in full at the front of a label. */
const WORDS: [RegExp, string][] = [
  [/^Min\b/, "Minimum"],
  [/^Max\b/, "Maximum"],
];

/** Names that say too little without their help beside them. */
const LABELS: Record<string, string> = {
  job_days: "Keep finished jobs",
  keep_original_days: "Keep originals",
  backup_daily: "Daily backup",
  backup_hour: "Hour of the backup",
  backup_keep: "Backups to keep",
  reserve_mib: "Space to keep free",
  trash_cap_gib: "Largest size of the trash",
  stop: "On a stop",
  nice: "Niceness of encoders",
  log_levels: "Levels of single modules",
  log_file_mib: "Largest size of the log file",
  metrics_open: "Metrics without a key",
  prefer_original: "The original language comes first",
  commentary: "Commentaries",
  glob: "Paths",
  original: "Original language",
  expires_at_ms: "Expires",
  settle_s: "Until a file has settled",
  check_daily_gib: "Most to check in a day",
  upload_hours: "Keep uploads, in hours",
  convert_hours: "Keep results, in hours",
  audio_links: "Files with several names",
};

export function fieldLabel(name: string): string {
  const label = LABELS[name] ?? formatWord(SUFFIXES.reduce((text, [pattern]) => text.replace(pattern, ""), name));
  return WORDS.reduce((text, [pattern, word]) => text.replace(pattern, word), label);
}

function unitOf(name: string): string | undefined {
  return SUFFIXES.find(([pattern]) => pattern.test(name))?.[1];
}

function choices(schema: FieldSchema): { value: string; label: string }[] {
  const help = schema["x-enum-help"] ?? {};
  return (schema.enum ?? []).map((name) => (name === null ? { value: NO_CHOICE, label: "Any" } : { value: name, label: help[name] ? `${name} – ${help[name]}` : name }));
}

export function FieldInput({ name, schema, value, onChange, error, label, required = false, disabled = false }: FieldInputProps) {
  const help = name.endsWith("_bytes") ? schema.description?.replace(/, in bytes\b/, "") : schema.description;
  const common = { label: label ?? fieldLabel(name), description: help, error, required, disabled, withAsterisk: required };
  if (schema.enum)
    return (
      <Select
        {...common}
        data={choices(schema)}
        allowDeselect={false}
        value={typeof value === "string" ? value : NO_CHOICE}
        onChange={(next) => onChange(next === NO_CHOICE ? null : next)}
      />
    );
  switch (typeOf(schema)) {
    case "boolean":
      return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "integer":
    case "number": {
      const unit = unitOf(name);
      const scale = name.endsWith("_bytes") ? MIB : 1;
      const isWhole = typeOf(schema) === "integer" && scale === 1;
      return (
        <NumberInput
          {...common}
          value={typeof value === "number" ? value / scale : ""}
          onChange={(next) => onChange(next === "" ? (isNullable(schema) ? null : 0) : scale === 1 ? Number(next) : Math.round(Number(next) * scale))}
          allowDecimal={!isWhole}
          decimalScale={4}
          step={isWhole || scale !== 1 ? 1 : 0.1}
          thousandSeparator=" "
          {...(schema.minimum === undefined ? {} : { min: schema.minimum / scale, allowNegative: schema.minimum < 0 })}
          {...(schema.maximum === undefined ? {} : { max: schema.maximum / scale })}
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
