// What moves by itself: running encodes, the queue, and the connection that goes and comes back.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { releaseBinary, until } from "../system/harness.ts";
import { furnishedHouse, Visitor, type House } from "./harness.ts";

const SLOW = 0.15; // of the film's length: a film of three seconds takes twenty
let house: House;
let jobs: number[] = [];

before(async () => {
  house = await furnishedHouse(SLOW);
  jobs = await house.server.enqueue({ root: house.root });
  await until("the first runs", async () => (await house.server.call("GET", "/stats")).jobs_running > 0);
});

const pending = async (): Promise<number[]> => (await house.server.all("/jobs?state=pending")).map((job) => job.id as number);

test("the dashboard shows a running encode with its figures, and they move", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/", "Dashboard");
  const bar = page.getByRole("progressbar", { name: /^Progress of/ }).first();
  await bar.waitFor();
  await page.getByText(/\d fps/).first().waitFor();
  const value = async (): Promise<number> => Number(await bar.getAttribute("aria-valuenow"));
  const first = await value();
  await until("the bar moves without a reload", async () => (await value()) > first);
  await visitor.leave();
});

test("the queue: another order by dragging and from the menu, kept by the server", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/queue?tab=pending", "Queue");
  const order = await pending();
  assert.ok(order.length >= 3, `${order.length} jobs wait`);
  const rows = page.getByRole("listitem");
  const handle = rows.nth(2).getByRole("button", { name: /^Move/ });
  const from = await handle.boundingBox();
  const to = await rows.nth(0).boundingBox();
  assert.ok(from && to);
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + from.width / 2, from.y, { steps: 4 });
  await page.mouse.move(to.x + 20, to.y + 4, { steps: 12 });
  await page.mouse.up();
  await until("the third is the first", async () => (await pending())[0] === order[2]);

  const last = rows.last();
  const name = ((await last.getByRole("button", { name: /^Move/ }).getAttribute("aria-label")) ?? "").replace("Move ", "");
  await last.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "To the top" }).click();
  await until("the last is the first", async () => (await pending())[0] === order.at(-1));
  await visitor.leave();
});

test("the queue: several jobs at once; the details and the log of one", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page } = visitor;
  await visitor.open("/queue?tab=pending", "Queue");
  const boxes = page.getByRole("checkbox", { name: /^Select/ });
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  const bar = page.getByRole("region", { name: "Selected jobs" });
  await bar.getByText("2 selected").waitFor();
  await bar.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel", exact: true }).last().click();
  await visitor.toast("2 jobs were changed.");
  await page.getByRole("tab", { name: "Cancelled 2" }).click();
  assert.match(page.url(), /tab=cancelled/);
  await page.getByRole("checkbox", { name: /^Select/ }).first().check();
  await page.getByRole("button", { name: "Retry" }).click();
  await visitor.toast("1 job was changed.");

  await page.getByRole("tab", { name: /^Running/ }).click();
  await page.getByRole("button", { name: /^Actions for/ }).first().click();
  await page.getByRole("menuitem", { name: "Pause" }).click();
  await visitor.toast("is paused.");
  await page.getByRole("tab", { name: /^Paused/ }).click();
  await page.getByRole("button", { name: /^Actions for/ }).first().click();
  await page.getByRole("menuitem", { name: "Details and log" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("log").waitFor();
  await drawer.getByRole("button", { name: "Resume" }).click();
  await drawer.getByText("Running").waitFor();
  await visitor.leave();
});

test("a lost connection shows itself, and mends itself without a reload", async () => {
  const visitor = await Visitor.signedIn(house.server);
  const { page, complaints } = visitor;
  await visitor.open("/history", "History");
  await page.evaluate(() => {
    document.body.dataset.mark = "the same page";
  });
  await house.server.stop();
  await page.getByText("The connection to Reeve is lost.").waitFor();
  await visitor.assertAccessible("the banner of a lost connection");
  const again = await house.server.again({ port: Number(new URL(house.server.url).port), binary: releaseBinary });
  await page.getByText("The connection to Reeve is lost.").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.body.dataset.mark), "the same page");
  assert.ok(complaints.every((text) => text.includes("ERR_CONNECTION") || text.includes("ERR_INCOMPLETE_CHUNKED")), complaints.join("\n"));
  await page.close();
  await again.kill();
  assert.ok(jobs.length > 0);
});
