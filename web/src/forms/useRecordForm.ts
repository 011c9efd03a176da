// The state of a form over one record: what was loaded, what has been typed, what the server complains about, and that somebody else
// was quicker.
import { useState } from "react";
import { ApiError, messageOf } from "../api/problem.ts";

export type Values = Record<string, unknown>;

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export interface RecordForm {
  values: Values;
  loaded: Values;
  /** The version of what was loaded. */
  etag: string | null;
  /** `about`: the part of the field that is changed; complaints about other parts of it stay. */
  set: (name: string, value: unknown, about?: string) => void;
  isChanged: boolean;
  /** The server's own words about a field, until it is changed; also about a part of it ("qualities[0].quality"). */
  errorOf: (name: string) => string | undefined;
  /** What no field shows. */
  error: string | undefined;
  /** The record as it is now, while the form holds older values. */
  current: Values | null;
  /** Sends a change of the version that was loaded. What has changed meanwhile in no field of the form, such as when a root was
   * last scanned, is no reason to ask anybody. */
  send: <Output>(request: (version: Version) => Promise<Output>) => Promise<Output>;
  /** From now on this is what is stored. */
  saved: (record: Values, etag: string | null) => void;
  fail: (error: unknown) => void;
  takeTheirs: () => void;
  keepMine: () => void;
  dismiss: () => void;
}

/** The headers that say which version of a record is changed; none for a new one. */
export interface Version {
  headers?: { "If-Match": string };
}

/** Whether the API's name of a field or of a part of one is about `name`. */
const belongs = (field: string, name: string): boolean => field === name || field.startsWith(`${name}[`) || field.startsWith(`${name}.`);

const isValues = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** The record as it is now, if that is what the error is about. */
function currentOf(error: unknown): Values | null {
  if (!(error instanceof ApiError) || error.status !== 412) return null;
  const current: unknown = error.problem?.current;
  return isValues(current) ? current : null;
}

export function useRecordForm(initial: Values, names: readonly string[], firstEtag: string | null = null): RecordForm {
  const [etag, setEtag] = useState(firstEtag);
  const [loaded, setLoaded] = useState(initial);
  const [values, setValues] = useState(initial);
  const [failure, setFailure] = useState<unknown>(null);
  const [mended, setMended] = useState<readonly string[]>([]);
  const current = currentOf(failure);
  const fields = failure instanceof ApiError ? failure.fields : {};
  const only = (record: Values): Values => Object.fromEntries(names.map((name) => [name, record[name]]));
  const unplaced = Object.entries(fields).filter(([field]) => !names.some((name) => belongs(field, name)));
  const shown = failure !== null && current === null && (Object.keys(fields).length === 0 || unplaced.length > 0);
  const version = (tag: string | null): Version => (tag === null ? {} : { headers: { "If-Match": tag } });
  const settle = (): void => {
    if (failure instanceof ApiError && failure.etag) setEtag(failure.etag);
    if (current) setLoaded(only(current));
    setFailure(null);
  };
  return {
    values,
    loaded,
    etag,
    set: (name, value, about = name) => {
      setValues((before) => ({ ...before, [name]: value }));
      setMended((before) => [...before, about]);
    },
    isChanged: !same(values, loaded),
    errorOf: (name) => Object.entries(fields).find(([field]) => belongs(field, name) && !mended.some((each) => belongs(field, each)))?.[1],
    error: shown ? (unplaced[0]?.[1] ?? messageOf(failure)) : undefined,
    current,
    send: async (request) => {
      try {
        return await request(version(etag));
      } catch (error) {
        const now = currentOf(error);
        if (!now || !(error instanceof ApiError) || !error.etag || names.some((name) => name in now && !same(now[name], loaded[name]))) throw error;
        return request(version(error.etag));
      }
    },
    saved: (record, tag) => {
      setLoaded(only(record));
      setValues(only(record));
      setEtag(tag);
      setFailure(null);
    },
    fail: (error) => {
      setMended([]);
      setFailure(error);
    },
    takeTheirs: () => {
      if (current) setValues(only(current));
      settle();
    },
    keepMine: settle,
    dismiss: () => setFailure(null),
  };
}
