import { useInfiniteQuery } from "@tanstack/react-query";
import { historyQuery } from "../../api/queries.ts";
import { IconHistory, IconSearch } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { MoreButton } from "../../parts/MoreButton.tsx";
import { Page } from "../../parts/Page.tsx";
import { SearchBox } from "../../parts/SearchBox.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { HistoryTable } from "./HistoryTable.tsx";

export default function History() {
  const url = useUrlState();
  const q = url.get("q");
  const query = useInfiniteQuery(historyQuery(q ? { q } : {}));
  return (
    <Page
      title="History"
      description="What was done to files. An original can be brought back while it is in the trash, marks of tracks at any time."
      actions={<SearchBox label="Search names and folders" value={q ?? ""} onSearch={(text) => url.set({ q: text })} />}
    >
      <Card flush>
        <Loaded query={query}>
          {(data) => {
            const entries = data.pages.flatMap((page) => page.items);
            if (entries.length > 0) return <HistoryTable entries={entries} />;
            return q ? (
              <EmptyState icon={IconSearch} title="Nothing is found">
                No file that was replaced or changed has “{q}” in its path.
              </EmptyState>
            ) : (
              <EmptyState icon={IconHistory} title="Nothing done yet">
                When a transcode has ended well or a default track was set, it stands here, with a button that takes it back.
              </EmptyState>
            );
          }}
        </Loaded>
        <MoreButton query={query} />
      </Card>
    </Page>
  );
}
