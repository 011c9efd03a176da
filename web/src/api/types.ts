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
export type Profile = Schemas["Profile"];
export type LibraryStats = Schemas["LibraryStats"];

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
export interface ScanDetail {
  found: number;
  probed: number;
  changed: number;
  failed: number;
  missing: number;
  per_second: number;
  eta_ms: number | null;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

export function encodeDetail(job: Job): EncodeDetail | null {
  const detail: unknown = job.progress_detail;
  return isObject(detail) && typeof detail.fps === "number" ? (detail as unknown as EncodeDetail) : null;
}

export function scanDetail(job: Job): ScanDetail | null {
  const detail: unknown = job.state === "done" ? job.result : job.progress_detail;
  return job.kind === "scan" && isObject(detail) && typeof detail.found === "number" ? (detail as unknown as ScanDetail) : null;
}

export const isActive = (job: Job): boolean => job.state === "running" || (job.state === "paused" && job.lease_owner !== null);
export const isOver = (job: Job): boolean => ["done", "failed", "cancelled", "skipped"].includes(job.state);
