// The server as an operator meets it: who owns a data directory, a database that comes and goes, signals, what happens to running
// encodes, several servers on one database, events, systemd, and how much it takes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { assertPlays, databases, filesBelow, freePort, type Json, leftovers, makeFilm, makeLongFilm, pacedFfmpeg, PostgresServer, postgres, quickFfmpeg, releaseBinary, run, Server, temporaryDirectory, until, working } from "./harness.ts";

const media = temporaryDirectory();
before(async () => {
  await makeFilm(join(media, "film.mkv"), { seconds: 1 });
  await makeLongFilm(join(media, "long.mkv"));
});

let pacedProgram: string | undefined;
/** Real time: the long film takes six seconds. */
const paced = (): string => (pacedProgram ??= pacedFfmpeg());

function makeLibrary(names: string[]): string {
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  for (const name of names) copyFileSync(join(media, name.startsWith("long") ? "long.mkv" : "film.mkv"), join(library, name));
  return library;
}

/** A server with a library of one long film, and its encode under way. */
async function encoding(options: { database?: string | undefined; args?: string[]; pace?: number } = {}): Promise<{ server: Server; library: string; path: string; root: number; job: number; original: Buffer }> {
  const library = makeLibrary(["long.mkv"]);
  const path = join(library, "long.mkv");
  const server = await Server.start({ ...options, args: ["--ffmpeg", options.pace ? pacedFfmpeg(options.pace) : paced(), ...(options.args ?? [])] });
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  assert.equal((await server.scan(root)).state, "done");
  const [job] = await server.enqueue({ root });
  await until("the encode is under way", async () => ((await server.call("GET", `/jobs/${job}`)).progress as number) > 0.01);
  assert.ok(working(library).length > 0);
  return { server, library, path, root, job: job as number, original: readFileSync(path) };
}

/** What must hold once such a job is done, however often it was interrupted. */
async function assertDone(server: Server, library: string, job: number): Promise<void> {
  const done = await server.job(job);
  assert.equal(done.state, "done", JSON.stringify(done));
  assert.deepEqual(filesBelow(library), ["long.mkv"]);
  assert.deepEqual(leftovers(library), []);
  await assertPlays(join(library, "long.mkv"));
  assert.equal((await server.all("/history")).length, 1);
}

describe("the data directory", () => {
  test("has one server; a second one says who holds it and goes", async () => {
    const first = await Server.start();
    const second = await first.again({ early: true });
    assert.equal((await second.exited).code, 4);
    assert.match(second.log, new RegExp(`in use by another reeve.*${first.process.pid}`));
    assert.equal((await first.request("GET", "/stats")).status, 200);
    await first.stop();
    const third = await first.again();
    await third.stop();
  });

  test("a port that is taken is named", async () => {
    const first = await Server.start();
    const second = await Server.start({ early: true, keyless: true, args: ["--listen", new URL(first.url).host] });
    assert.notEqual((await second.exited).code, 0);
    assert.match(second.log, new RegExp(new URL(first.url).port));
    await first.stop();
  });
});

describe("PostgreSQL", () => {
  test("away at the start: alive, not ready, and up when it comes", async () => {
    const pg = await PostgresServer.start();
    const url = await pg.createDatabase();
    await pg.down();
    const server = await Server.start({ database: url, early: true, keyless: true });
    await until("it answers", async () => fetch(`${server.url}/health/live`).then((answer) => answer.status === 200, () => false));
    const ready = await server.request("GET", "/health/ready");
    assert.equal(ready.status, 503);
    assert.match(ready.body.detail as string, /database/i);
    assert.ok(ready.headers.get("Retry-After"));
    assert.equal((await server.request("GET", "/stats")).status, 503);
    await until("the log says that it tries again", () => /tried again in/.test(server.log));
    await pg.up();
    await server.ready();
    assert.equal((await fetch(`${server.url}/health/ready`).then((answer) => answer.json() as Promise<Json>)).database, "postgresql");
    await server.stop();
    // Waiting is no reason not to end gracefully.
    await pg.down();
    const waiting = await Server.start({ database: url, early: true, keyless: true });
    await until("the log says that it tries again", () => /tried again in/.test(waiting.log));
    await waiting.stop();
  });

  test("restarted under a running encode: not ready meanwhile, and nothing is lost", async () => {
    const pg = await PostgresServer.start();
    const { server, library, job } = await encoding({ database: await pg.createDatabase() });
    await pg.down();
    await until("it says that it is not ready", async () => (await fetch(`${server.url}/health/ready`)).status === 503);
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200);
    await pg.up();
    await server.ready();
    await assertDone(server, library, job);
    await server.stop();
  });
});

for (const database of databases) {
  describe(`a running encode on ${database.name}`, () => {
    test("goes back to the queue at SIGTERM and is done after the restart", async () => {
      const { server, library, path, job, original } = await encoding({ database: await database.fresh() });
      await server.stop();
      assert.deepEqual(working(library), []);
      assert.ok(readFileSync(path).equals(original));
      assert.deepEqual(leftovers(library), []);
      const next = await server.again();
      await assertDone(next, library, job);
      assert.equal((await next.call("GET", `/jobs/${job}`)).attempts, 1, "a graceful stop is no failed attempt");
      await next.stop();
    });

    test("dies with the server, and runs again", async () => {
      const { server, library, job } = await encoding({ database: await database.fresh() });
      await server.kill();
      await until("the encoder is gone", () => working(library).length === 0, 15_000);
      const next = await server.again();
      await assertDone(next, library, job);
      await next.stop();
    });

    test("is frozen by pause, goes on by resume, and ends by cancel", async () => {
      // Slowly: ffmpeg makes up for the time that it stood still.
      const { server, library, path, job, original } = await encoding({ database: await database.fresh(), pace: 0.2 });
      await server.call("POST", `/jobs/${job}/pause`);
      await server.job(job, ["paused"]);
      await until("the encoder is frozen", () => working(library).length > 0 && working(library).every((it) => it.state === "T"), 15_000);
      const frozen = (await server.call("GET", `/jobs/${job}`)).progress as number;
      await server.call("POST", `/jobs/${job}/resume`);
      await until("the encoder goes on", () => working(library).length > 0 && working(library).every((it) => it.state !== "T"), 15_000);
      await until("and gets further", async () => ((await server.call("GET", `/jobs/${job}`)).progress as number) > frozen);
      await server.call("POST", `/jobs/${job}/cancel`);
      const cancelled = await server.job(job);
      assert.equal(cancelled.state, "cancelled");
      assert.deepEqual(working(library), []);
      assert.deepEqual(filesBelow(library, true), ["long.mkv"]);
      assert.ok(readFileSync(path).equals(original));
      // Cancelled while frozen: it ends, too.
      await server.call("POST", `/jobs/${job}/retry`);
      await until("it runs again", () => working(library).length > 0);
      await server.call("POST", `/jobs/${job}/pause`);
      await until("the encoder is frozen again", () => working(library).length > 0 && working(library).every((it) => it.state === "T"), 15_000);
      await server.call("POST", `/jobs/${job}/cancel`);
      assert.equal((await server.job(job)).state, "cancelled");
      await until("the encoder is gone", () => working(library).length === 0, 15_000);
      assert.deepEqual(filesBelow(library, true), ["long.mkv"]);
      await server.stop();
    });
  });
}

test("--stop finish: a running encode is finished first, and progress can be watched until then", async () => {
  const { server, library, job } = await encoding({ args: ["--stop", "finish"] });
  server.process.kill("SIGTERM");
  await until("the log says so", () => /finished first/.test(server.log));
  assert.equal((await server.request("GET", `/jobs/${job}`)).status, 200);
  assert.equal((await server.exited).code, 0, server.log);
  const next = await server.again();
  assert.equal((await next.call("GET", `/jobs/${job}`)).state, "done");
  assert.deepEqual(leftovers(library), []);
  await next.stop();
});

test("two servers on one PostgreSQL share the queue, and no job runs twice", async () => {
  const database = await (await postgres()).createDatabase();
  const library = makeLibrary(Array.from({ length: 10 }, (_, i) => `film ${i}.mkv`));
  const one = await Server.start({ database });
  const two = await Server.start({ database, key: one.key });
  await one.quickProfile();
  const root = await two.addRoot(library, "quick");
  assert.equal((await one.scan(root)).state, "done");
  const owners = new Set<string>();
  const ids = await two.enqueue({ root });
  assert.equal(ids.length, 10);
  const ended = new Set(["done", "failed", "skipped", "cancelled"]);
  await until("all are done", async () => {
    const jobs = await one.all("/jobs?kind=transcode");
    for (const job of jobs) if (job.lease_owner) owners.add(job.lease_owner as string);
    return jobs.every((job) => ended.has(job.state as string));
  });
  const jobs = await two.all("/jobs?kind=transcode");
  assert.ok(jobs.every((job) => job.state === "done" && job.attempts === 1), JSON.stringify(jobs.map((job) => [job.state, job.attempts, job.error])));
  assert.equal((await one.all("/history")).length, 10);
  assert.equal(owners.size, 2, `both servers worked: ${[...owners].join()}`);
  assert.deepEqual(leftovers(library), []);
  await Promise.all([one.stop(), two.stop()]);
});

test("a server that dies leaves its work to the other one on the same PostgreSQL", async () => {
  const database = await (await postgres()).createDatabase();
  const { server, library, job } = await encoding({ database });
  const other = await Server.start({ database, key: server.key });
  await server.kill();
  await assertDone(other, library, job);
  await other.stop();
});

test("events tell of jobs and their progress as it happens, and a reader that comes back misses nothing", async () => {
  const library = makeLibrary(["long.mkv"]);
  const server = await Server.start({ args: ["--ffmpeg", paced()] });
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const stop = new AbortController();
  const response = await fetch(`${server.url}/api/v1/events`, { headers: { "X-Api-Key": server.key }, signal: stop.signal });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/event-stream/);
  const [id] = await server.enqueue({ root });
  const progress: number[] = [];
  const states = new Set<string>();
  let lastId = "";
  let text = "";
  assert.ok(response.body);
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string | undefined => block.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
      lastId = field("id") ?? lastId;
      if (field("event") !== "job") continue;
      const job = JSON.parse(field("data") ?? "{}") as Json;
      if (job.id !== id) continue;
      states.add(job.state as string);
      if (typeof job.progress === "number") progress.push(job.progress);
    }
    if (states.has("done")) break;
  }
  stop.abort();
  assert.ok(states.has("running"), [...states].join());
  assert.ok(new Set(progress).size >= 3, `progress ${progress.join()}`);
  assert.deepEqual(progress, progress.toSorted((a, b) => a - b), "progress only grows");
  assert.match(lastId, /^\d+$/);
  // What happens while a reader is away is told when it comes back with the last id that it saw.
  const scan = await server.scan(root);
  const again = new AbortController();
  const back = await fetch(`${server.url}/api/v1/events`, { headers: { "X-Api-Key": server.key, "Last-Event-ID": lastId }, signal: again.signal });
  let seen = "";
  assert.ok(back.body);
  for await (const chunk of back.body.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (seen.includes(`"id":${scan.id as number}`) && seen.includes('"done"')) break;
  }
  again.abort();
  await server.stop();
});

test("systemd is told when it is ready and when it stops, and the watchdog is fed", async () => {
  const socket = join(temporaryDirectory(), "notify");
  const listener = spawn("python3", [
    "-c",
    `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)`,
    socket,
  ], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    let told = "";
    listener.stdout.setEncoding("utf8").on("data", (text: string) => (told += text));
    await until("the listener is there", () => told.includes("bound"));
    const server = await Server.start({ env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "400000" } });
    await until("READY=1", () => told.includes("READY=1"), 10_000);
    await until("the watchdog is fed, and again", () => told.split("WATCHDOG=1").length > 3, 10_000);
    assert.match(told, /STATUS=Serving on http/);
    await server.stop();
    await until("STOPPING=1", () => told.includes("STOPPING=1"), 10_000);
  } finally {
    listener.kill("SIGKILL");
  }
});

test("a second signal ends it at once", async () => {
  const { server, library, job } = await encoding({ args: ["--stop", "finish"] });
  server.process.kill("SIGTERM");
  await until("it stops", () => /finished first/.test(server.log));
  server.process.kill("SIGTERM");
  await server.exited;
  await until("the encoder is gone", () => working(library).length === 0, 15_000);
  const next = await server.again();
  await assertDone(next, library, job);
  await next.stop();
});

test("the release build starts fast and takes little", async (t) => {
  const library = makeLibrary(Array.from({ length: 40 }, (_, i) => `film ${i}.mkv`));
  const data = join(temporaryDirectory(), "data");
  const key = await Server.makeKey(data, undefined, "admin", releaseBinary);
  const port = await freePort();
  const began = process.hrtime.bigint();
  const server = await Server.start({ data, key, binary: releaseBinary, early: true, args: ["--listen", `127.0.0.1:${port}`] });
  const url = `http://127.0.0.1:${port}`;
  await until("it is ready", async () => fetch(`${url}/health/ready`).then((answer) => answer.status === 200, () => false), 10_000);
  const ms = Number(process.hrtime.bigint() - began) / 1e6;
  t.diagnostic(`ready after ${ms.toFixed(0)} ms, as seen by a poll every 40 ms`);
  assert.ok(ms < 3000);
  const ask = async (method: string, path: string, body?: Json): Promise<Json> => {
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers: { "X-Api-Key": key }, ...(body ? { body: JSON.stringify(body) } : {}) });
    assert.ok(answer.status < 300, `${path} ${answer.status}`);
    return (await answer.json()) as Json;
  };
  const resident = (): number => Number(readFileSync(`/proc/${server.process.pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB/m)?.[1]) / 1024;
  await until("its encoders are known", () => /Encoders that work/.test(server.log));
  const idle = resident();
  t.diagnostic(`idle: ${idle.toFixed(1)} MiB resident`);
  const { id } = await ask("POST", "/roots", { path: library, profile: "hevc" });
  const { job } = await ask("POST", `/roots/${id as number}/scan`);
  await until("the scan is done", async () => (await ask("GET", `/jobs/${job as number}`)).state === "done");
  const after = resident();
  t.diagnostic(`after a scan of 40 files: ${after.toFixed(1)} MiB resident`);
  assert.ok(idle < 45, `${idle} MiB idle`);
  assert.ok(after < 60, `${after} MiB after a scan`);
  await server.stop();
});

test("a missing ffmpeg does not keep it from starting; transcodes wait, and it says why", async () => {
  const library = makeLibrary(["film.mkv"]);
  const server = await Server.start({ args: ["--ffmpeg", "/nonexistent/ffmpeg"] });
  const root = await server.addRoot(library, "hevc");
  assert.equal((await server.scan(root)).state, "done");
  const [job] = await server.enqueue({ root });
  await until("it says so", () => /ffmpeg/.test(server.log));
  assert.equal((await server.call("GET", `/jobs/${job}`)).state, "pending");
  const plan = await server.request("POST", "/jobs", { kind: "transcode", root, dry_run: true });
  assert.ok(plan.status >= 400 && /ffmpeg/.test(plan.body.detail as string), JSON.stringify(plan.body));
  await server.stop();
  const again = await server.again();
  assert.equal((await again.job(job as number)).state, "done");
  await again.stop();
});

test("the encoder that crashes, or says nothing useful, fails the job with its words and leaves the original", async () => {
  const library = makeLibrary(["film.mkv"]);
  const original = readFileSync(join(library, "film.mkv"));
  const programs = temporaryDirectory();
  const broken = join(programs, "ffmpeg");
  // It proves its encoders, and then breaks on real work.
  writeFileSync(broken, `#!/bin/sh\ncase "$*" in *${library}*) echo "Conversion failed for the test" >&2; kill -SEGV $$ ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  await run("chmod", ["755", broken]);
  const server = await Server.start({ args: ["--ffmpeg", broken] });
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const [id] = await server.enqueue({ root });
  const job = await until("the first attempt failed", async () => {
    const it = await server.call("GET", `/jobs/${id}`);
    return (it.state === "failed" || it.error) && it.state !== "running" ? it : undefined;
  });
  assert.match(job.error as string, /Conversion failed for the test|SIGSEGV|signal/i);
  assert.ok(readFileSync(join(library, "film.mkv")).equals(original));
  assert.deepEqual(filesBelow(library, true), ["film.mkv"]);
  const log = await server.all(`/jobs/${id}/log`);
  assert.ok(log.some((line) => line.level === "error"), JSON.stringify(log));
  await server.stop();
});
