// A target score in the profile form, what this ffmpeg lacks with its reason, and what transcodes would come to before they are queued.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { makeFilm, quickFfmpeg, temporaryDirectory, until, type Server } from "../system/harness.ts";
import { emptyHouse, Visitor } from "./harness.ts";

const pictures = process.env.REEVE_PICTURES; // where to leave pictures of what was looked at
let server: Server;
let root: number;

/** ffmpeg that takes its time over samples, so that the search is seen. */
function slowSamples(): string {
  const path = join(temporaryDirectory("reeve-programs-"), "ffmpeg");
  const pace = 'for word do shift; [ "$word" = -i ] && set -- "$@" -readrate 0.1; set -- "$@" "$word"; done';
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *"-i file:"*" -f matroska file:"*sample.mkv) ${pace} ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

before(async () => {
  server = await emptyHouse({ args: ["--ffmpeg", slowSamples()] });
  await server.quickProfile();
  const library = temporaryDirectory();
  const film = join(library, "A Winter Garden (2011).mkv");
  await makeFilm(film, { seconds: 2 });
  for (const name of ["Paper Boats (2020).mkv", "Quiet Hours (2018).mkv"]) copyFileSync(film, join(library, name));
  await makeFilm(join(library, "Salt and Cedar (2016).mkv"), { seconds: 1, codec: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"] });
  root = await server.addRoot(library, "quick", { name: "Films" });
  assert.equal((await server.scan(root)).state, "done");
});

async function picture(visitor: Visitor, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await visitor.page.screenshot({ path: join(pictures, `${name}.png`) });
}

test("a target score is chosen in the form, and what contradicts it is said beside its field", async () => {
  const visitor = await Visitor.signedIn(server, { expected: ["422 /api/v1/profiles", "422 /api/v1/profiles/preview"] });
  const { page } = visitor;
  await visitor.open("/profiles/new", "New profile");
  await page.getByRole("textbox", { name: "Name" }).fill("Aimed");
  assert.equal(await page.getByLabel("Target score").count(), 0);
  const metric = page.getByRole("combobox", { name: "Target metric" }).or(page.getByRole("textbox", { name: "Target metric" }));
  await metric.click();
  const vmaf = page.getByRole("option", { name: "vmaf – VMAF needs ffmpeg's filter libvmaf, which the ffmpeg here lacks; choose ssim, or another ffmpeg." });
  await vmaf.waitFor();
  assert.equal(await vmaf.getAttribute("data-combobox-disabled"), "true");
  await page.getByRole("option", { name: /^ssim/ }).click();
  const score = page.getByRole("textbox", { name: "Target score" });
  await score.fill("97");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/A floor of SSIM is a score from 0\.7 to 0\.9995/).first().waitFor();
  await score.fill("0.97");
  await score.scrollIntoViewIfNeeded();
  await visitor.assertAccessible("the form with a target");
  await picture(visitor, "target-form");
  await page.getByRole("button", { name: "Save" }).click();
  await visitor.toast("The profile Aimed is saved.");
  const made = (await server.all("/profiles")).find((it) => it.name === "Aimed");
  assert.deepEqual([made?.target_metric, made?.target_score], ["ssim", 0.97]);
  await visitor.leave();
});

for (const theme of ["light", "dark"] as const)
  test(`what a root or a selection would come to is said before it is queued, in the ${theme} theme`, async () => {
    const visitor = await Visitor.signedIn(server, { theme });
    const { page } = visitor;
    await visitor.open("/roots", "Roots");
    await page.getByRole("button", { name: "Actions for Films" }).click();
    await page.getByRole("menuitem", { name: "Transcode all" }).click();
    const dialog = page.getByRole("dialog", { name: "Transcode all of Films?" });
    const prediction = dialog.getByRole("region", { name: "Prediction" });
    await prediction.getByText("3 files").waitFor();
    await prediction.getByText("1 left alone").waitFor();
    await prediction.getByText("1 file: It already is what the profile asks for").waitFor();
    await prediction.getByText("Nothing like these was encoded here yet, so the range is wide.").waitFor();
    await visitor.assertAccessible(`the dialog, ${theme}`);
    await picture(visitor, `prediction-root-${theme}`);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.deepEqual(await server.all("/jobs?kind=transcode&state=pending"), []);

    await visitor.open(`/library?root=${root}`, "Library");
    const boxes = page.getByRole("checkbox", { name: /^Select / });
    await boxes.nth(0).waitFor();
    await page.getByRole("checkbox", { name: /Paper Boats/ }).check();
    await page.getByRole("checkbox", { name: /Quiet Hours/ }).check();
    const bar = page.getByRole("region", { name: "Selected files" });
    await bar.getByRole("button", { name: "Predict" }).click();
    await bar.getByRole("region", { name: "Prediction" }).getByText("2 files").waitFor();
    await visitor.assertAccessible(`the selection, ${theme}`);
    await picture(visitor, `prediction-selection-${theme}`);
    await visitor.leave();
  });

test("a running search says which probe it is at", async () => {
  const [file] = await server.all(`/files?root=${root}`);
  const aimed = (await server.all("/profiles")).find((it) => it.name === "Aimed");
  const [job] = await server.enqueue({ file: file?.id, profile: aimed?.id, force: true });
  await until("the search begins", async () => ((await server.call("GET", `/jobs/${job}`)).progress_detail as { phase?: string } | null)?.phase === "searching");
  const visitor = await Visitor.signedIn(server);
  await visitor.open("/", "Dashboard");
  await visitor.page.getByText("Looking for the quality").waitFor();
  await visitor.page.getByText("probe 1 of about 4").waitFor();
  await picture(visitor, "search-running");
  await server.request("POST", `/jobs/${job}/cancel`);
  await visitor.leave();
});
