// The figures of /metrics with real work behind them: the format as Prometheus reads it (exposition format 0.0.4), and what each
// figure of the governor, the watches and the jobs says.
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { type Json, makeLongFilm, pacedFfmpeg, Server, temporaryDirectory, until, working } from "./harness.ts";

const film = join(temporaryDirectory(), "film.mkv");
before(() => makeLongFilm(film, 20));

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}
interface Family {
  help: string;
  type: string;
  samples: Sample[];
}

const unescape = (text: string): string => text.replace(/\\(.)/g, (_, it: string) => (it === "n" ? "\n" : it));

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest) {
    const found = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    assert.ok(found, `labels: ${line}`);
    assert.ok(!((found[1] as string) in labels), `a label twice: ${line}`);
    labels[found[1] as string] = unescape(found[2] as string);
    rest = rest.slice(found[0].length);
  }
  return labels;
}

function parseSample(line: string, family: string, type: string): Sample {
  const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  assert.ok(found, `a sample: ${line}`);
  const name = found[1] as string;
  const names = type === "histogram" ? ["_bucket", "_sum", "_count"].map((it) => family + it) : [family];
  assert.ok(names.includes(name), `${line} stands among the samples of ${family}`);
  const value = found[3] === "+Inf" ? Infinity : Number(found[3]);
  assert.ok(!Number.isNaN(value), `a number: ${line}`);
  return { name, labels: parseLabels(found[2] ?? "", line), value };
}

/** Fails on whatever Prometheus would refuse, or a careful reader would find wrong. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let name = "";
  let expected: "HELP" | "TYPE" | "SAMPLE" = "HELP";
  assert.ok(text.endsWith("\n"));
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (!comment) {
      assert.notEqual(expected, "TYPE", line);
      const family = families.get(name);
      assert.ok(family, `a sample before its family: ${line}`);
      const sample = parseSample(line, name, family.type);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      assert.ok(!seen.has(key), `twice: ${line}`);
      seen.add(key);
      family.samples.push(sample);
      expected = "SAMPLE";
    } else if (comment[1] === "HELP") {
      assert.notEqual(expected, "TYPE", line);
      name = comment[2] as string;
      assert.ok(!families.has(name), `${name} begins a second time`);
      families.set(name, { help: comment[3] as string, type: "", samples: [] });
      expected = "TYPE";
    } else {
      assert.deepEqual([expected, comment[2]], ["TYPE", name], line);
      (families.get(name) as Family).type = comment[3] as string;
      expected = "SAMPLE";
    }
  }
  return families;
}

/** Of each series: its bounds grow to +Inf, and its counts with them, to the count of all. */
function checkHistogram(name: string, family: Family): void {
  const series = new Map<string, Sample[]>();
  for (const sample of family.samples) {
    const { le: _, ...others } = sample.labels;
    const key = JSON.stringify(others);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, samples] of series) {
    const buckets = samples.filter((it) => it.name.endsWith("_bucket"));
    const bounds = buckets.map((it) => (it.labels.le === "+Inf" ? Infinity : Number(it.labels.le)));
    const counts = buckets.map((it) => it.value);
    const growing = (values: number[]): number[] => [...values].sort((a, b) => a - b);
    assert.deepEqual(bounds, growing(bounds), `${name} ${key}`);
    assert.equal(bounds.at(-1), Infinity, `${name} ${key}`);
    assert.deepEqual(counts, growing(counts), `${name} ${key}`);
    assert.equal(counts.at(-1), samples.find((it) => it.name.endsWith("_count"))?.value, `${name} ${key}`);
    assert.equal(samples.filter((it) => it.name.endsWith("_sum")).length, 1, `${name} ${key}`);
  }
}

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** A window that is shut now and for two days, whatever zone is meant. */
const shutNow = (): Json[] => [{ days: [days[(new Date().getUTCDay() + 6 + 3) % 7]], start: "12:00", end: "13:00" }];

test("the figures say what the governor, the watches and the jobs do, in the format of Prometheus", async () => {
  const server = await Server.start({ args: ["--ffmpeg", pacedFfmpeg(1), "--watching", "true", "--settle-s", "1"] });
  await server.quickProfile();
  const addRoot = async (more: Json): Promise<[number, string]> => {
    const own = temporaryDirectory();
    copyFileSync(film, join(own, "film.mkv"));
    const root = await server.addRoot(own, "quick", more);
    assert.equal((await server.scan(root)).state, "done");
    return [root, own];
  };
  const [heard, heardIn] = await addRoot({ watch: "inotify" });
  const [polled] = await addRoot({ watch: "poll" });
  const [frozen, frozenIn] = await addRoot({ watch: "off" });
  // Neither is exceeded: the tests need more room on the disk, and there is more memory.
  await server.call("PUT", "/settings", { limit_rules: ["disk=0.1/0.2", "memory=1/2"] });
  await server.enqueue({ root: frozen });
  await until("the encoder runs", () => working(frozenIn).length === 1);
  const { id } = await server.call("POST", "/schedules", { name: "Shut", zone: "Europe/Berlin", at_end: "freeze", windows: shutNow() });
  await server.call("PATCH", `/roots/${frozen}`, { schedule_id: id });
  await until("the encoder stands still", () => working(frozenIn).some((it) => it.state === "T"));
  // A film that somebody still fetches waits.
  writeFileSync(join(heardIn, "new.mkv.aria2"), "");
  copyFileSync(film, join(heardIn, "new.mkv"));

  const figures = async (): Promise<Map<string, Family>> => parse(await (await server.raw("/metrics")).text());
  const valueOf = (families: Map<string, Family>, name: string, labels: Record<string, string>): number | undefined => {
    const family = [...families.values()].find((it) => it.samples.some((sample) => sample.name === name));
    return family?.samples.find((it) => it.name === name && JSON.stringify(Object.entries(it.labels).sort()) === JSON.stringify(Object.entries(labels).sort()))?.value;
  };
  const of = (root: number, more: Record<string, string> = {}): Record<string, string> => ({ root: String(root), ...more });
  const waiting = await until("the figures have settled", async () => {
    const now = await figures();
    const has = (name: string, labels: Record<string, string>, value: number): boolean => valueOf(now, name, labels) === value;
    const settled = has("reeve_watch_waiting_files", of(heard), 1) && has("reeve_watch_mode", of(polled, { mode: "poll" }), 1) && has("reeve_jobs_frozen", {}, 1);
    const measured = ["disk", "memory"].every((measure) => valueOf(now, "reeve_governor_limit_value", { measure }) !== undefined);
    return settled && measured ? now : undefined;
  });

  const positive = (value: number): boolean => value > 0;
  const rows: [family: string, type: string, labels: Record<string, string>, value: number | ((value: number) => boolean), suffix?: string][] = [
    ["reeve_governor_may_start", "gauge", { root: "other" }, 1],
    ["reeve_governor_may_start", "gauge", of(frozen), 0],
    ["reeve_governor_frozen", "gauge", { root: "other" }, 0],
    ["reeve_governor_frozen", "gauge", of(frozen), 1],
    ["reeve_governor_limit_value", "gauge", { measure: "disk" }, positive],
    ["reeve_governor_limit_value", "gauge", { measure: "memory" }, (value) => value > 0 && value < 100],
    ["reeve_governor_limit_stand", "gauge", { measure: "disk" }, 0],
    ["reeve_governor_limit_stand", "gauge", { measure: "memory" }, 0],
    ["reeve_governor_slots", "gauge", {}, -1],
    ["reeve_jobs_frozen", "gauge", {}, 1],
    ["reeve_jobs", "gauge", { state: "running" }, 1],
    ["reeve_watch_directories", "gauge", of(heard), 1],
    ["reeve_watch_directories", "gauge", of(polled), 0],
    ["reeve_watch_waiting_files", "gauge", of(heard), 1],
    ["reeve_watch_waiting_files", "gauge", of(polled), 0],
    ["reeve_watch_mode", "gauge", of(heard, { mode: "inotify" }), 1],
    ["reeve_watch_mode", "gauge", of(polled, { mode: "poll" }), 1],
    ["reeve_watch_mode", "gauge", of(frozen, { mode: "off" }), 1],
    ["reeve_library_files", "gauge", { state: "known" }, 3],
    ["reeve_event_streams", "gauge", {}, 0],
    ["reeve_job_duration_seconds", "histogram", { kind: "scan", outcome: "done" }, 3, "_count"],
    ["reeve_http_requests_total", "counter", { method: "GET", route: "/metrics", status: "200" }, positive],
  ];
  for (const [name, type, labels, expected, suffix = ""] of rows) {
    const family = waiting.get(name);
    const words = `${name} ${JSON.stringify(labels)}`;
    assert.ok(family, `${name} is missing`);
    assert.equal(family.type, type, name);
    assert.match(family.help, /^[A-Z0-9].*\.$/, `${name}: a sentence`);
    const value = valueOf(waiting, name + suffix, labels);
    assert.ok(value !== undefined, `${words} is missing among ${JSON.stringify(family.samples)}`);
    if (typeof expected === "number") assert.equal(value, expected, words);
    else assert.ok(expected(value), `${words} is ${value}`);
  }
  for (const [name, family] of waiting) {
    assert.ok(["counter", "gauge", "histogram"].includes(family.type), name);
    assert.ok(family.samples.length > 0, `${name} has no sample`);
    assert.equal(name.endsWith("_total"), family.type === "counter", `${name} is a ${family.type}`);
    if (family.type === "counter") assert.ok(family.samples.every((it) => it.value >= 0), name);
    if (family.type === "histogram") checkHistogram(name, family);
  }
  await server.stop();
});
