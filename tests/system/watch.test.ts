// Watching roots and checking files, with a real server: what comes is taken, what goes is noticed, what is damaged is found.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type Database, databases, type Json, makeFilm, reeve, Server, temporaryDirectory, until } from "./harness.ts";

const films = temporaryDirectory();
const film = join(films, "film.mkv");
const damaged = join(films, "damaged.mkv");
const WATCHING = ["--watching", "true", "--settle-s", "1"];

before(async () => {
  await makeFilm(film);
  const bytes = readFileSync(film);
  for (let at = Math.floor(bytes.length / 2); at < bytes.length / 2 + 1500 && at < bytes.length; at += 7) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x5a, at);
  writeFileSync(damaged, bytes);
});

const filesOf = async (server: Server, query = ""): Promise<Json[]> => (await server.call("GET", `/files?limit=500${query}`)).items as Json[];
const watchOf = async (server: Server, root: number): Promise<Json> => ((await server.call("GET", "/watches")).items as Json[]).find((it) => it.root_id === root) as Json;
const fileAt = async (server: Server, path: string): Promise<Json | undefined> => (await filesOf(server)).find((it) => it.path === path);

interface World {
  server: Server;
  own: string;
  root: number;
}

/** A root with one film, watched. */
async function world(database: Database, settings: Json = {}): Promise<World> {
  const server = await Server.start({ database: await database.fresh(), args: WATCHING });
  await server.quickProfile();
  const own = temporaryDirectory();
  copyFileSync(film, join(own, "first.mkv"));
  const root = await server.addRoot(own, "quick");
  if (Object.keys(settings).length) await server.call("PATCH", `/roots/${root}`, settings);
  assert.equal((await server.scan(root)).state, "done");
  await until("the root is watched", async () => ["inotify", "poll"].includes((await watchOf(server, root)).mode));
  return { server, own, root };
}

for (const database of databases) {
  describe(`watching on ${database.name}`, () => {
    test("what comes, moves and goes is followed; what still grows waits, with its reason", async () => {
      const { server, own, root } = await world(database);
      assert.equal((await watchOf(server, root)).directories, 1);
      mkdirSync(join(own, "new/deep"), { recursive: true });
      copyFileSync(film, join(own, "new/deep/second.mkv"));
      const second = await until("the file is taken", () => fileAt(server, join(own, "new/deep/second.mkv")));
      assert.equal(second.state, "ready");
      const growing = openSync(join(own, "growing.mkv"), "w");
      writeSync(growing, readFileSync(film).subarray(0, 5000));
      const waiting = await until("the open file waits", async () => (await watchOf(server, root)).files.find((it: Json) => it.path.endsWith("growing.mkv")));
      assert.match(waiting.reason, /open for writing|just found|changed a moment ago/);
      assert.equal(await fileAt(server, join(own, "growing.mkv")), undefined);
      writeSync(growing, readFileSync(film).subarray(5000));
      closeSync(growing);
      assert.equal((await until("it is taken when it is whole", () => fileAt(server, join(own, "growing.mkv")))).state, "ready");
      renameSync(join(own, "new"), join(own, "renamed"));
      const moved = await until("the move is followed", () => fileAt(server, join(own, "renamed/deep/second.mkv")));
      assert.equal(moved.id, second.id);
      rmSync(join(own, "growing.mkv"));
      await until("the loss is noticed", async () => (await fileAt(server, join(own, "growing.mkv")))?.state === "missing");
      await until("nothing waits any more", async () => (await watchOf(server, root)).waiting === 0);
      await server.stop();
    });

    test("a root that encodes by itself queues what comes, and nothing else", async () => {
      const { server, own, root } = await world(database, { encode_new: true });
      copyFileSync(film, join(own, "came.mkv"));
      const came = await until("the file is taken", () => fileAt(server, join(own, "came.mkv")));
      const jobs = await until("its job is made", async () => {
        const items = (await server.call("GET", "/jobs?kind=transcode")).items as Json[];
        return items.length ? items : undefined;
      });
      assert.deepEqual(jobs.map((it) => it.file_id), [came.id]);
      assert.equal(jobs[0]?.root_id, root);
      await server.stop();
    });

    test("a root that disappears is frozen and keeps its files", async () => {
      const { server, own, root } = await world(database);
      renameSync(own, `${own}-away`);
      const frozen = await until("the root is frozen", async () => {
        const it = await server.call("GET", `/roots/${root}`);
        return it.state === "frozen" ? it : undefined;
      });
      assert.match(frozen.frozen_reason, /does not exist/);
      assert.match((await watchOf(server, root)).sentence, /frozen until somebody confirms it/);
      assert.deepEqual((await filesOf(server)).map((it) => it.state), ["ready"]);
      renameSync(`${own}-away`, own);
      await server.call("POST", `/roots/${root}/confirm`);
      assert.equal((await server.scan(root)).state, "done");
      await until("it is watched again", async () => (await watchOf(server, root)).mode === "inotify");
      await server.stop();
    });
  });
}

describe("watching", () => {
  test("the setting and the roots' settings hold at once", async () => {
    const { server, own, root } = await world(databases[0] as Database);
    await server.call("PATCH", `/roots/${root}`, { watch: "poll", poll_s: 10 });
    await until("it is polled", async () => (await watchOf(server, root)).mode === "poll");
    await server.call("PUT", "/settings", { watching: false });
    await until("it is not watched", async () => (await watchOf(server, root)).mode === "off");
    copyFileSync(film, join(own, "unseen.mkv"));
    await server.call("PUT", "/settings", { watching: true });
    await server.call("PATCH", `/roots/${root}`, { watch: "auto" });
    await until("what came meanwhile is taken", () => fileAt(server, join(own, "unseen.mkv")));
    const { status } = await server.request("PATCH", `/roots/${root}`, { watch: "sometimes" });
    assert.equal(status, 422);
    await server.stop();
  });

  test("no more watches: the root is polled, and says how to raise the limit", async () => {
    const server = await Server.start({ args: WATCHING, env: { REEVE_FAIL: "watch.add:*=ENOSPC" } });
    await server.quickProfile();
    const own = temporaryDirectory();
    const root = await server.addRoot(own, "quick");
    await server.call("PATCH", `/roots/${root}`, { poll_s: 10 });
    assert.equal((await server.scan(root)).state, "done");
    const it = await until("it is polled", async () => {
      const state = await watchOf(server, root);
      return state.mode === "poll" ? state : undefined;
    });
    assert.match(it.sentence, /fs\.inotify\.max_user_watches/);
    copyFileSync(film, join(own, "polled.mkv"));
    await until("the file is taken", () => fileAt(server, join(own, "polled.mkv")));
    await server.stop();
  });

  test("names that are not UTF-8, links in circles and unfinished names do no harm", async () => {
    const { server, own } = await world(databases[0] as Database);
    symlinkSync("..", join(own, "loop"));
    writeFileSync(Buffer.concat([Buffer.from(`${own}/bad `), Buffer.from([0xff]), Buffer.from(".mkv")]), "x");
    copyFileSync(film, join(own, "unfinished.mkv.part"));
    copyFileSync(film, join(own, "good.mkv"));
    await until("the good one is taken", () => fileAt(server, join(own, "good.mkv")));
    assert.deepEqual((await filesOf(server)).map((it) => it.path).sort(), [join(own, "first.mkv"), join(own, "good.mkv")]);
    await server.stop();
  });
});

for (const database of databases) {
  describe(`checks on ${database.name}`, () => {
    test("damage is found, listed with its place, and counted", async () => {
      const server = await Server.start({ database: await database.fresh() });
      await server.quickProfile();
      const own = temporaryDirectory();
      copyFileSync(film, join(own, "sound.mkv"));
      copyFileSync(damaged, join(own, "damaged.mkv"));
      const root = await server.addRoot(own, "quick");
      assert.equal((await server.scan(root)).state, "done");
      const { jobs } = await server.call("POST", "/jobs", { kind: "health", root });
      assert.equal(jobs.length, 2);
      for (const job of jobs) assert.equal((await server.job(job)).state, "done");
      assert.equal((await fileAt(server, join(own, "sound.mkv")))?.health, "ok");
      const [bad] = await filesOf(server, "&health=damaged");
      assert.equal(bad?.path, join(own, "damaged.mkv"));
      const detail = await server.call("GET", `/files/${bad?.id}`);
      assert.ok(detail.fault_count > 0 && detail.faults.length > 0 && detail.checked_at_ms > 0);
      assert.ok(detail.faults[0].at_ms >= 0 && detail.faults[0].message);
      assert.equal((await server.call("GET", "/stats")).files_damaged, 1);
      copyFileSync(film, join(own, "damaged.mkv")); // mended
      assert.equal((await server.scan(root)).state, "done");
      assert.equal((await server.call("GET", `/files/${bad?.id}`)).health, null);
      assert.equal((await server.call("GET", "/stats")).files_damaged, 0);
      await server.call("PATCH", `/roots/${root}`, { check_days: 30 });
      const { status } = await server.request("POST", "/jobs", { kind: "health", root, dry_run: true });
      assert.equal(status, 422);
      await server.stop();
    });
  });
}

test("reeve check needs no server, and keeps what it finds where a library knows the file", async () => {
  const data = temporaryDirectory();
  const alone = await reeve(["check", films, "--json"], { env: { REEVE_DATA: data } });
  assert.equal(alone.code, 13);
  const found = alone.stdout.trim().split("\n").map((line) => JSON.parse(line) as Json);
  assert.deepEqual(Object.fromEntries(found.map((it) => [it.path, it.health])), { [film]: "ok", [damaged]: "damaged" });
  assert.equal((await reeve(["check", film], { env: { REEVE_DATA: data } })).code, 0);
  assert.equal((await reeve(["check", "/nowhere/film.mkv"], { env: { REEVE_DATA: data } })).code, 3);
});

test("reeve schedules adds, changes and removes", async () => {
  const data = temporaryDirectory();
  const added = await reeve(["schedules", "add", "Nights", "--windows", "mon-fri 22:00-06:00, sat sun 00:00-24:00", "--zone", "Europe/Berlin"], { env: { REEVE_DATA: data } });
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, /Monday to Friday 22:00-06:00, Saturday and Sunday 00:00-24:00 \(Europe\/Berlin\)/);
  assert.equal((await reeve(["schedules", "add", "Nights", "--windows", "daily 01:00-02:00"], { env: { REEVE_DATA: data } })).code, 4);
  assert.match((await reeve(["schedules", "add", "Odd", "--windows", "someday 01:00-02:00"], { env: { REEVE_DATA: data } })).stderr, /is no window/);
  assert.equal((await reeve(["schedules", "edit", "Nights", "--zone", "Mars/Olympus"], { env: { REEVE_DATA: data } })).code, 2);
  assert.match((await reeve(["schedules", "edit", "Nights", "--windows", "daily 23:00-05:00", "--everywhere", "yes"], { env: { REEVE_DATA: data } })).stdout, /every day 23:00-05:00/);
  assert.match((await reeve(["schedules"], { env: { REEVE_DATA: data } })).stdout, /Nights.*everywhere/);
  assert.equal((await reeve(["schedules", "remove", "Nights"], { env: { REEVE_DATA: data } })).code, 0);
  assert.equal((await reeve(["schedules", "remove", "Nights"], { env: { REEVE_DATA: data } })).code, 3);
});
