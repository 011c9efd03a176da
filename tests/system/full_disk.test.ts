// A disk that is full, or fills up in the middle of the work: the original stays, nothing of ours is left, and the job says with
// figures what it waits for. Small disks are tmpfs mounts, which root may make.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertPlays, atEnd, type Json, leftovers, makeFilm, pacedFfmpeg, run, Server, temporaryDirectory, until } from "./harness.ts";

const media = temporaryDirectory();
const film = join(media, "film.mkv");
before(() => makeFilm(film, { seconds: 4, size: "480x270" }));

/** A disk of so many bytes, or why there cannot be one. */
async function smallDisk(bytes: number): Promise<string | { reason: string }> {
  if (process.getuid?.() !== 0) return { reason: "only root may mount a small disk" };
  const directory = temporaryDirectory("reeve-disk-");
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "reeve-test", directory]);
  } catch (error) {
    return { reason: `a tmpfs cannot be mounted here: ${String(error).split("\n")[0]}` };
  }
  atEnd(() => run("umount", ["-l", directory]).then(() => undefined));
  return directory;
}

const freeBytes = (path: string): number => {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
};

/** Takes all but so much of a disk. */
function fill(disk: string, leave: number): string {
  const path = join(disk, "ballast");
  writeFileSync(path, Buffer.alloc(Math.max(0, freeBytes(disk) - leave)));
  return path;
}

async function waiting(server: Server, id: number): Promise<Json> {
  return until("the job waits or failed, and says why", async () => {
    const job = await server.call("GET", `/jobs/${id}`);
    return job.state === "failed" || (job.state === "pending" && (job.waiting || job.error)) ? job : undefined;
  });
}

test("a job that cannot fit waits with the figures, and runs when there is room", async (t) => {
  const size = statSync(film).size;
  const disk = await smallDisk(size * 4);
  if (typeof disk !== "string") return t.skip(disk.reason);
  const library = join(disk, "library");
  mkdirSync(library);
  const path = join(library, "film.mkv");
  copyFileSync(film, path);
  const ballast = fill(disk, 64 * 1024);
  const server = await Server.start();
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  assert.equal((await server.scan(root)).state, "done");
  const [id] = await server.enqueue({ root });
  const job = await waiting(server, id as number);
  assert.equal(job.state, "pending");
  assert.match(job.waiting as string, /needs [\d.]+ [KM]iB .*free/);
  assert.ok(readFileSync(path).equals(readFileSync(film)));
  assert.deepEqual(leftovers(disk), []);
  assert.equal(job.attempts <= 1, true, "waiting is no failed attempt");
  rmSync(ballast);
  // A person need not wait for the next look.
  await server.call("POST", `/jobs/${id}/cancel`);
  await server.call("POST", `/jobs/${id}/retry`);
  const done = await server.job(id as number);
  assert.equal(done.state, "done", JSON.stringify(done));
  await assertPlays(path);
  await server.stop();
});

test("a disk that fills up during the encode costs the attempt and nothing else", async (t) => {
  const size = statSync(film).size;
  const disk = await smallDisk(size * 3);
  if (typeof disk !== "string") return t.skip(disk.reason);
  const library = join(disk, "library");
  mkdirSync(library);
  const path = join(library, "film.mkv");
  copyFileSync(film, path);
  const server = await Server.start({ args: ["--ffmpeg", pacedFfmpeg()] });
  await server.quickProfile("quick", { qualities: [{ family: "cpu", resolution: "any", quality: 2 }] });
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const [id] = await server.enqueue({ root });
  await until("work has begun", () => leftovers(disk).length > 0);
  const ballast = fill(disk, 0);
  const job = await waiting(server, id as number);
  assert.equal(job.state, "pending", JSON.stringify(job));
  assert.match(job.waiting as string, /filled up|[Nn]ot enough space|needs/);
  assert.ok(readFileSync(path).equals(readFileSync(film)));
  await until("nothing is left of it", () => leftovers(disk).length === 0, 10_000);
  assert.equal((await server.request("GET", "/health/ready")).status, 200);
  rmSync(ballast);
  await server.stop();
});

test("a full disk under the database: refused with words, and no restart is needed when there is room again", async (t) => {
  const disk = await smallDisk(12 * 1024 * 1024);
  if (typeof disk !== "string") return t.skip(disk.reason);
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  copyFileSync(film, join(library, "film.mkv"));
  const server = await Server.start({ data: join(disk, "data") });
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const ballast = fill(disk, 0);
  const refused = await until("writing is refused", async () => {
    const answer = await server.request("POST", "/profiles", { name: `p${Math.random()}`, description: "x".repeat(500) });
    return answer.status >= 400 ? answer : undefined;
  });
  assert.ok([500, 503, 507].includes(refused.status), JSON.stringify(refused.body));
  assert.match(refused.body.detail as string, /space|full/i);
  assert.equal((await server.request("GET", "/files")).status, 200, "reading goes on");
  rmSync(ballast);
  await until("writing goes on", async () => (await server.request("POST", "/profiles", { name: `q${Math.random()}` })).status === 201);
  const [job] = await server.transcode({ root });
  assert.equal(job?.state, "done", JSON.stringify(job));
  await server.stop();
});

test("a trash on a full disk stops the replacement before anything is touched", async (t) => {
  const disk = await smallDisk(1024 * 1024);
  if (typeof disk !== "string") return t.skip(disk.reason);
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  const path = join(library, "film.mkv");
  copyFileSync(film, path);
  fill(disk, 32 * 1024);
  const server = await Server.start();
  await server.quickProfile();
  const root = await server.addRoot(library, "quick", { trash_path: join(disk, "trash") });
  await server.scan(root);
  const [id] = await server.enqueue({ root });
  const job = await waiting(server, id as number);
  assert.match(`${job.waiting as string} ${job.error as string}`, /trash/);
  assert.ok(readFileSync(path).equals(readFileSync(film)));
  assert.deepEqual(leftovers(library), []);
  assert.equal(existsSync(join(library, ".reeve-trash")), false);
  await server.stop();
});

test("free space that is to be kept is kept", async () => {
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  const path = join(library, "film.mkv");
  copyFileSync(film, path);
  const server = await Server.start({ args: ["--reserve-mib", String(Math.ceil(freeBytes(library) / 1024 ** 2) + 1_000_000)] });
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const [id] = await server.enqueue({ root });
  const job = await waiting(server, id as number);
  assert.match(job.waiting as string, /keeping/);
  assert.ok(readFileSync(path).equals(readFileSync(film)));
  assert.deepEqual(leftovers(library), []);
  await server.stop();
});
