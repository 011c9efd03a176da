// The state of a form over one record: what was loaded, what has been typed, what the server complains about, and that somebody else
// was quicker.
import { useState } from "react";
import { ApiError, messageOf } from "../api/problem.ts";
import { currentOf, type Values } from "./stale.tsx";

export interface RecordForm {
  values: Values;
  loaded: Values;
  set: (name: string, value: unknown) => void;
  isChanged: boolean;
  /** The server's own words about a field; also about a part of it ("qualities[0].quality"). */
  errorOf: (name: string) => string | undefined;
  /** What no field shows. */
  error: string | undefined;
  /** The record as it is now, while the form holds older values. */
  current: Values | null;
  fail: (error: unknown) => void;
  takeTheirs: () => void;
  keepMine: () => void;
  dismiss: () => void;
}

export function useRecordForm(initial: Values, names: readonly string[]): RecordForm {
  const [loaded, setLoaded] = useState(initial);
  const [values, setValues] = useState(initial);
  const [failure, setFailure] = useState<unknown>(null);
  const current = currentOf(failure);
  const fields = failure instanceof ApiError ? failure.fields : {};
  const belongs = (field: string, name: string): boolean => field === name || field.startsWith(`${name}[`) || field.startsWith(`${name}.`);
  const only = (record: Values): Values => Object.fromEntries(names.map((name) => [name, record[name]]));
  const unplaced = Object.entries(fields).filter(([field]) => !names.some((name) => belongs(field, name)));
  const shown = failure !== null && current === null && (Object.keys(fields).length === 0 || unplaced.length > 0);
  return {
    values,
    loaded,
    set: (name, value) => setValues((before) => ({ ...before, [name]: value })),
    isChanged: JSON.stringify(values) !== JSON.stringify(loaded),
    errorOf: (name) => Object.entries(fields).find(([field]) => belongs(field, name))?.[1],
    error: shown ? (unplaced[0]?.[1] ?? messageOf(failure)) : undefined,
    current,
    fail: setFailure,
    takeTheirs: () => {
      if (current) {
        setLoaded(only(current));
        setValues(only(current));
      }
      setFailure(null);
    },
    keepMine: () => {
      if (current) setLoaded(only(current));
      setFailure(null);
    },
    dismiss: () => setFailure(null),
  };
}
