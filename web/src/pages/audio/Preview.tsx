// What the policy in the form would do to a file or a folder of the library, asked again while one edits.
import { Autocomplete, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/problem.ts";
import { audioPreviewQuery, filesQuery, rootsQuery } from "../../api/queries.ts";
import type { FileItem, Schemas } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import editor from "../../forms/Editor.module.css";
import { FolderPicker } from "../../forms/FolderPicker.tsx";
import type { Values } from "../../forms/useRecordForm.ts";
import { IconMovie } from "../../icons.ts";
import { languageChoices, languageCode } from "../../languages.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { FileChoice } from "../../parts/FileChoice.tsx";
import { OutcomeList, OutcomeOf } from "./Outcome.tsx";

const PAUSE_MS = 400;
const MOST = 20;

function Answer({ request, one }: { request: Schemas["AudioPreviewRequestInput"]; one: boolean }) {
  const query = useQuery({ ...audioPreviewQuery(request), staleTime: 0 });
  if (query.error)
    return (
      <Text size="sm" c="dimmed" role="status">
        {query.error instanceof ApiError && query.error.status === 422 ? "Something in the form must be corrected first: " : ""}
        {messageOf(query.error)}
      </Text>
    );
  if (!query.data) return <Skeleton height={120} />;
  const [first] = query.data.items;
  if (!first)
    return (
      <Text size="sm" c="dimmed" role="status">
        No file of the library is in this folder. If there are films in it, scan its root.
      </Text>
    );
  return one ? <OutcomeOf preview={first} /> : <OutcomeList previews={query.data.items} most={MOST} />;
}

export function Preview({ values }: { values: Values }) {
  const mayBrowse = useMay("admin");
  const [what, setWhat] = useState("file");
  const [chosen, setChosen] = useState<FileItem | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [language, setLanguage] = useState("");
  const roots = useQuery(rootsQuery);
  const first = useInfiniteQuery(filesQuery({ state: "ready" }));
  const file = chosen ?? first.data?.pages[0]?.items[0] ?? null;
  const path = typed ?? roots.data?.items[0]?.path ?? "";
  const [asked] = useDebouncedValue({ values, path, language }, PAUSE_MS);
  if (first.data && !file)
    return (
      <Card title="What it would do" className={editor.preview}>
        <EmptyState small icon={IconMovie} title="No file to try it on">
          Add a root and scan it; then any of its files or folders can be tried here.
        </EmptyState>
      </Card>
    );
  const target = what === "file" ? (file ? { files: [file.id] } : null) : asked.path ? { path: asked.path } : null;
  return (
    <Card title="What it would do" className={editor.preview}>
      <Stack gap="sm">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Try it on"
          data={[
            { value: "file", label: "One file" },
            { value: "folder", label: "A folder" },
          ]}
          value={what}
          onChange={setWhat}
        />
        {what === "file" ? <FileChoice file={file} onChoose={setChosen} /> : <FolderPicker label="Folder to try it on" value={path} onChange={setTyped} browse={mayBrowse} />}
        {what === "file" && (
          <Autocomplete
            label="Made in"
            description="If you know better than Sonarr, Radarr and The Movie Database."
            placeholder="As they say"
            data={languageChoices().map(({ name }) => name)}
            limit={8}
            value={language}
            onChange={setLanguage}
          />
        )}
        {target && (
          <Answer
            key={what}
            one={what === "file"}
            request={{ ...target, limit: MOST, policy: asked.values, ...(what === "file" && asked.language.trim() ? { original_language: languageCode(asked.language) } : {}) }}
          />
        )}
      </Stack>
    </Card>
  );
}
