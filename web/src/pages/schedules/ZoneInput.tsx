// A time zone by its IANA name, found by a part of it; what time it is there now tells whether it is the right one.
import { Select, type ComboboxItem, type OptionsFilter } from "@mantine/core";
import { useState } from "react";
import type { FieldInputProps } from "../../forms/FieldInput.tsx";

const SHOWN = 60;

/** The browser's own; the server knows the same ones from its time zone data, and has the last word. */
function zonesWith(chosen: string): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), ...(chosen ? [chosen] : [])])].sort();
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[_/\s]+/g, " ").trim();

const filter: OptionsFilter = ({ options, search, limit }) =>
  (options as ComboboxItem[]).filter(({ value }) => plain(value).includes(plain(search))).slice(0, limit);

function timeIn(zone: string, at: number): string | null {
  try {
    return new Intl.DateTimeFormat(undefined, { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit" }).format(at);
  } catch {
    return null; // a zone that only the server knows
  }
}

export function ZoneInput({ schema, value, onChange, error }: FieldInputProps) {
  const [openedAt] = useState(() => Date.now());
  const zone = typeof value === "string" ? value : "";
  const time = zone ? timeIn(zone, openedAt) : null;
  return (
    <Select
      label="Time zone"
      description={`${schema.description ?? ""}${time ? ` It is ${time} there.` : ""}`}
      required
      searchable
      allowDeselect={false}
      filter={filter}
      limit={SHOWN}
      nothingFoundMessage="No time zone is called that. Try the largest city near it."
      data={zonesWith(zone)}
      value={zone || null}
      onChange={onChange}
      error={error}
    />
  );
}
