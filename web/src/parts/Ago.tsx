// A moment in words that stay true while they are shown.
import { useSyncExternalStore } from "react";
import { formatAgo, formatDateTime } from "../format.ts";

const TICK_MS = 30_000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function listen(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

export function Ago({ ms }: { ms: number | null | undefined }) {
  const at = useSyncExternalStore(listen, () => now);
  if (ms === null || ms === undefined) return <>–</>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatDateTime(ms)}>
      {formatAgo(ms, Math.max(at, ms))}
    </time>
  );
}
