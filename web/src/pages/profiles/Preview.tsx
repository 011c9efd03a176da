// What the profile in the form would make of a file, asked again while one types.
import { Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../../api/client.ts";
import { ApiError, messageOf } from "../../api/problem.ts";
import { filesQuery } from "../../api/queries.ts";
import type { FileItem, Schemas } from "../../api/types.ts";
import editor from "../../forms/Editor.module.css";
import type { Values } from "../../forms/useRecordForm.ts";
import { Card } from "../../parts/Card.tsx";
import { FileChoice } from "../../parts/FileChoice.tsx";
import { PlanView } from "../library/PlanView.tsx";

const PAUSE_MS = 400;

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
    <Card title="What it would do" className={editor.preview}>
      <Stack gap="sm">
        <FileChoice file={file} onChoose={setChosen} />
        {file && <Outcome file={file} profile={named} />}
      </Stack>
    </Card>
  );
}
