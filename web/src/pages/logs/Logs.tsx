// The server's last log lines, by level and module; new ones come by themselves while they are followed.
import { Anchor, Select, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { useLogEvents, type LogEvent } from "../../api/events.ts";
import { logsQuery, type LogFilter } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { formatDateTime, formatTime, formatWord } from "../../format.ts";
import { IconFileText } from "../../icons.ts";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { SearchBox } from "../../parts/SearchBox.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import classes from "./Logs.module.css";

type LogLine = Schemas["LogLine"];
type Level = NonNullable<LogFilter["level"]>;

const LEVELS: readonly Level[] = ["error", "warning", "info", "debug"];
const KEPT = 2000; // lines that are shown; older ones go

const isLine = (event: LogEvent): event is LogEvent & LogLine => typeof event.id === "number" && typeof event.message === "string" && typeof event.level === "string";

/** What has come since the page was asked for, as far as the filter lets it through. */
function useNewLines(filter: LogFilter, following: boolean): LogLine[] {
  const [lines, setLines] = useState<LogLine[]>([]);
  const { level, module } = filter;
  useEffect(() => setLines([]), [level, module, following]);
  const listen = useCallback(
    (event: LogEvent) => {
      if (!following || !isLine(event)) return;
      if (level && LEVELS.indexOf(event.level) > LEVELS.indexOf(level)) return;
      if (module && event.module !== module) return;
      setLines((before) => [...before, event].slice(-KEPT));
    },
    [following, level, module],
  );
  useLogEvents(listen);
  return lines;
}

function Line({ line }: { line: LogLine }) {
  return (
    <div className={classes.line} data-level={line.level}>
      <time dateTime={new Date(line.at_ms).toISOString()} title={formatDateTime(line.at_ms)}>
        {formatTime(line.at_ms)}
      </time>
      <span className={classes.level}>{line.level}</span>
      <span className={classes.module}>{line.module}</span>
      <span className={classes.message}>
        {line.message}
        {line.job !== null && (
          <Anchor component={Link} href={`/queue?job=${line.job}`} className={classes.job} underline="always">
            job {line.job}
          </Anchor>
        )}
      </span>
    </div>
  );
}

function Lines({ lines, following }: { lines: readonly LogLine[]; following: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const newest = lines.at(-1)?.id;
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [following, newest]);
  return (
    <div className={classes.lines} ref={box} tabIndex={0} role="log" aria-label="Log">
      {lines.map((line) => (
        <Line key={line.id} line={line} />
      ))}
    </div>
  );
}

export default function Logs() {
  const url = useUrlState();
  const [following, setFollowing] = useState(true);
  const level = LEVELS.find((each) => each === url.get("level"));
  const module = url.get("module");
  const text = url.get("q")?.toLowerCase() ?? "";
  const filter: LogFilter = { ...(level ? { level } : {}), ...(module ? { module } : {}) };
  const query = useQuery(logsQuery(filter));
  const more = useNewLines(filter, following);
  const lines = useMemo(() => {
    const known = query.data?.items ?? [];
    const newest = known.at(-1)?.id ?? 0;
    return [...known, ...more.filter((line) => line.id > newest)].filter((line) => text === "" || line.message.toLowerCase().includes(text)).slice(-KEPT);
  }, [query.data, more, text]);
  const modules = [...new Set([...lines.map((line) => line.module), ...(module ? [module] : [])])].sort();
  return (
    <Page
      title="Logs"
      fill
      description="The last lines of this server."
      actions={<Switch label="Follow" checked={following} onChange={(event) => setFollowing(event.currentTarget.checked)} />}
    >
      <div className={classes.filters}>
        <SearchBox label="Search in messages" value={url.get("q") ?? ""} onSearch={(q) => url.set({ q })} className={classes.search} />
        <Select aria-label="Level" placeholder="All levels" clearable clearButtonProps={{ "aria-label": "All levels" }} data={LEVELS.map((value) => ({ value, label: value === "error" ? "Errors" : `${formatWord(value)} and graver` }))} value={level ?? null} onChange={(value) => url.set({ level: value ?? undefined })} />
        <Select aria-label="Module" placeholder="All modules" clearable clearButtonProps={{ "aria-label": "All modules" }} data={modules} value={module ?? null} onChange={(value) => url.set({ module: value ?? undefined })} />
      </div>
      <Loaded query={query}>
        {() =>
          lines.length === 0 ? (
            <EmptyState icon={IconFileText} title="No lines">
              Nothing was logged that is like this. Other levels or modules may have more to say.
            </EmptyState>
          ) : (
            <>
              <Lines lines={lines} following={following} />
              <Text size="xs" c="dimmed">
                How much is logged is a setting: <Link href="/settings">log level, also by module</Link>.
              </Text>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
