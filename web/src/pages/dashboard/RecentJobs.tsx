import { Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { historyQuery } from "../../api/queries.ts";
import type { HistoryEntry } from "../../api/types.ts";
import { fileName, formatBytes, formatCodec, formatPercent } from "../../format.ts";
import { IconHistory } from "../../icons.ts";
import { editWords } from "../history/words.ts";
import { Ago } from "../../parts/Ago.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Loaded } from "../../parts/Loaded.tsx";

const SHOWN = 6;

function What({ entry }: { entry: HistoryEntry }) {
  const words = editWords(entry);
  if (words)
    return (
      <Table.Td colSpan={2}>
        <Text size="sm" c="dimmed">
          {words}
        </Text>
      </Table.Td>
    );
  return (
    <>
      <Table.Td className="numbers">
        <Text size="sm" c="dimmed" className="truncate">
          {formatCodec(entry.codec_before)} → {formatCodec(entry.codec_after)}
        </Text>
      </Table.Td>
      <Table.Td data-number>
        {entry.state === "undone" ? "undone" : `${formatBytes(entry.bytes_saved)} (${formatPercent(entry.bytes_saved / Math.max(1, entry.size_before_bytes))})`}
      </Table.Td>
    </>
  );
}

export function RecentJobs() {
  const query = useInfiniteQuery(historyQuery({}));
  return (
    <Loaded query={query}>
      {(data) => {
        const entries = data.pages.flatMap((page) => page.items).slice(0, SHOWN);
        if (entries.length === 0)
          return (
            <EmptyState small icon={IconHistory} title="Nothing replaced yet">
              What Reeve replaces is listed here, with the space that it saved.
            </EmptyState>
          );
        return (
          <Table>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td maw={0} w="55%">
                    <Text size="sm" className="truncate" title={entry.path}>
                      {entry.file_id ? <Link href={`/library/${entry.file_id}`}>{fileName(entry.path)}</Link> : fileName(entry.path)}
                    </Text>
                  </Table.Td>
                  <What entry={entry} />
                  <Table.Td data-number c="dimmed">
                    <Ago ms={entry.created_at_ms} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        );
      }}
    </Loaded>
  );
}
