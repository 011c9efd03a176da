// The server dies, as by kill -9, at each point of a replacement and at random moments of an encode. After a restart exactly one
// good file has the library's name, nothing of Reeve's own lies about, the database says what the disk says, the job is done, and
// undo brings the very bytes back. Points come from REEVE_FAIL_TRACE: what a run passes is what the next runs die at.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { assertPlays, assertRowIsDisk, type Database, databases, filesBelow, type Json, leftovers, makeFilm, makeLongFilm, pacedFfmpeg, probe, quickFfmpeg, Server, temporaryDirectory, until, working } from "./harness.ts";

const media = temporaryDirectory();
before(async () => {
  await makeFilm(join(media, "film.mkv"), { seconds: 1, size: "192x108" });
  await makeFilm(join(media, "film.mp4"), { seconds: 1, size: "192x108" });
  await makeLongFilm(join(media, "long.mkv"));
});

interface Scenario {
  name: string;
  source: string;
  target: string;
  /** A directory on another file system for the trash. */
  trashBase?: string;
}

const scenarios: Scenario[] = [
  { name: "the same name", source: ".mkv", target: ".mkv" },
  { name: "another extension", source: ".mp4", target: ".mkv" },
  { name: "the trash on another file system", source: ".mkv", target: ".mkv", trashBase: "/dev/shm" },
];

function sameFileSystem(a: string, b: string): boolean {
  return !existsSync(a) || (statfsSync(a).type === statfsSync(b).type && statfsSync(a).blocks === statfsSync(b).blocks);
}

/** A library of equal films, scanned, its server stopped. */
class World {
  readonly library: string;
  readonly scenario: Scenario;
  readonly original: Buffer;
  private server: Server | undefined;
  root = 0;
  private used = 0;
  private ids = new Map<string, number>();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.library = join(temporaryDirectory(), "library");
    this.original = readFileSync(join(media, `film${scenario.source}`));
  }

  static async make(scenario: Scenario, database: Database, films: number): Promise<World> {
    const world = new World(scenario);
    mkdirSync(world.library);
    for (let i = 0; i < films; i++) copyFileSync(join(media, `film${scenario.source}`), join(world.library, `film ${i}${scenario.source}`));
    /* What is below /dev is the system's own, unless somebody says otherwise. */
    const args = scenario.trashBase ? ["--media-directories", `${world.library},${scenario.trashBase}`] : [];
    const server = await Server.start({ database: await database.fresh(), args });
    await server.quickProfile();
    const trash = scenario.trashBase ? { trash_path: temporaryDirectory("reeve-trash-", scenario.trashBase) } : {};
    world.root = await server.addRoot(world.library, "quick", trash);
    assert.equal((await server.scan(world.root)).state, "done");
    for (const file of await server.all("/files")) world.ids.set(file.path as string, file.id as number);
    await server.stop();
    world.server = server;
    return world;
  }

  async start(env: Record<string, string> = {}): Promise<Server> {
    assert.ok(this.server);
    return this.server.again({ env, args: ["--ffmpeg", quickFfmpeg("libx265")] });
  }

  /** The same, unless it dies before it is ready. */
  async startOrDie(env: Record<string, string>): Promise<Server | undefined> {
    try {
      return await this.start(env);
    } catch (error) {
      if (/the server ended/.test(String(error))) return undefined;
      throw error;
    }
  }

  id(film: string): number {
    const id = this.ids.get(this.path(film));
    assert.ok(id);
    return id;
  }

  /** The stem of a film that was not worked on yet. */
  next(): string {
    return `film ${this.used++}`;
  }

  path(film: string, extension = this.scenario.source): string {
    return join(this.library, `${film}${extension}`);
  }

  /** Which names the film has now. */
  names(film: string): string[] {
    return readdirSync(this.library).filter((name) => name.startsWith(`${film}.`));
  }
}

const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);

/** What one replacement passes, from the request to the end of the job, and how many points were passed before. */
async function passed(world: World): Promise<{ before: number; points: string[] }> {
  const trace = join(temporaryDirectory(), "trace");
  const server = await world.start({ REEVE_FAIL_TRACE: trace });
  const film = world.next();
  const file = await server.file(world.root, world.path(film));
  const before = lines(trace).length;
  const [job] = await server.transcode({ file: file.id });
  assert.equal(job?.state, "done", JSON.stringify(job));
  const points = lines(trace).slice(before);
  await server.stop();
  return { before, points };
}

/** Asks for the transcode of a film from a server that may die at any moment, and waits until it died or is done. */
async function tryTranscode(server: Server, file: number): Promise<void> {
  try {
    const [id] = await server.enqueue({ file });
    await until("the job ended or the server died", async () => {
      if (server.ended) return true;
      return !["pending", "running"].includes((await server.call("GET", `/jobs/${id}`)).state as string);
    });
  } catch (error) {
    if (!server.ended) await Promise.race([server.exited, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
    if (!server.ended) throw error;
  }
}

/** Asks for the transcode of a film where its steps fail, and waits until the first attempt is over. */
async function tryOnce(server: Server, file: number): Promise<void> {
  const [id] = await server.enqueue({ file });
  await until("the first attempt is over", async () => {
    const job = await server.call("GET", `/jobs/${id}`);
    return job.state !== "running" && (job.state !== "pending" || job.error || job.waiting);
  });
}

/** A job is done a moment before its directory beside the film is gone. */
async function nothingLeft(library: string, point: string): Promise<void> {
  await until(`${point}: what ${leftovers(library).join(", ")} held is gone`, () => leftovers(library).length === 0, 30_000);
}

/** Everything that must hold of a film after the restart, whenever the server before it died. */
async function assertBroughtToRest(world: World, server: Server, film: string, file: number, point: string): Promise<void> {
  let jobs = await server.all(`/jobs?kind=transcode&file=${file}`);
  if (jobs.length === 0) {
    await server.transcode({ file }); /* it died before it could note the job */
    jobs = await server.all(`/jobs?kind=transcode&file=${file}`);
  }
  const job = await server.job(jobs[0]?.id as number);
  assert.equal(job.state, "done", `${point}: ${JSON.stringify(job)}`);
  assert.deepEqual(world.names(film), [`${film}${world.scenario.target}`], point);
  await nothingLeft(world.library, point);
  const target = world.path(film, world.scenario.target);
  assert.equal(((await probe(target)).streams as Json[])[0]?.codec_name, "hevc", point);
  const row = await assertRowIsDisk(server, world.root, target);
  assert.equal(row.id, file, point);
  assert.equal(row.state, "ready", point);
  assert.equal(row.video_codec, "hevc", point);
  const history = await server.all(`/history?file=${file}`);
  assert.equal(history.length, 1, point);
  assert.equal(history[0]?.size_after_bytes, statSync(target).size, point);
  const undone = await server.undo(history[0]?.id as number);
  assert.equal(undone.state, "done", `${point}: ${JSON.stringify(undone)}`);
  assert.deepEqual(world.names(film), [`${film}${world.scenario.source}`], point);
  assert.ok(readFileSync(world.path(film)).equals(world.original), `${point}: undo brings the very bytes back`);
}

/** Indexes to die at: the first and the last of each name, and an even spread over the rest. */
function choose(points: string[], spread: number, near: RegExp): number[] {
  const chosen = new Set<number>();
  for (const name of new Set(points.filter((it) => near.test(it)))) {
    chosen.add(points.indexOf(name));
    if (spread > 0) chosen.add(points.lastIndexOf(name));
  }
  for (let i = 0; i < spread; i++) chosen.add(Math.floor(((i + 0.5) * points.length) / spread));
  return [...chosen].sort((a, b) => a - b);
}

describe("killed during a replacement", { concurrency: 2 }, () => {
  for (const database of databases) {
    for (const scenario of scenarios) {
      // SQLite goes through all of them; for PostgreSQL, which differs by its commits, each name is met once, or those near a commit.
      const isFirst = scenario === scenarios[0];
      const spread = database.name === "PostgreSQL" ? 0 : isFirst ? 6 : 2;
      const near = database.name === "PostgreSQL" && !isFirst ? /^db\.|answer|rename|copy/ : /./;
      test(`on ${database.name}: ${scenario.name}`, async (t) => {
        if (scenario.trashBase && sameFileSystem(scenario.trashBase, media)) return t.skip(`${scenario.trashBase} is no other file system here`);
        const world = await World.make(scenario, database, 48);
        const { before, points } = await passed(world);
        t.diagnostic(`${points.length} points: ${[...new Set(points)].join(" ")}`);
        for (const name of ["fs.mkdir", "fs.fsync", "fs.fsync_dir", "fs.rename", "fs.metadata", "db.commit", "db.committed"]) assert.ok(points.includes(name), name);
        if (scenario.trashBase) assert.ok(points.includes("fs.copy"));
        const died = new Set<string>();
        for (const index of choose(points, spread, near)) {
          const trace = join(temporaryDirectory(), "trace");
          const film = world.next();
          const file = world.id(film);
          const dying = await world.startOrDie({ REEVE_FAIL: `*:${before + index + 1}`, REEVE_FAIL_TRACE: trace });
          if (dying) await tryTranscode(dying, file);
          const last = lines(trace).at(-1) ?? "nothing";
          if (!dying || dying.ended) died.add(last);
          await dying?.kill();
          const server = await world.start();
          await assertBroughtToRest(world, server, film, file, `died at ${last}, point ${before + index + 1}`);
          await server.stop();
        }
        // Threads make the order differ a little from run to run; every name is met all the same, each first passing by name.
        for (const name of new Set(points)) {
          if (died.has(name) || !near.test(name)) continue;
          const film = world.next();
          const nth = points.filter((it) => it === name).length;
          const file = world.id(film);
          const dying = await world.startOrDie({ REEVE_FAIL: `${name}:${nth}` });
          if (dying) await tryTranscode(dying, file);
          await dying?.kill();
          const healthy = await world.start();
          await assertBroughtToRest(world, healthy, film, file, `died at ${name}:${nth}`);
          await healthy.stop();
        }
      });
    }
  }
});

test("a step that fails, instead of dying, leaves the original or its replacement and nothing else", async (t) => {
  const world = await World.make(scenarios[1] as Scenario, databases[0] as Database, 40);
  const { points } = await passed(world);
  const steps = [...new Set(points.filter((name) => name.startsWith("fs.")))];
  t.diagnostic(steps.join(" "));
  for (const [i, step] of steps.entries()) {
    const film = world.next();
    const failing = await world.startOrDie({ REEVE_FAIL: `${step}:*=${i % 2 ? "EIO" : "ENOSPC"}` });
    if (failing) {
      const file = world.id(film);
      await tryOnce(failing, file);
      const names = world.names(film);
      assert.equal(names.length, 1, `${step}: ${names.join(", ")}`);
      await failing.kill();
    }
    const server = await world.start();
    const names = world.names(film);
    assert.equal(names.length, 1, `${step}: ${names.join(", ")}`);
    await nothingLeft(world.library, step);
    const now = readFileSync(join(world.library, names[0] as string));
    if (names[0] === basename(world.path(film))) assert.ok(now.equals(world.original), step);
    else await assertPlays(join(world.library, names[0] as string));
    await assertRowIsDisk(server, world.root, join(world.library, names[0] as string));
    await server.stop();
  }
});

describe("killed at a random moment of an encode", () => {
  for (const database of databases) {
    test(`on ${database.name}`, async (t) => {
      const library = join(temporaryDirectory(), "library");
      mkdirSync(library);
      const path = join(library, "long.mkv");
      copyFileSync(join(media, "long.mkv"), path);
      const original = readFileSync(path);
      const args = ["--ffmpeg", pacedFfmpeg(2)];
      const first = await Server.start({ database: await database.fresh(), args });
      await first.quickProfile();
      const root = await first.addRoot(library, "quick");
      await first.scan(root);
      const [id] = await first.enqueue({ root });
      let server = first;
      const moments = [Math.random() * 0.3, 0.3 + Math.random() * 0.4];
      t.diagnostic(`killed at ${moments.map((moment) => moment.toFixed(2)).join(", ")}`);
      for (const moment of moments) {
        await until("the encode is so far", async () => ((await server.call("GET", `/jobs/${id}`)).progress as number) >= moment);
        const encoders = working(library);
        assert.ok(encoders.length > 0);
        await server.kill();
        // Nothing of the encode outlives the server, and nothing of it counts.
        await until("the encoder is gone", () => working(library).length === 0, 15_000);
        assert.ok(readFileSync(path).equals(original));
        server = await server.again({ args });
      }
      assert.equal((await server.job(id as number)).state, "done");
      assert.deepEqual(filesBelow(library), ["long.mkv"]);
      await nothingLeft(library, "at rest");
      await assertPlays(path);
      await assertRowIsDisk(server, root, path);
      const [entry] = await server.all("/history");
      assert.equal((await server.undo(entry?.id as number)).state, "done");
      assert.ok(readFileSync(path).equals(original));
      await server.stop();
    });
  }
});
