// Each page does its job, against the real server with real films.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { makeFilm, temporaryDirectory, until } from "../system/harness.ts";
import { emptyHouse, FILMS, furnishedHouse, NAME, Visitor, type House } from "./harness.ts";

let house: House;
before(async () => {
  house = await furnishedHouse();
});
const film = (index: number): string => FILMS[index] ?? "";

test("roots: chosen in the folder picker, added, scanned, edited, forgotten", async () => {
  const media = temporaryDirectory("reeve-films-");
  await makeFilm(join(media, "One.mkv"));
  const server = await emptyHouse({ args: ["--media-directories", media] });
  const visitor = await Visitor.signedIn(server, { expected: ["422 /api/v1/roots"] });
  const { page } = visitor;
  await visitor.open("/roots", "Roots");
  await page.getByRole("button", { name: "Add a root" }).first().click();
  const form = page.getByRole("dialog", { name: "Add a root" });
  await form.getByRole("textbox", { name: "Path", exact: true }).fill("relative/path");
  await form.getByRole("button", { name: "Add and scan" }).click();
  await form.getByText(/absolute/).first().waitFor();

  await form.getByRole("textbox", { name: "Path", exact: true }).fill("");
  await form.getByRole("button", { name: "Choose" }).click();
  const picker = page.getByRole("dialog", { name: "Choose a folder" });
  await picker.getByRole("button", { name: media }).click();
  await picker.getByText("There are no folders in this one.").waitFor();
  await picker.getByRole("button", { name: "Choose this folder" }).click();
  await form.getByRole("textbox", { name: "Name" }).fill("Cinema");
  await form.getByRole("button", { name: "Add and scan" }).click();
  await page.getByText("1 file", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Actions for Cinema" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: "Edit the root" });
  await edit.getByRole("textbox", { name: "Name" }).fill("Home cinema");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Home cinema" }).waitFor();

  await page.getByRole("button", { name: "Actions for Home cinema" }).click();
  await page.getByRole("menuitem", { name: "Forget" }).click();
  await page.getByRole("button", { name: "Forget the root" }).click();
  await page.getByText("No roots yet").waitFor();
  assert.ok(existsSync(join(media, "One.mkv")));
  await visitor.leave();
});

test("library: search, filter, sort and columns live in the address", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  const rows = page.getByRole("table", { name: "Files" }).getByRole("row");
  await visitor.open("/library", "Library");
  assert.equal(await rows.count(), FILMS.length + 1);

  await page.getByRole("searchbox", { name: "Search names and folders" }).fill("garden");
  await until("one film is found", async () => (await rows.count()) === 2);
  assert.match(page.url(), /q=garden/);
  await page.reload();
  await page.getByRole("link", { name: film(1) }).waitFor();
  assert.equal(await rows.count(), 2);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await until("all are back", async () => (await rows.count()) === FILMS.length + 1);

  await page.getByRole("button", { name: "Size" }).click();
  await until("the largest is first", async () => (await page.getByRole("columnheader", { name: "Size" }).getAttribute("aria-sort")) === "descending");
  const bySize = [...(await house.server.all("/files"))].sort((a, b) => a.size_bytes - b.size_bytes);
  const smallest = String(bySize[0]?.path).split("/").at(-1) ?? "";
  await until("the smallest is the last", async () => ((await rows.last().textContent()) ?? "").includes(smallest));
  assert.match(page.url(), /sort=size&descending=true/);

  await page.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("checkbox", { name: "Container" }).check();
  await page.getByRole("columnheader", { name: "Container" }).waitFor();
  assert.match(page.url(), /columns=/);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("combobox", { name: "Container" }).click();
  await page.getByRole("option", { name: "mp4" }).click();
  await until("one is an mp4", async () => (await rows.count()) === 2);
  await visitor.leave();
});

test("a file: its streams, what a transcode would do and why; then it is done, and undone", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  const path = join(house.media, film(0));
  const before = statSync(path).size;
  await visitor.open("/library", "Library");
  await page.getByRole("link", { name: film(0) }).click();
  await page.getByRole("heading", { level: 1, name: film(0) }).waitFor();
  await page.getByText("Would be encoded").waitFor();
  await page.getByText("Version française", { exact: true }).waitFor();
  await page.getByRole("img", { includeHidden: true }).first().waitFor();
  const streams = page.getByRole("region", { name: "Streams" }).or(page.getByLabel("Streams"));
  assert.ok((await streams.getByRole("row").count()) > 4);
  await page.getByRole("button", { name: "Transcode" }).click();
  await visitor.toast("goes into the queue");
  await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
  await until("the file is smaller", () => statSync(path).size < before);

  await visitor.open("/history", "History");
  const row = page.getByRole("row", { name: new RegExp(film(0).slice(0, 12)) });
  await row.getByText("Replaced").waitFor();
  await row.getByRole("button", { name: /^Undo/ }).click();
  await page.getByRole("button", { name: "Bring it back" }).click();
  await row.getByText("Undone").waitFor(); // live: nobody loaded the page again
  assert.equal(statSync(path).size, before);
  await visitor.leave();
});

test("profiles: made from the server's own fields, with its complaints, with a live preview; exported and imported", async () => {
  const visitor = await Visitor.signedIn(house.server, { expected: ["422 /api/v1/profiles", "422 /api/v1/profiles/preview", "409 /api/v1/profiles/import"] });
  const { page } = visitor;
  await visitor.open("/profiles/new", "New profile");
  await page.getByText("Would be encoded").waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("for the attic");
  await page.getByRole("combobox", { name: "Codec", exact: true }).click();
  await page.getByRole("option", { name: /^copy/ }).click();
  await page.getByText("Would be encoded").waitFor({ state: "hidden" }); // the preview follows the form
  await page.getByRole("combobox", { name: "Codec", exact: true }).click();
  await page.getByRole("option", { name: /^h264/ }).click();
  await page.getByRole("textbox", { name: "Minimum saving" }).fill("200");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/min_saving_percent must be/).first().waitFor();
  await page.getByRole("textbox", { name: "Minimum saving" }).fill("12");
  await page.getByRole("button", { name: "Add a quality" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("The profile for the attic is saved.");

  const card = page.locator("section").filter({ has: page.getByRole("link", { name: "for the attic" }) });
  await card.getByRole("button", { name: "Actions for for the attic" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Export" }).click()]);
  const file = await download.path();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Actions for for the attic" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await visitor.toast("is gone");
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("heading", { level: 1, name: "for the attic" }).waitFor();
  const stored = (await house.server.all("/profiles")).find((profile) => profile.name === "for the attic");
  assert.equal(stored?.codec, "h264");
  assert.equal(stored?.min_saving_percent, 12);
  assert.equal(stored?.qualities.length, 1);
  await visitor.leave();
});

test("a stale edit shows what changed meanwhile, and nothing is lost either way", async () => {
  const visitor = await Visitor.signedIn(house.server, { expected: ["412 /api/v1/profiles"] });
  const { page } = visitor;
  const id = await house.server.quickProfile("contested", { description: "as it was" });
  const expected = `412 /api/v1/profiles/${id}`;
  const other = await Visitor.signedIn(house.server, { expected: [expected] });
  await other.open(`/profiles/${id}`, "contested");
  await other.page.getByRole("textbox", { name: "Description" }).fill("mine");
  const stored = await house.server.call("GET", `/profiles/${id}`);
  await house.server.call("PUT", `/profiles/${id}`, { name: "contested", codec: stored.codec, container: stored.container, preset: stored.preset, description: "theirs" });
  await other.page.getByRole("button", { name: "Save" }).click();
  const dialog = other.page.getByRole("dialog", { name: "This was changed meanwhile" });
  await dialog.getByRole("cell", { name: "theirs" }).waitFor();
  await dialog.getByRole("cell", { name: "as it was" }).waitFor();
  await other.assertAccessible("the dialog of a stale edit");
  await dialog.getByRole("button", { name: /^Keep mine/ }).click();
  assert.equal(await other.page.getByRole("textbox", { name: "Description" }).inputValue(), "mine");
  await other.page.getByRole("button", { name: "Save" }).click();
  await other.toast("The profile contested is saved.");
  assert.equal((await house.server.call("GET", `/profiles/${id}`)).description, "mine");
  await other.leave();
  await page.close();
});

test("a stale edit of a user or of a key shows what somebody else saved", async () => {
  const { id: user } = await house.server.call("POST", "/users", { name: "Petra", role: "viewer", password: "long enough for anyone" });
  const { id: key } = await house.server.call("POST", "/keys", { name: "player", scope: "read" });
  const visitor = await Visitor.signedIn(house.server, { expected: [`412 /api/v1/users/${user}`, `412 /api/v1/keys/${key}`] });
  const { page } = visitor;
  const stale = page.getByRole("dialog", { name: "This was changed meanwhile" });
  await visitor.open("/people", "Users and keys");
  await page.getByRole("button", { name: "Actions for Petra" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const form = page.getByRole("dialog", { name: "Edit Petra" });
  await form.getByRole("textbox", { name: "Name" }).fill("Petra-B");
  await house.server.call("PUT", `/users/${user}`, { name: "Petra-A", role: "operator" });
  await form.getByRole("button", { name: "Save" }).click();
  for (const value of ["Petra", "Petra-A", "Petra-B", "viewer", "operator"]) await stale.getByRole("cell", { name: value, exact: true }).first().waitFor();
  await visitor.assertAccessible("a stale edit of a user");
  await stale.getByRole("button", { name: /^Keep mine/ }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Petra-B/ }).waitFor();
  const after = await house.server.call("GET", `/users/${user}`);
  assert.deepEqual([after.name, after.role], ["Petra-B", "viewer"], "what was kept is all that was in the form");

  await page.getByRole("tab", { name: "API keys" }).click();
  await page.getByRole("button", { name: "Edit player" }).click();
  const edit = page.getByRole("dialog", { name: /^Edit the key/ });
  await edit.getByRole("textbox", { name: "Name" }).fill("my player");
  await house.server.call("PATCH", `/keys/${key}`, { name: "their player" });
  await edit.getByRole("button", { name: "Save" }).click();
  await stale.getByRole("cell", { name: "their player" }).waitFor();
  await stale.getByRole("button", { name: "Take theirs" }).click();
  assert.equal(await edit.getByRole("textbox", { name: "Name" }).inputValue(), "their player");
  await edit.getByRole("button", { name: "Cancel" }).click();

  // What is revoked is what was asked about: somebody gave the key another name while the question stood there.
  await page.getByRole("button", { name: "Revoke their player" }).click();
  await page.getByRole("dialog", { name: "Revoke the key their player?" }).waitFor();
  await house.server.call("PATCH", `/keys/${key}`, { name: "still needed" });
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "That did not work" }).waitFor();
  await page.getByRole("row", { name: /still needed/ }).waitFor();
  await visitor.leave();
});

test("users and keys: added, changed, removed; a key is shown once and works", async () => {
  const visitor = await Visitor.signedIn(house.server, { expected: ["422 /api/v1/users", "409 /api/v1/users", ...[1, 2, 3, 4, 5, 6].map((id) => `422 /api/v1/keys/${id}`)] });
  const { page } = visitor;
  await visitor.open("/people", "Users and keys");
  await page.getByRole("button", { name: "Add a user" }).click();
  const form = page.getByRole("dialog", { name: "Add a user" });
  await form.getByRole("textbox", { name: "Name" }).fill("Otto");
  await form.getByLabel(/^Password/).fill("short");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByText(/password must/).waitFor();
  await form.getByLabel(/^Password/).fill("long enough for anyone");
  await form.getByRole("button", { name: "Add" }).click();
  await page.getByRole("row", { name: /Otto/ }).waitFor();

  await page.getByRole("button", { name: "Actions for Otto" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Otto" });
  await edit.getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: /^operator/ }).click();
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Otto.*operator/ }).waitFor();

  await page.getByRole("button", { name: "Actions for Otto" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("row", { name: /Otto/ }).waitFor({ state: "hidden" });

  await page.getByRole("tab", { name: "API keys" }).click();
  await page.getByRole("button", { name: "Make a key" }).click();
  const make = page.getByRole("dialog", { name: "Make an API key" });
  await make.getByRole("textbox", { name: "Name" }).fill("script");
  await make.getByRole("button", { name: "Make the key" }).click();
  const key = (await page.getByTestId("new-key").textContent()) ?? "";
  assert.equal((await fetch(`${house.server.url}/api/v1/stats`, { headers: { "X-Api-Key": key } })).status, 200);
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: "Edit script" }).click();
  const rename = page.getByRole("dialog", { name: "Edit the key script" });
  await rename.getByRole("textbox", { name: "Name" }).fill(" ");
  await rename.getByRole("button", { name: "Save" }).click();
  await rename.getByText(/^name/).waitFor();
  await rename.getByRole("textbox", { name: "Name" }).fill("nightly script");
  await rename.getByRole("combobox", { name: "Expires" }).click();
  await page.getByRole("option", { name: "In 90 days" }).click();
  await rename.getByRole("button", { name: "Save" }).click();
  await visitor.toast("The key nightly script is changed.");
  const changed = (await house.server.call("GET", "/keys")).items.find((item: { name: string }) => item.name === "nightly script");
  assert.ok(Math.abs(changed.expires_at_ms - Date.now() - 90 * 86_400_000) < 600_000);
  await page.getByRole("button", { name: "Revoke nightly script" }).click();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await visitor.toast("opens nothing any more");
  assert.equal((await fetch(`${house.server.url}/api/v1/stats`, { headers: { "X-Api-Key": key } })).status, 401);

  await page.getByRole("tab", { name: "Audit log" }).click();
  await page.getByRole("row", { name: new RegExp(`${NAME}.*/keys`) }).first().waitFor();
  await visitor.leave();
});
