// The one place that talks to the server: typed by the API's description, with the session's CSRF token, errors thrown as ApiError.
import createClient from "openapi-fetch";
import type { paths } from "#api-schema";
import { apiError } from "./problem.ts";

/** Learnt at sign-in (GET or POST /session); sent with everything that changes something. */
let csrfToken: string | null = null;
export const setCsrfToken = (token: string | null): void => {
  csrfToken = token;
};
/** For whoever speaks to the server in another way. */
export const csrfHeaders = (): Record<string, string> => (csrfToken ? { "X-CSRF-Token": csrfToken } : {});

export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
api.use({
  onRequest({ request }) {
    if (request.method !== "GET" && request.method !== "HEAD")
      for (const [name, value] of Object.entries(csrfHeaders())) request.headers.set(name, value);
    return request;
  },
});

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The answer's body, or ApiError. */
export async function must<Data>(outcome: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await outcome;
  if (!response.ok) throw apiError(response, error);
  return data as Data;
}

/** The same with the record's version (ETag), which a later change of it sends back in If-Match. */
export async function mustTagged<Data>(outcome: Promise<Outcome<Data>>): Promise<{ record: Data; etag: string | null }> {
  const { data, error, response } = await outcome;
  if (!response.ok) throw apiError(response, error);
  return { record: data as Data, etag: response.headers.get("ETag") };
}
