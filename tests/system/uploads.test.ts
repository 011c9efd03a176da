// Sending files as others do it: tus-js-client from npm, fetch with a body whose size nobody said, and a server that is killed half-way.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import * as tus from "tus-js-client";
import { databases, type Json, Server, temporaryDirectory, until } from "./harness.ts";

const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

interface Sending {
  upload: tus.Upload;
  /** Resolves with its address when all was sent. */
  done: Promise<string>;
}

/** The library as its documentation shows it, from a file on the disk. */
function send(server: Server, bytes: Buffer, options: Partial<tus.UploadOptions> = {}): Sending {
  const path = join(temporaryDirectory(), "film.mov");
  writeFileSync(path, bytes);
  let upload!: tus.Upload;
  const done = new Promise<string>((resolve, reject) => {
    upload = new tus.Upload(createReadStream(path), {
      endpoint: `${server.url}/api/v1/uploads`,
      headers: { "X-Api-Key": server.key },
      chunkSize: 256 * 1024,
      uploadSize: bytes.length,
      retryDelays: [100, 200, 400, 800, 1600, 3200, 3200, 3200, 3200],
      metadata: { filename: "../../Films/Ein Film.mov", filetype: "video/quicktime" },
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ""),
      ...options,
    });
    upload.start();
  });
  return { upload, done };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}

const idOf = (url: string): number => Number(url.split("/").at(-1));
const stored = (server: Server): Buffer[] => readdirSync(join(server.data, "uploads")).map((name) => readFileSync(join(server.data, "uploads", name)));

for (const database of databases) {
  describe(`uploads on ${database.name}`, () => {
    let server: Server;
    before(async () => {
      server = await Server.start({ database: await database.fresh() });
    });
    after(() => server.stop());

    test("a public tus client sends a file, with a name that leads out", async () => {
      const bytes = randomBytes(3_000_001);
      const url = await send(server, bytes).done;
      const upload = await server.call("GET", `/uploads/${idOf(url)}`);
      assert.deepEqual([upload.state, upload.size_bytes, upload.received_bytes, upload.name, upload.content_type], ["complete", bytes.length, bytes.length, "Ein Film.mov", "video/quicktime"]);
      assert.deepEqual(stored(server).map(digest), [digest(bytes)]);
      await tus.Upload.terminate(url, { headers: { "X-Api-Key": server.key } });
      assert.equal((await server.request("GET", `/uploads/${idOf(url)}`)).status, 404);
      assert.deepEqual(stored(server), []);
    });

    test("it asks what there is", async () => {
      const answer = await fetch(`${server.url}/api/v1/uploads`, { method: "OPTIONS", headers: { "X-Api-Key": server.key } });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get("Tus-Version"), "1.0.0");
      assert.equal(answer.headers.get("Tus-Max-Size"), String(64 * 2 ** 30));
    });

    test("the cap and the directory are settings that hold at once", async () => {
      await server.call("PUT", "/settings", { upload_cap_gib: 1 });
      const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": String(2 ** 30 + 1) };
      assert.equal((await server.request("POST", "/uploads", undefined, headers)).status, 413);
      assert.equal((await server.request("POST", "/uploads", undefined, { ...headers, "Upload-Length": String(2 ** 30) })).status, 201);
      const [made] = (await server.call("GET", "/uploads")).items as Json[];
      assert.equal(made?.received_bytes, 0);
      assert.equal((await server.request("DELETE", `/uploads/${made?.id as number}`)).status, 204);
    });

    test("a body of any length, whose size nobody said", async () => {
      const bytes = randomBytes(2_500_000);
      const body = Readable.toWeb(Readable.from(pieces(bytes))) as unknown as BodyInit;
      const answer = await fetch(`${server.url}/api/v1/uploads?name=clip.mp4`, { method: "POST", body, duplex: "half", headers: { "X-Api-Key": server.key, "Content-Type": "video/mp4" } } as RequestInit);
      const made = (await answer.json()) as Json;
      assert.deepEqual([answer.status, made.state, made.size_bytes, made.name], [201, "complete", bytes.length, "clip.mp4"]);
      assert.deepEqual(stored(server).map(digest), [digest(bytes)]);
      await server.call("DELETE", `/uploads/${made.id as number}`);
    });

    test("kill -9 in the middle costs nothing that was written, and the client goes on", async () => {
      const bytes = randomBytes(8_000_003);
      let sent = 0;
      const sending = send(server, bytes, { onProgress: (bytesSent) => (sent = bytesSent) });
      await until("some of it is there", () => sent > 1_000_000);
      server.process.kill("SIGKILL");
      await sending.upload.abort(); /* it would take a server that is starting (503) for one that has forgotten, and begin anew */
      await server.exited;
      const left = stored(server)[0]?.length ?? 0;
      assert.ok(left > 256 * 1024 && left < bytes.length, `${left} bytes`);
      server = await server.again({ port: Number(new URL(server.url).port) });
      sending.upload.start();
      const url = await sending.done;
      const upload = await server.call("GET", `/uploads/${idOf(url)}`);
      assert.equal(upload.state, "complete");
      assert.deepEqual(stored(server).map(digest), [digest(bytes)]);
      await server.call("DELETE", `/uploads/${idOf(url)}`);
    });
  });
}
