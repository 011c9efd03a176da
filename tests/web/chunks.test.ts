// A film that is encoded in chunks, as its job's page shows it: how many are done and where each stands, in both themes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { ffmpeg, pacedFfmpeg, type Server, temporaryDirectory, until } from "../system/harness.ts";
import { emptyHouse, Visitor } from "./harness.ts";

let server: Server;
let job: number;
before(async () => {
  const media = temporaryDirectory("reeve-films-");
  const film = join(media, "The long one.mkv");
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=24,noise=alls=15:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-g", "12", "-pix_fmt", "yuv420p", film);
  server = await emptyHouse({ args: ["--ffmpeg", pacedFfmpeg(0.4), "--encode-slots", "2"] });
  await server.quickProfile("chunks", { chunking: "always", chunk_seconds: 2, min_saving_percent: 0, min_bits_per_pixel: 0 });
  const root = await server.addRoot(media, "chunks");
  await server.scan(root);
  const file = await server.file(root, film);
  [job] = (await server.enqueue({ file: file.id })) as [number];
  await until("two chunks are done", async () => (await server.all(`/jobs?parent=${job}`)).filter((it) => it.state === "done").length >= 2);
});

for (const theme of ["light", "dark"] as const)
  test(`the chunks of a film in the ${theme} theme`, async () => {
    const visitor = await Visitor.signedIn(server, { theme });
    const { page } = visitor;
    await visitor.open(`/queue?job=${job}`, "Queue");
    const chunks = page.getByRole("dialog").getByRole("region", { name: "Chunks" });
    await chunks.getByText(/\d+ of \d+ chunks encoded/).waitFor();
    const items = chunks.getByRole("listitem");
    assert.equal(await items.count(), (await server.all(`/jobs?parent=${job}`)).length);
    assert.match((await items.first().textContent()) ?? "", /^Chunk 1: done/);
    await chunks.getByText(/^Chunk \d+: running, /).first().waitFor();
    await visitor.assertAccessible(`chunks, ${theme}`);
    if (process.env.REEVE_SCREENSHOTS) await page.screenshot({ path: join(process.env.REEVE_SCREENSHOTS, `chunks-${theme}.png`) });
    await visitor.leave();
  });

test("the queue shows the film, and of its chunks those that run", async () => {
  const listed = await server.all("/jobs");
  assert.ok(listed.some((it) => it.id === job));
  assert.ok(listed.every((it) => it.parent_id === null || it.state === "running"));
  assert.ok((await server.all("/jobs?kind=chunk")).length > 4);
});

test("a profile says when films are split", async () => {
  const visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  const profile = (await server.all("/profiles")).find((it) => it.name === "chunks");
  await visitor.open(`/profiles/${profile?.id}`, "chunks");
  await page.getByRole("switch", { name: "Show advanced fields" }).click();
  const length = page.getByLabel("Chunk seconds");
  await length.fill("90");
  await visitor.assertAccessible("a profile with chunks");
  await page.getByRole("button", { name: "Save" }).first().click();
  await until("the profile is saved", async () => (await server.call("GET", `/profiles/${profile?.id}`)).chunk_seconds === 90);
  await visitor.leave();
});
