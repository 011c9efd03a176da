// The page Audio: the policy with what it would do, batches, what Sonarr and Radarr say; the right track from a file's own page.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { atEnd, temporaryDirectory, until, type Server } from "../system/harness.ts";
import { imported, makeTracks, spoken } from "./audio.ts";
import { addUser, emptyHouse, Visitor } from "./harness.ts";

const FILMS = ["A Winter Garden (2011).mkv", "Night Train to Turin (2004).mp4", "Kids/Paper Boats (2020).mkv", "Seeding/Salt and Cedar (2016).mkv"] as const;
const media = join(temporaryDirectory("reeve-films-"), "films");
const [garden, train, boats, salt] = FILMS.map((name) => join(media, name)) as [string, string, string, string];
let server: Server;
let root: number;

/** The policy as if nobody had touched it, and every film in English. */
async function begin(policy: object = { languages: ["eng"], prefer_original: true }): Promise<void> {
  await server.call("PUT", "/audio/policy", { languages: ["eng"], prefer_original: false });
  const { job } = await server.call("POST", "/audio/batches", { root });
  await server.job(job as number);
  await server.call("PUT", "/audio/policy", policy);
}

before(async () => {
  for (const path of [garden, train, boats, salt]) {
    mkdirSync(join(path, ".."), { recursive: true });
    await makeTracks(path);
  }
  server = await emptyHouse({ args: ["--media-directories", media] });
  await server.quickProfile("everyday");
  root = await server.addRoot(media, "everyday", { name: "Films" });
  await server.scan(root);
});

test("policy: languages by name and by code, in another order by keyboard and by dragging, with the preview beside, saved", async () => {
  await begin();
  const visitor = await Visitor.signedIn(server, { expected: ["422 /api/v1/audio/policy", "422 /api/v1/audio/preview"] });
  const { page } = visitor;
  await visitor.open("/audio", "Audio");
  await page.getByText("It is the default already.").waitFor();
  const list = page.getByRole("list", { name: "Languages", exact: true }).first();
  const languages = async (): Promise<string[]> => (await list.getByRole("listitem").allTextContents()).map((text) => text.replace(/^\d+/, ""));
  assert.deepEqual(await languages(), ["The original language of the film", "Englisheng"]);

  const add = page.getByRole("combobox", { name: "Add to: Languages" }).or(page.getByRole("textbox", { name: "Add to: Languages" }));
  await add.fill("germ");
  await page.getByRole("option", { name: "German" }).waitFor();
  await add.press("Enter"); // the first that is found
  await add.fill("fra");
  await add.press("Enter"); // a code that the list has in another form, kept as it is or as its own
  await add.fill("klingonish");
  await add.press("Enter");
  assert.deepEqual((await languages()).map((text) => text.replace(/(de|fra?)$/, "")), ["The original language of the film", "Englisheng", "German", "French", "klingonish"]);

  await page.getByRole("button", { name: "Save" }).click();
  await list.getByRole("alert").getByText(/^"klingonish" is no language that is known/).waitFor(); // the server's words, at the row
  assert.deepEqual((await server.call("GET", "/audio/policy")).languages, ["eng"]);
  await page.getByRole("button", { name: "Remove klingonish", exact: true }).click();

  await page.getByText("It is the default already.").waitFor();
  await page.getByRole("button", { name: "Move German", exact: true }).press("Space");
  await page.getByRole("status").getByText("German is at place 2 of 3.").waitFor({ state: "attached" }); // from then on it hears arrows
  await page.keyboard.press("ArrowUp");
  await page.getByRole("status").getByText("German is at place 1 of 3.").waitFor({ state: "attached" });
  await page.keyboard.press("Space");
  await until("German is the second", async () => (await languages())[1]?.startsWith("German"));
  await page.getByText("becomes the default", { exact: true }).waitFor(); // of the unsaved policy
  assert.equal(await page.getByRole("list", { name: "Tracks" }).getByRole("listitem").filter({ hasText: "becomes the default" }).textContent().then((text) => text?.includes("German")), true);
  assert.equal(await spoken(garden), "eng", "a preview changes nothing");

  const french = await page.getByRole("button", { name: "Move French", exact: true }).boundingBox();
  const german = await page.getByRole("button", { name: "Move German", exact: true }).boundingBox();
  assert.ok(french && german);
  await page.mouse.move(french.x + 8, french.y + 8);
  await page.mouse.down();
  await page.mouse.move(french.x + 8, french.y - 8, { steps: 4 });
  await page.mouse.move(german.x + 8, german.y - 4, { steps: 12 });
  await page.mouse.up();
  await until("French is the second", async () => (await languages())[1]?.startsWith("French"));

  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast(/^The policy is saved/);
  const stored = await server.call("GET", "/audio/policy");
  assert.deepEqual(stored.languages.map((code: string) => code.slice(0, 2)), ["fr", "de", "en"]);
  assert.equal(stored.prefer_original, true);
  await page.reload();
  await page.getByRole("button", { name: "Move French", exact: true }).waitFor();
  await visitor.leave();
});

test("policy: the arrow keys choose another language than the likeliest", async () => {
  await begin();
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/audio", "Audio");
  const list = page.getByRole("list", { name: "Languages", exact: true }).first();
  const add = page.getByRole("combobox", { name: "Add to: Languages" }).or(page.getByRole("textbox", { name: "Add to: Languages" }));
  await add.fill("norweg");
  await page.getByRole("option").first().and(page.locator("[data-combobox-selected]")).waitFor();
  await add.press("ArrowDown");
  const second = (await page.getByRole("option").nth(1).textContent()) ?? "";
  await page.getByRole("option", { name: second, exact: true }).and(page.locator("[data-combobox-selected]")).waitFor();
  await add.press("Enter");
  await list.getByText(second, { exact: true }).waitFor();
  assert.equal(await list.getByRole("listitem").count(), 3);
  assert.equal(await add.inputValue(), "");
  await visitor.leave();
});

test("policy: rules for paths and for subtitles, with the server's complaint at the part that is wrong", async () => {
  await begin();
  const visitor = await Visitor.signedIn(server, { expected: ["422 /api/v1/audio/policy", "422 /api/v1/audio/preview"] });
  const { page } = visitor;
  await visitor.open("/audio", "Audio");
  await page.getByRole("button", { name: "Add a rule for a path" }).click();
  const rule = page.getByRole("group", { name: "Rule 1" });
  await rule.getByRole("textbox", { name: "Paths" }).fill("Kids");
  await page.getByRole("button", { name: "Save" }).click();
  await rule.getByText(/^List at least one language/).waitFor();
  await rule.getByPlaceholder("Add a language").fill("French");
  await rule.getByPlaceholder("Add a language").press("Enter");
  await rule.getByText(/^List at least one language/).waitFor({ state: "hidden" });
  await rule.getByRole("radio", { name: "Ignored" }).check();
  await page.getByRole("radio", { name: "By language" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/^List at least one language, such as eng/).waitFor();
  await page.getByRole("textbox", { name: "Add to: Subtitle languages" }).or(page.getByRole("combobox", { name: "Add to: Subtitle languages" })).fill("eng");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast(/^The policy is saved/);
  const stored = await server.call("GET", "/audio/policy");
  assert.deepEqual([stored.overrides.length, stored.overrides[0].glob, stored.overrides[0].original, stored.subtitles], [1, "Kids", "ignored", "by-language"]);

  // On a folder: the file below Kids is the one that changes.
  await page.getByRole("radiogroup", { name: "Try it on" }).getByText("A folder").click();
  await page.getByText("1 of 4 files would be changed.").waitFor();
  await page.getByRole("button", { name: /^Paper Boats/ }).click();
  await page.getByText(/wanted for paths like Kids/).waitFor();
  await visitor.assertAccessible("the policy with a preview of a folder");
  await page.getByRole("button", { name: "Choose" }).click();
  const picker = page.getByRole("dialog", { name: "Choose a folder" });
  await picker.getByRole("button", { name: "Seeding" }).click();
  await picker.getByRole("button", { name: "Choose this folder" }).click();
  await page.getByText("None of 1 file would be changed.").waitFor();
  await visitor.leave();
});

test("policy: a stale edit shows both, in words; a viewer can look and not touch", async () => {
  await begin();
  const visitor = await Visitor.signedIn(server, { expected: ["412 /api/v1/audio/policy"] });
  const { page } = visitor;
  await visitor.open("/audio", "Audio");
  await page.getByRole("textbox", { name: "Add to: Languages" }).or(page.getByRole("combobox", { name: "Add to: Languages" })).fill("Italian");
  await page.keyboard.press("Enter");
  await server.call("PUT", "/audio/policy", { languages: ["eng", "deu"], prefer_original: true });
  await page.getByRole("button", { name: "Save" }).click();
  const dialog = page.getByRole("dialog", { name: "This was changed meanwhile" });
  for (const value of ["English", "English, German", "English, Italian"]) await dialog.getByRole("cell", { name: value, exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Take theirs" }).click();
  await page.getByRole("button", { name: "Move German", exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Move Italian", exact: true }).count(), 0);
  await visitor.leave();

  await addUser(server, "vera", "viewer");
  const viewer = await Visitor.signedIn(server, {}, "vera");
  await viewer.open("/audio", "Audio");
  await viewer.page.getByText("Only an administrator can change the policy.").waitFor();
  assert.equal(await viewer.page.getByRole("button", { name: "Save" }).count(), 0);
  await viewer.page.getByRole("radiogroup", { name: "Try it on" }).getByText("A folder").click();
  await viewer.page.getByText(/would be changed/).waitFor();
  await viewer.page.getByRole("tab", { name: "Batches" }).click();
  await viewer.page.getByRole("list", { name: "Batches" }).waitFor();
  assert.equal(await viewer.page.getByText("Start a batch").count(), 0);
  await viewer.page.getByRole("tab", { name: "Sonarr and Radarr" }).click();
  await viewer.page.getByText("an administrator can make").first().waitFor();
  await viewer.leave();
});

test("batches: a dry run, then the work, each file's outcome, filtered, and taken back", async () => {
  await begin({ languages: ["deu"], prefer_original: false });
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/audio?tab=batches", "Audio");
  await page.getByRole("switch", { name: "Dry run" }).check();
  await page.getByRole("button", { name: "Start the dry run" }).click();
  await page.getByRole("heading", { level: 1, name: /^Batch \d+/ }).waitFor();
  await page.getByText("Done", { exact: true }).waitFor(); // live: nobody loads the page again
  await page.getByText("All 4", { exact: true }).waitFor();
  await page.getByText("Would be changed 4", { exact: true }).waitFor();
  assert.equal(await spoken(garden), "eng");

  await page.getByRole("button", { name: "Do it now" }).click();
  await page.getByText("Changed 4", { exact: true }).waitFor();
  for (const path of [garden, train, boats, salt]) assert.equal(await spoken(path), "deu");
  await visitor.assertAccessible("the outcomes of a batch");
  const rows = page.getByRole("region", { name: "Outcomes" }).getByRole("row");
  await until("every file has its row", async () => (await rows.count()) === FILMS.length + 1);
  await page.getByRole("button", { name: "Undo the change of A Winter Garden (2011).mkv" }).click();
  await visitor.toast(/becomes what it was before/);
  await until("the first is in English again", async () => (await spoken(garden)) === "eng");

  // Some files, of which one is as wanted: the filter is in the address.
  await visitor.open("/audio?tab=batches", "Audio");
  await page.getByRole("radiogroup", { name: "Which files" }).getByText("Some files").click();
  const files = page.getByRole("textbox", { name: "Files" }).or(page.getByRole("combobox", { name: "Files" }));
  for (const name of ["Winter", "Night"]) {
    await files.fill(name);
    await page.getByRole("option", { name: new RegExp(name) }).click();
  }
  await page.getByRole("button", { name: "Start the batch" }).click();
  await page.getByText("Nothing to do 1", { exact: true }).waitFor();
  await page.getByText("Nothing to do 1", { exact: true }).click();
  await until("one row is left", async () => (await rows.count()) === 2);
  assert.match(page.url(), /outcome=nothing/);
  await page.reload();
  await page.getByRole("link", { name: "Night Train to Turin (2004).mp4" }).waitFor();
  await visitor.leave();
});

test("batches: one that runs shows how far it is; the next waits, is paused, resumed and cancelled", async () => {
  await begin({ languages: ["fra"], prefer_original: true });
  // The Movie Database, as slow as the test wants it: a batch that asks for an original language waits for the answer.
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const films = createServer((_, response) => {
    void held.then(() => response.writeHead(404, { "Content-Type": "application/json" }).end('{"status_code":34,"status_message":"Not found."}'));
  });
  films.listen(0, "127.0.0.1");
  await once(films, "listening");
  atEnd(() => void films.close());
  await server.call("PUT", "/settings", { tmdb_key: "0123456789abcdef0123456789abcdef", tmdb_address: `http://127.0.0.1:${(films.address() as AddressInfo).port}` });
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  const running = (await server.call("POST", "/audio/batches", { root })).job as number;
  await visitor.open("/audio?tab=batches", "Audio");
  const batches = page.getByRole("list", { name: "Batches" }).getByRole("listitem");
  const first = batches.filter({ has: page.locator(`a[href="/audio/batches/${running}"]`) });
  await first.getByRole("progressbar").waitFor({ state: "attached" });

  const second = (await server.call("POST", "/audio/batches", { path: join(media, "Kids") })).job as number;
  const waiting = batches.filter({ has: page.locator(`a[href="/audio/batches/${second}"]`) });
  await waiting.getByText("Pending").waitFor(); // live
  await waiting.getByRole("button", { name: "Pause" }).click();
  await visitor.toast("The batch is paused.");
  await waiting.getByRole("button", { name: "Resume" }).click();
  await visitor.toast("The batch is resumed.");
  await waiting.getByRole("button", { name: "Cancel" }).click();
  await visitor.toast("The batch is cancelled.");
  await waiting.getByText("Cancelled").waitFor();

  answer();
  await first.getByText("Done").waitFor();
  await first.getByText("4 changed").waitFor();
  assert.equal(await spoken(boats), "fra");
  await server.call("PUT", "/settings", { tmdb_key: null, tmdb_address: null });
  await visitor.leave();
});

test("webhooks: a key made in place, a message sent with it, what came of it, and why nothing where nothing was done", async () => {
  await begin({ languages: ["eng"], prefer_original: true });
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/audio?tab=webhooks", "Audio");
  await page.getByText("No messages yet").waitFor();
  const radarr = page.locator("section").filter({ has: page.getByRole("heading", { name: "Radarr", exact: true }) });
  await radarr.getByText(/^Nothing was received/).waitFor();
  await radarr.getByRole("button", { name: "Make a key for Radarr" }).click();
  const key = (await radarr.getByTestId("webhook-key").textContent()) ?? "";
  await visitor.assertAccessible("a key for messages");
  const address = `${server.url}/api/v1/webhooks/radarr`;
  await radarr.getByText(address, { exact: true }).waitFor();
  await radarr.getByText(`${address}?apikey=${key}`).waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await radarr.getByRole("button", { name: "Copy: Key" }).click();
  await radarr.getByRole("button", { name: "Copied: Key" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);

  const send = async (body: object): Promise<void> => {
    const sent = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "X-Api-Key": key }, body: JSON.stringify(body) });
    assert.equal(sent.status, 200, await sent.text());
  };
  assert.equal((await fetch(`${server.url}/api/v1/stats`, { headers: { "X-Api-Key": key } })).status, 403, "the key is for messages only");
  await send(imported("/elsewhere/film.mkv", 2));
  await radarr.getByText("Not in the library").waitFor(); // live
  await radarr.getByText(/is below none of the library's roots/).waitFor();
  await page.getByRole("region", { name: "Messages" }).getByText(/is below none of the library's roots/).waitFor();
  await page.getByRole("link", { name: "set the path mappings" }).waitFor();

  await send(imported(train, 1));
  await radarr.getByRole("status").getByText("Acted upon").waitFor();
  const row = page.getByRole("region", { name: "Messages" }).getByRole("row", { name: /Acted upon/ });
  await row.getByRole("link", { name: /^Job/ }).click();
  await page.getByRole("heading", { level: 1, name: /^Night Train/ }).waitFor();
  await page.getByText(/German is the original language \(Sonarr or Radarr\)/).first().waitFor();
  assert.equal(await spoken(train), "deu");

  // The file's own page knows of it.
  await page.getByRole("link", { name: "Night Train to Turin (2004).mp4" }).click();
  await page.getByText("After the last import").waitFor();
  await visitor.assertAccessible("a file after an import");

  // The key cannot be seen again.
  await visitor.open("/audio?tab=webhooks&from=radarr", "Audio");
  await page.getByText(/There (is a key|are keys) for messages already: .*Radarr/).first().waitFor();
  assert.equal(await page.getByText(key).count(), 0);
  await visitor.leave();
});

test("a file: the right track is set from its page, and taken back from the toast and from the history", async () => {
  await begin({ languages: ["fra"], prefer_original: false });
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  const [file] = (await server.all("/files?q=Garden"));
  assert.ok(file);
  await visitor.open(`/library/${file.id}`, /Winter Garden/);
  await page.getByText("becomes the default", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Set the right track now" }).click();
  const toast = page.getByRole("alert").filter({ hasText: "French is the default now." });
  await toast.waitFor();
  assert.equal(await spoken(garden), "fra");
  await page.getByText("stays the default", { exact: true }).waitFor(); // the page follows
  await toast.getByRole("button", { name: "Undo" }).click();
  await until("it is as before", async () => (await spoken(garden)) === "eng");
  await page.getByText("becomes the default", { exact: true }).waitFor();

  const set = page.getByRole("button", { name: "Set the right track now" });
  await set.click();
  await page.getByRole("alert").filter({ hasText: "French is the default now." }).waitFor();
  await visitor.open("/history?q=Winter", "History");
  const edit = page.getByRole("row").filter({ hasText: "French became the default track" }).first();
  await edit.getByRole("button", { name: /^Undo the change of tracks/ }).click();
  await visitor.toast(/are being set back/);
  await page.getByRole("row").filter({ hasText: "Edit undone" }).filter({ hasText: "French was the default track" }).first().waitFor();
  await until("it is as before", async () => (await spoken(garden)) === "eng");

  // From the library, for several.
  await visitor.open("/library", "Library");
  await page.getByRole("checkbox", { name: /Paper Boats/ }).check();
  await page.getByRole("button", { name: "Set audio tracks" }).click();
  await page.getByText("Changed 1", { exact: true }).waitFor();
  assert.equal(await spoken(boats), "fra");
  await visitor.leave();
});

test("on a phone every part is there, and nothing is wider than the window", async () => {
  const [batch] = await server.all("/jobs?state=done&kind=audio-batch");
  assert.ok(batch);
  copyFileSync(garden, join(media, "A Very Long Name of a Film that Nobody Would Ever Give to a Film unless They Test How Long a Name May Be (2024) [Remux-2160p].mkv"));
  await server.scan(root);
  const visitor = await Visitor.signedIn(server, { phone: true, theme: "dark" });
  for (const path of ["/audio", "/audio?tab=batches", "/audio?tab=webhooks", `/audio/batches/${batch.id}`, "/history"]) {
    await visitor.open(path, /./);
    await visitor.page.waitForLoadState("networkidle");
    const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${path} is ${overflow} pixels too wide`);
    const table = visitor.page.getByRole("region", { name: /^(Outcomes|Messages|History)$/ });
    if ((await table.count()) > 0) assert.ok(await table.first().evaluate((element) => element.scrollWidth <= element.clientWidth), `${path}: the table needs no scrolling`);
    await visitor.assertAccessible(`phone: ${path}`);
  }
  await visitor.leave();
});

test("the secret for signatures is made and shown once, lets a signed message in, and is taken away", async () => {
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/audio?tab=webhooks", "Audio");
  const card = page.locator("section").filter({ hasText: "How messages show that they may" });
  assert.equal(await card.getByRole("listitem").count(), 3);
  await card.getByRole("button", { name: "Make a secret" }).click();
  const secret = await page.getByTestId("webhook-secret").textContent();
  assert.ok(secret);
  const way = await card.getByRole("listitem").filter({ hasText: "a signature" }).textContent();
  const header = /header (X-[\w-]+)/.exec(way ?? "")?.[1];
  assert.ok(header);
  await visitor.assertAccessible("the secret that is shown once");
  const send = async (key: string): Promise<number> => {
    const body = JSON.stringify(imported("/elsewhere/signed.mkv", 77));
    const signature = createHmac("sha256", key).update(body).digest("hex");
    return (await fetch(`${server.url}/api/v1/webhooks/radarr`, { method: "POST", body, headers: { "Content-Type": "application/json", [header]: signature } })).status;
  };
  assert.equal(await send(secret), 200);

  await card.getByRole("button", { name: "Make another secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make another" }).click();
  await until("another secret is shown", async () => (await page.getByTestId("webhook-secret").textContent()) !== secret);
  assert.equal(await send(secret), 401);
  await visitor.open("/audio?tab=webhooks", "Audio");
  await card.getByRole("button", { name: "Make another secret" }).waitFor();
  assert.equal(await page.getByTestId("webhook-secret").count(), 0);

  await card.getByRole("button", { name: "Take the secret away" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it away" }).click();
  await visitor.toast(/^The secret is gone/);
  await card.getByRole("button", { name: "Make a secret" }).waitFor();
  assert.ok((await server.call("GET", "/webhooks")).items.every((item: { has_secret: boolean }) => !item.has_secret));
  await visitor.leave();
});
