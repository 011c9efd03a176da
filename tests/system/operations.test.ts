// Looking after an installation, over HTTP and by command: settings, backups, clean-up, doctor, logs, figures, health, users and keys.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Answer, atEnd, checkedBinary, type CommandResult, databases, type Json, postgres, quickSettings, readEvents, reeve, run, Server, shell, temporaryDirectory, until } from "./harness.ts";

const password = "a long enough password";

/** A command beside a server, or in its place. */
const command = (server: Server, ...args: string[]): Promise<CommandResult> =>
  reeve([...args, "--data", server.data, ...quickSettings(), ...(server.database ? ["--database", server.database] : [])]);

async function good(server: Server, ...args: string[]): Promise<string> {
  const result = await command(server, ...args);
  assert.equal(result.code, 0, `reeve ${args.join(" ")}: ${result.stderr}`);
  return result.stdout;
}

const fieldsOf = (answer: Answer): string[] => ((answer.body.errors ?? []) as Json[]).map((error) => error.field as string);

/** One setting as the server tells of it. */
async function setting(server: Server, name: string): Promise<Json> {
  const found = ((await server.call("GET", "/settings")).items as Json[]).find((it) => it.name === name);
  assert.ok(found, name);
  return found;
}

/** What must not change when something is refused; the backups that there are, too. */
async function fingerprint(server: Server): Promise<string> {
  const paths = ["/settings/export", "/users", "/keys", "/roots", "/profiles", "/backups"];
  const answers = await Promise.all(paths.map((path) => server.call("GET", path)));
  return JSON.stringify(answers, (name, value: unknown) => (name === "last_used_at_ms" ? undefined : value));
}

/** Runs SQL in the database of a server that is not running. */
async function sql(server: Server, text: string): Promise<void> {
  if (server.database) await (await postgres()).sql(new URL(server.database).pathname.slice(1), text);
  else await run("python3", ["-c", "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()", join(server.data, "reeve.db"), text]);
}

for (const database of databases) {
  describe(`settings on ${database.name}`, () => {
    const sources = { env: { REEVE_NICE: "6", REEVE_JOB_DAYS: "20" }, args: ["--nice", "7", "--config", join(temporaryDirectory(), "reeve.yaml")] };
    let server: Server;
    before(async () => {
      writeFileSync(sources.args[3] as string, "nice: 5\njob_days: 10\ntrash_cap_gib: 3\n");
      server = await Server.start({ database: await database.fresh(), ...sources });
    });
    after(() => server.stop());

    test("flags over environment over file, and what is stored over all of them until it is taken back", async () => {
      const both = async (name: string): Promise<unknown[]> => setting(server, name).then((it) => [it.value, it.default]);
      for (const [name, value] of [["nice", 7], ["job_days", 20], ["trash_cap_gib", 3], ["backup_keep", 7]] as const) assert.deepEqual(await both(name), [value, value], name);
      await server.call("PUT", "/settings", { nice: 2, trash_cap_gib: 4 });
      assert.deepEqual(await both("nice"), [2, 7]);
      await server.stop();
      server = await server.again(sources);
      assert.deepEqual(await both("nice"), [2, 7], "after a restart");
      await server.call("DELETE", "/settings/nice");
      assert.deepEqual(await both("nice"), [7, 7]);
      assert.deepEqual(await both("trash_cap_gib"), [4, 3], "only the one that was named");
      await server.call("DELETE", "/settings/trash_cap_gib");
      assert.deepEqual(await both("trash_cap_gib"), [3, 3]);
      assert.equal((await server.request("DELETE", "/settings/speed")).status, 404);
    });

    test("are in force at once, without a restart", async () => {
      const slots = async (): Promise<unknown> => ((await server.call("GET", "/workers")).items[0].slots as Json[]).find((it) => it.kind === "transcode")?.slots;
      const { pid } = server.process;
      await server.call("PUT", "/settings", { encode_slots: 3 });
      await until("the worker has three slots", async () => (await slots()) === 3, 5_000);
      await server.call("DELETE", "/settings/encode_slots");
      await until("the worker has one slot", async () => (await slots()) === 1, 5_000);
      const length = server.log.length;
      await server.call("PUT", "/settings", { log_format: "json" });
      await server.call("POST", "/backups");
      await until("lines are JSON", () => /^\{"time":.*backed up/m.test(server.log.slice(length)), 5_000);
      await server.call("DELETE", "/settings/log_format");
      assert.equal(server.process.pid, pid);
    });

    test("what is wrong is named, and nothing is changed", async () => {
      const tag = (await server.request("GET", "/settings")).headers.get("ETag");
      for (const [body, field] of [
        [{ nice: 99 }, "nice"],
        [{ nice: "fast" }, "nice"],
        [{ backup_keep: 1, encode_slots: -1 }, "encode_slots"],
        [{ backup_keep: 1, log_level: "loud" }, "log_level"],
        [{ backup_keep: 1, speed: 3 }, "speed"],
        [{ backup_keep: 1, log_levels: ["operate=info", "nobody=debug"] }, "log_levels.1"],
        [{ backup_daily: 1 }, "backup_daily"],
      ] as const) {
        const answer = await server.request("PUT", "/settings", body);
        assert.equal(answer.status, 422, JSON.stringify(body));
        assert.deepEqual(fieldsOf(answer), [field]);
        assert.ok((answer.body.detail as string).length > 10);
      }
      assert.equal((await server.request("GET", "/settings")).headers.get("ETag"), tag);
    });

    test("a stale edit shows what they are now", async () => {
      const tag = { "If-Match": (await server.request("GET", "/settings")).headers.get("ETag") ?? "" };
      assert.equal((await server.request("PUT", "/settings", { job_days: 21 }, tag)).status, 200);
      const stale = await server.request("PUT", "/settings", { job_days: 22 }, tag);
      assert.equal(stale.status, 412);
      assert.equal(stale.body.current.job_days, 21);
      assert.equal((await server.request("DELETE", "/settings/job_days", undefined, tag)).status, 412);
      await server.call("DELETE", "/settings/job_days");
    });

    test("are carried elsewhere and back as one document, all of it or nothing", async () => {
      const films = join(temporaryDirectory(), "films");
      mkdirSync(films);
      await server.quickProfile("carried");
      await server.addRoot(films, "carried", { name: "Films" });
      await server.call("PUT", "/settings", { job_days: 44 });
      const exported = await server.request("GET", "/settings/export");
      assert.match(exported.headers.get("Content-Disposition") ?? "", /attachment; filename="reeve-settings\.json"/);
      const document = exported.body;
      assert.deepEqual(document.settings, { job_days: 44 });

      const other = await Server.start({ args: ["--media-directories", films] });
      const taken = await other.call("POST", "/settings/import", document);
      assert.deepEqual([taken.settings, taken.profiles_added, taken.roots_added], [1, 1, 1]);
      assert.equal((await setting(other, "job_days")).value, 44, "at once");
      assert.deepEqual((await other.call("GET", "/settings/export")).roots, document.roots);

      const before = await fingerprint(other);
      const broken = (change: (copy: Json) => void): Json => {
        const copy = structuredClone(document);
        copy.settings.job_days = 45; /* is good, and must not be taken either */
        change(copy);
        return copy;
      };
      for (const [copy, field] of [
        [broken((it) => (it.settings.nice = 99)), "nice"],
        [broken((it) => (it.reeve_settings = 2)), "reeve_settings"],
        [broken((it) => (it.roots[0].path = temporaryDirectory())), "roots.0.path"],
        [broken((it) => (it.roots[0].trash_path = "/etc/trash")), "roots.0.trash_path"],
        [broken((it) => (it.roots[0].profile = "nobody's")), "roots.0.profile"],
        [broken((it) => (it.profiles[0].codec = "xvid")), "profiles.0.codec"],
        [{ name: "no export" }, "reeve_settings"],
      ] as const) {
        const answer = await other.request("POST", "/settings/import", copy);
        assert.equal(answer.status, 422, field);
        assert.ok(fieldsOf(answer).includes(field), `${field}: ${fieldsOf(answer).join()}`);
        assert.equal(await fingerprint(other), before, field);
      }
      await other.stop();
      await server.call("DELETE", "/settings/job_days");
    });

    test("by command: shown, changed, taken back, exported and imported, and the server follows", async () => {
      assert.match(await good(server, "settings", "backup-keep=3", "log-levels=api=debug"), /backup_keep +3 +7/);
      await until("the server has heard of it", async () => (await setting(server, "backup_keep")).value === 3, 20_000);
      assert.deepEqual((await setting(server, "log_levels")).value, ["api=debug"]);
      const file = join(temporaryDirectory(), "settings.json");
      writeFileSync(file, await good(server, "settings", "--export"));
      await good(server, "settings", "--reset", "backup_keep");
      await good(server, "settings", "--reset", "log-levels");
      await until("the server has heard of that", async () => (await setting(server, "backup_keep")).value === 7, 20_000);
      await good(server, "settings", "--import", file);
      const shown = JSON.parse(await good(server, "settings", "--json")) as Json;
      assert.equal(((shown.items ?? shown) as Json[]).find((it) => it.name === "backup_keep")?.value, 3);
      for (const [argument, words] of [["nice=99", /nice/], ["speed=1", /no setting/], ["nice", /NAME=VALUE/]] as const) {
        const refused = await command(server, "settings", "backup_keep=5", argument);
        assert.equal(refused.code, 2, argument);
        assert.match(refused.stderr, words);
      }
      await good(server, "settings", "--reset", "backup_keep");
      await good(server, "settings", "--reset", "log_levels");
      const done = (await server.all("/audit?action=settings")).filter((it) => it.actor_kind === "console");
      assert.ok(done.some((it) => it.target === "backup_keep, log_levels"), JSON.stringify(done));
      for (const target of ["backup_keep", "import"]) assert.ok(done.some((it) => it.target === target), target);
    });
  });

  describe(`backups on ${database.name}`, () => {
    let server: Server;
    const directory = (): string => join(server.data, "backups");
    const names = async (): Promise<string[]> => ((await server.call("GET", "/backups")).items as Json[]).map((it) => it.name as string);
    before(async () => {
      server = await Server.start({ database: await database.fresh() });
    });
    after(() => server.stop());

    test("made, listed, fetched and deleted", async () => {
      const key = { "Idempotency-Key": "one" };
      const made = await server.request("POST", "/backups", undefined, key);
      assert.equal(made.status, 201);
      const name = made.body.name as string;
      assert.deepEqual((await server.request("POST", "/backups", undefined, key)).body, made.body, "asked twice, made once");
      assert.deepEqual(await names(), [name]);
      assert.equal(statSync(directory()).mode & 0o777, 0o700);
      assert.equal(statSync(join(directory(), name)).mode & 0o777, 0o600);
      const file = await server.raw(`/api/v1/backups/${name}`);
      assert.equal(file.headers.get("Content-Type"), "application/gzip");
      assert.match(file.headers.get("Content-Disposition") ?? "", new RegExp(`attachment; filename="${name}"`));
      const bytes = Buffer.from(await file.arrayBuffer());
      assert.equal(bytes.length, made.body.size_bytes);
      const [header] = gunzipSync(bytes).toString().split("\n");
      assert.equal((JSON.parse(header ?? "") as Json).reason, "manual");
      await server.call("DELETE", `/backups/${name}`);
      assert.deepEqual(await names(), []);
      for (const [method, path] of [["GET", `/backups/${name}`], ["DELETE", `/backups/${name}`], ["POST", `/backups/${name}/restore`], ["GET", "/backups/..%2freeve.db"]] as const)
        assert.equal((await server.request(method, path)).status, 404, `${method} ${path}`);
    });

    test("restored: what was there before is kept, and who was signed in signs in again", async () => {
      await server.quickProfile("earlier");
      await server.call("POST", "/users", { name: "anna", role: "admin", password });
      const { name } = await server.call("POST", "/backups");
      const session = await server.request("POST", "/session", { name: "anna", password });
      const cookie = { "X-Api-Key": "", Cookie: /reeve_session=[^;]*/.exec(session.headers.get("set-cookie") ?? "")?.[0] ?? "" };
      assert.equal((await server.request("GET", "/session", undefined, cookie)).status, 200);
      await server.call("PUT", "/settings", { job_days: 12 });
      await server.quickProfile("later");
      const profiles = async (): Promise<string[]> => (await server.all("/profiles")).map((it) => it.name as string).filter((it) => /er$/.test(it));
      const restored = await server.call("POST", `/backups/${name}/restore`);
      assert.equal(restored.restored.name, name);
      assert.deepEqual(await profiles(), ["earlier"]);
      assert.equal((await setting(server, "job_days")).value, 30, "settings of the backup are in force");
      assert.equal((await server.request("GET", "/session", undefined, cookie)).status, 401);
      const [newest] = (await server.call("GET", "/backups")).items as Json[];
      assert.deepEqual([newest?.name, newest?.reason], [restored.before, "before-restore"]);
      await server.call("POST", `/backups/${restored.before}/restore`);
      assert.deepEqual((await profiles()).sort(), ["earlier", "later"], "and back again");
      assert.equal((await setting(server, "job_days")).value, 12);
      await server.call("DELETE", "/settings/job_days");
    });

    test("foreign, newer, cut off or with one bit turned: refused by server and command, with nothing changed", async () => {
      const { name } = await server.call("POST", "/backups");
      const whole = readFileSync(join(directory(), name as string));
      const lines = gunzipSync(whole).toString().trimEnd().split("\n");
      /** The same file with another header, and a digest that is right for it. */
      const headed = (change: (header: Json) => void): Buffer => {
        const header = JSON.parse(lines[0] ?? "") as Json;
        const end = JSON.parse(lines.at(-1) ?? "") as Json;
        change(header);
        const text = [JSON.stringify(header), ...lines.slice(1, -1)].map((line) => `${line}\n`).join("");
        end.sha256 = createHash("sha256").update(text).digest("hex");
        return gzipSync(`${text}${JSON.stringify(end)}\n`);
      };
      const flipped = (at: number): Buffer => {
        const copy = Buffer.from(whole);
        copy[at] = (copy[at] ?? 0) ^ 4;
        return copy;
      };
      const unpacked = gunzipSync(whole);
      const middle = unpacked.indexOf('"earlier"');
      unpacked[middle + 1] = (unpacked[middle + 1] ?? 0) ^ 1;
      const cases: [string, Buffer, RegExp][] = [
        ["empty", Buffer.alloc(0), /no backup|cut off|damaged|ends/],
        ["foreign text", Buffer.from("-- PostgreSQL database dump\n"), /no backup/],
        ["foreign and packed", gzipSync('{"some":"json"}\n{"table":"files"}\n'), /no backup/],
        ["another Reeve's", headed((it) => (it.migrations[0].checksum = "00")), /another build/],
        ["newer schema", headed((it) => it.migrations.push({ version: it.migrations.length + 1, name: "later", checksum: "00" })), /newer/],
        ["newer format", headed((it) => (it.reeve_backup = 9)), /newer/],
        ["other tables", headed((it) => it.tables.pop()), /./],
        ["half of it", whole.subarray(0, whole.length / 2), /./],
        ["without its end", gzipSync(lines.slice(0, -1).join("\n") + "\n"), /./],
        ["a row less", gzipSync(lines.filter((line) => !line.includes('"earlier"')).join("\n") + "\n"), /./],
        ["one bit in a name", gzipSync(unpacked), /checksum/],
        ...[20, whole.length >> 2, whole.length >> 1, whole.length - 6].map((at): [string, Buffer, RegExp] => [`bit 2 of byte ${at}`, flipped(at), /./]),
      ];
      assert.equal((await command(server, "restore", name as string, "--help")).code, 0);
      const path = join(directory(), "reeve-20260101-000000-000-manual.jsonl.gz");
      const before = await fingerprint(server);
      for (const [what, bytes, words] of cases) {
        writeFileSync(path, bytes);
        const answer = await server.request("POST", "/backups/reeve-20260101-000000-000-manual.jsonl.gz/restore");
        assert.ok([409, 422].includes(answer.status), `${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
        assert.match(answer.body.detail as string, words, what);
        for (const line of [["restore", path], ["backup", "--check", path]]) {
          const refused = await command(server, ...line);
          assert.ok([4, 13].includes(refused.code), `${what}: ${line.join(" ")}: ${refused.code} ${refused.stderr}`);
          assert.match(refused.stderr, /^reeve: .*\.$/m);
        }
        renameSync(path, `${path}.bad`);
        assert.equal(await fingerprint(server), before, what);
      }
      writeFileSync(path, headed(() => undefined));
      assert.match(await good(server, "backup", "--check", path), /Whole and restorable/, "what was changed is why the others were refused");
      await server.call("DELETE", "/backups/reeve-20260101-000000-000-manual.jsonl.gz");
    });

    test("one that was missed is made at the start; of those the newest are kept, and all that people made", async () => {
      const [manual] = await names();
      const lines = gunzipSync(readFileSync(join(directory(), manual ?? ""))).toString();
      for (let day = 1; day <= 4; day++) {
        const text = lines.replace(/"reason":"[a-z-]*"/, '"reason":"daily"').replace(/"created_at_ms":\d+/, `"created_at_ms":${Date.UTC(2026, 0, day)}`);
        writeFileSync(join(directory(), `reeve-2026010${day}-030000-000-daily.jsonl.gz`), gzipSync(text));
      }
      const manuals = (await names()).filter((it) => it.includes("manual"));
      await server.call("PUT", "/settings", { backup_keep: 2, backup_daily: true });
      await server.stop();
      await sql(server, "UPDATE tasks SET ran_at_ms = 1 WHERE name = 'backup'");
      server = await server.again();
      const daily = await until("the older ones are gone", async () => {
        const found = (await names()).filter((it) => it.includes("daily"));
        return found.length === 2 && !found.includes("reeve-20260103-030000-000-daily.jsonl.gz") ? found : undefined;
      }, 20_000);
      assert.equal(daily[1], "reeve-20260104-030000-000-daily.jsonl.gz");
      assert.deepEqual((await names()).filter((it) => it.includes("manual")), manuals);
    });

    test("by command: made, listed, checked, restored beside the running server, deleted", async () => {
      const made = JSON.parse(await good(server, "backup", "--json")) as Json;
      assert.match(await good(server, "backup", "--list"), new RegExp(made.name as string));
      assert.ok((await names()).includes(made.name as string), "the server sees it, too");
      assert.match(await good(server, "backup", "--check", made.name as string), /Whole and restorable/);
      await server.quickProfile("passing");
      assert.match(await good(server, "restore", made.name as string), /Restored \d+ rows .*before-restore/);
      await until("the server shows what was restored", async () => !(await server.all("/profiles")).some((it) => it.name === "passing"), 20_000);
      await good(server, "backup", "--delete", made.name as string);
      assert.ok(!existsSync(join(directory(), made.name as string)));
      assert.equal((await command(server, "backup", "--delete", made.name as string)).code, 3);
      assert.equal((await command(server, "restore", "no-such-backup")).code, 3);
      const done = (await server.all("/audit")).filter((it) => it.actor_kind === "console").map((it) => `${it.action} ${it.target}`);
      for (const action of ["restore", "backup --delete"]) assert.ok(done.includes(`${action} ${made.name}`), `${action}: ${done.join()}`);
    });
  });

  describe(`clean-up on ${database.name}`, () => {
    let server: Server;
    const library = join(temporaryDirectory(), "library");
    const there = (): string[] => readdirSync(library).filter((it) => !it.startsWith(".reeve")).sort();
    before(async () => {
      mkdirSync(library);
      for (const name of ["old.lock", ".tmp_old", "old.part", "new.part", "film.srt"]) {
        writeFileSync(join(library, name), name);
        if (!name.startsWith("new")) utimesSync(join(library, name), new Date(0), new Date(Date.now() - 3 * 24 * 3600 * 1000));
      }
      server = await Server.start({ database: await database.fresh() });
      await server.addRoot(library, "hevc");
    });
    after(() => server.stop());

    test("a preview finds and changes nothing; a run holds jobs, once; only what is released goes", async () => {
      const all = there();
      const preview = await server.call("POST", "/tools/cleanup", { dry_run: true });
      assert.deepEqual((preview.found as Json[]).map((it) => it.path as string).sort(), [".tmp_old", "old.lock", "old.part"].map((it) => join(library, it)));
      assert.equal(preview.jobs_made, 0);
      assert.equal((await server.all("/jobs?kind=cleanup")).length, 0);
      assert.match((await command(server, "admin", "cleanup", "--dry-run")).stderr, /3 found, 0 held jobs made/);

      const first = await server.call("POST", "/tools/cleanup", {});
      assert.equal(first.jobs_made, 3);
      assert.equal((await server.call("POST", "/tools/cleanup", {})).jobs_made, 0, "not twice");
      const held = await server.all("/jobs?kind=cleanup&state=held");
      assert.equal(held.length, 3);
      assert.deepEqual(there(), all, "nothing is touched before somebody agrees");
      const [gone, kept, changed] = held as [Json, Json, Json];
      writeFileSync(changed.title as string, "somebody writes again");
      await server.call("POST", `/jobs/${gone.id}/release`);
      assert.equal((await server.job(gone.id as number)).state, "done");
      assert.ok(!existsSync(gone.title as string));
      await server.call("POST", `/jobs/${changed.id}/release`);
      assert.equal((await server.job(changed.id as number)).state, "failed", "it is not what was found any more");
      await server.call("POST", `/jobs/${kept.id}/cancel`);
      assert.ok(existsSync(kept.title as string) && existsSync(changed.title as string));
      for (const line of (await server.call("GET", `/jobs/${gone.id}/log`)).items as Json[]) assert.notEqual(line.level, "error");
    });

    test("what is young is left alone unless asked for; a root that is away is named", async () => {
      const young = await server.call("POST", "/tools/cleanup", { dry_run: true, min_age_h: 0 });
      assert.ok((young.found as Json[]).some((it) => it.path === join(library, "new.part")));
      assert.match(await good(server, "admin", "cleanup", "--dry-run", "--min-age-h", "0"), /new\.part/);
      renameSync(library, `${library}-away`);
      const away = await server.call("POST", "/tools/cleanup", { dry_run: true });
      assert.match((away.unreachable as string[])[0] ?? "", new RegExp(library));
      renameSync(`${library}-away`, library);
      assert.deepEqual(fieldsOf(await server.request("POST", "/tools/cleanup", { min_age_h: -1 })), ["min_age_h"]);
      assert.equal((await command(server, "admin", "cleanup", "--min-age-h", "old")).code, 2);
    });

    test("admin stats says what the server says", async () => {
      const own = JSON.parse(await good(server, "admin", "stats", "--json")) as Json;
      const told = await server.call("GET", "/stats");
      for (const name of ["files", "library_bytes", "jobs_held", "jobs_failed", "jobs_done", "trash_entries"]) assert.equal(own[name], told[name], name);
      assert.match(await good(server, "admin", "stats"), /Library +\d+ files?[^]*Jobs +0 running/);
    });
  });

  describe(`logs, figures and health on ${database.name}`, () => {
    let server: Server;
    before(async () => {
      server = await Server.start({ database: await database.fresh() });
    });
    after(() => server.stop());
    const lines = (query = ""): Promise<Json[]> => server.all(`/logs${query}`);
    const backUp = (id: string): Promise<Answer> => server.request("POST", "/backups", undefined, { "X-Request-Id": id });

    test("lines by level, module and place; each knows the request it belongs to", async () => {
      await backUp("find-me");
      const [line] = (await lines("?module=operate")).filter((it) => it.context?.request === "find-me");
      assert.match(line?.message as string, /backed up to/);
      assert.equal(line?.level, "info");
      assert.ok((await lines("?level=warning")).every((it) => ["warning", "error"].includes(it.level as string)));
      assert.ok((await lines()).length > (await lines("?module=operate")).length);
      assert.ok((await lines(`?after=${line?.id}`)).every((it) => it.id > line?.id));
      assert.equal((await server.call("GET", "/logs?limit=1")).items.length, 1);
      for (const [query, field] of [["level=loud", "level"], ["after=x", "after"], ["limit=0", "limit"]] as const)
        assert.deepEqual(fieldsOf(await server.request("GET", `/logs?${query}`)), [field]);
    });

    test("levels of single modules change while it runs", async () => {
      await server.call("PUT", "/settings", { log_levels: ["operate=error"] });
      await backUp("unheard");
      await server.call("DELETE", "/settings/log_levels");
      await backUp("heard");
      const requests = (await lines("?module=operate")).map((it) => it.context?.request as string);
      assert.ok(requests.includes("heard") && !requests.includes("unheard"), requests.join());
    });

    test("are followed by admins, and by nobody else", async () => {
      const reader = { "X-Api-Key": await Server.makeKey(server.data, server.database, "read") };
      const told = readEvents(server, {}, (text) => text.includes("follow-me"));
      const others = readEvents(server, reader, (text) => /"kind":"scan"/.test(text));
      await until("both are listening", async () => /^reeve_event_streams 2$/m.test(await (await server.raw("/metrics")).text()));
      await backUp("follow-me");
      const root = await server.addRoot(temporaryDirectory(), "hevc");
      await server.scan(root);
      const block = (await told).split("\n\n").find((it) => it.includes("follow-me")) ?? "";
      assert.match(block, /^event: log$/m);
      assert.match(/^data: (.*)$/m.exec(block)?.[1] ?? "", /backed up/);
      assert.doesNotMatch(await others, /event: log|follow-me/);
    });

    test("by command: the last lines, filtered, and what comes", async () => {
      const text = await good(server, "logs", "--module", "operate", "--json");
      const found = text.trim().split("\n").map((line) => JSON.parse(line) as Json);
      assert.ok(found.length > 0 && found.every((it) => it.module === "operate"));
      assert.doesNotMatch(await good(server, "logs", "--level", "error"), /backed up/);
      assert.equal((await good(server, "logs", "--lines", "1")).trim().split("\n").length, 1);
      assert.equal((await command(server, "logs", "--level", "loud")).code, 2);
      const child = spawn(checkedBinary, ["logs", "--follow", "--lines", "0", "--data", server.data], { stdio: ["ignore", "pipe", "inherit"] });
      atEnd(() => void child.kill("SIGKILL"));
      let seen = "";
      child.stdout.setEncoding("utf8").on("data", (more: string) => (seen += more));
      const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
      let n = 0;
      await until("the command shows what is logged", async () => (await backUp(`by-command-${++n}`), /backed up.*by-command/.test(seen)), 30_000);
      child.kill("SIGINT");
      assert.equal(await ended, 0);
    });

    test("figures are for who has a key, or for anybody where that is allowed; promtool finds nothing wrong", async (context) => {
      const reader = await Server.makeKey(server.data, server.database, "read");
      const webhook = await Server.makeKey(server.data, server.database, "webhook");
      const status = async (key: string): Promise<number> => (await server.raw("/metrics", { "X-Api-Key": key })).status;
      assert.deepEqual([await status(""), await status("reeve_wrong"), await status(webhook), await status(reader)], [401, 401, 403, 200]);
      await server.call("PUT", "/settings", { metrics_open: true });
      assert.equal(await status(""), 200);
      assert.equal((await server.request("GET", "/stats", undefined, { "X-Api-Key": "" })).status, 401, "nothing else is open");
      await server.call("PUT", "/settings", { metrics_open: false });
      assert.equal(await status(""), 401);
      const answer = await server.raw("/metrics");
      assert.equal(answer.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
      const text = await answer.text();
      for (const line of [/^reeve_http_requests_total\{.*route="\/api\/v1\/backups".*status="201"\} [1-9]/m, /^reeve_database_up 1$/m, /^reeve_jobs\{state="held"\} 0$/m, /^process_resident_memory_bytes [1-9]/m]) assert.match(text, line);
      if (!existsSync("/usr/bin/promtool")) return context.skip("promtool is not installed");
      const file = join(temporaryDirectory(), "metrics");
      writeFileSync(file, text);
      const checked = await shell(`promtool check metrics < "$FILE"`, { FILE: file });
      assert.deepEqual([checked.code, checked.stdout, checked.stderr], [0, "", ""]);
    });

    test("health: all parts by name; the one that is broken says so, and nobody's paths", async () => {
      const parts = async (): Promise<Json> => {
        const { components } = await server.call("GET", "/health/ready");
        return Object.fromEntries((components as Json[]).map((it) => [it.name, it]));
      };
      assert.deepEqual(Object.keys(await parts()).sort(), ["backup", "database", "encoders", "library", "space", "tmdb", "watch", "worker"]);
      for (const path of ["/health/live", "/api/v1/health/live", "/api/v1/health/ready"]) assert.equal((await server.request("GET", path, undefined, { "X-Api-Key": "" })).status, 200, path);
      await until("all is well", async () => (await server.request("GET", "/health/ready")).body.status === "ready");
      const library = join(temporaryDirectory(), "library");
      mkdirSync(library);
      await server.addRoot(library, "hevc");
      await server.stop();
      renameSync(library, `${library}-away`);
      await sql(server, "UPDATE tasks SET error = 'The disk is full.' WHERE name = 'backup'");
      server = await server.again({ args: ["--ffmpeg", "/nonexistent/ffmpeg"] });
      await until("three parts are found broken", async () => Object.values(await parts()).filter((it: Json) => it.status === "degraded").length === 3);
      const broken = await parts();
      assert.match(broken.library.message as string, /1 of 2 roots/);
      assert.match(broken.encoders.message as string, /Nothing can be encoded/);
      assert.match(broken.backup.message as string, /failed/);
      const answer = await server.request("GET", "/health/ready");
      assert.equal(answer.body.status, "degraded", "it serves all the same");
      assert.doesNotMatch(JSON.stringify(answer.body), /\/|nonexistent/);
      const findings = (await server.call("GET", "/doctor")).items as Json[];
      assert.deepEqual(findings.filter((it) => it.level === "failure").map((it) => it.subject), ["ffmpeg"]);
      assert.match(findings.find((it) => it.subject === "ffmpeg")?.message as string, /\/nonexistent\/ffmpeg/);
      const doctor = await reeve(["doctor", "--data", server.data, "--ffmpeg", "/nonexistent/ffmpeg", "--reserve-mib", "0"]);
      assert.equal(doctor.code, 14);
      assert.match(doctor.stdout, /^FAIL +ffmpeg/m);
    });
  });

  describe(`users, keys and the audit log on ${database.name}`, () => {
    let server: Server;
    before(async () => {
      server = await Server.start({ database: await database.fresh() });
    });
    after(() => server.stop());
    const add = async (name: string, role: string): Promise<string> => `/users/${(await server.call("POST", "/users", { name, role, password })).id as number}`;
    const seen = async (path: string): Promise<{ "If-Match": string }> => ({ "If-Match": (await server.request("GET", path)).headers.get("ETag") ?? "" });

    test("one user: shown, changed by who has seen the newest, removed", async () => {
      const path = await add("anna", "viewer");
      const tag = await seen(path);
      assert.match(tag["If-Match"], /^"\w+"$/);
      assert.equal((await server.request("PUT", path, { role: "operator" }, tag)).status, 200);
      const stale = await server.request("PUT", path, { name: "annabel" }, tag);
      assert.equal(stale.status, 412);
      assert.deepEqual([stale.body.current.name, stale.body.current.role], ["anna", "operator"]);
      assert.equal((await server.request("DELETE", path, undefined, tag)).status, 412);
      assert.equal((await server.request("PUT", path, { name: "annabel" }, await seen(path))).status, 200);
      assert.deepEqual(fieldsOf(await server.request("PUT", path, { name: "a b" })), ["name"]);
      assert.deepEqual(fieldsOf(await server.request("PUT", path, { role: "god" })), ["role"]);
      /* Two who change different things at the same time both have their way. */
      for (let i = 0; i < 5; i++) {
        await Promise.all([server.call("PUT", path, { disabled: i % 2 === 0 }), server.call("PUT", path, { role: i % 2 ? "viewer" : "operator" })]);
        const now = await server.call("GET", path);
        assert.deepEqual([now.disabled, now.role, now.name], [i % 2 === 0, i % 2 ? "viewer" : "operator", "annabel"]);
      }
      assert.equal((await server.request("DELETE", path, undefined, await seen(path))).status, 204);
      for (const method of ["GET", "DELETE"]) assert.equal((await server.request(method, path)).status, 404);
      assert.equal((await server.request("PUT", path, { role: "admin" })).status, 404);
    });

    test("the last admin stays, whatever is tried, also by two at once", async () => {
      const [one, two] = [await add("one", "admin"), await add("two", "admin")];
      for (let i = 0; i < 6; i++) {
        const ways: [string, Json?][] = [["PUT", { role: "viewer" }], ["PUT", { disabled: true }]];
        const [method, body] = ways[i % 2] as [string, Json];
        const answers = await Promise.all([one, two].map((path) => server.request(method, path, body)));
        assert.deepEqual(answers.map((it) => it.status).sort(), [200, 409], JSON.stringify(answers.map((it) => it.body)));
        for (const path of [one, two]) await server.call("PUT", path, { role: "admin", disabled: false });
      }
      await server.call("DELETE", two);
      for (const [method, body] of [["PUT", { role: "operator" }], ["PUT", { disabled: true }], ["DELETE", undefined]] as const) {
        const refused = await server.request(method, one, body);
        assert.equal(refused.status, 409);
        assert.match(refused.body.detail as string, /last user who can administer/);
      }
    });

    test("who signs out is out, and nobody else", async () => {
      await add("dora", "viewer");
      const signIn = async (): Promise<Record<string, string>> => {
        const { headers, body } = await server.request("POST", "/session", { name: "dora", password });
        return { "X-Api-Key": "", Cookie: /reeve_session=[^;]*/.exec(headers.get("set-cookie") ?? "")?.[0] ?? "", "X-CSRF-Token": body.csrf as string };
      };
      const [one, two] = [await signIn(), await signIn()];
      assert.equal((await server.request("DELETE", "/session", undefined, one)).status, 204);
      assert.equal((await server.request("GET", "/session", undefined, one)).status, 401);
      assert.equal((await server.request("GET", "/session", undefined, two)).status, 200);
    });

    test("one key: shown without its secret, renamed, ended at its time, removed", async () => {
      const made = await server.call("POST", "/keys", { name: "phone", scope: "read" });
      const path = `/keys/${made.id as number}`;
      const status = async (): Promise<number> => (await server.request("GET", "/stats", undefined, { "X-Api-Key": made.key as string })).status;
      assert.equal(await status(), 200);
      const shown = await server.call("GET", path);
      assert.deepEqual([shown.name, shown.scope, (made.key as string).startsWith(shown.prefix as string)], ["phone", "read", true]);
      assert.ok(!JSON.stringify(shown).includes(made.key as string));
      const tag = await seen(path);
      assert.equal((await server.request("PATCH", path, { name: "tablet" }, tag)).status, 200);
      const stale = await server.request("PATCH", path, { name: "watch" }, tag);
      assert.deepEqual([stale.status, stale.body.current.name], [412, "tablet"]);
      assert.equal((await server.request("DELETE", path, undefined, tag)).status, 412);
      for (const [body, field] of [[{ scope: "admin" }, "scope"], [{ name: "" }, "name"], [{ expires_at_ms: 1 }, "expires_at_ms"]] as const) assert.deepEqual(fieldsOf(await server.request("PATCH", path, body)), [field]);
      await server.call("PATCH", path, { expires_at_ms: Date.now() + 1500 });
      assert.equal(await status(), 200);
      await until("the key has ended", async () => (await status()) === 401, 10_000);
      await server.call("PATCH", path, { expires_at_ms: null });
      assert.equal(await status(), 200, "given back");
      assert.equal((await server.request("DELETE", path, undefined, await seen(path))).status, 204);
      assert.equal(await status(), 401);
      for (const method of ["GET", "DELETE"]) assert.equal((await server.request(method, path)).status, 404);
      assert.deepEqual(fieldsOf(await server.request("POST", "/keys", { name: "late", scope: "read", expires_at_ms: Date.now() - 1 })), ["expires_at_ms"]);
    });

    test("all of it is in the audit log, with who, what and how it ended, and without secrets", async () => {
      const { name } = await server.call("POST", "/backups");
      const secret = "quite another long password";
      await server.call("PUT", `/users/${((await server.call("GET", "/users")).items as Json[])[0]?.id as number}`, { password: secret });
      await server.call("PUT", "/settings", { job_days: 31 });
      await server.request("PUT", "/settings", { job_days: -1 });
      await server.call("DELETE", "/settings/job_days");
      await server.call("POST", "/settings/import", await server.call("GET", "/settings/export"));
      await server.call("POST", "/tools/cleanup", { dry_run: true });
      const restored = await server.call("POST", `/backups/${name}/restore`);
      await server.call("DELETE", `/backups/${name}`);
      const log = await server.all("/audit", 20);
      const find = (action: string, status: number): Json | undefined => log.find((it) => it.action === action && it.status === status);
      for (const [action, status] of [["POST /api/v1/backups/{name}/restore", 200], ["DELETE /api/v1/backups/{name}", 204]] as const) {
        const entry = find(action, status);
        assert.deepEqual([entry?.actor_kind, entry?.actor, entry?.address], ["key", "tests", "127.0.0.1"], action);
        assert.match(entry?.target as string, new RegExp(name as string));
      }
      /* What was done between backup and restore is in the backup of before. */
      await server.call("POST", `/backups/${restored.before}/restore`);
      log.push(...(await server.all("/audit")));
      for (const [action, status] of [
        ["POST /api/v1/backups", 201], ["PUT /api/v1/settings", 200], ["PUT /api/v1/settings", 422], ["DELETE /api/v1/settings/{name}", 200], ["POST /api/v1/settings/import", 200], ["POST /api/v1/tools/cleanup", 200],
        ["POST /api/v1/users", 201], ["PUT /api/v1/users/{id}", 200], ["PUT /api/v1/users/{id}", 409], ["PUT /api/v1/users/{id}", 412], ["DELETE /api/v1/users/{id}", 204],
        ["POST /api/v1/keys", 201], ["PATCH /api/v1/keys/{id}", 200], ["PATCH /api/v1/keys/{id}", 412], ["DELETE /api/v1/keys/{id}", 204],
      ] as const) assert.ok(find(action, status), `${action} ${status}`);
      assert.deepEqual(find("PUT /api/v1/settings", 422)?.detail, { job_days: -1 });
      assert.ok(!JSON.stringify(log).includes(secret) && !JSON.stringify(log).includes(server.key));
      assert.ok((await server.all("/audit?action=settings&actor=tests")).every((it) => /settings/.test(it.action as string) && it.actor === "tests"));
      assert.equal((await server.all("/audit?actor=nobody")).length, 0);
    });
  });
}

describe("from one database into the other", () => {
  test("a backup of either is restored into the other, by command, with all that was in it", async () => {
    const from = await Server.start();
    await from.quickProfile("moved");
    await from.call("PUT", "/settings", { job_days: 77 });
    await from.addRoot(temporaryDirectory(), "moved");
    const { name } = await from.call("POST", "/backups");
    await from.stop();
    const database = await (await postgres()).createDatabase();
    let to = await Server.start({ database, keyless: true });
    await good(to, "restore", join(from.data, "backups", name as string));
    await to.stop();
    to = await to.again({ key: from.key });
    assert.equal((await setting(to, "job_days")).value, 77);
    assert.ok((await to.all("/profiles")).some((it) => it.name === "moved"));
    const back = await to.call("POST", "/backups");
    assert.equal(back.database, "postgresql");
    await to.stop();
    await good(from, "restore", join(to.data, "backups", back.name as string));
    const again = await from.again();
    assert.equal((await again.call("GET", "/roots")).items.length, 1);
    await again.stop();
  });
});

describe("the shell's side", () => {
  const installed = (program: string): boolean => ["/usr/bin", "/bin", "/usr/local/bin"].some((it) => existsSync(join(it, program)));

  for (const [name, check] of [
    ["bash", `"$REEVE" completion bash > "$FILE" && bash -n "$FILE" && bash --norc -c '. "$FILE"; COMP_WORDS=(reeve backup --ch); COMP_CWORD=2; _reeve; echo "\${COMPREPLY[@]}"'`],
    ["zsh", `"$REEVE" completion zsh > "$FILE" && zsh -n "$FILE" && zsh -fc 'autoload -U compinit && compinit -D; . "$FILE"; echo --check'`],
    ["fish", `"$REEVE" completion fish > "$FILE" && fish --no-execute "$FILE" && fish --no-config -c '. "$FILE"; complete -C "reeve backup --ch"'`],
  ] as const)
    test(`${name} takes its completion`, { skip: installed(name) ? false : `${name} is not installed` }, async () => {
      const result = await shell(check, { FILE: join(temporaryDirectory(), "completion") });
      assert.deepEqual([result.code, result.stderr], [0, ""]);
      assert.match(result.stdout, /--check/);
    });

  test("every shell's script names every command; another shell is refused", async () => {
    for (const name of ["bash", "zsh", "fish"]) {
      const { stdout } = await reeve(["completion", name]);
      for (const word of ["serve", "backup", "restore", "settings", "admin", "logs", "doctor", "completion", "judge"]) assert.match(stdout, new RegExp(`\\b${word}\\b`), `${name}: ${word}`);
    }
    assert.equal((await reeve(["completion", "tcsh"])).code, 2);
  });

  test("the manual page has no mistake and names what there is", { skip: installed("man") ? false : "man is not installed" }, async () => {
    const file = join(temporaryDirectory(), "reeve.1");
    const result = await shell(`"$REEVE" man > "$FILE" && LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l "$FILE"`, { FILE: file, MAN_KEEP_FORMATTING: "" });
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    for (const words of [/^NAME$/m, /^EXIT STATUS$/m, /admin cleanup/, /backup_keep|backup-keep/, /metrics-open/, /settings \[NAME=VALUE/]) assert.match(result.stdout, words);
  });

  test("config check names line and column of a setting, whatever is wrong with it", async () => {
    const file = join(temporaryDirectory(), "reeve.yaml");
    writeFileSync(file, 'log_levels:\n  - library=debug\n  - nobody=debug\nbackup_hour: 24\nbackup_daily: perhaps\n"nice": {}\n');
    const result = await reeve(["config", "check", "--config", file]);
    assert.equal(result.code, 2);
    for (const words of [/backup_hour .*line 4, column 14/, /backup_daily .*line 5, column 15/, /nice .*line 6, column 9/]) assert.match(result.stderr + result.stdout, words);
    writeFileSync(file, "log_levels: [library=debug]\nbackup_hour: 23\n");
    const fine = await reeve(["config", "check", "--config", file]);
    assert.equal(fine.code, 0, fine.stderr);
    assert.match(fine.stdout, /backup_hour.*23/);
  });
});
