// What the browser tests share: a real Chromium, a real server with real films, and eyes for what goes wrong quietly.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { atEnd, makeFilm, pacedFfmpeg, reeve, releaseBinary, Server, temporaryDirectory, type ServerOptions } from "../system/harness.ts";

export const NAME = "anna";
export const PASSWORD = "a quiet evening at home";
const CHROMIUM = process.env.REEVE_CHROMIUM ?? "/usr/bin/chromium";
const WAIT_MS = 20_000;

let shared: Promise<Browser> | undefined;
function browser(): Promise<Browser> {
  shared ??= chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] }).then((started) => {
    atEnd(() => started.close());
    return started;
  });
  return shared;
}

export interface VisitOptions {
  theme?: "light" | "dark";
  phone?: boolean;
  /** Answers of the server that the test provokes, which the browser reports as errors: "401 /api/v1/session". */
  expected?: readonly string[];
}

/** Somebody in front of a screen. Whatever the page complains about in the console is a failure. */
export class Visitor {
  readonly page: Page;
  readonly server: Server;
  readonly complaints: string[] = [];
  private readonly context: BrowserContext;
  private readonly expected: Set<string>;

  private constructor(server: Server, context: BrowserContext, page: Page, expected: readonly string[]) {
    this.server = server;
    this.context = context;
    this.page = page;
    this.expected = new Set(expected);
    page.setDefaultTimeout(WAIT_MS);
    const failed = new Map<string, number>();
    page.on("response", (response) => failed.set(response.url(), response.status()));
    page.on("console", (message) => {
      if (message.type() !== "error" && !message.text().includes("Content Security Policy")) return;
      const { url } = message.location();
      const answer = `${failed.get(url) ?? 0} ${url.replace(this.server.url, "").replace(/\?.*/, "")}`;
      if (message.text().startsWith("Failed to load resource") && this.expected.has(answer)) return;
      this.complaints.push(`${message.text()} (${answer})`);
    });
    page.on("pageerror", (error) => this.complaints.push(error.stack ?? error.message));
  }

  static async arrive(server: Server, options: VisitOptions = {}): Promise<Visitor> {
    const context = await (await browser()).newContext({
      colorScheme: options.theme ?? "light",
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      viewport: options.phone ? { width: 390, height: 844 } : { width: 1360, height: 850 },
      ...(options.phone ? { deviceScaleFactor: 2, hasTouch: true, isMobile: true } : {}),
    });
    atEnd(() => context.close());
    return new Visitor(server, context, await context.newPage(), options.expected ?? []);
  }

  /** Signed in without the form, which has a test of its own. */
  static async signedIn(server: Server, options: VisitOptions = {}, name = NAME, password = PASSWORD): Promise<Visitor> {
    const visitor = await Visitor.arrive(server, options);
    const answer = await visitor.context.request.post(`${server.url}/api/v1/session`, { data: { name, password } });
    assert.equal(answer.status(), 201, await answer.text());
    return visitor;
  }

  /** Opens a page of the interface and waits until it shows what it is about. */
  async open(path: string, heading: string | RegExp): Promise<void> {
    await this.page.goto(`${this.server.url}${path}`);
    await this.page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await this.settled();
  }

  /** Nothing is being loaded any more. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => document.querySelector("[aria-busy=true], .mantine-Skeleton-root[data-visible]") === null);
  }

  /** A toast with this text, once; it is closed again, so that the next one is a new one. */
  async toast(text: string | RegExp): Promise<void> {
    const toast = this.page.getByRole("alert").filter({ hasText: text }).first();
    await toast.waitFor();
    await toast.getByRole("button").click();
  }

  /** The serious and critical violations that axe finds. */
  async assertAccessible(what: string): Promise<void> {
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: AxeViolation[] }> } };
      const { violations } = await axe.run({ resultTypes: ["violations"] });
      return violations
        .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
        .map((violation) => `${violation.id}: ${violation.help}\n    ${violation.nodes.map((node) => `${node.html.slice(0, 240)} | ${node.failureSummary ?? ""}`).join("\n    ")}`);
    });
    assert.deepEqual(found, [], what);
  }

  assertQuiet(): void {
    assert.deepEqual(this.complaints, []);
  }

  async leave(): Promise<void> {
    this.assertQuiet();
    await this.context.close();
  }
}

interface AxeViolation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// ---- a household ------------------------------------------------------------------------------------------------------------

export async function addUser(server: Server, name: string, role: string, password = PASSWORD): Promise<void> {
  await server.call("POST", "/users", { name, role, password });
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await Server.start({ binary: releaseBinary, ...options });
  atEnd(() => server.kill());
  return server;
}

/** A server with somebody who can sign in, and nothing else. */
export async function emptyHouse(options: ServerOptions = {}): Promise<Server> {
  const data = join(temporaryDirectory(), "data");
  const made = await reeve(["user", "add", NAME, "--role", "admin", "--data", data], { input: `${PASSWORD}\n`, binary: releaseBinary });
  assert.equal(made.code, 0, made.stderr);
  return startServer({ data, ...options });
}

export interface House {
  server: Server;
  media: string;
  root: number;
  profile: number;
}

export const FILMS = ["The Lighthouse Keeper (1998).mkv", "A Winter Garden (2011).mkv", "Night Train to Turin (2004).mp4", "Paper Boats (2020).mkv", "The Long Way Down (1987).mkv"] as const;

/** A library with films, of which the first is already smaller. Encodes take as long as `speed` says, so that something can be watched. */
export async function furnishedHouse(speed?: number, films: readonly string[] = FILMS, seconds = 3): Promise<House> {
  const media = temporaryDirectory("reeve-films-");
  for (const film of films) await makeFilm(join(media, film), { seconds, size: "640x360" });
  const server = await emptyHouse(speed === undefined ? {} : { args: ["--ffmpeg", pacedFfmpeg(speed)] });
  const profile = await server.quickProfile("everyday", { min_saving_percent: 0, min_bits_per_pixel: 0 });
  const root = await server.addRoot(media, "everyday", { name: "Films" });
  await server.scan(root);
  return { server, media, root, profile };
}

/** Every page of the interface with the heading it shows, for whoever wants to look at all of them. The house must have done something:
 * a transcode, a batch of default tracks and a file to show are taken from it. */
export async function everyPage(server: Server): Promise<[path: string, heading: string | RegExp][]> {
  const [job] = await server.all("/jobs?state=done&kind=transcode");
  const [profile] = await server.all("/profiles");
  const [batch] = await server.all("/jobs?state=done&kind=audio-batch");
  assert.ok(job && profile && batch);
  return [
    ["/", "Dashboard"],
    ["/queue?tab=done", "Queue"],
    ["/queue?tab=held", "Queue"],
    [`/queue?tab=done&job=${job.id}`, "Queue"],
    ["/history", "History"],
    ["/library", "Library"],
    [`/library/${job.file_id}`, /./],
    ["/roots", "Roots"],
    ["/roots?add=root", "Roots"],
    ["/profiles", "Profiles"],
    ["/profiles/new", "New profile"],
    [`/profiles/${profile.id}`, profile.name],
    ["/schedules", "Schedules"],
    ["/schedules?add=schedule", "Schedules"],
    ["/audio", "Audio"],
    ["/audio?tab=batches", "Audio"],
    ["/audio?tab=webhooks", "Audio"],
    [`/audio/batches/${batch.id}`, `Batch ${batch.id}`],
    ["/convert", "Convert"],
    ["/people", "Users and keys"],
    ["/people?tab=keys", "Users and keys"],
    ["/people?tab=audit", "Users and keys"],
    ["/settings", "Settings"],
    ["/tools", "Tools"],
    ["/logs", "Logs"],
    ["/no/such/page", "Nothing here"],
  ];
}
