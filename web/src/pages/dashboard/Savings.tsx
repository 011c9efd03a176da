import { SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { savingsQuery, statsQuery } from "../../api/queries.ts";
import { AreaChart } from "../../charts/AreaChart.tsx";
import { formatBytes, formatDay } from "../../format.ts";
import { IconSparkles } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { predictionsWereOff } from "../../parts/Forecast.tsx";
import { Loaded } from "../../parts/Loaded.tsx";

const RANGES = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "365", label: "A year" },
];

export function Savings() {
  const [days, setDays] = useState("30");
  const query = useQuery(savingsQuery(Number(days)));
  const stats = useQuery(statsQuery);
  const off = stats.data && predictionsWereOff(stats.data);
  return (
    <Card title="Space saved over time" actions={<SegmentedControl size="xs" aria-label="Time shown" value={days} onChange={setDays} data={RANGES} />}>
      <Loaded query={query} bones={<Skeleton height={200} />}>
        {({ items }) => {
          let sum = 0;
          const points = items.map((item) => ({ label: formatDay(item.day), value: (sum += item.bytes_saved) }));
          return sum === 0 ? (
            <EmptyState small icon={IconSparkles} title="Nothing saved in this time">
              Each replaced file adds to this line.
            </EmptyState>
          ) : (
            <>
              <AreaChart title={`Space saved in the last ${days} days, added up by day`} points={points} format={formatBytes} />
              {off && (
                <Text size="sm" c="dimmed" mt="xs">
                  {off}
                </Text>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
