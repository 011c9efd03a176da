// What an administrator does: settings that are in force at once, the log, backups, clean-up, and a root whose disk was away.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { releaseBinary, until, type Json } from "../system/harness.ts";
import { emptyHouse, furnishedHouse, NAME, PASSWORD, Visitor, type House } from "./harness.ts";

let house: House;
before(async () => {
  house = await furnishedHouse(undefined, ["Paper Boats (2020).mkv"]);
});

const setting = async (name: string): Promise<unknown> => (await house.server.call("GET", "/settings")).items.find((item: { name: string }) => item.name === name).value;

test("settings: the server's complaint at the field, then in force at once, and back again", async () => {
  const visitor = await Visitor.signedIn(house.server, { expected: ["422 /api/v1/settings"] });
  const { page } = visitor;
  await visitor.open("/settings", "Settings");
  const slots = page.getByRole("textbox", { name: "Encode slots" });
  await slots.fill("99");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/^encode_slots must be/).waitFor();
  await slots.fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("Saved, and in force.");
  const busy = await house.server.call("GET", "/workers");
  assert.equal(busy.items[0].slots.find((slot: { kind: string }) => slot.kind === "transcode").slots, 3);

  await page.getByRole("button", { name: "Reset encode_slots" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("Saved, and in force.");
  assert.equal(await setting("encode_slots"), 1);

  assert.equal(await page.getByRole("textbox", { name: "Niceness of encoders" }).count(), 0);
  await page.getByRole("switch", { name: "Show advanced settings" }).check();
  await page.getByRole("textbox", { name: "Niceness of encoders" }).waitFor();
  await visitor.leave();
});

test("settings: a secret is typed unseen, and never shown again", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/settings", "Settings");
  const key = page.getByLabel("TMDB key", { exact: true });
  assert.equal(await key.getAttribute("type"), "password");
  await key.fill("0123456789abcdef0123456789abcdef");
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("Saved, and in force.");
  await until("the page says that it is kept", async () => (await key.getAttribute("placeholder")) === "Kept, and not shown");
  assert.equal(await key.inputValue(), "");

  // Taken away when it is saved, and kept when one thinks again.
  const stored = async (): Promise<boolean> => (await house.server.call("GET", "/settings")).items.find((item: { name: string }) => item.name === "tmdb_key").is_set;
  const take = page.getByRole("button", { name: "Take the TMDB key away" });
  await take.click();
  await page.getByText("It is taken away when you save.").waitFor();
  await page.getByRole("button", { name: "Keep the TMDB key" }).click();
  assert.ok(await page.getByRole("button", { name: "Save" }).isDisabled());
  assert.equal(await stored(), true);
  await take.click();
  await visitor.assertAccessible("a secret that is to be taken away");
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("Saved, and in force.");
  assert.equal(await stored(), false);
  await take.waitFor({ state: "detached" });
  await visitor.leave();
});

test("settings: a secret that can no longer be read says why, and is taken away", async () => {
  const first = await emptyHouse();
  await first.call("PUT", "/settings", { tmdb_key: "0123456789abcdef0123456789abcdef" });
  await first.stop();
  writeFileSync(join(first.data, "secret.key"), `${"5a".repeat(32)}\n`); // of another machine, as after a backup was taken there
  const server = await first.again({ binary: releaseBinary });
  const setting = async (): Promise<Json> => (await server.call("GET", "/settings")).items.find((item: Json) => item.name === "tmdb_key") as Json;
  const { problem } = await setting();
  assert.ok(problem);
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/settings", "Settings");
  await page.getByRole("alert").getByText(problem as string).waitFor();
  await visitor.assertAccessible("a secret that cannot be read");
  await page.getByRole("button", { name: "Take the TMDB key away" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("Saved, and in force.");
  assert.equal((await setting()).problem, null);
  await page.getByRole("alert").getByText(problem as string).waitFor({ state: "detached" });
  await visitor.leave();
  await server.kill();
});

test("settings: a stale edit keeps what was typed and shows what somebody else saved", async () => {
  const visitor = await Visitor.signedIn(house.server, { expected: ["412 /api/v1/settings"] });
  const { page } = visitor;
  await visitor.open("/settings", "Settings");
  const days = page.getByRole("textbox", { name: "Keep finished jobs" });
  await days.fill("50");
  await house.server.call("PUT", "/settings", { job_days: 40 });
  await page.getByRole("button", { name: "Save" }).click();
  const dialog = page.getByRole("dialog", { name: "This was changed meanwhile" });
  for (const value of ["30", "40", "50"]) await dialog.getByRole("cell", { name: value, exact: true }).waitFor();
  await dialog.getByRole("button", { name: /^Keep mine/ }).click();
  assert.match(await days.inputValue(), /^50/);
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("Saved, and in force.");
  assert.equal(await setting("job_days"), 50);
  await visitor.leave();
});

test("settings: exported, and imported again", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/settings", "Settings");
  await house.server.call("PUT", "/settings", { backup_keep: 5 });
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
  const file = await download.path();
  await house.server.call("PUT", "/settings", { backup_keep: 3 });
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("dialog", { name: "Import settings?" }).getByRole("button", { name: "Import" }).click();
  await visitor.toast(/^Imported:/);
  assert.equal(await setting("backup_keep"), 5);
  await page.getByRole("textbox", { name: "Backups to keep" }).waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Backups to keep" }).inputValue(), "5", "the form shows what was imported");
  await visitor.leave();
});

test("the log: lines come while one looks; level, module and words narrow it, in the address", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/logs", "Logs");
  const lines = page.getByRole("log", { name: "Log" }).getByText(/scan of .* begins/);
  const first = await lines.count();
  await house.server.scan(house.root);
  await until("the new scan is in the log", async () => (await lines.count()) > first);

  await page.getByRole("combobox", { name: "Level" }).click();
  await page.getByRole("option", { name: "Errors" }).click();
  await page.getByText("No lines").waitFor();
  assert.match(page.url(), /level=error/);
  await page.locator("button[aria-label='All levels']").click();
  await page.getByRole("searchbox", { name: "Search in messages" }).fill("listening on");
  await until("one line is left", async () => (await page.getByRole("log", { name: "Log" }).locator("time").count()) === 1);
  await visitor.leave();
});

test("tools: what is left lying about becomes a held job, and goes to the trash when somebody releases it", async () => {
  const stray = join(house.media, "half of a film.mkv.part");
  writeFileSync(stray, "the first bytes");
  utimesSync(stray, new Date(0), new Date(0)); // what changed lately may still be written
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/tools", "Tools");
  await page.getByText("Landlock").waitFor();
  await page.getByRole("button", { name: "Only look" }).click();
  await page.getByText("1 file was found.").waitFor();
  assert.equal((await house.server.all("/jobs?state=held")).length, 0);
  await page.getByRole("button", { name: "Look, and make held jobs" }).click();
  await page.getByRole("link", { name: /held job/ }).click();
  await page.getByRole("button", { name: /^Actions for/ }).click();
  assert.ok(existsSync(stray));
  await page.getByRole("menuitem", { name: "Release" }).click();
  await until("the file is gone from the library", () => !existsSync(stray));
  await page.getByText("Nothing is held").waitFor();
  await visitor.leave();
});

test("roots: one whose disk is away is frozen, says so, and goes on when somebody has looked", async () => {
  const away = `${house.media}-away`;
  renameSync(house.media, away);
  mkdirSync(house.media);
  await house.server.scan(house.root);
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/roots", "Roots");
  await page.getByRole("alert").getByText("Frozen").waitFor();
  await visitor.assertAccessible("a frozen root");
  assert.equal((await house.server.all("/files?state=ready")).length, 1, "no file was forgotten");
  renameSync(away, join(house.media, "again")); // the same film, below the directory that is there now
  await page.getByRole("button", { name: "I have looked: it is right" }).click();
  await page.getByRole("button", { name: "It is right", exact: true }).click();
  await visitor.toast("is looked after again");
  await page.getByText("Frozen").first().waitFor({ state: "hidden" });
  await visitor.leave();
});

test("tools: a backup is made, downloaded and restored; everybody signs in again", async () => {
  // The restore ends all sessions: what the page was still asking for then is refused.
  const visitor = await Visitor.signedIn(house.server, { expected: ["session", "doctor", "backups", "events", "stats", "jobs"].map((name) => `401 /api/v1/${name}`) });
  const { page } = visitor;
  await visitor.open("/tools", "Tools");
  await page.getByRole("button", { name: "Back up now" }).click();
  await visitor.toast(/^Backed up:/);
  await house.server.quickProfile("made after the backup");
  const row = page.getByRole("table").getByRole("row", { name: /Manual/ });
  await row.getByRole("button", { name: /^Actions for/ }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Download" }).click()]);
  assert.equal(await download.failure(), null);
  await page.keyboard.press("Escape");
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Restore" }).click();
  await page.getByRole("dialog", { name: "Restore this backup?" }).getByRole("button", { name: "Restore" }).click();
  await page.getByRole("heading", { name: "Sign in to Reeve" }).waitFor();
  await page.getByLabel("Name").fill(NAME);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  const names = (await house.server.all("/profiles")).map((profile) => profile.name);
  assert.ok(!names.includes("made after the backup") && names.includes("everyday"), names.join());
  await visitor.leave();
});
