// What the machine has to do besides: whoever sends a film wants to know how long it may take.
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { systemQuery } from "../../api/queries.ts";
import { formatBytes, formatPercent } from "../../format.ts";
import { Card } from "../../parts/Card.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Meter } from "../../parts/Meter.tsx";
import classes from "./Convert.module.css";

export function Load() {
  const query = useQuery(systemQuery);
  return (
    <Card title="The machine">
      <Loaded query={query} bones={<Skeleton height={70} />}>
        {(use) => (
          <div className={classes.meters}>
            {use.cpu_percent !== null && <Meter label="Processor" part={use.cpu_percent / 100} value={formatPercent(use.cpu_percent / 100)} />}
            {use.memory_total_bytes !== null && use.memory_available_bytes !== null && (
              <Meter label="Memory" part={1 - use.memory_available_bytes / use.memory_total_bytes} value={`${formatBytes(use.memory_available_bytes)} free`} />
            )}
          </div>
        )}
      </Loaded>
    </Card>
  );
}
