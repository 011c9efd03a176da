// Every page, in both themes and on a phone: nothing that axe calls serious or critical, nothing in the console, nothing wider than the
// window, and a title of its own.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { imported } from "./audio.ts";
import { everyPage, furnishedHouse, Visitor, type House } from "./harness.ts";

let house: House;
let paths: [string, string | RegExp][] = [];

before(async () => {
  house = await furnishedHouse();
  const { server } = house;
  const [file, other] = await server.all("/files");
  assert.ok(file && other);
  await server.transcode({ files: [file.id, other.id] });
  const [entry] = await server.all("/history");
  assert.ok(entry);
  await server.undo(entry.id);
  await server.call("PUT", "/audio/policy", { languages: ["fra", "eng"], overrides: [{ glob: "Kids", languages: ["deu"], original: "ignored" }], subtitles: "by-language", subtitle_languages: ["eng"] });
  await server.job((await server.call("POST", "/audio/batches", { root: house.root })).job as number);
  await server.call("POST", "/webhooks/radarr", imported("/elsewhere/film.mkv", 1));
  paths = await everyPage(server);
});

async function look(visitor: Visitor, what: string): Promise<void> {
  const titles = new Map<string, string>();
  for (const [path, heading] of paths) {
    await visitor.open(path, heading);
    await visitor.assertAccessible(`${what}: ${path}`);
    const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${what}: ${path} is ${overflow} pixels too wide`);
    titles.set(path.replace(/\?.*/, ""), await visitor.page.title());
  }
  assert.equal(new Set(titles.values()).size, titles.size, [...titles].join("; "));
  await visitor.leave();
}

test("every page in the light theme", async () => look(await Visitor.signedIn(house.server, { theme: "light" }), "light"));
test("every page in the dark theme", async () => look(await Visitor.signedIn(house.server, { theme: "dark" }), "dark"));
test("every page on a phone", async () => look(await Visitor.signedIn(house.server, { phone: true }), "phone"));

test("the theme is chosen, kept, and else the system's", async () => {
  const visitor = await Visitor.signedIn(house.server, { theme: "dark" });
  const { page } = visitor;
  const scheme = (): Promise<string | null> => page.locator("html").getAttribute("data-mantine-color-scheme");
  await visitor.open("/", "Dashboard");
  assert.equal(await scheme(), "dark");
  await page.getByRole("radiogroup", { name: "Colours" }).getByText("Light").click({ force: true });
  assert.equal(await scheme(), "light");
  await visitor.open("/history", "History");
  assert.equal(await scheme(), "light");
  await visitor.leave();
});

test("the keyboard reaches the content and the menu", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/", "Dashboard");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "To the content" });
  assert.ok(await skip.evaluate((element) => element === document.activeElement));
  await page.getByRole("link", { name: "Library", exact: true }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Library" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Library", exact: true }).first().getAttribute("aria-current"), "page");
  await visitor.leave();
});
