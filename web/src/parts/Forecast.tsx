// What transcodes would come to, before they are asked for: what would be saved, how long it would take, what is left alone and why.
import { List, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { predictionQuery } from "../api/queries.ts";
import type { Prediction, Schemas } from "../api/types.ts";
import { formatBytes, formatCount, formatCounted, formatSpan } from "../format.ts";
import classes from "./Forecast.module.css";
import { Loaded } from "./Loaded.tsx";

const percent = (value: number): string => `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} %`;

/** How far predictions were off, in a sentence; undefined before enough were made. */
export function predictionsWereOff({ size_error_percent: size, time_error_percent: time }: Pick<Prediction, "size_error_percent" | "time_error_percent">): string | undefined {
  if (size === null) return undefined;
  return `Predicted sizes were off by ${percent(size)} at the median${time === null ? "" : `, predicted times by ${percent(time)}`}.`;
}

/** "410 to 460 GB", or the one number where both read the same. */
function range(low: string, high: string): string {
  if (low === high) return low;
  const [amount, unit] = low.split(/\s(?=\S+$)/u);
  return high.endsWith(unit ?? " ") && unit ? `${amount} to ${high}` : `${low} to ${high}`;
}

function Fact({ label, value, detail }: { label: string; value: string; detail: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
      <dd className={classes.detail}>{detail}</dd>
    </div>
  );
}

function Facts({ it }: { it: Prediction }) {
  const off = predictionsWereOff(it);
  const basis = it.based_on > 0 ? `By what ${formatCounted(it.based_on, "encode")} like these came to.` : "Nothing like these was encoded here yet, so the range is wide.";
  return (
    <Stack gap="xs">
      <dl className={classes.facts}>
        <Fact label="Worth it" value={formatCounted(it.files, "file")} detail={it.files_left > 0 ? `${formatCount(it.files_left)} left alone` : "none left alone"} />
        <Fact label="Saved" value={it.files > 0 ? range(formatBytes(it.saved_min_bytes), formatBytes(it.saved_max_bytes)) : "Nothing"} detail={`of ${formatBytes(it.bytes_before)}`} />
        <Fact
          label="Time here"
          value={it.seconds_min === null || it.seconds_max === null ? "Not known yet" : range(formatSpan(it.seconds_min * 1000), formatSpan(it.seconds_max * 1000))}
          detail={it.seconds === null ? "until some were encoded" : it.slots === 1 ? "one at a time" : `${it.slots} at a time`}
        />
      </dl>
      {it.left.length > 0 && (
        <List size="sm" c="dimmed" aria-label="Why files are left alone">
          {it.left.map((rest) => (
            <List.Item key={rest.code}>
              {formatCounted(rest.files, "file")}: {rest.reason}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="xs" c="dimmed">
        {it.files > 0 && `${basis} `}
        {it.looked_at < it.of_files && `${formatCount(it.looked_at)} of ${formatCounted(it.of_files, "file")} were looked at; the others are taken to be like them. `}
        {off}
      </Text>
    </Stack>
  );
}

export function Forecast({ request, mt }: { request: Schemas["PredictionInput"]; mt?: string }) {
  const query = useQuery({ ...predictionQuery(request), staleTime: 0 });
  return (
    <div className={classes.forecast} role="region" aria-label="Prediction" {...(mt ? { style: { marginTop: `var(--mantine-spacing-${mt})` } } : {})}>
      <Loaded query={query} bones={<Skeleton height={64} />}>
        {(it) => <Facts it={it} />}
      </Loaded>
    </div>
  );
}
