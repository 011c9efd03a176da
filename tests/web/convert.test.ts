// The page on which films are converted: sent in pieces, paused and gone on with, watched, fetched, deleted; what goes wrong is said.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { makeFilm, makeLongFilm, pacedFfmpeg, probe, temporaryDirectory, type Server } from "../system/harness.ts";
import { emptyHouse, Visitor } from "./harness.ts";

let server: Server;
const films = temporaryDirectory("reeve-films-");
const film = join(films, "Abendlicht über dem Hafen.mov");
const long = join(films, "Rehearsal take 4.mp4");
const shots = process.env.REEVE_SHOTS;

before(async () => {
  await makeFilm(film, { seconds: 2, size: "640x360" });
  await makeLongFilm(long, 12);
  server = await emptyHouse({ args: ["--ffmpeg", pacedFfmpeg(1)] });
});

async function choose(visitor: Visitor, label: string, option: string | RegExp): Promise<void> {
  await visitor.page.getByRole("combobox", { name: label }).click();
  await visitor.page.getByRole("option", { name: option }).click();
}

async function shot(visitor: Visitor, name: string): Promise<void> {
  if (shots) await visitor.page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

test("a film is dropped, becomes what was chosen, is fetched and deleted", async () => {
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/convert", "Convert");
  await page.getByText("Nothing was converted yet").waitFor();
  await choose(visitor, "They become", /H\.264 \.mp4 · Small · 720p/);
  await choose(visitor, "Picture", "360p");
  await page.getByLabel("Films to convert").setInputFiles(film);
  const row = page.getByRole("row", { name: /Abendlicht über dem Hafen\.h264-low-360p\.mp4/ });
  await row.getByRole("link", { name: /^Download/ }).waitFor();
  await row.getByText("H.264 .mp4 · Small · 360p").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), row.getByRole("link", { name: /^Download/ }).click()]);
  assert.equal(download.suggestedFilename(), "Abendlicht über dem Hafen.h264-low-360p.mp4");
  const path = join(films, "fetched.mp4");
  await download.saveAs(path);
  const [video] = (await probe(path)).streams as [{ codec_name: string; height: number }];
  assert.deepEqual([video.codec_name, video.height], ["h264", 360]);
  await visitor.assertAccessible("a finished conversion");

  // Another format of the same film, without sending it again.
  await choose(visitor, "They become", /HEVC .* 1080p/);
  await page.getByRole("button", { name: "Convert Abendlicht über dem Hafen.mov" }).click();
  const other = page.getByRole("row", { name: /hevc-medium-1080p/ });
  await other.getByRole("progressbar").waitFor();
  await shot(visitor, "convert-light");
  await other.getByRole("button", { name: /^Call .* off$/ }).click();
  await visitor.toast(/called off/);
  await other.getByText("Cancelled").waitFor();
  await other.getByRole("button", { name: /^Delete/ }).click();
  await visitor.toast(/is deleted/);
  await row.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await visitor.toast(/is deleted/);
  await page.getByRole("button", { name: "Delete Abendlicht über dem Hafen.mov" }).click();
  await visitor.toast(/is deleted/);
  await page.getByText("Nothing was converted yet").waitFor();
  await visitor.leave();
});

test("an upload is paused, gone on with where it was, also while another page is looked at", async () => {
  const visitor = await Visitor.signedIn(server, { theme: "dark" });
  const { page } = visitor;
  const large = join(films, "large.mov");
  writeFileSync(large, Buffer.alloc(30 * 1024 * 1024, 1));
  const session = await page.context().newCDPSession(page);
  await visitor.open("/convert", "Convert");
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4 * 1024 * 1024 });
  await page.getByLabel("Films to convert").setInputFiles(large);
  const sending = page.getByRole("listitem").filter({ hasText: "large.mov" });
  await sending.getByText(/^[1-9]\d? %$/).waitFor();
  await sending.getByText(/ of 30(\.0)? MiB · [\d.]+ MiB\/s · \d+ s left$/).waitFor();
  await sending.getByRole("button", { name: "Pause large.mov" }).click();
  await sending.getByText(/^Paused at [\d.]+ MiB of 30(\.0)? MiB$/).waitFor();
  await visitor.assertAccessible("a paused upload");
  await shot(visitor, "convert-paused-dark");
  const received = async (): Promise<number> => ((await server.call("GET", "/uploads")).items as { received_bytes: number }[])[0]?.received_bytes ?? 0;
  const before = await received();
  assert.ok(before > 0 && before < 30 * 1024 * 1024, String(before));
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await sending.getByRole("button", { name: "Go on with large.mov" }).click();
  await page.getByRole("link", { name: "Queue", exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
  await page.getByRole("link", { name: "Convert", exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: "Convert" }).waitFor();
  // It is no film, and that is what is said of it.
  const row = page.getByRole("row", { name: /large\.prores-low-1080p\.mov/ });
  await row.getByText("What was sent as large.mov is no video that can be read.").waitFor();
  assert.equal(await received(), 30 * 1024 * 1024);
  await row.getByRole("button", { name: /^Delete/ }).click();
  await visitor.toast(/is deleted/);
  await visitor.leave();
});

test("on a phone, with a conversion under way", async () => {
  const visitor = await Visitor.signedIn(server, { phone: true });
  const { page } = visitor;
  await visitor.open("/convert", "Convert");
  await choose(visitor, "They become", /H\.264 \.mp4 · Small · 720p/);
  await page.getByLabel("Films to convert").setInputFiles(long);
  await page.getByRole("progressbar", { name: /Progress of Rehearsal take 4/ }).waitFor();
  await page.getByText(/ left$/).first().waitFor();
  await visitor.assertAccessible("a phone");
  await shot(visitor, "convert-phone");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  await page.getByRole("button", { name: /^Call .* off$/ }).click();
  await visitor.toast(/called off/);
  await visitor.leave();
});

test("who may only look sees and fetches, and sends nothing", async () => {
  await server.call("POST", "/users", { name: "otto", role: "viewer", password: "a quiet evening at home" });
  const visitor = await Visitor.signedIn(server, {}, "otto");
  await visitor.open("/convert", "Convert");
  await visitor.page.getByText("Conversions", { exact: true }).waitFor();
  assert.equal(await visitor.page.getByText("Drop films here").count(), 0);
  assert.equal(await visitor.page.getByRole("button", { name: /^Delete/ }).count(), 0);
  await visitor.leave();
});
