// What pages ask for. The first part of a key names the resource, so that events can say which to ask for again.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { operations } from "#api-schema";
import { api, must, mustTagged } from "./client.ts";
import type { Schemas } from "./types.ts";

type QueryOf<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;
export type FileFilter = Omit<QueryOf<"get_files">, "after" | "limit">;
export type JobFilter = Omit<QueryOf<"get_jobs">, "after" | "limit">;
export type HistoryFilter = Omit<QueryOf<"get_history">, "after" | "limit">;
type ResultFilter = QueryOf<"get_audio_batches_id_files">;
type EventFilter = QueryOf<"get_webhooks_events">;
export type LogFilter = Omit<QueryOf<"get_logs">, "after" | "limit">;

const PAGE = 100;
const ALL = 500;
const SAMPLE_MS = 5000; // what changes by itself, and is told by no event

interface Listed<Item> {
  items: Item[];
  next: string | null;
}
const paging = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Listed<unknown>): string | undefined => page.next ?? undefined,
};

export const statsQuery = queryOptions({ queryKey: ["stats"], queryFn: () => must(api.GET("/api/v1/stats")) });

export const filesQuery = (filter: FileFilter) =>
  infiniteQueryOptions({
    queryKey: ["files", "list", filter],
    queryFn: ({ pageParam }) => must(api.GET("/api/v1/files", { params: { query: { ...filter, limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } } })),
    placeholderData: keepPreviousData,
    ...paging,
  });
export const fileQuery = (id: number) =>
  queryOptions({ queryKey: ["files", "one", id], queryFn: () => must(api.GET("/api/v1/files/{id}", { params: { path: { id } } })) });
export const planQuery = (id: number, profile: string | undefined) =>
  queryOptions({
    queryKey: ["plans", id, profile ?? null],
    queryFn: () => must(api.GET("/api/v1/files/{id}/plan", { params: { path: { id }, query: profile ? { profile } : {} } })),
    retry: false,
  });

export const jobsQuery = (filter: JobFilter) =>
  infiniteQueryOptions({
    queryKey: ["jobs", "list", filter],
    queryFn: ({ pageParam }) => must(api.GET("/api/v1/jobs", { params: { query: { ...filter, limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } } })),
    ...paging,
  });
/** A few jobs, for places that show no more. */
export const someJobsQuery = (filter: JobFilter, limit: number) =>
  queryOptions({ queryKey: ["jobs", "some", filter, limit], queryFn: () => must(api.GET("/api/v1/jobs", { params: { query: { ...filter, limit } } })) });
export const jobQuery = (id: number) =>
  queryOptions({ queryKey: ["jobs", "one", id], queryFn: () => must(api.GET("/api/v1/jobs/{id}", { params: { path: { id } } })) });
export const jobWhyQuery = (id: number) =>
  queryOptions({ queryKey: ["jobs", "why", id], queryFn: () => must(api.GET("/api/v1/jobs/{id}/why", { params: { path: { id } } })), refetchInterval: SAMPLE_MS });
export const jobLogQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["job-log", id],
    queryFn: ({ pageParam }) => must(api.GET("/api/v1/jobs/{id}/log", { params: { path: { id }, query: { limit: ALL, ...(pageParam ? { after: pageParam } : {}) } } })),
    ...paging,
  });

export const historyQuery = (filter: HistoryFilter) =>
  infiniteQueryOptions({
    queryKey: ["history", "list", filter],
    queryFn: ({ pageParam }) => must(api.GET("/api/v1/history", { params: { query: { ...filter, limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } } })),
    placeholderData: keepPreviousData,
    ...paging,
  });

export const rootsQuery = queryOptions({ queryKey: ["roots", "list"], queryFn: () => must(api.GET("/api/v1/roots", { params: { query: { limit: ALL } } })) });
export const rootQuery = (id: number) =>
  queryOptions({ queryKey: ["roots", "one", id], queryFn: () => mustTagged(api.GET("/api/v1/roots/{id}", { params: { path: { id } } })) });
/** How changes in each root are noticed. */
export const watchesQuery = queryOptions({ queryKey: ["roots", "watches"], queryFn: () => must(api.GET("/api/v1/watches")), refetchInterval: SAMPLE_MS });
export const profilesQuery = queryOptions({
  queryKey: ["profiles", "list"],
  queryFn: () => must(api.GET("/api/v1/profiles", { params: { query: { limit: ALL } } })),
});
export const profileQuery = (id: number) =>
  queryOptions({ queryKey: ["profiles", "one", id], queryFn: () => mustTagged(api.GET("/api/v1/profiles/{id}", { params: { path: { id } } })) });

/** By what a target score can be measured here. */
export const metricsQuery = queryOptions({ queryKey: ["metrics"], queryFn: () => must(api.GET("/api/v1/profiles/metrics")), staleTime: Infinity, retry: false });

/** What transcodes would come to. */
export const predictionQuery = (request: Schemas["PredictionInput"]) =>
  queryOptions({ queryKey: ["predictions", request], queryFn: () => must(api.POST("/api/v1/predictions", { body: request })), retry: false });

export const schedulesQuery = queryOptions({
  queryKey: ["schedules", "list"],
  queryFn: () => must(api.GET("/api/v1/schedules", { params: { query: { limit: ALL } } })),
});
export const scheduleQuery = (id: number) =>
  queryOptions({ queryKey: ["schedules", "one", id], queryFn: () => mustTagged(api.GET("/api/v1/schedules/{id}", { params: { path: { id } } })) });
/** What holds work back now. */
export const governorQuery = queryOptions({ queryKey: ["governor"], queryFn: () => must(api.GET("/api/v1/governor")), refetchInterval: SAMPLE_MS });

export const audioPolicyQuery = queryOptions({ queryKey: ["audio-policy"], queryFn: () => mustTagged(api.GET("/api/v1/audio/policy")) });
/** What a policy, by default the one in force, would do. */
export const audioPreviewQuery = (request: Schemas["AudioPreviewRequestInput"]) =>
  queryOptions({ queryKey: ["audio-preview", request], queryFn: () => must(api.POST("/api/v1/audio/preview", { body: request })), placeholderData: keepPreviousData, retry: false });
export const audioResultsQuery = (job: number, outcome: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["audio-results", job, outcome ?? null],
    queryFn: ({ pageParam }) =>
      must(
        api.GET("/api/v1/audio/batches/{id}/files", {
          params: { path: { id: job }, query: { limit: PAGE, ...(outcome ? { outcome: outcome as ResultFilter["outcome"] } : {}), ...(pageParam ? { after: pageParam } : {}) } },
        }),
      ),
    placeholderData: keepPreviousData,
    ...paging,
  });
const MESSAGES_MS = 5000; // a message that makes no job is told by no event
export const webhooksQuery = queryOptions({ queryKey: ["webhooks", "senders"], queryFn: () => must(api.GET("/api/v1/webhooks")), refetchInterval: MESSAGES_MS });
export const webhookEventsQuery = (application: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["webhooks", "events", application ?? null],
    queryFn: ({ pageParam }) =>
      must(
        api.GET("/api/v1/webhooks/events", {
          params: { query: { limit: PAGE, ...(application ? { application: application as EventFilter["application"] } : {}), ...(pageParam ? { after: pageParam } : {}) } },
        }),
      ),
    refetchInterval: MESSAGES_MS,
    placeholderData: keepPreviousData,
    ...paging,
  });

const WATCH_MS = 1000; // while something is made
export const conversionsQuery = infiniteQueryOptions({
  queryKey: ["conversions", "list"],
  queryFn: ({ pageParam }) => must(api.GET("/api/v1/conversions", { params: { query: { limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } } })),
  refetchInterval: (query) =>
    query.state.data?.pages.some((page) => page.items.some((it) => it.state === "queued" || it.state === "processing")) ? WATCH_MS : false,
  ...paging,
});
export const presetsQuery = queryOptions({ queryKey: ["conversion-presets"], queryFn: () => must(api.GET("/api/v1/conversions/presets")), staleTime: Infinity });
export const uploadsQuery = queryOptions({ queryKey: ["uploads"], queryFn: () => must(api.GET("/api/v1/uploads", { params: { query: { limit: ALL } } })) });

export const savingsQuery = (days: number) =>
  queryOptions({
    queryKey: ["stats", "savings", days],
    queryFn: () => must(api.GET("/api/v1/stats/savings", { params: { query: { days, zone: Intl.DateTimeFormat().resolvedOptions().timeZone } } })),
  });
export const codecsQuery = queryOptions({ queryKey: ["stats", "codecs"], queryFn: () => must(api.GET("/api/v1/stats/codecs")) });
export const systemQuery = queryOptions({ queryKey: ["system"], queryFn: () => must(api.GET("/api/v1/system")), refetchInterval: SAMPLE_MS });
export const workersQuery = queryOptions({ queryKey: ["workers"], queryFn: () => must(api.GET("/api/v1/workers")) });

export const setupQuery = queryOptions({ queryKey: ["setup"], queryFn: () => must(api.GET("/api/v1/setup")), staleTime: 0 });
export const usersQuery = queryOptions({ queryKey: ["users", "list"], queryFn: () => must(api.GET("/api/v1/users", { params: { query: { limit: ALL } } })) });
export const userQuery = (id: number) =>
  queryOptions({ queryKey: ["users", "one", id], queryFn: () => mustTagged(api.GET("/api/v1/users/{id}", { params: { path: { id } } })) });
export const keysQuery = queryOptions({ queryKey: ["keys", "list"], queryFn: () => must(api.GET("/api/v1/keys", { params: { query: { limit: ALL } } })) });
export const keyQuery = (id: number) =>
  queryOptions({ queryKey: ["keys", "one", id], queryFn: () => mustTagged(api.GET("/api/v1/keys/{id}", { params: { path: { id } } })) });
export const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  queryFn: ({ pageParam }) => must(api.GET("/api/v1/audit", { params: { query: { limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } } })),
  ...paging,
});
export const directoriesQuery = (path: string | null) =>
  queryOptions({
    queryKey: ["directories", path],
    queryFn: () => must(api.GET("/api/v1/directories", { params: { query: path === null ? {} : { path } } })),
    retry: false,
  });

export const settingsQuery = queryOptions({ queryKey: ["settings"], queryFn: () => mustTagged(api.GET("/api/v1/settings")) });
/** What this server keeps in memory; what comes later is told by events. */
export const logsQuery = (filter: LogFilter) =>
  queryOptions({ queryKey: ["logs", filter], queryFn: () => must(api.GET("/api/v1/logs", { params: { query: { ...filter, limit: ALL } } })), staleTime: 0 });
export const backupsQuery = queryOptions({ queryKey: ["backups"], queryFn: () => must(api.GET("/api/v1/backups")) });
export const doctorQuery = queryOptions({ queryKey: ["doctor"], queryFn: () => must(api.GET("/api/v1/doctor")) });
