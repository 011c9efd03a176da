// Chooses a file of the library by a part of its name.
import { Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { filesQuery } from "../api/queries.ts";
import type { FileItem } from "../api/types.ts";
import { fileName } from "../format.ts";

const PAUSE_MS = 400;

export function FileChoice({ file, onChoose }: { file: FileItem | null; onChoose: (file: FileItem) => void }) {
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
