// What the profile in the form would make of a file, asked again while one types.
import { Select, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../../api/client.ts";
import { ApiError, messageOf } from "../../api/problem.ts";
import { filesQuery } from "../../api/queries.ts";
import type { FileItem, Schemas } from "../../api/types.ts";
import type { Values } from "../../forms/useRecordForm.ts";
import { fileName } from "../../format.ts";
import { Card } from "../../parts/Card.tsx";
import { PlanView } from "../library/PlanView.tsx";
import classes from "./Profiles.module.css";

const PAUSE_MS = 400;

function FileChoice({ file, onChoose }: { file: FileItem | null; onChoose: (file: FileItem) => void }) {
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search, PAUSE_MS);
  // A chosen file's own name in the field is not a search for it.
  const q = file && asked === fileName(file.path) ? "" : asked;
  const files = useInfiniteQuery(filesQuery({ state: "ready", ...(q ? { q } : {}) }));
  const found = files.data?.pages[0]?.items ?? [];
  const items = file && !found.some((item) => item.id === file.id) ? [file, ...found] : found;
  return (
    <>
      <Select
        label="File to try it on"
        placeholder="Search the library"
        searchable
        nothingFoundMessage="No file is called that"
        filter={({ options }) => options}
        data={items.map((item) => ({ value: String(item.id), label: fileName(item.path) }))}
        value={file ? String(file.id) : null}
        onChange={(id) => {
          const chosen = items.find((item) => String(item.id) === id);
          if (chosen) onChoose(chosen);
        }}
        onSearchChange={setSearch}
      />
      {items.length === 0 && !q && !files.isPending && (
        <Text size="sm" c="dimmed">
          Scan a root first; then any of its files can be tried here.
        </Text>
      )}
    </>
  );
}

function Outcome({ file, profile }: { file: FileItem; profile: Values }) {
  const plan = useQuery({
    queryKey: ["plans", "preview", file.id, profile],
    queryFn: () => must(api.POST("/api/v1/profiles/preview", { body: { profile: profile as unknown as Schemas["ProfileInput"], file: file.id } })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (plan.error)
    return (
      <Text size="sm" c="dimmed" role="status">
        {plan.error instanceof ApiError && plan.error.status === 422 ? "Something in the form must be corrected first: " : ""}
        {messageOf(plan.error)}
      </Text>
    );
  return plan.data ? <PlanView plan={plan.data} sizeBytes={file.size_bytes} narrow /> : <Skeleton height={120} />;
}

export function Preview({ values }: { values: Values }) {
  const [chosen, setChosen] = useState<FileItem | null>(null);
  const [profile] = useDebouncedValue(values, PAUSE_MS);
  const first = useInfiniteQuery(filesQuery({ state: "ready" }));
  const file = chosen ?? first.data?.pages[0]?.items[0] ?? null;
  const named = { ...profile, name: profile.name || "unnamed" };
  return (
    <Card title="What it would do" className={classes.preview}>
      <Stack gap="sm">
        <FileChoice file={file} onChoose={setChosen} />
        {file && <Outcome file={file} profile={named} />}
      </Stack>
    </Card>
  );
}
