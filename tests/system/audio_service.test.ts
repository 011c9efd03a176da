// The right default track as a service: webhooks of Sonarr and Radarr, The Movie Database, the policy, batches, undo.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { copyFileSync, linkSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { atEnd, databases, ffmpeg, type Json, probe, Server, shell, temporaryDirectory, until } from "./harness.ts";

const media = temporaryDirectory();

/** The language of the only default audio track, as ffprobe sees it. */
async function spoken(path: string): Promise<string> {
  const streams = ((await probe(path)).streams as Json[]).filter((stream) => stream.codec_type === "audio" && stream.disposition.default);
  assert.equal(streams.length, 1, `${path} has one default track`);
  return String(streams[0]?.tags?.language).replace("fre", "fra").replace("ger", "deu");
}

function copyOf(name: string, path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(media, name), path);
  return path;
}

/** Three languages, English the default: nobody gets the right one by chance. */
before(async () => {
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "sine=f=300:d=1",
    "-f", "lavfi", "-i", "sine=f=200:d=1", "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-c:a", "aac",
    "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu", "-metadata:s:a:2", "language=fra",
    "-disposition:a:0", "default", "-disposition:a:1", "0", "-disposition:a:2", "0", join(media, "film.mkv"));
  await ffmpeg("-i", join(media, "film.mkv"), "-map", "0", "-c", "copy", join(media, "film.mp4"));
  await shell(`mkvmerge -q -o '${join(media, "merged.mkv")}' '${join(media, "film.mkv")}'`);
});

/** Answers as api.themoviedb.org/3 does, as far as it is asked here. */
class Films {
  asked: string[] = [];
  broken = false;
  /** Questions after so many are not answered before the gate opens. */
  free = Infinity;
  gate = Promise.resolve();
  url = "";
  static async start(): Promise<Films> {
    const films = new Films();
    const server = createServer(async (request: IncomingMessage, response) => {
      const path = new URL(request.url ?? "/", "http://films").pathname;
      films.asked.push(path);
      if (films.asked.length > films.free) await films.gate;
      const answers: { [path: string]: Json } = {
        "/movie/603": { id: 603, title: "La Jetée", original_title: "La Jetée", original_language: "fr", release_date: "1962-02-16" },
        "/search/movie": { page: 1, results: [{ id: 604, title: "Metropolis", original_title: "Metropolis", original_language: "de", release_date: "1927-02-06" }] },
        "/find/290434": { movie_results: [], tv_results: [{ id: 70523, name: "Dark", original_name: "Dark", original_language: "de", first_air_date: "2017-12-01" }] },
      };
      const answer = films.broken ? undefined : answers[path];
      response.writeHead(films.broken ? 500 : answer ? 200 : 404, { "Content-Type": "application/json" });
      response.end(JSON.stringify(answer ?? { status_code: 34, status_message: "Not found." }));
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    atEnd(() => void server.close());
    films.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return films;
  }
}

const radarr = (path: string, file: number, more: Json = {}): Json => ({
  eventType: "Download",
  instanceName: "Radarr",
  movie: { id: 7, title: "La Jetée", year: 1962, folderPath: dirname(path), tmdbId: 603, imdbId: "tt0056119", ...((more.movie as Json) ?? {}) },
  movieFile: { id: file, relativePath: "film.mkv", path, quality: "WEBDL-2160p", size: 1000 },
  isUpgrade: false,
});

const sonarr = (paths: string[], more: Json = {}): Json => ({
  eventType: "Download",
  instanceName: "Sonarr",
  series: { id: 1, title: "Dark", path: "/tv/Dark", tvdbId: 290434, year: 2017, originalLanguage: { id: 4, name: "German" } },
  episodes: [{ id: 10, episodeNumber: 1, seasonNumber: 1, title: "Secrets" }],
  ...(paths.length === 1 ? { episodeFile: { id: 100, relativePath: "a.mkv", path: paths[0], quality: "HDTV-720p" } } : {}),
  ...(paths.length > 1 ? { episodeFiles: paths.map((path, i) => ({ id: 100 + i, relativePath: "a.mkv", path, quality: "HDTV-720p" })) } : {}),
  isUpgrade: false,
  ...more,
});

for (const database of databases)
  describe(`default tracks (${database.name})`, () => {
    let server: Server, films: Films, hookKey: string, root: number;
    const library = temporaryDirectory();
    const post = async (application: string, body: Json, query = `?apikey=${hookKey}`, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${server.url}/api/v1/webhooks/${application}${query}`, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    const told = async (application: string, body: Json): Promise<Json> => (await (await post(application, body)).json()) as Json;

    before(async () => {
      const url = await database.fresh();
      films = await Films.start();
      server = await Server.start({ database: url });
      hookKey = await Server.makeKey(server.data, url, "webhook");
      root = (await server.call("POST", "/roots", { path: library, type: "tv" })).id as number;
      await server.call("PUT", "/settings", {
        path_mappings: [`/tv=${library}/tv`, `D:\\Films=${library}/films`],
        tmdb_key: "0123456789abcdef0123456789abcdef",
        tmdb_address: films.url,
      });
      await server.call("PUT", "/audio/policy", { languages: ["eng"], prefer_original: true });
    });

    test("the secret is never shown", async () => {
      const key = ((await server.call("GET", "/settings")).items as Json[]).find((item) => item.name === "tmdb_key");
      assert.deepEqual([key?.value, key?.secret, key?.is_set], [null, true, true]);
      assert.doesNotMatch(JSON.stringify(await server.call("GET", "/settings/export")), /0123456789abcdef/);
      assert.equal((await server.request("PUT", "/settings", { tmdb_key: "no key" })).status, 422);
      assert.equal((await server.request("PUT", "/settings", { path_mappings: ["tv to media"] })).status, 422);
    });

    test("a webhook is let in by its own key, in each way that Sonarr can show it, and by no other", async () => {
      const basic = `Basic ${Buffer.from(`sonarr:${hookKey}`).toString("base64")}`;
      const body = { eventType: "Test", instanceName: "Sonarr", series: { id: 1, title: "Test" } };
      for (const [query, headers] of [[`?apikey=${hookKey}`, {}], ["", { "X-Api-Key": hookKey }], ["", { Authorization: basic }]] as [string, Record<string, string>][]) {
        const answer = await post("sonarr", body, query, headers);
        assert.equal(answer.status, 200);
        assert.equal(((await answer.json()) as Json).outcome, "accepted");
      }
      assert.equal((await post("sonarr", body, "")).status, 401);
      assert.equal((await post("sonarr", body, "?apikey=wrong")).status, 401);
      assert.equal((await fetch(`${server.url}/api/v1/stats?apikey=${hookKey}`)).status, 401, "the address is a key for webhooks only");
      assert.equal((await fetch(`${server.url}/api/v1/stats`, { headers: { "X-Api-Key": hookKey } })).status, 403);
      assert.equal((await post("plex", body)).status, 404);
      assert.doesNotMatch(server.log, new RegExp(hookKey), "the key is not in the log");
      const [shown] = (await server.call("GET", "/webhooks")).items as Json[];
      assert.equal(shown?.address, `${server.url}/api/v1/webhooks/sonarr`);
      assert.equal(shown?.last_event, "Test");
    });

    test("a signed body needs no key, at the short address as at the long one; a wrong signature is refused whatever else is shown", async () => {
      const text = JSON.stringify({ eventType: "Test", instanceName: "Sonarr", series: { id: 1, title: "Prüfung" } });
      const send = async (signature: string | undefined, more: Record<string, string> = {}, body = text, path = "/webhook/sonarr"): Promise<number> =>
        (await fetch(`${server.url}${path}`, { method: "POST", body, headers: { "Content-Type": "application/json", ...(signature ? { "X-Webhook-Signature": signature } : {}), ...more } })).status;
      const sum = (secret: string): string => createHmac("sha256", secret).update(text).digest("hex");
      assert.equal(await send(sum("anything")), 401, "nothing is set up");
      const { secret } = await server.call("POST", "/webhook-secret");
      assert.equal(await send(sum(secret as string)), 200);
      assert.equal(await send(`sha256=${sum(secret as string)}`, {}, text, "/api/v1/webhooks/radarr"), 200);
      assert.equal(await send(undefined), 401);
      assert.equal(await send(sum(secret as string), {}, text.replace("1", "2")), 401, "another body");
      assert.equal(await send(sum("another secret"), { "X-Api-Key": hookKey }), 401, "a key does not make it right");
      assert.equal(await send(undefined, { "X-Api-Key": hookKey }, JSON.stringify({ eventType: "Download" }), "/webhook/lidarr"), 200);
      const [shown] = (await server.call("GET", "/webhooks")).items as Json[];
      assert.deepEqual([shown?.has_secret, shown?.short_path, shown?.sign_in.includes("signature")], [true, "/webhook/sonarr", true]);
      assert.doesNotMatch(server.log, new RegExp(secret as string));
      await server.call("DELETE", "/settings/webhook_secret");
      assert.equal(await send(sum(secret as string)), 401);
    });

    test("an import of Sonarr, told once for the file and once for the season, is one job, at once and by the message's language", async () => {
      const path = copyOf("film.mkv", join(library, "tv/Dark/Season 1/Dark - S01E01.mkv"));
      const began = performance.now();
      const first = await told("sonarr", sonarr(["/tv/Dark/Season 1/Dark - S01E01.mkv"]));
      const took = performance.now() - began;
      assert.equal(first.outcome, "accepted", first.reason);
      const again = await told("sonarr", sonarr(["/tv/Dark/Season 1/Dark - S01E01.mkv"]));
      assert.deepEqual([again.outcome, again.jobs], ["duplicate", first.jobs]);
      const job = await server.job(first.jobs[0]);
      assert.deepEqual([job.state, job.kind, job.priority], ["done", "audio", "webhook"], job.error);
      assert.equal(await spoken(path), "deu");
      const results = (await server.call("GET", `/audio/batches/${job.id}/files`)).items as Json[];
      assert.equal(results[0]?.outcome, "edited");
      assert.match(results[0]?.reason, /German/);
      assert.ok(took < 2000, `answered in ${took} ms`);
      assert.equal(films.asked.length, 0, "who is told need not ask");
      const file = await server.file(root, path);
      assert.equal(file.size_bytes, statSync(path).size);
      const scan = await server.scan(root);
      assert.equal(scan.result.probed, 0, "the scan has nothing to do");
    });

    test("an import of Radarr, seen under Windows: The Movie Database knows the language", async () => {
      const path = copyOf("film.mp4", join(library, "films/La Jetee (1962)/film.mp4"));
      const row = await told("radarr", radarr("D:\\Films\\La Jetee (1962)\\film.mp4", 55));
      assert.equal(row.outcome, "accepted", row.reason);
      const job = await server.job(row.jobs[0]);
      assert.equal(job.state, "done", job.error);
      assert.equal(await spoken(path), "fra");
      assert.ok(films.asked.includes("/movie/603"));
      const metrics = await (await server.raw("/metrics")).text();
      assert.match(metrics, /reeve_upstream_requests_total\{service="TMDB"\} [1-9]/);
      assert.match(metrics, /reeve_upstream_breaker_state\{service="TMDB",state="closed"\} 1/);
    });

    test("a show without a word about its language: The Movie Database is asked by TheTVDB's number", async () => {
      const path = copyOf("merged.mkv", join(library, "tv/Dark/Season 1/Dark - S01E02.mkv"));
      const body = sonarr(["/tv/Dark/Season 1/Dark - S01E02.mkv"]);
      body.episodeFile.id = 102;
      delete body.series.originalLanguage;
      const row = await told("sonarr", body);
      const job = await server.job(row.jobs[0]);
      assert.equal(job.state, "done", job.error);
      assert.equal(await spoken(path), "deu");
      assert.ok(films.asked.includes("/find/290434"));
    });

    test("what is none of ours is answered well, with the reason", async () => {
      const row = await told("radarr", radarr("/elsewhere/film.mkv", 77));
      assert.equal(row.outcome, "unmapped");
      assert.match(row.reason, /below none of the library's roots/);
      for (const body of [{ eventType: "Grab" }, { eventType: "SomethingNew" }]) assert.equal((await told("radarr", body)).outcome, "ignored");
      assert.equal((await post("radarr", { no: "event" })).status, 422);
      const events = await server.all("/webhooks/events?application=radarr");
      assert.ok(events.some((event) => event.outcome === "unmapped"));
    });

    test("a renamed file keeps its history, a deleted one is missing", async () => {
      const [from, to] = [join(library, "tv/Dark/Season 1/Dark - S01E01.mkv"), join(library, "tv/Dark/Season 1/Dark - S01E01 - Secrets.mkv")];
      const before = await server.file(root, from);
      await shell(`mv '${from}' '${to}'`);
      const row = await told("sonarr", {
        ...sonarr([]),
        eventType: "Rename",
        renamedEpisodeFiles: [{ id: 100, path: "/tv/Dark/Season 1/Dark - S01E01 - Secrets.mkv", previousPath: "/tv/Dark/Season 1/Dark - S01E01.mkv" }],
      });
      assert.equal(row.outcome, "accepted", row.reason);
      assert.equal((await server.file(root, to)).id, before.id);
      await shell(`rm '${to}'`);
      const gone = await told("sonarr", { ...sonarr(["/tv/Dark/Season 1/Dark - S01E01 - Secrets.mkv"]), eventType: "EpisodeFileDelete", deleteReason: "manual" });
      assert.equal(gone.outcome, "accepted", gone.reason);
      assert.equal((await server.file(root, to)).state, "missing");
    });

    test("a policy is tried on files before it is saved, and a stale one is refused", async () => {
      const path = copyOf("merged.mkv", join(library, "films/Metropolis (1927)/Metropolis (1927) 1080p BluRay.mkv"));
      await server.scan(root);
      const preview = async (body: Json): Promise<Json[]> => (await server.call("POST", "/audio/preview", { path: dirname(path), ...body })).items as Json[];
      const [french] = await preview({ policy: { languages: ["fra"], prefer_original: false } });
      assert.deepEqual([french?.result.outcome, french?.result.choice.track], ["edit", 3]);
      const [by_title] = await preview({});
      assert.deepEqual([by_title?.result.choice.track, by_title?.original_source], [2, "tmdb-title"], JSON.stringify(by_title));
      const [as_is] = await preview({ original_language: "German" });
      assert.deepEqual([as_is?.result.choice.track, as_is?.original_source], [2, "person"]);
      assert.equal(await spoken(path), "eng", "nothing was written");
      assert.equal((await server.request("POST", "/audio/preview", { path, policy: { languages: ["klingonish"] } })).status, 422);
      assert.equal((await server.request("POST", "/audio/preview", { path: "/etc/passwd" })).status, 404);
      const { headers } = await server.request("GET", "/audio/policy");
      const tag = headers.get("ETag") ?? "";
      assert.equal((await server.request("PUT", "/audio/policy", { languages: ["eng", "fra"], prefer_original: true }, { "If-Match": tag })).status, 200);
      assert.equal((await server.request("PUT", "/audio/policy", { languages: ["eng"] }, { "If-Match": tag })).status, 412);
    });

    test("a batch: a dry run, the work, each file's outcome, and its undo", async () => {
      const directory = join(library, "batch");
      for (let i = 0; i < 30; i++) copyOf(i % 3 ? "film.mkv" : "film.mp4", join(directory, `f${i}.${i % 3 ? "mkv" : "mp4"}`));
      writeFileSync(join(directory, "broken.mkv"), "no film");
      linkSync(copyOf("film.mkv", join(directory, "seeding.mkv")), join(temporaryDirectory(), "torrent.mkv"));
      await server.scan(root);
      const batch = async (body: Json): Promise<Json> => server.job((await server.call("POST", "/audio/batches", { path: directory, policy: { languages: ["fra"], prefer_original: false }, ...body })).job as number);
      const dry = await batch({ dry_run: true });
      assert.deepEqual([dry.state, dry.result.edit, dry.result.linked], ["done", 30, 1], JSON.stringify(dry.result));
      assert.equal(await spoken(join(directory, "f1.mkv")), "eng");
      const done = await batch({});
      assert.deepEqual([done.state, done.result.edited, done.result.linked, done.progress], ["done", 30, 1, 1], JSON.stringify(done.result));
      assert.equal(await spoken(join(directory, "f1.mkv")), "fra");
      assert.equal(await spoken(join(directory, "f3.mp4")), "fra");
      assert.equal(await spoken(join(directory, "seeding.mkv")), "eng");
      const results = await server.all(`/audio/batches/${done.id}/files`, 7);
      assert.equal(results.length, 32);
      const edited = results.find((result) => result.path === join(directory, "f1.mkv"));
      const undone = await server.undo(edited?.history_id as number);
      assert.equal(undone.state, "done", undone.error);
      assert.equal(await spoken(join(directory, "f1.mkv")), "eng");
      assert.equal((await server.request("POST", `/history/${edited?.history_id}/undo`)).status, 409);
      const again = await batch({});
      assert.deepEqual([again.result.edited, again.result.nothing], [1, 29], JSON.stringify(again.result));
      assert.equal((await server.request("POST", "/audio/batches", {})).status, 422);
      assert.equal((await server.request("POST", "/audio/batches", { path: "/nowhere" })).status, 404);
    });

    test("a batch that is paused finishes what it has in hand, survives a kill, and goes on where it was", async () => {
      const directory = join(library, "paused");
      const files = 40;
      for (let i = 0; i < files; i++) copyOf("film.mkv", join(directory, `Unheard Of ${i} (2001)/Unheard.Of.${i}.2001.1080p.mkv`));
      await server.scan(root);
      let open = (): void => {};
      films.asked = [];
      films.free = 8;
      films.gate = new Promise((resolve) => (open = resolve));
      const { job } = await server.call("POST", "/audio/batches", { path: directory, policy: { languages: ["fra"], prefer_original: true } });
      const look = async (): Promise<Json> => server.call("GET", `/jobs/${job}`);
      const outcomes = async (): Promise<Json[]> => server.all(`/audio/batches/${job}/files`);
      await until("a question is held", async () => films.asked.length > films.free);
      assert.equal((await server.call("POST", `/jobs/${job}/pause`)).state, "paused");
      assert.equal((await server.request("POST", `/jobs/${job}/pause`)).status, 409);
      assert.notEqual((await look()).lease_owner, null, "it has files in hand");
      await until("it was told to halt", async () => ((await server.call("GET", "/workers")).items as Json[]).flatMap((worker) => worker.running as Json[]).every((run) => run.frozen));
      open();
      const halted = await until("it was put down", async () => {
        const now = await look();
        return now.lease_owner === null ? now : undefined;
      });
      const before = await outcomes();
      assert.ok(before.length > 0 && before.length < files, `${before.length} files are done`);
      assert.deepEqual([halted.state, halted.progress, halted.progress_detail.looked_at], ["paused", before.length / files, before.length]);
      for (const it of before) assert.deepEqual([it.outcome, await spoken(it.path as string)], ["edited", "fra"], it.reason);

      await server.kill();
      server = await server.again();
      assert.deepEqual([(await look()).state, (await look()).progress], ["paused", halted.progress]);
      assert.deepEqual(await outcomes(), before);
      assert.match((await server.call("POST", `/jobs/${job}/resume`)).state as string, /^(pending|running)$/, "a worker may have it already");
      const done = await server.job(job as number);
      assert.deepEqual([done.state, done.result.edited, done.result.files], ["done", files, files], JSON.stringify(done.result));
      const after = await outcomes();
      assert.equal(new Set(after.map((it) => it.file_id)).size, files);
      for (const it of before) assert.ok(after.some((other) => other.file_id === it.file_id && other.at_ms === it.at_ms), "it was not looked at again");
      assert.equal((await server.all("/history?q=Unheard")).length, files, "each file has its entry, and one");
      films.free = Infinity;
    });

    test("a database of films that is away: the work goes on by the list, and the health says so", async () => {
      films.broken = true;
      const path = copyOf("film.mkv", join(library, "films/Unknown Film (2001)/Unknown.Film.2001.1080p.mkv"));
      await server.scan(root);
      const { job } = await server.call("POST", "/audio/batches", { path, policy: { languages: ["fra"], prefer_original: true } });
      const done = await server.job(job as number);
      assert.deepEqual([done.state, done.result.edited], ["done", 1], JSON.stringify(done.result));
      assert.equal(await spoken(path), "fra");
      await server.call("PUT", "/settings", { tmdb_key: null });
      const health = await server.call("GET", "/health/ready");
      assert.ok((health.components as Json[]).some((component) => component.name === "tmdb" && /no key/.test(component.message)));
    });

    test("a server that is killed in the middle of a batch finishes it, each file whole", async () => {
      const directory = join(library, "killed");
      for (let i = 0; i < 250; i++) copyOf("film.mkv", join(directory, `f${String(i).padStart(3, "0")}.mkv`));
      await server.scan(root);
      await server.stop();
      const doomed = await server.again({ env: { REEVE_FAIL: "edit.write:150" } });
      const { job } = await doomed.call("POST", "/audio/batches", { path: directory, policy: { languages: ["fra"], prefer_original: false } });
      await doomed.exited;
      server = await doomed.again();
      const done = await server.job(job as number);
      assert.equal(done.state, "done", done.error);
      for (const i of [0, 100, 149, 150, 151, 249]) assert.equal(await spoken(join(directory, `f${String(i).padStart(3, "0")}.mkv`)), "fra");
      const results = await server.all(`/audio/batches/${job}/files`);
      assert.equal(new Set(results.map((result) => result.file_id)).size, 250);
      assert.equal((await server.all("/history?q=killed")).length, 250, "each file has its entry, and one");
      await server.stop();
    });
  });
