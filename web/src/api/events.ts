// The server's event stream, once per window: patches what queries hold, asks again for what an event only hints at, and knows
// whether the connection stands.
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { isOver, type Job } from "./types.ts";

export type Connection = "connecting" | "open" | "lost";

const RETRY_MS = [1000, 2000, 4000, 8000, 15000] as const;
const REFRESH_MS = 1000; // at most so often, however many events come

let connection: Connection = "connecting";
const listeners = new Set<() => void>();
function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

export interface LogEvent {
  [key: string]: unknown;
}
const logListeners = new Set<(line: LogEvent) => void>();
/** Log lines as they are written (administrators only). */
export function useLogEvents(listen: (line: LogEvent) => void): void {
  useEffect(() => {
    logListeners.add(listen);
    return () => {
      logListeners.delete(listen);
    };
  }, [listen]);
}

interface Page {
  items: Job[];
}
const isJobPage = (data: unknown): data is Page => typeof data === "object" && data !== null && "items" in data && Array.isArray(data.items);
const isJobPages = (data: unknown): data is InfiniteData<Page> => typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages);

/** Puts a job's news into every list and record that shows it. An event leaves out payload and result, which do not change or are
 * asked for when the job has ended. */
export function patchJob(client: QueryClient, news: Job): { moved: boolean } {
  let moved = true;
  const merge = (job: Job): Job => {
    if (job.id !== news.id || job.updated_at_ms > news.updated_at_ms) return job;
    moved = moved && job.state !== news.state;
    return { ...job, ...news, payload: job.payload, result: news.state === job.state ? job.result : null };
  };
  for (const [key, data] of client.getQueriesData({ queryKey: ["jobs"] })) {
    if (isJobPages(data)) client.setQueryData(key, { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(merge) })) });
    else if (isJobPage(data)) client.setQueryData(key, { ...data, items: data.items.map(merge) });
    else if (key[1] === "one" && key[2] === news.id && data) client.setQueryData(key, merge(data as Job));
  }
  return { moved };
}

/** Asks again for resources, the first time at once, then at most once in REFRESH_MS. */
function refresher(client: QueryClient): { ask: (resource: string) => void; stop: () => void } {
  const due = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    for (const resource of due) void client.invalidateQueries({ queryKey: [resource] });
    due.clear();
  };
  const ask = (resource: string): void => {
    due.add(resource);
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, REFRESH_MS);
  };
  return { ask, stop: () => clearTimeout(timer) };
}

function open(client: QueryClient): () => void {
  const refresh = refresher(client);
  let source: EventSource | undefined;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let broken = false;

  const onJob = (event: MessageEvent<string>): void => {
    const job = JSON.parse(event.data) as Job;
    const known = "state" in job;
    if (!known || patchJob(client, job).moved) for (const resource of ["jobs", "stats", "workers", "webhooks", "governor", "conversions"]) refresh.ask(resource);
    // Whatever was known of the job before: what it worked on is another now, also where it was stopped half-way.
    if (known && isOver(job)) for (const resource of ["files", "history", "roots", "audio-preview", "audio-results"]) refresh.ask(resource);
  };

  const connect = (): void => {
    source = new EventSource("/api/v1/events");
    source.onopen = () => {
      attempts = 0;
      setConnection("open");
      // Meanwhile anything may have happened.
      if (broken) void client.invalidateQueries();
      broken = false;
    };
    source.onerror = () => {
      broken = true;
      setConnection("lost");
      // The browser tries again by itself, except after an answer that is no stream.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, RETRY_MS[Math.min(attempts++, RETRY_MS.length - 1)]);
    };
    source.addEventListener("job", onJob);
    source.addEventListener("queue", () => ["jobs", "stats"].forEach(refresh.ask));
    source.addEventListener("file", () => ["files", "stats"].forEach(refresh.ask));
    source.addEventListener("watch", () => refresh.ask("roots"));
    source.addEventListener("scan", () => ["files", "roots", "stats"].forEach(refresh.ask));
    source.addEventListener("lost", () => void client.invalidateQueries());
    source.addEventListener("log", (event: MessageEvent<string>) => {
      const line = JSON.parse(event.data) as LogEvent;
      for (const listener of logListeners) listener(line);
    });
  };

  connect();
  const wake = (): void => {
    if (source?.readyState === EventSource.CLOSED) {
      clearTimeout(timer);
      connect();
    }
  };
  window.addEventListener("online", wake);
  return () => {
    window.removeEventListener("online", wake);
    clearTimeout(timer);
    refresh.stop();
    source?.close();
    setConnection("connecting");
  };
}

/** Called once, by whatever stands around all signed-in pages. */
export function useEventStream(): void {
  const client = useQueryClient();
  useEffect(() => open(client), [client]);
}
