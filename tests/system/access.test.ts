// Trying to get in: every route, sessions, forged requests, paths that lead out, slow and oversized requests, TLS, proxies, several servers.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { databases, freePort, reeve, run, Server, temporaryDirectory, until, type Json } from "./harness.ts";

const password = "a long enough password";

async function addUser(data: string, name: string, role: string, database?: string): Promise<void> {
  const made = await reeve(["user", "add", name, "--role", role, "--data", data, ...(database ? ["--database", database] : [])], { input: `${password}\n` });
  assert.equal(made.code, 0, made.stderr);
}

/** What a browser would keep: the cookie and, in the page, the token. */
class Browser {
  cookie = "";
  csrf = "";
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: Json; headers: Headers }> {
    const response = await fetch(`${this.url}${/^\/(api|metrics|webhook)\b|\/$/.test(path) ? "" : "/api/v1"}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(this.cookie ? { Cookie: `reeve_session=${this.cookie}` } : {}),
        ...(this.csrf ? { "X-CSRF-Token": this.csrf } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = { status: response.status, body: (text && response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {}) as Json, headers: response.headers };
    const cookie = /^reeve_session=([^;]*)/.exec(response.headers.get("set-cookie") ?? "");
    if (cookie) this.cookie = cookie[1] ?? "";
    if (typeof answer.body.csrf === "string") this.csrf = answer.body.csrf;
    return answer;
  }

  static async signIn(url: string, name: string, word = password): Promise<Browser> {
    const browser = new Browser(url);
    const answer = await browser.ask("POST", "/session", { name, password: word });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(answer.body.user.name, name);
    return browser;
  }
}

interface Operation {
  method: string;
  path: string;
  /** What it takes; nothing for open ones. */
  scope: string | undefined;
}

/** Every route there is, as the server describes itself: none can be forgotten here. */
async function operations(url: string): Promise<Operation[]> {
  const description = (await (await fetch(`${url}/api/openapi.json`)).json()) as Json;
  return Object.entries(description.paths as Record<string, Json>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{[^}]*\}/g, "999999"),
      scope: (operation as Json)["x-scope"] as string | undefined,
    })),
  );
}

/** Sends bytes as they are and gives back all that comes until the server closes. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text, "latin1"));
    socket.setEncoding("latin1").on("data", (data: string) => (answer += data));
    socket.on("close", () => resolve(answer)).on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? resolve(answer) : reject(error)));
  });
}

describe("every route", () => {
  let server: Server;
  let all: Operation[];
  before(async () => {
    server = await Server.start();
    for (const role of ["viewer", "operator", "admin"]) await addUser(server.data, role, role);
    all = await operations(server.url);
    assert.ok(all.length > 40, `${all.length} routes`);
  });
  after(() => server.stop());

  const ranks = ["read", "operate", "admin"];

  test("refuses strangers", async () => {
    for (const { method, path, scope } of all.filter((it) => it.scope)) {
      const nobody = await new Browser(server.url).ask(method, path);
      assert.equal(nobody.status, 401, `${method} ${path} ${scope}`);
      for (const headers of [
        { "X-Api-Key": "reeve_wrong" },
        { "X-Api-Key": "' OR ''='" },
        { Authorization: "Bearer " },
        { Authorization: "Basic YWRtaW46YWRtaW4=" },
        { Cookie: "reeve_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
        { Cookie: `reeve_session=${server.key}` },
        { Cookie: "reeve_session=%00; reeve_session=' OR 1=1 --" },
      ] as Record<string, string>[]) {
        const wrong = await new Browser(server.url).ask(method, path, undefined, headers);
        assert.equal(wrong.status, 401, `${method} ${path} ${JSON.stringify(headers)}`);
      }
    }
  });

  test("refuses whoever's role does not reach, and nobody else", async () => {
    for (const [rank, role] of ["viewer", "operator", "admin"].entries()) {
      const browser = await Browser.signIn(server.url, role);
      const key = await Server.makeKey(server.data, undefined, ranks[rank]);
      for (const { method, path, scope } of all.filter((it) => it.scope && !it.path.endsWith("/events") && !it.path.includes("/session"))) {
        const answer = await browser.ask(method, path);
        const byKey = await new Browser(server.url).ask(method, path, undefined, { "X-Api-Key": key });
        const may = ranks.indexOf(scope ?? "") <= rank;
        assert.equal(answer.status !== 403, may, `${method} ${path} by ${role}: ${answer.status}`);
        assert.equal(byKey.status !== 403, may, `${method} ${path} by a key to ${ranks[rank]}: ${byKey.status}`);
        assert.notEqual(answer.status, 401);
      }
    }
  });

  test("keys of workers and webhooks open none of them but their own", async () => {
    for (const kind of ["worker", "webhook"]) {
      const key = await Server.makeKey(server.data, undefined, kind);
      for (const { method, path } of all.filter((it) => it.scope)) {
        const opens = kind === "webhook" && method === "POST" && /\/webhooks?\/[^/]+$/.test(path);
        const { status } = await new Browser(server.url).ask(method, path, undefined, { "X-Api-Key": key });
        assert.equal(status, opens ? 422 : 403, `${method} ${path}`);
      }
    }
  });

  test("wants the CSRF token with a cookie wherever something changes", async () => {
    const browser = await Browser.signIn(server.url, "admin");
    const other = await Browser.signIn(server.url, "admin");
    for (const csrf of ["", "x", other.csrf, browser.cookie]) {
      const forged = new Browser(server.url);
      forged.cookie = browser.cookie;
      forged.csrf = csrf;
      for (const { method, path } of all.filter((it) => it.scope && it.method !== "GET")) {
        assert.equal((await forged.ask(method, path)).status, 403, `${method} ${path}`);
        forged.cookie = browser.cookie;
      }
    }
    assert.equal((await browser.ask("GET", "/session")).status, 200, "the session is still there");
  });

  test("changes are in the audit log, reading is not, and no secret is", async () => {
    const browser = await Browser.signIn(server.url, "admin");
    await browser.ask("POST", "/users", { name: "dora", role: "viewer", password: "do not write this down" });
    await browser.ask("GET", "/users");
    const log = await server.all("/audit");
    const entry = log.find((it) => it.action === "POST /api/v1/users" && it.detail?.name === "dora");
    assert.ok(entry);
    assert.equal(entry.actor, "admin");
    assert.equal(entry.status, 201);
    assert.ok(log.every((it) => !/^(GET|HEAD) /.test(it.action as string)));
    for (const secret of ["do not write", password, browser.cookie, browser.csrf, server.key]) assert.ok(!JSON.stringify(log).includes(secret));
    for (const secret of ["do not write", password, browser.cookie, browser.csrf, server.key]) assert.ok(!server.log.includes(secret));
  });
});

describe("sessions", () => {
  let server: Server;
  before(async () => {
    server = await Server.start();
    await addUser(server.data, "anna", "admin");
  });
  after(() => server.stop());

  test("a planted session is not the one that is signed in to", async () => {
    const attacker = await Browser.signIn(server.url, "anna");
    const victim = new Browser(server.url);
    victim.cookie = attacker.cookie;
    assert.equal((await victim.ask("POST", "/session", { name: "anna", password })).status, 201);
    assert.notEqual(victim.cookie, attacker.cookie);
    assert.equal((await attacker.ask("GET", "/session")).status, 401);
    assert.equal((await victim.ask("GET", "/session")).status, 200);
  });

  test("the cookie is for our pages only", async () => {
    const answer = await new Browser(server.url).ask("POST", "/session", { name: "anna", password });
    assert.match(answer.headers.get("set-cookie") ?? "", /^reeve_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
  });

  test("a form of a foreign page signs nobody in", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const answer = await new Browser(server.url).ask("POST", "/session", { name: "anna", password }, { "Content-Type": type });
      assert.equal(answer.status, 415, type);
      assert.equal(answer.headers.get("set-cookie"), null);
    }
  });

  test("a change of password and signing out everywhere end the others", async () => {
    const [one, two] = [await Browser.signIn(server.url, "anna"), await Browser.signIn(server.url, "anna")];
    const old = one.cookie;
    assert.equal((await one.ask("PUT", "/session/password", { current: "not this", new: "something else" })).status, 422);
    assert.equal((await one.ask("PUT", "/session/password", { current: password, new: "something else" })).status, 200);
    assert.notEqual(one.cookie, old);
    assert.equal((await one.ask("GET", "/session")).status, 200);
    assert.equal((await two.ask("GET", "/session")).status, 401);
    assert.equal((await one.ask("PUT", "/session/password", { current: "something else", new: password })).status, 200);
    const three = await Browser.signIn(server.url, "anna");
    assert.equal((await three.ask("POST", "/session/end-all")).status, 204);
    assert.equal((await one.ask("GET", "/session")).status, 401);
  });

  test("removed on the command line, it is out within seconds", async () => {
    await addUser(server.data, "zoe", "viewer");
    const zoe = await Browser.signIn(server.url, "zoe");
    assert.equal((await zoe.ask("GET", "/stats")).status, 200);
    assert.equal((await reeve(["user", "remove", "zoe", "--data", server.data])).code, 0);
    await until("the session is over", async () => (await zoe.ask("GET", "/stats")).status === 401, 20_000);
  });
});

describe("the first start", () => {
  const linkIn = (log: string): string | undefined => /make the first user: (\S+)/.exec(log)?.[1];

  test("the link from the log makes the first user, once", async () => {
    const server = await Server.start({ keyless: true });
    const link = await until("the link is printed", () => linkIn(server.log));
    assert.ok(link.startsWith(`${server.url}/setup#`), link);
    const token = link.split("#")[1] as string;
    const browser = new Browser(server.url);
    assert.deepEqual((await browser.ask("GET", "/setup")).body, { needed: true });
    for (const name of ["admin", "root", "reeve"])
      for (const word of ["", "admin", "password", "reeve", "changeme"]) assert.notEqual((await browser.ask("POST", "/session", { name, password: word })).status, 201);
    assert.equal((await browser.ask("POST", "/setup", { token: `${token.slice(0, -1)}_`, name: "eve", password })).status, 403);
    const [first, second] = await Promise.all([1, 2].map((i) => new Browser(server.url).ask("POST", "/setup", { token, name: `user${i}`, password })));
    assert.deepEqual([first?.status, second?.status].sort(), [201, 409]);
    assert.equal((await browser.ask("POST", "/setup", { token, name: "eve", password })).status, 409);
    assert.deepEqual((await browser.ask("GET", "/setup")).body, { needed: false });
    const made = await Browser.signIn(server.url, first?.status === 201 ? "user1" : "user2");
    assert.equal((await made.ask("GET", "/users")).body.items.length, 1);
    const again = await (await server.stop(), server).again();
    assert.equal(linkIn(again.log), undefined);
    await again.stop();
  });

  test("a link made on the command line works, too, and no link is in the database", async () => {
    const server = await Server.start({ keyless: true });
    const made = await reeve(["setup-link", "--data", server.data]);
    const token = made.stdout.trim().split("#")[1] as string;
    assert.equal((await new Browser(server.url).ask("POST", "/setup", { token, name: "anna", password })).status, 201);
    await server.stop();
  });

  test("other machines are turned away until there is a user", async (context) => {
    const own = Object.values(networkInterfaces())
      .flat()
      .find((it) => it && it.family === "IPv4" && !it.internal)?.address;
    if (!own) return context.skip("this machine has no address but loopback");
    const port = await freePort();
    const server = await Server.start({ keyless: true, early: true, args: ["--listen", `0.0.0.0:${port}`] });
    const near = new Browser(`http://127.0.0.1:${port}`);
    const far = new Browser(`http://${own}:${port}`);
    await until("the server is ready", async () => {
      try {
        return (await fetch(`${near.url}/health/ready`)).status === 200;
      } catch {
        return false;
      }
    });
    for (const path of ["/api/v1/setup", "/api/openapi.json", "/api/v1/stats"]) {
      const answer = await far.ask("GET", path);
      assert.equal(answer.status, 403, path);
      assert.match(answer.body.detail as string, /not set up/);
    }
    assert.equal((await fetch(`${far.url}/`)).status, 403);
    assert.equal((await far.ask("POST", "/setup", { token: linkIn(server.log)?.split("#")[1], name: "eve", password })).status, 403);
    assert.equal((await fetch(`${far.url}/health/live`)).status, 200);
    assert.equal((await near.ask("GET", "/setup")).status, 200);
    assert.equal((await near.ask("GET", "/setup", undefined, { "X-Forwarded-For": own })).status, 403, "a proxy that nobody told us of");
    await until("the log says so", () => /was turned away/.test(server.log));
    const key = await Server.makeKey(server.data, undefined, "read");
    assert.equal((await far.ask("GET", "/stats", undefined, { "X-Api-Key": key })).status, 200, "a key that was made on the machine");
    await addUser(server.data, "anna", "admin");
    assert.equal((await (await Browser.signIn(far.url, "anna")).ask("GET", "/stats")).status, 200);
    await server.stop();
  });
});

describe("paths that lead out", () => {
  let server: Server;
  let top: string;
  let admin: Browser;
  before(async () => {
    top = temporaryDirectory();
    for (const name of ["media", "media/films", "secret", "secret/inner"]) mkdirSync(join(top, name));
    symlinkSync(join(top, "secret"), join(top, "media/link"));
    symlinkSync("../../secret", join(top, "media/films/up"));
    symlinkSync("/", join(top, "media/root"));
    server = await Server.start({ args: ["--media-directories", join(top, "media")] });
    await addUser(server.data, "anna", "admin");
    admin = await Browser.signIn(server.url, "anna");
  });
  after(() => server.stop());

  const outside = (): string[] => [
    "/",
    "/etc",
    "/proc/self/root",
    top,
    join(top, "secret"),
    `${top}/media/..`,
    `${top}/media/../secret`,
    `${top}/media/films/../../secret/inner`,
    `${top}/media/link`,
    `${top}/media/link/inner`,
    `${top}/media/films/up`,
    `${top}/media/root/etc`,
    `${top}/media-not`,
    `${top}/secret/nothing`,
  ];
  const nonsense = ["", "media", "../../../../etc", "file:///etc", "~", "C:\\", "/etc\u0000/films"];

  test("the folder picker stays inside", async () => {
    const list = async (path?: string) => admin.ask("GET", `/directories${path === undefined ? "" : `?path=${encodeURIComponent(path)}`}`);
    assert.deepEqual((await list()).body.items, [{ name: join(top, "media"), path: join(top, "media") }]);
    const media = await list(join(top, "media"));
    assert.deepEqual(media.body.items, [{ name: "films", path: join(top, "media/films") }]);
    assert.equal(media.body.parent, null);
    for (const path of outside()) assert.equal((await list(path)).status, 403, path);
    for (const path of nonsense) assert.equal((await list(path)).status, 422, path);
    for (const encoded of ["%2e%2e%2fsecret", "..%252fsecret", `${encodeURIComponent(top)}%2fmedia%2f..%2fsecret`, "%ff", "%00"])
      assert.ok([403, 422].includes((await admin.ask("GET", `/directories?path=${encoded}`)).status), encoded);
  });

  test("no root and no trash outside", async () => {
    for (const path of [...outside(), ...nonsense]) {
      const root = await admin.ask("POST", "/roots", { path });
      assert.equal(root.status, 422, path);
      assert.equal(root.body.errors[0].field, path.includes("\0") ? "" : "path"); /* such a text is no good JSON to us */
      const trash = await admin.ask("POST", "/roots", { path: join(top, "media/films"), trash_path: `${path}/trash` });
      assert.equal(trash.status, 422, path);
    }
    const root = await admin.ask("POST", "/roots", { path: join(top, "media/films") });
    assert.equal(root.status, 201);
    for (const path of outside()) assert.equal((await admin.ask("PATCH", `/roots/${root.body.id}`, { trash_path: path })).status, 422, path);
    assert.equal((await admin.ask("PATCH", `/roots/${root.body.id}`, { trash_path: join(top, "media/trash") })).status, 200);
  });

  test("a link that is turned while it is looked at gets nobody out", async () => {
    const link = join(top, "media/turning");
    const spare = join(top, "media/turning.new");
    let turning = true;
    const turn = (async () => {
      for (let i = 0; turning; i++) {
        symlinkSync(i % 2 ? join(top, "secret") : join(top, "media/films"), spare);
        renameSync(spare, link);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let i = 0; i < 150; i++) {
      const answer = await admin.ask("GET", `/directories?path=${encodeURIComponent(link)}`);
      if (answer.status === 200) assert.equal(answer.body.path, join(top, "media/films"));
      else assert.equal(answer.status, 403);
    }
    turning = false;
    await turn;
    rmSync(link);
  });

  test("nothing is served from the disk", async () => {
    for (const path of ["/../etc/passwd", "/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd", "/page.css/../../etc/passwd", "/api/v1/../../etc/passwd", "/\\..\\etc"]) {
      const answer = await raw(server.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 (404|400)/, path);
      assert.doesNotMatch(answer, /root:/);
    }
    for (const id of ["..", "%2e%2e", "1%2f..", "1;ls", "1%00", "-1", "1e3", "0x1"])
      assert.equal((await admin.ask("GET", `/roots/${id}`)).status, 404, id);
  });
});

describe("what is sent", () => {
  let server: Server;
  before(async () => {
    server = await Server.start({ args: ["--cors-origins", "https://films.example"] });
    await addUser(server.data, "anna", "admin");
  });
  after(() => server.stop());

  test("no header of ours can be made up from a request", async () => {
    const evil = "x%0d%0aSet-Cookie:%20evil=1";
    for (const text of [
      `GET /${evil} HTTP/1.1\r\nHost: x`,
      `GET /api/v1/files?${evil}=${evil} HTTP/1.1\r\nHost: x`,
      `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\rSet-Cookie: evil=1`,
      `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\nSet-Cookie: evil=1`,
      `GET /health/live HTTP/1.1\r\nHost: x\r\nOrigin: https://films.example\rSet-Cookie: evil=1`,
      `GET /health/live HTTP/1.1\r\nHost: evil\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https`,
    ]) {
      const answer = await raw(server.url, `${text}\r\nConnection: close\r\n\r\n`);
      const head = answer.split("\r\n\r\n")[0] ?? "";
      assert.doesNotMatch(head, /evil/i, text);
      assert.doesNotMatch(head, /Strict-Transport-Security/);
    }
  });

  test("two lengths, a length and chunks, and smuggled requests get no second answer", async () => {
    const hidden = "GET /api/v1/stats HTTP/1.1\r\nHost: x\r\n\r\n";
    for (const headers of ["Content-Length: 0\r\nContent-Length: 44", `Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked`, "Content-Length: +4", "Content-Length: -1"]) {
      const answer = await raw(server.url, `POST /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n\r\n0\r\n\r\n${hidden}`);
      assert.match(answer, /^HTTP\/1\.1 4|^$/, headers);
      assert.doesNotMatch(answer, /HTTP\/1\.1 (200|401)/, `${headers}: the hidden request was answered`);
    }
  });

  test("every answer says what browsers may do with it", async () => {
    for (const path of ["/", "/api/v1/stats", "/api/v1/nothing", "/health/live", "/api/openapi.json"]) {
      const { headers } = await fetch(`${server.url}${path}`);
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/, path);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("x-frame-options"), "DENY");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.equal(headers.get("server"), null);
    }
  });

  test("other origins: only those on the list, and never with the cookie", async () => {
    const anna = await Browser.signIn(server.url, "anna");
    for (const origin of ["https://films.example", "https://evil.example", "null", "https://films.example.evil"]) {
      const answer = await anna.ask("GET", "/stats", undefined, { Origin: origin });
      assert.equal(answer.headers.get("access-control-allow-origin"), origin === "https://films.example" ? origin : null);
      assert.equal(answer.headers.get("access-control-allow-credentials"), null);
      const preflight = await anna.ask("OPTIONS", "/roots", undefined, { Origin: origin, "Access-Control-Request-Method": "POST" });
      assert.equal(preflight.status, origin === "https://films.example" ? 204 : 405);
    }
  });

  test("too much of anything", async () => {
    const anna = await Browser.signIn(server.url, "anna");
    const status = async (text: string): Promise<string> => (await raw(server.url, text)).slice(9, 12);
    const credentials = `Host: x\r\nConnection: close\r\nCookie: reeve_session=${anna.cookie}\r\nX-CSRF-Token: ${anna.csrf}\r\n`;
    assert.match(await status(`GET /${"a".repeat(100_000)} HTTP/1.1\r\n${credentials}\r\n`), /^(414|431|)$/);
    assert.match(await status(`GET /api/v1/stats HTTP/1.1\r\n${credentials}${"X-A: b\r\n".repeat(10_000)}\r\n`), /^(431|)$/);
    assert.match(await status(`GET /api/v1/stats HTTP/1.1\r\n${credentials}Cookie: ${"c=d; ".repeat(10_000)}\r\n\r\n`), /^(431|)$/);
    assert.equal((await anna.ask("POST", "/profiles", { name: "x".repeat(2_000_000) })).status, 413);
    for (const nested of ["[".repeat(100_000), '{"a":'.repeat(100_000), `${"[".repeat(200)}${"]".repeat(200)}`]) {
      const answer = await fetch(`${server.url}/api/v1/roots`, {
        method: "POST",
        headers: { Cookie: `reeve_session=${anna.cookie}`, "X-CSRF-Token": anna.csrf, "Content-Type": "application/json" },
        body: nested,
      });
      assert.equal(answer.status, 422);
    }
    assert.equal((await anna.ask("GET", "/stats")).status, 200);
  });

  test("slow requests are cut off, and hold nobody up meanwhile", { timeout: 120_000 }, async () => {
    const drips: Socket[] = [];
    const began = Date.now();
    const ends = Array.from({ length: 150 }, (_, i) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      drips.push(socket);
      socket.on("error", () => undefined);
      socket.write(i % 2 ? "GET /api/v1/stats HTTP/1.1\r\nHost: x\r\nX-Slow: " : "");
      return new Promise<number>((resolve) => socket.on("close", () => resolve(Date.now() - began)));
    });
    const drip = setInterval(() => drips.forEach((socket, i) => i % 2 && !socket.destroyed && socket.write("x")), 500);
    const anna = await Browser.signIn(server.url, "anna");
    for (let i = 0; i < 20; i++) assert.equal((await anna.ask("GET", "/stats")).status, 200);
    const times = await Promise.all(ends);
    clearInterval(drip);
    assert.ok(Math.max(...times) < 60_000, `${Math.max(...times)} ms`);
    assert.ok(Math.min(...times) > 20_000, "nobody is cut off before the time");
  });

  test("guessing is held up, and only for whoever guesses", async () => {
    const proxied = await Server.start({ args: ["--trusted-proxies", "127.0.0.0/8"] });
    await addUser(proxied.data, "anna", "admin");
    const guess = (from: string, word: string) => new Browser(proxied.url).ask("POST", "/session", { name: "anna", password: word }, { "X-Forwarded-For": from });
    const statuses = [];
    for (let i = 0; i < 8; i++) statuses.push((await guess("203.0.113.5", "wrong")).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    const held = await guess("203.0.113.5", password);
    assert.equal(held.status, 429, "the right password is held up like any other");
    assert.ok(Number(held.headers.get("retry-after")) > 0);
    assert.equal((await guess("1.2.3.4, 203.0.113.5", password)).status, 429, "what the caller puts before itself changes nothing");
    assert.equal((await guess("203.0.113.6", password)).status, 201, "its owner comes in from elsewhere");
    const again = await (await proxied.stop(), proxied).again({ args: ["--trusted-proxies", "127.0.0.0/8"] });
    assert.equal((await new Browser(again.url).ask("POST", "/session", { name: "anna", password }, { "X-Forwarded-For": "203.0.113.5" })).status, 429, "a restart forgives nothing");
    await until("the log names the visitor", () => /Signing in as anna from 203\.0\.113\.5 failed/.test(proxied.log));
    await again.stop();
  });
});

describe("TLS", () => {
  const agent = new Agent({ rejectUnauthorized: false, keepAlive: false });

  async function certificate(directory: string, name: string): Promise<void> {
    const [cert, key] = [join(directory, "new-cert.pem"), join(directory, "new-key.pem")];
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", `/CN=${name}`, "-keyout", key, "-out", cert]);
    renameSync(key, join(directory, "key.pem"));
    renameSync(cert, join(directory, "cert.pem"));
  }

  function ask(url: string, method = "GET", body?: Json): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; name: string }> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(url, { method, agent, headers: body ? { "Content-Type": "application/json" } : {} }, (response) => {
        const socket = response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
        const name = socket.getPeerCertificate().subject.CN;
        response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, name }));
      });
      request.on("error", reject);
      request.end(body ? JSON.stringify(body) : undefined);
    });
  }

  test("serves by certificate files, and takes renewed ones up by itself and on SIGHUP", async () => {
    const files = temporaryDirectory();
    await certificate(files, "first");
    const server = await Server.start({ early: true, args: ["--tls-certificate", join(files, "cert.pem"), "--tls-key", join(files, "key.pem")] });
    const url = server.url.replace("http:", "https:");
    await until("the server is ready", async () => {
      try {
        return (await ask(`${url}/health/ready`)).status === 200;
      } catch {
        return false;
      }
    });
    await addUser(server.data, "anna", "admin");
    const first = await ask(`${url}/api/v1/session`, "POST", { name: "anna", password });
    assert.equal(first.status, 201);
    assert.equal(first.name, "first");
    assert.match(String(first.headers["set-cookie"]), /; Secure$/);
    assert.match(String(first.headers["strict-transport-security"]), /max-age=\d+/);

    await certificate(files, "second");
    await until("the renewed certificate is shown", async () => (await ask(`${url}/health/live`)).name === "second", 30_000);
    await certificate(files, "third");
    server.process.kill("SIGHUP");
    await until("the third one is shown", async () => (await ask(`${url}/health/live`)).name === "third", 30_000);
    await until("SIGHUP was heard", () => /SIGHUP: the certificate/.test(server.log));
    writeFileSync(join(files, "key.pem"), "nonsense");
    server.process.kill("SIGHUP");
    await until("the broken one is complained about", () => /SIGHUP: the files for TLS cannot be used/.test(server.log));
    assert.equal((await ask(`${url}/health/live`)).name, "third");

    const plain = await raw(server.url, "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert.doesNotMatch(plain, /200/);
    for (const maxVersion of ["TLSv1", "TLSv1.1"] as const)
      await assert.rejects(
        new Promise((resolve, reject) => {
          const socket = tlsConnect({ port: Number(new URL(url).port), host: "127.0.0.1", rejectUnauthorized: false, minVersion: "TLSv1", maxVersion, ciphers: "ALL:@SECLEVEL=0" }, () => resolve(socket.destroy()));
          socket.on("error", reject);
        }),
      );
    await server.stop();
  });

  test("files that do not fit are an error at the start", async () => {
    const [files, others] = [temporaryDirectory(), temporaryDirectory()];
    await certificate(files, "one");
    await certificate(others, "other");
    const start = (...args: string[]) => reeve(["serve", "--data", join(files, "data"), "--listen", "127.0.0.1:0", ...args]);
    const mixed = await start("--tls-certificate", join(files, "cert.pem"), "--tls-key", join(others, "key.pem"));
    assert.equal(mixed.code, 2);
    assert.match(mixed.stderr, /is not that of the certificate/);
    assert.equal((await start("--tls-certificate", join(files, "cert.pem"))).code, 2);
    assert.notEqual((await start("--tls-certificate", join(files, "nothing"), "--tls-key", join(files, "key.pem"))).code, 0);
  });

  test("settings that make no sense are named", async () => {
    for (const [flag, value, words] of [
      ["--trusted-proxies", "10.0.0.1/8", /networks/],
      ["--trusted-proxies", "proxy", /networks/],
      ["--cors-origins", "*", /origins/],
      ["--cors-origins", "https://films.example/path", /origins/],
      ["--media-directories", "films", /absolute/],
    ] as const) {
      const checked = await reeve(["config", "check", flag, value]);
      assert.equal(checked.code, 2, `${flag} ${value}`);
      assert.match(checked.stderr + checked.stdout, words);
    }
  });
});

describe("several servers on one PostgreSQL", () => {
  test("share sessions, and hear at once when one ends", async () => {
    const database = await databases.find((it) => it.name === "PostgreSQL")?.fresh();
    assert.ok(database);
    const [one, two] = [await Server.start({ database }), await Server.start({ database })];
    await addUser(one.data, "anna", "admin", database);
    const anna = await Browser.signIn(one.url, "anna");
    const there = new Browser(two.url);
    there.cookie = anna.cookie;
    there.csrf = anna.csrf;
    assert.equal((await there.ask("GET", "/session")).status, 200);
    assert.equal((await there.ask("POST", "/users", { name: "bob", role: "viewer", password })).status, 201);

    /* A stream that is open at the other server ends, too. */
    const ended = new Promise<void>((resolve, reject) => {
      const request = httpRequest(`${two.url}/api/v1/events`, { headers: { Cookie: `reeve_session=${there.cookie}` } }, (response) => {
        response.on("data", () => undefined).on("end", () => resolve());
        void anna.ask("POST", "/session/end-all").then((answer) => assert.equal(answer.status, 204)).catch(reject);
      });
      request.on("error", reject).end();
    });
    await ended;
    assert.equal((await there.ask("GET", "/session")).status, 401);
    await Promise.all([one.stop(), two.stop()]);
  });
});
