// Schedules, a person's word against them and limits, with a real encode that is frozen and thawed; why a job does not run.
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { assertPlays, type Database, databases, type Json, makeLongFilm, pacedFfmpeg, reeve, Server, temporaryDirectory, until, working } from "./harness.ts";

const library = temporaryDirectory();
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

before(async () => {
  await makeLongFilm(join(library, "film.mkv"), 6);
});

/** Windows that are shut now and for two days, whatever zone is meant. */
function shutNow(): Json[] {
  return [{ days: [days[(new Date().getUTCDay() + 6 + 3) % 7]], start: "12:00", end: "13:00" }];
}

const openAlways: Json[] = [{ days, start: "00:00", end: "24:00" }];

interface World {
  server: Server;
  root: number;
  /** Makes the job for the film. */
  job: () => Promise<number>;
  /** The states of its encoder's processes, by /proc: T is stopped by a signal. */
  encoders: () => string[];
}

async function world(database: Database): Promise<World> {
  const server = await Server.start({ database: await database.fresh(), args: ["--ffmpeg", pacedFfmpeg(1)] });
  await server.quickProfile();
  const own = temporaryDirectory();
  copyFileSync(join(library, "film.mkv"), join(own, "film.mkv"));
  const root = await server.addRoot(own, "quick");
  assert.equal((await server.scan(root)).state, "done");
  return {
    server,
    root,
    job: async () => (await server.enqueue({ root }))[0] as number,
    encoders: () => working(own).map((it) => it.state),
  };
}

const why = async (server: Server, job: number): Promise<Json[]> => (await server.call("GET", `/jobs/${job}/why`)).reasons as Json[];

for (const database of databases) {
  describe(`governor on ${database.name}`, () => {
    test("a schedule that shuts freezes a running encode; what thaws it ends well", async () => {
      const { server, root, job, encoders } = await world(database);
      const schedule = { name: "Office", zone: "Europe/Berlin", everywhere: true, at_end: "freeze" };
      const { id } = await server.call("POST", "/schedules", { ...schedule, windows: openAlways });
      const running = await job();
      await until("the encoder runs", () => encoders().length === 1 && encoders()[0] !== "T");
      await server.call("PUT", `/schedules/${id}`, { ...schedule, windows: shutNow() });
      await until("the encoder stands still", () => encoders().includes("T"));
      const frozen = await until("why it stands still is written down", async () => {
        const it = await server.call("GET", `/jobs/${running}`);
        return it.waiting ? it : undefined;
      });
      assert.equal(frozen.state, "running");
      assert.match(frozen.waiting as string, /^The schedule "Office" lets work run .* \(Europe\/Berlin\); it is .*what ran is frozen until /);
      const [reason] = await why(server, running);
      assert.equal(reason?.code, "schedule");
      assert.ok((reason?.until_ms as number) > Date.now());
      const [worker] = (await server.call("GET", "/workers")).items as Json[];
      assert.equal(worker?.running[0].frozen, true);
      assert.match(worker?.running[0].waiting as string, /Office/);

      // The same is in force for everything that has no schedule of its own.
      const governor = await server.call("GET", "/governor");
      const row = (governor.workers[0].ruling.roots as Json[]).find((it) => it.root_id === null);
      assert.deepEqual([row?.may_start, row?.frozen, row?.rule], [false, true, "schedule"]);

      // A person's word thaws it, until the next edge.
      await server.call("POST", "/governor/override", { until: "edge", allow: true });
      await until("the encoder goes on", () => encoders().length === 1 && !encoders().includes("T"));
      await until("it has no reason to wait any more", async () => (await server.call("GET", `/jobs/${running}`)).waiting === null);
      await server.call("DELETE", "/governor/override");
      await until("the encoder stands still again", () => encoders().includes("T"));
      await until("that is written down too", async () => (await server.call("GET", `/jobs/${running}`)).waiting !== null);
      await server.call("DELETE", `/schedules/${id}`);
      const ended = await server.job(running);
      assert.equal(ended.state, "done", JSON.stringify(ended));
      assert.equal(ended.attempts, 1);
      const log = (await server.all(`/jobs/${running}/log`)).map((line) => line.message as string);
      assert.equal(log.filter((line) => line.startsWith("Frozen: The schedule")).length, 2);
      assert.equal(log.filter((line) => line.startsWith("May go on after")).length, 2);
      const film = (await server.all(`/files?root=${root}`))[0] as Json;
      assert.equal(film.video_codec, "hevc");
      await assertPlays(film.path as string);
      await server.stop();
    });

    test("outside its window nothing starts, what runs is finished, and each root has its own", async () => {
      const { server, root, job, encoders } = await world(database);
      const { id } = await server.call("POST", "/schedules", { name: "Rare", zone: "Asia/Tokyo", at_end: "drain", windows: shutNow() });
      assert.equal((await server.call("GET", `/schedules/${id}`)).zone, "Asia/Tokyo");
      await server.call("PATCH", `/roots/${root}`, { schedule_id: id });
      await until("the schedule is in force", async () => {
        const { workers } = await server.call("GET", "/governor");
        return (workers[0].ruling.roots as Json[]).some((it) => it.root_id === root && it.may_start === false && it.frozen === false);
      });
      const held = await job();
      const reasons = await why(server, held);
      assert.deepEqual(reasons.map((it) => it.code as string), ["schedule"], JSON.stringify(reasons));
      assert.match(reasons[0]?.sentence as string, /The schedule "Rare" .*Asia\/Tokyo/);
      const args = ["--data", server.data, ...(database.name === "SQLite" ? [] : ["--database", server.database ?? ""])];
      const told = await until("the command sees what the server reported", async () => {
        const { stdout, code } = await reeve(["jobs", "why", String(held), ...args]);
        return code === 0 && stdout.includes("Rare") ? stdout : undefined;
      });
      assert.match(told, /nothing is started until/);
      assert.equal((await server.call("GET", `/jobs/${held}`)).state, "pending");

      // By a command it runs, and drains when the word is taken back.
      const allowed = await reeve(["governor", "allow", "--hours", "1", ...args]);
      assert.equal(allowed.code, 0, allowed.stderr);
      assert.match(allowed.stdout, /^Somebody lets work run until /);
      await server.job(held, ["running"]);
      assert.equal((await why(server, held))[0]?.code, "running");
      await until("the encoder runs", () => encoders().length === 1);
      const shown = await reeve(["governor", ...args]);
      assert.match(shown.stdout, /Somebody lets work run/);
      assert.equal((await reeve(["governor", "clear", ...args])).code, 0);
      await until("the schedule holds again", async () => {
        const { workers, override } = await server.call("GET", "/governor");
        return override === null && (workers[0].ruling.roots as Json[]).some((it) => it.root_id === root && it.may_start === false);
      });
      assert.ok(!encoders().includes("T"), "what runs is finished");
      assert.equal((await server.job(held)).state, "done");
      assert.equal((await why(server, held))[0]?.code, "ended");
      assert.equal((await server.request("DELETE", `/schedules/${id}`)).status, 409);
      await server.stop();
    });

    test("a graceful stop does not wait for a frozen encode, and nothing is lost", async () => {
      const { server, job, encoders } = await world(database);
      const running = await job();
      await until("the encoder runs", () => encoders().length === 1);
      await server.call("POST", "/governor/override", { until: 1, allow: false });
      await until("the encoder stands still", () => encoders().includes("T"));
      await server.call("PUT", "/settings", { stop: "finish" });
      await server.stop();
      const again = await server.again({ args: ["--ffmpeg", pacedFfmpeg(4)] });
      assert.equal((await again.call("GET", `/jobs/${running}`)).state, "pending");
      assert.deepEqual((await why(again, running)).map((it) => it.code as string), ["override"]);
      await again.call("DELETE", "/governor/override");
      assert.equal((await again.job(running)).state, "done");
      await again.stop();
    });
  });
}

test("limits are settings; what contradicts itself is refused by name", async () => {
  const server = await Server.start();
  for (const rule of ["cpu=60/80", "memory=20/10", "warmth=1/2", "cpu=80", "cpu=101/50"]) {
    const answer = await server.request("PUT", "/settings", { limits: "balanced", limit_rules: [rule] });
    assert.equal(answer.status, 422, rule);
    assert.equal(answer.body.errors[0].field, "limit_rules.0", rule);
  }
  // Free space is never below an exabyte here: the limit is exceeded at once, since its dwell is nothing.
  await server.call("PUT", "/settings", { limit_rules: ["disk=900000/1000000"], limit_dwell_s: 0 });
  await server.quickProfile();
  await server.addRoot(temporaryDirectory(), "quick");
  const limited = await until("the limit is in force", async () => {
    const { workers } = await server.call("GET", "/governor");
    return workers[0].ruling.may_start === false ? (workers[0].ruling as Json) : undefined;
  });
  assert.match(limited.sentence as string, /^The free space of the fullest file system with a root is [\d.]+ GiB and was below 900000.0 GiB .*nothing is started/);
  assert.equal(limited.slots, null); // no job is frozen for that
  await server.call("PUT", "/settings", { limit_rules: null, limit_dwell_s: null });
  await until("the limit is gone", async () => (await server.call("GET", "/governor")).workers[0].ruling.may_start === true);
  await server.stop();
});
