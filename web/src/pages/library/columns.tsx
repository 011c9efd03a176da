// The columns of the library's table: what each shows, how wide it is, by what it sorts.
import { Badge } from "@mantine/core";
import type { ReactNode } from "react";
import type { FileFilter } from "../../api/queries.ts";
import type { FileItem } from "../../api/types.ts";
import { formatBitRate, formatBytes, formatClock, formatCodec, formatResolution, splitPath } from "../../format.ts";
import { Ago } from "../../parts/Ago.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { HEALTH_LABEL } from "./health.ts";

export interface Column {
  id: string;
  label: string;
  /** A track of the grid. */
  width: string;
  sort?: NonNullable<FileFilter["sort"]>;
  number?: boolean;
  /** Shown until somebody chooses otherwise. */
  preset?: boolean;
  show: (file: FileItem) => ReactNode;
}

const HDR_LABEL: Record<string, string> = { hdr10: "HDR10", "hdr10+": "HDR10+", hlg: "HLG", "dolby-vision": "Dolby Vision" };

export function HdrBadge({ hdr }: { hdr: string | null }) {
  const label = hdr ? HDR_LABEL[hdr] : undefined;
  return label ? (
    <Badge size="sm" color="grape">
      {label}
    </Badge>
  ) : null;
}

export const columns: readonly Column[] = [
  { id: "folder", label: "Folder", width: "minmax(9rem, 1fr)", show: (file) => <span className="truncate" title={file.path}>{splitPath(file.path).directory}</span> },
  { id: "size", label: "Size", width: "5rem", sort: "size", number: true, preset: true, show: (file) => formatBytes(file.size_bytes) },
  { id: "codec", label: "Video", width: "5rem", preset: true, show: (file) => formatCodec(file.video_codec) },
  {
    id: "resolution",
    label: "Picture",
    width: "8rem",
    preset: true,
    show: (file) => (
      <>
        <span title={file.width ? `${file.width} × ${file.height}` : undefined}>{formatResolution(file.width, file.height)}</span> <HdrBadge hdr={file.hdr} />
      </>
    ),
  },
  { id: "container", label: "Container", width: "6rem", show: (file) => file.container ?? "–" },
  { id: "audio", label: "Audio", width: "6rem", preset: true, show: (file) => <span className="truncate" title={file.audio_codecs ?? ""}>{file.audio_languages?.replaceAll(",", ", ") ?? file.audio_codecs?.replaceAll(",", ", ") ?? "–"}</span> },
  { id: "subtitles", label: "Subtitles", width: "8rem", show: (file) => <span className="truncate">{file.subtitle_languages?.replaceAll(",", ", ") ?? "–"}</span> },
  { id: "duration", label: "Length", width: "4.5rem", sort: "duration", number: true, preset: true, show: (file) => formatClock(file.duration_ms) },
  { id: "bit_rate", label: "Bit rate", width: "6rem", sort: "bit_rate", number: true, preset: true, show: (file) => formatBitRate(file.bit_rate_bps) },
  { id: "state", label: "State", width: "5.5rem", preset: true, show: (file) => <StateBadge state={file.state} title={file.error ?? undefined} /> },
  { id: "health", label: "Health", width: "8rem", show: (file) => (file.health ? <StateBadge state={file.health} label={HEALTH_LABEL[file.health]} /> : "–") },
  { id: "found", label: "Added", width: "8rem", sort: "found", number: true, show: (file) => <Ago ms={file.found_at_ms} /> },
];
export const presetColumns = columns.filter((column) => column.preset).map((column) => column.id);
