// What the API says when something went wrong (RFC 9457), as an error to throw, show and put beside form fields.
import type { Schemas } from "./types.ts";

export type Problem = Schemas["Problem"];

export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | null;
  /** With 412: the version of the record as it is now. */
  readonly etag: string | null;

  constructor(status: number, problem: Problem | null, message: string, etag: string | null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
    this.etag = etag;
  }

  /** Messages by field: the server's own words, without the path of the field where they begin with it. */
  get fields(): Record<string, string> {
    return Object.fromEntries((this.problem?.errors ?? []).map(({ field, message }) => [field, message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message]));
  }
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "detail" in value && typeof value.detail === "string" && "status" in value;

export function apiError({ status, headers }: Response, body: unknown): ApiError {
  const etag = headers.get("ETag");
  if (isProblem(body)) return new ApiError(status, body, body.detail, etag);
  const message = status >= 500 ? `Reeve, or something before it, answered with an error (${status}).` : `The request was refused (${status}).`;
  return new ApiError(status, null, message, etag);
}

/** A sentence for whoever looks at the screen. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return "Reeve cannot be reached. Check that it runs and that you are on its network.";
  return error instanceof Error ? error.message : String(error);
}
