// Takes the pictures of the README from a real server at work on a library made for it: `npm run screenshots` in tests/web.
//
// usage: node screenshots.ts                 writes docs/screenshots
//        node screenshots.ts --only NAME     writes that one alone
//        node screenshots.ts --walk DIR      every page in both themes and on a phone, to look at
import { mkdirSync, openAsBlob, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { ffmpeg, pacedFfmpeg, quickFfmpeg, releaseBinary, temporaryDirectory, until, type Server } from "../system/harness.ts";
import { imported } from "./audio.ts";
import { emptyHouse, everyPage, Visitor, type VisitOptions } from "./harness.ts";

const { values: options } = parseArgs({ options: { walk: { type: "string" }, only: { type: "string" } } });
const TARGET = join(import.meta.dirname, "../../docs/screenshots");
const MAX_BYTES = 200 * 1024;
const DAY_MS = 86_400_000;
const PACE = 0.05; // of a film's length: the encode is still running when the picture is taken

/** Titles that nobody owns, and pictures that ffmpeg draws: one for each film, under moving noise. */
const LIBRARY: readonly [name: string, source: string, codec: readonly string[]][] = [
  ["The Lighthouse Keeper (1998).mkv", "mandelbrot=s=960x540:r=24:start_scale=2.6", ["libx264", "-preset", "ultrafast", "-crf", "12"]],
  ["A Winter Garden (2011).mkv", "gradients=s=960x540:r=24:n=4:seed=11", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
  ["Night Train to Turin (2004).mp4", "mandelbrot=s=960x540:r=24:start_x=-0.745:start_y=0.11:start_scale=0.02", ["libx264", "-preset", "ultrafast", "-crf", "12"]],
  ["Paper Boats (2020).mkv", "gradients=s=960x540:r=24:n=3:seed=5", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
  ["The Long Way Down (1987).avi", "gradients=s=720x576:r=25:n=5:seed=23", ["mpeg4", "-q:v", "2"]],
  ["Salt and Cedar (2016).mkv", "sierpinski=s=960x540:r=24:seed=3", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
  ["An Ordinary Orchard (2009).mkv", "gradients=s=960x540:r=24:n=6:seed=31", ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"]],
  ["Harbour Lights (1973).ts", "gradients=s=720x576:r=25:n=3:seed=77", ["mpeg2video", "-q:v", "2"]],
  ["The Cartographer (2022).mkv", "mandelbrot=s=960x540:r=24:start_x=-1.25:start_y=0.02:start_scale=0.3", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
  ["Seven Small Rooms (2014).mkv", "gradients=s=960x540:r=24:n=4:seed=41", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
  ["Ferry to Stromness (1992).mkv", "mandelbrot=s=960x540:r=24:start_x=-0.1:start_y=0.9:start_scale=0.4", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
  ["Quiet Hours (2018).mkv", "gradients=s=960x540:r=24:n=5:seed=59", ["libx264", "-preset", "ultrafast", "-crf", "14"]],
];
const DONE = 6; // films that are encoded before the pictures are taken

async function makeLibrary(directory: string): Promise<void> {
  for (const [name, source, codec] of LIBRARY)
    await ffmpeg(
      ...["-f", "lavfi", "-i", `${source},format=yuv420p,loop=-1:1,noise=alls=8:allf=t`, "-f", "lavfi", "-i", "sine=440", "-f", "lavfi", "-i", "sine=330", "-map", "0", "-map", "1", "-map", "2", "-t", "3"],
      ...["-c:v", ...codec, "-pix_fmt", "yuv420p", "-c:a", "ac3", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", "-disposition:a:0", "default", "-disposition:a:1", "0"],
      `file:${join(directory, name)}`,
    );
}

/** What was done in a minute here is spread over weeks, as in a house where somebody lives: a line over time needs some time. */
function age(data: string): void {
  const database = new DatabaseSync(join(data, "reeve.db"));
  const rows = database.prepare("SELECT id FROM history ORDER BY id").all() as { id: number }[];
  rows.forEach(({ id }, index) => database.prepare("UPDATE history SET created_at_ms = created_at_ms - ? WHERE id = ?").run((rows.length - 1 - index) * 5.3 * DAY_MS, id));
  database.close();
}

/** One that holds everywhere, and one for a root that is held back by it during most of a day. */
async function makeSchedules(server: Server): Promise<void> {
  const weekdays = ["mon", "tue", "wed", "thu", "fri"];
  const weekend = ["sat", "sun"];
  const zone = "Europe/Berlin";
  await server.call("POST", "/schedules", { name: "Nights and weekends", zone, everywhere: true, at_end: "freeze", windows: [{ days: weekdays, start: "22:00", end: "06:00" }, { days: weekend, start: "00:00", end: "24:00" }] });
  const { id } = await server.call("POST", "/schedules", { name: "Cheap power", zone, at_end: "drain", windows: [{ days: [...weekdays, ...weekend], start: "00:30", end: "05:00" }, { days: weekend, start: "12:00", end: "14:30" }] });
  await server.addRoot(temporaryDirectory("reeve-shows-"), "everyday", { name: "Shows", type: "tv", schedule_id: id });
  await until("the schedules are in force", async () => (await server.call("GET", "/governor")).workers[0].ruling.roots.length === 2);
}

/** What people send to be converted: rushes for an editor, a rehearsal, a talk. */
const RUSHES: readonly [name: string, source: string, seconds: number][] = [
  ["Interview 03 - the harbour master.mov", "gradients=s=640x360:r=25:n=4:seed=17", 14],
  ["Rehearsal take 4.mp4", "gradients=s=640x360:r=25:n=3:seed=29", 9],
  ["Opening talk, camera B.mts", "gradients=s=640x360:r=25:n=5:seed=47", 18],
];

async function upload(server: Server, path: string, name: string): Promise<string> {
  const form = new FormData();
  form.set("file", await openAsBlob(path), name);
  const answer = await fetch(`${server.url}/upload/`, { method: "POST", body: form, headers: { "X-Api-Key": server.key } });
  return ((await answer.json()) as { file_id: string }).file_id;
}

/** Some that can be fetched, made at full speed; returns the uploads, of which more is asked for later. */
async function makeConversions(server: Server): Promise<number[]> {
  const directory = temporaryDirectory("reeve-rushes-");
  const uploads: number[] = [];
  for (const [name, source, seconds] of RUSHES) {
    const path = join(directory, name);
    await ffmpeg("-f", "lavfi", "-i", `${source},format=yuv420p,noise=alls=4`, "-f", "lavfi", "-i", "sine=220", "-t", String(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-c:a", "aac", `file:${path}`);
    uploads.push(Number(await upload(server, path, name)));
  }
  const presets = ["prores-proxy", "h264-review", "dnxhr-lb"];
  for (const [i, preset] of presets.entries()) {
    const { id } = await server.call("POST", "/conversions", { upload: uploads[i], preset });
    await until(`${preset} is made`, async () => (await server.call("GET", `/conversions/${id as number}`)).state === "completed");
  }
  return uploads;
}

/** One on its way, one under way, one that waits, and those that are done. */
async function showConversions(server: Server, visitor: Visitor, uploads: readonly number[], take: () => Promise<void>): Promise<void> {
  const under = await server.call("POST", "/conversions", { upload: uploads[1], preset: "hevc-1080p" });
  await server.call("POST", "/conversions", { upload: uploads[0], preset: "h264-1080p" });
  await until("a part of it is done", async () => ((await server.call("GET", `/conversions/${under.id as number}`)).progress as number) > 0.2);
  const { page } = visitor;
  const large = join(temporaryDirectory("reeve-rushes-"), "Drone over the harbour.mov");
  writeFileSync(large, Buffer.alloc(160 * 1024 * 1024, 1));
  await visitor.open("/convert", "Convert");
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 12 * 1024 * 1024 });
  await page.getByLabel("Films to convert").setInputFiles(large);
  await page.getByRole("listitem").filter({ hasText: "Drone" }).getByText(/^[4-9]\d %$/).waitFor();
  await page.getByText(/ left$/).first().waitFor();
  await take();
}

/** Pictures with few colours are small. */
async function shrink(from: string, to: string): Promise<void> {
  await ffmpeg("-i", from, "-vf", "split[a][b];[a]palettegen=max_colors=128:stats_mode=full[p];[b][p]paletteuse=dither=none", "-compression_level", "9", "-pred", "mixed", to);
  if (statSync(to).size > MAX_BYTES) throw new Error(`${to} has ${statSync(to).size} bytes, more than ${MAX_BYTES}.`);
}

async function show(visitor: Visitor, path: string, heading: string | RegExp): Promise<void> {
  await visitor.open(path, heading);
  await visitor.page.waitForFunction(() => Array.from(document.images).every((image) => image.complete));
  // Whose machine this is says nothing.
  await visitor.page.evaluate(() => {
    const card = Array.from(document.querySelectorAll("section")).find((section) => section.querySelector("h2")?.textContent === "Workers");
    const name = card?.querySelector("p");
    if (name) name.textContent = "media-server";
  });
}

test("screenshots", async () => {
  const media = join(temporaryDirectory("reeve-films-"), "films");
  mkdirSync(media);
  await makeLibrary(media);
  const first = await emptyHouse({ args: ["--ffmpeg", quickFfmpeg("libx265|libx264|prores_ks|dnxhd")] });
  await first.quickProfile("everyday", { min_saving_percent: 0, min_bits_per_pixel: 0, description: "HEVC for what is watched every day." });
  const root = await first.addRoot(media, "everyday", { name: "Films" });
  await first.scan(root);
  const files = (await first.all("/files")).map((file) => file.id as number);
  if (options.only !== "convert") await first.transcode({ files: files.slice(0, DONE) });
  await first.call("PUT", "/audio/policy", {
    languages: ["fra", "eng"],
    prefer_original: true,
    overrides: [{ glob: "Kids", languages: ["deu"], original: "ignored" }],
    subtitles: "by-language",
    subtitle_languages: ["eng"],
  });
  const uploads = await makeConversions(first);
  await first.stop();
  age(first.data);

  const server = await first.again({ binary: releaseBinary, args: ["--ffmpeg", pacedFfmpeg(PACE)] });
  await server.enqueue({ files: files.slice(DONE) });
  await until("an encode tells its speed", async () => (await server.all("/jobs?state=running")).some((job) => (job.progress_detail as { fps?: number } | null)?.fps));

  if (options.walk) {
    await server.job((await server.call("POST", "/audio/batches", { files: files.slice(0, 3) })).job as number);
    await server.call("POST", "/webhooks/radarr", imported("/elsewhere/film.mkv", 1));
    await makeSchedules(server);
    const visits: [string, VisitOptions][] = [["light", { theme: "light" }], ["dark", { theme: "dark" }], ["phone", { phone: true }]];
    for (const [name, visit] of visits) {
      const directory = join(options.walk, name);
      mkdirSync(directory, { recursive: true });
      const visitor = await Visitor.signedIn(server, visit);
      for (const [path, heading] of [...(await everyPage(server)), ["/queue?tab=pending", "Queue"], ["/queue", "Queue"]] as const) {
        await show(visitor, path, heading);
        await visitor.page.screenshot({ path: join(directory, `${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "dashboard"}.png`), fullPage: true });
      }
      await visitor.leave();
    }
    await server.kill();
    return;
  }

  mkdirSync(TARGET, { recursive: true });
  const scratch = join(temporaryDirectory(), "shot.png");
  const keep = async (visitor: Visitor, name: string): Promise<void> => {
    await visitor.page.screenshot({ path: scratch });
    await shrink(scratch, join(TARGET, `${name}.png`));
  };
  const take = async (visitor: Visitor, path: string, heading: string | RegExp, name: string): Promise<void> => {
    if (options.only && options.only !== name) return;
    await show(visitor, path, heading);
    await keep(visitor, name);
  };
  const light = await Visitor.signedIn(server, { theme: "light" });
  await take(light, "/", "Dashboard", "dashboard");
  await take(light, "/library", "Library", "library");
  await take(light, `/library/${files[DONE + 2]}`, /./, "file");
  await take(light, "/audio", "Audio", "audio");
  await light.leave();
  const dark = await Visitor.signedIn(server, { theme: "dark" });
  await take(dark, "/queue?tab=pending", "Queue", "queue-dark");
  await dark.leave();
  const phone = await Visitor.signedIn(server, { phone: true });
  await take(phone, "/", "Dashboard", "phone");
  await phone.leave();
  if (!options.only || options.only === "convert") {
    const sending = await Visitor.signedIn(server, { theme: "light" });
    await showConversions(server, sending, uploads, () => keep(sending, "convert"));
    await sending.leave();
  }
  await makeSchedules(server);
  const scheduled = await Visitor.signedIn(server, { theme: "light" });
  await take(scheduled, "/schedules", "Schedules", "schedules");
  await scheduled.leave();
  await server.kill();
});
