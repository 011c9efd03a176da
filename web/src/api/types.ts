// Names for the API's shapes. They are all generated; what the API leaves open ("any JSON") is narrowed here, once.
import type { components } from "#api-schema";

export type Schemas = components["schemas"];
export type Job = Schemas["Job"];
export type JobState = Job["state"];
export type JobPriority = Job["priority"];
export type LibraryFile = Schemas["LibraryFile"];
/** As it stands in lists: without what probing found. */
export type FileItem = Schemas["LibraryFileItem"];
export type MediaInfo = Schemas["MediaInfo"];
export type StreamInfo = Schemas["StreamInfo"];
export type EncodePlan = Schemas["EncodePlan"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Root = Schemas["Root"];
export type RootWatch = Schemas["WatchState"];
export type Profile = Schemas["Profile"];
export type LibraryStats = Schemas["LibraryStats"];
export type AudioPolicy = Schemas["AudioPolicy"];
export type AudioOverride = Schemas["AudioOverride"];
export type AudioPreview = Schemas["AudioPreview"];
export type AudioFileResult = Schemas["AudioFileResult"];
export type AudioOutcome = Schemas["AudioResult"]["outcome"];
export type TrackFlags = Schemas["TrackFlags"];
export type Webhook = Schemas["Webhook"];
export type WebhookEvent = Schemas["WebhookEvent"];
export type Schedule = Schemas["Schedule"];
export type TimeWindow = Schemas["TimeWindow"];
export type Governor = Schemas["Governor"];
export type JobWhy = Schemas["JobWhy"];
export type Prediction = Schemas["Prediction"];

/** What a job tells of its progress, by its kind: an encode fills these fields, a scan those. */
export interface EncodeDetail {
  fps: number;
  speed: number;
  eta_ms: number | null;
  output_bytes: number;
  predicted_bytes: number | null;
  pass: number;
  passes: number;
}
/** While the quality that holds a target score is looked for. */
export interface SearchDetail {
  probe: number;
  probes: number;
  step: "encoding" | "comparing";
}
export interface ScanDetail {
  found: number;
  probed: number;
  changed: number;
  failed: number;
  missing: number;
  per_second: number;
  eta_ms: number | null;
}
/** How many files of a job on default tracks came to which outcome; `files` is null while nobody has counted them. */
export interface AudioDetail extends Record<AudioOutcome, number> {
  files: number | null;
  looked_at: number;
  per_second: number;
}
/** What the history keeps of a change of default tracks. */
export interface AudioEdit {
  reason: string;
  language: string | null;
  track: number | null;
  tracks: TrackFlags[];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

export function encodeDetail(job: Job): EncodeDetail | null {
  const detail: unknown = job.progress_detail;
  return isObject(detail) && typeof detail.fps === "number" ? (detail as unknown as EncodeDetail) : null;
}

export function searchDetail(job: Job): SearchDetail | null {
  const detail: unknown = job.progress_detail;
  return isObject(detail) && detail.phase === "searching" && typeof detail.probe === "number" ? (detail as unknown as SearchDetail) : null;
}

export function scanDetail(job: Job): ScanDetail | null {
  const detail: unknown = job.state === "done" ? job.result : job.progress_detail;
  return job.kind === "scan" && isObject(detail) && typeof detail.found === "number" ? (detail as unknown as ScanDetail) : null;
}

/** The jobs that look at default tracks: of one file that was just imported, or of many. */
export const isAudioJob = (job: Job): boolean => job.kind === "audio" || job.kind === "audio-batch";

export function audioDetail(job: Job): AudioDetail | null {
  const detail: unknown = job.result ?? job.progress_detail;
  return isAudioJob(job) && isObject(detail) && typeof detail.looked_at === "number" ? (detail as unknown as AudioDetail) : null;
}

/** Whether it only says what it would do. */
export const isDryRun = (job: Job): boolean => {
  const payload: unknown = job.payload;
  return isObject(payload) && payload.dry_run === true;
};

export function audioEdit(entry: HistoryEntry): AudioEdit | null {
  const detail: unknown = entry.detail;
  const audio = isObject(detail) ? detail.audio : null;
  return isObject(audio) && typeof audio.reason === "string" && Array.isArray(audio.tracks) ? (audio as unknown as AudioEdit) : null;
}

export const isActive = (job: Job): boolean => job.state === "running" || (job.state === "paused" && job.lease_owner !== null);
export const isOver = (job: Job): boolean => ["done", "failed", "cancelled", "skipped"].includes(job.state);
