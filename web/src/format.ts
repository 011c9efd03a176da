// Figures as people read them. Everything the interface says about sizes, times and rates comes from here.

const count = new Intl.NumberFormat(undefined);
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Value and unit apart, for large figures. */
export function bytesParts(bytes: number): { value: string; unit: string } {
  let unit = 0;
  let value = Math.abs(bytes);
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return { value: `${bytes < 0 ? "−" : ""}${value.toFixed(digits)}`, unit: UNITS[unit] ?? "B" };
}

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  const { value, unit } = bytesParts(bytes);
  return `${value} ${unit}`;
}

export const formatCount = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : count.format(value));

/** "1 file", "2,000 files". */
export const formatCounted = (value: number, noun: string): string => `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;

export const formatPercent = (fraction: number, digits = 0): string => `${(fraction * 100).toFixed(digits)} %`;

/** "1:02:03", "4:05". */
export function formatClock(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "2 d 4 h", "35 min", "12 s": the two largest units. */
export function formatSpan(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return m > 0 ? `${h} h ${m} min` : `${h} h`;
  if (m > 0) return m < 10 && s > 0 ? `${m} min ${s} s` : `${m} min`;
  return `${s} s`;
}

export function formatAgo(ms: number, now = Date.now()): string {
  const seconds = Math.round((ms - now) / 1000);
  for (const [unit, length] of [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]] as const)
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  return "just now";
}

export const formatDateTime = (ms: number | null | undefined): string => (ms === null || ms === undefined ? "–" : dateTime.format(ms));
export const formatTime = (ms: number): string => clockTime.format(ms);
/** "2026-11-21" as "21 Nov". */
export const formatDay = (day: string): string => dayMonth.format(new Date(`${day}T12:00:00`));

export function formatBitRate(bps: number | null | undefined): string {
  if (bps === null || bps === undefined) return "–";
  return bps >= 1e6 ? `${(bps / 1e6).toFixed(bps >= 1e7 ? 0 : 1)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`;
}

/** "24000/1001" as "23.976". */
export function formatFrameRate(rate: string | null | undefined): string {
  const [top = 0, bottom = 1] = (rate ?? "").split("/").map(Number);
  if (!top || !bottom) return "–";
  return (top / bottom).toFixed(3).replace(/\.?0+$/, "");
}

const CODECS: Record<string, string> = { hevc: "HEVC", h264: "H.264", av1: "AV1", vp9: "VP9", mpeg4: "MPEG-4", mpeg2video: "MPEG-2", vc1: "VC-1" };
const codecName = (codec: string): string => CODECS[codec] ?? codec.toUpperCase();
export const formatCodec = (codec: string | null | undefined): string => (codec ? codecName(codec) : "–");

/** The last part of a path, and what is before it. */
export function splitPath(path: string): { directory: string; name: string } {
  const at = path.lastIndexOf("/");
  return at < 0 ? { directory: "", name: path } : { directory: path.slice(0, at) || "/", name: path.slice(at + 1) };
}
export const fileName = (path: string): string => splitPath(path).name;

/** 1080 for 1920x800: what people call the size of the picture. The classes are the server's (resolution_class). */
export function formatResolution(width: number | null, height: number | null): string {
  if (!width || !height) return "–";
  const lines = Math.max(Math.min(width, height), (Math.max(width, height) * 9) / 16);
  return lines >= 1300 ? "4K" : lines >= 900 ? "1080p" : lines >= 650 ? "720p" : "SD";
}

/** A snake_case field or kebab-case word as a label, abbreviations as people write them. */
export function formatWord(word: string): string {
  const text = word
    .replace(/[_-]+/g, " ")
    .replace(/\bhdr10 plus\b/, "HDR10+")
    .replace(/\b(cpu|ssim|tmdb|tv)\b/, (short) => short.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a field of a record holds, whatever it is. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.join(", ") || "–";
  return JSON.stringify(value);
}
