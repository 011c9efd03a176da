// How roots are watched, and what checks found, as people see it.
import assert from "node:assert/strict";
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { makeFilm, type Server, temporaryDirectory, until } from "../system/harness.ts";
import { emptyHouse, Visitor } from "./harness.ts";

const library = temporaryDirectory();
let server: Server;
let growing: number;

before(async () => {
  await makeFilm(join(library, "Sound (2020).mkv"));
  const bytes = readFileSync(join(library, "Sound (2020).mkv"));
  for (let at = Math.floor(bytes.length / 2); at < bytes.length / 2 + 1500 && at < bytes.length; at += 7) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x5a, at);
  writeFileSync(join(library, "Damaged (1999).mkv"), bytes);
  server = await emptyHouse({ args: ["--watching", "true", "--settle-s", "1"] });
  await server.quickProfile();
  const root = await server.addRoot(library, "quick", { name: "Films" });
  assert.equal((await server.scan(root)).state, "done");
  await until("the root is watched", async () => (await server.call("GET", "/watches")).items[0].mode === "inotify");
  growing = openSync(join(library, "Growing (2026).mkv"), "w");
  writeSync(growing, bytes.subarray(0, 4000));
  await until("a file waits", async () => (await server.call("GET", "/watches")).items[0].waiting === 1);
});

for (const theme of ["light", "dark"] as const) {
  test(`roots tell how they are watched, ${theme}`, async () => {
    const visitor = await Visitor.signedIn(server, { theme });
    await visitor.open("/roots", "Roots");
    await visitor.page.getByText("Watched, 1 directory").waitFor();
    await visitor.page.getByRole("button", { name: "1 file waits" }).click();
    await visitor.page.getByText("A program has it open for writing.").waitFor();
    await visitor.assertAccessible(`roots, ${theme}`);
    if (process.env.REEVE_SCREENSHOTS) await visitor.page.screenshot({ path: join(process.env.REEVE_SCREENSHOTS, `watch-roots-${theme}.png`) });
    visitor.assertQuiet();
  });
}

test("damage is checked for, shown with its places, and filtered by", async () => {
  const visitor = await Visitor.signedIn(server);
  const file = (await server.all("/files")).find((it) => (it.path as string).includes("Damaged"));
  await visitor.open(`/library/${file?.id}`, "Damaged (1999).mkv");
  await visitor.page.getByText("It has not been checked since it last changed.").waitFor();
  await visitor.page.getByRole("button", { name: "Check now" }).click();
  await visitor.toast("is being checked");
  await visitor.page.getByText(/faults? when it was checked/).waitFor();
  await visitor.settled();
  await visitor.assertAccessible("a damaged file");
  if (process.env.REEVE_SCREENSHOTS) {
    await visitor.page.getByRole("heading", { name: "Health" }).scrollIntoViewIfNeeded();
    await visitor.page.screenshot({ path: join(process.env.REEVE_SCREENSHOTS, "watch-file.png"), fullPage: true });
  }
  await visitor.open("/", "Dashboard");
  await visitor.page.getByText("1 file is damaged").waitFor();
  await visitor.assertAccessible("the dashboard");
  if (process.env.REEVE_SCREENSHOTS) await visitor.page.screenshot({ path: join(process.env.REEVE_SCREENSHOTS, "watch-dashboard.png"), fullPage: true });
  await visitor.page.getByRole("link", { name: "Show what is damaged" }).click();
  await visitor.page.getByRole("link", { name: "Damaged (1999).mkv" }).waitFor();
  assert.equal(await visitor.page.getByRole("link", { name: "Sound (2020).mkv" }).count(), 0);
  await visitor.page.getByText("Damaged", { exact: true }).first().waitFor();
  await visitor.assertAccessible("the library, what is damaged");
  if (process.env.REEVE_SCREENSHOTS) await visitor.page.screenshot({ path: join(process.env.REEVE_SCREENSHOTS, "watch-library.png") });
  visitor.assertQuiet();
});

test("what has settled appears by itself, on a phone as well", async () => {
  const visitor = await Visitor.signedIn(server, { phone: true, theme: "dark" });
  await visitor.open("/library", "Library");
  copyFileSync(join(library, "Sound (2020).mkv"), join(library, "New (2026).mkv"));
  await visitor.page.getByRole("link", { name: "New (2026).mkv" }).waitFor();
  closeSync(growing);
  const file = (await server.all("/files")).find((it) => (it.path as string).includes("Damaged"));
  await visitor.open(`/library/${file?.id}`, "Damaged (1999).mkv");
  await visitor.assertAccessible("a damaged file on a phone");
  if (process.env.REEVE_SCREENSHOTS) await visitor.page.screenshot({ path: join(process.env.REEVE_SCREENSHOTS, "watch-phone.png"), fullPage: true });
  visitor.assertQuiet();
});
