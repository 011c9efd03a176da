// Every command as a person or a script uses it: what it prints, as a table and as JSON, and its exit code.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { checkedBinary, type CommandOptions, type CommandResult, filesBelow, type Json, leftovers, makeFilm, postgres, probe, quickSettings, reeve, Server, shell, temporaryDirectory, until } from "./harness.ts";

const media = temporaryDirectory();
const film = join(media, "film.mkv");
const clip = join(media, "clip.mp4");

before(async () => {
  await makeFilm(film, { seconds: 2 });
  await makeFilm(clip, { seconds: 1 });
});

/** A directory with copies of the film, and a data directory that is not there yet. */
function place(names: string[]): { library: string; data: string } {
  const base = temporaryDirectory();
  const library = join(base, "library");
  mkdirSync(library);
  for (const name of names) copyFileSync(film, join(library, name));
  return { library, data: join(base, "data") };
}

const command = (data: string, ...args: string[]): Promise<CommandResult> => reeve([...args, "--data", data, ...quickSettings()]);

async function good(data: string, ...args: string[]): Promise<string> {
  const result = await command(data, ...args);
  assert.equal(result.code, 0, `reeve ${args.join(" ")}: ${result.stderr}${result.stdout}`);
  return result.stdout;
}

/** One JSON document, or one a line. */
async function json(data: string, ...args: string[]): Promise<Json> {
  return JSON.parse(await good(data, ...args, "--json")) as Json;
}

const objects = (text: string): Json[] => text.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line) as Json);

/** The records of a list, whichever way it is wrapped. */
const records = (list: Json): Json[] => (Array.isArray(list) ? (list as Json[]) : (list.items as Json[]));

async function bad(code: number, pattern: RegExp, args: string[], options: CommandOptions = {}): Promise<void> {
  const result = await reeve(args, options);
  assert.equal(result.code, code, `reeve ${args.join(" ")}: ${result.code} ${result.stderr}`);
  assert.match(result.stderr, pattern);
  assert.match(result.stderr, /^reeve: /m);
  assert.equal(result.signal, null);
}

describe("looking at files, without a database", () => {
  test("probe --json says what ffprobe says", async () => {
    const { data } = place([]);
    const [first, second] = objects(await good(data, "probe", "--json", film, clip)) as [Json, Json];
    for (const [mine, path] of [[first, film], [second, clip]] as const) {
      const theirs = await probe(path);
      assert.equal(mine.path, path);
      assert.equal(mine.format_name, theirs.format.format_name);
      assert.equal(mine.size_bytes, Number(theirs.format.size));
      assert.ok(Math.abs((mine.duration_ms as number) - Number(theirs.format.duration) * 1000) <= 1);
      assert.equal(mine.streams.length, theirs.streams.length);
      for (const [i, stream] of (mine.streams as Json[]).entries()) {
        const their = theirs.streams[i] as Json;
        assert.equal(stream.index, their.index);
        assert.equal(stream.type, their.codec_type);
        assert.equal(stream.codec ?? undefined, their.codec_name);
        assert.equal(stream.profile ?? undefined, their.profile);
        assert.equal(stream.language ?? undefined, their.tags?.language);
        assert.equal(stream.title ?? undefined, their.tags?.title);
        assert.deepEqual(stream.dispositions, Object.keys(their.disposition as Json).filter((name) => their.disposition[name] === 1));
        if (their.codec_type === "video") {
          for (const [mineName, theirName] of [["width", "width"], ["height", "height"], ["pixel_format", "pix_fmt"], ["frame_rate", "avg_frame_rate"], ["level", "level"]] as const) assert.equal(stream[mineName], their[theirName], mineName);
        }
        if (their.codec_type === "audio") {
          for (const [mineName, theirName] of [["channels", "channels"], ["channel_layout", "channel_layout"], ["sample_format", "sample_fmt"]] as const) assert.equal(stream[mineName], their[theirName], mineName);
          assert.equal(stream.sample_rate, Number(their.sample_rate));
        }
      }
      assert.deepEqual((mine.chapters as Json[]).map((chapter) => chapter.title as string), (theirs.chapters as Json[]).map((chapter) => chapter.tags.title as string));
    }
    assert.match(await good(data, "probe", film), /h264.*320x180|320.*180/s);
    assert.equal(existsSync(data), false, "looking makes nothing");
  });

  test("probe goes on after a file that cannot be read, and the exit code tells", async () => {
    const broken = join(temporaryDirectory(), "broken.mkv");
    writeFileSync(broken, "no film");
    const result = await reeve(["probe", "--json", broken, film, "/no/such/file"]);
    assert.equal(result.code, 13);
    const [first, second, third] = objects(result.stdout) as [Json, Json, Json];
    assert.equal(first.error.code, "corrupt");
    assert.equal(second.error, undefined);
    assert.equal(third.error.code, "not-found");
    assert.equal((await reeve(["probe", "/no/such/file"])).code, 3);
    assert.equal((await reeve(["probe", broken])).code, 13);
  });

  test("scan prints a table and what could not be read; --json is one document", async () => {
    const { library, data } = place(["one.mkv", "two.mkv"]);
    writeFileSync(join(library, "broken.mkv"), "no film");
    const table = await good(data, "scan", library);
    assert.match(table, /SIZE .*FILE/);
    assert.match(table, /one\.mkv/);
    assert.match(table, /1 file could not be read/);
    assert.match(table, /2 files/);
    const document = await json(data, "scan", library);
    assert.equal(document.files.length, 3);
    assert.equal(document.summary.complete, true);
    assert.equal(document.summary.failed, 1);
    assert.match(await good(data, "scan", temporaryDirectory()), /No videos/);
    await bad(3, /no\/such/, ["scan", "/no/such/directory"]);
    assert.equal(existsSync(data), false);
  });

  test("plan and encode --dry-run show each stream with its reason and change nothing", async () => {
    const { library, data } = place(["one.mkv"]);
    const [plan] = objects(await good(data, "plan", "--json", library)) as [Json];
    assert.equal(plan.decision, "encode");
    assert.equal(plan.actions.length, 5);
    const text = await good(data, "plan", "--profile", "h264", join(library, "one.mkv"));
    assert.match(text, /already is h264/);
    assert.match(await good(data, "encode", "--dry-run", "--verbose", join(library, "one.mkv")), /libx265/);
    await bad(3, /There is no profile "nonsense"\. There are: hevc/, ["plan", "--profile", "nonsense", library, "--data", data, ...quickSettings()]);
    assert.equal(existsSync(data), false);
    assert.deepEqual(filesBelow(library, true), ["one.mkv"]);
  });
});

describe("encoding", () => {
  test("without a server: encoded here, into the history, and undone", async () => {
    const { library, data } = place(["one.mkv", "two.mkv"]);
    const path = join(library, "one.mkv");
    const original = readFileSync(path);
    const result = await command(data, "encode", path, "--profile", "hevc");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^done .*one\.mkv.*→/m);
    assert.equal((await probe(path)).streams[0].codec_name, "hevc");
    assert.ok(statSync(path).size < original.length);
    const second = await command(data, "encode", path, "--profile", "hevc");
    assert.equal(second.code, 0);
    assert.match(second.stdout, /^skipped .*already is hevc/m);

    assert.match(await good(data, "history"), /one\.mkv/);
    assert.match(await good(data, "history", "nothing like it"), /^\s*$|ID/);
    const [entry] = records(await json(data, "history")) as [Json];
    assert.equal(entry.path, path);
    assert.equal(entry.size_before_bytes, original.length);
    const stats = await json(data, "stats");
    assert.equal(stats.bytes_saved, original.length - statSync(path).size);
    assert.match(await good(data, "stats"), /saved/);
    assert.match(await good(data, "undo", String(entry.id)), /is back/);
    assert.ok(readFileSync(path).equals(original));
    assert.deepEqual(leftovers(library), []);
    const again = await command(data, "undo", String(entry.id));
    assert.equal(again.code, 4);
    assert.match(again.stderr, /undone already/);
    await command(data, "undo", "99999").then((it) => assert.equal(it.code, 3));
    assert.equal(records(await json(data, "jobs")).length, 3);
    assert.match(await good(data, "queue"), /^\s*$|ID/);
  });

  test("a file that cannot be encoded fails the command and not the others", async () => {
    const { library, data } = place(["good.mkv"]);
    writeFileSync(join(library, "broken.mkv"), "no film");
    const result = await command(data, "encode", "--profile", "hevc", join(library, "broken.mkv"), join(library, "good.mkv"));
    assert.notEqual(result.code, 0);
    assert.match(result.stderr, /broken\.mkv/);
    assert.match(result.stdout, /^done .*good\.mkv/m);
    assert.equal((await command(data, "encode", "--profile", "hevc", library)).code, 2);
    assert.equal((await command(data, "encode", "--profile", "hevc", "/no/such/file")).code, 3);
    assert.notEqual((await command(data, "encode", join(library, "good.mkv"))).code, 0, "no root holds it and no profile is named");
  });

  test("beside a running server the server does the work", async () => {
    const { library, data } = place(["one.mkv", "two.mkv"]);
    const server = await Server.start({ data });
    const result = await command(data, "encode", join(library, "one.mkv"), "--profile", "hevc");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /A server runs/);
    await until("the log says how it ended", () => /transcode of .*one\.mkv ended/.test(server.log));
    const detached = objects(await good(data, "encode", "--detach", "--json", "--profile", "hevc", join(library, "two.mkv"))) as [Json];
    assert.equal((await server.job(detached[0].job as number)).state, "done");
    await server.stop();
  });

  test("hostile names are names", async () => {
    const { library, data } = place([]);
    const names = ["-rf.mkv", "--version.mkv", "new\nline.mkv", "esc\u001b[31mape.mkv", "ü 🎬.mkv", "concat:a|b.mkv", "%s.mkv"];
    for (const name of names) copyFileSync(film, join(library, name));
    for (const name of names) {
      const result = await reeve(["probe", "--json", "--", name], { cwd: library });
      assert.equal(result.code, 0, `${JSON.stringify(name)} ${result.stderr}`);
      assert.equal((JSON.parse(result.stdout) as Json).path, name);
    }
    const table = await good(data, "scan", library);
    assert.doesNotMatch(table, /\u001b\[31m/, "no escape sequence of a name reaches the terminal");
    assert.doesNotMatch(table, /new\nline/);
    const bytes = await shell(`cp "$FILM" "$LIBRARY/$(printf 'b\\377ad.mkv')" && "$REEVE" probe "$LIBRARY/$(printf 'b\\377ad.mkv')" && "$REEVE" scan --json "$LIBRARY"`, { FILM: film, LIBRARY: library });
    assert.equal(bytes.code, 0, bytes.stderr);
    const done = await reeve(["encode", "--profile", "hevc", "--data", data, ...quickSettings(), "--", ...names], { cwd: library });
    assert.equal(done.code, 0, done.stderr);
    for (const name of names) assert.equal((await probe(join(library, name))).streams[0].codec_name, "hevc", name);
    const refused = await shell(`"$REEVE" encode --profile hevc --data "$DATA" "$LIBRARY/$(printf 'b\\377ad.mkv')"`, { DATA: data, LIBRARY: library });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /not valid UTF-8/);
    symlinkSync(join(library, "-rf.mkv"), join(library, "link.mkv"));
    assert.equal((await command(data, "probe", join(library, "link.mkv"))).code, 0);
  });
});

test("roots, scans, jobs and the queue, beside a server that is not working", async () => {
  const { library, data } = place(["one.mkv", "two.mkv"]);
  assert.equal((await command(data, "root", "list")).code, 3, "looking makes no database");
  assert.match(await good(data, "root", "add", library, "--profile", "hevc", "--name", "Films", "--type", "movies"), /Root \d+ is/);
  const [root] = records(await json(data, "root", "list")) as [Json];
  assert.equal(root.path, library);
  assert.equal(root.type, "movies");
  assert.match(await good(data, "root", "scan", "Films"), /2 files, 0 unchanged, 2 probed/);
  assert.match(await good(data, "root", "scan", String(root.id)), /2 unchanged/);
  assert.match(await good(data, "root", "list"), /Films .*hevc/);
  assert.equal((await command(data, "root", "add", library)).code, 4);
  assert.equal((await command(data, "root", "add", "/no/such/directory")).code, 3);
  assert.equal((await command(data, "root", "scan", "nonsense")).code, 3);

  const server = await Server.start({ data, args: ["--encode-slots", "0"] });
  for (const name of ["one.mkv", "two.mkv"]) await good(data, "encode", "--detach", join(library, name));
  const queue = records(await json(data, "queue"));
  assert.equal(queue.length, 2);
  const [first, second] = queue.map((job) => String(job.id)) as [string, string];
  assert.match(await good(data, "job", "pause", first), /is paused/);
  assert.match(await good(data, "job", "resume", first), /is pending/);
  assert.match(await good(data, "job", "priority", second, "webhook"), /./);
  assert.deepEqual(records(await json(data, "queue")).map((job) => String(job.id)), [second, first]);
  assert.match(await good(data, "job", "show", first), /one\.mkv/);
  assert.equal((await json(data, "job", "show", first)).log.length >= 0, true);
  assert.match(await good(data, "job", "cancel", first, second), /is cancelled.*is cancelled/s);
  assert.match(await good(data, "job", "retry", first), /is pending/);
  assert.equal(records(await json(data, "jobs", "--state", "cancelled")).length, 1);
  assert.equal(records(await json(data, "jobs", "--kind", "scan")).length, 2);
  assert.equal((await command(data, "job", "resume", first)).code, 4);
  assert.equal((await command(data, "job", "show", "4711")).code, 3);
  assert.equal((await command(data, "job", "priority", first, "soon")).code, 2);
  assert.equal((await command(data, "jobs", "--state", "nonsense")).code, 2);
  assert.equal((await command(data, "jobs", "--limit", "0")).code, 2);
  await good(data, "job", "cancel", first);
  await good(data, "root", "confirm", "Films");
  await good(data, "root", "remove", "Films");
  assert.deepEqual(filesBelow(library), ["one.mkv", "two.mkv"]);
  await server.stop();
});

test("keys and users: made before the first start, listed without the secret, taken back", async () => {
  const { data } = place([]);
  const text = await good(data, "key", "add", "first", "--scope", "admin");
  const key = text.trim().split(/\s+/).at(-1) as string;
  assert.equal((await good(data, "key", "add", "quiet", "--scope", "read", "--quiet")).trim().split(/\s+/).length, 1);
  assert.equal((await json(data, "key", "add", "third", "--scope", "read", "--expires", "90d")).name, "third");
  const listed = await good(data, "key", "list");
  assert.match(listed, /first/);
  assert.ok(!listed.includes(key));
  assert.ok(!readFileSync(join(data, "reeve.db")).includes(Buffer.from(key)), "only a hash is kept");
  assert.equal(statSync(data).mode & 0o077, 0, "nobody else may look into the data directory");
  const made = await reeve(["user", "add", "anna", "--role", "admin", "--data", data], { input: "a long enough password\n" });
  assert.equal(made.code, 0, made.stderr);
  assert.match(await good(data, "user", "list"), /anna/);
  assert.equal((await reeve(["user", "add", "anna", "--role", "admin", "--data", data], { input: "another long password\n" })).code, 4);
  assert.equal((await reeve(["user", "add", "ben", "--role", "viewer", "--data", data], { input: "\n" })).code, 2);
  const server = await Server.start({ data, key });
  assert.equal((await server.request("GET", "/stats")).status, 200);
  const signIn = (name: string, password: string) => server.request("POST", "/session", { name, password });
  assert.equal((await signIn("anna", "a long enough password")).status, 201);
  assert.equal((await command(data, "user", "remove", "anna")).code, 4, "the last admin stays");
  assert.equal((await command(data, "user", "role", "anna", "viewer")).code, 4);
  assert.equal((await reeve(["user", "add", "carl", "--role", "viewer", "--data", data], { input: "a third long password\n" })).code, 0);
  await good(data, "user", "role", "carl", "admin");
  assert.equal((await reeve(["user", "password", "anna", "--data", data], { input: "quite another one\n" })).code, 0);
  assert.equal((await signIn("anna", "a long enough password")).status, 401);
  assert.equal((await signIn("anna", "quite another one")).status, 201);
  await good(data, "user", "remove", "anna");
  assert.equal((await signIn("anna", "quite another one")).status, 401);
  const audit = await server.all("/audit");
  for (const action of ["key add", "user add", "user role", "user password", "user remove"])
    assert.ok(audit.some((entry) => entry.action === action && entry.actor_kind === "console"), action);
  assert.equal((await command(data, "setup-link")).code, 4, "there are users");
  await server.stop();
  assert.equal((await command(data, "key", "add", "x", "--scope", "god")).code, 2);
  assert.equal((await command(data, "key", "add", "x", "--scope", "read", "--expires", "yesterday")).code, 2);
  assert.equal((await command(data, "key", "revoke", "4711")).code, 3);
  assert.equal((await command(data, "user", "remove", "nobody")).code, 3);
  assert.equal((await command(data, "user", "role", "carl", "god")).code, 2);
  assert.equal((await command(data, "user", "role", "nobody", "viewer")).code, 3);
});

describe("configuration", () => {
  const write = (text: string): string => {
    const path = join(temporaryDirectory(), "reeve.yaml");
    writeFileSync(path, text);
    return path;
  };

  test("config check shows what it comes to: file, then environment, then flags", async () => {
    const file = write("listen: 127.0.0.1:9001\nencode_slots: 2\nnice: 3\n");
    const result = await reeve(["config", "check", "--config", file, "--nice", "5"], { env: { REEVE_ENCODE_SLOTS: "4" } });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /listen.*127\.0\.0\.1:9001/);
    assert.match(result.stdout, /encode_slots.*4/);
    assert.match(result.stdout, /nice.*5/);
    const secret = join(temporaryDirectory(), "url");
    writeFileSync(secret, "postgresql://u:geheim@db/reeve\n");
    const hidden = await reeve(["config", "check", "--json"], { env: { REEVE_DATABASE_FILE: secret } });
    assert.equal(hidden.code, 0, hidden.stderr);
    assert.doesNotMatch(hidden.stdout, /geheim/);
  });

  test("what is wrong is named with line and column, all of it at once", async () => {
    const file = write("listen: 127.0.0.1:9001\nencode_slots: many\nnonsense: 1\nlog_level: loud\n");
    const result = await reeve(["config", "check", "--config", file], { env: { REEVE_NICE: "99" } });
    assert.equal(result.code, 2);
    const said = result.stderr + result.stdout;
    assert.match(said, new RegExp(`${file}: encode_slots .*line 2, column 15`));
    assert.match(said, new RegExp(`${file}: nonsense .*line 3, column 1`));
    assert.match(said, new RegExp(`${file}: log_level .*line 4, column 12`));
    assert.match(said, /REEVE_NICE/);
    for (const [text, pattern] of [
      ["listen: [1, 2\n", /line \d+, column \d+/],
      ["- a\n", /line 1/],
      ["listen: nowhere\n", /listen/],
      ["encode_slots: -1\n", /line 1, column 15/],
      ["a: &x [*x]\n", /line 1/],
    ] as const) {
      const broken = await reeve(["config", "check", "--config", write(text)]);
      assert.equal(broken.code, 2, text);
      assert.match(broken.stderr + broken.stdout, pattern, text);
    }
    assert.notEqual((await reeve(["config", "check", "--config", "/no/such/file.yaml"])).code, 0);
    assert.equal((await reeve(["serve", "--config", file])).code, 2, "a server does not start on it");
    assert.equal((await reeve(["version", "--config", file])).code, 0);
  });
});

describe("the database", () => {
  test("db status and db migrate, on both", async () => {
    const { data } = place([]);
    for (const more of [[], ["--database", await (await postgres()).createDatabase()]]) {
      assert.match(await good(data, "db", "migrate", ...more), /./);
      assert.match(await good(data, "db", "status", ...more), /version/i);
      await good(data, "db", "migrate", ...more);
      const profiles = records(await json(data, "profile", "list", ...more)).map((profile) => profile.name as string);
      for (const name of ["hevc", "av1", "h264"]) assert.ok(profiles.includes(name));
    }
    const away = await command(data, "db", "status", "--database", "postgresql://nobody@127.0.0.1:1/none");
    assert.equal(away.code, 14);
    writeFileSync(join(data, "reeve.db"), "this is no database, but long enough to look like a file of one".repeat(50));
    const damaged = await command(data, "db", "status");
    assert.notEqual(damaged.code, 0);
    assert.equal(damaged.signal, null);
  });

  test("a database of a newer version is refused, not touched", async () => {
    const { data } = place([]);
    await good(data, "db", "migrate");
    const script = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nt=[r[0] for r in c.execute(\"SELECT name FROM sqlite_master WHERE type='table' AND (name LIKE '%migration%' OR name LIKE '%schema%')\")]\nprint(t, [tuple(r) for x in t for r in c.execute('SELECT * FROM '+x)], [r for x in t for r in c.execute('PRAGMA table_info('+x+')')])";
    const { stdout } = await reeve(["-c", script, join(data, "reeve.db")], { binary: "/usr/bin/python3" });
    const table = stdout.match(/\['(\w+)'/)?.[1];
    if (!table) return;
    const bump = `import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\ncols=[r[1] for r in c.execute('PRAGMA table_info(${table})')]\nrow=list(c.execute('SELECT * FROM ${table} ORDER BY 1 DESC LIMIT 1').fetchone())\nrow[0]=9999\nc.execute('INSERT INTO ${table} VALUES ('+','.join('?'*len(row))+')', row)\nc.commit()`;
    const bumped = await reeve(["-c", bump, join(data, "reeve.db")], { binary: "/usr/bin/python3" });
    assert.equal(bumped.code, 0, bumped.stderr);
    const refused = await command(data, "key", "add", "x", "--scope", "read");
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /newer/);
  });
});

describe("help", () => {
  test("version, help, completion, doctor", async () => {
    assert.match((await reeve(["version"])).stdout, /^reeve \d+\.\d+\.\d+/);
    assert.equal((await reeve(["--version"])).code, 0);
    const overview = await reeve(["help"]);
    assert.equal(overview.code, 0);
    for (const word of ["serve", "scan", "probe", "plan", "encode", "queue", "history", "undo", "key add", "config check", "db migrate", "doctor"]) assert.ok(overview.stdout.includes(word), word);
    assert.equal((await reeve(["--help"])).stdout, overview.stdout);
    assert.match((await reeve(["encode", "--help"])).stdout, /--profile NAME/);
    assert.match((await reeve(["help", "job"])).stdout, /job pause/);
    assert.match((await reeve(["help", "settings"])).stdout, /reserve/);
    const completion = await reeve(["completion"]);
    assert.equal(completion.code, 0);
    assert.equal((await shell(`"$REEVE" completion | bash -n`)).code, 0);
    const { data } = place([]);
    const doctor = await command(data, "doctor");
    assert.equal(doctor.code, 0, doctor.stdout);
    assert.match(doctor.stdout, /ok .*libx265/);
    assert.ok(records(await json(data, "doctor")).some((finding) => finding.subject === "ffmpeg"));
    const missing = await reeve(["doctor", "--data", data, "--ffmpeg", "/nonexistent"]);
    assert.equal(missing.code, 14);
  });

  test("wrong usage is said, with what was probably meant, and exit code 2", async () => {
    await bad(2, /did you mean "reeve probe"/, ["prob"]);
    await bad(2, /needs more arguments.*Usage: reeve probe FILE/, ["probe"]);
    await bad(2, /takes no arguments/, ["version", "more"]);
    await bad(2, /did you mean --profile/, ["encode", "--profil", "x", "y"]);
    await bad(2, /--profile needs a value/, ["encode", "y", "--profile"]);
    await bad(2, /takes no value/, ["encode", "--force=yes", "y"]);
    await bad(2, /There is no option -x/, ["scan", "-x", "."]);
    await bad(2, /--listen/, ["serve", "--listen", "nowhere"]);
    await bad(2, /--encode-slots/, ["serve", "--encode-slots", "1000"]);
    await bad(2, /ID|number|job/, ["job", "show", "abc", "--data", temporaryDirectory()]);
    assert.equal((await reeve([])).code, 2);
    assert.equal((await reeve(["key"])).code, 2);
    assert.equal((await reeve(["\u001b[31m"])).code, 2);
    assert.doesNotMatch((await reeve(["\u001b[31m"])).stderr, /\u001b\[31m/);
  });

  test("output that nobody reads ends a command, not with a crash", async () => {
    const result = await shell(`"$REEVE" help | head -1 >/dev/null; "$REEVE" scan --json "$MEDIA" | true; echo over`, { MEDIA: media });
    assert.match(result.stdout, /over/);
    assert.ok(existsSync(checkedBinary));
  });
});
