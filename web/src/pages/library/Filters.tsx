// What the library's list is narrowed to. All of it stands in the address.
import { ActionIcon, Button, Checkbox, Popover, Select, Stack, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { codecsQuery, rootsQuery, type FileFilter } from "../../api/queries.ts";
import { formatCodec } from "../../format.ts";
import { IconColumns3, IconFilter, IconX } from "../../icons.ts";
import { SearchBox } from "../../parts/SearchBox.tsx";
import type { UrlState } from "../../parts/useUrlState.ts";
import { columns } from "./columns.tsx";
import classes from "./Filters.module.css";
import { HEALTH } from "./health.ts";

const GIB = 1024 ** 3;
const STATES = [
  { value: "ready", label: "Ready" },
  { value: "failed", label: "Unreadable" },
  { value: "missing", label: "Missing" },
  { value: "new", label: "Not yet probed" },
];
const HDR = [
  { value: "sdr", label: "SDR" },
  { value: "hdr10", label: "HDR10" },
  { value: "hdr10+", label: "HDR10+" },
  { value: "hlg", label: "HLG" },
  { value: "dolby-vision", label: "Dolby Vision" },
];
const CONTAINERS = ["mkv", "mp4", "avi", "mov", "webm", "ts", "wmv"].map((value) => ({ value, label: value }));
const SIZES = [
  { value: `${GIB}`, label: "Over 1 GiB" },
  { value: `${5 * GIB}`, label: "Over 5 GiB" },
  { value: `${20 * GIB}`, label: "Over 20 GiB" },
];
export const FILTER_NAMES = ["q", "root", "codec", "state", "hdr", "health", "container", "audio_language", "min_size"] as const;

/** The address as the API's query. */
export function filterOf(url: UrlState): Omit<FileFilter, "sort" | "descending"> {
  const number = (name: string): number | undefined => (Number.isSafeInteger(Number(url.get(name) ?? "x")) ? Number(url.get(name)) : undefined);
  const among = <Value extends string>(name: string, values: readonly { value: string }[]): Value | undefined =>
    values.some((each) => each.value === url.get(name)) ? (url.get(name) as Value) : undefined;
  const all = {
    q: url.get("q"),
    root: number("root"),
    codec: url.get("codec"),
    container: url.get("container"),
    audio_language: url.get("audio_language"),
    min_size: number("min_size"),
    state: among<NonNullable<FileFilter["state"]>>("state", STATES),
    hdr: among<NonNullable<FileFilter["hdr"]>>("hdr", HDR),
    health: among<NonNullable<FileFilter["health"]>>("health", HEALTH),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

interface ChoiceProps {
  url: UrlState;
  name: string;
  label: string;
  data: { value: string; label: string }[];
  /** Its options open inside of a popover, which a click outside of it would close before the option is chosen. */
  inside?: boolean;
}

function Choice({ url, name, label, data, inside = false }: ChoiceProps) {
  return <Select comboboxProps={{ shadow: "md", withinPortal: !inside }} aria-label={label} placeholder={label} clearable data={data} value={url.get(name) ?? null} onChange={(value) => url.set({ [name]: value ?? undefined })} className={classes.choice} clearButtonProps={{ "aria-label": `Any ${label.toLowerCase()}` }} />;
}

function ColumnMenu({ shown, onChange }: { shown: readonly string[]; onChange: (ids: string[]) => void }) {
  return (
    <Popover position="bottom-end" shadow="md" withinPortal>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon variant="default" size="input-sm" aria-label="Choose columns" className={classes.columns}>
            <IconColumns3 size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {columns.map((column) => (
            <Checkbox
              key={column.id}
              size="sm"
              label={column.label}
              checked={shown.includes(column.id)}
              onChange={(event) => onChange(columns.map((each) => each.id).filter((id) => (id === column.id ? event.currentTarget.checked : shown.includes(id))))}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

export function Filters({ url, shown, onColumns }: { url: UrlState; shown: readonly string[]; onColumns: (ids: string[]) => void }) {
  const roots = useQuery(rootsQuery);
  const codecs = useQuery(codecsQuery);
  const active = FILTER_NAMES.filter((name) => name !== "q" && url.get(name) !== undefined);
  const known = (codecs.data?.items ?? []).filter((item) => item.codec !== "").map((item) => ({ value: item.codec, label: formatCodec(item.codec) }));
  const codec = url.get("codec");
  if (codec && !known.some((item) => item.value === codec)) known.push({ value: codec, label: formatCodec(codec) });
  return (
    <div className={classes.bar}>
      <SearchBox label="Search names and folders" value={url.get("q") ?? ""} onSearch={(q) => url.set({ q })} className={classes.search} />
      <Choice url={url} name="codec" label="Codec" data={known} />
      <Choice url={url} name="state" label="State" data={STATES} />
      <Popover position="bottom-end" shadow="md" width={250}>
        <Popover.Target>
          <Button variant="default" leftSection={<IconFilter size={16} />}>
            More{active.filter((name) => name !== "codec" && name !== "state").length > 0 ? ` (${active.filter((name) => name !== "codec" && name !== "state").length})` : ""}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p="sm">
          <Stack gap="xs">
            <Choice inside url={url} name="root" label="Root" data={(roots.data?.items ?? []).map((root) => ({ value: String(root.id), label: root.name || root.path }))} />
            <Choice inside url={url} name="hdr" label="Dynamic range" data={HDR} />
            <Choice inside url={url} name="health" label="Health" data={HEALTH} />
            <Choice inside url={url} name="container" label="Container" data={CONTAINERS} />
            <Choice inside url={url} name="min_size" label="Size" data={SIZES} />
            <SearchBox label="Audio language, such as eng" value={url.get("audio_language") ?? ""} onSearch={(text) => url.set({ audio_language: text })} />
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {(active.length > 0 || url.get("q")) && (
        <Button variant="subtle" color="gray" leftSection={<IconX size={15} />} onClick={() => url.set(Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined])))}>
          Clear
        </Button>
      )}
      <span className={classes.gap} />
      <ColumnMenu shown={shown} onChange={onColumns} />
    </div>
  );
}
