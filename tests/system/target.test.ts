// A target score instead of a quality: looked for, held by the whole film, remembered; what contradicts it is refused or left alone; and
// what transcodes would come to, before they are asked for.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { assertPlays, type Database, databases, type Json, leftovers, makeFilm, quickFfmpeg, reeve, run, Server, temporaryDirectory, until, working } from "./harness.ts";

const films = temporaryDirectory();
const film = join(films, "film.mkv");
const FLOOR = 0.96;
const target = { target_metric: "ssim", target_score: FLOOR };

before(async () => {
  await makeFilm(film, { seconds: 3 });
});

/** ffmpeg that encodes samples no faster than `speed` times the length of the film. */
function slowSamples(speed: number): string {
  const path = join(temporaryDirectory("reeve-programs-"), "ffmpeg");
  const pace = `for word do shift; [ "$word" = -i ] && set -- "$@" -readrate ${speed}; set -- "$@" "$word"; done`;
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *"-i file:"*" -f matroska file:"*sample.mkv) ${pace} ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** ffmpeg that encodes samples, and no film while a file of this name is there. */
function failingEncodes(trouble: string): string {
  const path = join(temporaryDirectory("reeve-programs-"), "ffmpeg");
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *sample.mkv*) ;; *"-i file:"*-map_metadata*) [ -e ${trouble} ] && { echo "told to fail" >&2; exit 1; } ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** ffmpeg that lists these filters and has none of them. */
function boastingFfmpeg(...filters: string[]): string {
  const path = join(temporaryDirectory("reeve-programs-"), "ffmpeg");
  const lines = filters.map((it) => `echo " ... ${it} VV->V Calculate it."`).join("; ");
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *-filters*) ffmpeg "$@"; ${lines}; exit 0 ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

interface World {
  server: Server;
  root: number;
  library: string;
  path: string;
  file: number;
}

async function world(database: Database, changes: Json = {}, args: string[] = []): Promise<World> {
  const server = await Server.start({ database: await database.fresh(), args });
  await server.quickProfile("aimed", { codec: "h264", preset: "veryfast", eligible_codecs: ["h264"], ...target, ...changes });
  const library = temporaryDirectory();
  const path = join(library, "film.mkv");
  copyFileSync(film, path);
  const root = await server.addRoot(library, "aimed");
  assert.equal((await server.scan(root)).state, "done");
  const file = (await server.file(root, path)).id as number;
  return { server, root, library, path, file };
}

const force = async (it: World): Promise<Json> => (await it.server.transcode({ file: it.file, force: true }))[0] as Json;
const probesIn = async (server: Server, job: number): Promise<string[]> => (await server.all(`/jobs/${job}/log`)).map((line) => line.message as string).filter((line) => line.startsWith("Probe "));

/** The SSIM of two whole films, by a program that knows nothing of Reeve. */
async function ssim(result: string, source: string): Promise<number> {
  const { stderr } = await run("ffmpeg", ["-nostdin", "-hide_banner", "-i", `file:${result}`, "-i", `file:${source}`, "-lavfi", "[0:v][1:v]ssim", "-f", "null", "-"]);
  return Number(/SSIM .* All:([\d.]+)/.exec(stderr)?.[1]);
}

test("a measure that the ffmpeg here lacks, or loses, is said when it is asked for and before anything is encoded", async (t) => {
  const { stdout } = await run("ffmpeg", ["-hide_banner", "-filters"]);
  if (/ (libvmaf|xpsnr) /.test(stdout)) return t.skip("this ffmpeg has one of them");
  const plain = databases[0] as Database;
  const measures = [
    { metric: "vmaf", score: 95, says: "VMAF needs ffmpeg's filter libvmaf, which the ffmpeg here lacks; choose ssim, or another ffmpeg." },
    { metric: "xpsnr", score: 40, says: "XPSNR needs ffmpeg's filter xpsnr, which the ffmpeg here lacks; choose ssim, or another ffmpeg." },
  ];
  const it = await world(plain, {}, ["--ffmpeg", boastingFfmpeg("libvmaf", "xpsnr")]);
  const profiles: number[] = [];
  for (const { metric, score } of measures) profiles.push(await it.server.quickProfile(metric, { codec: "h264", preset: "veryfast", eligible_codecs: ["h264"], target_metric: metric, target_score: score }));
  /* It is listed and does not work: the first comparison says so, in ffmpeg's words, and nothing was encoded but samples. */
  const [listed] = (await it.server.enqueue({ file: it.file, profile: profiles[0], force: true })) as [number];
  const first = await until("the comparison has failed", async () => {
    const job = await it.server.call("GET", `/jobs/${listed}`);
    return job.error ? job : undefined;
  });
  assert.match(first.error as string, /No such filter: 'libvmaf'/);
  await it.server.call("POST", `/jobs/${listed}/cancel`);
  await it.server.stop();

  const server = await it.server.again({ args: ["--ffmpeg", quickFfmpeg()] });
  for (const [i, { metric, score, says }] of measures.entries()) {
    const refused = await server.request("POST", "/profiles", { name: `new ${metric}`, target_metric: metric, target_score: score });
    assert.deepEqual([refused.status, refused.body.errors], [422, [{ field: "target_metric", message: says }]]);
    const plan = await server.call("GET", `/files/${it.file}/plan?force=true&profile=${profiles[i]}`);
    assert.deepEqual([plan.decision, plan.reason], ["refuse", says]);
    const [job] = await server.transcode({ file: it.file, profile: profiles[i], force: true });
    assert.deepEqual([job?.state, job?.error, job?.attempts], ["failed", says, 1]);
  }
  assert.deepEqual(leftovers(it.library), []);
  assert.equal(await ssim(it.path, film), 1);
  await server.stop();
});

for (const database of databases) {
  describe(`target quality on ${database.name}`, () => {
    test("the floor is held by the whole film, and what was found is not looked for again", async () => {
      const it = await world(database);
      const { server } = it;
      const plan = await server.call("GET", `/files/${it.file}/plan?force=true`);
      assert.equal(plan.searches, true);
      assert.match(plan.reason as string, /at the quality that holds SSIM 0\.9600, which is looked for first/);
      const job = await force(it);
      assert.equal(job.state, "done", JSON.stringify(job));
      const { found, score } = job.result as Json;
      assert.ok(found.probes >= 1 && found.whole);
      assert.equal((await probesIn(server, job.id as number)).length, found.probes);
      const reached = await ssim(it.path, film);
      assert.ok(reached >= FLOOR && reached <= FLOOR + 0.004, String(reached));
      assert.ok(Math.abs(reached - (score as number)) < 0.0002, `${reached} and ${score}`);
      await assertPlays(it.path);

      const [entry] = (await server.call("GET", "/history")).items as Json[];
      assert.ok(entry && entry.predicted_bytes > 0 && entry.film_ms > 2900 && entry.resolution === "sd");
      assert.equal(entry.detail.score, score);
      assert.match(entry.detail.plan.reason as string, /CRF [\d.]+: SSIM 0\.96\d\d at \d+ % of the size, \d+ probes?\.$/);

      assert.equal((await server.undo(entry.id as number)).state, "done");
      const known = await server.call("GET", `/files/${it.file}/plan?force=true`);
      assert.equal(known.searches, false);
      assert.equal(known.quality, found.quality);
      const again = await force(it);
      assert.equal(again.state, "done", JSON.stringify(again));
      assert.deepEqual(await probesIn(server, again.id as number), []);
      assert.ok((await ssim(it.path, film)) >= FLOOR);
      assert.deepEqual(leftovers(it.library), []);
      await server.stop();
    });

    test("what was found is kept when the encode after it fails", async () => {
      const trouble = join(temporaryDirectory(), "trouble");
      const it = await world(database, {}, ["--ffmpeg", failingEncodes(trouble)]);
      const { server } = it;
      writeFileSync(trouble, "");
      const [job] = (await server.enqueue({ file: it.file, force: true })) as [number];
      await until("the encode has failed once", async () => (await server.call("GET", `/jobs/${job}`)).error);
      const probes = await probesIn(server, job);
      assert.ok(probes.length > 0);
      const plan = await server.call("GET", `/files/${it.file}/plan?force=true`);
      assert.equal(plan.searches, false, plan.reason as string);
      assert.match(plan.reason as string, /CRF [\d.]+: SSIM 0\.96\d\d at \d+ % of the size/);
      /* The command says the same, and how large it becomes. */
      const by = await reeve(["plan", it.path, "--profile", "aimed", "--force", "--json", "--data", server.data, ...(server.database ? ["--database", server.database] : []), "--ffmpeg", quickFfmpeg()]);
      assert.equal(by.code, 0, by.stderr);
      const said = JSON.parse(by.stdout) as Json;
      assert.deepEqual([said.searches, said.quality, said.reason, said.predicted_bytes], [false, plan.quality, plan.reason, plan.predicted_bytes]);
      rmSync(trouble);
      await server.call("POST", `/jobs/${job}/cancel`);
      await server.call("POST", `/jobs/${job}/retry`);
      const ended = await server.job(job);
      assert.equal(ended.state, "done", JSON.stringify(ended));
      assert.deepEqual(await probesIn(server, job), probes);
      await server.stop();
    });

    test("a floor that needs more than the size allows leaves the file alone, and is remembered", async () => {
      const it = await world(database, { target_score: 0.995, min_saving_percent: 90 });
      const { server } = it;
      const job = await force(it);
      assert.equal(job.state, "skipped", JSON.stringify(job));
      assert.match(job.error as string, /^SSIM 0\.9950 needs quality [\d.]+, at which the film takes about \d+ % of its size; the profile's saving of 90 % allows 10 %\. The file is left as it is\.$/);
      assert.equal(await ssim(it.path, film), 1);
      assert.deepEqual(await server.enqueue({ root: it.root }), []);
      const prediction = await server.call("POST", "/predictions", { root: it.root });
      assert.deepEqual([prediction.files, prediction.files_left, prediction.left[0].code], [0, 1, "tried-before"]);
      assert.deepEqual(leftovers(it.library), []);
      await server.stop();
    });

    test("a search is frozen with its job, and a kill in the middle of it costs the search and nothing else", async () => {
      const it = await world(database, {}, ["--ffmpeg", slowSamples(0.2)]);
      const [job] = await it.server.enqueue({ file: it.file, force: true });
      const samples = (): string[] => working(it.library).map((process) => process.state);
      const searching = await until("the search is shown", async () => {
        const { progress_detail } = await it.server.call("GET", `/jobs/${job}`);
        return (progress_detail as Json | null)?.phase === "searching" && samples().length > 0 ? (progress_detail as Json) : undefined;
      });
      assert.deepEqual([searching.probe, searching.probes, searching.step], [1, 4, "encoding"]);
      await it.server.call("POST", `/jobs/${job}/pause`);
      await until("the samples stand still", () => samples().includes("T"));
      await it.server.call("POST", `/jobs/${job}/resume`);
      await until("they go on", () => samples().length > 0 && !samples().includes("T"));
      await it.server.kill();
      await until("the encoder is gone with its server", () => samples().length === 0);
      assert.equal(await ssim(it.path, film), 1);

      const server = await it.server.again({ args: ["--ffmpeg", quickFfmpeg()] });
      const ended = await server.job(job as number);
      assert.equal(ended.state, "done", JSON.stringify(ended));
      const reached = await ssim(it.path, film);
      assert.ok(reached >= FLOOR && reached <= FLOOR + 0.004, String(reached));
      assert.deepEqual(leftovers(it.library), []);
      await server.stop();
    });

    test("what transcodes would come to is said before, over HTTP and by the command, and is compared with what they came to", async () => {
      const it = await world(database, { target_metric: "off", target_score: 0, codec: "hevc" });
      const { server, root } = it;
      const asked = await server.call("POST", "/predictions", { root });
      assert.deepEqual([asked.of_files, asked.looked_at, asked.files, asked.based_on, asked.seconds, asked.size_error_percent], [1, 1, 1, 0, null, null]);
      assert.ok(asked.saved_min_bytes <= asked.saved_bytes && asked.saved_bytes <= asked.saved_max_bytes);
      assert.match(asked.summary as string, /^1 file, .+ saved, a time that is not known before some were encoded\.$/);
      assert.deepEqual(await server.call("POST", "/predictions", { files: [it.file] }), asked);
      assert.equal((await server.call("POST", "/predictions", {})).files, 1);
      const by = await reeve(["predict", it.library, "--json", "--data", server.data, ...(server.database ? ["--database", server.database] : []), "--ffmpeg", quickFfmpeg()]);
      assert.equal(by.code, 0, by.stderr);
      assert.equal((JSON.parse(by.stdout) as Json).saved_bytes, asked.saved_bytes);
      const text = await reeve(["predict", "--profile", "aimed", "--data", server.data, ...(server.database ? ["--database", server.database] : []), "--ffmpeg", quickFfmpeg()]);
      assert.match(text.stdout, /^1 file, .*\n {2}Nothing like these files was encoded here yet, so the range is wide\.\n$/);

      const others = [1, 2, 3, 4, 5].map((i) => join(it.library, `other ${i}.mkv`));
      for (const other of others) copyFileSync(film, other);
      assert.equal((await server.scan(root)).state, "done");
      const files = await Promise.all(others.map(async (other) => (await server.file(root, other)).id as number));
      for (const done of await server.transcode({ files })) assert.equal(done.state, "done", JSON.stringify(done));
      const informed = await server.call("POST", "/predictions", { root });
      const [entry] = (await server.call("GET", "/history")).items as Json[];
      assert.deepEqual([informed.of_files, informed.files, informed.based_on, informed.compared], [6, 1, 5, 5], JSON.stringify(informed));
      assert.ok(Math.abs(informed.saved_bytes - (entry?.size_before_bytes - entry?.size_after_bytes)) < 0.02 * informed.bytes_before);
      assert.ok(informed.seconds > 0 && informed.seconds_max < 120);
      const stats = await server.call("GET", "/stats");
      assert.equal(stats.size_error_percent, informed.size_error_percent);
      await server.stop();
    });
  });
}

test("what cannot be aimed at is refused with its field, and what this ffmpeg cannot measure with its reason", async () => {
  const server = await Server.start();
  const metrics = (await server.call("GET", "/profiles/metrics")).items as Json[];
  assert.deepEqual(metrics.map((it) => it.metric), ["ssim", "vmaf", "xpsnr"]);
  assert.equal(metrics[0]?.available, true);
  const vmaf = metrics[1] as Json;
  const rows: [Json, string, RegExp][] = [
    [{ target_metric: "ssim" }, "target_score", /A floor of SSIM is a score from 0\.7 to 0\.9995\./],
    [{ target_metric: "ssim", target_score: 97 }, "target_score", /A floor of SSIM/],
    [{ target_metric: "ssim", target_score: -1 }, "target_score", /must be/],
    [{ target_metric: "psnr", target_score: 40 }, "target_metric", /must be one of|off, ssim, vmaf or xpsnr/],
    [{ target_score: 0.97 }, "target_score", /needs a target_metric/],
    [{ ...target, video_bit_rate_kbps: 2000, two_pass: true }, "target_metric", /A bit rate and a target score contradict each other/],
    [{ ...target, codec: "copy" }, "target_metric", /codec copy/],
    [{ ...target, engine: "handbrake" }, "target_metric", /choose the ffmpeg engine/],
    [{ ...target, min_ssim: 0.9 }, "min_ssim", /The floor is the target_score/],
    ...(vmaf.available ? [] : ([[{ target_metric: "vmaf", target_score: 95 }, "target_metric", /VMAF needs ffmpeg's filter libvmaf, which the ffmpeg here lacks/]] as [Json, string, RegExp][])),
  ];
  for (const [settings, field, says] of rows) {
    const { status, body } = await server.request("POST", "/profiles", { name: "x", ...settings });
    assert.equal(status, 422, JSON.stringify(body));
    const [first] = body.errors as Json[];
    assert.equal(first?.field, field);
    assert.match(first?.message as string, says);
  }
  const asks: [Json, number, RegExp][] = [
    [{ root: 4711 }, 404, /root 4711/],
    [{ files: [4711] }, 404, /file 4711/],
    [{ files: [1], root: 1 }, 422, /exclude each other/],
    [{ profile: "nothing" }, 422, /nothing/],
  ];
  for (const [ask, status, says] of asks) {
    const answer = await server.request("POST", "/predictions", ask);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(JSON.stringify(answer.body), says);
  }
  assert.equal((await server.call("POST", "/predictions", {})).summary, "There are no files.");
  await server.stop();
});
