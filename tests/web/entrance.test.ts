// Getting in: the first start, signing in and out, what a role opens, and how much the browser loads before anything shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../system/harness.ts";
import { addUser, emptyHouse, NAME, PASSWORD, startServer, Visitor } from "./harness.ts";

const NOBODY = ["401 /api/v1/session"];
const FIRST_LOAD_MAX_BYTES = 300 * 1024;
const WORTH_COMPRESSING_BYTES = 300;

test("the first start: the printed link makes the first user, who then sees an empty house", async () => {
  const server = await startServer({ keyless: true });
  const link = await until("the link is printed", () => /http:\S+\/setup#\S+/.exec(server.log)?.[0]);
  const visitor = await Visitor.arrive(server, { expected: [...NOBODY, "422 /api/v1/setup"] });
  const { page } = visitor;

  await page.goto(server.url);
  await page.getByRole("heading", { name: "Welcome to Reeve" }).waitFor();
  await visitor.assertAccessible("set-up without a link");

  await page.goto("about:blank");
  await page.goto(link);
  await page.getByLabel("Your name").fill(NAME);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByLabel("The same password again").fill("shorter");
  await page.getByText("The two differ.").waitFor();
  await page.getByLabel("The same password again").fill("short");
  await page.getByRole("button", { name: "Make the first user" }).click();
  await page.getByText(/password must have/i).waitFor(); // the server's own words, beside the field
  await visitor.assertAccessible("set-up with a complaint");

  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same password again").fill(PASSWORD);
  await page.getByRole("button", { name: "Make the first user" }).click();
  await page.getByRole("dialog", { name: "Add a root" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("No roots yet").waitFor();

  await page.goto(link);
  await page.getByRole("heading", { name: "Dashboard" }).waitFor(); // signed in: the link is of no use
  await page.getByText("No library yet").waitFor();
  await visitor.leave();

  const late = await Visitor.arrive(server, { expected: NOBODY });
  await late.page.goto(link);
  await late.page.getByText("There is a user already").waitFor();
  await late.leave();
});

test("signing in, and out again", async () => {
  const server = await emptyHouse();
  const visitor = await Visitor.arrive(server, { expected: NOBODY });
  const { page } = visitor;
  await page.goto(`${server.url}/history?q=train`);
  await page.getByRole("heading", { name: "Sign in to Reeve" }).waitFor();
  await visitor.assertAccessible("sign-in");
  await page.getByLabel("Name").fill(NAME);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();

  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "History" }).waitFor(); // where one wanted to go
  assert.equal(await page.getByRole("searchbox").inputValue(), "train");

  await page.getByRole("button", { name: NAME }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in to Reeve" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in to Reeve" }).waitFor();
  await visitor.leave();
});

test("a changed password is the one that counts", async () => {
  const server = await emptyHouse();
  const visitor = await Visitor.signedIn(server, { expected: ["422 /api/v1/session/password"] });
  const { page } = visitor;
  await visitor.open("/", "Dashboard");
  await page.getByRole("button", { name: NAME }).click();
  await page.getByRole("menuitem", { name: "Change password" }).click();
  await page.getByLabel("Current password").fill("wrong");
  await page.getByLabel("New password").fill("another quiet evening");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByText("current is not the password").waitFor();
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await visitor.toast("Your password is changed");
  await visitor.leave();
  const again = await Visitor.signedIn(server, {}, NAME, "another quiet evening");
  await again.open("/", "Dashboard");
  await again.leave();
});

test("a viewer sees everything and no button that would be refused", async () => {
  const server = await emptyHouse();
  await addUser(server, "vera", "viewer");
  const visitor = await Visitor.signedIn(server, {}, "vera");
  const { page } = visitor;
  await visitor.open("/roots", "Roots");
  assert.equal(await page.getByRole("button", { name: "Add a root" }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Users and keys" }).count(), 0);
  await visitor.open("/people", "Nothing here");
  await visitor.open("/profiles", "Profiles");
  assert.equal(await page.getByRole("link", { name: "New profile" }).count(), 0);
  await visitor.leave();
});

test("the first load is small, compressed, and all from ourselves", async () => {
  const server = await emptyHouse();
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  let bytes = 0;
  const encodings = new Set<string>();
  const foreign: string[] = [];
  const forgetful: string[] = [];
  const sizes: Promise<void>[] = [];
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (url.origin !== server.url) foreign.push(response.url());
    if (url.pathname.startsWith("/api/")) return;
    sizes.push(
      response.request().sizes().then((size) => {
        bytes += size.responseBodySize + size.responseHeadersSize;
      }),
    );
    if (/\.(js|css)$/.test(url.pathname)) {
      const headers = response.headers();
      if (Number(headers["content-length"]) > WORTH_COMPRESSING_BYTES) encodings.add(headers["content-encoding"] ?? `none for ${url.pathname}`);
      if (!headers["cache-control"]?.includes("immutable")) forgetful.push(url.pathname);
    }
  });
  await visitor.open("/", "Dashboard");
  await Promise.all(sizes);
  assert.deepEqual(foreign, []);
  assert.deepEqual(forgetful, []);
  assert.deepEqual([...encodings], ["br"]);
  console.log(`# first load: ${(bytes / 1024).toFixed(1)} KiB`);
  assert.ok(bytes < FIRST_LOAD_MAX_BYTES, `${bytes} bytes`);
  await visitor.leave();
});
