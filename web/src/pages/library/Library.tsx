// All files: search, filters, sorting, columns, and transcoding what is selected.
import { Button, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import { filesQuery, rootsQuery, statsQuery } from "../../api/queries.ts";
import { useMay } from "../../app/session.ts";
import { formatBytes, formatCount, formatCounted } from "../../format.ts";
import { IconFolders, IconSearch } from "../../icons.ts";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Bones, Failure } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { columns, presetColumns } from "./columns.tsx";
import { FileTable, type Order } from "./FileTable.tsx";
import { FILTER_NAMES, filterOf, Filters } from "./Filters.tsx";
import { TranscodeBar } from "./TranscodeBar.tsx";

const SORTS: readonly Order["sort"][] = ["path", "size", "found", "duration", "bit_rate"];

function NoFiles({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const roots = useQuery(rootsQuery);
  const mayAdd = useMay("admin");
  if (filtered)
    return (
      <EmptyState icon={IconSearch} title="No file is like that" action={<Button variant="default" onClick={onClear}>Clear search and filters</Button>}>
        Fewer or other words may find what you look for.
      </EmptyState>
    );
  return (
    <EmptyState icon={IconFolders} title="The library is empty" action={mayAdd && <Button component={Link} href={roots.data?.items.length ? "/roots" : "/roots?add=root"}>{roots.data?.items.length ? "Scan a root" : "Add a root"}</Button>}>
      Files appear here when a root is scanned. Nothing in it is changed until you ask for it.
    </EmptyState>
  );
}

export default function Library() {
  const url = useUrlState();
  const mayOperate = useMay("operator");
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const stats = useQuery(statsQuery);

  const sort = SORTS.find((each) => each === url.get("sort")) ?? "path";
  const order: Order = { sort, descending: url.get("descending") === "true" };
  const filter = { ...filterOf(url), sort: order.sort, ...(order.descending ? { descending: true } : {}) };
  const query = useInfiniteQuery(filesQuery(filter));
  const files = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);

  const shown = url.get("columns")?.split(",") ?? presetColumns;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <Page
      title="Library"
      fill
      description={stats.data && `${formatCounted(stats.data.files, "file")}, ${formatBytes(stats.data.library_bytes)}`}
    >
      <Filters url={url} shown={shown} onColumns={(ids) => url.set({ columns: ids.join(",") === presetColumns.join(",") ? undefined : ids.join(",") })} />
      {selected.size > 0 && <TranscodeBar files={files.filter((file) => selected.has(file.id))} onDone={() => setSelected(new Set())} />}
      {query.error ? (
        <Failure error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Bones rows={12} height={22} />
      ) : files.length === 0 ? (
        <NoFiles filtered={FILTER_NAMES.some((name) => url.get(name) !== undefined)} onClear={() => url.set(Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined])))} />
      ) : (
        <>
          <FileTable
            files={files}
            columns={columns.filter((column) => shown.includes(column.id))}
            order={order}
            onOrder={(next) => url.set({ sort: next.sort === "path" ? undefined : next.sort, descending: next.descending ? "true" : undefined })}
            selected={mayOperate ? selected : null}
            onSelect={setSelected}
            hasMore={hasNextPage}
            loadMore={loadMore}
          />
          <Text size="xs" c="dimmed" className="numbers" role="status">
            {hasNextPage ? `${formatCount(files.length)} loaded; more follow as you scroll` : formatCounted(files.length, "file")}
          </Text>
        </>
      )}
    </Page>
  );
}
