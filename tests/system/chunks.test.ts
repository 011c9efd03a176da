// Films encoded in chunks: the joined film has the frames, times and streams of one run, whatever the source; a server that dies at
// any moment loses no more than the chunks in flight; cancelling, pausing and failing reach every chunk; nothing is left behind.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { assertPlays, databases, ffmpeg, type Json, leftovers, makeFilm, probe, quickFfmpeg, run, Server, temporaryDirectory, until, working } from "./harness.ts";

const media = temporaryDirectory();
const source = (rate: string) => ["-f", "lavfi", "-i", `testsrc2=s=192x108:r=${rate},noise=alls=12:allf=t`, "-f", "lavfi", "-i", "sine=440"];
const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "12"];
const sound = ["-c:a", "aac", "-ac", "1"];

before(async () => {
  await makeFilm(join(media, "everything.mkv"), { seconds: 8, size: "192x108", codec: x264 });
  await ffmpeg(...source("24000/1001"), "-t", "8", ...x264, "-x264-params", "open-gop=1", ...sound, join(media, "open.mkv"));
  await ffmpeg(...source("24000/1001"), "-t", "8", ...x264, ...sound, join(media, "film.mp4"));
  await ffmpeg(...source("24"), "-t", "8", "-vf", "select='not(mod(n,7)*not(mod(n,5)))',setpts=PTS+if(gt(mod(N\\,50)\\,25)\\,0.02/TB\\,0)", "-fps_mode", "vfr", "-enc_time_base", "1/90000", ...x264, "-video_track_timescale", "90000", ...sound, join(media, "variable.mp4"));
  await ffmpeg("-itsoffset", "0.5", "-i", join(media, "film.mp4"), "-i", join(media, "film.mp4"), "-map", "0:v", "-map", "1:a", "-c", "copy", join(media, "late.mp4"));
});

/** When each frame of the picture is shown, in ms after the beginning of the file, and how long that of the sound lasts. */
async function times(path: string): Promise<{ frames: number[]; sound: number }> {
  const ask = async (stream: string) => {
    const { stdout } = await run("ffprobe", ["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path], { maxBuffer: 1 << 26 });
    return stdout.split("\n").map(Number.parseFloat).filter((it) => Number.isFinite(it)).map((it) => it * 1000).sort((a, b) => a - b);
  };
  const [frames, samples] = [await ask("V:0"), await ask("a:0")];
  const begin = Math.min(frames[0] ?? 0, samples[0] ?? 0);
  return { frames: frames.map((it) => it - begin), sound: (samples.at(-1) ?? 0) - begin };
}

const settings = { chunking: "always", chunk_seconds: 2, min_saving_percent: 0 };

interface World {
  server: Server;
  library: string;
  root: number;
}

async function world(database: string | undefined, films: string[], profile: Json = {}, env: Record<string, string> = {}, args: string[] = []): Promise<World> {
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  for (const film of films) copyFileSync(join(media, film), join(library, film));
  const server = await Server.start({ database, env, args: ["--encode-slots", "2", "--ffmpeg", quickFfmpeg("libx265|libx264|libsvtav1"), ...args] });
  await server.quickProfile("chunks", { ...settings, ...profile });
  const root = await server.addRoot(library, "chunks");
  assert.equal((await server.scan(root)).state, "done");
  return { server, library, root };
}

const chunksOf = (server: Server, job: number): Promise<Json[]> => server.all(`/jobs?parent=${job}&sort=oldest`);

async function nothingLeft(library: string): Promise<void> {
  await until(`${leftovers(library).join(", ")} is gone`, () => leftovers(library).length === 0, 60_000);
}

describe("the same as one run", () => {
  const rows: { film: string; profile: Json }[] = [
    { film: "everything.mkv", profile: { codec: "hevc", audio_codec: "opus" } },
    { film: "open.mkv", profile: { codec: "h264" } },
    { film: "film.mp4", profile: { codec: "av1", preset: "12", container: "mkv" } },
    { film: "film.mp4", profile: { codec: "hevc", container: "mp4" } },
    { film: "variable.mp4", profile: { codec: "h264", container: "mp4" } },
    { film: "late.mp4", profile: { codec: "hevc", container: "mkv" } },
  ];
  let server: Server;
  let library: string;
  let root: number;
  before(async () => {
    ({ server, library, root } = await world(undefined, []));
    for (const [i, row] of rows.entries())
      for (const chunking of ["never", "always"]) {
        mkdirSync(join(library, `${i} ${chunking}`));
        copyFileSync(join(media, row.film), join(library, `${i} ${chunking}`, row.film));
      }
    assert.equal((await server.scan(root)).state, "done");
  });

  for (const [i, row] of rows.entries())
    test(`${row.film} by ${JSON.stringify(row.profile)}`, async () => {
      const outputs: string[] = [];
      for (const chunking of ["never", "always"]) {
        const directory = join(library, `${i} ${chunking}`);
        const profile = await server.quickProfile(`${i} ${chunking}`, { ...settings, ...row.profile, chunking });
        const file = await server.file(root, join(directory, row.film));
        const [job] = await server.transcode({ file: file.id, profile, force: true });
        assert.equal(job?.state, "done", JSON.stringify(job));
        const chunks = await chunksOf(server, job?.id as number);
        assert.ok(chunking === "always" ? chunks.length >= 3 : chunks.length === 0, JSON.stringify(await server.all(`/jobs/${job?.id}/log`)));
        for (const chunk of chunks) assert.deepEqual([chunk.kind, chunk.state, chunk.attempts], ["chunk", "done", 1]);
        await nothingLeft(directory);
        const [name] = readdirSync(directory).filter((it) => !it.startsWith("."));
        outputs.push(join(directory, name as string));
      }
      const [whole, joined] = outputs as [string, string];
      await assertPlays(joined);
      const [a, b] = [await times(whole), await times(joined)];
      assert.equal(b.frames.length, a.frames.length);
      b.frames.forEach((at, k) => assert.ok(Math.abs(at - (a.frames[k] as number)) <= 1, `frame ${k} is shown at ${at}, not ${a.frames[k]}`));
      assert.ok(Math.abs(a.sound - b.sound) <= 1);
      const facts = (it: Json) => ({
        streams: (it.streams as Json[]).map((s) => [s.codec_name, s.width, s.height, s.channels, s.pix_fmt, s.tags?.language, s.tags?.title, s.tags?.filename, s.disposition.default, s.disposition.forced, s.disposition.comment, s.avg_frame_rate]),
        chapters: (it.chapters as Json[]).map((c) => [c.start_time, c.tags?.title]),
        title: it.format.tags?.title,
      });
      assert.deepEqual(facts(await probe(joined)), facts(await probe(whole)));
    });

  test("nothing complained", async () => server.stop());
});

test("stopped as soon as its chunks are too large", async () => {
  const { server, library, root } = await world(undefined, ["everything.mkv"], { min_saving_percent: 95, qualities: [{ family: "cpu", resolution: "any", quality: 1 }] });
  const path = join(library, "everything.mkv");
  const original = readFileSync(path);
  const file = await server.file(root, path);
  const [job] = (await server.enqueue({ file: file.id })) as [number];
  const end = await server.job(job);
  assert.equal(end.state, "skipped");
  assert.match(end.error as string, /^Stopped at \d+ % of the film: .* are written already/);
  const states = (await chunksOf(server, job)).map((it) => it.state as string);
  assert.ok(states.includes("done") && states.includes("cancelled"), states.join(" "));
  assert.deepEqual(readFileSync(path), original);
  await nothingLeft(library);
  await server.stop();
});

test("people, failures and files that go missing", async () => {
  /* Encodes no faster than the film plays, and not at all where a file of ours says so. */
  const stop = join(temporaryDirectory(), "stop");
  const slow = join(temporaryDirectory(), "ffmpeg");
  writeFileSync(slow, `#!/bin/sh\ncase "$*" in *-copyts*) [ -e ${stop} ] && { echo "told to fail" >&2; exit 1; }; for word do shift; [ "$word" = -i ] && set -- "$@" -readrate 2; set -- "$@" "$word"; done ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(slow, 0o755);
  const { server, library, root } = await world(undefined, ["everything.mkv"], {}, {}, ["--ffmpeg", slow]);
  const path = join(library, "everything.mkv");
  const original = readFileSync(path);
  const file = await server.file(root, path);
  const running = async (job: number) => (await chunksOf(server, job)).filter((it) => it.state === "running");

  /* Paused, the chunks in flight are frozen and no other starts; the order of priority reaches them. */
  const [job] = (await server.enqueue({ file: file.id })) as [number];
  await until("two chunks run", async () => (await running(job)).length === 2);
  const waiting = await server.call("GET", `/jobs/${job}`);
  assert.equal(waiting.state, "pending");
  assert.match(waiting.waiting as string, /of its 4 parts are done/);
  const why = await server.call("GET", `/jobs/${job}/why`);
  assert.equal(why.reasons[0].code, "parts");
  await server.call("PATCH", `/jobs/${job}`, { priority: "low" });
  for (const chunk of await chunksOf(server, job)) assert.equal(chunk.priority, "low");
  await server.call("POST", `/jobs/${job}/pause`);
  await until("the encoders are frozen", () => {
    const encoders = working(library).filter((it) => /-copyts/.test(it.command) && /ffmpeg/.test(it.command));
    return encoders.length > 0 && encoders.every((it) => it.state === "T");
  });
  assert.deepEqual([...new Set((await chunksOf(server, job)).map((it) => it.state))], ["paused"]);
  await server.call("POST", `/jobs/${job}/resume`);
  await until("two chunks run again", async () => (await running(job)).length === 2);

  /* Cancelled, nothing of it goes on or stays. */
  await server.call("POST", `/jobs/${job}/cancel`);
  await until("all chunks have ended", async () => (await chunksOf(server, job)).every((it) => it.state === "cancelled"));
  await until("no encoder works", () => working(library).length === 0);
  await nothingLeft(library);

  /* A chunk that fails is tried again; once it fails for good the job says so, and the others are stopped. */
  writeFileSync(stop, "");
  const [failing] = (await server.enqueue({ file: file.id })) as [number];
  await until("a chunk waits for another attempt", async () => (await chunksOf(server, failing)).some((it) => it.state === "pending" && it.attempts === 1 && it.error));
  await until("all chunks have ended", async () => {
    const open = (await chunksOf(server, failing)).filter((it) => ["pending", "running"].includes(it.state as string));
    for (const chunk of open) await server.request("POST", `/jobs/${chunk.id}/cancel`);
    return open.length === 0;
  });
  const failed = await server.job(failing);
  assert.equal(failed.state, "cancelled");
  assert.match(failed.error as string, /chunk \d of 4 was cancelled/);
  await nothingLeft(library);
  rmSync(stop);

  /* Tried again after its files were cleaned away it begins anew, and ends well even if one more goes missing on the way. */
  await server.call("POST", `/jobs/${failing}/retry`);
  await until("a chunk is done", async () => (await chunksOf(server, failing)).some((it) => it.state === "done"));
  const done = (await chunksOf(server, failing)).find((it) => it.state === "done") as Json;
  const gone = join(library, leftovers(library)[0]?.split("/")[0] as string, (await server.call("GET", `/jobs/${done.id}`)).result.name as string);
  assert.ok(existsSync(gone));
  rmSync(gone);
  assert.deepEqual(readFileSync(path), original);
  const ended = await server.job(failing);
  assert.equal(ended.state, "done", JSON.stringify(ended));
  assert.equal((await server.call("GET", `/jobs/${done.id}`)).attempts, 1); /* of the new try */
  assert.match(JSON.stringify(await server.all(`/jobs/${failing}/log`)), /1 of its chunks must be encoded again/);
  await assertPlays(path);
  await nothingLeft(library);
  await server.stop();
});

for (const database of databases)
  test(`killed at every step, on ${database.name}`, async () => {
    const points = database.name === "SQLite" ? ["chunks.split:1", "chunks.done:1", "chunks.done:3", "replace.answer:1", "replace.answer:2", "replace.answer:3", "replace.answer:4", "replace.answer:5"] : ["chunks.done:3", "replace.answer:2", "replace.answer:4"];
    const url = await database.fresh();
    let { server, library, root } = await world(url, ["everything.mkv"]);
    const path = join(library, "everything.mkv");
    await server.stop();
    for (const point of points) {
      copyFileSync(join(media, "everything.mkv"), path);
      server = await server.again({ env: { REEVE_FAIL: point }, args: ["--encode-slots", "2"] });
      await server.scan(root).catch(() => undefined);
      const file = await server.file(root, path);
      const [job] = (await server.enqueue({ file: file.id, force: true })) as [number];
      await server.exited;
      server = await server.again({ args: ["--encode-slots", "2"] });
      const ended = await server.job(job);
      assert.equal(ended.state, "done", `${point}: ${JSON.stringify(ended)}`);
      const chunks = await chunksOf(server, job);
      assert.equal(chunks.length, 4, point);
      const attempts = chunks.map((it) => it.attempts as number);
      assert.ok(attempts.every((it) => it <= 2) && attempts.filter((it) => it === 2).length <= 2, `${point}: ${attempts.join(" ")}`);
      await assertPlays(path);
      const { frames } = await times(path);
      assert.equal(frames.length, 192, point);
      await nothingLeft(library);
      assert.equal((await server.file(root, path)).state, "ready");
      await server.stop();
    }
  });

/** ffmpeg that joins and checks a film no faster than `speed` times its length. */
function slowEnd(speed: number): string {
  const path = join(temporaryDirectory(), "ffmpeg");
  const pace = `for word do shift; [ "$word" = -i ] && set -- "$@" -readrate ${speed}; set -- "$@" "$word"; done`;
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *-copyts*) ;; *chunks.txt*|*reeve*-f*null*) ${pace} ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/* The last thing that a film in chunks needs is one program that joins them with the rest of the source, and one that checks what came
 * of it. */
for (const database of databases)
  test(`killed in the middle of the join and of its check, on ${database.name}`, async () => {
    let { server, library, root } = await world(await database.fresh(), ["everything.mkv"], { decode_check: "full" }, {}, ["--ffmpeg", slowEnd(2)]);
    const path = join(library, "everything.mkv");
    const original = readFileSync(path);
    const file = await server.file(root, path);
    const [job] = (await server.enqueue({ file: file.id })) as [number];
    const results = async () => (await chunksOf(server, job)).map((it) => [it.id, it.state, it.attempts, it.lease_epoch, (it.result as Json)?.name, (it.result as Json)?.fingerprint]);
    let done: unknown[] | undefined;
    for (const [phase, program] of [["joining", /chunks\.txt/], ["checking", /-f null/]] as const) {
      await until(`a program is ${phase}`, () => working(library).some((it) => program.test(it.command)));
      done ??= await results();
      assert.equal(done.length, 4);
      await server.kill();
      await until("the program is gone with its server", () => working(library).length === 0);
      assert.deepEqual(readFileSync(path), original);
      server = await server.again({ args: ["--encode-slots", "2", "--ffmpeg", slowEnd(phase === "joining" ? 2 : 100)] });
    }
    const ended = await server.job(job);
    assert.equal(ended.state, "done", JSON.stringify(ended));
    assert.deepEqual(await results(), done);
    const joins = (await server.all(`/jobs/${job}/log`)).filter((line) => (line.message as string).includes("chunks.txt"));
    assert.equal(joins.length, 3); /* once for each server */
    await assertPlays(path);
    assert.equal((await times(path)).frames.length, 192);
    await nothingLeft(library);
    const { items } = await server.call("GET", "/history");
    assert.equal((items as Json[]).length, 1);
    await server.stop();
  });

test("a joined film that misses its target is encoded once more, and not at the quality that missed", async () => {
  const critic = join(temporaryDirectory(), "ffmpeg");
  /* What it says of the first film that is joined. */
  writeFileSync(critic, `#!/bin/sh\ncase "$*" in *sample.mkv*) ;; *reeve-tmp-1-*compared*) ${quickFfmpeg()} "$@" 2>&1 | sed 's/All:[0-9.]*/All:0.8800/' >&2; exit 0 ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(critic, 0o755);
  const { server, library, root } = await world(undefined, ["everything.mkv"], { codec: "h264", eligible_codecs: ["h264"], preset: "veryfast", target_metric: "ssim", target_score: 0.9 }, {}, ["--ffmpeg", critic]);
  const path = join(library, "everything.mkv");
  const file = await server.file(root, path);
  const [job] = await server.transcode({ file: file.id, force: true });
  const log = (await server.all(`/jobs/${job?.id}/log`)).map((line) => line.message as string);
  assert.equal(job?.state, "done", `${job?.error}\n${log.join("\n")}`);
  assert.match(log.join("\n"), /encoded once more with a finer quality: The output's SSIM is 0\.8800, below the profile's target of 0\.9000\./);
  const chunks = await chunksOf(server, job?.id as number);
  assert.deepEqual([chunks.length, job?.result.score > 0.9], [4, true]);
  /* Samples, chunks and a join, twice: nothing between them. */
  const commands = log.filter((line) => /chunks\.txt/.test(line) || line.includes("-map_metadata"));
  assert.equal(commands.length, 2, commands.join("\n"));
  assert.ok(!log.join("\n").includes("Encoded in one run"));
  await nothingLeft(library);
  await server.stop();
});

test("the plan says why a film is not split", async () => {
  const { server, root, library } = await world(undefined, ["everything.mkv"], { chunk_seconds: 60 });
  const file = await server.file(root, join(library, "everything.mkv"));
  const [job] = await server.transcode({ file: file.id });
  assert.equal(job?.state, "done");
  assert.match(JSON.stringify(await server.all(`/jobs/${job?.id}/log`)), /Encoded in one run: it lasts 8 s/);
  assert.equal(basename(job?.title as string), "everything.mkv");
  await server.stop();
});
