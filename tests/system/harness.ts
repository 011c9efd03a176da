// What the system tests share: the real binary, real media, real databases, all on loopback and in temporary directories.
import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";

export const run = promisify(execFile);

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must name a reeve binary; tools/run-tests sets it.`);
  return value;
}

/** Built with sanitizers and failpoints. */
export const checkedBinary = required("REEVE_BINARY");
export const releaseBinary = process.env.REEVE_RELEASE_BINARY ?? checkedBinary;
export const isRoot = process.getuid?.() === 0;

// ---- cleaning up -----------------------------------------------------------------------------------------------------------

const children = new Set<ChildProcess>();
const temporary: string[] = [];
const endings: (() => Promise<void> | void)[] = [];

/** Ends with this test file, whichever test it was made in; the last made ends first. */
export function atEnd(end: () => Promise<void> | void): void {
  endings.push(end);
}

function keepTrack(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

after(async () => {
  for (const end of endings.reverse()) await end();
  for (const child of children) child.kill("SIGKILL");
  for (const path of temporary) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
});
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

export function temporaryDirectory(prefix = "reeve-test-", base = tmpdir()): string {
  const path = mkdtempSync(join(base, prefix));
  temporary.push(path);
  return path;
}

// ---- waiting ---------------------------------------------------------------------------------------------------------------

/** Servers that have not ended, so that a wait in vain can show what they said. */
const running = new Set<Server>();

/** Asks again until the answer is true; fails loudly when the (generous) time is over. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false> | T | undefined | false, limitMs = 120_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error([`waited ${limitMs} ms in vain: ${what}`, ...[...running].map((server) => server.account)].join("\n"));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}

// ---- databases -------------------------------------------------------------------------------------------------------------

export interface Database {
  name: string;
  /** The --database argument, or nothing for SQLite in the data directory. */
  fresh(): Promise<string | undefined>;
}

function postgresProgram(name: string): string {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of versions) if (existsSync(join(base, version, "bin", name))) return join(base, version, "bin", name);
  return name;
}

/** PostgreSQL refuses to run as root, so root runs it as the user that Debian's package made. */
function asPostgres(program: string, args: string[]): [string, string[]] {
  return isRoot ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...args]] : [program, args];
}

export class PostgresServer {
  readonly directory = temporaryDirectory("reeve-pg-");
  private process: ChildProcess | undefined;
  private counter = 0;
  readonly port: number;
  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort());
    const data = join(server.directory, "data");
    mkdirSync(data, { mode: 0o700 });
    if (isRoot) await run("chown", ["-R", "postgres:postgres", server.directory]);
    await run(...asPostgres(postgresProgram("initdb"), ["-D", data, "-U", "reeve", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]));
    await server.up();
    atEnd(() => server.down("SIGQUIT"));
    return server;
  }

  async up(): Promise<void> {
    const args = ["-D", join(this.directory, "data"), "-p", String(this.port), "-h", "127.0.0.1", "-k", this.directory, "-c", "fsync=off", "-c", "max_connections=200"];
    const [program, rest] = asPostgres(postgresProgram("postgres"), args);
    this.process = keepTrack(spawn(program, rest, { stdio: "ignore" }));
    await until("PostgreSQL answers", async () => {
      try {
        await this.sql("postgres", "SELECT 1");
        return true;
      } catch {
        return false;
      }
    });
  }

  async down(signal: NodeJS.Signals = "SIGINT"): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  async sql(database: string, text: string): Promise<string> {
    const { stdout } = await run("psql", ["-h", "127.0.0.1", "-p", String(this.port), "-U", "reeve", "-d", database, "-At", "-c", text]);
    return stdout.trim();
  }

  url(database: string): string {
    return `postgresql://reeve@127.0.0.1:${this.port}/${database}`;
  }

  async createDatabase(): Promise<string> {
    const name = `reeve_${process.pid}_${++this.counter}`;
    await this.sql("postgres", `CREATE DATABASE ${name}`);
    return this.url(name);
  }
}

let sharedPostgres: Promise<PostgresServer> | undefined;
export function postgres(): Promise<PostgresServer> {
  return (sharedPostgres ??= PostgresServer.start());
}

export const databases: Database[] = [
  { name: "SQLite", fresh: async () => undefined },
  { name: "PostgreSQL", fresh: async () => (await postgres()).createDatabase() },
];

// ---- the program -----------------------------------------------------------------------------------------------------------

/** The environment without what the tests themselves are told, so that Reeve does not take it for a setting. */
function cleanEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("REEVE_")));
  const log = process.env.REEVE_ROUTE_LOG; /* what tools/run-tests wants to know */
  return { ...kept, ...(log ? { REEVE_ROUTE_LOG: log } : {}), UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1", NO_COLOR: "1", ...extra };
}

let quickPrograms: string | undefined;

/** ffmpeg as it is, except that it says to have a few encoders only and tries them on smaller pictures: servers start often here. */
export function quickFfmpeg(encoders = "libx265|libx264"): string {
  quickPrograms ??= temporaryDirectory("reeve-programs-");
  const path = join(quickPrograms, `ffmpeg-${encoders.replaceAll("|", "-")}`);
  if (!existsSync(path)) {
    const smaller = 'for word do shift; [ "$word" = testsrc2=s=640x360:r=24:d=1 ] && word=testsrc2=s=160x96:r=24:d=1; set -- "$@" "$word"; done';
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *-encoders*) ffmpeg "$@" | grep -E '${encoders}'; exit 0 ;; *testsrc2*) ${smaller} ;; esac\nexec ffmpeg "$@"\n`);
    chmodSync(path, 0o755);
  }
  return path;
}

/** The same, but it encodes no faster than `speed` times the length of the film: what is done to a running encode then needs
 * neither a large film nor luck, on whatever machine. */
export function pacedFfmpeg(speed = 1): string {
  const path = join(temporaryDirectory("reeve-programs-"), "ffmpeg");
  const pace = `for word do shift; [ "$word" = -i ] && set -- "$@" -readrate ${speed}; set -- "$@" "$word"; done`;
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *"-i file:"*-map_metadata*) ${pace} ;; esac\nexec ${quickFfmpeg()} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Settings for every process of the tests: few encoders to try, no HandBrake, no gigabyte to be kept free. */
export const quickSettings = (): string[] => ["--ffmpeg", quickFfmpeg(), "--handbrake", "/nonexistent/HandBrakeCLI", "--reserve-mib", "0"];

export interface CommandResult {
  code: number;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env?: Record<string, string>;
  input?: string;
  binary?: string;
  cwd?: string;
}

/** Runs a command of the binary to its end, whatever its exit code. */
export async function reeve(args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = keepTrack(
    spawn(options.binary ?? checkedBinary, args, { env: cleanEnvironment(options.env), cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] }),
  );
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin?.on("error", () => undefined); /* it need not read what it is given */
  child.stdin?.end(options.input ?? "");
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  assert.doesNotMatch(stderr, sanitizerWords, `reeve ${args.join(" ")}`);
  return { code: code ?? -1, signal, stdout, stderr };
}

/** The same through a shell, for arguments that are not text: `script` sees the binary as $REEVE. */
export async function shell(script: string, env: Record<string, string> = {}): Promise<CommandResult> {
  return reeve(["-c", script], { binary: "/bin/sh", env: { REEVE: checkedBinary, ...env } });
}

/* A child whose parent was killed may fail to look for leaks ("LeakSanitizer has encountered a fatal error"): that is no leak. */
const sanitizerWords = /ERROR: (Address|Leak|Thread)Sanitizer|runtime error:/;

export interface ServerOptions {
  data?: string;
  database?: string | undefined;
  env?: Record<string, string>;
  args?: string[];
  binary?: string;
  /** The API key of an earlier server on the same database. */
  key?: string;
  /** Do not wait until it is ready. */
  early?: boolean;
  /** Make no key: the database may be away. */
  keyless?: boolean;
  /** Where an earlier server was reached. */
  port?: number;
}

export type Json = { [key: string]: any };

export interface Answer {
  status: number;
  body: Json;
  headers: Headers;
}

export class Server {
  log = "";
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly data: string;
  readonly database: string | undefined;
  readonly url: string;
  readonly key: string;
  readonly process: ChildProcess;
  private constructor(data: string, database: string | undefined, url: string, key: string, process: ChildProcess) {
    this.data = data;
    this.database = database;
    this.url = url;
    this.key = key;
    this.process = process;
    process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    running.add(this);
    this.exited = once(process, "close").then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
      running.delete(this);
      return { code: typeof code === "number" ? code : null, signal: typeof signal === "string" ? signal : null };
    });
  }

  /** What it said last, for messages. */
  get account(): string {
    return `${this.url} said:\n${this.log.split("\n").slice(-30).join("\n")}`;
  }

  static async makeKey(data: string, database: string | undefined, scope = "admin", binary = checkedBinary): Promise<string> {
    const made = await reeve(["key", "add", "tests", "--scope", scope, "--data", data, ...(database ? ["--database", database] : [])], { binary });
    if (made.code !== 0) throw new Error(`key add failed: ${made.stderr}`);
    return made.stdout.trim().split(/\s+/).at(-1) ?? "";
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const data = options.data ?? join(temporaryDirectory(), "data");
    const binary = options.binary ?? checkedBinary;
    const key = options.key ?? (options.keyless ? "" : await Server.makeKey(data, options.database, "admin", binary));
    const port = options.port ?? (await freePort());
    const databaseArgs = options.database ? ["--database", options.database] : [];
    const args = options.args ?? [];
    // Most tests say themselves when a root is looked at; a watch beside them would do it at any time.
    const watching = args.includes("--watching") ? [] : ["--watching", "false"];
    const child = keepTrack(
      spawn(binary, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, ...databaseArgs, ...quickSettings(), ...watching, ...args], {
        env: cleanEnvironment(options.env),
        stdio: ["ignore", "ignore", "pipe"],
      }),
    );
    const server = new Server(data, options.database, `http://127.0.0.1:${port}`, key, child);
    if (!options.early) await server.ready();
    return server;
  }

  /** The same data, database and key, in a new process. */
  async again(options: ServerOptions = {}): Promise<Server> {
    return Server.start({ data: this.data, database: this.database, key: this.key, ...options });
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  async ready(): Promise<void> {
    await until("the server is ready", async () => {
      if (this.ended) throw new Error(`the server ended: ${this.log}`);
      try {
        return (await fetch(`${this.url}/health/ready`)).status === 200;
      } catch {
        return false;
      }
    });
  }

  /** An answer that is not JSON. */
  async raw(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { "X-Api-Key": this.key, ...headers } });
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path.startsWith("/api") || path.startsWith("/health") ? "" : "/api/v1"}${path}`, {
      method,
      headers: { ...(this.key ? { "X-Api-Key": this.key } : {}), ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? (JSON.parse(text) as Json) : {}, headers: response.headers };
  }

  /** A request that must succeed. */
  async call(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} gave ${answer.status}: ${JSON.stringify(answer.body)}\n${this.log.slice(-2000)}`);
    return answer.body;
  }

  /** Everything of a paged list. */
  async all(path: string, limit = 500): Promise<Json[]> {
    const items: Json[] = [];
    let next: string | undefined;
    do {
      const page = await this.call("GET", `${path}${path.includes("?") ? "&" : "?"}limit=${limit}${next ? `&after=${encodeURIComponent(next)}` : ""}`);
      assert.ok(page.items.length <= limit);
      items.push(...(page.items as Json[]));
      next = (page.next as string | null) ?? undefined;
    } while (next);
    return items;
  }

  async job(id: number, states = ["done", "failed", "skipped", "cancelled"], limitMs = 180_000): Promise<Json> {
    return until(
      `job ${id} is ${states.join(" or ")}`,
      async () => {
        if (this.ended) throw new Error(`the server ended: ${this.log.slice(-3000)}`);
        const job = await this.call("GET", `/jobs/${id}`);
        return states.includes(job.state as string) ? job : undefined;
      },
      limitMs,
    );
  }

  async addRoot(path: string, profile: string, more: Json = {}): Promise<number> {
    return (await this.call("POST", "/roots", { path, profile, ...more })).id as number;
  }

  async scan(root: number): Promise<Json> {
    const { job } = await this.call("POST", `/roots/${root}/scan`);
    return this.job(job as number);
  }

  /** A profile for tests that are about safety, not about compression. */
  async quickProfile(name = "quick", changes: Json = {}): Promise<number> {
    return (await this.call("POST", "/profiles", { name, codec: "hevc", preset: "ultrafast", container: "mkv", ...changes })).id as number;
  }

  async enqueue(request: Json): Promise<number[]> {
    return (await this.call("POST", "/jobs", { kind: "transcode", ...request })).jobs as number[];
  }

  async transcode(request: Json): Promise<Json[]> {
    const done: Json[] = [];
    for (const id of await this.enqueue(request)) done.push(await this.job(id));
    return done;
  }

  async undo(history: number): Promise<Json> {
    const { job } = await this.call("POST", `/history/${history}/undo`);
    return this.job(job as number);
  }

  /** The file of a root with this path. */
  async file(root: number, path: string): Promise<Json> {
    const file = (await this.all(`/files?root=${root}`)).find((it) => it.path === path);
    assert.ok(file, `the library knows ${path}`);
    return file;
  }

  /** Graceful; fails if it did not end well or a sanitizer complained. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.process.kill(signal);
    const { code } = await this.exited;
    this.assertHealthy();
    assert.equal(code, 0, this.log.slice(-3000));
  }

  async kill(): Promise<void> {
    if (!this.ended) this.process.kill("SIGKILL");
    await this.exited;
    this.assertHealthy();
  }

  /** No sanitizer and no assertion complained. */
  assertHealthy(): void {
    assert.doesNotMatch(this.log, sanitizerWords);
    assert.doesNotMatch(this.log, /assertion .* failed|CRITICAL/i);
  }
}

/** Reads a stream of events until `enough` says so. */
export async function readEvents(server: Server, headers: Record<string, string>, enough: (text: string) => boolean): Promise<string> {
  const stop = new AbortController();
  const answer = await fetch(`${server.url}/api/v1/events`, { headers: { "X-Api-Key": server.key, ...headers }, signal: stop.signal });
  assert.equal(answer.headers.get("Content-Type"), "text/event-stream");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const limit = setTimeout(() => stop.abort(), 30_000);
  while (reader && !enough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  clearTimeout(limit);
  stop.abort();
  return text;
}

// ---- processes -------------------------------------------------------------------------------------------------------------

export interface Process {
  pid: number;
  parent: number;
  state: string;
  command: string;
}

/** All processes of the machine, from /proc. */
export function processes(): Process[] {
  const found: Process[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      found.push({ pid: Number(name), parent: Number(parent), state: state ?? "?", command });
    } catch {
      continue; /* it ended meanwhile */
    }
  }
  return found;
}

/** Processes whose command line mentions a text: the encoders at work on a file below a temporary directory of ours. */
export function working(text: string): Process[] {
  return processes().filter((it) => it.command.includes(text) && it.pid !== process.pid && it.state !== "Z" && !/reeve-?(san)? serve/.test(it.command) && !it.command.includes(" serve "));
}

// ---- media -----------------------------------------------------------------------------------------------------------------

const quiet = ["-nostdin", "-v", "error", "-y"];

export async function ffmpeg(...args: string[]): Promise<void> {
  await run("ffmpeg", [...quiet, ...args]);
}

export interface FilmOptions {
  seconds?: number;
  size?: string;
  codec?: string[];
}

/** A small film that is worth re-encoding: noisy H.264, two languages, a subtitle, chapters, an attached font. */
export async function makeFilm(path: string, options: FilmOptions = {}): Promise<void> {
  const work = temporaryDirectory();
  const seconds = options.seconds ?? 3;
  writeFileSync(join(work, "subtitle.srt"), "1\n00:00:00,200 --> 00:00:01,500\nBonjour\n\n");
  writeFileSync(join(work, "chapters.txt"), ";FFMETADATA1\ntitle=A film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n");
  writeFileSync(join(work, "font.ttf"), Buffer.alloc(2000, 7));
  const matroska = path.endsWith(".mkv");
  await ffmpeg(
    ...["-f", "lavfi", "-i", `testsrc2=s=${options.size ?? "320x180"}:r=24,noise=alls=20:allf=t`, "-f", "lavfi", "-i", "sine=440", "-f", "lavfi", "-i", "sine=330"],
    ...(matroska ? ["-i", join(work, "subtitle.srt"), "-i", join(work, "chapters.txt")] : []),
    ...["-map", "0", "-map", "1", "-map", "2", ...(matroska ? ["-map", "3", "-map_chapters", "4", "-map_metadata", "4", "-attach", join(work, "font.ttf"), "-metadata:s:t", "mimetype=font/ttf", "-metadata:s:t", "filename=font.ttf"] : [])],
    ...["-t", String(seconds), ...(options.codec ?? ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "14"]), "-pix_fmt", "yuv420p", "-c:a", "aac"],
    ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra", "-metadata:s:a:1", "title=Version française", "-disposition:a:0", "default", "-disposition:a:1", "comment"],
    ...(matroska ? ["-metadata:s:s:0", "language=fra", "-disposition:s:0", "forced"] : []),
    `file:${path}`,
  );
}

/** A film that pacedFfmpeg takes so many seconds for. */
export async function makeLongFilm(path: string, seconds = 6): Promise<void> {
  await ffmpeg("-f", "lavfi", "-i", `testsrc2=s=320x180:r=24:d=${seconds},noise=alls=15:allf=t`, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-pix_fmt", "yuv420p", `file:${path}`);
}

export async function probe(path: string): Promise<Json> {
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_streams", "-show_format", "-show_chapters", "-of", "json", `file:${path}`]);
  return JSON.parse(stdout) as Json;
}

/** Plays a file to its end; throws what ffmpeg complains about. */
export async function assertPlays(path: string): Promise<void> {
  const { stderr } = await run("ffmpeg", ["-nostdin", "-v", "error", "-xerror", "-i", `file:${path}`, "-map", "0:v", "-map", "0:a?", "-f", "null", "-"]);
  assert.equal(stderr, "");
}

/** All files below a directory, relative, sorted; what Reeve keeps for itself (.reeve-…) only with `own`. */
export function filesBelow(directory: string, own = false): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => (own || !name.includes(".reeve-")) && lstatSync(join(directory, name)).isFile())
    .sort();
}

/** Directories that Reeve makes while it works, which must be gone afterwards. */
export function leftovers(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".reeve-tmp-"));
}

/** What the database says about a file is what the disk says. */
export async function assertRowIsDisk(server: Server, root: number, path: string): Promise<Json> {
  const file = await server.file(root, path);
  const stat = statSync(path, { bigint: true });
  assert.equal(BigInt(file.size_bytes as number), stat.size, "size");
  assert.equal(BigInt(file.inode as number), stat.ino, "inode");
  return file;
}
