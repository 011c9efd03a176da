// The API as a whole: its description, what the interface asks for, edits that overtake each other, events that are missed.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { databases, type Json, makeFilm, makeLongFilm, pacedFfmpeg, readEvents, run, Server, temporaryDirectory, until } from "./harness.ts";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));

describe("the description", () => {
  let server: Server;
  before(async () => {
    server = await Server.start();
  });

  test("is good OpenAPI 3.1 for a linter that is not ours", async () => {
    const description = await (await fetch(`${server.url}/api/openapi.json`)).text();
    const path = join(temporaryDirectory(), "openapi.json");
    writeFileSync(path, description);
    const redocly = join(import.meta.dirname, "node_modules/@redocly/cli/bin/cli.js");
    const environment = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", NO_COLOR: "1" };
    // The short addresses end in "/": small clients, which are not ours, ask for them so.
    const { stdout } = await run(process.execPath, [redocly, "lint", "--format=json", "--skip-rule=no-path-trailing-slash", path], { env: environment });
    const report = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Json;
    assert.deepEqual(report.totals, { errors: 0, warnings: 0, ignored: 0 }, stdout);
    assert.equal((JSON.parse(description) as Json).openapi, "3.1.0");
  });

  test("names the shape of everything that is asked and answered", async () => {
    const { body } = await server.request("GET", "/api/openapi.json");
    for (const [path, operations] of Object.entries(body.paths as Json))
      for (const [method, operation] of Object.entries(operations as Json)) {
        const good = Object.entries((operation as Json).responses as Json).filter(([status]) => status.startsWith("2"));
        assert.ok(good.length > 0, `${method} ${path}`);
        for (const [status, answer] of good) assert.ok(status === "204" || (answer as Json).content, `${method} ${path} says what it answers with`);
      }
  });

  test("/docs shows it, with nothing but its own script and style", { skip: chromium ? false : "no Chromium here" }, async () => {
    const policy = (await fetch(`${server.url}/docs`)).headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    const arguments_ = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${temporaryDirectory()}`, "--virtual-time-budget=10000", "--dump-dom", `${server.url}/docs`];
    const { stdout } = await run(chromium ?? "", arguments_, { maxBuffer: 64 * 1024 * 1024 });
    for (const path of ["/api/v1/files/{id}/plan", "/api/v1/jobs/bulk", "/api/v1/events"]) assert.ok(stdout.includes(`<code>${path}</code>`), path);
    for (const word of ["Idempotency-Key", "If-Match", "min_saving_percent", "operate"]) assert.ok(stdout.includes(word), word);
    for (const path of ["/docs/docs.css", "/docs/docs.js", "/icon.svg", "/"]) assert.equal((await fetch(`${server.url}${path}`)).status, 200);
  });
});

for (const database of databases) {
  describe(`what the interface asks for, on ${database.name}`, () => {
    let server: Server;
    let root: number;
    const library = join(temporaryDirectory(), "library");
    const day = (): Promise<Json> => server.call("GET", "/stats/savings?days=1").then((body) => body.items[0] as Json);

    before(async () => {
      mkdirSync(library);
      await Promise.all([makeFilm(join(library, "one.mkv")), makeFilm(join(library, "two.mkv")), makeLongFilm(join(library, "long.mkv"), 8)]);
      server = await Server.start({ database: await database.fresh(), args: ["--ffmpeg", pacedFfmpeg(2), "--encode-slots", "1"] });
      await server.quickProfile();
      root = await server.addRoot(library, "quick");
      assert.equal((await server.scan(root)).state, "done");
    });

    test("files: filters, details, a plan, a picture", async () => {
      assert.equal((await server.all("/files?codec=h264&state=ready&audio_language=eng&min_size=1000&hdr=sdr")).length, 2);
      assert.equal((await server.all("/files?audio_language=fra&max_size=1")).length, 0);
      const listed = await server.file(root, join(library, "one.mkv"));
      assert.ok(!("media" in listed) && !("verdicts" in listed));
      const file = await server.call("GET", `/files/${listed.id as number}`);
      assert.deepEqual(file.verdicts, []);
      assert.ok((file.media.streams as Json[]).length >= 4);
      assert.equal((await server.call("GET", `/files/${listed.id as number}/plan?profile=quick`)).decision, "encode");
      const picture = await server.raw(`/api/v1/files/${listed.id as number}/thumbnail`);
      assert.equal(picture.status, 200);
      assert.equal(picture.headers.get("Content-Type"), "image/jpeg");
      assert.deepEqual([...new Uint8Array(await picture.arrayBuffer()).slice(0, 2)], [0xff, 0xd8]);
      const again = await server.raw(`/api/v1/files/${listed.id as number}/thumbnail`, { "If-None-Match": picture.headers.get("ETag") ?? "" });
      assert.equal(again.status, 304);
    });

    test("profiles: tried on a file without being saved, taken along and brought back", async () => {
      const file = await server.file(root, join(library, "one.mkv"));
      const [mine] = (await server.all("/profiles")).filter((it) => it.name === "quick");
      const plan = await server.call("POST", "/profiles/preview", { profile: { name: "a draft", codec: "hevc", container: "mkv", max_height: 90 }, file: file.id as number });
      assert.deepEqual([plan.decision, plan.container, plan.height], ["encode", "mkv", 90], plan.reason as string);
      const wrong = await server.request("POST", "/profiles/preview", { profile: { name: "a draft", codec: "x" }, file: file.id as number });
      assert.equal(wrong.status, 422);
      assert.deepEqual((wrong.body.errors as Json[]).map((error) => error.field as string), ["profile.codec"]);
      const exported = await server.request("GET", `/profiles/${mine?.id as number}/export`);
      assert.match(exported.headers.get("Content-Disposition") ?? "", /quick\.json/);
      const copy = exported.body;
      copy.profile.name = "quick copy";
      const imported = await server.call("POST", "/profiles/import", copy);
      assert.equal(imported.preset, "ultrafast");
      await server.call("DELETE", `/profiles/${imported.id as number}`);
    });

    test("an edit that somebody else has overtaken shows what it is now", async () => {
      const first = await server.request("GET", `/roots/${root}`);
      const tag = first.headers.get("ETag") ?? "";
      assert.match(tag, /^"\w+"$/);
      assert.equal((await server.request("PATCH", `/roots/${root}`, { name: "Mine" }, { "If-Match": tag })).status, 200);
      const stale = await server.request("PATCH", `/roots/${root}`, { name: "Yours" }, { "If-Match": tag });
      assert.equal(stale.status, 412);
      assert.equal(stale.body.current.name, "Mine");
      await server.scan(root); /* changes facts, not settings */
      const whole = await server.request("PUT", `/roots/${root}`, { path: library, name: "Whole", profile: "quick" }, { "If-Match": stale.headers.get("ETag") ?? "" });
      assert.equal(whole.status, 200, JSON.stringify(whole.body));
      assert.equal(whole.body.name, "Whole");
      assert.equal((await server.request("POST", `/roots/${root}/confirm`)).status, 200);
    });

    test("a profile is read and replaced by who has seen the newest", async () => {
      const path = `/profiles/${await server.quickProfile("to edit")}`;
      const first = await server.request("GET", path);
      const tag = { "If-Match": first.headers.get("ETag") ?? "" };
      const changed = await server.request("PUT", path, { name: "to edit", codec: "h264", container: "mkv" }, tag);
      assert.deepEqual([changed.status, changed.body.codec, changed.body.version], [200, "h264", first.body.version + 1], JSON.stringify(changed.body));
      const stale = await server.request("PUT", path, { name: "to edit", codec: "av1", container: "mkv" }, tag);
      assert.deepEqual([stale.status, stale.body.current.codec], [412, "h264"]);
      assert.equal((await server.request("DELETE", path, undefined, tag)).status, 412);
      assert.equal((await server.request("DELETE", path, undefined, { "If-Match": stale.headers.get("ETag") ?? "" })).status, 204);
    });

    test("a request that is sent twice is carried out once", async () => {
      const key = { "Idempotency-Key": `scan-${database.name}` };
      const first = await server.request("POST", `/roots/${root}/scan`, {}, key);
      await server.job(first.body.job as number);
      const second = await server.request("POST", `/roots/${root}/scan`, {}, key);
      assert.deepEqual(second.body, first.body, "not a new scan, although the first has ended");
      assert.equal(second.headers.get("Idempotent-Replayed"), "true");
      assert.equal((await server.request("POST", `/roots/${root}/scan`, { x: 1 }, key)).status, 422);
    });

    test("what is saved counts, and what is undone does not", async () => {
      const before = await server.call("GET", "/stats");
      const [job] = await server.transcode({ file: (await server.file(root, join(library, "one.mkv"))).id as number });
      assert.equal(job?.state, "done");
      const file = await server.file(root, join(library, "one.mkv"));
      const [entry] = await server.all(`/files/${file.id as number}/history`);
      const stats = await server.call("GET", "/stats");
      assert.equal(stats.bytes_saved, entry?.bytes_saved);
      assert.equal(stats.library_bytes, before.library_bytes - entry?.bytes_saved);
      assert.deepEqual([(await day()).bytes_saved, (await day()).files], [entry?.bytes_saved, 1]);
      assert.deepEqual((await server.call("GET", "/stats/codecs")).items.map((it: Json) => [it.codec, it.files]).sort(), [["h264", 2], ["hevc", 1]]);
      assert.equal((await server.undo(entry?.id as number)).state, "done");
      const after = await server.call("GET", "/stats");
      assert.deepEqual([after.bytes_saved, after.replaced, after.undone], [0, 0, 1]);
      assert.equal(after.library_bytes, before.library_bytes);
      assert.deepEqual([(await day()).bytes_saved, (await day()).files], [0, 0]);
      assert.equal((await server.call("GET", "/stats/codecs")).items[0].files, 3);
    });

    test("the queue: a job at work, others moved, paused, held and forgotten", async () => {
      const [running] = await server.enqueue({ file: (await server.file(root, join(library, "long.mkv"))).id as number, priority: "high" });
      await server.job(running as number, ["running"]);
      const worker = await until("the worker is at work", async () => {
        const [it] = (await server.call("GET", "/workers")).items as Json[];
        return (it?.running as Json[]).some((run_) => run_.job === running && run_.progress > 0) ? it : undefined;
      });
      assert.deepEqual((worker.slots as Json[]).find((slots) => slots.kind === "transcode"), { kind: "transcode", slots: 1, busy: 1, governed: true });
      const [disk] = await until("the disks were looked at", async () => {
        const disks = (await server.call("GET", "/system")).disks as Json[];
        return disks.length > 0 && disks;
      });
      assert.equal(disk?.path, library);
      assert.ok(disk?.total_bytes > disk?.free_bytes);
      assert.equal((await server.call("GET", "/stats")).eta_s, null); /* the only replacement was undone: nothing to go by */
      const refused = await server.request("DELETE", `/jobs/${running}`);
      assert.equal(refused.status, 409);

      const waiting = [
        ...(await server.enqueue({ file: (await server.file(root, join(library, "one.mkv"))).id as number })),
        ...(await server.enqueue({ file: (await server.file(root, join(library, "two.mkv"))).id as number })),
      ];
      const order = async (): Promise<number[]> => (await server.all("/jobs?state=pending&kind=transcode&sort=queue")).map((job) => job.id as number);
      assert.deepEqual(await order(), waiting);
      await server.call("PATCH", `/jobs/${waiting[1]}`, { before: waiting[0] });
      assert.deepEqual(await order(), [waiting[1], waiting[0]]);
      const bulk = await server.call("POST", "/jobs/bulk", { action: "pause", ids: [...waiting, 999_999] });
      assert.equal(bulk.done, 2);
      assert.deepEqual((bulk.failed as Json[]).map((it) => it.id as number), [999_999]);
      assert.equal((await server.call("POST", "/jobs/bulk", { action: "profile", value: "h264", ids: waiting })).done, 2);
      assert.equal((await server.call("POST", "/jobs/bulk", { action: "cancel", state: "paused" })).done, 2);
      await server.call("POST", `/jobs/${running}/cancel`);
      await server.job(running as number);
      await server.call("DELETE", `/jobs/${running}`);
      assert.equal((await server.request("GET", `/jobs/${running}`)).status, 404);
      assert.equal((await server.call("POST", "/jobs/bulk", { action: "delete", state: "cancelled" })).done, 2);
      for (const sort of ["newest", "oldest", "finished", "size"]) assert.ok((await server.all(`/jobs?sort=${sort}`, 2)).length > 2, sort);
    });

    test("who missed events is told them, or told that it missed some", async () => {
      const reading = readEvents(server, {}, (text) => ids(text).length >= 3);
      await server.scan(root);
      const seen = ids(await reading);
      assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
      const missed = await readEvents(server, { "Last-Event-ID": String(seen[0]) }, (text) => ids(text).length >= seen.length - 1);
      assert.deepEqual(ids(missed).slice(0, seen.length - 1), seen.slice(1), "from the one after the last that was seen");
      assert.doesNotMatch(missed, /^event: lost$/m);
      const stranger = await readEvents(server, { "Last-Event-ID": "12" }, (text) => ids(text).length >= 1);
      assert.match(stranger, /^event: lost$/m);
    });
  });
}
