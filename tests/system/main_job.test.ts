// The main job, end to end, on both databases: scan, transcode, verify, history, undo; and what may be asked for on the way.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { assertPlays, assertRowIsDisk, databases, ffmpeg, filesBelow, type Json, leftovers, makeFilm, probe, quickFfmpeg, Server, temporaryDirectory } from "./harness.ts";

const media = temporaryDirectory();

before(async () => {
  await Promise.all([
    makeFilm(join(media, "film.mkv")),
    makeFilm(join(media, "clip.mp4"), { seconds: 2 }),
    makeFilm(join(media, "old.avi"), { seconds: 2, codec: ["-c:v", "mpeg4", "-q:v", "2"] }),
    makeFilm(join(media, "classic.mkv"), { codec: ["-c:v", "mpeg4", "-q:v", "1"] }),
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=1", "-c:v", "libx265", "-x265-params", "log-level=error", join(media, "done.mkv")),
  ]);
});

/** A fresh library with copies of these files of `media`, under the names they are given. */
function makeLibrary(files: Record<string, string>): string {
  const library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(join(library, name, ".."), { recursive: true });
    copyFileSync(join(media, source), join(library, name));
  }
  return library;
}

/** What must be the same before and after, whatever the video became. */
function kept(media: Json): unknown {
  return {
    streams: (media.streams as Json[]).map((stream) => ({
      type: stream.codec_type as string,
      codec: stream.codec_type === "video" ? "" : (stream.codec_name as string),
      language: stream.tags?.language as string | undefined,
      title: stream.tags?.title as string | undefined,
      file: stream.tags?.filename as string | undefined,
      dispositions: Object.keys(stream.disposition as Json).filter((name) => stream.disposition[name] === 1),
    })),
    // To a tenth: where sound begins before 0, FFmpeg 7 moves chapters along with the pictures so that nothing does.
    chapters: (media.chapters as Json[]).map((chapter) => [Number(chapter.start_time).toFixed(1), Number(chapter.end_time).toFixed(1), chapter.tags.title]),
    title: media.format.tags?.title as string | undefined,
  };
}

const video = (media: Json): Json => (media.streams as Json[]).find((stream) => stream.codec_type === "video") as Json;

for (const database of databases) {
  describe(`main job on ${database.name}`, () => {
    test("a library becomes smaller, says what it did, and goes back", async () => {
      const library = makeLibrary({
        "A film/a film.mkv": "film.mkv",
        "A film/a clip.mp4": "clip.mp4",
        "A film/a old.avi": "old.avi",
        "A film/a done.mkv": "done.mkv",
      });
      writeFileSync(join(library, "A film", "broken.mkv"), "this is not a film");
      const path = join(library, "A film", "a film.mkv");
      const original = readFileSync(path);
      const before = await probe(path);

      const server = await Server.start({ database: await database.fresh() });
      const seeds = (await server.all("/profiles")).map((profile) => profile.name as string);
      for (const name of ["hevc", "av1", "h264"]) assert.ok(seeds.includes(name), `the profile ${name} is seeded`);
      await server.quickProfile();
      const root = await server.addRoot(library, "quick");
      const scan = await server.scan(root);
      assert.equal(scan.state, "done", JSON.stringify(scan));

      const files = await server.all(`/files?root=${root}`);
      assert.equal(files.length, 5);
      const broken = files.find((file) => (file.path as string).endsWith("broken.mkv"));
      assert.equal(broken?.state, "failed");
      assert.match(broken?.error as string, /./);
      const film = await server.file(root, path);
      assert.equal(film.video_codec, "h264");
      assert.equal(film.size_bytes, original.length);

      const jobs = await server.transcode({ root, force: false });
      assert.deepEqual(jobs.map((job) => job.state as string).sort(), ["done", "done", "done", "skipped"], JSON.stringify(jobs, null, 1));
      assert.ok(jobs.every((job) => job.state === "skipped" || (job.progress === 1 && job.error === null)));

      // The film: smaller, HEVC, and everything else as it was.
      const after = await probe(path);
      assert.ok(statSync(path).size < original.length);
      assert.equal(video(after).codec_name, "hevc");
      assert.deepEqual(kept(after), kept(before));
      await assertPlays(path);
      // The AVI and the MP4 have become Matroska under the planned names, and nothing else lies about.
      assert.deepEqual(filesBelow(library), ["a clip.mkv", "a done.mkv", "a film.mkv", "a old.mkv", "broken.mkv"].map((name) => `A film/${name}`));
      assert.deepEqual(leftovers(library), []);
      for (const name of ["a clip.mkv", "a film.mkv", "a old.mkv"]) {
        const row = await assertRowIsDisk(server, root, join(library, "A film", name));
        assert.equal(row.video_codec, "hevc");
        assert.equal(row.container, "mkv");
      }

      const history = await server.all("/history");
      assert.equal(history.length, 3);
      const entry = history.find((it) => it.path === path);
      assert.ok(entry);
      assert.equal(entry.size_before_bytes, original.length);
      assert.equal(entry.size_after_bytes, statSync(path).size);
      const stats = await server.call("GET", "/stats");
      assert.equal(stats.bytes_saved, history.reduce((sum, it) => sum + (it.size_before_bytes as number) - (it.size_after_bytes as number), 0));

      // A second run finds nothing to do: what was made is what was wanted.
      const again = await server.transcode({ root, force: false });
      assert.ok(again.every((job) => job.state === "skipped"), JSON.stringify(again));

      // Undo: the very bytes.
      assert.equal((await server.undo(entry.id as number)).state, "done");
      assert.ok(readFileSync(path).equals(original));
      const restored = await assertRowIsDisk(server, root, path);
      assert.equal(restored.video_codec, "h264");
      const second = await server.request("POST", `/history/${entry.id as number}/undo`);
      assert.equal(second.status, 409);
      assert.match(second.body.detail as string, /undone/i);

      // A changed extension goes back, too.
      const old = history.find((it) => (it.path as string).endsWith("a old.mkv"));
      assert.equal((await server.undo(old?.id as number)).state, "done");
      assert.deepEqual(filesBelow(library), ["a clip.mkv", "a done.mkv", "a film.mkv", "a old.avi", "broken.mkv"].map((name) => `A film/${name}`));
      assert.ok(readFileSync(join(library, "A film", "a old.avi")).equals(readFileSync(join(media, "old.avi"))));
      await assertRowIsDisk(server, root, join(library, "A film", "a old.avi"));
      // And the undo can be undone.
      const undoing = (await server.all("/history")).find((it) => it.state === "restored" && it.path === join(library, "A film", "a old.avi"));
      assert.equal((await server.undo(undoing?.id as number)).state, "done");
      assert.ok(filesBelow(library).includes("A film/a old.mkv"));

      const rescan = await server.scan(root);
      assert.equal(rescan.state, "done");
      assert.equal((await server.all(`/files?root=${root}&state=missing`)).length, 0);
      await server.stop();
    });

    test("a dry run shows plans and makes nothing; force and priorities do what they say", async () => {
      const library = makeLibrary({ "one.mkv": "film.mkv", "two.mkv": "film.mkv", "three.mkv": "film.mkv", "done.mkv": "done.mkv" });
      const server = await Server.start({ database: await database.fresh(), args: ["--encode-slots", "0"] });
      await server.quickProfile("quick", { min_size_bytes: 1024 ** 3 });
      const root = await server.addRoot(library, "quick");
      await server.scan(root);

      const dry = await server.request("POST", "/jobs", { kind: "transcode", root, force: true, dry_run: true });
      assert.equal(dry.status, 200);
      assert.equal(dry.body.total, 4);
      assert.ok((dry.body.plans as Json[]).every((it) => it.plan.decision === "encode" && it.error === null));
      const gentle = await server.call("POST", "/jobs", { kind: "transcode", root, dry_run: true });
      assert.ok((gentle.plans as Json[]).every((it) => it.plan.decision === "skip"));
      assert.equal((await server.all("/jobs?kind=transcode")).length, 0);
      const one = await server.file(root, join(library, "one.mkv"));
      const plan = await server.call("GET", `/files/${one.id as number}/plan?profile=hevc`);
      assert.equal(plan.decision, "encode");
      assert.equal(plan.actions.length, 5);
      assert.ok((plan.actions as Json[]).every((action) => /\.$/.test(action.reason as string)));
      assert.equal((await server.call("GET", `/files/${one.id as number}/plan`)).decision, "skip");

      // The same file is not queued twice, and the queue is in the order of priorities.
      const ids = new Map<string, number>();
      for (const [name, priority] of [["one", "low"], ["two", "normal"], ["three", "high"]] as const) {
        const file = await server.file(root, join(library, `${name}.mkv`));
        const [job] = await server.enqueue({ file: file.id, force: true, priority });
        assert.deepEqual(await server.enqueue({ file: file.id, force: true }), [job]);
        ids.set(name, job as number);
      }
      const order = async (): Promise<string[]> => (await server.all("/jobs?state=pending", 2)).map((job) => basename(job.title as string, ".mkv"));
      assert.deepEqual(await order(), ["three", "two", "one"]);
      assert.equal((await server.call("PATCH", `/jobs/${ids.get("one")}`, { priority: "webhook" })).priority, "webhook");
      assert.deepEqual(await order(), ["one", "three", "two"]);
      await server.call("POST", `/jobs/${ids.get("two")}/pause`);
      assert.deepEqual(await order(), ["one", "three"]);
      await server.stop();

      // They run in that order, one at a time; the paused one does not.
      const working = await server.again();
      const first = await working.job(ids.get("one") as number);
      const second = await working.job(ids.get("three") as number);
      assert.deepEqual([first.state, second.state], ["done", "done"]);
      assert.ok((first.finished_at_ms as number) <= (second.started_at_ms as number));
      assert.equal((await working.call("GET", `/jobs/${ids.get("two")}`)).state, "paused");
      await working.call("POST", `/jobs/${ids.get("two")}/resume`);
      assert.equal((await working.job(ids.get("two") as number)).state, "done");
      // Without force the rule of the profile holds.
      const done = await working.file(root, join(library, "done.mkv"));
      assert.equal((await working.transcode({ file: done.id }))[0]?.state, "skipped");
      await working.stop();
    });

    test("lists come in pages, and nothing is shown twice or left out", async () => {
      const library = makeLibrary(Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`clip ${i}.mp4`, "clip.mp4"])));
      const server = await Server.start({ database: await database.fresh() });
      await server.quickProfile("quick", { container: "mp4", keep_original_days: 0 });
      const root = await server.addRoot(library, "quick");
      await server.scan(root);
      const jobs = await server.transcode({ root });
      assert.ok(jobs.every((job) => job.state === "done"), JSON.stringify(jobs));
      for (const list of [`/files?root=${root}`, "/files?sort=size&descending=true", "/files?sort=found", "/jobs", "/jobs?kind=transcode", "/history"]) {
        const whole = (await server.all(list)).map((item) => item.id as number);
        assert.equal(new Set(whole).size, whole.length, list);
        assert.ok(whole.length >= 7, list);
        for (const limit of [1, 3]) assert.deepEqual((await server.all(list, limit)).map((item) => item.id as number), whole, `${list} by ${limit}`);
      }
      assert.deepEqual((await server.all("/files?q=CLIP%203")).map((file) => file.path as string), [join(library, "clip 3.mp4")]);
      assert.equal((await server.all("/files?codec=h264")).length, 0);
      assert.equal((await server.all("/files?codec=hevc&container=mp4")).length, 7);
      // Retention 0: the originals are gone, and undo says so.
      assert.deepEqual(filesBelow(library, true).length, 7);
      const entry = (await server.all("/history"))[0];
      assert.equal(entry?.can_undo, false);
      assert.equal((await server.request("POST", `/history/${entry?.id as number}/undo`)).status, 409);
      await server.stop();
    });
  });
}

test("each target codec keeps audio, subtitles, attachments, chapters and dispositions", async () => {
  const library = makeLibrary({ "av1.mkv": "film.mkv", "h264.mkv": "classic.mkv", "mp4.mp4": "clip.mp4" });
  const server = await Server.start({ args: ["--ffmpeg", quickFfmpeg("libx265|libx264|libsvtav1")] });
  await server.quickProfile("to av1", { codec: "av1", preset: "12" });
  await server.quickProfile("to h264", { codec: "h264" });
  await server.quickProfile("same container", { container: "same" });
  const root = await server.addRoot(library, "to av1");
  await server.scan(root);
  for (const [name, profile, codec] of [["av1.mkv", "to av1", "av1"], ["h264.mkv", "to h264", "h264"], ["mp4.mp4", "same container", "hevc"]] as const) {
    const path = join(library, name);
    const before = await probe(path);
    const file = await server.file(root, path);
    const [job] = await server.transcode({ file: file.id, profile });
    assert.equal(job?.state, "done", JSON.stringify(job));
    const after = await probe(path);
    assert.equal(video(after).codec_name, codec);
    assert.deepEqual(kept(after), kept(before), name);
    assert.equal(video(after).avg_frame_rate, video(before).avg_frame_rate);
    assert.ok(Math.abs(Number(after.format.duration) - Number(before.format.duration)) < 0.1);
    await assertPlays(path);
  }
  await server.stop();
});

test("an output that is not worth it is thrown away, remembered, and the original stays", async () => {
  const library = makeLibrary({ "film.mkv": "film.mkv" });
  const path = join(library, "film.mkv");
  const original = readFileSync(path);
  const server = await Server.start();
  await server.quickProfile("quick", { min_saving_percent: 99 });
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const [job] = await server.transcode({ root });
  assert.equal(job?.state, "skipped");
  assert.match(job?.error as string, /%|saves|smaller/);
  assert.ok(readFileSync(path).equals(original));
  assert.deepEqual(filesBelow(library, true), ["film.mkv"]);
  assert.deepEqual(await server.enqueue({ root }), [], "the root's next run leaves it out");
  const file = await server.file(root, path);
  assert.match((await server.transcode({ file: file.id }))[0]?.error as string, /Tried before/);
  await server.stop();
});

test("another file under the name that the output would get stops it before any work", async () => {
  const library = makeLibrary({ "film.mp4": "clip.mp4", "film.mkv": "done.mkv" });
  const server = await Server.start();
  await server.quickProfile();
  const root = await server.addRoot(library, "quick");
  await server.scan(root);
  const file = await server.file(root, join(library, "film.mp4"));
  const [job] = await server.transcode({ file: file.id });
  assert.equal(job?.state, "failed");
  assert.match(job?.error as string, /film\.mkv/);
  assert.deepEqual(filesBelow(library, true), ["film.mkv", "film.mp4"]);
  assert.ok(readFileSync(join(library, "film.mkv")).equals(readFileSync(join(media, "done.mkv"))));
  await server.stop();
});
