// Files on their way to the server, by tus: they go on while other pages are looked at, and from where they were after a break.
// One list for the window.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { DetailedError, Upload } from "tus-js-client";
import { api, csrfHeaders, must } from "../../api/client.ts";
import { messageOf } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";

export type Choice = Omit<Schemas["ConversionInput"], "upload">;

export interface Sending {
  readonly key: number;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  /** Bytes a second since it was begun or gone on with; null while that says nothing. */
  readonly pace: number | null;
  readonly state: "sending" | "paused" | "failed" | "asking";
  readonly error: string | null;
}

/** A pace over less than this is noise. */
const PACE_MS = 1000;
const RETRY_MS = [500, 1000, 3000, 5000, 10000];

let sendings: readonly Sending[] = [];
/** `whole`: the server has said that it has all of it. */
const uploads = new Map<number, { upload: Upload; choice: Choice; client: QueryClient; whole: boolean; from: { ms: number; sent: number } | null }>();
const listeners = new Set<() => void>();
let lastKey = 0;

function put(next: readonly Sending[]): void {
  sendings = next;
  for (const listener of listeners) listener();
}

function change(key: number, news: Partial<Sending>): void {
  put(sendings.map((it) => (it.key === key ? { ...it, ...news } : it)));
}

function forget(key: number): void {
  uploads.delete(key);
  put(sendings.filter((it) => it.key !== key));
}

export function useSendings(): readonly Sending[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => sendings,
  );
}

/** The server's own words, where it said any. */
function reasonOf(error: Error): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  try {
    const { detail } = JSON.parse(body ?? "") as { detail?: unknown };
    if (typeof detail === "string") return detail;
  } catch {
    // It said none.
  }
  return error instanceof DetailedError && !error.originalResponse ? "The server cannot be reached." : error.message;
}

/** What was sent becomes what was chosen. Asked again after a failure, it is not sent again. */
async function ask(key: number): Promise<void> {
  const entry = uploads.get(key);
  if (!entry) return;
  const { upload, choice, client } = entry;
  change(key, { state: "asking", error: null });
  try {
    await must(api.POST("/api/v1/conversions", { body: { upload: Number(upload.url?.split("/").at(-1)), ...choice } }));
    forget(key);
  } catch (error) {
    change(key, { state: "failed", error: messageOf(error) });
  }
  await Promise.all(["conversions", "uploads"].map((resource) => client.invalidateQueries({ queryKey: [resource] })));
}

/** Measured from the first news after each beginning. */
function progress(key: number, sent: number): void {
  const entry = uploads.get(key);
  if (!entry) return;
  entry.from ??= { ms: performance.now(), sent };
  const ms = performance.now() - entry.from.ms;
  change(key, { sent, pace: ms < PACE_MS || sent <= entry.from.sent ? null : ((sent - entry.from.sent) / ms) * 1000 });
}

export function send(client: QueryClient, file: File, choice: Choice): void {
  const key = ++lastKey;
  const upload = new Upload(file, {
    endpoint: "/api/v1/uploads",
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, ...(file.type ? { filetype: file.type } : {}) },
    onBeforeRequest: (request) => {
      for (const [name, value] of Object.entries(csrfHeaders())) request.setHeader(name, value);
    },
    onProgress: (sent) => progress(key, sent),
    onError: (error) => change(key, { state: "failed", error: reasonOf(error) }),
    onSuccess: () => {
      const entry = uploads.get(key);
      if (entry) entry.whole = true;
      void ask(key);
    },
  });
  uploads.set(key, { upload, choice, client, whole: false, from: null });
  put([...sendings, { key, name: file.name, size: file.size, sent: 0, pace: null, state: "sending", error: null }]);
  void begin(key);
}

/** From where an earlier attempt, also of an earlier visit, broke off. */
async function begin(key: number): Promise<void> {
  const entry = uploads.get(key);
  if (!entry) return;
  const { upload } = entry;
  entry.from = null;
  if (!upload.url) {
    const [earlier] = await upload.findPreviousUploads();
    if (earlier) upload.resumeFromPreviousUpload(earlier);
  }
  upload.start();
}

export async function pause(key: number): Promise<void> {
  await uploads.get(key)?.upload.abort();
  change(key, { state: "paused" });
}

export function resume(key: number): void {
  if (uploads.get(key)?.whole) {
    void ask(key);
    return;
  }
  change(key, { state: "sending", error: null, pace: null });
  void begin(key);
}

/** Nothing of it stays, here and there. */
export async function giveUp(key: number): Promise<void> {
  const upload = uploads.get(key)?.upload;
  forget(key);
  // What cannot be deleted now expires.
  await upload?.abort(true).catch(() => undefined);
}
