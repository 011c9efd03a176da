import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { codecsQuery } from "../../api/queries.ts";
import { Shares } from "../../charts/Shares.tsx";
import { formatBytes, formatCodec, formatCounted } from "../../format.ts";
import { IconMovie } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Loaded } from "../../parts/Loaded.tsx";

const SHOWN = 5;

export function Codecs() {
  const query = useQuery(codecsQuery);
  return (
    <Card title="Codecs by size">
      <Loaded query={query} bones={<Skeleton height={140} />}>
        {({ items }) => {
          if (items.length === 0)
            return (
              <EmptyState small icon={IconMovie} title="No files yet">
                They appear after a root was scanned.
              </EmptyState>
            );
          const rest = items.slice(SHOWN);
          const shares = items.slice(0, SHOWN).map((item) => ({
            name: formatCodec(item.codec) === "–" ? "Unknown" : formatCodec(item.codec),
            value: item.size_bytes,
            shown: formatBytes(item.size_bytes),
            detail: formatCounted(item.files, "file"),
            ...(item.codec ? { href: `/library?codec=${encodeURIComponent(item.codec)}` } : {}),
          }));
          if (rest.length > 0) {
            const value = rest.reduce((sum, item) => sum + item.size_bytes, 0);
            shares.push({ name: "Others", value, shown: formatBytes(value), detail: formatCounted(rest.reduce((sum, item) => sum + item.files, 0), "file") });
          }
          return <Shares label="Size by codec" shares={shares} />;
        }}
      </Loaded>
    </Card>
  );
}
