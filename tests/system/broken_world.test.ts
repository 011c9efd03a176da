// A world that is broken changes nothing: damaged, endless and odd files, directories that cannot be read, roots that are gone.
import assert from "node:assert/strict";
import { copyFileSync, ftruncateSync, linkSync, mkdirSync, openSync, closeSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { assertRowIsDisk, databases, filesBelow, type Json, leftovers, makeFilm, processes, run, Server, shell, temporaryDirectory, until } from "./harness.ts";

const media = temporaryDirectory();
const film = join(media, "film.mkv");
before(async () => {
  await makeFilm(film, { seconds: 1 });
  await makeFilm(join(media, "film.mp4"), { seconds: 1 });
  await makeFilm(join(media, "longer.mkv"), { seconds: 6 });
});

function makeLibrary(names: string[] = []): string {
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  for (const name of names) copyFileSync(film, join(library, name));
  return library;
}

const numbered = (n: number): string[] => Array.from({ length: n }, (_, i) => `film ${i}.mkv`);

/** The log of a job, as one text. */
async function logOf(server: Server, job: Json): Promise<string> {
  return (await server.all(`/jobs/${job.id as number}/log`)).map((line) => line.message as string).join("\n");
}

test("files that are damaged, empty, no film or no file cost themselves only, and say why", async () => {
  const library = makeLibrary(["good.mkv", "cut in its header.mkv"]);
  const at = (name: string): string => join(library, name);
  const longer = join(media, "longer.mkv");
  const size = statSync(longer).size;
  copyFileSync(longer, at("cut.mkv"));
  truncateSync(at("cut.mkv"), Math.floor(size / 2));
  truncateSync(at("cut in its header.mkv"), 200);
  const bytes = readFileSync(longer);
  bytes.fill(0xa5, 2000, size - 2000);
  writeFileSync(at("holes.mkv"), bytes);
  writeFileSync(at("empty.mkv"), "");
  writeFileSync(at("text.mkv"), "this was renamed\n".repeat(1000));
  writeFileSync(at("random.mp4"), Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255)));
  copyFileSync(join(media, "film.mp4"), at("cut.mp4"));
  truncateSync(at("cut.mp4"), Math.floor(statSync(at("cut.mp4")).size / 3));
  await run("mkfifo", [at("pipe.mkv")]);
  symlinkSync("/dev/zero", at("zero.mkv"));
  symlinkSync("loop.mkv", at("loop.mkv"));
  symlinkSync(library, at("to itself"));
  mkdirSync(at("directory.mkv"));
  writeFileSync(join(library, "directory.mkv", "inside.txt"), "no film");

  const server = await Server.start();
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  const scan = await server.scan(root);
  assert.equal(scan.state, "done", JSON.stringify(scan));
  const files = new Map((await server.all(`/files?root=${root}`)).map((file) => [basename(file.path as string), file]));
  for (const name of ["empty.mkv", "text.mkv", "random.mp4", "cut in its header.mkv", "cut.mp4"]) {
    const file = files.get(name);
    assert.equal(file?.state, "failed", name);
    assert.match(file?.error as string, /\.$/, `${name} has a sentence`);
  }
  for (const name of ["pipe.mkv", "zero.mkv", "loop.mkv", "directory.mkv"]) assert.equal(files.has(name), false, name);
  assert.equal(files.get("good.mkv")?.state, "ready");

  // Work on what can be probed: what does not come out whole replaces nothing.
  const before = new Map(["cut.mkv", "holes.mkv"].map((name) => [name, readFileSync(at(name))]));
  for (const [name, bytes] of before) {
    const file = files.get(name);
    if (file?.state !== "ready") continue;
    const [job] = await server.transcode({ file: file.id });
    assert.ok(["failed", "skipped"].includes(job?.state as string), `${name}: ${JSON.stringify(job)}`);
    assert.match(job?.error as string, /\./);
    assert.ok(readFileSync(at(name)).equals(bytes), name);
  }
  for (const name of ["empty.mkv", "text.mkv"]) {
    const answer = await server.request("POST", "/jobs", { kind: "transcode", file: files.get(name)?.id });
    assert.equal(answer.status, 409, name);
  }
  assert.deepEqual(leftovers(library), []);
  // Nothing of it is opened again while it does not change.
  const again = await server.scan(root);
  const result = again.result as Json;
  assert.equal(result.probed + result.failed, 0, JSON.stringify(result));
  await server.stop();
});

/** A terabyte that begins like a film and goes on as a hole: a reader looks for its next part for hours. */
function makeEndless(path: string): void {
  copyFileSync(film, path);
  const fd = openSync(path, "r+");
  try {
    ftruncateSync(fd, 2 ** 40);
  } catch {
    ftruncateSync(fd, 2 ** 34); /* a file system of small files */
  }
  closeSync(fd);
}

/** The probing processes of a server. */
const probers = (server: Server): number[] => processes().filter((it) => it.parent === server.process.pid && it.command.includes("__probe") && it.state !== "Z").map((it) => it.pid);

/** Whether a process has a file open. */
function reads(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path);
  } catch {
    return false; /* it ended meanwhile */
  }
}

test("a probing child that crashes costs the file it was reading, and is replaced", async () => {
  const library = makeLibrary(numbered(4));
  const endless = join(library, "endless.mkv");
  makeEndless(endless);
  const server = await Server.start({ args: ["--scan-threads", "1"] });
  const root = await server.addRoot(library, "hevc");
  const { job } = await server.call("POST", `/roots/${root}/scan`);
  const chewing = await until("a child chews on the endless file", () => probers(server).find((pid) => reads(pid, endless)), 30_000);
  process.kill(chewing, "SIGKILL");
  assert.equal((await server.job(job as number)).state, "done");
  const files = await server.all(`/files?root=${root}`);
  assert.equal(files.filter((file) => file.state === "ready").length, 4);
  const failed = files.find((file) => file.path === endless);
  assert.equal(failed?.state, "failed");
  assert.match(failed?.error as string, /endless\.mkv could not be probed: .*(SIGKILL|signal|ended with)/);
  // One that dies while it waits for work costs nothing.
  const waiting = probers(server);
  for (const pid of waiting) process.kill(pid, "SIGKILL");
  await until("they are gone", () => !probers(server).some((pid) => waiting.includes(pid)));
  copyFileSync(join(media, "film.mp4"), join(library, "new.mp4"));
  assert.equal((await server.scan(root)).state, "done");
  assert.equal((await server.file(root, join(library, "new.mp4"))).state, "ready");
  await server.stop();
});

test("a file that a reader never gets to the end of is given up after its time, and the scan goes on", async () => {
  const library = makeLibrary(numbered(2));
  const endless = join(library, "endless.mkv");
  makeEndless(endless);
  const server = await Server.start({ args: ["--scan-threads", "2"] });
  const root = await server.addRoot(library, "hevc");
  const { job } = await server.call("POST", `/roots/${root}/scan`);
  const chewing = await until("a child chews on the endless file", () => probers(server).find((pid) => reads(pid, endless)), 30_000);
  process.kill(chewing, "SIGSTOP"); /* it need not heat the room meanwhile */
  assert.equal((await server.job(job as number, ["done"], 60_000)).state, "done");
  assert.match((await server.file(root, endless)).error as string, /within 30 s/);
  assert.equal((await server.all(`/files?root=${root}&state=ready`)).length, 2);
  await until("the child is gone", () => !processes().some((it) => it.pid === chewing && it.state !== "Z"), 10_000);
  await server.stop();
});

describe("directories that cannot be read keep their files", () => {
  for (const [point, what] of [["walk.opendir", "a directory"], ["walk.readdir", "the middle of a directory"], ["walk.stat", "a file"]] as const) {
    test(`${what} (${point})`, async () => {
      const library = makeLibrary();
      for (const name of ["a", "b", "c"]) {
        mkdirSync(join(library, name));
        copyFileSync(film, join(library, name, "film.mkv"));
      }
      const server = await Server.start();
      const root = await server.addRoot(library, "hevc");
      await server.scan(root);
      await server.stop();
      for (const which of ["2", "*"]) {
        const blind = await server.again({ env: { REEVE_FAIL: `${point}:${which}=EACCES` } });
        const scan = await blind.scan(root);
        const files = await blind.all(`/files?root=${root}`);
        assert.equal(files.filter((file) => file.state === "ready").length, 3, `${which}: ${JSON.stringify(scan)}`);
        if (scan.state === "done") assert.match(await logOf(blind, scan), /[Pp]ermission denied|cannot be/);
        await blind.stop();
      }
      const healthy = await server.again();
      const state = await healthy.call("GET", `/roots/${root}`);
      if (state.state === "frozen") await healthy.call("POST", `/roots/${root}/confirm`);
      assert.equal((await healthy.scan(root)).state, "done");
      assert.equal((await healthy.all(`/files?root=${root}&state=ready`)).length, 3);
      await healthy.stop();
    });
  }

  test("the root itself (walk.open_root)", async () => {
    const library = makeLibrary(numbered(3));
    const server = await Server.start();
    const root = await server.addRoot(library, "hevc");
    await server.scan(root);
    await server.stop();
    const blind = await server.again({ env: { REEVE_FAIL: "walk.open_root:*=EIO" } });
    const scan = await until("the scan did not go through", async () => {
      const job = await blind.call("POST", `/roots/${root}/scan`);
      const it = await blind.call("GET", `/jobs/${job.job as number}`);
      return it.error ? it : undefined;
    });
    assert.match(scan.error as string, /library/);
    assert.equal((await blind.all(`/files?root=${root}&state=ready`)).length, 3);
    await blind.stop();
  });
});

for (const database of databases) {
  describe(`a root that is not what it was, on ${database.name}`, () => {
    /** A scanned root of so many films. */
    async function scanned(n: number): Promise<{ server: Server; library: string; root: number }> {
      const library = makeLibrary(numbered(n));
      const server = await Server.start({ database: await database.fresh() });
      await server.quickProfile();
      const root = await server.addRoot(library, "quick");
      assert.equal((await server.scan(root)).state, "done");
      assert.equal((await server.all("/files?state=ready")).length, n);
      return { server, library, root };
    }

    /** The scan freezes the root, with words that fit, and nothing is given up or worked on. */
    async function assertFreezes(server: Server, root: number, n: number, why: RegExp): Promise<void> {
      const { job } = await server.call("POST", `/roots/${root}/scan`);
      const frozen = await until("the root is frozen", async () => {
        const it = await server.call("GET", `/roots/${root}`);
        return it.state === "frozen" ? it : undefined;
      }, 30_000);
      assert.match(frozen.frozen_reason as string, why);
      assert.equal((await server.all(`/files?root=${root}&state=ready`)).length, n);
      assert.equal((await server.all(`/files?root=${root}&state=missing`)).length, 0);
      const ended = await server.job(job as number, ["failed", "pending", "cancelled", "done"]);
      assert.notEqual(ended.state, "done");
      if (ended.state === "pending") await server.call("POST", `/jobs/${job as number}/cancel`);
    }

    test("missing: frozen, and right again when it is back and someone has looked", async () => {
      const { server, library, root } = await scanned(4);
      renameSync(library, `${library}-away`);
      await assertFreezes(server, root, 4, /does not exist|mounted/);
      const refused = await server.request("POST", "/jobs", { kind: "transcode", root });
      if (refused.status === 202) for (const id of refused.body.jobs as number[]) assert.equal((await server.job(id)).state, "failed");
      else assert.equal(refused.status, 409);
      renameSync(`${library}-away`, library);
      const scan = await server.request("POST", `/roots/${root}/scan`);
      if (scan.status === 202) assert.equal((await server.job(scan.body.job as number)).state, "failed");
      else assert.equal(scan.status, 409);
      assert.equal((await server.call("POST", `/roots/${root}/confirm`)).state, "active");
      assert.equal((await server.scan(root)).state, "done");
      assert.equal((await server.all(`/files?root=${root}&state=ready`)).length, 4);
      assert.deepEqual(filesBelow(library), numbered(4));
      await server.stop();
    });

    test("replaced by an empty directory: frozen; confirmed, the files are missing and their history stays", async () => {
      const { server, library, root } = await scanned(3);
      const first = await server.file(root, join(library, "film 0.mkv"));
      assert.equal((await server.transcode({ file: first.id }))[0]?.state, "done");
      renameSync(library, `${library}-away`);
      mkdirSync(library);
      await assertFreezes(server, root, 3, /empty/);
      assert.deepEqual(filesBelow(`${library}-away`), numbered(3));
      await server.call("POST", `/roots/${root}/confirm`);
      assert.equal((await server.scan(root)).state, "done");
      assert.equal((await server.all(`/files?root=${root}&state=missing`)).length, 3);
      assert.equal((await server.all("/history")).length, 1);
      // They come back: the same rows, the same history.
      rmSync(library, { recursive: true });
      renameSync(`${library}-away`, library);
      assert.equal((await server.scan(root)).state, "done");
      const back = await server.all(`/files?root=${root}&state=ready`);
      assert.equal(back.length, 3);
      assert.ok(back.some((file) => file.id === first.id));
      await server.stop();
    });

    test("more than a fifth of it gone at once: frozen; fewer are believed", async () => {
      const { server, library, root } = await scanned(30);
      for (let i = 0; i < 3; i++) rmSync(join(library, `film ${i}.mkv`));
      assert.equal((await server.scan(root)).state, "done");
      assert.equal((await server.all(`/files?root=${root}&state=missing`)).length, 3);
      for (let i = 3; i < 12; i++) rmSync(join(library, `film ${i}.mkv`));
      const { job } = await server.call("POST", `/roots/${root}/scan`);
      const frozen = await until("the root is frozen", async () => {
        const it = await server.call("GET", `/roots/${root}`);
        return it.state === "frozen" ? it : undefined;
      }, 30_000);
      assert.match(frozen.frozen_reason as string, /9/);
      assert.equal((await server.all(`/files?root=${root}&state=missing`)).length, 3);
      const ended = await server.job(job as number, ["failed", "pending"]);
      if (ended.state === "pending") await server.call("POST", `/jobs/${job as number}/cancel`);
      await server.call("POST", `/roots/${root}/confirm`);
      assert.equal((await server.scan(root)).state, "done");
      assert.equal((await server.all(`/files?root=${root}&state=missing`)).length, 12);
      await server.stop();
    });

    test("files that move keep their rows; a root that is forgotten keeps its files", async () => {
      const { server, library, root } = await scanned(3);
      const before = await server.file(root, join(library, "film 1.mkv"));
      mkdirSync(join(library, "elsewhere"));
      renameSync(join(library, "film 1.mkv"), join(library, "elsewhere", "renamed.mkv"));
      assert.equal((await server.scan(root)).state, "done");
      const after = await server.file(root, join(library, "elsewhere", "renamed.mkv"));
      assert.equal(after.id, before.id);
      assert.equal((await server.request("DELETE", `/roots/${root}`)).status, 204);
      assert.deepEqual(filesBelow(library), ["elsewhere/renamed.mkv", "film 0.mkv", "film 2.mkv"]);
      await server.stop();
    });
  });
}

test("a hard-linked file is left alone, with the reason, also by force", async () => {
  const library = makeLibrary(["film.mkv"]);
  const seed = join(temporaryDirectory(), "seeding.mkv");
  linkSync(join(library, "film.mkv"), seed);
  const inode = statSync(seed).ino;
  const server = await Server.start();
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const file = await server.file(root, join(library, "film.mkv"));
  assert.equal(file.link_count, 2);
  for (const force of [false, true]) {
    const [job] = await server.transcode({ file: file.id, force });
    assert.equal(job?.state, "skipped");
    assert.match(job?.error as string, /2 names \(hard links\)/);
  }
  assert.equal(statSync(join(library, "film.mkv")).ino, inode);
  // The policy of the root may allow it; the other name then keeps the original.
  await server.call("PATCH", `/roots/${root}`, { link_policy: "replace" });
  const bytes = readFileSync(seed);
  assert.equal((await server.transcode({ file: file.id }))[0]?.state, "done");
  assert.ok(readFileSync(seed).equals(bytes));
  assert.equal((await server.all("/history"))[0]?.bytes_saved <= 0, true, "no space was freed yet");
  await server.stop();
});

test("odd names are looked after like any other", async () => {
  const library = makeLibrary();
  const names = ["with a\nnewline.mkv", "it's \"quoted\".mkv", "-i -y rm.mkv", "🎬 émojì.mkv", "%s%n%d.mkv", "file:protocol.mkv", "back\\slash.mkv", " .mkv", "$(reboot) `x` ;&|.mkv", "a'; DROP TABLE files; --.mkv", "[a-z]*?.mkv", "\t\u0001.mkv", "ümläut/ Ünder.mkv"];
  const long = `${"x".repeat(251)}.mkv`;
  for (const name of [...names, long]) {
    mkdirSync(join(library, name, ".."), { recursive: true });
    copyFileSync(film, join(library, name));
  }
  const all = [...names, long].sort();
  // A name that is not UTF-8, made by the shell.
  assert.equal((await shell(`cp "$FILM" "$LIBRARY/$(printf 'latin1-\\351.mkv')"`, { FILM: film, LIBRARY: library })).code, 0);
  const server = await Server.start();
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  const scan = await server.scan(root);
  assert.equal(scan.state, "done", JSON.stringify(scan));
  assert.match(await logOf(server, scan), /not valid UTF-8/);
  const files = await server.all(`/files?root=${root}`);
  assert.deepEqual(files.map((file) => (file.path as string).slice(library.length + 1)).sort(), all);
  const jobs = await server.transcode({ root });
  assert.ok(jobs.every((job) => job.state === "done"), JSON.stringify(jobs.filter((job) => job.state !== "done").map((job) => [job.title, job.error])));
  for (const name of all) assert.equal((await assertRowIsDisk(server, root, join(library, name))).video_codec, "hevc", name);
  for (const entry of await server.all("/history")) assert.equal((await server.undo(entry.id as number)).state, "done", entry.path as string);
  const original = readFileSync(film);
  for (const name of all) assert.ok(readFileSync(join(library, name)).equals(original), name);
  assert.deepEqual(leftovers(library), []);
  await server.stop();
});

test("a root with rules takes what they say; trash, hidden and foreign work directories are passed by", async () => {
  const library = makeLibrary(["keep.mkv", "sample.mkv"]);
  for (const directory of ["Extras", ".hidden", "@eaDir", "#recycle", ".reeve-trash"]) {
    mkdirSync(join(library, directory));
    copyFileSync(film, join(library, directory, "inside.mkv"));
  }
  writeFileSync(join(library, "keep.srt"), "1\n");
  writeFileSync(join(library, "notes.txt"), "no film");
  const server = await Server.start();
  const root = await server.addRoot(library, "hevc", { exclude: ["sample*", "Extras"] });
  await server.scan(root);
  const files = await server.all(`/files?root=${root}`);
  assert.deepEqual(files.map((file) => basename(file.path as string)), ["keep.mkv"]);
  assert.deepEqual(files[0]?.sidecars, ["keep.srt"]);
  await server.stop();
});
