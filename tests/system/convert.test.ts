// The convert service as small clients use it: forms, the short addresses, every format with real ffmpeg, ranges, what is no video, and kill -9.
import assert from "node:assert/strict";
import { openSync, readdirSync, readFileSync, readSync, closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertPlays, databases, ffmpeg, type Json, makeFilm, makeLongFilm, pacedFfmpeg, probe, quickFfmpeg, run, Server, temporaryDirectory, until, working } from "./harness.ts";

const encoders = ["--ffmpeg", quickFfmpeg("libx265|libx264|prores_ks|libsvtav1")];
const films = temporaryDirectory();
const film = join(films, "film.mkv");
const place = (server: Server): string => join(server.data, "uploads");

/** As a page's form does it. */
async function upload(server: Server, path: string, name: string): Promise<string> {
  const form = new FormData();
  form.set("note", "first");
  form.set("file", new Blob([readFileSync(path)], { type: "video/x-matroska" }), name);
  const answer = await fetch(`${server.url}/upload/`, { method: "POST", body: form, headers: { Authorization: `Bearer ${server.key}` } });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as Json).file_id as string;
}

async function convert(server: Server, body: Json): Promise<string> {
  const answer = await fetch(`${server.url}/convert/`, { method: "POST", body: new URLSearchParams(body as Record<string, string>), headers: { "X-Api-Key": server.key } });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as Json).job_id as string;
}

const status = async (server: Server, job: string): Promise<Json> => (await (await server.raw(`/status/${job}/`)).json()) as Json;

/** Waits for the end; every answer on the way is one of the four words, and progress does not go back. */
async function ended(server: Server, job: string): Promise<Json> {
  let seen = 0;
  return until(`conversion ${job} ends`, async () => {
    const now = await status(server, job);
    assert.ok(["uploaded", "processing", "completed", "failed"].includes(now.status as string), String(now.status));
    assert.ok((now.progress as number) >= seen && (now.progress as number) <= 100, `${String(now.progress)} after ${seen}`);
    seen = now.progress as number;
    return ["completed", "failed"].includes(now.status as string) ? now : undefined;
  });
}

async function download(server: Server, job: string): Promise<{ path: string; headers: Headers }> {
  const answer = await server.raw(`/download/${job}/`);
  assert.equal(answer.status, 200);
  const path = join(temporaryDirectory(), "downloaded");
  writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
  return { path, headers: answer.headers };
}

/** The kinds of the boxes of an MP4 file, in their order. */
function boxes(path: string): string[] {
  const file = openSync(path, "r");
  const head = Buffer.alloc(16);
  const kinds: string[] = [];
  for (let at = 0; readSync(file, head, 0, 16, at) >= 8; ) {
    const size = head.readUInt32BE(0);
    kinds.push(head.toString("latin1", 4, 8));
    at += size === 1 ? Number(head.readBigUInt64BE(8)) : size;
    if (size === 0) break;
  }
  closeSync(file);
  return kinds;
}

for (const database of databases) {
  describe(`conversions on ${database.name}`, () => {
    let server: Server;
    before(async () => {
      await makeFilm(film, { seconds: 2 });
      server = await Server.start({ database: await database.fresh(), args: encoders });
      await server.call("PUT", "/settings", { convert_slots: 2 });
    });
    after(() => server.stop());

    test("ProRes Proxy unless something else is said, and back again by ranges", async () => {
      const file = await upload(server, film, "../../Über Film.mkv");
      const job = await convert(server, { file_id: file });
      assert.deepEqual(await ended(server, job), { status: "completed", progress: 100, error: null });
      const { path, headers } = await download(server, job);
      const media = await probe(path);
      const streams = (media.streams as Json[]).map((it) => [it.codec_name, it.profile, it.codec_tag_string, it.width]);
      assert.deepEqual(streams.slice(0, 3), [
        ["prores", "Proxy", "apco", 320],
        ["pcm_s16le", undefined, "sowt", undefined],
        ["pcm_s16le", undefined, "sowt", undefined],
      ]);
      assert.equal((media.chapters as Json[]).length, 0);
      assert.equal(headers.get("Content-Type"), "video/quicktime");
      assert.equal(headers.get("Content-Disposition"), "attachment; filename=\"Uber Film.prores-low-1080p.mov\"; filename*=UTF-8''%C3%9Cber%20Film.prores-low-1080p.mov");
      await assertPlays(path);
      const bytes = readFileSync(path);
      const half = await server.raw(`/download/${job}/`, { Range: `bytes=1000-${bytes.length - 1}`, "If-Range": headers.get("ETag") ?? "" });
      assert.deepEqual([half.status, half.headers.get("Content-Range")], [206, `bytes 1000-${bytes.length - 1}/${bytes.length}`]);
      assert.ok(bytes.subarray(1000).equals(Buffer.from(await half.arrayBuffer())));
      assert.equal((await server.raw(`/download/${job}/`, { Range: `bytes=${bytes.length}-` })).status, 416);
      const same = await server.raw(`/api/v1/conversions/${job}/file`);
      assert.ok(bytes.equals(Buffer.from(await same.arrayBuffer())));
      await server.call("DELETE", `/conversions/${job}`);
      assert.equal((await server.raw(`/download/${job}/`)).status, 404);
      await server.call("DELETE", `/uploads/${file}`);
      assert.deepEqual(readdirSync(place(server)), []);
    });

    test("each has settings of its own, and all formats play", async () => {
      const wide = join(films, "wide.mkv");
      await makeFilm(wide, { seconds: 1, size: "640x270" });
      const file = Number(await upload(server, wide, "wide.mkv"));
      const wanted: [Json, string, string, number][] = [
        [{ preset: "h264-review" }, "h264", ".mp4", 640],
        [{ codec: "h264", resolution: "360p", quality: "high" }, "h264", ".mp4", 640],
        [{ codec: "hevc", resolution: "360p", quality: "low" }, "hevc", ".mp4", 640],
        [{ codec: "av1", resolution: "360p", quality: "low" }, "av1", ".mp4", 640],
        [{ codec: "dnxhr", quality: "medium" }, "dnxhd", ".mov", 640],
        [{ codec: "prores", resolution: "360p", quality: "high" }, "prores", ".mov", 640],
      ];
      const asked = await Promise.all(wanted.map(([choice]) => server.call("POST", "/conversions", { upload: file, ...choice })));
      for (const [i, made] of asked.entries()) {
        const [, codec, ending, width] = wanted[i] as [Json, string, string, number];
        const done = await ended(server, String(made.id));
        assert.equal(done.status, "completed", String(done.error));
        const { path, headers } = await download(server, String(made.id));
        assert.ok(headers.get("Content-Disposition")?.includes(`wide.${(codec === "dnxhd" ? "dnxhr" : codec)}-`) && headers.get("Content-Disposition")?.includes(ending));
        const [video, ...rest] = (await probe(path)).streams as [Json, ...Json[]];
        assert.deepEqual([video.codec_name, video.width, rest.filter((it) => it.codec_type === "audio").length], [codec, width, 2]);
        if (ending === ".mp4") assert.ok(boxes(path).indexOf("moov") < boxes(path).indexOf("mdat"), "faststart");
        await assertPlays(path);
      }
      const list = await server.all("/conversions", 4);
      assert.deepEqual(list.map((it) => it.id).slice(0, 6), asked.map((it) => it.id as number).sort((a, b) => b - a)); /* they were asked for at once, and came in any order */
      assert.equal((await server.call("GET", "/conversions/presets")).items.length, 7);
    });

    test("what is no video, or only a part of one, is said to be that", async () => {
      const bad = join(films, "bad.mov");
      writeFileSync(bad, "#!/bin/sh\nrm -rf /\n".repeat(1000));
      const file = await upload(server, bad, "bad.mov");
      const failed = await ended(server, await convert(server, { file_id: file }));
      assert.equal(failed.status, "failed");
      assert.match(failed.error as string, /bad\.mov is no video/);
      const half = join(films, "half.mkv");
      writeFileSync(half, readFileSync(film).subarray(0, 120_000));
      const part = await ended(server, await convert(server, { file_id: await upload(server, half, "half.mkv"), resolution: "360p" }));
      assert.deepEqual([part.status, part.progress < 100], ["failed", true]);
      assert.match(part.error as string, /damaged|could not be converted/);
      for (const body of [{ file_id: "999999" }, { file_id: "nonsense" }]) {
        const answer = await fetch(`${server.url}/convert/`, { method: "POST", body: JSON.stringify(body), headers: { "X-Api-Key": server.key, "Content-Type": "application/json" } });
        assert.equal(answer.status, 404);
      }
      assert.equal((await fetch(`${server.url}/status/1/`)).status, 401);
    });

    test("a container full of metadata costs little and passes nothing on", async () => {
      const bomb = join(films, "bomb.mkv");
      const tags = join(films, "tags.txt");
      writeFileSync(tags, `;FFMETADATA1\n${Array.from({ length: 4000 }, (_, i) => `tag${i}=${"x".repeat(1000)}`).join("\n")}\ntimecode=01:00:00:00\n`);
      await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=1", "-i", tags, "-map_metadata", "1", "-c:v", "libx264", "-preset", "ultrafast", bomb);
      const job = await convert(server, { file_id: await upload(server, bomb, "bomb.mkv"), resolution: "360p" });
      const done = await ended(server, job);
      assert.equal(done.error, "bomb.mkv holds more than 1024 KiB of tags; it is damaged or was made to do harm.");
      writeFileSync(tags, `;FFMETADATA1\n${Array.from({ length: 900 }, (_, i) => `tag${i}=${"x".repeat(1000)}`).join("\n")}\n`);
      await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=1", "-i", tags, "-map_metadata", "1", "-c:v", "libx264", "-preset", "ultrafast", bomb);
      const many = await convert(server, { file_id: await upload(server, bomb, "many.mkv"), resolution: "360p" });
      assert.equal((await ended(server, many)).status, "completed");
      assert.ok(Object.keys(((await probe((await download(server, many)).path)).format as Json).tags as Json).length < 12);
      assert.equal((await fetch(`${server.url}/health/ready`)).status, 200);
    });

    test("settings hold at once; system load and settings have short addresses", async () => {
      const headers = { "X-Api-Key": server.key };
      const changed = await fetch(`${server.url}/settings/`, { method: "POST", body: new URLSearchParams({ codec: "h264", resolution: "360p", concurrency: "1" }), headers });
      assert.equal(changed.status, 200);
      const file = await upload(server, film, "film.mkv");
      const job = await convert(server, { file_id: file });
      assert.equal((await ended(server, job)).status, "completed");
      const [video] = (await probe((await download(server, job)).path)).streams as [Json];
      assert.equal(video.codec_name, "h264");
      const now = (await (await server.raw("/settings/")).json()) as Json;
      assert.deepEqual([now.codec, now.resolution, now.quality, now.concurrency], ["h264", "360p", "low", 1]);
      const load = (await (await server.raw("/system_load/")).json()) as Json;
      assert.ok((load.memory_percent as number) > 0 && (load.processors as number) > 0);
      assert.equal((await fetch(`${server.url}/settings/`, { method: "POST", body: new URLSearchParams({ directory: "/proc/nowhere" }), headers })).status, 422);
    });

    test("frozen by a person's word it stands still, says why, and is done once it may go on", async () => {
      await server.stop();
      const port = Number(new URL(server.url).port);
      server = await server.again({ port, args: ["--ffmpeg", pacedFfmpeg(1)] });
      const long = join(films, "slow.mkv");
      await makeLongFilm(long, 6);
      const job = await convert(server, { file_id: await upload(server, long, "slow.mkv"), codec: "h264", resolution: "360p" });
      const conversion = (): Promise<Json> => server.call("GET", `/conversions/${job}`);
      const stopped = (): boolean[] => working(join(place(server), "conversion-")).map((it) => it.state === "T");
      await until("it encodes", async () => stopped().length > 0 && (await status(server, job)).progress > 0);
      await server.call("POST", "/governor/override", { until: 1, allow: false });
      await until("its encoder stands still", () => stopped().length > 0 && stopped().every(Boolean));
      const frozen = await until("it says why", async () => {
        const it = await conversion();
        return it.waiting ? it : undefined;
      });
      assert.deepEqual([frozen.state, frozen.error], ["processing", null]);
      assert.match(frozen.waiting as string, /^Somebody .*frozen/);
      // Its worker lives and says so again and again, with the progress it had come to; the work does not go on.
      const lease = async (): Promise<number> => (await server.call("GET", `/jobs/${frozen.job_id as number}`)).lease_until_ms as number;
      const renewed = async (): Promise<void> => {
        const until_ms = await lease();
        await until("its lease is renewed", async () => (await lease()) > until_ms);
      };
      await renewed();
      await renewed();
      const before = await conversion();
      await renewed();
      const still = await conversion();
      assert.deepEqual([still.state, still.progress], ["processing", before.progress]);
      assert.ok(still.waiting && still.progress > 0 && still.progress < 1, JSON.stringify(still));
      assert.deepEqual(await status(server, job), { status: "processing", progress: Math.round((still.progress as number) * 1000) / 10, error: null });
      assert.ok(stopped().every(Boolean), JSON.stringify(working(join(place(server), "conversion-"))));
      await server.call("DELETE", "/governor/override");
      const done = await ended(server, job);
      assert.deepEqual([done.status, done.error], ["completed", null]);
      assert.equal((await conversion()).waiting, null);
      const ran = await server.call("GET", `/jobs/${frozen.job_id as number}`);
      assert.equal(ran.attempts, 1, "thawed, not begun again");
      await assertPlays((await download(server, job)).path);
    });

    test("it waits for a window like an encode, is called off, and survives kill -9 of the server", async () => {
      await server.stop();
      const port = Number(new URL(server.url).port);
      server = await server.again({ port, args: ["--ffmpeg", pacedFfmpeg(1)] });
      const long = join(films, "long.mkv");
      await makeLongFilm(long, 4);
      const file = await upload(server, long, "long.mkv");
      await server.call("POST", "/governor/override", { until: 1, allow: false });
      const job = await convert(server, { file_id: file, codec: "h264", resolution: "360p" });
      const conversion = await server.call("GET", `/conversions/${job}`);
      const why = await until("the job says why", async () => {
        const told = await server.call("GET", `/jobs/${conversion.job_id as number}/why`);
        return (told.reasons as Json[]).some((it) => it.code === "override") ? told : undefined;
      });
      assert.ok(why);
      await server.call("DELETE", "/governor/override");

      const encoding = (): boolean => working(join(place(server), "conversion-")).some((it) => it.command.includes("-progress"));
      await until("it encodes", () => encoding());
      await server.request("POST", `/conversions/${job}/cancel`);
      const cancelled = await ended(server, job);
      assert.deepEqual([cancelled.status, cancelled.error], ["failed", "It was cancelled."]);
      await until("no encoder is left", () => !encoding());

      const again = await convert(server, { file_id: file, codec: "h264", resolution: "360p" });
      await until("it encodes again", async () => encoding() && (await status(server, again)).progress > 0);
      await server.kill();
      await until("its encoder is gone with it", () => !encoding());
      server = await server.again({ port, args: encoders });
      const done = await ended(server, again);
      assert.equal(done.status, "completed", String(done.error));
      await assertPlays((await download(server, again)).path);
      const { stdout } = await run("find", [place(server), "-type", "f"]);
      const rows = (await server.all("/conversions")).filter((it) => it.state === "completed").length + (await server.all("/uploads")).length;
      assert.equal(stdout.trim().split("\n").length, rows, stdout);
    });
  });
}
