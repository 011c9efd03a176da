// Schedules: made, changed and given to a root; what they hold back says so on the dashboard, in the queue and beside the job, with the
// way out of it for those who may.
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { until, type Json } from "../system/harness.ts";
import { addUser, furnishedHouse, NAME, PASSWORD, Visitor, type House } from "./harness.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const PACE = 0.5; // of a film's length: an encode lasts long enough to be frozen
let house: House;

/** Windows that are shut now and for two days, whatever zone is meant. */
const shutNow = (): Json[] => [{ days: [DAYS[(new Date().getUTCDay() + 6 + 3) % 7]], start: "12:00", end: "13:00" }];

/** A schedule that holds everything back; the ruling follows within moments. */
async function shut(at_end = "freeze"): Promise<void> {
  await house.server.call("POST", "/schedules", { name: "Rare", zone: "Europe/Berlin", everywhere: true, at_end, windows: shutNow() });
  await until("the schedule is in force", async () => (await house.server.call("GET", "/governor")).workers[0].ruling.roots.every((row: Json) => !row.may_start));
}

before(async () => {
  house = await furnishedHouse(PACE, ["A Winter Garden (2011).mkv", "Paper Boats (2020).mkv"], 6);
  await addUser(house.server, "vera", "viewer");
});

afterEach(async () => {
  const { server, root } = house;
  await server.call("DELETE", "/governor/override");
  await server.call("PATCH", `/roots/${root}`, { schedule_id: null });
  for (const { id } of await server.all("/schedules")) await server.call("DELETE", `/schedules/${id}`);
  for (const state of ["running", "pending"]) for (const { id } of await server.all(`/jobs?state=${state}`)) await server.request("POST", `/jobs/${id}/cancel`);
});

test("a schedule is made by keyboard, with the server's complaint beside its field, and reads as people say it", async () => {
  const visitor = await Visitor.signedIn(house.server, { expected: ["422 /api/v1/schedules"] });
  const { page } = visitor;
  await visitor.open("/schedules", "Schedules");
  await page.getByText("No schedules: work runs at any time").waitFor();
  await page.getByRole("button", { name: "Add a schedule" }).first().press("Enter");
  const form = page.getByRole("dialog", { name: "Add a schedule" });
  await form.getByRole("textbox", { name: "Name" }).fill("Nights");
  const zone = form.getByRole("combobox", { name: "Time zone" }).or(form.getByRole("textbox", { name: "Time zone" }));
  assert.equal(await zone.inputValue(), "Europe/Berlin"); // where the browser is
  await zone.fill("new york");
  await page.getByRole("option", { name: "America/New_York" }).waitFor();
  await zone.press("ArrowDown");
  await zone.press("Enter");
  assert.equal(await zone.inputValue(), "America/New_York");

  const first = form.getByRole("group", { name: "Window 1" });
  for (const day of ["Saturday", "Sunday"]) await first.getByRole("checkbox", { name: `${day}, window 1` }).press("Space");
  await first.getByText("Mon–Fri 22:00 to 06:00 the next day, 8 h").waitFor();
  await first.getByLabel("From, window 1").fill("2130");
  await first.getByLabel("From, window 1").press("Tab");
  await first.getByText("Mon–Fri 21:30 to 06:00 the next day, 8 h 30 min").waitFor();
  await form.getByRole("button", { name: "Add a window" }).press("Enter");
  const second = form.getByRole("group", { name: "Window 2" });
  for (const day of DAYS.slice(0, 5).map((_, at) => ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"][at])) await second.getByRole("checkbox", { name: `${day}, window 2` }).press("Space");
  await second.getByLabel("From, window 2").fill("0:00");
  await second.getByLabel("To, window 2").fill("25:00");
  await form.getByRole("button", { name: "Add", exact: true }).click();
  await second.getByRole("alert").getByText("To must be a time from 00:00 to 24:00").waitFor();
  assert.equal(await first.getByRole("alert").count(), 0);
  await second.getByLabel("To, window 2").fill("24");
  await form.getByRole("radio", { name: "Everywhere" }).check();
  await form.getByRole("radio", { name: "Freeze" }).check();
  await form.getByRole("button", { name: "Add", exact: true }).click();
  await visitor.toast("The schedule Nights is saved, and in force.");

  const [made] = await house.server.all("/schedules");
  assert.ok(made);
  assert.deepEqual([made.zone, made.everywhere, made.at_end, made.enabled], ["America/New_York", true, "freeze", true]);
  assert.deepEqual(made.windows, [
    { days: DAYS.slice(0, 5), start: "21:30", end: "06:00" },
    { days: DAYS.slice(5), start: "00:00", end: "24:00" },
  ]);
  await page.getByRole("listitem").filter({ hasText: "Sat, Sun all day" }).waitFor();
  await page.getByText("Used by Films").waitFor();
  await visitor.leave();
});

test("an edit that came too late shows what somebody else saved; a schedule that a root uses is not deleted", async () => {
  const { server, root } = house;
  const body = { name: "Evenings", zone: "Europe/Berlin", at_end: "drain", windows: [{ days: DAYS, start: "18:00", end: "23:00" }] };
  const { id } = await server.call("POST", "/schedules", body);
  const visitor = await Visitor.signedIn(server, { expected: [`412 /api/v1/schedules/${id}`, `409 /api/v1/schedules/${id}`] });
  const { page } = visitor;
  await visitor.open(`/schedules?edit=${id}`, "Schedules");
  const form = page.getByRole("dialog", { name: "Edit the schedule" });
  await form.getByLabel("To, window 1").fill("22:00");
  await server.call("PUT", `/schedules/${id}`, { ...body, windows: [{ days: DAYS, start: "17:00", end: "23:00" }] });
  await form.getByRole("button", { name: "Save" }).click();
  const stale = page.getByRole("dialog", { name: "This was changed meanwhile" });
  await stale.getByRole("cell", { name: "Every day 17:00 to 23:00" }).waitFor();
  await stale.getByRole("button", { name: /^Keep mine/ }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await visitor.toast("The schedule Evenings is saved, and in force.");
  assert.deepEqual((await server.call("GET", `/schedules/${id}`)).windows, [{ days: DAYS, start: "18:00", end: "22:00" }]);
  await page.getByText("No root uses it, so it holds nothing back.").waitFor();

  await visitor.open(`/roots?edit=${root}`, "Roots");
  const rootForm = page.getByRole("dialog", { name: "Edit the root" });
  await rootForm.getByPlaceholder("None: at any time").click();
  await page.getByRole("option", { name: "Evenings" }).click();
  await rootForm.getByRole("button", { name: "Save" }).click();
  await visitor.toast("The root is changed.");
  assert.equal((await server.call("GET", `/roots/${root}`)).schedule_id, id);

  await visitor.open("/schedules", "Schedules");
  await page.getByText("Used by Films").waitFor();
  await page.getByRole("button", { name: "Actions for Evenings" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await visitor.toast(/uses the schedule Evenings; give it another one first/);
  await server.call("PATCH", `/roots/${root}`, { schedule_id: null });
  await page.getByRole("button", { name: "Actions for Evenings" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No schedules: work runs at any time").waitFor();
  await visitor.leave();
});

test("what waits for a schedule says so, and runs anyway when somebody says that", async () => {
  const { server, root } = house;
  await shut();
  const [job] = await server.enqueue({ root });
  assert.ok(job);
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.open("/queue?tab=pending", "Queue");
  await page.getByText(/^A schedule holds it until /).first().waitFor();
  await visitor.open(`/queue?tab=pending&job=${job}`, "Queue");
  const why = page.getByRole("dialog").getByRole("alert").filter({ hasText: "Why it does not run now" });
  await why.getByText(/The schedule "Rare" lets work run .* 12:00-13:00 \(Europe\/Berlin\)/).waitFor();
  await visitor.assertAccessible("why a job does not run");

  await visitor.open("/", "Dashboard");
  const held = page.getByRole("region", { name: "What holds work back" });
  await held.getByText("Work is held back").waitFor();
  await held.getByText(/^Next change: /).waitFor();
  await held.getByRole("button", { name: "Run anyway until …" }).click();
  const dialog = page.getByRole("dialog", { name: "Run anyway" });
  await dialog.getByRole("textbox", { name: "Until" }).or(dialog.getByRole("combobox", { name: "Until" })).click();
  await page.getByRole("option", { name: "Another number of hours" }).click();
  const hours = dialog.getByRole("textbox", { name: "Hours" });
  await hours.fill("2");
  await visitor.assertAccessible("the dialog of a word against the schedules");
  await dialog.getByRole("button", { name: "Run anyway" }).click();
  await visitor.toast(/^Work may run until /);
  await held.getByText("Work runs, whatever the schedules say").waitFor();
  const { override } = await server.call("GET", "/governor");
  assert.deepEqual([override.allow, override.by_edge, override.until_ms - override.since_ms], [true, false, 2 * 3_600_000]);
  await until("the job runs", async () => (await server.call("GET", `/jobs/${job}`)).state === "running");

  // Taken back, it is frozen where it is.
  await held.getByRole("button", { name: "Back to the schedules" }).click();
  await visitor.toast("The schedules hold again.");
  await page.getByText("Frozen", { exact: true }).waitFor();
  await held.getByText("Work is held back").waitFor();
  await visitor.leave();
});

test("somebody holds everything, and the server's complaint about how long stands at the field; viewers see it and have no buttons", async () => {
  const { server } = house;
  const visitor = await Visitor.signedIn(server, { expected: ["422 /api/v1/governor/override"] });
  const { page } = visitor;
  await visitor.open("/", "Dashboard");
  const held = page.getByRole("region", { name: "What holds work back" });
  assert.equal(await held.count(), 0);
  await page.getByRole("button", { name: "Hold everything until …" }).click();
  const dialog = page.getByRole("dialog", { name: "Hold everything" });
  await dialog.getByRole("textbox", { name: "Until" }).or(dialog.getByRole("combobox", { name: "Until" })).click();
  await page.getByRole("option", { name: "Another number of hours" }).click();
  await dialog.getByRole("textbox", { name: "Hours" }).fill("1000");
  await dialog.getByRole("radio", { name: "Drain" }).check();
  await dialog.getByRole("button", { name: "Hold everything" }).click();
  await dialog.getByText(/720/).waitFor();
  await dialog.getByRole("textbox", { name: "Hours" }).fill("3");
  await dialog.getByRole("button", { name: "Hold everything" }).click();
  await visitor.toast(/^All work is held until /);
  await held.getByText(/^Somebody holds all work until /).waitFor();
  const { override } = await server.call("GET", "/governor");
  assert.deepEqual([override.allow, override.running], [false, "drain"]);
  await visitor.leave();

  const viewer = await Visitor.signedIn(server, {}, "vera");
  await viewer.open("/", "Dashboard");
  const seen = viewer.page.getByRole("region", { name: "What holds work back" });
  await seen.getByText("All work is held").waitFor();
  assert.equal(await seen.getByRole("button").count(), 0);
  await viewer.open("/schedules", "Schedules");
  assert.equal(await viewer.page.getByRole("button", { name: "Add a schedule" }).count(), 0);
  await viewer.leave();
});

test("both themes and a phone: the form, the list and what is held", async () => {
  const { server, root } = house;
  await shut("drain");
  await server.call("POST", "/schedules", { name: "Nights", zone: "America/New_York", at_end: "freeze", windows: [{ days: DAYS.slice(0, 5), start: "22:00", end: "06:00" }] });
  const [job] = await server.enqueue({ root });
  for (const options of [{ theme: "light" }, { theme: "dark" }, { theme: "light", phone: true }] as const) {
    const visitor = await Visitor.signedIn(server, options, NAME, PASSWORD);
    for (const path of ["/schedules", "/schedules?add=schedule", "/", "/queue?tab=pending", `/queue?tab=pending&job=${job}`, `/roots?edit=${root}`]) {
      await visitor.open(path, /./);
      await visitor.page.waitForLoadState("networkidle");
      await visitor.assertAccessible(`${JSON.stringify(options)}: ${path}`);
      const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${path} is ${overflow} pixels too wide`);
    }
    await visitor.leave();
  }
});
