// What a page shows, kept in its address: it can be shared, and the browser's back button means something.
import { useCallback } from "react";
import { useSearchParams } from "wouter";

export interface UrlState {
  get: (name: string) => string | undefined;
  /** Empty values leave the address. */
  set: (changes: Record<string, string | undefined>) => void;
}

export function useUrlState(): UrlState {
  const [params, setParams] = useSearchParams();
  const get = useCallback((name: string) => params.get(name) ?? undefined, [params]);
  const set = useCallback(
    (changes: Record<string, string | undefined>) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value === undefined || value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  return { get, set };
}
